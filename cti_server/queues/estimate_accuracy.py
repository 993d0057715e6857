"""The live error of told waits: running sums of told against true, and the width that makes the range honest."""

from dataclasses import dataclass
from math import exp, sqrt
from typing import Final

OUTSIDE: Final = 0.2
"""Share of true waits that lie outside of an 80 % range."""
STEP: Final = 0.02
"""How much one outcome moves the width; a few hundred outcomes bring it to its place."""
NARROWEST: Final = 0.5
WIDEST: Final = 3.0


@dataclass(frozen=True, slots=True)
class Told:
    """What was told to a caller at ``at`` (Unix seconds), and what it rested on; durations are seconds from ``at``.

    ``position``, ``eligible`` (agents) and ``handle`` (mean seconds of a contact) are as they were then.
    """

    at: float
    low: float
    likely: float
    high: float
    position: int
    eligible: float
    handle: float


@dataclass(slots=True, kw_only=True)
class Accuracy:
    """Running sums over the callers who were told a wait and then answered; errors are told less true, seconds.

    ``spread`` widens or narrows the range that is told, in multiples of what the model says, so that four fifths of
    the outcomes come to lie in it, whatever the distribution of handle times. Callers who gave up after all of their
    range had passed count for it as outside; of those who gave up before, nothing is known.
    """

    count: int = 0
    inside: int = 0
    error: float = 0.0
    square: float = 0.0
    told: float = 0.0
    true: float = 0.0
    late_abandons: int = 0
    spread: float = 1.0

    def book_answered(self, told: Told, now: float) -> None:
        """A caller who had been told a wait is answered ``now``."""
        true = now - told.at
        error = told.likely - true
        inside = told.low <= true <= told.high
        self.count += 1
        self.inside += inside
        self.error += error
        self.square += error * error
        self.told += told.likely
        self.true += true
        self._adapt(inside=inside)

    def book_abandoned(self, told: Told, now: float) -> None:
        """A caller who had been told a wait gave up ``now``."""
        if now - told.at > told.high:
            self.late_abandons += 1
            self._adapt(inside=False)

    @property
    def bias(self) -> float | None:
        """Mean error in seconds, above zero where too much is told; None before the first outcome."""
        return self.error / self.count if self.count else None

    @property
    def rmse(self) -> float | None:
        """Root of the mean squared error, seconds; None before the first outcome."""
        return sqrt(self.square / self.count) if self.count else None

    @property
    def coverage(self) -> float | None:
        """Share of true waits in the range that was told; None before the first outcome."""
        return self.inside / self.count if self.count else None

    def _adapt(self, *, inside: bool) -> None:
        moved = self.spread * exp(STEP * ((0.0 if inside else 1.0) - OUTSIDE))
        self.spread = min(max(moved, NARROWEST), WIDEST)
