import struct

import pytest

from media_service.codecs.wav import WavError, read_wav, write_wav

SOUND = bytes(range(200))


def chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def riff(*chunks: bytes) -> bytes:
    body = b"".join(chunks)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def form(encoding: int = 1, channels: int = 1, rate: int = 8000, bits: int = 16, more: bytes = b"") -> bytes:
    return chunk(b"fmt ", struct.pack("<HHIIHH", encoding, channels, rate, 2 * rate, 2, bits) + more)


def test_what_is_written_is_read() -> None:
    assert read_wav(write_wav(SOUND)) == SOUND
    assert write_wav(b"") == riff(form(), chunk(b"data", b""))


def test_other_chunks_are_passed_over_also_of_odd_length() -> None:
    assert read_wav(riff(chunk(b"LIST", b"abc"), form(), chunk(b"cue ", b"x"), chunk(b"data", SOUND))) == SOUND


def test_extensible_pcm_is_read() -> None:
    more = struct.pack("<HHIH", 22, 16, 4, 1) + bytes(14)
    assert read_wav(riff(form(encoding=0xFFFE, more=more), chunk(b"data", SOUND))) == SOUND


def test_data_that_is_cut_short_gives_whole_samples() -> None:
    assert read_wav(write_wav(SOUND)[:-3]) == SOUND[:-4]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not a RIFF/WAVE file"),
        (b"RIFF\0\0\0\0AVI ", "not a RIFF/WAVE file"),
        (riff(), "no data chunk"),
        (riff(form()), "no data chunk"),
        (riff(chunk(b"data", SOUND)), "before its format"),
        (riff(chunk(b"fmt ", b"\1\0"), chunk(b"data", SOUND)), "cut short"),
        (riff(form(encoding=7), chunk(b"data", SOUND)), "encoding 7"),
        (riff(form(channels=2), chunk(b"data", SOUND)), "2 channels"),
        (riff(form(rate=44100), chunk(b"data", SOUND)), "44100 Hz"),
        (riff(form(bits=8), chunk(b"data", SOUND)), "8 bits"),
    ],
)
def test_anything_else_is_refused_with_its_reason(content: bytes, reason: str) -> None:
    with pytest.raises(WavError, match=reason):
        read_wav(content)
