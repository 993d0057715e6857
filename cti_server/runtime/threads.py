"""Small named thread pools for work that blocks: one thread for the database, one for hashing passwords."""

from collections.abc import Callable
from typing import Protocol, TypeVar, cast

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

T = TypeVar("T")


class Worker(Protocol):
    """Does blocking work elsewhere, one piece after the other in the order in which it was given."""

    def run(self, work: Callable[[], T]) -> Deferred[T]:
        """The work's result or failure, on the caller's thread."""


class WorkerThread:
    """A worker that is one thread."""

    def __init__(self, reactor: ReactorBase, name: str) -> None:
        # The cast is for a zope interface, whose declaration on the reactor the type checker cannot read.
        self._reactor = cast("IReactorFromThreads", reactor)
        self._pool = ThreadPool(minthreads=1, maxthreads=1, name=name)
        self._pool.start()

    def run(self, work: Callable[[], T]) -> Deferred[T]:
        """The work's result or failure, on the reactor's thread."""
        return deferToThreadPool(self._reactor, self._pool, work)

    def stop(self) -> None:
        """Finish what was given and end the thread; blocks until then."""
        self._pool.stop()
