"""Encodings by name, one state for each stream: G.711, G.722, L16, and Opus where its library is there."""

from collections.abc import Callable
from typing import Final, Protocol

from media_service.codecs import g711, opus
from media_service.codecs.errors import CodecError
from media_service.codecs.g722 import G722Codec
from media_service.codecs.l16 import L16Codec
from media_service.codecs.opus import OpusCodec


class Codec(Protocol):
    """One direction or both of one stream; keeps state where the encoding has any."""

    @property
    def rate(self) -> int:
        """Samples a second of the PCM16 that goes in and comes out."""

    @property
    def clock_rate(self) -> int:
        """Units a second of the RTP timestamps."""

    @property
    def frame_octets(self) -> int | None:
        """Octets of 20 ms of payload; ``None`` where they vary."""

    def encode(self, pcm: bytes) -> bytes:
        """The payload of PCM16 (little-endian); raises `CodecError` for a length that the encoding cannot have."""

    def decode(self, payload: bytes) -> bytes:
        """PCM16 of a payload; raises `CodecError` for what is none."""


class LawCodec:
    """G.711: 8 kHz, one octet a sample, no state (RFC 3551 4.5.14)."""

    rate: int = g711.SAMPLE_RATE
    clock_rate: int = g711.SAMPLE_RATE
    frame_octets: int | None = 160

    def __init__(self, compress: Callable[[bytes], bytes], expand: Callable[[bytes], bytes]) -> None:
        self._compress = compress
        self._expand = expand

    def encode(self, pcm: bytes) -> bytes:
        """One octet for each sample."""
        if len(pcm) % 2:
            raise CodecError("PCM16 of an odd number of octets")
        return self._compress(pcm)

    def decode(self, payload: bytes) -> bytes:
        """One sample for each octet; anything can be decoded."""
        return self._expand(payload)


_MAKERS: Final[dict[str, Callable[[], Codec]]] = {
    "PCMU": lambda: LawCodec(g711.mu_law_from_linear, g711.linear_from_mu_law),
    "PCMA": lambda: LawCodec(g711.a_law_from_linear, g711.linear_from_a_law),
    "G722": G722Codec,
    "opus": OpusCodec,
    "L16": L16Codec,
}


def codecs_available() -> tuple[str, ...]:
    """Names (those of RFC 3551 and RFC 7587) of what `codec_for` can make on this machine."""
    return tuple(name for name in _MAKERS if name != "opus" or opus.available())


def codec_for(name: str) -> Codec:
    """A new codec by its encoding name.

    Raises:
        CodecError: no such encoding, or Opus without its library.
    """
    maker = _MAKERS.get(name)
    if maker is None:
        raise CodecError(f"no encoding {name!r} is known; {', '.join(_MAKERS)} are")
    return maker()
