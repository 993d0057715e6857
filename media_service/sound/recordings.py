"""Where recordings stand: names that clients give, as files that lie in the recording directory and nowhere else."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from twisted.internet.defer import Deferred

from media_service.control.messages import Record, VerbResult
from media_service.engine.errors import EngineError
from media_service.engine.interface import Format, MediaEngine, Recorded, Recording

SCRATCH: Final = ".heard"
"""Folder of what is to be understood; no name that a client gives begins with a dot."""
MAX_COPIES: Final = 1000
SUFFIXES: Final = {Format.PCM: ".wav", Format.A_LAW: ".wav", Format.FLAC: ".flac"}


class Recordings:
    """The recording directory; ``None``: nothing may be recorded."""

    def __init__(self, directory: Path | None) -> None:
        self.directory = directory

    def file(self, name: str, form: Format) -> Path:
        """A new file for ``name``, whose folders are there; a second one of that name gets a number.

        Raises:
            EngineError: there is no recording directory, or the name leads out of it.
            OSError: a folder cannot be made.
        """
        if self.directory is None:
            raise EngineError("the settings name no directory for recordings")
        base = self.directory.resolve()
        wanted = (base / f"{name}{SUFFIXES[form]}").resolve()
        if base not in wanted.parents:
            raise EngineError(f"{name!r} leads out of the recording directory")
        wanted.parent.mkdir(parents=True, exist_ok=True)
        for copy in range(1, MAX_COPIES):
            free = wanted if copy == 1 else wanted.with_stem(f"{wanted.stem}-{copy}")
            if not free.exists():
                return free
        raise EngineError(f"{name!r} has been recorded {MAX_COPIES} times")

    def scratch(self, name: str) -> Path:
        """A file for what is to be understood and then deleted; raises as `file`."""
        if self.directory is None:
            raise EngineError("the settings name no directory for recordings")
        folder = self.directory.resolve() / SCRATCH
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{''.join(mark if mark.isalnum() else '_' for mark in name)}.wav"

    def name_of(self, file: Path) -> str:
        """A file's path within the recording directory, as clients are told."""
        base = self.directory.resolve() if self.directory is not None else Path()
        return str(file.relative_to(base)) if base in file.parents else file.name


class Tape:
    """The one recording that an engine's port can write at a time."""

    def __init__(self, engine: MediaEngine, port: str) -> None:
        self._engine = engine
        self._port = port
        self._for = ""

    @property
    def running(self) -> bool:
        """Something is being written."""
        return bool(self._for)

    def start(self, recording: Recording, purpose: str) -> None:
        """Begin to write; ``EngineError`` where something is being written, or the engine refuses."""
        if self._for:
            raise EngineError(f"{self._for} is being recorded, and a call has one recording at a time")
        self._engine.record(self._port, recording)
        self._for = purpose

    def pause(self, *, paused: bool) -> None:
        """Leave out what is said from now on, or go on writing."""
        self._engine.pause_recording(self._port, paused=paused)

    def stop(self) -> "Deferred[Recorded]":
        """Finish the file; fails with ``EngineError``."""
        self._for = ""
        return self._engine.stop_recording(self._port)


class CallRecorder:
    """The recording of a whole call, in the background.

    ``changed`` is told the file's name within the recording directory, or ``None`` at its end.
    """

    def __init__(self, tape: Tape, recordings: Recordings, changed: Callable[[str | None], None]) -> None:
        self._tape = tape
        self._recordings = recordings
        self._changed = changed
        self._file: Path | None = None

    def start(self, action: Record) -> VerbResult:
        """Begin to record."""
        form = Format(action.format)
        try:
            file = self._recordings.file(action.name, form)
            recording = Recording(file, form, stereo=action.stereo, both=not action.stereo, trim=action.trim)
            self._tape.start(recording, "the call")
        except (EngineError, OSError) as error:
            return VerbResult("failed", detail=str(error))
        self._file = file
        name = self._recordings.name_of(file)
        self._changed(name)
        return VerbResult("finished", file=name)

    def pause(self, *, paused: bool) -> VerbResult:
        """Leave out what is said from now on, or go on."""
        if self._file is None:
            return VerbResult("failed", detail="nothing is being recorded")
        try:
            self._tape.pause(paused=paused)
        except EngineError as error:
            return VerbResult("failed", detail=str(error))
        return VerbResult("finished")

    def stop(self, done: Callable[[VerbResult], None]) -> None:
        """Finish the recording, and tell ``done`` how that went."""
        if self._file is None:
            done(VerbResult("failed", detail="nothing is being recorded"))
            return
        self._file = None
        self._changed(None)

        def stopped(recorded: Recorded) -> None:
            name = self._recordings.name_of(recorded.file)
            done(VerbResult("recorded", file=name, seconds=round(recorded.seconds, 3)))

        try:
            stopping = self._tape.stop()
        except EngineError as error:
            done(VerbResult("failed", detail=str(error)))
            return
        stopping.addCallbacks(stopped, lambda failure: done(VerbResult("failed", detail=failure.getErrorMessage())))
