"""Recordings under way: the packet core hands out samples, the file thread writes them."""

from collections.abc import Callable

from twisted.internet.defer import Deferred

from media_service.engine.disk import Disk
from media_service.engine.errors import EngineError
from media_service.engine.interface import Recorded, Recording
from media_service.engine.recording_file import RecordingFile


class Recordings:
    """The files by the number of their recording."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._files: dict[int, RecordingFile] = {}
        self._waiting: dict[int, Deferred[Recorded]] = {}

    def begin(self, number: int, recording: Recording) -> None:
        """Create the file."""
        self._files[number] = file = RecordingFile(recording)
        self._submit(file.create)

    def write(self, number: int, linear: bytes) -> None:
        """Write samples that the core handed out."""
        file = self._files[number]
        self._submit(lambda: file.append(linear))

    def ask(self, number: int) -> Deferred[Recorded]:
        """Fires once the file is finished; fails with `EngineError` where it could not be written."""
        self._waiting[number] = done = Deferred[Recorded]()
        return done

    def over(self, number: int, paused: float, *, failed: bool) -> None:
        """Finish the file: the core has handed out the last of it, or (``failed``) had no memory for all of it."""
        file = self._files.pop(number)
        done = self._waiting.pop(number, None)

        def tell() -> None:
            problem = file.problem or ("no memory was left" if failed else "")
            if done is not None and problem:
                done.errback(EngineError(problem))
            elif done is not None:
                done.callback(Recorded(file.file, file.seconds, paused))

        self._submit(file.close, tell)

    def _submit(self, step: Callable[[], None], then: Callable[[], None] = lambda: None) -> None:
        def work() -> Callable[[], None]:
            step()
            return then

        self._disk.submit(work)
