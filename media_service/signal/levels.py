"""Loudness of a frame in dBm0, where a sine as loud as 16 bits allow is +3.14 dBm0 (ITU-T G.711)."""

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from media_service.signal.tones import FULL_SCALE, OVERLOAD_DBM0

LOWEST: Final = -70.0
"""What silence counts as."""
_SINE_POWER: Final = FULL_SCALE**2 / 2.0


def level_of(samples: npt.NDArray[np.float64]) -> float:
    """dBm0 of 16-bit samples, never less than `LOWEST`; a constant offset is no sound."""
    power = float(samples.var()) if len(samples) else 0.0
    if power <= 0.0:
        return LOWEST
    return max(10.0 * math.log10(power / _SINE_POWER) + OVERLOAD_DBM0, LOWEST)
