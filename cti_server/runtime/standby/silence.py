"""For how long a lease was seen unchanged, by this machine's own clock: no other clock is to be trusted with that."""

from cti_server.runtime.standby.tenure import Steady
from cti_server.storage.pair import Standing


class Silence:
    """Decides when the holder of a lease has been silent for as long as its lease was to last.

    The holder counts from before it asked for its last renewal, this one from after it has seen it, and both by clocks
    that only go forward: so the holder has stopped, whatever became of the database's clock. A database that failed to
    answer may be a copy now that lacks the last renewals: what was seen of it before is forgotten, and counted anew.

    Args:
        steady: seconds that only go forward, also while this process is stopped.
    """

    def __init__(self, steady: Steady) -> None:
        self._steady = steady
        self._seen: tuple[int, float, float] | None = None
        self._since = 0.0

    def see(self, standing: Standing) -> bool:
        """Note how the lease stands; whether it may be taken, as it stands here.

        One that was given back is free at once. One whose end is farther away than its length was put off before the
        database's clock was set back: it is as good as run out once nobody has renewed it for its length.
        """
        if standing.lasts <= 0:
            self._seen = None
            return standing.rest <= 0
        now, seen = self._steady(), (standing.token, standing.renewed_at, standing.lasts)
        if seen != self._seen:
            self._seen, self._since = seen, now
        over = standing.rest <= 0 or standing.rest > standing.lasts
        return over and now - self._since >= standing.lasts

    def forget(self) -> None:
        """The database was not reached: what comes next may be another copy of it."""
        self._seen = None
