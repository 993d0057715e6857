"""The journal: one append-only table of everything that happened, in order."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, func, insert, select

from cti_server.storage.codec import decode_event, encode_event
from cti_server.storage.database import database_faults
from cti_server.storage.errors import CodecError, JournalConflictError
from cti_server.storage.lease import Writer
from cti_server.storage.parties import insert_parties
from cti_server.storage.tables import JOURNAL
from cti_server.vocabulary.events import Recorded
from cti_server.vocabulary.ids import ContactId, PartyId

READ_BATCH = 1000
"""Rows that one query of ``read`` fetches."""


def row_of(recorded: Recorded) -> dict[str, Any]:
    """Give the table row of a recorded event."""
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


class Journal:
    """Appends and reads recorded events; all methods block."""

    def __init__(self, engine: Engine, writer: Writer) -> None:
        self._engine = engine
        self._writer = writer
        self._last: int | None = None
        """Number of the last row as our own last append left it: with the lease nobody else adds one."""

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
            last = _last_seq(connection) if known is None else known
            fresh = [value for value in values if value["seq"] > last]
            _check_known(connection, values[: len(values) - len(fresh)])
            for expected, value in enumerate(fresh, last + 1):
                if value["seq"] != expected:
                    raise JournalConflictError(f"row {value['seq']} cannot follow row {expected - 1}")
            if fresh:
                connection.execute(insert(JOURNAL), fresh)
            insert_parties(connection, parties)
        self._last = fresh[-1]["seq"] if fresh else last

    def read(self, after: int = 0) -> Iterator[Recorded]:
        """Give every row after ``after``, in order; reads batch by batch, so the journal may grow meanwhile."""
        while True:
            query = select(JOURNAL).where(JOURNAL.c.seq > after).order_by(JOURNAL.c.seq).limit(READ_BATCH)
            with database_faults(), self._engine.connect() as connection:
                rows = connection.execute(query).mappings().all()
            yield from map(recorded_of, rows)
            if len(rows) < READ_BATCH:
                return
            after = rows[-1]["seq"]

    def last_seq(self) -> int:
        """Give the last row's number, or 0 for an empty journal."""
        with database_faults(), self._engine.connect() as connection:
            return _last_seq(connection)

    def of_contact(self, contact: ContactId) -> list[Recorded]:
        """Give every row of one contact, in order."""
        query = select(JOURNAL).where(JOURNAL.c.contact == contact).order_by(JOURNAL.c.seq)
        with database_faults(), self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return [recorded_of(row) for row in rows]

    def row(self, seq: int) -> Recorded | None:
        """Give one row, or ``None``; for walking ``cause_seq``."""
        with database_faults(), self._engine.connect() as connection:
            row = connection.execute(select(JOURNAL).where(JOURNAL.c.seq == seq)).mappings().first()
        return None if row is None else recorded_of(row)


def _last_seq(connection: Connection) -> int:
    return connection.scalar(select(func.max(JOURNAL.c.seq))) or 0


def _check_known(connection: Connection, values: Sequence[dict[str, Any]]) -> None:
    if not values:
        return
    query = select(JOURNAL).where(JOURNAL.c.seq.in_([value["seq"] for value in values]))
    known = {row["seq"]: dict(row) for row in connection.execute(query).mappings()}
    for value in values:
        if known.get(value["seq"]) != value:
            raise JournalConflictError(f"row {value['seq']} contradicts what the journal already says in its place")
