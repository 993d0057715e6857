"""Runs one piece of work on the reactor for a command, and gives its exit status; Ctrl-C ends it in good order."""

import signal
from collections.abc import Callable, Coroutine
from types import FrameType
from typing import Any, Final

from twisted.internet.base import ReactorBase
from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from program.reactor import install

INTERRUPTED: Final = 130
"""Exit status after Ctrl-C (128 + SIGINT), where nothing else is said."""

Work = Callable[[ReactorBase], Coroutine[Deferred[Any], Any, int]]


def run(work: Work, *, interrupted: int = INTERRUPTED) -> int:
    """Run the work until it ends; the exit status is its result.

    Ctrl-C and SIGTERM cancel what it awaits, so that its ``finally`` clauses are carried out.

    Raises:
        Exception: what the work raised.
    """
    reactor: Any = install()  # whose methods Twisted leaves untyped
    status: list[int] = []
    faults: list[BaseException] = []
    doing: list[Deferred[int]] = []

    def begin() -> None:
        done = Deferred.fromCoroutine(work(reactor))
        doing.append(done)
        done.addCallbacks(status.append, failed).addBoth(ended)

    def ended(_result: object) -> None:
        reactor.callLater(0, reactor.stop)

    def failed(failure: Failure) -> None:
        if isinstance(failure.value, CancelledError):
            status.append(interrupted)
        elif failure.value is not None:
            faults.append(failure.value)

    def stop(_number: int, _frame: FrameType | None) -> None:
        for one in doing:
            reactor.callFromThread(one.cancel)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        reactor.callWhenRunning(begin)
        reactor.run(installSignalHandlers=False)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if faults:
        raise faults[0]
    return status[0] if status else interrupted
