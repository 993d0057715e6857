"""A scripted phone for the command line: it calls or waits for calls, presses digits at times, and hangs up."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from twisted.internet.base import DelayedCall
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from lab.phone import Phone, PhoneState
from lab.uacsta.control import PhoneControl
from media_service.engine.errors import EngineError
from media_service.engine.interface import MediaEngine
from program.logs import Log
from sip.dtmf import DIGITS


@dataclass(frozen=True, slots=True)
class Press:
    """Digits to be pressed ``at`` seconds after the answer."""

    digits: str
    at: float

    @classmethod
    def parse(cls, text: str) -> "Press":
        """Read ``DIGITS@SECONDS``, such as ``1@3.5``; raises `ValueError` with a message for people."""
        digits, mark, at = text.partition("@")
        try:
            seconds = float(at)
        except ValueError:
            seconds = -1.0
        if not mark or not digits or any(digit.upper() not in DIGITS for digit in digits) or not 0 <= seconds < 86400:
            raise ValueError(f"{text!r} is not DIGITS@SECONDS, such as 1@3.5")
        return cls(digits.upper(), seconds)


@dataclass(frozen=True, slots=True)
class Script:
    """What the phone does: call ``dial`` (or wait for calls), press, hang up ``hang_up_after`` seconds of talk.

    ``register`` is false for a caller from outside. ``patience`` ends a call not answered after so many seconds.
    ``controlled``: applications of the same machine may control the phone by uaCSTA; it must take their bodies.
    """

    dial: str | None = None
    presses: Sequence[Press] = ()
    hang_up_after: float | None = None
    patience: float | None = None
    register: bool = True
    controlled: bool = False


class ScriptedPhone:
    """Runs one script; ``finish(status)`` is called after a dialled call: 0 where it was answered, 1 where not."""

    def __init__(
        self,
        reactor: Any,  # noqa: ANN401 - Twisted's reactor has many interfaces
        engine: MediaEngine,
        phone: Phone,
        *,
        script: Script,
        finish: Callable[[int], None],
        log: Log,
    ) -> None:
        self._reactor = reactor
        self._engine = engine
        self._phone = phone
        self._script = script
        self._finish = finish
        self._log = log
        self._answered = False
        self._timers: list[DelayedCall] = []
        trusted = {"127.0.0.1", "::1", phone.sip.host}
        self._control = PhoneControl(reactor, phone, trusted=trusted, log=log) if script.controlled else None
        phone.watchers.append(self._watch)

    def start(self) -> Deferred[None]:
        """Start the engine, register, and dial where the script says so."""
        return Deferred.fromCoroutine(self._start())

    async def _start(self) -> None:
        await self._engine.start(self._phone.engine_event)
        await (self._phone.start() if self._script.register else self._phone.open())
        if self._script.dial is None:
            self._log.info("waiting for calls", extension=self._phone.account.number)
            return
        await self._phone.dial(self._script.dial)
        if self._script.patience is not None:
            self._later(self._script.patience, self._lose_patience)

    def stop(self) -> Deferred[None]:
        """Hang up and close."""
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        self._disarm()
        self._phone.watchers.clear()
        if self._control is not None:
            self._control.close()
        await self._phone.stop()
        await self._engine.shutdown()

    def _watch(self, phone: Phone, state: PhoneState) -> None:
        facts = {"with": phone.display.number, "name": phone.display.name} if phone.display.number else {}
        self._log.info(state.value, extension=phone.account.number, **facts)
        if state is PhoneState.ANSWERED:
            self._answered = True
            self._disarm()
            for press in self._script.presses:
                self._later(press.at, self._press, press.digits)
            if self._script.hang_up_after is not None:
                self._later(self._script.hang_up_after, phone.hang_up)
        elif state is PhoneState.ENDED:
            self._disarm()
            if phone.heard:
                self._log.info("digits heard", extension=phone.account.number, digits=phone.heard)
            if self._script.dial is not None:
                self._over(phone)

    def _over(self, phone: Phone) -> None:
        if not self._answered:
            self._log.error("not answered", dialled=self._script.dial, status=phone.last_status)
        self._finish(0 if self._answered else 1)

    def _press(self, digits: str) -> None:
        try:
            pressed = self._phone.press(digits)
        except EngineError as error:
            self._log.error("digits not sent", digits=digits, reason=str(error))
            return
        pressed.addCallbacks(lambda _none: self._log.info("pressed", digits=digits), self._not_pressed)

    def _not_pressed(self, failure: Failure) -> None:
        self._log.warning("digits not sent", reason=failure.getErrorMessage())

    def _lose_patience(self) -> None:
        self._log.info("patience is over", dialled=self._script.dial)
        self._phone.hang_up()

    def _later(self, seconds: float, action: Callable[..., None], *arguments: object) -> None:
        self._timers.append(self._reactor.callLater(seconds, action, *arguments))

    def _disarm(self) -> None:
        for timer in self._timers:
            if timer.active():
                timer.cancel()
        self._timers.clear()
