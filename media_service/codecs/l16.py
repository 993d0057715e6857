"""L16 (RFC 3551 4.5.11): the samples as they are, most significant octet first; here 8 kHz mono, for loopback tests."""

from array import array

from media_service.codecs.errors import CodecError


class L16Codec:
    """Uncompressed PCM16 at 8 kHz; no state."""

    rate: int = 8000
    clock_rate: int = 8000
    frame_octets: int | None = 320

    def encode(self, pcm: bytes) -> bytes:
        """Octets of each sample swapped."""
        return _swapped(pcm)

    def decode(self, payload: bytes) -> bytes:
        """Octets of each sample swapped back."""
        return _swapped(payload)


def _swapped(octets: bytes) -> bytes:
    if len(octets) % 2:
        raise CodecError("16-bit samples of an odd number of octets")
    samples = array("H", octets)
    samples.byteswap()
    return samples.tobytes()
