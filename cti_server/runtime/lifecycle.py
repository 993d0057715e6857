"""From start to clean stop: the process around a kernel, its signals and its exit status."""

import asyncio
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import structlog
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from cti_server.runtime.clock import SystemClock
from cti_server.runtime.kernel import Kernel
from cti_server.runtime.threads import WorkerThread
from cti_server.settings import ServerSettings
from cti_server.telemetry import faults, logs
from cti_server.vocabulary.plan import SitePlan

STOP_PATIENCE = 15.0


@dataclass(slots=True)
class _Course:
    """How far the process is."""

    status: int = 0
    stopping: bool = False


def run(reactor: ReactorBase, settings: ServerSettings, plan: SitePlan, config: Path) -> int:
    """Run a server until SIGTERM or SIGINT; the exit status: 0, or 1 where it could not start.

    Raises:
        OSError: the log file cannot be opened.
    """
    logs.configure(level=settings.log.level, form=settings.log.format, file=settings.log.file)
    logs.follow_twisted()
    faults.install(_loop_of(reactor))
    log = structlog.get_logger()
    storage, hashing = WorkerThread(reactor, "storage"), WorkerThread(reactor, "hashing")
    kernel = Kernel(
        reactor=reactor,
        clock=SystemClock(reactor),
        storage=storage,
        hashing=hashing,
        settings=settings,
        plan=plan,
        config=config,
    )
    course = _Course()

    def end(_result: object = None) -> None:
        storage.stop()
        hashing.stop()
        reactor.stop()

    def stop(number: int) -> None:
        if course.stopping:
            return
        course.stopping = True
        log.info("stopping", signal=signal.Signals(number).name)
        done: Deferred[None] = kernel.stop()
        done.addTimeout(STOP_PATIENCE, cast("IReactorTime", reactor))
        done.addErrback(lambda failure: log.error("stop took too long", reason=failure.getErrorMessage()))
        done.addBoth(end)

    def failed(failure: Failure) -> None:
        course.status = 1
        course.stopping = True
        log.critical("cannot start", reason=failure.getErrorMessage() or type(failure.value).__name__)
        log.debug("cannot start", exception=failure.getTraceback())
        kernel.stop().addBoth(end)

    def begin() -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda signum, _frame: reactor.callFromThread(stop, signum))
        kernel.start().addCallbacks(lambda _: log.info("running", name=settings.name), failed)

    reactor.callWhenRunning(begin)
    reactor.run(installSignalHandlers=False)
    return course.status


def _loop_of(reactor: ReactorBase) -> asyncio.AbstractEventLoop | None:
    if isinstance(reactor, AsyncioSelectorReactor):
        loop: asyncio.AbstractEventLoop = reactor._asyncioEventloop
        return loop
    return None
