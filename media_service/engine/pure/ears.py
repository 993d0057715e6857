"""What a port listens for in the audio: pairs of tones, speech, an answering machine's beep."""

import time
from collections.abc import Callable
from typing import Final

from media_service.engine.interface import Listening
from media_service.engine.pure.frames import Beep, Digit, FromChild, Speech
from media_service.signal.beep import BeepDetector
from media_service.signal.dtmf import DtmfDetector
from media_service.signal.speech import SpeechDetector

_RATE: Final = 8000


class Ears:
    """The detectors of one port, fed with every frame (PCM16, 8 kHz), silence too. What they say is dated back."""

    def __init__(self, number: int, listening: Listening, report: Callable[[FromChild], None]) -> None:
        self._number = number
        self._report = report
        self._digits = DtmfDetector() if listening.digits else None
        self._speech = SpeechDetector() if listening.speech else None
        self._beep = BeepDetector() if listening.beep else None
        self._fed = 0

    def feed(self, pcm: bytes) -> None:
        """Take 20 ms; tell what was found in them."""
        self._fed += len(pcm) // 2
        for digit in self._digits.feed(pcm) if self._digits is not None else ():
            self._report(Digit(self._number, digit.digit, self._time_of(digit.at_sample), in_band=True))
        for change in self._speech.feed(pcm) if self._speech is not None else ():
            self._report(Speech(self._number, change.speaking, self._time_of(change.at_sample)))
        for beep in self._beep.feed(pcm) if self._beep is not None else ():
            self._report(Beep(self._number, beep.frequency, self._time_of(beep.at_sample)))

    def _time_of(self, sample: int) -> float:
        return time.time() - (self._fed - sample) / _RATE
