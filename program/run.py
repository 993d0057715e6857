"""One run of a program: its service is started, and stopped at SIGTERM or Ctrl-C; then there is an exit status."""

import signal
import sys
import time
from collections.abc import Callable, Coroutine
from types import FrameType
from typing import Any, Final, Protocol, cast, runtime_checkable

from twisted.internet.base import DelayedCall, ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeoutError
from twisted.internet.interfaces import IReactorTime
from twisted.internet.process import reapAllProcesses
from twisted.python.failure import Failure

from program import faults
from program.collector import LONGEST_WAIT, Collector
from program.logs import Log, logger
from program.notify import ServiceManager
from program.reactor import loop_of
from program.watchdog import Watchdog

STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
STOP_PATIENCE: Final = 15.0
"""Seconds that a stop may take, unless the program says otherwise."""
EXIT_FAULT: Final = 1
SWITCH_INTERVAL: Final = 0.0005
"""Seconds that a thread beside the reactor's may go on while the reactor waits for the interpreter: the 5 ms that are
usual would be added to what a call waits for, at each step on its way."""

Step = Deferred[None] | Coroutine[Deferred[Any], Any, None]


class Service(Protocol):
    """What a program runs."""

    def start(self) -> Step:
        """Begin; fails where that is impossible."""

    def stop(self) -> Step:
        """End in good order; may be called during the start, and after a start that failed."""


@runtime_checkable
class Reloadable(Protocol):
    """A service that reads its configuration anew at SIGHUP."""

    def reload(self) -> Step:
        """Read the configuration anew; what is wrong with it leaves everything as it was."""


class Program:
    """One run of ``service`` from start to stop.

    Args:
        reactor: the reactor, not running yet.
        service: started once the reactor runs, stopped before it ends.
        log: the log; without it one whose lines carry nothing more.
        patience: seconds that the stop may take; then the program ends without it.
        works: what is wrong with the running service, in words, None while it works: the service manager's watchdog
            hears of it.
    """

    def __init__(
        self,
        reactor: ReactorBase,
        service: Service,
        log: Log | None = None,
        *,
        patience: float = STOP_PATIENCE,
        works: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._reactor = reactor
        self._service = service
        self._log = log or logger()
        self._patience = patience
        self._collector = Collector(self._log, reactor.callFromThread)
        self._manager = ServiceManager.of()
        self._watchdog = Watchdog(reactor, self._manager, works, self._log)
        self._waking: DelayedCall | None = None
        self._status = 0
        self._running = self._stopping = False

    def run(self) -> int:
        """Run until a signal, `finish` or ``reactor.stop()``; to be called on the main thread.

        Returns the exit status: 0 after a clean stop, else what `finish` was given, 1 where the service could not start
        or not stop cleanly.
        """
        faults.install(loop_of(self._reactor))
        sys.setswitchinterval(SWITCH_INTERVAL)
        self._reactor.callWhenRunning(self._start)
        self._reactor.addSystemEventTrigger("before", "shutdown", self._stop)
        # In place of Twisted's own handlers: those report a second Ctrl-C as a defect, and on uvloop, which claims the
        # signals' wake-up descriptor for itself, the one for SIGCHLD is never called.
        for number in STOP_SIGNALS:
            signal.signal(number, self._signalled)
        signal.signal(signal.SIGCHLD, self._child_ended)
        if isinstance(self._service, Reloadable):
            signal.signal(signal.SIGHUP, self._hung_up)
        self._reactor.run(installSignalHandlers=False)
        self._collector.end()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        # One that comes while the interpreter winds up must not turn a clean stop into a death by signal.
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        return self._status

    def finish(self, status: int) -> None:
        """Stop with an exit status; once it is stopping, what comes of that says nothing of the run."""
        if not self._stopping:
            self._status = status
            self._reactor.callLater(0, self._ask_to_stop)

    def _start(self) -> None:
        self._waking = self._reactor.callLater(LONGEST_WAIT, self._collector.wake)
        Deferred.fromCoroutine(_take(self._service.start)).addCallbacks(self._started, self._failed_to_start)

    def _started(self, _none: None) -> None:
        self._no_waking()
        self._collector.set_aside()
        self._running = True
        if not self._stopping:
            self._manager.ready()
            self._watchdog.start()

    def _failed_to_start(self, failure: Failure) -> None:
        reason = failure.getErrorMessage() or type(failure.value).__name__
        if self._stopping:
            self._log.info("the stop came before the start was done", reason=reason)
            return
        self._status = EXIT_FAULT
        if _is_defect(failure.value):
            self._log.critical("cannot start", reason=reason, exception=failure.getTraceback())
        else:
            self._log.critical("cannot start", reason=reason)
            self._log.debug("cannot start", exception=failure.getTraceback())
        self._ask_to_stop()

    def _signalled(self, number: int, _frame: FrameType | None) -> None:
        self._reactor.callFromThread(self._stop_at, signal.Signals(number).name)

    def _hung_up(self, _number: int, _frame: FrameType | None) -> None:
        self._reactor.callFromThread(self._reload)

    def _reload(self) -> None:
        """Before the start is done there is nothing to be read anew, and while it stops nobody who would go by it."""
        if not isinstance(self._service, Reloadable) or not self._running or self._stopping:
            return
        self._log.info("reading the configuration anew", signal="SIGHUP")
        self._manager.reloading(time.monotonic())
        done = Deferred.fromCoroutine(_take(self._service.reload))
        done.addErrback(self._failed_to_reload).addBoth(lambda _: self._manager.ready())

    def _failed_to_reload(self, failure: Failure) -> None:
        self._log.error("not reloaded", reason=failure.getErrorMessage(), exception=failure.getTraceback())

    def _child_ended(self, _number: int, _frame: FrameType | None) -> None:
        self._reactor.callFromThread(reapAllProcesses)

    def _stop_at(self, signal_name: str) -> None:
        self._log.info("stopping already" if self._stopping else "stopping", signal=signal_name)
        self._ask_to_stop()

    def _ask_to_stop(self) -> None:
        if not self._stopping:
            self._stopping = True
            self._reactor.stop()

    def _no_waking(self) -> None:
        if self._waking is not None and self._waking.active():
            self._waking.cancel()

    def _stop(self) -> Deferred[None]:
        self._stopping = True
        self._no_waking()
        self._watchdog.stop()
        self._manager.alive()
        self._manager.stopping()
        done = Deferred.fromCoroutine(_take(self._service.stop))
        # ReactorBase provides IReactorTime; its declaration by zope.interface is not visible to the type checker.
        done.addTimeout(self._patience, cast("IReactorTime", self._reactor))
        return done.addErrback(self._failed_to_stop)

    def _failed_to_stop(self, failure: Failure) -> None:
        self._status = EXIT_FAULT
        if isinstance(failure.value, DeferredTimeoutError):
            self._log.error("stop took too long", seconds=self._patience)
        else:
            self._log.error("not stopped cleanly", reason=failure.getErrorMessage(), exception=failure.getTraceback())


async def _take(step: Callable[[], Step]) -> None:
    """Take a step; what it raises at once is a failure like a later one."""
    await step()


def _is_defect(fault: BaseException | None) -> bool:
    """Whether it is a mistake in the code: faults of rooms and libraries have classes of their own, or are OSErrors."""
    return type(fault).__module__ == "builtins" and not isinstance(fault, OSError)
