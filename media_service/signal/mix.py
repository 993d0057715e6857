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


def mix_without_each(pieces: Sequence[bytes]) -> list[bytes]:
    """For each piece the sum of all the others, as a conference needs it: one sum, and each taken out of it.

    The sum is clipped last, so what one member says leaves no trace in what is sent back. All come out as long as the
    longest piece.
    """
    if not pieces:
        return []
    length = max(len(piece) for piece in pieces) // 2
    members = np.zeros((len(pieces), length), dtype=np.int32)
    for row, piece in zip(members, pieces, strict=True):
        row[: len(piece) // 2] = np.frombuffer(piece, dtype="<i2", count=len(piece) // 2)
    others = np.clip(members.sum(axis=0) - members, -32768, 32767).astype("<i2")
    return [row.tobytes() for row in others]
