"""A few threads on which speech engines may wait, apart from everything else."""

import threading
from collections.abc import Callable
from typing import Final, TypeVar, cast

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from media_service.speech.errors import SpeechError

MAX_WAITING: Final = 50
"""Jobs that may be there at once; what comes on top is refused, for it would be done too late."""

T = TypeVar("T")


class _Abandoned(threading.Thread):
    """A thread that a program which ends in disorder does not wait for."""

    def __init__(self, target: Callable[[], object], name: str) -> None:
        super().__init__(target=target, name=name, daemon=True)


class SpeechPool:
    """Runs blocking work on ``threads`` threads; their results come back on the reactor's thread."""

    def __init__(self, reactor: ReactorBase, threads: int = 2) -> None:
        self._reactor = reactor
        self._pool = ThreadPool(0, threads, name="speech")
        self._pool.threadFactory = cast("type[threading.Thread]", _Abandoned)
        self._jobs = 0
        self._started = False
        self._closed = False

    def do(self, work: Callable[[], T]) -> Deferred[T]:
        """Give what ``work`` gives or raises; `SpeechError` where there is too much to do, or after `close`."""
        if self._closed:
            return fail(SpeechError("the speech engine is closed"))
        if self._jobs >= MAX_WAITING:
            return fail(SpeechError("the speech engine has too much to do"))
        if not self._started:
            self._started = True
            self._pool.start()
        self._jobs += 1
        result: Deferred[T] = deferToThreadPool(cast("IReactorFromThreads", self._reactor), self._pool, work)
        return result.addBoth(self._done)

    def close(self) -> Deferred[None]:
        """End the threads; fires once they are gone. End first what they wait for."""
        self._closed = True
        ended: Deferred[None] = Deferred()
        if self._started:
            self._started = False

            def stop() -> None:
                self._pool.stop()
                self._reactor.callFromThread(ended.callback, None)

            threading.Thread(target=stop, name="speech-end", daemon=True).start()
        else:
            ended.callback(None)
        return ended

    def _done(self, result: T) -> T:
        self._jobs -= 1
        return result
