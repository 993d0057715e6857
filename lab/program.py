"""Runs something of the lab on the reactor until it is done or told to stop, and gives the exit status."""

from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.internet.posixbase import PosixReactorBase
from twisted.python.failure import Failure

from lab.logs import Log

EXIT_FAULT = 1


class Runnable(Protocol):
    """Something with a beginning and an end."""

    def start(self) -> Deferred[None]:
        """Begin; fails where that is impossible."""

    def stop(self) -> Deferred[None]:
        """End in good order; may be called after a start that failed."""


class Program:
    """One run from start to stop. Twisted's handlers of SIGINT and SIGTERM stop it cleanly."""

    def __init__(self, reactor: PosixReactorBase, service: Runnable, log: Log) -> None:
        self._reactor = reactor
        self._service = service
        self._log = log
        self._status = 0

    def run(self) -> int:
        """Run; 0 after a clean stop, else what `finish` was given, 1 where it could not start or stop."""
        self._reactor.callWhenRunning(self._start)
        self._reactor.addSystemEventTrigger("before", "shutdown", self._stop)
        self._reactor.run()
        return self._status

    def finish(self, status: int) -> None:
        """Stop with an exit status."""
        self._status = status
        self._reactor.callLater(0, self._end)

    def _end(self) -> None:
        if self._reactor.running:
            self._reactor.stop()

    def _start(self) -> None:
        self._service.start().addErrback(self._cannot_start)

    def _cannot_start(self, failure: Failure) -> None:
        self._log.error("cannot start", reason=failure.getErrorMessage())
        self._log.debug("cannot start", trace=failure.getTraceback())
        self.finish(EXIT_FAULT)

    def _stop(self) -> Deferred[None]:
        return self._service.stop().addErrback(self._cannot_stop)

    def _cannot_stop(self, failure: Failure) -> None:
        self._log.error("not stopped cleanly", trace=failure.getTraceback())
        self._status = EXIT_FAULT
