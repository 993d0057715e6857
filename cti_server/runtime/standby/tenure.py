"""The right to act: renewed in the database, and lost by this machine's own steady clock where that fails."""

import time
from collections.abc import Callable
from typing import Final

import structlog
from twisted.python.failure import Failure

from cti_server.runtime.threads import Worker
from cti_server.storage.errors import LeaseLostError
from cti_server.storage.pair import Pair, Standing
from program.clock import Clock, Timer

RENEWALS: Final = 4
"""How often a lease is renewed in its length."""
MARGIN: Final = 0.1
"""The share of a lease that its holder does without: it has stopped before the other server may begin."""

Facts = Callable[[], tuple[int, str]]
"""What a server says of itself: the number of its last row, and its links in words."""
Steady = Callable[[], float]


def boot_time() -> float:
    """Seconds that only go forward, also while the process is stopped or the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Tenure:
    """Renews the lease while the reactor turns; a server whose loop hangs loses it, as one that is dead.

    The lease counts from before it was asked for, so that this server's count ends before the database's.

    Args:
        clock: timers.
        worker: the thread for the lease alone: a slow append must not cost it.
        pair: the lease, which was just taken.
        facts: what the other server is told of this one.
        lost: called once, with the reason, as soon as this server may not act any more.
        steady: `boot_time`.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        worker: Worker,
        pair: Pair,
        facts: Facts,
        lost: Callable[[str], None],
        steady: Steady = boot_time,
    ) -> None:
        self._clock = clock
        self._worker = worker
        self._pair = pair
        self._facts = facts
        self._lost = lost
        self._steady = steady
        self._until = 0.0
        self._over = False
        self._renewing = False
        self._timer: Timer | None = None
        self.standing: Standing | None = None
        self.log = structlog.get_logger()

    def begin(self, since: float) -> None:
        """The lease was taken; ``since`` is what the steady clock said before."""
        self._extend(since)
        self._tick()

    def may_act(self) -> bool:
        """Whether the lease still stands, as far as this machine can tell without asking."""
        if not self._over and self._steady() >= self._until:
            self._end("the lease ran out: the database was not reached, or this process was stopped")
        return not self._over

    def end(self) -> None:
        """Act no more, and renew no more."""
        self._over = True
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def _extend(self, since: float) -> None:
        self._until = since + self._pair.candidate.seconds * (1 - MARGIN)

    def _tick(self) -> None:
        if not self.may_act():
            return
        self._timer = self._clock.call_later(self._pair.candidate.seconds / RENEWALS, self._tick)
        if not self._renewing:
            self._renewing = True
            since = self._steady()
            seq, links = self._facts()
            done = self._worker.run(lambda: self._pair.renew(seq, links))
            done.addCallbacks(self._renewed, self._not_renewed, callbackArgs=(since,))

    def _renewed(self, standing: Standing, since: float) -> None:
        self._renewing = False
        self.standing = standing
        # Late news of a lease that has run out meanwhile does not bring it back.
        if self.may_act():
            self._extend(since)

    def _not_renewed(self, failure: Failure) -> None:
        self._renewing = False
        if isinstance(failure.value, LeaseLostError):
            self._end(failure.getErrorMessage())
        elif not self._over:
            self.log.warning("lease not renewed; it is tried again", reason=failure.getErrorMessage())

    def _end(self, reason: str) -> None:
        if not self._over:
            self.end()
            self._lost(reason)
