"""Recordings under way: the packet core hands out samples, the file thread writes them."""

from collections.abc import Callable

from twisted.internet.defer import Deferred

from media_service.engine.disk import Disk
from media_service.engine.errors import EngineError
from media_service.engine.recording_file import RecordingFile


class Recordings:
    """The files by the number of their recording."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._files: dict[int, RecordingFile] = {}
        self._waiting: dict[int, Deferred[None]] = {}

    def begin(self, recording: int, path: str) -> None:
        """Create the file."""
        self._files[recording] = file = RecordingFile(path)
        self._submit(file.create)

    def write(self, recording: int, linear: bytes) -> None:
        """Write samples that the core handed out."""
        file = self._files[recording]
        self._submit(lambda: file.append(linear))

    def ask(self, recording: int) -> Deferred[None]:
        """Fires once the file is finished; fails with `EngineError` where it could not be written."""
        self._waiting[recording] = done = Deferred[None]()
        return done

    def over(self, recording: int, *, failed: bool) -> None:
        """Finish the file: the core has handed out the last of it, or (``failed``) had no memory for all of it."""
        file = self._files.pop(recording)
        done = self._waiting.pop(recording, None)

        def tell() -> None:
            problem = file.problem or ("no memory was left" if failed else "")
            if done is not None and problem:
                done.errback(EngineError(problem))
            elif done is not None:
                done.callback(None)

        self._submit(file.close, tell)

    def _submit(self, step: Callable[[], None], then: Callable[[], None] = lambda: None) -> None:
        def work() -> Callable[[], None]:
            step()
            return then

        self._disk.submit(work)
