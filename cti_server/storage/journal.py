"""The journal: one append-only table of everything that happened, in order, each row summed with the one before."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Engine, RowMapping, func, insert, select

from cti_server.storage.checksums import row_sum
from cti_server.storage.codec import decode_event, encode_event
from cti_server.storage.database import database_faults
from cti_server.storage.errors import CodecError, JournalConflictError, JournalDamagedError
from cti_server.storage.lease import Writer
from cti_server.storage.parties import insert_parties
from cti_server.storage.retention.start import JournalStart, start_of
from cti_server.storage.tables import CHECKPOINTS, JOURNAL, SNAPSHOTS
from cti_server.vocabulary.events import Event, Recorded
from cti_server.vocabulary.ids import ContactId, PartyId

READ_BATCH = 1000
"""Rows that one query of ``read`` fetches."""
LOOKED_BACK: Final = 500_000
"""Rows among which those of one kind are looked for: there is no index of kinds."""


def row_of(recorded: Recorded) -> dict[str, Any]:
    """Give the table row of a recorded event, but for its check sum."""
    kind, version, body = encode_event(recorded.event)
    return {
        "seq": recorded.seq,
        "at": float(recorded.at),
        "kind": kind,
        "version": version,
        "contact": getattr(recorded.event, "contact", None),
        "agent": getattr(recorded.event, "agent", None),
        "cause_seq": recorded.cause_seq,
        "body": body,
    }


def recorded_of(row: RowMapping) -> Recorded:
    """Read a table row back; raises ``CodecError`` that names the row."""
    try:
        event = decode_event(row["kind"], row["version"], row["body"])
    except CodecError as error:
        raise CodecError(f"journal row {row['seq']}: {error}") from error
    return Recorded(row["seq"], row["at"], row["cause_seq"], event)


def sound(rows: Sequence[Mapping[Any, Any]], after: int, previous: int) -> int:
    """Hold rows to their check sums; they follow row ``after``, whose sum is ``previous``. Give the last one's sum.

    Raises:
        JournalDamagedError: a row is missing, or is not what was written.
    """
    for expected, row in enumerate(rows, after + 1):
        if row["seq"] != expected:
            raise JournalDamagedError(expected, "is missing")
        previous = row_sum(previous, row)
        if row["checksum"] != previous:
            raise JournalDamagedError(expected, "is damaged: it does not fit its check sum")
    return previous


class Journal:
    """Appends and reads recorded events; all methods block."""

    def __init__(self, engine: Engine, writer: Writer) -> None:
        self._engine = engine
        self._writer = writer
        self._last: tuple[int, tuple[int, int]] | None = None
        """The writer's session, and the last row's number and sum as our own last append in it left them.

        Within a session nobody else adds a row; behind a new connection there may be a copy that lacks some.
        """

    def append(self, rows: Sequence[Recorded], parties: Sequence[tuple[PartyId, str]] = ()) -> None:
        """Append ``rows``, and new parties with their addresses, in one transaction: durable on return.

        Rows that the journal already has are passed over where they are equal, so that an append whose outcome was
        not learnt can be repeated.

        Raises:
            JournalConflictError: a row is not the next one, or contradicts what the journal says in its place.
            LeaseTakenError: another process writes this journal.
            DatabaseError: the database failed; nothing was written, or all of it.
        """
        values = [row_of(recorded) for recorded in rows]
        known, self._last = self._last, None
        with self._writer.transaction() as connection:
            own = known is not None and known[0] == self._writer.session
            last, total = known[1] if known is not None and own else _last(connection)
            fresh = [value for value in values if value["seq"] > last]
            _check_known(connection, values[: len(values) - len(fresh)])
            for expected, value in enumerate(fresh, last + 1):
                if value["seq"] != expected:
                    raise JournalConflictError(f"row {value['seq']} cannot follow row {expected - 1}")
                value["checksum"] = total = row_sum(total, value)
                value["token"] = self._writer.token or None
            if fresh:
                connection.execute(insert(JOURNAL), fresh)
            insert_parties(connection, parties)
            session = self._writer.session
        self._last = session, (fresh[-1]["seq"] if fresh else last, total)

    def read(self, after: int = 0) -> Iterator[Recorded]:
        """Give every row after ``after``, in order; reads batch by batch, so the journal may grow meanwhile.

        Raises:
            JournalDamagedError: a row is missing, or is not what was written; nothing of its batch is given.
            JournalRemovedError: some of these rows were removed by retention.
            CodecError: a row cannot be understood by this program.
            DatabaseError: the database failed.
        """
        for rows in self._batches(after):
            yield from map(recorded_of, rows)

    def verify(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Hold every row that is kept to its check sum, and read it; give how many there are.

        ``progress`` is told, batch by batch, how many rows are done, and of how many.

        Raises:
            JournalDamagedError: a row is missing or is not what was written; `check_tail` included.
            JournalRemovedError: retention removed rows meanwhile that were not read yet.
            CodecError: a row cannot be understood by this program.
            DatabaseError: the database failed.
        """
        self.check_tail()
        total, first = self.last_seq(), self.start().seq
        done = first
        for rows in self._batches(first):
            for row in rows:
                recorded_of(row)
            done = rows[-1]["seq"]
            if progress is not None:
                progress(done - first, max(total, done) - first)
        return done - first

    def check_tail(self) -> None:
        """Raise ``JournalDamagedError`` where the journal ends before a row that snapshots or projections knew."""
        with database_faults(), self._engine.connect() as connection:
            # In this order, because a writer may go on meanwhile.
            known = connection.scalar(select(func.max(SNAPSHOTS.c.seq))) or 0
            known = max(known, connection.scalar(select(func.max(CHECKPOINTS.c.seq))) or 0)
            last, _ = _last(connection)
        if last < known:
            raise JournalDamagedError(last + 1, f"is missing: the journal once went on to row {known}")

    def start(self) -> JournalStart:
        """Where the journal begins: behind row 0, or behind the last row that retention has removed."""
        with database_faults(), self._engine.connect() as connection:
            return start_of(connection)

    def last_seq(self) -> int:
        """Give the last row's number, or 0 for an empty journal."""
        return self.last()[0]

    def last(self) -> tuple[int, int]:
        """Give the last row's number and check sum, which stands for the whole journal; 0 and 0 where it is empty."""
        with database_faults(), self._engine.connect() as connection:
            return _last(connection)

    def sum_at(self, seq: int) -> int | None:
        """Give the check sum of a row, which stands for all rows up to it; ``None`` where there is no such row.

        The last row that was removed still has one, as has row 0 before the first.
        """
        with database_faults(), self._engine.connect() as connection:
            return _sum_at(connection, seq)

    def _batches(self, after: int) -> Iterator[Sequence[RowMapping]]:
        """Rows that fit their check sums, at most `READ_BATCH` at once."""
        with database_faults(), self._engine.connect() as connection:
            start_of(connection).check_row(after)
            previous = _sum_at(connection, after)
        if previous is None:
            raise JournalDamagedError(after, "is missing")
        while True:
            query = select(JOURNAL).where(JOURNAL.c.seq > after).order_by(JOURNAL.c.seq).limit(READ_BATCH)
            with database_faults(), self._engine.connect() as connection:
                rows = connection.execute(query).mappings().all()
            if not rows:
                return
            if rows[0]["seq"] != after + 1:
                self.start().check_row(after)  # where they went meanwhile, that is no damage
            previous = sound(rows, after, previous)
            yield rows
            if len(rows) < READ_BATCH:
                return
            after = rows[-1]["seq"]

    def of_contact(self, contact: ContactId) -> list[Recorded]:
        """Give every row of one contact, in order."""
        query = select(JOURNAL).where(JOURNAL.c.contact == contact).order_by(JOURNAL.c.seq)
        with database_faults(), self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return [recorded_of(row) for row in rows]

    def newest_of(self, kind: type[Event], limit: int) -> list[Recorded]:
        """Give the newest rows of one kind of event, newest first, of the last `LOOKED_BACK` rows."""
        query = (
            select(JOURNAL)
            .where(JOURNAL.c.seq > self.last_seq() - LOOKED_BACK, JOURNAL.c.kind == kind.__name__)
            .order_by(JOURNAL.c.seq.desc())
            .limit(limit)
        )
        with database_faults(), self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return [recorded_of(row) for row in rows]

    def row(self, seq: int) -> Recorded | None:
        """Give one row, or ``None``; for walking ``cause_seq``."""
        with database_faults(), self._engine.connect() as connection:
            row = connection.execute(select(JOURNAL).where(JOURNAL.c.seq == seq)).mappings().first()
        return None if row is None else recorded_of(row)


def _last(connection: Connection) -> tuple[int, int]:
    query = select(JOURNAL.c.seq, JOURNAL.c.checksum).order_by(JOURNAL.c.seq.desc()).limit(1)
    row = connection.execute(query).first()
    if row is not None:
        return row.seq, row.checksum
    start = start_of(connection)
    return start.seq, start.checksum


def _sum_at(connection: Connection, seq: int) -> int | None:
    """The check sum of a row, or that from which the journal begins; None where there is no such row."""
    found: int | None = connection.scalar(select(JOURNAL.c.checksum).where(JOURNAL.c.seq == seq))
    if found is not None:
        return found
    start = start_of(connection)
    return start.checksum if start.seq == seq else None


def _check_known(connection: Connection, values: Sequence[dict[str, Any]]) -> None:
    if not values:
        return
    query = select(JOURNAL).where(JOURNAL.c.seq.in_([value["seq"] for value in values]))
    known = {row["seq"]: row for row in connection.execute(query).mappings()}
    for value in values:
        row = known.get(value["seq"])
        if row is None or any(row[name] != said for name, said in value.items()):
            raise JournalConflictError(f"row {value['seq']} contradicts what the journal already says in its place")
