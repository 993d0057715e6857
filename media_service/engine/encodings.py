"""What a packet engine in Python needs to know of each payload encoding: clocks, silence, coders, payload types."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from media_service.codecs import g711
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


@dataclass(frozen=True, slots=True, eq=False)
class Law:
    """One G.711 law: its silent frame and its conversions from and to PCM16. It is a `Coder` without a memory."""

    encoding: Encoding
    payload_type: int
    silent_octet: bytes
    silent_frame: bytes
    from_linear: Callable[[bytes], bytes]
    to_linear: Callable[[bytes], bytes]

    def encode(self, pcm: bytes, /) -> bytes:
        """The octets of samples."""
        return self.from_linear(pcm)

    def decode(self, payload: bytes, /) -> bytes:
        """The samples of octets."""
        return self.to_linear(payload)


MU_LAW: Final = Law(
    Encoding.PCMU,
    0,
    g711.MU_LAW_SILENCE,
    g711.MU_LAW_SILENCE * FRAME_SAMPLES,
    g711.mu_law_from_linear,
    g711.linear_from_mu_law,
)
A_LAW: Final = Law(
    Encoding.PCMA,
    8,
    g711.A_LAW_SILENCE,
    g711.A_LAW_SILENCE * FRAME_SAMPLES,
    g711.a_law_from_linear,
    g711.linear_from_a_law,
)
LAWS: Final = {law.encoding: law for law in (MU_LAW, A_LAW)}
STATIC_PAYLOAD_TYPES: Final = {law.payload_type: law for law in (MU_LAW, A_LAW)}
"""RFC 3551 section 6: numbers that mean the same in every session."""
COMFORT_NOISE: Final = 13
"""RFC 3389; its packets count, but are not heard."""
_QUIET: Final = 128
"""Samples no louder than this (of 32768) are taken for silence: what nobody misses where time must be made up."""


def _law_coding(law: Law) -> Coding:
    values = g711.MU_LAW_VALUES if law is MU_LAW else g711.A_LAW_VALUES
    quiet = bytes(code for code, value in enumerate(values) if abs(value) <= _QUIET)
    return Coding(law.encoding, NARROW, 8000, 1, law.silent_frame, lambda: law, len, quiet)


CODINGS: Final[dict[Encoding, Coding]] = {law.encoding: _law_coding(law) for law in (MU_LAW, A_LAW)}
"""Every encoding that can be sent and heard on this machine."""
STATIC_CODINGS: Final = {law.payload_type: CODINGS[law.encoding] for law in (MU_LAW, A_LAW)}
