"""Time and threads that a test holds in its hand: a clock that moves when told, a worker that works when told."""

from collections.abc import Callable
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import Clock as TwistedClock

T = TypeVar("T")
START = 1_800_000_000.0


class VirtualClock:
    """Implements the runtime's `Clock`; `advance` moves it and calls what has become due."""

    def __init__(self) -> None:
        self._clock = TwistedClock()

    def now(self) -> float:
        return START + self._clock.seconds()

    def call_later(self, delay: float, function: Callable[[], object]) -> Any:
        return self._clock.callLater(delay, function)

    def advance(self, seconds: float) -> None:
        self._clock.pump([seconds / 10] * 10)


class InlineWorker:
    """Does work at once; `hold` it, and work waits until `release`."""

    def __init__(self) -> None:
        self.held = False
        self._waiting: list[tuple[Callable[[], Any], Deferred[Any]]] = []

    def run(self, work: Callable[[], T]) -> Deferred[T]:
        if not self.held:
            return maybeDeferred(work)
        deferred: Deferred[T] = Deferred()
        self._waiting.append((work, deferred))
        return deferred

    def step(self) -> None:
        """Do the work that has waited longest, if there is any."""
        if self._waiting:
            work, deferred = self._waiting.pop(0)
            maybeDeferred(work).chainDeferred(deferred)

    def release(self) -> None:
        self.held = False
        while self._waiting:
            self.step()
