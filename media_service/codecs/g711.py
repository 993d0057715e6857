"""G.711 A-law and mu-law by tables: encode, decode and turn one into the other (ITU-T G.711, tables 1a to 2b).

Linear audio is 16-bit signed little-endian PCM, one octet of G.711 per sample. The tables are made once at import; a
20 ms frame then costs a `bytes.translate` or two. Negative samples are folded by one's complement, as the ITU's own
reference (G.191) does, so that every code has exactly one mirror image.
"""

import sys
from array import array
from collections.abc import Callable
from typing import Final

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

_MU_TO_A: Final = bytes(_A_COMPRESSOR[value & 0xFFFF] for value in MU_LAW_VALUES)
_A_TO_MU: Final = bytes(_MU_COMPRESSOR[value & 0xFFFF] for value in A_LAW_VALUES)


def _octet_tables(values: tuple[int, ...]) -> tuple[bytes, bytes]:
    """Low and high octet of the linear value by code."""
    return bytes(value & 0xFF for value in values), bytes((value >> 8) & 0xFF for value in values)


_MU_LOW, _MU_HIGH = _octet_tables(MU_LAW_VALUES)
_A_LOW, _A_HIGH = _octet_tables(A_LAW_VALUES)


def _compress(linear: bytes, table: bytes) -> bytes:
    samples = array("H", linear)
    if sys.byteorder == "big":
        samples.byteswap()
    return bytes(map(table.__getitem__, samples))


def _expand(codes: bytes, low: bytes, high: bytes) -> bytes:
    linear = bytearray(2 * len(codes))
    linear[0::2] = codes.translate(low)
    linear[1::2] = codes.translate(high)
    return bytes(linear)


def mu_law_from_linear(linear: bytes) -> bytes:
    """Mu-law octets of PCM16 samples; raises `ValueError` for an odd number of octets."""
    return _compress(linear, _MU_COMPRESSOR)


def a_law_from_linear(linear: bytes) -> bytes:
    """A-law octets of PCM16 samples; raises `ValueError` for an odd number of octets."""
    return _compress(linear, _A_COMPRESSOR)


def linear_from_mu_law(codes: bytes) -> bytes:
    """PCM16 samples of mu-law octets."""
    return _expand(codes, _MU_LOW, _MU_HIGH)


def linear_from_a_law(codes: bytes) -> bytes:
    """PCM16 samples of A-law octets."""
    return _expand(codes, _A_LOW, _A_HIGH)


def a_law_from_mu_law(codes: bytes) -> bytes:
    """A-law octets that sound like the mu-law ones."""
    return codes.translate(_MU_TO_A)


def mu_law_from_a_law(codes: bytes) -> bytes:
    """Mu-law octets that sound like the A-law ones."""
    return codes.translate(_A_TO_MU)
