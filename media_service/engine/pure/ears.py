"""What a port listens for in the audio: pairs of tones, speech, an answering machine's beep."""

import time
from collections.abc import Callable

from media_service.engine.interface import Listening
from media_service.engine.pure.frames import Digit, FromChild
from media_service.signal.dtmf import DtmfDetector


class Ears:
    """The detectors of one port, fed with every frame (PCM16, 8 kHz), silence too."""

    def __init__(self, number: int, listening: Listening, report: Callable[[FromChild], None]) -> None:
        self._number = number
        self._report = report
        self._digits = DtmfDetector() if listening.digits else None

    def feed(self, pcm: bytes) -> None:
        """Take 20 ms; tell what was found in them."""
        if self._digits is not None:
            for found in self._digits.feed(pcm):
                self._report(Digit(self._number, found.digit, time.time(), in_band=True))
