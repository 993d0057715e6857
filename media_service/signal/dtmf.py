"""Digits heard as tone pairs in the audio (ITU-T Q.23), within the limits of Q.24 and TIA-464.

Every 5 ms a look is taken at the last 20 ms, weighted by a Hann window, through a matched filter for each of the eight
frequencies. A look *shows* a digit where all of these hold:

- the strongest low and the strongest high tone are each above -33 dBm0 (-25 must be accepted, -55 refused);
- twist: the low one is at most 9 dB above (8 must be accepted) and the high one at most 5 dB above (4 must);
- their frequencies, told by how far each phase has moved since the look before, are within 2.7 % of nominal (1.5 %
  must be accepted, 3.5 % refused);
- together they hold at least four fifths of the energy, a dial tone of 350 and 440 Hz left aside: speech does not,
  though its levels may fit; a pair in noise 10 dB below does;
- the second harmonic of either, where no other tone is near it, is 13 dB below: vowels are rich in it.

Five such looks in a row are a digit: no tone of 23 ms is one, every tone over 36 ms is. Four looks without it end it: a
break of 10 ms does not split a digit, a pause of 40 ms always does.

Seen: no digit in six hours made of the clips of seven languages and the music on hold at twenty speeds, and never more
than two such looks in a row there. 20 ms of speech cost 35 microseconds here (silence 7), 2.5 in the twin in C.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from media_service.signal.resample import Halfband
from media_service.signal.tones import HIGH_GROUP, KEYS, LOW_GROUP, amplitude

WINDOW: Final = 160
HOP: Final = 40
LEAST_LEVEL: Final = -33.0
NORMAL_TWIST: Final = 9.0
REVERSE_TWIST: Final = 5.0
TOLERANCE: Final = 0.027
LEAST_SHARE: Final = 0.8
MOST_HARMONIC: Final = 0.05
LOOKS_BEGIN: Final = 5
LOOKS_END: Final = 4

_RATE: Final = 8000
_DIAL_TONES: Final = (350.0, 440.0)
_NEAR: Final = 150.0
"""Hz from a tone within which a harmonic cannot be told from it through a window of 20 ms."""
_FREQUENCIES: Final = LOW_GROUP + HIGH_GROUP
_HANN: Final = 0.5 - 0.5 * np.cos(2.0 * np.pi * (np.arange(WINDOW) + 0.5) / WINDOW)
_GAIN: Final = float(_HANN.sum())
_POWER: Final = float((_HANN**2).sum())
_SHARE: Final = 2.0 * _POWER / _GAIN**2
"""Energy in the window of a tone whose filter gives 1."""
_LEAST_POWER: Final = (amplitude(LEAST_LEVEL) * _GAIN / 2.0) ** 2
_QUIET: Final = 0.75 * amplitude(LEAST_LEVEL)
"""What has no sample above this has no tone of the least level, let alone two."""
_COVERED: Final = 56
"""Samples of a tone that the first look that shows it has not seen yet or that no look saw: half a window less."""
_LOW_ABOVE: Final = 10.0 ** (NORMAL_TWIST / 10.0)
_HIGH_ABOVE: Final = 10.0 ** (REVERSE_TWIST / 10.0)

Floats = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]


def _filters(frequencies: tuple[float, ...]) -> Complex:
    """One column for each frequency; the phase counts from the window's beginning."""
    phases: Complex = np.exp(-2j * np.pi * np.outer(np.arange(WINDOW), frequencies) / _RATE)
    return _HANN[:, None] * phases


_FILTERS: Final = _filters(_FREQUENCIES)
_FILTERS_REAL: Final = np.ascontiguousarray(np.hstack([_FILTERS.real, _FILTERS.imag]))
_DIAL_FILTERS: Final = _filters(_DIAL_TONES)
_HANN_SQUARED: Final = _HANN**2
_ADVANCE: Final = np.exp(-2j * np.pi * np.array(_FREQUENCIES) * HOP / _RATE)
"""Undoes what the phase of a tone of nominal frequency moves by from one look to the next."""


@dataclass(frozen=True, slots=True)
class Found:
    """A digit began ``at_sample`` (counted from the first one fed) and had lasted ``samples`` when it was told."""

    digit: str
    at_sample: int
    samples: int


@dataclass(slots=True)
class _Run:
    """Looks in a row that show the same digit."""

    digit: str = ""
    looks: int = 0
    began: int = 0


class DtmfDetector:
    """Listens to one stream of PCM16 at ``rate`` 8000 or 16000; pieces may have any length.

    Raises `ValueError` for another rate. Positions in `Found` are samples at ``rate``.
    """

    def __init__(self, rate: int = 8000) -> None:
        if rate not in (_RATE, 2 * _RATE):
            raise ValueError(f"digits are heard at 8000 or 16000 samples a second, not {rate}")
        self._scale = rate // _RATE
        self._halve = Halfband() if self._scale == 2 else None
        self._rest: Floats = np.zeros(0)
        self._at = 0  # position of the first sample in _rest
        self._before: Complex = np.zeros(len(_FREQUENCIES), dtype=np.complex128)
        self._run = _Run()
        self._told = ""
        self._misses = 0

    def feed(self, pcm: bytes) -> list[Found]:
        """Digits that have now lasted long enough, in order."""
        if self._halve is not None:
            pcm = self._halve.down(pcm)
        samples = np.concatenate([self._rest, np.frombuffer(pcm, dtype="<i2").astype(np.float64)])
        looks = (len(samples) - WINDOW) // HOP + 1 if len(samples) >= WINDOW else 0
        if looks == 0:
            self._rest = samples
            return []
        if np.abs(samples).max() < _QUIET:  # no tone of a pair could be loud enough: spare the filters
            self._before = np.zeros(len(_FREQUENCIES), dtype=np.complex128)
            for number in range(looks):
                self._follow("", self._at + number * HOP)
            found: list[Found] = []
        else:
            found = self._look_at(_windows(samples, looks))
        self._rest = samples[looks * HOP :].copy()
        self._at += looks * HOP
        return found

    def _look_at(self, windows: Floats) -> list[Found]:
        both = windows @ _FILTERS_REAL
        spectra: Complex = both[:, : len(_FREQUENCIES)] + 1j * both[:, len(_FREQUENCIES) :]
        powers = spectra.real**2 + spectra.imag**2
        enough = (powers[:, :4].max(axis=1) >= _LEAST_POWER / 2) & (powers[:, 4:].max(axis=1) >= _LEAST_POWER / 2)
        found = []
        for number, window in enumerate(windows):
            before = spectra[number - 1] if number else self._before
            digit = _shown(window, spectra[number], powers[number], before) if enough[number] else ""
            told = self._follow(digit, self._at + number * HOP)
            found += [told] if told else []
        self._before = spectra[-1]
        return found

    def _follow(self, digit: str, at: int) -> Found | None:
        """Count looks; ``at`` is where the window of this one began."""
        run = self._run
        self._misses = 0 if digit and digit == self._told else self._misses + 1
        if self._misses >= LOOKS_END:
            self._told = ""
        if digit != run.digit:
            self._run = run = _Run(digit, 0, at)
        run.looks += 1
        if not digit or digit == self._told or run.looks < LOOKS_BEGIN:
            return None
        self._told, self._misses = digit, 0
        began = max(run.began + _COVERED, 0)
        return Found(digit, began * self._scale, (at + WINDOW - began) * self._scale)


def _windows(samples: Floats, looks: int) -> Floats:
    """One row for each look, without copying."""
    windows: Floats = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[: looks * HOP : HOP]
    return windows


def _shown(window: Floats, spectrum: Complex, powers: Floats, before: Complex) -> str:
    """The digit that a look shows, or nothing."""
    row, column = int(powers[:4].argmax()), 4 + int(powers[4:].argmax())
    strengths = []
    for index in (row, column):
        turned = complex(spectrum[index] * np.conj(before[index]) * _ADVANCE[index])
        offset = math.atan2(turned.imag, turned.real) * _RATE / (2.0 * math.pi * HOP)
        if abs(offset) > TOLERANCE * _FREQUENCIES[index]:
            return ""
        strengths.append(float(powers[index]) / _response(offset) ** 2)
    low, high = strengths
    if min(low, high) < _LEAST_POWER or low > high * _LOW_ABOVE or high > low * _HIGH_ABOVE:
        return ""
    energy = float((window**2) @ _HANN_SQUARED)
    if (low + high) * _SHARE < LEAST_SHARE * energy:
        energy -= _dial_tone(window)
        if (low + high) * _SHARE < LEAST_SHARE * energy:
            return ""
    if _has_harmonics(window, ((_FREQUENCIES[row], low), (_FREQUENCIES[column], high))):
        return ""
    return KEYS[row][column - 4]


def _response(offset: float) -> float:
    """How much of a tone ``offset`` Hz off a filter passes it: the spectrum of a Hann window, 1 in its middle."""
    bins = offset * WINDOW / _RATE
    return float(np.sinc(bins)) / (1.0 - bins * bins)


def _dial_tone(window: Floats) -> float:
    """Energy of a dial tone in the window."""
    return float((np.abs(window @ _DIAL_FILTERS) ** 2).sum()) * _SHARE


def _has_harmonics(window: Floats, tones: tuple[tuple[float, float], tuple[float, float]]) -> bool:
    for frequency, power in tones:
        second = 2.0 * frequency
        if any(abs(second - other) < _NEAR for other, _ in tones):
            continue
        if abs(complex((window @ _filters((second,)))[0])) ** 2 > MOST_HARMONIC * power:
            return True
    return False
