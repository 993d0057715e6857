"""What is decided and not durable yet: a line of entries, which goes to a spill file while the journal takes none.

What stands in the file and has been carried out need not stand in memory as well: of a long line only the first entries
do, and those that are not in the file yet. The rest is read from the file, portion by portion, when its turn comes.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice, takewhile
from typing import Final, Protocol

import structlog
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from cti_server.engine.state import State
from cti_server.runtime.threads import Worker
from cti_server.storage.spill import Spilled, SpillError, SpillFile, SpillPlace
from cti_server.vocabulary.effects import Effect
from cti_server.vocabulary.events import Recorded
from cti_server.vocabulary.ids import PartyId
from cti_server.vocabulary.refusals import Refusal
from program.clock import Clock

KEPT: Final = 2000
"""Spilled entries at the head of the line that stay in memory; more than an append takes at once."""

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

    def keep(self, rows: Sequence[Recorded], parties: Sequence[tuple[PartyId, str]]) -> Deferred[SpillPlace]:
        """Keep the rows; fires with where they begin when they are durable, fails where they cannot be kept."""

    def read(self, place: SpillPlace) -> Deferred[Spilled]:
        """Give some of what was kept from a place on; fails where it cannot be read."""

    def clear(self) -> Deferred[None]:
        """Forget what was kept: the journal has it."""


class SpillThread:
    """A spill file behind a thread of its own, because the storage thread is the one that is held up."""

    def __init__(self, worker: Worker, file: SpillFile) -> None:
        self._worker = worker
        self._file = file

    def keep(self, rows: Sequence[Recorded], parties: Sequence[tuple[PartyId, str]]) -> Deferred[SpillPlace]:
        """Add the rows to the file; fails with `SpillError`."""
        return self._worker.run(lambda: self._file.append(rows, parties))

    def read(self, place: SpillPlace) -> Deferred[Spilled]:
        """Read on from a place in the file; fails with `SpillError`."""
        return self._worker.run(lambda: self._file.read(place))

    def clear(self) -> Deferred[None]:
        """Remove the file; fails with `SpillError`."""
        return self._worker.run(self._file.remove)


@dataclass(slots=True)
class Entry:
    """What one command led to, until it is durable and released; ``place`` is where the spill file has it."""

    rows: tuple[Recorded, ...]
    effects: tuple[Effect, ...]
    answer: Deferred[Refusal | None] | None
    refusal: Refusal | None
    since: float
    parties: list[tuple[PartyId, str]] = field(default_factory=list)
    released: bool = False
    place: SpillPlace | None = None


@dataclass(frozen=True, slots=True)
class _Away:
    """Rows that the spill file alone has: from ``first`` to ``last``, to be read from ``place`` on."""

    place: SpillPlace
    first: int
    last: int
    since: float


class Waiting:
    """Entries in their order, the oldest first; none is ever dropped.

    ``_head`` are the oldest; behind them come those that are away in the file, and behind these ``_tail``, which is
    empty where none are away.

    Args:
        clock: timers.
        spill: where rows are kept while the journal takes none; without one they are in memory alone.
        retry_delay: seconds between two tries to spill, or to read what was spilled.
        changed: called whenever something has been spilled.
        back: called when entries that were away are at the head again.
    """

    def __init__(
        self,
        clock: Clock,
        spill: Spill | None,
        retry_delay: float,
        changed: Callable[[], None],
        back: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._spill = spill
        self._retry_delay = retry_delay
        self._changed = changed
        self._back = back
        self._head: deque[Entry] = deque()
        self._away: _Away | None = None
        self._tail: deque[Entry] = deque()
        self._last = 0
        self._busy = self._used = self._failing = self._keeping = self._fetching = False
        self.rows = 0
        """Rows that are not durable in the journal."""

    def __bool__(self) -> bool:
        return bool(self._head) or self._away is not None

    @property
    def since(self) -> float | None:
        """When the oldest entry was decided, Unix seconds; None where there is none."""
        if self._head:
            return self._head[0].since
        return None if self._away is None else self._away.since

    @property
    def in_memory(self) -> list[Entry]:
        """The entries that are not away in the file; all that are not released are among them."""
        return [*self._head, *self._tail]

    @property
    def spilled_rows(self) -> int:
        """Rows that the spill file keeps."""
        away = 0 if self._away is None else self._away.last - self._away.first + 1
        spilled = takewhile(lambda entry: entry.place is not None, chain(self._head, self._tail))
        return away + sum(len(entry.rows) for entry in spilled)

    @property
    def all_spilled(self) -> bool:
        """Whether nothing is in memory alone."""
        last = self._tail or self._head
        return not last or last[-1].place is not None

    def take(self, entry: Entry) -> None:
        """Add an entry at the end; it is spilled where the others are."""
        self._end.append(entry)
        self.rows += len(entry.rows)
        if entry.rows:
            self._last = entry.rows[-1].seq
        if self._keeping:
            self.keep()

    def first(self, most: int) -> list[Entry]:
        """Give the oldest entries, at most so many; they stay. None while the next ones are read from the file."""
        if not self._head and self._away is not None:
            self._fetch(self._away)
        return list(islice(self._head, most))

    def settle(self, count: int, *, keep_on: bool = False) -> list[Entry]:
        """Take out the oldest entries, which are durable now; unless told to, nothing more is spilled."""
        self._keeping = self._keeping and keep_on
        settled = [self._head.popleft() for _ in range(count)]
        self.rows -= sum(len(entry.rows) for entry in settled)
        self._clear()
        return settled

    def replay(self, after: int, use: Callable[[Recorded], object]) -> Deferred[None]:
        """Hand all rows behind number ``after`` to ``use``, in order; fails where one cannot be had, or as it does."""
        return Deferred.fromCoroutine(self._replayed(after, use))

    async def _replayed(self, after: int, use: Callable[[Recorded], object]) -> None:
        place: SpillPlace | None = None
        while after < self._last:
            before, reached = after, place
            if self._away is not None and self._away.first <= after + 1 <= self._away.last and self._spill is not None:
                found = await self._spill.read(place or self._away.place)
                rows, place = found.rows, found.place
            else:
                rows = tuple(row for entry in self.in_memory for row in entry.rows)
            for row in rows:
                if row.seq == after + 1:
                    use(row)
                    after += 1
            if after == before and place == reached:
                raise SpillError(f"row {after + 1}, which is not durable, cannot be had")

    @property
    def _end(self) -> deque[Entry]:
        return self._head if self._away is None else self._tail

    # --- into the file ----------------------------------------------------------------------------------------------

    def keep(self) -> None:
        """Spill what waits, and what comes, until something is settled: a kill shall not lose what was acknowledged."""
        self._keeping = True
        if self._spill is None or self._busy:
            return
        fresh = [entry for entry in self._end if entry.place is None]
        if not fresh:
            return
        self._busy = self._used = True
        rows = [row for entry in fresh for row in entry.rows]
        parties = [party for entry in fresh for party in entry.parties]
        self._spill.keep(rows, parties).addCallbacks(lambda place: self._kept(fresh, place), self._not_kept)

    def _kept(self, entries: Sequence[Entry], place: SpillPlace) -> None:
        self._busy = self._failing = False
        for entry in entries:
            entry.place = place
        self._let_go()
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
        spilled = self._away is not None or (self._head and self._head[0].place is not None)
        if self._spill is None or not self._used or self._busy or spilled:
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

    # --- out of memory, and back ------------------------------------------------------------------------------------

    def _let_go(self) -> None:
        """Leave what is spilled and released to the file alone, but for the head of the line."""
        while self._away is None and len(self._head) > KEPT:
            self._tail.appendleft(self._head.pop())
        while self._tail and self._goes(self._tail[0]):
            self._tail.popleft()
        if self._away is None:
            self._head.extend(self._tail)
            self._tail.clear()

    def _goes(self, entry: Entry) -> bool:
        if entry.place is None or not entry.released:
            return False
        if not entry.rows:
            return self._hand_on(entry)
        first, last = entry.rows[0].seq, entry.rows[-1].seq
        if self._away is None:
            self._away = _Away(entry.place, first, last, entry.since)
        else:
            self._away = replace(self._away, last=last)
        return True

    def _hand_on(self, entry: Entry) -> bool:
        """Nothing happened, but there may be parties: they go with what follows, which may go away in its turn."""
        if entry.parties and len(self._tail) < 2:
            return False
        if entry.parties:
            following = self._tail[1]
            following.parties[:0] = entry.parties
            following.place = following.place and entry.place
        return True

    def _fetch(self, away: _Away) -> None:
        if self._fetching or self._spill is None:
            return
        self._fetching = True
        done = self._spill.read(away.place).addCallback(lambda found: self._fetched(found, self._away or away))
        done.addCallbacks(lambda _: self._back(), self._not_fetched)

    def _fetched(self, found: Spilled, away: _Away) -> None:
        rows = tuple(row for row in found.rows if away.first <= row.seq <= away.last)
        if (rows and rows[0].seq != away.first) or found.place == away.place:
            raise SpillError(f"row {away.first} is not where the spill file had it")
        self._fetching = False
        since, until = (rows[0].at, rows[-1].at) if rows else (away.since, away.since)
        entry = Entry(rows, (), None, None, since, found.parties, released=True, place=away.place)
        self._head.append(entry)
        if rows and rows[-1].seq == away.last:
            self._away = None
            self._head.extend(self._tail)
            self._tail.clear()
        else:
            self._away = replace(away, place=found.place, first=away.first + len(rows), since=until)

    def _not_fetched(self, failure: Failure) -> None:
        self._fetching = False
        _LOG.critical(
            "rows in the spill file, which the journal shall have, cannot be read; it is tried again",
            reason=failure.getErrorMessage(),
            rows=self.rows,
        )
        self._clock.call_later(self._retry_delay, self._back)
