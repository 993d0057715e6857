"""Whether somebody speaks: loudness over a noise floor that follows the line, unsteady, as speech is and tones are not.

Frames are 20 ms. A frame is *steady* where it and the five before it differ by no more than 2.5 dB in level, or it and
the one before by less than 0.3 dB: noise of a line and tones of all kinds are (but for the frame at an edge), and only
some tenth of a speaker's frames. A frame is *active* where it is 6 dB above the floor, louder than -45 dBm0, and not
steady. Active frames are counted, each of the others takes half a frame off; speech has begun once the count comes to
three fifths of `begin` (200 ms), at the first frame counted, and has ceased `end` (400 ms) after the last active frame.
The floor falls by 30 % of the difference in each frame below it, rises by 1 dB in each steady frame above it, else by
1 dB a second; a stream begins as if its first frame had been there before.

So noise that sets in, digits, and the tones of exchanges are no speech. Music that swells and fades is, in part, and so
are digits that follow each other faster than 100 ms on, 100 ms off.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from media_service.signal.levels import LOWEST, level_of

FRAME: Final = 160
RATE: Final = 8000
BEGIN_SECONDS: Final = 0.2
END_SECONDS: Final = 0.4
MARGIN: Final = 6.0
LEAST_LEVEL: Final = -45.0
STEADY_FRAMES: Final = 6
STEADY_RANGE: Final = 2.5
STEADY_STEP: Final = 0.3
LEAK: Final = 0.5
SHARE: Final = 0.6
FIRST_FLOOR: Final = -60.0
FALL: Final = 0.3
STEADY_RISE: Final = 1.0
SLOW_RISE: Final = 0.02


@dataclass(frozen=True, slots=True)
class SpeechChange:
    """Somebody began to speak or ceased ``at_sample``, counted from the first sample fed."""

    speaking: bool
    at_sample: int


class SpeechDetector:
    """Listens to one stream of PCM16 at 8 kHz; pieces may have any length."""

    def __init__(self, begin: float = BEGIN_SECONDS, end: float = END_SECONDS) -> None:
        self._begin = max(round(SHARE * begin * RATE / FRAME), 1)
        self._end = max(round(end * RATE / FRAME), 1)
        self._rest: npt.NDArray[np.float64] = np.zeros(0)
        self._at = 0
        self._levels = deque([LOWEST] * STEADY_FRAMES, maxlen=STEADY_FRAMES)
        self.floor = FIRST_FLOOR
        self.speaking = False
        self._active = 0.0
        self._inactive = 0
        self._onset = 0
        self._last_active = 0

    def feed(self, pcm: bytes) -> list[SpeechChange]:
        """What changed in the speech, in order."""
        samples = np.concatenate([self._rest, np.frombuffer(pcm, dtype="<i2").astype(np.float64)])
        changes = []
        frames = len(samples) // FRAME
        for number in range(frames):
            change = self._hear(level_of(samples[number * FRAME : (number + 1) * FRAME]))
            self._at += FRAME
            changes += [change] if change else []
        self._rest = samples[frames * FRAME :].copy()
        return changes

    def _hear(self, level: float) -> SpeechChange | None:
        if self._at == 0:
            self._levels.extend([level] * STEADY_FRAMES)
        self._levels.append(level)
        alike = abs(level - self._levels[-2]) < STEADY_STEP
        steady = alike or max(self._levels) - min(self._levels) <= STEADY_RANGE
        active = level > self.floor + MARGIN and level > LEAST_LEVEL and not steady
        self._follow_floor(level, steady=steady)
        if active:
            if self._active == 0.0:
                self._onset = self._at
            self._active += 1.0
            self._inactive = 0
            self._last_active = self._at + FRAME
        else:
            self._active = max(self._active - LEAK, 0.0)
            self._inactive += 1
        return self._changed()

    def _changed(self) -> SpeechChange | None:
        if self.speaking:
            if self._inactive < self._end:
                return None
            self.speaking, self._active = False, 0.0
            return SpeechChange(speaking=False, at_sample=self._last_active)
        if self._active < self._begin:
            return None
        self.speaking = True
        return SpeechChange(speaking=True, at_sample=self._onset)

    def _follow_floor(self, level: float, *, steady: bool) -> None:
        if level < self.floor:
            self.floor += FALL * (level - self.floor)
        else:
            self.floor = min(self.floor + (STEADY_RISE if steady else SLOW_RISE), level)
