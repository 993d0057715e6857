"""The clock of the running server: the machine's, smoothed."""

import time
from collections.abc import Callable

from twisted.internet.base import ReactorBase

from program.clock import Timer

SLEW = 0.05
"""How much faster or slower than real time the clock may go while it follows a machine's clock that was set."""

MOST_BEHIND = 6 * 3600.0
"""By so many seconds at the most the journal's clock is taken for right, and the machine's for wrong."""


class SystemClock:
    """The machine's clock, smoothed: it never goes back and never leaps, so that deadlines keep their distance.

    Where the machine's clock is set while the server runs, this one follows it slowly. Delays are counted by the
    reactor, which takes no notice of a clock that is set.

    Args:
        reactor: the running reactor.
        wall: the machine's clock, Unix seconds.
        steady: seconds that only go forward.
    """

    def __init__(
        self,
        reactor: ReactorBase,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reactor = reactor
        self._wall = wall
        self._steady = steady
        self._now = wall()
        self._read = steady()

    def now(self) -> float:
        """Unix seconds."""
        read = self._steady()
        passed, self._read = read - self._read, read
        behind = self._wall() - (self._now + passed)
        self._now += passed + max(-SLEW * passed, min(SLEW * passed, behind))
        return self._now

    def not_before(self, at: float) -> bool:
        """Begin at ``at`` (Unix seconds) where the machine's clock says less; False where it says far less.

        The machine's clock was set back while no server ran, or this machine's is behind the other's: what is timed
        would come that much later. What is more than `MOST_BEHIND` is followed at once all the same.
        """
        behind = at - self.now()
        if behind > MOST_BEHIND:
            return False
        self._now += max(0.0, behind)
        return True

    def call_later(self, delay: float, function: Callable[[], object]) -> Timer:
        """Call ``function`` in ``delay`` seconds (0 or more)."""
        return self._reactor.callLater(max(0.0, delay), function)
