"""Gives the service manager's watchdog its sign of life while the loop turns and the program says that it works."""

from collections.abc import Callable
from typing import Final

from twisted.internet.base import DelayedCall, ReactorBase

from program.logs import Log, logger
from program.notify import ServiceManager

SHARE: Final = 3.0
"""Signs of life within the manager's time; two may be lost."""


class Watchdog:
    """A program that hangs, or whose heart has stopped, gives no sign: the manager ends it and starts it anew.

    Args:
        reactor: the reactor; a loop that does not turn gives no sign.
        manager: is told.
        works: what is wrong, in words; None while the program does its work. A fault in it counts as wrong.
    """

    def __init__(
        self,
        reactor: ReactorBase,
        manager: ServiceManager,
        works: Callable[[], str | None] = lambda: None,
        log: Log | None = None,
    ) -> None:
        self._reactor = reactor
        self._manager = manager
        self._works = works
        self._log = log or logger()
        self._timer: DelayedCall | None = None
        self._wrong: str | None = None

    def start(self) -> None:
        """Begin, if the manager wants to hear from us."""
        if self._manager.watchdog is not None and self._timer is None:
            self._beat(self._manager.watchdog / SHARE)

    def stop(self) -> None:
        """Give no more signs."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    def _beat(self, every: float) -> None:
        self._timer = self._reactor.callLater(every, self._beat, every)
        wrong = self._asked()
        if wrong is None:
            self._manager.alive()
            if self._wrong is not None:
                self._log.info("works again; the service manager hears of it")
        elif wrong != self._wrong:
            self._log.critical("does not work; the service manager will start it anew", reason=wrong)
        self._wrong = wrong

    def _asked(self) -> str | None:
        try:
            return self._works()
        except Exception as defect:  # noqa: BLE001 - whatever it is, the program does not work
            return f"{type(defect).__name__}: {defect}"
