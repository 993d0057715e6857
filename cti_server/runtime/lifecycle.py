"""The server from start to clean stop: a kernel and the threads that work for it, as one service."""

from pathlib import Path
from typing import TypeVar

import structlog
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred

from cti_server.runtime.clock import SystemClock
from cti_server.runtime.kernel import Kernel
from cti_server.runtime.threads import WorkerThread
from cti_server.settings import ServerSettings
from cti_server.vocabulary.plan import SitePlan
from program import logs
from program.run import Program

T = TypeVar("T")


def run(reactor: ReactorBase, settings: ServerSettings, plan: SitePlan, config: Path) -> int:
    """Run a server until SIGTERM or SIGINT; the exit status: 0, or 1 where it could not start or not stop cleanly.

    Raises:
        OSError: the log file cannot be opened.
    """
    logs.set_up(level=settings.log.level, form=settings.log.format, file=settings.log.file)
    return Program(reactor, _Server(reactor, settings, plan, config)).run()


class _Server:
    """A kernel with its threads; they end however its stop went."""

    def __init__(self, reactor: ReactorBase, settings: ServerSettings, plan: SitePlan, config: Path) -> None:
        self._name = settings.name
        self._threads = WorkerThread(reactor, "storage"), WorkerThread(reactor, "hashing")
        self._kernel = Kernel(
            reactor=reactor,
            clock=SystemClock(reactor),
            storage=self._threads[0],
            hashing=self._threads[1],
            settings=settings,
            plan=plan,
            config=config,
        )

    def start(self) -> Deferred[None]:
        return self._kernel.start().addCallback(self._tell)

    def stop(self) -> Deferred[None]:
        return self._kernel.stop().addBoth(self._end_threads)

    def _tell(self, _started: None) -> None:
        structlog.get_logger().info("running", name=self._name)

    def _end_threads(self, result: T) -> T:
        for thread in self._threads:
            thread.stop()
        return result
