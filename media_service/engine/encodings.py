"""What a packet engine in Python needs to know of each payload encoding: clocks, silence, coders, payload types."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from media_service.codecs import g711
from media_service.codecs.codec import codec_for, codecs_available
from media_service.engine.interface import Encoding

FRAME_SAMPLES: Final = 160
"""Samples of one packet: 20 ms at 8 kHz; G.711 and G.722 have one octet for each."""
FRAME_SECONDS: Final = 0.02
NARROW: Final = 8000
WIDE: Final = 16000


class Coder(Protocol):
    """One stream's coder, in either direction: PCM16 at the encoding's rate to payload and back."""

    def encode(self, pcm: bytes, /) -> bytes:
        """The payload of 20 ms of samples."""

    def decode(self, payload: bytes, /) -> bytes:
        """The samples of a payload; raises `CodecError` where it makes no sense."""


@dataclass(frozen=True, slots=True, eq=False)
class Coding:
    """One encoding. ``rate`` is that of its samples, ``clock_rate`` that of its RTP timestamps.

    ``octets_per_sample`` is for one sample at 8 kHz; 0 where packets cannot be cut and joined (Opus). ``quiet`` are the
    octets of samples that nobody hears; empty where octets do not tell.
    """

    encoding: Encoding
    rate: int
    clock_rate: int
    octets_per_sample: int
    silent_frame: bytes
    coder: Callable[[], Coder]
    samples: Callable[[bytes], int]
    """Length of a payload in units of the RTP clock."""
    quiet: bytes = b""

    @property
    def step(self) -> int:
        """What 20 ms are in RTP timestamps."""
        return self.clock_rate // 50


COMFORT_NOISE: Final = 13
"""RFC 3389; its packets count, but are not heard."""
_QUIET: Final = 128
"""Samples no louder than this (of 32768) are taken for silence: what nobody misses where time must be made up."""


def _coding(
    encoding: Encoding, octets_per_sample: int, samples: Callable[[bytes], int], values: tuple[int, ...] = ()
) -> Coding:
    """``values`` are the samples of each octet, where octets tell."""
    codec = codec_for(encoding)
    return Coding(
        encoding,
        codec.rate,
        codec.clock_rate,
        octets_per_sample,
        codec.encode(bytes(2 * codec.rate // 50)),
        lambda: codec_for(encoding),
        samples,
        bytes(code for code, value in enumerate(values) if abs(value) <= _QUIET),
    )


def opus_samples(packet: bytes) -> int:
    """Length of an Opus packet at 48 kHz by its first octets (RFC 6716 3.1 and 3.2.5); 0 for what cannot be one."""
    if not packet:
        return 0
    kind, frames = packet[0] >> 3, packet[0] & 3
    if kind < _OPUS_HYBRID:
        length = (480, 960, 1920, 2880)[kind % 4]
    else:
        length = (480, 960)[kind % 2] if kind < _OPUS_CELT else (120, 240, 480, 960)[kind % 4]
    count = (1, 2, 2, packet[1] & 0x3F if len(packet) > 1 else 0)[frames]
    return length * count if length * count <= _OPUS_LONGEST else 0


_OPUS_HYBRID: Final = 12
_OPUS_CELT: Final = 16
_OPUS_LONGEST: Final = 5760


def _codings() -> dict[Encoding, Coding]:
    codings = {
        Encoding.PCMU: _coding(Encoding.PCMU, 1, len, g711.MU_LAW_VALUES),
        Encoding.PCMA: _coding(Encoding.PCMA, 1, len, g711.A_LAW_VALUES),
        Encoding.G722: _coding(Encoding.G722, 1, len),
        Encoding.L16: _coding(Encoding.L16, 2, lambda payload: len(payload) // 2),
    }
    if Encoding.OPUS in codecs_available():
        codings[Encoding.OPUS] = _coding(Encoding.OPUS, 0, opus_samples)
    return codings


CODINGS: Final = _codings()
"""Every encoding that can be sent and heard on this machine."""
STATIC_CODINGS: Final = {0: CODINGS[Encoding.PCMU], 8: CODINGS[Encoding.PCMA], 9: CODINGS[Encoding.G722]}
"""RFC 3551 section 6: numbers that mean the same in every session."""
