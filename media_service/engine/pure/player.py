"""Turns clips into frames, sample after sample without a gap between files or rounds."""

from collections.abc import Iterable

from media_service.engine.encodings import FRAME_SAMPLES, Coding
from media_service.engine.pure.clip import Clip

_RATE = 8000


class Player:
    """One playlist under way on one port. The position counts samples at 8 kHz, so the encoding may change midway.

    ``start`` is where the first round begins, seconds.
    """

    def __init__(self, token: str, loop: bool, start: float = 0.0) -> None:
        self.token = token
        self._loop = loop
        self._start = start
        self._clips: list[Clip] = []
        self._index = 0
        self._position = 0
        self._before = 0

    def load(self, clips: Iterable[Clip]) -> None:
        """Give the clips once they are in memory; until then the player is silent."""
        self._clips = [clip for clip in clips if clip.samples]
        whole = sum(clip.samples for clip in self._clips)
        ahead = round(self._start * _RATE)
        if self._loop and whole:
            ahead %= whole
        while not self.over and ahead >= self._clips[self._index].samples:
            ahead -= self._clips[self._index].samples
            self._step()
        if not self.over:
            self._position = ahead

    @property
    def loaded(self) -> bool:
        """Whether there is anything to play."""
        return bool(self._clips)

    @property
    def over(self) -> bool:
        """Whether the last sample has been taken, or there is none."""
        return self._index >= len(self._clips)

    @property
    def position(self) -> float:
        """Where in the list the next sample is, seconds."""
        if not self._clips:
            return self._start
        return (self._before + self._position) / _RATE

    def frame(self, coding: Coding) -> bytes:
        """The next 20 ms encoded; the last frame is filled up with silence. Not to be asked when `over`."""
        clip = self._clips[self._index]
        end = self._position + FRAME_SAMPLES
        if end < clip.samples:
            start, self._position = self._position, end
            return clip.octets(coding, start, end)
        if not coding.octets_per_sample:
            return self._packet(clip, coding)
        return self._across_clips(coding)

    def _across_clips(self, coding: Coding) -> bytes:
        frame, left = b"", FRAME_SAMPLES
        while left and not self.over:
            clip = self._clips[self._index]
            stop = min(self._position + left, clip.samples)
            frame += clip.octets(coding, self._position, stop)
            left -= stop - self._position
            self._position = stop
            if stop >= clip.samples:
                self._step()
        return frame + coding.silent_frame[len(frame) :]

    def _packet(self, clip: Clip, coding: Coding) -> bytes:
        """The last packet of a clip whose encoding cannot be cut between packets: the next clip has one of its own."""
        packet = clip.octets(coding, self._position, clip.samples)
        self._step()
        return packet

    def _step(self) -> None:
        self._before += self._clips[self._index].samples
        self._index += 1
        self._position = 0
        if self._loop and self.over:
            self._index = self._before = 0
