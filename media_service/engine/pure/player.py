"""Turns clips into frames, sample after sample without a gap between files or rounds."""

from media_service.engine.clips import Clip
from media_service.engine.encodings import FRAME_SAMPLES, Law


class Player:
    """One playlist under way on one port. The position counts samples, so the encoding may change in its midst."""

    def __init__(self, token: str, loop: bool) -> None:
        self.token = token
        self._loop = loop
        self._clips: list[Clip] = []
        self._index = 0
        self._position = 0

    def load(self, clips: list[Clip]) -> None:
        """Give the clips once they are in memory; until then the player is silent."""
        self._clips = [clip for clip in clips if clip.samples]

    @property
    def loaded(self) -> bool:
        """Whether there is anything to play."""
        return bool(self._clips)

    @property
    def over(self) -> bool:
        """Whether the last sample has been taken."""
        return self._index >= len(self._clips)

    def frame(self, law: Law) -> bytes:
        """The next 20 ms; the last frame is filled up with silence. Not to be asked when `over`."""
        clip = self._clips[self._index]
        end = self._position + FRAME_SAMPLES
        if end < clip.samples:
            start, self._position = self._position, end
            return clip.octets(law, start, end)
        return self._frame_across_clips(law)

    def _frame_across_clips(self, law: Law) -> bytes:
        frame = b""
        while len(frame) < FRAME_SAMPLES and not self.over:
            clip = self._clips[self._index]
            wanted = FRAME_SAMPLES - len(frame)
            frame += clip.octets(law, self._position, self._position + wanted)
            self._position += wanted
            if self._position >= clip.samples:
                self._position = 0
                self._index += 1
                if self._loop:
                    self._index %= len(self._clips)
        return frame + law.silent_octet * (FRAME_SAMPLES - len(frame))
