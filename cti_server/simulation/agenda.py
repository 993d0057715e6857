"""The agenda: what is due when, in virtual time; things of the same moment come in the order of being put down."""

from collections.abc import Callable
from heapq import heappop, heappush

Action = Callable[[float], None]
"""What is done, with the time at which it is done (Unix seconds)."""


class Agenda:
    """A heap of actions by time."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Action]] = []
        self._count = 0

    def put(self, at: float, action: Action) -> None:
        """Let ``action`` be done at ``at``."""
        self._count += 1
        heappush(self._heap, (at, self._count, action))

    def next(self) -> float | None:
        """When something is due; None for nothing."""
        return self._heap[0][0] if self._heap else None

    def do_next(self) -> None:
        """Do what is due first."""
        at, _, action = heappop(self._heap)
        action(at)
