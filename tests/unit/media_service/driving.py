"""Runs a coroutine on an asyncio reactor of its own, so that each test starts and ends one."""

from asyncio import new_event_loop
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

PATIENCE = 20.0


def drive(
    story: Callable[[AsyncioSelectorReactor], Coroutine[Deferred[Any], Any, None]], patience: float = PATIENCE
) -> None:
    """Run ``story`` to its end; what it raises is raised here. Longer than ``patience`` seconds is a failure."""
    loop = new_event_loop()
    reactor = AsyncioSelectorReactor(loop)
    outcome: list[Any] = []

    def begin() -> None:
        done = Deferred.fromCoroutine(story(reactor))
        done.addTimeout(patience, reactor)
        done.addBoth(end)

    def end(result: object) -> None:
        outcome.append(result)
        reactor.callLater(0, reactor.stop)

    reactor.callWhenRunning(begin)
    reactor.run()
    loop.close()
    if isinstance(outcome[0], Failure):
        outcome[0].raiseException()


async def until(reactor: AsyncioSelectorReactor, condition: Callable[[], Any], limit: float = 8.0) -> Any:
    """Wait until ``condition()`` is true, and give its value."""
    deadline = reactor.seconds() + limit
    while not (value := condition()):
        assert reactor.seconds() < deadline, "it never came true"
        await pause(reactor, 0.01)
    return value


def pause(reactor: AsyncioSelectorReactor, seconds: float) -> Awaitable[None]:
    return deferLater(reactor, seconds, lambda: None)
