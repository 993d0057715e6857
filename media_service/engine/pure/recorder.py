"""A recording under way on one port: what is heard and sent, frame by frame for each tick, so that places are times."""

from collections.abc import Callable
from typing import Final

import numpy as np

from media_service.engine.disk import Disk
from media_service.engine.encodings import FRAME_SAMPLES, FRAME_SECONDS
from media_service.engine.interface import Recording
from media_service.engine.recording_file import RecordingFile
from media_service.signal.mix import mix

_SILENCE: Final = bytes(2 * FRAME_SAMPLES)


class Recorder:
    """Fed from the packet loop: `take` for each tick, `flush` now and then. Frames are PCM16 at 8 kHz."""

    def __init__(self, disk: Disk, recording: Recording) -> None:
        self._disk = disk
        self._recording = recording
        self._file = RecordingFile(recording)
        self._pending = bytearray()
        self._paused = False
        self._paused_frames = 0
        disk.submit(lambda: _nothing_after(self._file.create))

    @property
    def both(self) -> bool:
        """Whether what is sent is wanted too."""
        return self._recording.stereo or self._recording.both

    def pause(self, *, paused: bool) -> None:
        """Leave out what comes, or go on."""
        self._paused = paused

    def take(self, heard: bytes | None, sent: bytes | None) -> None:
        """What was heard and sent in one tick; ``None`` for silence."""
        if self._paused:
            self._paused_frames += 1
        elif self._recording.stereo:
            self._pending += _side_by_side(heard or _SILENCE, sent or _SILENCE)
        elif self._recording.both and heard is not None and sent is not None:
            self._pending += mix((heard, sent))
        else:
            self._pending += heard or (sent if self._recording.both else None) or _SILENCE

    def skip(self, frames: int) -> None:
        """Time passed that could not be served: silence."""
        for _ in range(frames):
            self.take(None, None)

    def flush(self) -> None:
        """Hand what there is to the file thread."""
        linear = bytes(self._pending)
        self._pending.clear()
        if linear:
            self._disk.submit(lambda: _nothing_after(lambda: self._file.append(linear)))

    def finish(self, done: Callable[[str, float, float], None]) -> None:
        """Write the rest; ``done`` hears what went wrong (empty for nothing), the file's length, and the pauses'."""
        self.flush()
        paused = self._paused_frames * FRAME_SECONDS

        def work() -> Callable[[], None]:
            self._file.close()
            problem, seconds = self._file.problem, self._file.seconds
            return lambda: done(problem, seconds, paused)

        self._disk.submit(work)


def _side_by_side(left: bytes, right: bytes) -> bytes:
    both = np.empty((FRAME_SAMPLES, 2), "<i2")
    both[:, 0], both[:, 1] = np.frombuffer(left, "<i2"), np.frombuffer(right, "<i2")
    return both.tobytes()


def _nothing_after(step: Callable[[], None]) -> Callable[[], None]:
    step()
    return _nothing


def _nothing() -> None:
    """Nothing is left to do on the packet loop."""
