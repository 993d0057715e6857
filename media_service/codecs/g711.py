"""G.711 A-law and mu-law by tables: encode, decode and turn one into the other (ITU-T G.711, tables 1a to 2b).

Linear audio is 16-bit signed little-endian PCM, one octet of G.711 per sample. The tables are made once at import; a
20 ms frame then costs a look-up or two. Negative samples are folded by one's complement, as the ITU's own
reference (G.191) does, so that every code has exactly one mirror image.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

SAMPLE_RATE: Final = 8000
"""Samples per second of all telephone audio in this program."""

MU_LAW_SILENCE: Final = b"\xff"
A_LAW_SILENCE: Final = b"\xd5"


def _positive_codes(width_of: Callable[[int], int], skip: int) -> bytes:
    """The 7-bit code of every sample 0..32767: each code covers a run as wide as its segment says."""
    runs = b"".join(bytes([code]) * width_of(code) for code in range(128))[skip:]
    return runs[:32768] + runs[-1:] * (32768 - len(runs))


def _compressor(positive: bytes, positive_mask: int, negative_mask: int) -> bytes:
    """Codes by sample taken as an unsigned 16-bit number: the upper half is the negative samples, from the lowest."""
    above = bytes(code ^ positive_mask for code in positive)
    below = bytes(code ^ negative_mask for code in reversed(positive))
    return above + below


def _expand_mu(code: int) -> int:
    inverted = code ^ 0xFF
    magnitude = ((((inverted & 0x0F) << 3) + 0x84) << ((inverted >> 4) & 7)) - 0x84
    return -magnitude if inverted & 0x80 else magnitude


def _expand_a(code: int) -> int:
    toggled = code ^ 0x55
    segment = (toggled >> 4) & 7
    step = ((toggled & 0x0F) << 4) + 8
    magnitude = step if segment == 0 else (step + 0x100) << (segment - 1)
    return magnitude if toggled & 0x80 else -magnitude


# Mu-law adds 132 before it takes the segment, so the first run loses the four values below 132 (128 is its lower edge).
_MU_COMPRESSOR: Final = _compressor(_positive_codes(lambda code: 8 << (code >> 4), 4), 0xFF, 0x7F)
_A_COMPRESSOR: Final = _compressor(_positive_codes(lambda code: 16 << max((code >> 4) - 1, 0), 0), 0xD5, 0x55)

MU_LAW_VALUES: Final = tuple(_expand_mu(code) for code in range(256))
"""Linear value of each mu-law octet, in 16-bit scale."""
A_LAW_VALUES: Final = tuple(_expand_a(code) for code in range(256))
"""Linear value of each A-law octet, in 16-bit scale."""


_MU_CODES: Final = np.frombuffer(_MU_COMPRESSOR, dtype=np.uint8)
_A_CODES: Final = np.frombuffer(_A_COMPRESSOR, dtype=np.uint8)
_MU_SAMPLES: Final = np.array(MU_LAW_VALUES, dtype="<i2")
_A_SAMPLES: Final = np.array(A_LAW_VALUES, dtype="<i2")


def _compress(linear: bytes, table: npt.NDArray[np.uint8]) -> bytes:
    codes: bytes = table[np.frombuffer(linear, dtype="<u2")].tobytes()
    return codes


def _expand(codes: bytes, table: npt.NDArray[np.int16]) -> bytes:
    linear: bytes = table[np.frombuffer(codes, dtype=np.uint8)].tobytes()
    return linear


def mu_law_from_linear(linear: bytes) -> bytes:
    """Mu-law octets of PCM16 samples; raises `ValueError` for an odd number of octets."""
    return _compress(linear, _MU_CODES)


def a_law_from_linear(linear: bytes) -> bytes:
    """A-law octets of PCM16 samples; raises `ValueError` for an odd number of octets."""
    return _compress(linear, _A_CODES)


def linear_from_mu_law(codes: bytes) -> bytes:
    """PCM16 samples of mu-law octets."""
    return _expand(codes, _MU_SAMPLES)


def linear_from_a_law(codes: bytes) -> bytes:
    """PCM16 samples of A-law octets."""
    return _expand(codes, _A_SAMPLES)
