"""Telephone WAV files: read and write RIFF files of mono 16-bit PCM at 8 or 16 kHz."""

import struct
from typing import Final

from media_service.codecs.g711 import SAMPLE_RATE

SAMPLE_OCTETS: Final = 2
RATES: Final = (8000, 16000)
"""Rates of files that are played: telephone band, and wideband for G.722 and Opus."""
MAX_FILE_OCTETS: Final = 64 << 20
"""Longest file that is read: a little over an hour of audio."""

_PCM: Final = 1
_EXTENSIBLE: Final = 0xFFFE
_FORMAT: Final = struct.Struct("<HHIIHH")
_CHUNK: Final = struct.Struct("<4sI")


class WavError(Exception):
    """The octets are no WAV file, or not of the one format that is played; the text says which."""


def read_wav(content: bytes) -> bytes:
    """The PCM16 samples of a file that must have 8000 of them each second; otherwise as `read_pcm`."""
    linear, rate = read_pcm(content)
    if rate != SAMPLE_RATE:
        raise WavError(f"{rate} Hz, where {SAMPLE_RATE} is wanted")
    return linear


def read_pcm(content: bytes) -> tuple[bytes, int]:
    """The PCM16 samples (little-endian octets) of a WAV file given as its octets, and its rate, 8000 or 16000 Hz.

    Refused with `WavError`: anything but RIFF/WAVE, PCM, mono, 16 bit at one of these rates. Unknown chunks are passed
    over; a data chunk that is cut short gives what is there.
    """
    if len(content) > MAX_FILE_OCTETS:
        raise WavError(f"longer than {MAX_FILE_OCTETS} octets")
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise WavError("not a RIFF/WAVE file")
    found = 0
    offset = 12
    while offset + _CHUNK.size <= len(content):
        name, length = _CHUNK.unpack_from(content, offset)
        offset += _CHUNK.size
        body = content[offset : offset + length]
        if name == b"fmt ":
            found = _rate(body)
        elif name == b"data":
            if not found:
                raise WavError("the data comes before its format")
            return body[: len(body) - len(body) % SAMPLE_OCTETS], found
        offset += length + length % 2
    raise WavError("no data chunk")


def _rate(body: bytes) -> int:
    if len(body) < _FORMAT.size:
        raise WavError("the format chunk is cut short")
    encoding, channels, rate, _, _, bits = _FORMAT.unpack_from(body)
    if encoding == _EXTENSIBLE and len(body) >= 26:
        encoding = int.from_bytes(body[24:26], "little")  # the GUID opens with the format's own number
    if encoding != _PCM:
        raise WavError(f"encoding {encoding}, where 1 (PCM) is wanted")
    if channels != 1:
        raise WavError(f"{channels} channels, where mono is wanted")
    if rate not in RATES:
        raise WavError(f"{rate} Hz, where 8000 or 16000 is wanted")
    if bits != 8 * SAMPLE_OCTETS:
        raise WavError(f"{bits} bits, where {8 * SAMPLE_OCTETS} is wanted")
    return int(rate)


def wav_header(data_octets: int) -> bytes:
    """The 44 octets that stand before ``data_octets`` octets of samples."""
    rate, width = SAMPLE_RATE, SAMPLE_OCTETS
    form = _FORMAT.pack(_PCM, 1, rate, rate * width, width, 8 * width)
    chunks = _CHUNK.pack(b"fmt ", len(form)) + form + _CHUNK.pack(b"data", data_octets)
    return _CHUNK.pack(b"RIFF", 4 + len(chunks) + data_octets) + b"WAVE" + chunks


def write_wav(linear: bytes) -> bytes:
    """A whole WAV file around PCM16 samples."""
    return wav_header(len(linear)) + linear
