"""Deadlines of a sans-IO machine: many timers, told apart by what they do, one next deadline for the shell."""

import heapq
from collections.abc import Callable
from itertools import count
from typing import Final

# RFC 3261 table 4, seconds.
T1: Final = 0.5
T2: Final = 4.0
T4: Final = 5.0
TRANSACTION_TIMEOUT: Final = 64 * T1


class Timer:
    """A deadline that may be cancelled; made by `Timers.at`."""

    __slots__ = ("_timers", "action", "when")

    def __init__(self, timers: "Timers", when: float, action: Callable[[float], None]) -> None:
        self._timers = timers
        self.when = when
        self.action: Callable[[float], None] | None = action

    def cancel(self) -> None:
        """Do nothing at the deadline; harmless when it has passed."""
        if self.action is not None:
            self.action = None
            self._timers.forget_one()


class Timers:
    """All timers of one machine, in a heap."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = count()
        self._cancelled = 0

    def at(self, when: float, action: Callable[[float], None]) -> Timer:
        """Call ``action(now)`` from `run` once ``when`` (Unix seconds) has come."""
        timer = Timer(self, when, action)
        heapq.heappush(self._heap, (when, next(self._order), timer))
        return timer

    def forget_one(self) -> None:
        """Count a cancelled timer; the heap is cleaned when half of it is cancelled."""
        self._cancelled += 1
        if self._cancelled > 64 and self._cancelled * 2 > len(self._heap):
            self._heap = [entry for entry in self._heap if entry[2].action is not None]
            heapq.heapify(self._heap)
            self._cancelled = 0

    def next_deadline(self) -> float | None:
        """Return when `run` must be called next, ``None`` while nothing waits."""
        while self._heap and self._heap[0][2].action is None:
            heapq.heappop(self._heap)
            self._cancelled = max(0, self._cancelled - 1)
        return self._heap[0][0] if self._heap else None

    def run(self, now: float) -> None:
        """Act on every deadline up to ``now``, in their order; those set meanwhile wait for the next run.

        Where an action raises, the others keep their place.
        """
        newest = next(self._order)
        later: list[tuple[float, int, Timer]] = []
        try:
            while (deadline := self.next_deadline()) is not None and deadline <= now:
                entry = heapq.heappop(self._heap)
                action = entry[2].action
                if entry[1] > newest:
                    later.append(entry)
                elif action is not None:
                    entry[2].action = None
                    action(now)
        finally:
            for entry in later:
                heapq.heappush(self._heap, entry)
