"""The storage thread's side of the pump: appends, folds a shadow of the state for snapshots, moves projections on."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Protocol

import structlog

from cti_server.engine.apply import apply
from cti_server.engine.state import State
from cti_server.storage.projections.runner import STEP
from cti_server.vocabulary.events import Recorded
from cti_server.vocabulary.ids import PartyId

DEFAULT_SNAPSHOT_EVERY = 5000


class JournalStore(Protocol):
    """The journal as the recorder uses it."""

    def append(self, rows: Sequence[Recorded], parties: Sequence[tuple[PartyId, str]] = ()) -> None:
        """Make the rows durable in one transaction."""

    def read(self, after: int = 0) -> Iterable[Recorded]:
        """Every row above ``after``, in order."""

    def last_seq(self) -> int:
        """Number of the newest row, 0 where there is none."""


class SnapshotStore(Protocol):
    """Snapshots as the recorder uses them."""

    def save(self, seq: int, state: State) -> None:
        """Keep the state as it is after row ``seq``."""

    def newest(self) -> tuple[int, Callable[[], State]] | None:
        """The row of the newest snapshot and what makes its state, or None."""


class ProjectionStore(Protocol):
    """Projections as the recorder uses them."""

    def step(self, most: int = STEP) -> int:
        """Fold at most so many rows of what is new; the number of rows folded."""


class Records(Protocol):
    """The store as the recorder uses it; every method blocks."""

    @property
    def journal(self) -> JournalStore:
        """The append-only table."""

    @property
    def snapshots(self) -> SnapshotStore:
        """States to start from."""

    @property
    def projections(self) -> ProjectionStore:
        """What reports read."""


class Recorder:
    """All its methods block and are to be called on one thread, the store's own.

    The shadow is a second fold of the same rows, so that a snapshot never reads the state that the engine is changing.
    It is moved on, and a snapshot saved where one is due, with the projections: callers wait for an append.

    Args:
        store: where everything is kept.
        snapshot_every: rows between two snapshots.
    """

    def __init__(self, store: Records, snapshot_every: int = DEFAULT_SNAPSHOT_EVERY) -> None:
        self._store = store
        self._every = snapshot_every
        self._shadow: State | None = None
        self._shadow_seq = 0
        self._saved_seq = 0
        self._behind: list[Recorded] = []
        self.log = structlog.get_logger()

    def load(self) -> tuple[int, State]:
        """The state as the store knows it, and the number of the last row in it: snapshot, then the journal's tail.

        The state is the caller's own; the recorder keeps another one.
        """
        self._behind.clear()
        self._saved_seq, seq, (state, self._shadow) = self._fold(2)
        self._shadow_seq = seq
        return seq, state

    def append(self, rows: Sequence[Recorded], parties: Sequence[tuple[PartyId, str]]) -> None:
        """Make the rows durable; rows that are durable already may come again, after a fault behind the commit.

        Raises:
            Exception: the store's, when the rows are not durable. What becomes of a snapshot never fails an append.
        """
        self._store.journal.append(rows, parties)
        self._behind += rows

    def follow(self, after: int, most: int) -> list[Recorded]:
        """Rows above ``after`` that another server made durable, at most so many; the shadow follows them."""
        self._keep_up()
        rows = list(islice(self._store.journal.read(after), most))
        self._fold_into_shadow(rows)
        return rows

    def advance(self) -> bool:
        """Save a snapshot where one is due, or move the projections on by a step; whether there is more to do."""
        self._keep_up()
        if self._shadow is not None and self._shadow_seq - self._saved_seq >= self._every:
            self._guarded(self.save)
            return True
        return self._store.projections.step(STEP) >= STEP

    def save(self) -> int | None:
        """Save a snapshot of all durable rows; the row it stands at, or None where there was nothing new."""
        self._keep_up()
        if self._shadow is None:
            self._saved_seq, self._shadow_seq, (self._shadow,) = self._fold(1)
        if self._shadow_seq == self._saved_seq:
            return None
        self._store.snapshots.save(self._shadow_seq, self._shadow)
        self._saved_seq = self._shadow_seq
        return self._saved_seq

    def _fold(self, copies: int) -> tuple[int, int, list[State]]:
        """The same state several times, from one reading of the journal: reading costs more than folding."""
        found = self._store.snapshots.newest()
        start, make = found if found is not None else (0, State)
        states, seq = [make() for _ in range(copies)], start
        for row in self._store.journal.read(after=start):
            for state in states:
                apply(state, row)
            seq = row.seq
        return start, seq, states

    def _keep_up(self) -> None:
        """Move the shadow on by what was appended since."""
        rows, self._behind = self._behind, []
        self._guarded(lambda: self._fold_into_shadow(rows))

    def _fold_into_shadow(self, rows: Sequence[Recorded]) -> None:
        if self._shadow is None:
            return
        for row in rows:
            if row.seq > self._shadow_seq:
                apply(self._shadow, row)
                self._shadow_seq = row.seq

    def _guarded(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception:
            self.log.exception("snapshot not saved; the state is folded anew for the next one")
            self._shadow = None
