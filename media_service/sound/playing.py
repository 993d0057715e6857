"""What a call hears: utterances become sounds, and sounds go to the engine; a later wish overtakes an earlier one."""

from collections.abc import Callable
from functools import partial
from typing import Final

import structlog
from twisted.internet.defer import maybeDeferred
from twisted.python.failure import Failure

from media_service.engine.errors import EngineError
from media_service.engine.interface import Playlist, Sound, Tone
from media_service.ivr.wishes import StartPlay
from media_service.prompts.errors import PromptError
from media_service.speech.errors import SpeechError
from media_service.surroundings import Surroundings

BEEP: Final = Tone((1000.0,), (0.4,), 0.4)
"""After it a message is recorded."""

Log = structlog.stdlib.BoundLogger


class Player:
    """Plays on one port. ``failed`` is told the token and the reason of what cannot be played."""

    def __init__(self, around: Surroundings, port: str, log: Log, failed: Callable[[str, str], None]) -> None:
        self._around = around
        self._port = port
        self._log = log
        self._failed = failed
        self._token = ""

    def start(self, wish: StartPlay) -> None:
        """Play; until the sounds are there, what played before goes on."""
        self._token = wish.token
        if not wish.utterances:
            self._play(wish, (BEEP,))
            return
        speaking = maybeDeferred(self._around.speak, wish.utterances, wish.language)
        speaking.addCallback(partial(self._spoken, wish)).addErrback(self._not_spoken, wish)

    def stop(self) -> None:
        """Be silent at once; what is still being made is not played."""
        self._token = ""
        try:
            self._around.engine.stop(self._port)
        except EngineError as error:
            self._log.warning("the engine refuses", reason=str(error))

    def close(self) -> None:
        """The call is over: what is still being made is not played, and nothing more is told."""
        self._token = ""
        self._failed = _nobody

    def _spoken(self, wish: StartPlay, sounds: tuple[Sound, ...]) -> None:
        if wish.token == self._token:
            self._play(wish, (*sounds, BEEP) if wish.beep else sounds)

    def _not_spoken(self, failure: Failure, wish: StartPlay) -> None:
        if wish.token != self._token:
            return
        if not isinstance(failure.value, (PromptError, EngineError, SpeechError)):
            self._log.error("defect while a prompt is made", trace=failure.getTraceback())
        self._cannot(wish, failure.getErrorMessage())

    def _play(self, wish: StartPlay, sounds: tuple[Sound, ...]) -> None:
        try:
            self._around.engine.play(self._port, Playlist(sounds, loop=wish.loop, start=wish.start), wish.token)
        except EngineError as error:
            self._cannot(wish, str(error))

    def _cannot(self, wish: StartPlay, reason: str) -> None:
        self._log.error("cannot play", reason=reason)
        self.stop()
        self._failed(wish.token, reason)


def _nobody(_token: str, _reason: str) -> None:
    """Stand in for who heard of a call that is over."""
