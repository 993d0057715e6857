"""Runs a service on the reactor: starts it, stops it at SIGTERM or Ctrl-C, and gives the exit status."""

import signal
from collections.abc import Coroutine
from types import FrameType
from typing import Any, Final, Protocol

import structlog
from twisted.internet.defer import Deferred
from twisted.internet.posixbase import PosixReactorBase
from twisted.python.failure import Failure

STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Startable(Protocol):
    """A service with a beginning and an end."""

    def start(self) -> Coroutine[Deferred[Any], Any, None]:
        """Begin; raises where that is impossible."""

    def stop(self) -> Coroutine[Deferred[Any], Any, None]:
        """End in good order; may be called after a start that failed."""


class Program:
    """One run of ``service`` from start to stop."""

    def __init__(self, reactor: PosixReactorBase, service: Startable) -> None:
        self._reactor = reactor
        self._service = service
        self._status = 0
        self._stopping = False

    def run(self) -> int:
        """Run until a signal; 0 after a clean stop, 1 where the service could not start or not stop cleanly."""
        self._reactor.callWhenRunning(self._start)
        # Fired by ``reactor.stop()`` before anything is torn down.
        self._reactor.addSystemEventTrigger("before", "shutdown", self._stop)
        # In place of Twisted's own handlers, which report a second Ctrl-C as a defect.
        for number in STOP_SIGNALS:
            signal.signal(number, self._signalled)
        self._reactor.run(installSignalHandlers=False)
        # One that comes while the interpreter winds up must not turn a clean stop into a death by signal.
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        return self._status

    def _start(self) -> None:
        Deferred.fromCoroutine(self._service.start()).addErrback(self._failed_to_start)

    def _failed_to_start(self, failure: Failure) -> None:
        structlog.get_logger().error("cannot start", reason=failure.getErrorMessage(), trace=failure.getTraceback())
        self._status = 1
        self._ask_to_stop()

    def _signalled(self, number: int, _frame: FrameType | None) -> None:
        self._reactor.callFromThread(self._ask_to_stop, signal.Signals(number).name)

    def _ask_to_stop(self, signal_name: str = "") -> None:
        if self._stopping:
            structlog.get_logger().info("stopping already", signal=signal_name)
            return
        self._stopping = True
        self._reactor.stop()

    def _stop(self) -> "Deferred[None]":
        return Deferred.fromCoroutine(self._service.stop()).addErrback(self._failed_to_stop)

    def _failed_to_stop(self, failure: Failure) -> None:
        structlog.get_logger().error("not stopped cleanly", trace=failure.getTraceback())
        self._status = 1
