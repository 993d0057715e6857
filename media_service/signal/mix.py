"""Sums of sounds, kept within 16 bits."""

from collections.abc import Sequence

import numpy as np


def mix(pieces: Sequence[bytes]) -> bytes:
    """The sum of PCM16 pieces, clipped at 16 bits; a shorter piece is silent at its end, none at all is no sound."""
    if not pieces:
        return b""
    total = np.zeros(max(len(piece) for piece in pieces) // 2, dtype=np.int32)
    for piece in pieces:
        samples = np.frombuffer(piece, dtype="<i2", count=len(piece) // 2)
        total[: len(samples)] += samples
    return np.clip(total, -32768, 32767).astype("<i2").tobytes()
