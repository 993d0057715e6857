"""Time for the rooms above the engine: Unix seconds now, and a call at a later moment."""

import time
from collections.abc import Callable
from typing import Protocol

from twisted.internet.base import ReactorBase


class Timer(Protocol):
    """A call that is to come; both of Twisted's kinds of delayed call are one."""

    def cancel(self) -> None:
        """Let it not come; an error once it has come or was cancelled."""

    def active(self) -> bool:
        """Whether it is still to come."""


class Clock(Protocol):
    """Where the runtime takes time from; tests hand in a virtual one."""

    def now(self) -> float:
        """Unix seconds."""

    def call_later(self, delay: float, function: Callable[[], object]) -> Timer:
        """Call ``function`` in ``delay`` seconds (0 or more)."""


class SystemClock:
    """The machine's clock; delays are counted by the reactor, which takes no notice of a clock that is set."""

    def __init__(self, reactor: ReactorBase) -> None:
        self._reactor = reactor

    def now(self) -> float:
        """Unix seconds."""
        return time.time()

    def call_later(self, delay: float, function: Callable[[], object]) -> Timer:
        """Call ``function`` in ``delay`` seconds (0 or more)."""
        return self._reactor.callLater(max(0.0, delay), function)
