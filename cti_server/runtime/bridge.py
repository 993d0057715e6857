"""The one bridge between the two ways to wait: Twisted's Deferreds and asyncio's coroutines and futures."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from twisted.internet.defer import Deferred

T = TypeVar("T")


def to_future(deferred: Deferred[T], loop: asyncio.AbstractEventLoop) -> asyncio.Future[T]:
    """What an asyncio coroutine awaits in place of ``deferred``; cancelling it cancels the Deferred."""
    return deferred.asFuture(loop)


def to_deferred(coroutine: Coroutine[Any, Any, T], loop: asyncio.AbstractEventLoop) -> Deferred[T]:
    """Run an asyncio coroutine as a task of ``loop``; cancelling the Deferred cancels the task."""
    return Deferred.fromFuture(loop.create_task(coroutine))
