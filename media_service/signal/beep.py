"""The beep of an answering machine: one steady tone, then silence.

Frames are 20 ms. A frame is *tonal* where a single frequency between 400 and 2500 Hz holds nine tenths of its energy
and is louder than -35 dBm0. The frequency is first told from the autocorrelation at one and two samples (Pisarenko's
method, which white noise does not lead astray), then made exact by how far the phase moves between the frame's halves.

A beep is a run of tonal frames, 150 ms to 4 s, of one frequency (within 1 %, or 10 Hz) and one level (it may fade by
12 dB, but rise by no more than 3), followed by 100 ms of silence, or of noise 10 dB below it. It is told when that
silence has lasted. Not told are:

- a tone within 100 ms of another one: melodies, and the special information tone;
- the same frequency again within 15 s: whatever repeats is told once at most;
- between 340 and 500 Hz, where exchanges have their tones: what is not followed by 800 ms of silence (busy, congestion)
  and what lasts for 0.9 to 2.1 s (ringing);
- 2100 Hz: a modem or fax that answers (ITU-T V.25).
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from media_service.signal.levels import level_of

FRAME: Final = 160
RATE: Final = 8000
LOWEST_FREQUENCY: Final = 395.0
HIGHEST_FREQUENCY: Final = 2510.0
LEAST_LEVEL: Final = -35.0
LEAST_SHARE: Final = 0.9
SAME_FREQUENCY: Final = 0.01
RISE: Final = 3.0
FADE: Final = 12.0
SHORTEST: Final = 7
"""Frames that a tone of 150 ms is sure to fill."""
LONGEST: Final = 201
QUIETER: Final = 10.0
QUIET_FRAMES: Final = 5
APART_FRAMES: Final = 5
REPEAT_FRAMES: Final = 750
PROGRESS: Final = (340.0, 500.0)
PROGRESS_QUIET_FRAMES: Final = 40
RINGING_FRAMES: Final = (44, 106)
ANSWER_TONE: Final = (2079.0, 2121.0)
EDGE_FRAMES: Final = 2
"""Frames at either edge of a tone that may hold but a part of it."""

Floats = npt.NDArray[np.float64]


def _hann(length: int) -> Floats:
    window: Floats = 0.5 - 0.5 * np.cos(2.0 * np.pi * (np.arange(length) + 0.5) / length)
    return window


_HALF: Final = FRAME // 2
_HANN: Final = _hann(FRAME)
_HALF_HANN: Final = _hann(_HALF)
_GAIN: Final = float(_HANN.sum())
_POWER: Final = float((_HANN**2).sum())
_FADE: Final = tuple(float(_HANN[:-lag] @ _HANN[lag:]) / _POWER for lag in (1, 2))
"""By how much the window alone lowers the autocorrelation at one and two samples."""
_TIMES: Final = np.arange(FRAME, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Beep:
    """A tone of ``frequency`` Hz and ``samples`` length ended ``at_sample``, counted from the first sample fed."""

    frequency: float
    at_sample: int
    samples: int


@dataclass(slots=True)
class _Burst:
    """A run of tonal frames, then the silence behind it."""

    frequency: float
    level: float
    began: int
    apart: bool
    frames: int = 1
    edges: int = 0
    quiet: int = 0
    repeated: bool = False


class BeepDetector:
    """Listens to one stream of PCM16 at 8 kHz; pieces may have any length."""

    def __init__(self) -> None:
        self._rest: Floats = np.zeros(0)
        self._frame = 0
        self._burst: _Burst | None = None
        self._last_tone = -REPEAT_FRAMES  # frame of the last one in a tone, whatever its frequency
        self._last_frequency = 0.0  # of the last burst, which ended at ...
        self._last_burst = -REPEAT_FRAMES

    def feed(self, pcm: bytes) -> list[Beep]:
        """Beeps that are over, in order."""
        samples = np.concatenate([self._rest, np.frombuffer(pcm, dtype="<i2").astype(np.float64)])
        beeps = []
        frames = len(samples) // FRAME
        for number in range(frames):
            frame = samples[number * FRAME : (number + 1) * FRAME]
            level = level_of(frame)
            beep = self._hear(_single_frequency(frame) if level >= LEAST_LEVEL else 0.0, level)
            self._frame += 1
            beeps += [beep] if beep else []
        self._rest = samples[frames * FRAME :].copy()
        return beeps

    def _hear(self, frequency: float, level: float) -> Beep | None:
        burst = self._burst
        if burst is None:
            self._begin(frequency, level)
        elif burst.quiet:
            return self._wait(burst, frequency, level)
        elif frequency and _same_tone(burst, frequency, level):
            burst.frames += 1
            burst.edges = 0
            self._last_tone = self._frame if burst.frames >= EDGE_FRAMES + 2 else self._last_tone
        elif frequency and burst.frames <= EDGE_FRAMES:  # the frames before held but a part of the tone
            burst.frequency, burst.level, burst.frames = frequency, level, burst.frames + 1
        elif level <= burst.level - QUIETER:
            self._end(burst)
        else:
            burst.edges += 1
            if burst.edges > 1:
                self._begin(frequency, level)
        return None

    def _begin(self, frequency: float, level: float) -> None:
        apart = self._frame - self._last_tone > APART_FRAMES
        self._burst = _Burst(frequency, level, self._frame, apart) if frequency else None

    def _end(self, burst: _Burst) -> None:
        if burst.frames < SHORTEST:
            self._burst = None
            return
        burst.quiet = 1
        near = abs(burst.frequency - self._last_frequency) <= max(2 * SAME_FREQUENCY * burst.frequency, 20.0)
        burst.repeated = near and self._frame - self._last_burst < REPEAT_FRAMES
        self._last_frequency, self._last_burst = burst.frequency, self._frame

    def _wait(self, burst: _Burst, frequency: float, level: float) -> Beep | None:
        if level > burst.level - QUIETER:
            self._begin(frequency, level)
            return None
        burst.quiet += 1
        progress = PROGRESS[0] <= burst.frequency <= PROGRESS[1]
        if burst.quiet < (PROGRESS_QUIET_FRAMES if progress else QUIET_FRAMES):
            return None
        self._burst = None
        ringing = progress and RINGING_FRAMES[0] <= burst.frames <= RINGING_FRAMES[1]
        answer = ANSWER_TONE[0] <= burst.frequency <= ANSWER_TONE[1]
        if ringing or answer or burst.repeated or not burst.apart or burst.frames > LONGEST:
            return None
        end = (self._frame + 1 - burst.quiet) * FRAME
        return Beep(burst.frequency, end, end - burst.began * FRAME)


def _same_tone(burst: _Burst, frequency: float, level: float) -> bool:
    near = abs(frequency - burst.frequency) <= max(SAME_FREQUENCY * burst.frequency, 10.0)
    return near and burst.level - FADE <= level <= burst.level + RISE


def _single_frequency(frame: Floats) -> float:
    """The frequency that holds nearly all of the frame, or 0 where none does or it is out of bounds."""
    weighted = frame * _HANN
    first = float(weighted[:-1] @ weighted[1:]) / _FADE[0]
    second = float(weighted[:-2] @ weighted[2:]) / _FADE[1]
    below = math.sqrt(second * second + 8.0 * first * first) - second
    if below <= 0.0 or abs(2.0 * first) >= below:
        return 0.0
    step = _refined(frame, math.acos(2.0 * first / below))
    frequency = step * RATE / (2.0 * math.pi)
    if not LOWEST_FREQUENCY <= frequency <= HIGHEST_FREQUENCY:
        return 0.0
    share = 2.0 * abs(complex(weighted @ np.exp(-1j * step * _TIMES))) ** 2 * _POWER / _GAIN**2
    return frequency if share >= LEAST_SHARE * float(weighted @ weighted) else 0.0


def _refined(frame: Floats, step: float) -> float:
    """The radians from sample to sample, as the phases of the frame's halves tell, within 50 Hz of ``step``."""
    turns = np.exp(-1j * step * _TIMES[:_HALF]) * _HALF_HANN
    before, behind = complex(frame[:_HALF] @ turns), complex(frame[_HALF:] @ turns)
    turned = behind * before.conjugate() * complex(math.cos(step * _HALF), -math.sin(step * _HALF))
    return step + math.atan2(turned.imag, turned.real) / _HALF
