"""How long a line takes to drain: mean and variance of the time until a position is served, and its quantiles.

With ``s`` busy agents who complete at rate ``mu`` each and callers who give up at rate ``theta`` each, the time until
the caller with ``n`` others ahead is served is the sum of ``n + 1`` exponential times of the rates ``s mu + i theta``,
``i = 0 .. n`` (the queue-length estimator with abandonment of Ibrahim and Whitt, 2009). It is approximated by a gamma
distribution of the same mean and variance, which is exact without abandonment.
"""

from dataclasses import dataclass
from math import log1p, sqrt
from typing import Final

EXACT_TERMS: Final = 8
"""So many terms are summed one by one; longer sums are taken as integrals, whose error is below a thousandth."""
MOST_OVERTAKEN: Final = 0.9
"""Callers of a higher priority are taken to use at most this share of the agents: nobody's wait is told as endless."""
SLOWEST: Final = 1e-9
"""No line drains slower than this, in contacts per second: one in thirty years is as good as none."""
SHORTEST: Final = 1e-6
"""Means below this, in seconds, are no wait at all."""
TENTH: Final = 1.2815515655446004
"""Standard normal quantile of 0.9; its negative is that of 0.1."""


@dataclass(frozen=True, slots=True)
class Drain:
    """Mean (seconds) and variance (seconds squared) of the time until a position is served."""

    mean: float
    variance: float

    def quantile(self, deviation: float) -> float:
        """The quantile at ``deviation`` standard normal deviations, seconds (Wilson and Hilferty's cube)."""
        if self.mean < SHORTEST:
            return 0.0
        ninth = self.variance / (9.0 * self.mean * self.mean)
        root = 1.0 - ninth + deviation * sqrt(ninth)
        return self.mean * root**3 if root > 0.0 else 0.0

    def loosened(self, relative_variance: float) -> "Drain":
        """The same where the rate itself is uncertain, by the relative variance of its estimate."""
        return Drain(self.mean, self.variance + self.mean * self.mean * relative_variance)


def drain(*, ahead: int, completions: float, giving_up: float, overtaking: float = 0.0) -> Drain:
    """The time until the caller with ``ahead`` others before them is served.

    Args:
        ahead: callers who are served before, 0 or more.
        completions: contacts that all eligible agents together complete, per second; above 0.
        giving_up: rate at which one waiting caller gives up, per second.
        overtaking: arrivals of a higher priority, per second. Each completion then costs a busy period of theirs,
            with mean ``1 / (c - o)`` and variance ``(c + o) / (c - o)^3``.
    """
    completions = max(completions, SLOWEST)
    overtaking = min(overtaking, MOST_OVERTAKEN * completions)
    rate = completions - overtaking
    mean, square = _sums(ahead, rate, giving_up)
    return Drain(mean, square * (completions + overtaking) / rate)


def _sums(ahead: int, rate: float, giving_up: float) -> tuple[float, float]:
    """Sums of ``1 / (rate + i giving_up)`` and of its square over ``i = 0 .. ahead``."""
    terms = min(ahead + 1, EXACT_TERMS)
    inverses = [1.0 / (rate + i * giving_up) for i in range(terms)]
    mean, square = sum(inverses), sum(each * each for each in inverses)
    left = ahead + 1 - terms
    if left > 0:
        low = rate + (terms - 0.5) * giving_up
        high = low + left * giving_up
        mean += log1p(left * giving_up / low) / giving_up if giving_up > 0.0 else left / rate
        square += left / (low * high)
    return mean, square
