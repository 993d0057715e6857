"""Removes the oldest rows of the journal, step by step, and leaves all that is needed to do without them.

What the rows tell is in the reports' tables, which keep it; and in a state that is folded along with them and saved as
a snapshot before the first of them goes, so that the rest of the journal can be folded, and its decisions made anew.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from cti_server.engine.apply import apply
from cti_server.engine.state import State
from cti_server.storage.checksums import body_sum
from cti_server.storage.codec import encode_state
from cti_server.storage.database import database_faults
from cti_server.storage.errors import CodecError
from cti_server.storage.journal import Journal
from cti_server.storage.lease import Writer
from cti_server.storage.projections.runner import PROJECTIONS
from cti_server.storage.retention.start import JournalStart, start_of
from cti_server.storage.snapshots import KEPT, Snapshots
from cti_server.storage.tables import CHECKPOINTS, JOURNAL, RETENTION, SERVERS, SNAPSHOTS, STORE
from cti_server.vocabulary.events import Recorded

STEP: Final = 200
"""Rows that are folded, or removed, in one step: appends wait for no more than these."""
AT_ONCE: Final = 100_000
"""Most rows between two saved states."""
NEEDED_SCHEMA: Final = "0007"
"""A program that does not know this schema would take the missing rows for damage."""
FORGOTTEN_SECONDS: Final = 86_400.0
"""A second server that has not been seen for so long holds nothing up."""


@dataclass(frozen=True, slots=True)
class Removal:
    """How far a removal is: the journal begins behind row ``start``; ``removed`` rows went so far."""

    start: int
    removed: int
    done: bool


class Retention:
    """One round: call `step` until it is done.

    Args:
        engine: the database.
        writer: the lease.
        before: rows that are older (Unix seconds) may go.
        now: when this is, Unix seconds.
    """

    def __init__(self, engine: Engine, writer: Writer, before: float, now: float) -> None:
        self._engine = engine
        self._writer = writer
        self._before = before
        self._now = now
        self._snapshots = Snapshots(engine, writer)
        self._journal = Journal(engine, writer)
        self._limit: int | None = None
        self._state: State | None = None
        self._rows: Iterator[Recorded] | None = None
        self._at = self._removed = 0

    def step(self) -> Removal:
        """Do a little; give how far it is.

        Raises:
            CodecError: the state of where the journal begins cannot be read by this program; nothing is removed.
            JournalDamagedError: a row is damaged; nothing behind the last saved state is removed.
            DatabaseError: the database failed; begin another round.
        """
        with database_faults(), self._engine.connect() as connection:
            start = start_of(connection)
        if start.seq < start.base:
            return self._remove(start)
        if self._limit is None:
            self._limit = self._find_limit()
            self._at = start.seq
        if self._rows is None:
            self._begin(start)
        return Removal(start.seq, self._removed, self._fold(start))

    def _begin(self, start: JournalStart) -> None:
        state = self._snapshots.at(start.base) if start.base else State()
        if state is None:
            raise CodecError(f"the snapshot of row {start.base}, where the journal begins, cannot be read")
        self._state, self._at = state, start.seq
        self._rows = self._journal.read(after=start.seq)

    def _fold(self, start: JournalStart) -> bool:
        """Take the state on over rows that may go, and save it where no more follow; whether the round is over."""
        state, rows, limit = self._state, self._rows, self._limit
        if state is None or rows is None or limit is None:
            return True
        until, full = self._at + STEP, start.seq + AT_ONCE
        while self._at < min(until, full, limit):
            row = next(rows, None)
            if row is None or row.at >= self._before:
                limit = self._limit = self._at
                break
            apply(state, row)
            self._at = row.seq
        if self._at < min(full, limit):
            return False
        if self._at == start.seq:
            return True
        self._save(state)
        self._rows = None
        return False

    def _save(self, state: State) -> None:
        digest, body = encode_state(state)
        snapshot = {"seq": self._at, "digest": digest, "body": body, "checksum": body_sum(self._at, body)}
        begins = {"base": self._at, "first_contact": state.last_contact + 1, "removed_at": self._now}
        with self._writer.transaction() as connection:
            # From those of before nothing can be folded when the rows behind them are gone.
            connection.execute(delete(SNAPSHOTS).where(SNAPSHOTS.c.seq <= self._at))
            connection.execute(insert(SNAPSHOTS), [snapshot])
            connection.execute(update(RETENTION).values(begins))
            older = STORE.c.oldest_compatible < NEEDED_SCHEMA
            connection.execute(update(STORE).where(older).values(oldest_compatible=NEEDED_SCHEMA))

    def _remove(self, start: JournalStart) -> Removal:
        last = min(start.seq + STEP, start.base)
        with self._writer.transaction() as connection:
            checksum = connection.scalar(select(JOURNAL.c.checksum).where(JOURNAL.c.seq == last))
            connection.execute(delete(JOURNAL).where(JOURNAL.c.seq <= last))
            connection.execute(update(RETENTION).values(seq=last, checksum=checksum, removed_at=self._now))
        self._removed += last - start.seq
        return Removal(last, self._removed, done=False)

    def _find_limit(self) -> int:
        """The last row that nobody needs any more: 0 where all are needed.

        Behind it are the newest snapshots; what the reports have not folded; what a second server has not read; and all
        contacts that were open when the oldest of those snapshots was made. The reports have to be that far as well,
        so that they have all contacts before it as a whole.
        """
        with database_faults(), self._engine.connect() as connection:
            base = start_of(connection).base
            snapshot = min((seq for seq in self._snapshots.kept()[:KEPT] if seq > base), default=0)
            if not snapshot or _read_by_all(connection) < snapshot:
                return 0
        state = self._snapshots.at(snapshot)
        if state is None:
            return 0
        limit = snapshot - 1
        if state.contacts:
            with database_faults(), self._engine.connect() as connection:
                own = select(func.min(JOURNAL.c.seq)).where(JOURNAL.c.contact == min(state.contacts))
                limit = min(limit, (connection.scalar(own) or 1) - 1)
        return limit


def _read_by_all(connection: Connection) -> int:
    """The last row that the reports and a second server have all read."""
    versions = {each.name: each.version for each in PROJECTIONS}
    rows = connection.execute(select(CHECKPOINTS)).all()
    checkpoints = [row.seq if versions.get(row.projection, row.version) == row.version else 0 for row in rows]
    if len(checkpoints) < len(versions):
        return 0
    seen = select(func.min(SERVERS.c.seq)).where(
        SERVERS.c.role == "standby",
        SERVERS.c.seen_at > select(func.max(SERVERS.c.seen_at)).scalar_subquery() - FORGOTTEN_SECONDS,
    )
    followed: int | None = connection.scalar(seen)
    return min(checkpoints) if followed is None else min(*checkpoints, followed)


def take_over(connection: Connection, start: JournalStart) -> None:
    """Let the journal begin as a backup says of its own."""
    values = {
        "seq": start.seq,
        "checksum": start.checksum,
        "base": start.base,
        "first_contact": start.first_contact,
        "removed_at": start.removed_at,
    }
    connection.execute(update(RETENTION).values(values))
    if start.base:
        connection.execute(update(STORE).values(oldest_compatible=NEEDED_SCHEMA))
