"""Time as a program hands it to its rooms: Unix seconds now, and a call at a later moment."""

from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """A call that is to come; both of Twisted's kinds of delayed call are one."""

    def cancel(self) -> None:
        """Let it not come; an error once it has come or was cancelled."""

    def active(self) -> bool:
        """Whether it is still to come."""


class Clock(Protocol):
    """Where a room takes time from; tests hand in a virtual one."""

    def now(self) -> float:
        """Unix seconds."""

    def call_later(self, delay: float, function: Callable[[], object]) -> Timer:
        """Call ``function`` in ``delay`` seconds (0 or more)."""
