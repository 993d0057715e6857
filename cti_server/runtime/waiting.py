"""What is decided and not durable yet: a line of entries, which goes to a spill file while the journal takes none."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

import structlog
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from cti_server.engine.state import State
from cti_server.runtime.threads import Worker
from cti_server.storage.spill import SpillFile
from cti_server.vocabulary.effects import Effect
from cti_server.vocabulary.events import Recorded
from cti_server.vocabulary.ids import PartyId
from cti_server.vocabulary.refusals import Refusal
from program.clock import Clock

_LOG: structlog.stdlib.BoundLogger = structlog.get_logger()


class Journal(Protocol):
    """What the pump asks of the storage thread; every method blocks and is called there."""

    def load(self) -> tuple[int, State]:
        """The state as it is durable, and the number of its last row."""

    def append(self, rows: Sequence[Recorded], parties: Sequence[tuple[PartyId, str]]) -> None:
        """Make the rows durable."""

    def advance(self) -> bool:
        """Move the projections on by a step; whether there is more to do."""


class Spill(Protocol):
    """Where rows are kept that the journal does not take now."""

    def keep(self, rows: Sequence[Recorded], parties: Sequence[tuple[PartyId, str]]) -> Deferred[None]:
        """Keep the rows; fires when they are durable, fails where they cannot be kept."""

    def clear(self) -> Deferred[None]:
        """Forget what was kept: the journal has it."""


class SpillThread:
    """A spill file behind a thread of its own, because the storage thread is the one that is held up."""

    def __init__(self, worker: Worker, file: SpillFile) -> None:
        self._worker = worker
        self._file = file

    def keep(self, rows: Sequence[Recorded], parties: Sequence[tuple[PartyId, str]]) -> Deferred[None]:
        """Add the rows to the file; fails with `SpillError`."""
        return self._worker.run(lambda: self._file.append(rows, parties))

    def clear(self) -> Deferred[None]:
        """Remove the file; fails with `SpillError`."""
        return self._worker.run(self._file.remove)


@dataclass(slots=True)
class Entry:
    """What one command led to, until it is durable and released."""

    rows: tuple[Recorded, ...]
    effects: tuple[Effect, ...]
    answer: Deferred[Refusal | None]
    refusal: Refusal | None
    since: float
    parties: list[tuple[PartyId, str]] = field(default_factory=list)
    released: bool = False
    durable: bool = False
    spilled: bool = False


class Waiting:
    """Entries in their order, the oldest first; none is ever dropped.

    Args:
        clock: timers.
        spill: where rows are kept while the journal takes none; without one they are in memory alone.
        retry_delay: seconds between two tries to spill.
        changed: called whenever something has been spilled.
    """

    def __init__(self, clock: Clock, spill: Spill | None, retry_delay: float, changed: Callable[[], None]) -> None:
        self._clock = clock
        self._spill = spill
        self._retry_delay = retry_delay
        self._changed = changed
        self._entries: deque[Entry] = deque()
        self._spilled = 0
        self._busy = self._used = self._failing = self._keeping = False
        self.rows = 0
        """Rows that are not durable in the journal."""

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def since(self) -> float | None:
        """When the oldest entry was decided, Unix seconds; None where there is none."""
        return self._entries[0].since if self._entries else None

    @property
    def spilled_rows(self) -> int:
        """Rows that the spill file alone keeps."""
        return sum(len(entry.rows) for entry in islice(self._entries, self._spilled))

    @property
    def all_spilled(self) -> bool:
        """Whether nothing is in memory alone."""
        return self._spilled == len(self._entries)

    def take(self, entry: Entry) -> None:
        """Add an entry at the end; it is spilled where the others are."""
        self._entries.append(entry)
        self.rows += len(entry.rows)
        if self._keeping:
            self.keep()

    def first(self, most: int) -> list[Entry]:
        """Give the oldest entries, at most so many; they stay."""
        return list(islice(self._entries, most))

    def settle(self, count: int) -> list[Entry]:
        """Take out the oldest entries, which are durable now; nothing more is spilled."""
        self._keeping = False
        settled = [self._entries.popleft() for _ in range(count)]
        for entry in settled:
            entry.durable = True
            self.rows -= len(entry.rows)
            self._spilled -= entry.spilled
        self._clear()
        return settled

    def keep(self) -> None:
        """Spill what waits, and what comes, until something is settled: a kill shall not lose what was acknowledged."""
        self._keeping = True
        if self._spill is None or self._busy:
            return
        fresh = list(islice(self._entries, self._spilled, None))
        if not fresh:
            return
        self._busy = self._used = True
        rows = [row for entry in fresh for row in entry.rows]
        parties = [party for entry in fresh for party in entry.parties]
        self._spill.keep(rows, parties).addCallbacks(lambda _: self._kept(fresh), self._not_kept)

    def _kept(self, entries: Sequence[Entry]) -> None:
        self._busy = self._failing = False
        for entry in entries:
            if not entry.durable:
                entry.spilled = True
                self._spilled += 1
        self._clear()
        self._again()
        self._changed()

    def _not_kept(self, failure: Failure) -> None:
        self._busy = False
        if not self._failing:
            self._failing = True
            _LOG.critical(
                "rows that the journal does not take cannot be spilled either; they are in memory alone",
                reason=failure.getErrorMessage(),
                rows=self.rows,
            )
        self._clock.call_later(self._retry_delay, self._again)

    def _again(self) -> None:
        if self._keeping:
            self.keep()

    def _clear(self) -> None:
        """Remove the file where the journal has all of it."""
        if self._spill is None or not self._used or self._busy or self._spilled:
            return
        self._used = False
        self._busy = True
        self._spill.clear().addErrback(self._not_cleared).addBoth(lambda _: self._cleared())

    def _cleared(self) -> None:
        self._busy = False
        self._again()

    @staticmethod
    def _not_cleared(failure: Failure) -> None:
        _LOG.error("the spill file cannot be removed; its rows are in the journal", reason=failure.getErrorMessage())
