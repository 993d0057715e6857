"""Opus (RFC 6716, RTP: RFC 7587) where the optional library opuslib-next-bundled is installed; here mono at 16 kHz.

The RTP clock is 48000 whatever the audio's rate is (RFC 7587 4.1). Sound is encoded for speech at 24 kbit/s.
"""

import importlib
import importlib.util
from functools import cache
from types import ModuleType
from typing import Final

from media_service.codecs.errors import CodecError

BIT_RATE: Final = 24000
COMPLEXITY: Final = 5
MOST_OCTETS: Final = 1275 * 6
"""Six frames of 20 ms, each as long as a frame can be (RFC 6716 3.2.1)."""
MOST_MILLISECONDS: Final = 120
"""Longest packet (RFC 6716 2.1.4)."""
MILLISECONDS: Final = (5, 10, 20, 40, 60)
"""Lengths that `OpusCodec.encode` takes, beside the rare 2.5."""


@cache
def available() -> bool:
    """Whether Opus can be had on this machine."""
    try:
        return importlib.util.find_spec("opuslib_next") is not None and _library() is not None
    except (ImportError, OSError):  # OSError: the package is there, but the library in it is for another machine
        return False


@cache
def _library() -> ModuleType:
    """Loads the library, which takes a while; only where Opus is wanted."""
    return importlib.import_module("opuslib_next")


class OpusCodec:
    """One direction of one stream. Raises `CodecError` where the library is missing."""

    rate: int = 16000
    clock_rate: int = 48000
    frame_octets: int | None = None

    def __init__(self) -> None:
        if not available():
            raise CodecError("Opus is not installed (Python package opuslib-next-bundled)")
        library = _library()
        self._fault: type[Exception] = library.OpusError
        self._encoder = library.Encoder(self.rate, 1, library.APPLICATION_VOIP)
        self._encoder.bitrate = BIT_RATE
        self._encoder.complexity = COMPLEXITY
        self._decoder = library.Decoder(self.rate, 1)

    def encode(self, pcm: bytes) -> bytes:
        """One packet of 5, 10, 20, 40 or 60 ms of PCM16 at 16 kHz."""
        milliseconds, rest = divmod(len(pcm) * 1000, 2 * self.rate)
        if rest or milliseconds not in MILLISECONDS:
            raise CodecError(f"Opus has no packets of {len(pcm) // 2} samples")
        try:
            return bytes(self._encoder.encode(pcm, len(pcm) // 2))
        except self._fault as error:
            raise CodecError(f"Opus: {error}") from error

    def decode(self, payload: bytes) -> bytes:
        """All the samples of one packet."""
        if not 0 < len(payload) <= MOST_OCTETS:
            raise CodecError(f"an Opus packet of {len(payload)} octets")
        try:
            return bytes(self._decoder.decode(payload, self.rate * MOST_MILLISECONDS // 1000))
        except self._fault as error:
            raise CodecError(f"Opus: {error}") from error
