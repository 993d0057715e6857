"""The server from start to clean stop: a kernel and the threads that work for it, as one service."""

import os
import sys
from pathlib import Path
from typing import Final, NoReturn, TypeVar

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
THREADS: Final = ("storage", "hashing", "lease", "spilling", "stories", "keeping")
EXIT_LEASE_LOST: Final = 75
"""Exit status of a server that may not act and cannot start afresh by itself (EX_TEMPFAIL of sysexits.h)."""


def run(reactor: ReactorBase, settings: ServerSettings, plan: SitePlan, config: Path) -> int:
    """Run a server until SIGTERM or SIGINT; the exit status: 0, or 1 where it could not start or not stop cleanly.

    Raises:
        OSError: the log file cannot be opened.
    """
    logs.set_up(level=settings.log.level, form=settings.log.format, file=settings.log.file)
    server = _Server(reactor, settings, plan, config)
    return Program(reactor, server, works=server.ailing).run()


def begin_anew(reason: str) -> NoReturn:
    """Leave everything as a death would, and start this program afresh in its place: same process id, same arguments.

    For a server that may not act any more. Nothing is ended in good order, because that would be acting; connections
    close with the old program, and what was not durable is the other server's to find out.
    """
    structlog.get_logger().warning("starting afresh", reason=reason)
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - no shell is wanted
    except OSError:
        structlog.get_logger().exception("cannot start afresh; whoever started this server may")
        os._exit(EXIT_LEASE_LOST)


class _Server:
    """A kernel with its threads; they end however its stop went."""

    def __init__(self, reactor: ReactorBase, settings: ServerSettings, plan: SitePlan, config: Path) -> None:
        self._name = settings.name
        threads = {name: WorkerThread(reactor, name) for name in THREADS}
        self._threads = tuple(threads.values())
        self._kernel = Kernel(
            reactor=reactor,
            clock=SystemClock(reactor),
            storage=threads["storage"],
            hashing=threads["hashing"],
            lease=threads["lease"],
            spilling=threads["spilling"],
            stories=threads["stories"],
            keeping=threads["keeping"],
            begin_anew=begin_anew,
            settings=settings,
            plan=plan,
            config=config,
        )

    def start(self) -> Deferred[None]:
        return self._kernel.start().addCallback(self._tell)

    def stop(self) -> Deferred[None]:
        return self._kernel.stop().addBoth(self._end_threads)

    def ailing(self) -> str | None:
        """What is wrong, for the watchdog; None while the pump works."""
        return None if self._kernel.pump is None else self._kernel.pump.ailing

    def reload(self) -> Deferred[None]:
        """Bring the files into force; where they are wrong, all stays as it is."""
        return self._kernel.reload()

    def _tell(self, _started: None) -> None:
        member = self._kernel.member
        role = {} if member is None else {"server": member.name, "role": "active" if member.acting else "standby"}
        structlog.get_logger().info("running", name=self._name, **role)

    def _end_threads(self, result: T) -> T:
        for thread in self._threads:
            thread.stop()
        return result
