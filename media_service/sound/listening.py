"""What a call listens for: speech that is to be understood, messages that are kept, digits in the audio."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import structlog
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.python.failure import Failure

from media_service.control.messages import VerbResult
from media_service.engine.errors import EngineError
from media_service.engine.interface import Format, Listening, Recorded, Recording
from media_service.ivr.wishes import FinishMessage, StartListening, Understand
from media_service.sound.recordings import Tape
from media_service.speech.errors import SpeechError
from media_service.speech.ports import Heard
from media_service.surroundings import Surroundings

Log = structlog.stdlib.BoundLogger
T = TypeVar("T")


@dataclass(slots=True)
class _Take:
    """What is being written: for whom, where, and whether it is kept."""

    token: str
    file: Path
    kept: bool


class Ear:
    """Listens on one port. ``began`` is told token and file name of a message, ``ended`` token and result."""

    def __init__(
        self,
        around: Surroundings,
        port: str,
        tape: Tape,
        log: Log,
        *,
        began: Callable[[str, str], None],
        ended: Callable[[str, VerbResult], None],
    ) -> None:
        self._around = around
        self._port = port
        self._tape = tape
        self._log = log
        self._began = began
        self._ended = ended
        self._in_band = False
        self._take: _Take | None = None

    def listen_in_band(self, *, wanted: bool) -> None:
        """Whether digits are to be heard as pairs of tones."""
        if wanted != self._in_band:
            self._in_band = wanted
            self._listen(speech=self._take is not None)

    def start(self, wish: StartListening) -> None:
        """Listen for speech and write it; what cannot be begun has ended ``failed``."""
        self.stop()
        recordings = self._around.recordings
        try:
            file = recordings.file(wish.name, Format.A_LAW) if wish.name else self._scratch(wish.token)
            form = Format.A_LAW if wish.name else Format.PCM
            self._tape.start(Recording(file, form, trim=not wish.name), "what the caller says")
        except (EngineError, OSError) as error:
            self._log.warning("cannot listen", reason=str(error))
            self._ended(wish.token, VerbResult("failed", detail=str(error)))
            return
        self._take = _Take(wish.token, file, bool(wish.name))
        self._listen(speech=True)
        if wish.name:
            self._began(wish.token, recordings.name_of(file))

    def stop(self) -> None:
        """Listen for speech no more; a message that was begun stays, what was to be understood goes."""
        take = self._end_take()
        if take is not None:
            done = self._stop_tape()
            done.addBoth(lambda _: None if take.kept else _forget(take.file))

    def finish(self, wish: FinishMessage) -> None:
        """Finish the message's file."""
        take = self._end_take()
        if take is None or take.token != wish.token:
            self._ended(wish.token, VerbResult("failed", detail="nothing was recorded"))
            return

        def recorded(done: Recorded) -> None:
            name = self._around.recordings.name_of(done.file)
            self._ended(wish.token, VerbResult("recorded", file=name, seconds=round(done.seconds, 3)))

        self._stop_tape().addCallbacks(recorded, partial(self._not_done, wish.token))

    def understand(self, wish: Understand) -> None:
        """Have the recogniser tell what was said."""
        take, recogniser = self._end_take(), self._around.recogniser
        if take is None or take.token != wish.token or recogniser is None:
            self._ended(wish.token, VerbResult("failed", detail="nothing was heard"))
            return

        def understood(heard: Heard) -> None:
            confidence = round(heard.confidence, 3)
            result = "speech" if heard.text else "invalid"
            self._ended(wish.token, VerbResult(result, speech=heard.text, confidence=confidence))

        def forgotten(result: T) -> T:
            _forget(take.file)
            return result

        asking = self._stop_tape().addCallback(
            lambda done: recogniser.recognise(done.file, wish.grammar, wish.language)
        )
        asking.addBoth(forgotten)
        asking.addCallbacks(understood, partial(self._not_done, wish.token))

    def close(self) -> None:
        """The call is over: nothing more is told."""
        self._began = self._ended = _nobody

    def _scratch(self, token: str) -> Path:
        if self._around.recogniser is None:
            raise EngineError("the settings name no speech recogniser")
        return self._around.recordings.scratch(token)

    def _not_done(self, token: str, failure: Failure) -> None:
        if not isinstance(failure.value, (EngineError, SpeechError)):
            self._log.error("defect while listening", trace=failure.getTraceback())
        self._ended(token, VerbResult("failed", detail=failure.getErrorMessage()))

    def _end_take(self) -> _Take | None:
        take, self._take = self._take, None
        if take is not None:
            self._listen(speech=False)
        return take

    def _stop_tape(self) -> "Deferred[Recorded]":
        return maybeDeferred(self._tape.stop)

    def _listen(self, *, speech: bool) -> None:
        try:
            self._around.engine.listen(self._port, Listening(digits=self._in_band, speech=speech))
        except EngineError as error:
            self._log.warning("the engine refuses", reason=str(error))


def _forget(file: Path) -> None:
    file.unlink(missing_ok=True)


def _nobody(_token: str, _news: str | VerbResult) -> None:
    """Stand in for who heard of a call that is over."""
