"""A circuit breaker: a service that fails again and again is left alone for a while. Pure: time is handed in."""

from dataclasses import dataclass
from enum import StrEnum


class BreakerState(StrEnum):
    """Closed: requests go out. Open: none does. Half-open: one goes out to see whether the service is back."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(slots=True)
class Breaker:
    """Counts failures in a row; every request that was let through must be told `succeeded` or `failed`, once.

    ``failures`` in a row open the circuit, ``pause`` seconds later one request may try. Times are Unix seconds.
    """

    failures: int
    pause: float
    in_a_row: int = 0
    opened_at: float | None = None
    trying: bool = False

    def state(self, now: float) -> BreakerState:
        """How it stands."""
        if self.opened_at is None:
            return BreakerState.CLOSED
        return BreakerState.HALF_OPEN if now >= self.opened_at + self.pause else BreakerState.OPEN

    def lets_through(self, now: float) -> bool:
        """Whether a request may go out now; where the circuit is half-open it is the one that tries."""
        match self.state(now):
            case BreakerState.CLOSED:
                return True
            case BreakerState.OPEN:
                return False
            case BreakerState.HALF_OPEN:
                if self.trying:
                    return False
                self.trying = True
                return True

    def succeeded(self) -> None:
        """The service answers: all requests may go out again."""
        self.in_a_row, self.opened_at, self.trying = 0, None, False

    def failed(self, now: float) -> None:
        """The service did not answer; requests that were under way before the circuit opened change nothing."""
        self.in_a_row += 1
        if self.trying or (self.opened_at is None and self.in_a_row >= self.failures):
            self.opened_at, self.trying = now, False
