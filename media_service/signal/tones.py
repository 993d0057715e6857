"""Tones as PCM16: one or more frequencies in a cadence, with soft edges and continuous phase, and digits (ITU-T Q.23).

Levels are dBm0: a sine as loud as 16 bits allow is +3.14 dBm0 (ITU-T G.711, A-law's overload point).
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

OVERLOAD_DBM0: Final = 3.14
"""Level of the loudest sine (G.711 section 4)."""
FULL_SCALE: Final = 32768.0
EDGE_SECONDS: Final = 0.005
"""How long a tone takes to rise and to fall, so that it does not click."""
LOW_GROUP: Final = (697.0, 770.0, 852.0, 941.0)
HIGH_GROUP: Final = (1209.0, 1336.0, 1477.0, 1633.0)
KEYS: Final = ("123A", "456B", "789C", "*0#D")
"""Digits by low group (row) and high group (column), Q.23 table 1."""
DIGIT_LEVELS: Final = (-8.0, -6.0)
"""Levels of low and high group as terminals send them: the high one 2 dB louder (Q.23 section 6; ETSI ES 201 235-2)."""


@dataclass(frozen=True, slots=True)
class Tone:
    """A tone made by the engine: ``frequencies`` (Hz) sounding together, each at ``level`` (dBm0).

    ``cadence`` is seconds on, off, on, off, …, from the beginning again at its end; an empty one sounds all the time.
    ``seconds`` is the whole length. ``sequence``: the frequencies sound one after the other, one for each time on, as
    those of the special information tone do.
    """

    frequencies: tuple[float, ...]
    cadence: tuple[float, ...]
    seconds: float
    level: float = -13.0
    sequence: bool = False


def amplitude(level: float) -> float:
    """Peak of a sine of ``level`` dBm0, in units of 16-bit samples."""
    return FULL_SCALE * math.pow(10.0, (level - OVERLOAD_DBM0) / 20.0)


def pcm(tone: Tone, rate: int = 8000) -> bytes:
    """The whole tone as PCM16 (little-endian) at ``rate`` samples a second; what exceeds 16 bits is clipped.

    The phase goes on through the pauses, so a cadence has no clicks but its soft edges. Raises `ValueError` for a
    frequency at or above half the rate, a negative time, or a cadence that is on for no time at all.
    """
    _check(tone, rate)
    total = round(tone.seconds * rate)
    sound = np.zeros(total, dtype=np.float64)
    for number, (begin, end) in enumerate(_bursts(tone, rate, total)):
        if tone.sequence:
            chosen: tuple[float, ...] = (tone.frequencies[number % len(tone.frequencies)],)
        else:
            chosen = tone.frequencies
        sound[begin:end] = _burst(chosen, tone.level, begin, end, rate)
    return to_pcm(sound)


def dtmf(digit: str, milliseconds: float, rate: int = 8000) -> bytes:
    """The tone pair of ``digit`` (0-9, *, #, A-D) as PCM16; raises `ValueError` for anything else."""
    low, high = frequencies_of(digit)
    length = round(milliseconds * rate / 1000.0)
    return to_pcm(_burst((low,), DIGIT_LEVELS[0], 0, length, rate) + _burst((high,), DIGIT_LEVELS[1], 0, length, rate))


def frequencies_of(digit: str) -> tuple[float, float]:
    """Low and high frequency of a digit (Q.23 table 1); raises `ValueError` where it is none."""
    for row, keys in enumerate(KEYS):
        if len(digit) == 1 and digit in keys:
            return LOW_GROUP[row], HIGH_GROUP[keys.index(digit)]
    raise ValueError(f"{digit!r} is no digit of a telephone")


def to_pcm(sound: npt.NDArray[np.float64]) -> bytes:
    """Samples rounded and clipped to 16 bits, as little-endian octets."""
    return np.clip(np.rint(sound), -32768, 32767).astype("<i2").tobytes()


def _check(tone: Tone, rate: int) -> None:
    if any(not 0 < frequency < rate / 2 for frequency in tone.frequencies):
        raise ValueError(f"a frequency of {tone.frequencies} is not between 0 and {rate // 2} Hz")
    if tone.seconds < 0 or any(part < 0 for part in tone.cadence):
        raise ValueError("a tone lasts less than no time")
    if tone.cadence and not sum(tone.cadence[0::2]) * rate >= 1:
        raise ValueError("a cadence is never on")
    if tone.sequence and not tone.frequencies:
        raise ValueError("a sequence of no frequencies")


def _bursts(tone: Tone, rate: int, total: int) -> list[tuple[int, int]]:
    """Begin and end of each time on, in samples; rounding does not pile up over the repeats."""
    if not tone.cadence:
        return [(0, total)]
    bursts: list[tuple[int, int]] = []
    at, part = 0.0, 0
    while at * rate < total:
        until = at + tone.cadence[part % len(tone.cadence)]
        if part % len(tone.cadence) % 2 == 0 and until > at:
            bursts.append((round(at * rate), min(round(until * rate), total)))
        at, part = until, part + 1
    return bursts


def _burst(frequencies: tuple[float, ...], level: float, begin: int, end: int, rate: int) -> npt.NDArray[np.float64]:
    times = np.arange(begin, end, dtype=np.float64) / rate
    sound = np.zeros(end - begin, dtype=np.float64)
    for frequency in frequencies:
        sound += amplitude(level) * np.sin(2.0 * np.pi * frequency * times)
    edge = min(round(EDGE_SECONDS * rate), (end - begin) // 2)
    if edge:
        rise = 0.5 - 0.5 * np.cos(np.pi * (np.arange(edge) + 0.5) / edge)
        sound[:edge] *= rise
        sound[end - begin - edge :] *= rise[::-1]
    return sound
