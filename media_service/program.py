"""Runs a service on the reactor: starts it, stops it at SIGTERM or Ctrl-C, and gives the exit status."""

from collections.abc import Coroutine
from typing import Any, Protocol

import structlog
from twisted.internet.defer import Deferred
from twisted.internet.posixbase import PosixReactorBase
from twisted.python.failure import Failure


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

    def run(self) -> int:
        """Run until a signal; 0 after a clean stop, 1 where the service could not start or not stop cleanly."""
        self._reactor.callWhenRunning(self._start)
        # Twisted's own handlers of SIGINT and SIGTERM fire this before anything is torn down.
        self._reactor.addSystemEventTrigger("before", "shutdown", self._stop)
        self._reactor.run()
        return self._status

    def _start(self) -> None:
        Deferred.fromCoroutine(self._service.start()).addErrback(self._failed_to_start)

    def _failed_to_start(self, failure: Failure) -> None:
        structlog.get_logger().error("cannot start", reason=failure.getErrorMessage(), trace=failure.getTraceback())
        self._status = 1
        self._reactor.stop()

    def _stop(self) -> "Deferred[None]":
        return Deferred.fromCoroutine(self._service.stop()).addErrback(self._failed_to_stop)

    def _failed_to_stop(self, failure: Failure) -> None:
        structlog.get_logger().error("not stopped cleanly", trace=failure.getTraceback())
        self._status = 1
