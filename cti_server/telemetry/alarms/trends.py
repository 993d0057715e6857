"""What became of a queue's contacts within the last minutes, from its running counts."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from cti_server.queues.counters import QueueCounters

WINDOW: Final = 900.0
"""Seconds that are looked at."""
LEAST: Final = 20
"""Contacts below which a share says nothing."""


@dataclass(frozen=True, slots=True)
class _Counts:
    at: float
    within: int
    basis: int
    abandoned: int
    ended: int


@dataclass(slots=True)
class QueueTrend:
    """Counts of one queue as they were noted, the oldest first; of those that have left the window only the last."""

    _noted: deque[_Counts] = field(default_factory=deque)

    def note(self, counters: QueueCounters, waiting_late: int, now: float) -> None:
        """Note how the counts stand at ``now`` (Unix seconds)."""
        counts = _Counts(
            now,
            counters.answered_within,
            counters.basis(waiting_late),
            counters.abandoned,
            counters.answered + counters.abandoned,
        )
        if self._noted and counts.ended < self._noted[-1].ended:
            self._noted.clear()  # counted anew
        self._noted.append(counts)
        while len(self._noted) > 1 and self._noted[1].at <= now - WINDOW:
            self._noted.popleft()

    @property
    def service_level(self) -> float | None:
        """Percent of the contacts with a service-level event that were answered in time; None: too few."""
        if not self._noted:
            return None
        first, last = self._noted[0], self._noted[-1]
        basis = last.basis - first.basis
        return 100.0 * max(last.within - first.within, 0) / basis if basis >= LEAST else None

    @property
    def abandons(self) -> float | None:
        """Percent of those answered or gone who gave up; None: too few."""
        if not self._noted:
            return None
        first, last = self._noted[0], self._noted[-1]
        ended = last.ended - first.ended
        return 100.0 * max(last.abandoned - first.abandoned, 0) / ended if ended >= LEAST else None
