"""The collector of cycles where callers wait: when it runs, and a line in the log where it took long."""

import gc
from collections.abc import Callable
from time import thread_time
from typing import Final

from program.logs import Log

COLLECT_AFTER: Final = (5_000, 80, 20)
"""Objects made and not ended until the collector looks for cycles; what a call needs is over in seconds without it."""
LONGEST_WAIT: Final = 30.0
"""Seconds that a start may hold it up: one that waits longer, for a database say, may wait for hours."""
LONG: Final = 0.05
"""Seconds; a caller hears nothing of a shorter pause."""


class Collector:
    """Sees to the collector of cycles.

    Args:
        log: told of what takes longer than `LONG`: somebody has left cycles behind, or keeps very much.
        later: runs a function once the collection is over, on the reactor's thread.
        clock: seconds that the thread has worked; what others on a busy machine take from it is not the collector's.
    """

    def __init__(
        self, log: Log, later: Callable[[Callable[[], None]], object], clock: Callable[[], float] = thread_time
    ) -> None:
        self._log = log
        self._later = later
        self._clock = clock
        self._began = 0.0

    def set_aside(self) -> None:
        """Take what a started program keeps for good out of the collector's way, and watch it from now on.

        A full collection over it, 100 ms and more for the CTI server, would come in the middle of calls; none comes
        now either, while callers wait for the start, so that what the start left behind in cycles stays too.
        """
        gc.freeze()
        gc.enable()
        gc.set_threshold(*COLLECT_AFTER)
        gc.callbacks.append(self.told)

    def wake(self) -> None:
        """Let it run again, although the start is not done."""
        gc.enable()

    def end(self) -> None:
        """Watch no more."""
        if self.told in gc.callbacks:
            gc.callbacks.remove(self.told)

    def told(self, phase: str, facts: dict[str, int]) -> None:
        """Measure: called by the collector, with ``start`` and ``stop``, wherever an object was just being made."""
        if phase == "start":
            self._began = self._clock()
            return
        seconds = self._clock() - self._began
        if seconds < LONG:
            return
        generation, ended = facts["generation"], facts["collected"]
        # Not here: the log itself may be at work just now.
        self._later(
            lambda: self._log.warning(
                "the collector of cycles held everything up",
                milliseconds=round(seconds * 1000),
                generation=generation,
                objects=ended,
            )
        )
