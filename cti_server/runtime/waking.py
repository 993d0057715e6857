"""The one timer of the engine: set for its next deadline, and left alone by what does not change that."""

from collections.abc import Callable
from typing import Final

from program.clock import Clock, Timer

KEPT: Final = 1.0
"""Seconds for which a timer is left alone while the deadline stays; then it is set by the clock anew, which may go
faster or slower than the timers do while it follows the machine's."""


class Waker:
    """Calls ``wake`` at the deadline; where the last wake-up did nothing, not before ``idle_wake`` seconds."""

    def __init__(self, clock: Clock, idle_wake: float, wake: Callable[[], None]) -> None:
        self._clock = clock
        self._idle_wake = idle_wake
        self._wake = wake
        self._timer: Timer | None = None
        self._deadline = self._kept_until = 0.0

    def arm(self, deadline: float | None, *, idle: bool) -> None:
        """Wake at ``deadline`` (Unix seconds; None: not at all); ``idle``: the last wake-up did nothing."""
        now = self._clock.now()
        if self._timer is not None and not idle and deadline == self._deadline and now < self._kept_until:
            return
        self.stop()
        if deadline is None:
            return
        floor = self._idle_wake if idle else 0.0
        self._deadline, self._kept_until = deadline, now + (0.0 if idle else KEPT)
        self._timer = self._clock.call_later(max(floor, deadline - now), self._due)

    def stop(self) -> None:
        """Wake no more until it is armed again."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    def _due(self) -> None:
        self._timer = None
        self._wake()
