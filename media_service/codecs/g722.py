"""G.722 at 64 kbit/s: 16 kHz speech, an octet for two samples; its RTP clock is 8000 all the same (RFC 3551 4.5.2)."""

import sys
from array import array
from typing import Final

from G722 import G722

from media_service.codecs.errors import CodecError

BIT_RATE: Final = 64000
MOST_OCTETS: Final = 4096
"""Longest payload that is decoded: half a second."""


class G722Codec:
    """One direction of one stream: encoder and decoder adapt to what they have seen."""

    rate: int = 16000
    clock_rate: int = 8000
    frame_octets: int | None = 160

    def __init__(self) -> None:
        self._encoder = G722(self.rate, BIT_RATE)
        self._decoder = G722(self.rate, BIT_RATE)

    def encode(self, pcm: bytes) -> bytes:
        """One octet for each two samples of PCM16 at 16 kHz, of which there must be an even number."""
        if len(pcm) % 4:
            raise CodecError("G.722 takes its samples in pairs")
        samples = array("h", pcm)
        if sys.byteorder == "big":
            samples.byteswap()
        encoded: bytes = self._encoder.encode(samples) if samples else b""
        return encoded

    def decode(self, payload: bytes) -> bytes:
        """Two samples for each octet; anything up to half a second can be decoded."""
        if len(payload) > MOST_OCTETS:
            raise CodecError(f"a G.722 payload of {len(payload)} octets")
        if not payload:
            return b""
        samples: array[int] = self._decoder.decode(payload)
        if sys.byteorder == "big":
            samples.byteswap()
        return samples.tobytes()
