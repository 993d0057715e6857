"""How long commits take, and how the journal stands: figures for operators."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

REMEMBERED = 1000
"""Commits whose times are remembered, the newest."""
SLOW_SECONDS = 0.1
"""A commit that takes longer counts as slow: callers' next steps wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalStanding:
    """How the journal stands at one moment; times in Unix seconds, durations in seconds.

    ``stalled``: calls go on without their events being durable, ``since`` then. ``waiting`` rows are not durable yet,
    of which ``spilled`` are kept in the spill file. ``error`` is what the last append failed with, empty after one that
    was well. ``p50`` and ``p99`` are of the newest commits that made rows durable, ``slowest`` of all since the start.
    """

    stalled: bool = False
    since: float | None = None
    waiting: int = 0
    spilled: int = 0
    error: str = ""
    commits: int = 0
    rows: int = 0
    slow: int = 0
    p50: float = 0.0
    p99: float = 0.0
    slowest: float = 0.0


class CommitTimes:
    """Counts commits and remembers how long the newest took."""

    def __init__(self) -> None:
        self._newest: deque[float] = deque(maxlen=REMEMBERED)
        self.commits = 0
        self.rows = 0
        self.slow = 0
        self.slowest = 0.0

    def note(self, seconds: float, rows: int) -> None:
        """Count a commit of so many rows that took so long."""
        self._newest.append(seconds)
        self.commits += 1
        self.rows += rows
        self.slow += seconds >= SLOW_SECONDS
        self.slowest = max(self.slowest, seconds)

    def percentiles(self, *of: float) -> Sequence[float]:
        """Give the durations below which so many percent of the newest commits are; 0 where there was none."""
        times = sorted(self._newest)
        if not times:
            return [0.0 for _ in of]
        return [times[min(len(times) - 1, int(len(times) * each / 100))] for each in of]

    def standing(
        self, *, stalled: bool, since: float | None, waiting: int, spilled: int, error: str
    ) -> JournalStanding:
        """Give these figures with what is known of the moment."""
        p50, p99 = self.percentiles(50, 99)
        return JournalStanding(
            stalled=stalled,
            since=since,
            waiting=waiting,
            spilled=spilled,
            error=error,
            commits=self.commits,
            rows=self.rows,
            slow=self.slow,
            p50=p50,
            p99=p99,
            slowest=self.slowest,
        )
