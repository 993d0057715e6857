"""Removes the journal's rows that are older than the settings want them, step by step at a quiet time."""

import time
from typing import Final

import structlog
from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from cti_server.runtime.keeping import Keeper
from cti_server.runtime.running import Running
from cti_server.storage.retention.removing import Removal, Retention
from program.clock import Timer

LOOK_SECONDS: Final = 300.0
"""Between two looks whether it is time, and whether there is something to remove."""
PAUSE_SECONDS: Final = 0.02
"""Between two steps, for calls that have nothing to do with it."""
DAY: Final = 86_400.0


class Retaining:
    """An `Attendant`. A step that fails is logged, and the next look begins another round.

    Args:
        running: what the server is made of.
        keeper: rows are removed neither while it folds the reports anew nor while it reads the journal.
    """

    def __init__(self, running: Running, keeper: Keeper) -> None:
        self._running = running
        self._keeper = keeper
        self._settings = running.settings.journal
        self._timer: Timer | None = None
        self._stopped = False
        self.log = structlog.get_logger(room="keeping")

    def start(self) -> None:
        """Begin to look."""
        if self._settings.keep is not None:
            self._later(LOOK_SECONDS)

    def stop(self) -> Deferred[None]:
        """Remove no more: what is removed is removed, and the journal whole from there."""
        self._stopped = True
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        return succeed(None)

    def _later(self, seconds: float, round_: Retention | None = None) -> None:
        if not self._stopped:
            self._timer = self._running.clock.call_later(seconds, lambda: self._look(round_))

    def _look(self, round_: Retention | None) -> None:
        now, keep = self._running.clock.now(), self._settings.keep
        if keep is None or not self._is_time(now):
            self._later(LOOK_SECONDS)
            return
        if round_ is None:
            round_ = self._running.store.retention(now - keep * DAY, now)
        current = round_
        done = self._running.worker.run(current.step)
        done.addCallback(self._stepped, current).addErrback(self._failed)

    def _is_time(self, now: float) -> bool:
        """Whether it is the quiet time, and nothing is in the way."""
        pump = self._running.pump
        if pump.standing_by or pump.stalled or self._keeper.busy:
            return False
        return self._settings.may_remove_at(time.localtime(now).tm_hour)

    def _stepped(self, removal: Removal, round_: Retention) -> None:
        if not removal.done:
            self._later(PAUSE_SECONDS, round_)
            return
        if removal.removed:
            self.log.info(
                "journal rows removed by retention",
                rows=removal.removed,
                begins_behind=removal.start,
                days=self._settings.keep,
            )
        self._later(LOOK_SECONDS)

    def _failed(self, failure: Failure) -> None:
        self.log.error("the journal's oldest rows cannot be removed", reason=failure.getErrorMessage())
        self._later(LOOK_SECONDS)
