"""Keeps the projections up with the journal: load the rows concerned, fold, save, move the checkpoint."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Engine, Executable, Row, Table, delete, func, or_, select, tuple_

from cti_server.storage.database import database_faults
from cti_server.storage.journal import recorded_of
from cti_server.storage.lease import Writer
from cti_server.storage.projections import agents, contacts, segments
from cti_server.storage.retention.start import JournalStart, start_of
from cti_server.storage.rows import ActivityRow, ContactRow, SegmentRow
from cti_server.storage.tables import AGENT_ACTIVITY, CHECKPOINTS, CONTACTS, JOURNAL, SEGMENTS
from cti_server.vocabulary.events import AgentLoggedOff, Event, Recorded
from program.late import LateModule

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite
else:
    postgresql, sqlite = LateModule("sqlalchemy.dialects.postgresql"), LateModule("sqlalchemy.dialects.sqlite")

BATCH = 1000
"""Journal rows that are folded in one transaction where nobody waits."""
STEP = 50
"""Journal rows that are folded in one transaction while calls go on: appends wait for no more than these."""

Rows = tuple[Any, ...]
"""Rows of one key (a contact or an agent) in their order; which class they are, the projection knows."""


@dataclass(frozen=True, slots=True)
class Projection:
    """One table: its pure fold, which kinds of event it folds, by which column its rows belong together.

    ``keys`` tells which rows an event concerns; where that is none, all open rows are asked. Without ``by_event`` there
    are such events, and all open rows are loaded.
    """

    name: str
    version: int
    kinds: frozenset[type[Event]]
    table: Table
    row: type[Any]
    key: str
    by_event: bool
    fold: Callable[[Rows, Recorded], Rows]
    keys: Callable[[Event], tuple[Any, ...]]


def _contact_of(event: Event) -> tuple[Any, ...]:
    contact = getattr(event, "contact", None)
    return () if contact is None else (contact,)


PROJECTIONS: tuple[Projection, ...] = (
    Projection(
        contacts.NAME,
        contacts.VERSION,
        contacts.KINDS,
        CONTACTS,
        ContactRow,
        "contact",
        by_event=True,
        fold=contacts.fold,
        keys=_contact_of,
    ),
    Projection(
        segments.NAME,
        segments.VERSION,
        segments.KINDS,
        SEGMENTS,
        SegmentRow,
        "contact",
        by_event=True,
        fold=segments.fold,
        keys=_contact_of,
    ),
    Projection(
        agents.NAME,
        agents.VERSION,
        agents.KINDS,
        AGENT_ACTIVITY,
        ActivityRow,
        "agent",
        by_event=False,
        fold=agents.fold,
        keys=agents.keys,
    ),
)


class Projections:
    """Folds the journal into the tables for reports; all methods block."""

    def __init__(self, engine: Engine, writer: Writer, projections: Sequence[Projection] = PROJECTIONS) -> None:
        self._engine = engine
        self._writer = writer
        self._projections = projections

    def advance(self) -> int:
        """Fold what the journal has gained; give how many rows it was. A projection of another version is rebuilt.

        Each batch is one transaction with its checkpoint, so that a repeat, or a crash midway, folds nothing twice.
        """
        total = 0
        while read := self.step(BATCH):
            total += read
            if read < BATCH:
                break
        return total

    def step(self, most: int = STEP) -> int:
        """Fold at most so many rows, in one transaction; give how many it were. Fewer than ``most``: it is all done."""
        with self._writer.transaction() as connection:
            return advance_batch(connection, self._projections, most)

    def rebuild(self) -> int:
        """Fold the whole journal again; give how many rows it was.

        Reports are empty meanwhile, but for what is older than the journal: that stays.
        """
        with self._writer.transaction() as connection:
            connection.execute(delete(CHECKPOINTS))
        return self.advance()

    def lag(self) -> int:
        """Give how many journal rows the slowest projection has still to fold."""
        return max(self.lags().values())

    def lags(self) -> dict[str, int]:
        """Give how many journal rows each projection has still to fold."""
        with database_faults(), self._engine.connect() as connection:
            last: int = connection.scalar(select(JOURNAL.c.seq).order_by(JOURNAL.c.seq.desc()).limit(1)) or 0
            known = {row.projection: row for row in connection.execute(select(CHECKPOINTS))}
            start = start_of(connection)
        return {each.name: last - _standing(each, known.get(each.name), start) for each in self._projections}


def advance_batch(connection: Connection, projections: Sequence[Projection], most: int) -> int:
    """Fold at most so many journal rows into the projections' tables; give how many rows were read."""
    known = {row.projection: row for row in connection.execute(select(CHECKPOINTS))}
    begins = start_of(connection)
    checkpoints = {each.name: _checkpoint(connection, each, known.get(each.name), begins) for each in projections}
    query = select(JOURNAL).where(JOURNAL.c.seq > min(checkpoints.values())).order_by(JOURNAL.c.seq).limit(most)
    rows = connection.execute(query).mappings().all()
    if not rows:
        return 0
    wanted = {kind.__name__ for each in projections for kind in each.kinds}
    batch = [recorded_of(row) for row in rows if row["kind"] in wanted]
    for each in projections:
        fresh = [
            r
            for r in batch
            if r.seq > checkpoints[each.name] and type(r.event) in each.kinds and not _is_over(each, r, begins)
        ]
        _fold_batch(connection, each, fresh)
    reached = [
        {
            "projection": each.name,
            "version": each.version,
            "seq": max(rows[-1]["seq"], checkpoints[each.name]),
        }
        for each in projections
    ]
    _upsert(connection, CHECKPOINTS, reached)
    return len(rows)


def _is_over(projection: Projection, recorded: Recorded, start: JournalStart) -> bool:
    """Whether a row is of a contact that the reports had as a whole before the journal began where it does now."""
    return projection.by_event and getattr(recorded.event, "contact", start.first_contact) < start.first_contact


def told_again(projection: Projection, start: JournalStart) -> list[ColumnElement[bool]]:
    """Which rows of a projection's table the journal tells again; older ones stay as they are.

    Those of contacts of which no row was removed; and agents' stretches that began where the journal does, or later.
    """
    if not start.base:
        return []
    if projection.by_event:
        return [projection.table.c.contact >= start.first_contact]
    return [projection.table.c.seq > start.seq]


def standing_at(connection: Connection, projection: Projection, start: JournalStart) -> list[dict[str, Any]]:
    """The stretches that were not over where the journal begins, as they were there: what it tells goes on from them.

    Each is the last stretch of its agent from before; it was not over where the next one, or a log-off in the journal,
    is of the moment at which it ended.
    """
    if not start.seq or projection.by_event:
        return []
    table, later = projection.table, projection.table.alias()
    newest = select(table.c.agent, func.max(table.c.seq)).where(table.c.seq <= start.seq).group_by(table.c.agent)
    followed = select(later.c.seq).where(
        later.c.agent == table.c.agent, later.c.seq > start.seq, later.c.started == table.c.ended
    )
    logged_off = select(JOURNAL.c.seq).where(
        JOURNAL.c.agent == table.c.agent,
        JOURNAL.c.seq > start.seq,
        JOURNAL.c.kind == AgentLoggedOff.__name__,
        JOURNAL.c.at == table.c.ended,
    )
    standing = or_(table.c.ended.is_(None), followed.exists(), logged_off.exists())
    rows = connection.execute(select(table).where(tuple_(table.c.agent, table.c.seq).in_(newest), standing)).mappings()
    return [{**row, "ended": None} for row in rows]


def _standing(projection: Projection, row: Row[Any] | None, start: JournalStart) -> int:
    known = row is not None and row.version == projection.version
    return max(int(row.seq) if known and row is not None else 0, start.seq)


def _checkpoint(connection: Connection, projection: Projection, row: Row[Any] | None, start: JournalStart) -> int:
    """Where the projection stands; one of another version, or without a checkpoint, begins anew with the journal."""
    if row is not None and row.version == projection.version and row.seq >= start.seq:
        return int(row.seq)
    standing = standing_at(connection, projection, start)
    connection.execute(delete(projection.table).where(*told_again(projection, start)))
    _upsert(connection, projection.table, standing)
    return start.seq


def _fold_batch(connection: Connection, projection: Projection, batch: Iterable[Recorded]) -> None:
    batch = list(batch)
    if not batch:
        return
    groups = _load(connection, projection, batch)
    before = {id(row) for rows in groups.values() for row in rows}
    kept = list(groups.values())  # the loaded rows must outlive the fold, or an id could be used again
    for recorded in batch:
        for key in projection.keys(recorded.event) or list(groups):
            groups[key] = projection.fold(groups.get(key, ()), recorded)
    names = tuple(column.name for column in projection.table.c)
    values = attrgetter(*names)
    changed = [
        dict(zip(names, values(row), strict=True)) for rows in groups.values() for row in rows if id(row) not in before
    ]
    del kept
    _upsert(connection, projection.table, changed)


def _load(connection: Connection, projection: Projection, batch: Sequence[Recorded]) -> dict[Any, Rows]:
    table = projection.table
    concerned: ColumnElement[bool] = table.c.ended.is_(None)
    if projection.by_event:
        concerned = table.c[projection.key].in_({getattr(each.event, projection.key) for each in batch})
    groups: dict[Any, Rows] = {}
    for row in connection.execute(select(table).where(concerned).order_by(*table.primary_key)).mappings():
        loaded = projection.row(**row)
        key = row[projection.key]
        groups[key] = (*groups.get(key, ()), loaded)
    return groups


def _upsert(connection: Connection, table: Table, values: Sequence[Mapping[str, Any]]) -> None:
    if not values:
        return
    connection.execute(_upserting(table, connection.dialect.name), values)


@cache
def _upserting(table: Table, database: str) -> Executable:
    """The statement, made once: it costs more to make than to carry out."""
    dialect = postgresql if database == "postgresql" else sqlite
    insert = dialect.insert(table)
    key = [column.name for column in table.primary_key]
    changes = {column.name: insert.excluded[column.name] for column in table.c if column.name not in key}
    statement: Executable = insert.on_conflict_do_update(index_elements=key, set_=changes)
    return statement
