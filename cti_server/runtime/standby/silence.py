"""For how long a lease was seen unchanged, by this machine's own clock: no other clock is to be trusted with that."""

from cti_server.runtime.standby.tenure import Steady
from cti_server.storage.pair import Standing


class Silence:
    """Decides when the holder of a lease has been silent for as long as its lease was to last.

    The holder counts from before it asked for its last renewal, this one from after it has seen it, and both by clocks
    that only go forward: so the holder has stopped, whatever became of the database's clock. A database that failed to
    answer may be a copy now that lacks the last renewals: what was seen of it before is forgotten, and counted anew.
    The same holds at the start, of which nobody knows what went before.

    Args:
        steady: seconds that only go forward, also while this process is stopped.
        seconds: the length of a lease.
    """

    def __init__(self, steady: Steady, seconds: float) -> None:
        self._steady = steady
        self._seconds = seconds
        self._not_before = steady() + seconds
        self._seen: tuple[int, float, float] | None = None
        self._since = 0.0

    def see(self, standing: Standing) -> bool:
        """Note how the lease stands; whether it may be taken, as it stands here.

        One that was given back is free at once, where it was not a copy that said so. One whose end is farther away
        than its length was put off before the database's clock was set back: it is as good as run out once nobody
        has renewed it for its length.
        """
        stood = self._note(standing)
        if self._steady() < self._not_before:
            return False
        if standing.lasts <= 0:
            return standing.rest <= 0
        over = standing.rest <= 0 or standing.rest > standing.lasts
        return over and stood >= standing.lasts

    def forget(self) -> None:
        """The database was not reached: what comes next may be another copy of it."""
        self._seen = None
        self._not_before = self._steady() + self._seconds

    def _note(self, standing: Standing) -> float:
        """For how many seconds the lease has stood like this."""
        now, seen = self._steady(), (standing.token, standing.renewed_at, standing.lasts)
        if seen != self._seen:
            self._seen, self._since = seen, now
        return now - self._since
