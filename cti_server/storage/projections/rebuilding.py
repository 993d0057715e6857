"""Folds the projections anew beside the live ones while the server runs, then moves the rows over, portion by portion.

Reports stay readable and keep up with the journal all the time. While rows are moved, some are of the new fold and the
others of the old one; each row is whole, and both folds are of the same journal. Tables are not exchanged for others,
because views of integrators stand on them. Every step is one short transaction, so that appends come in between. What
is older than the journal, whose first rows retention has removed, stays as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Engine, Index, MetaData, Table, delete, insert, select, tuple_

from cti_server.storage.database import database_faults
from cti_server.storage.lease import Writer
from cti_server.storage.projections.runner import (
    PROJECTIONS,
    STEP,
    Projection,
    advance_batch,
    standing_at,
    told_again,
)
from cti_server.storage.retention.start import start_of
from cti_server.storage.tables import CHECKPOINTS, JOURNAL

SUFFIX = "_rebuilt"
MOVED = 200
"""Rows that are moved in one transaction."""

Place = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class RebuildProgress:
    """How far a rebuild is: journal rows folded, of how many; then report rows moved."""

    folded: int
    of: int
    moved: int
    done: bool


@dataclass(frozen=True, slots=True)
class _At:
    """Where a rebuild stands; ``place`` is up to where the rows of table ``moving`` have been moved."""

    begun: bool = False
    caught_up: bool = False
    moving: int = 0
    place: Place | None = None
    folded: int = 0
    moved: int = 0


class Rebuild:
    """One rebuild: call `step` until it is done; `discard` clears away what a rebuild that was left off has made."""

    def __init__(self, engine: Engine, writer: Writer, projections: Sequence[Projection] = PROJECTIONS) -> None:
        self._engine = engine
        self._writer = writer
        self._live = tuple(projections)
        self._shadows = tuple(
            replace(each, name=each.name + SUFFIX, table=_beside(each.table, by_event=each.by_event))
            for each in projections
        )
        self._at = _At()

    def step(self) -> RebuildProgress:
        """Do a little, in one transaction; give how far it is.

        Raises:
            DatabaseError: the database failed; the step can be repeated.
        """
        with self._writer.transaction() as connection:
            following = self._stepped(connection, self._at)
        self._at = following
        return RebuildProgress(following.folded, self._last(), following.moved, following.moving == len(self._live))

    def discard(self) -> None:
        """Drop what a rebuild has made beside the live tables."""
        with self._writer.transaction() as connection:
            self._clear(connection)

    def _stepped(self, connection: Connection, at: _At) -> _At:
        if not at.begun:
            self._clear(connection)
            start = start_of(connection)
            for live, shadow in zip(self._live, self._shadows, strict=True):
                shadow.table.create(connection)
                standing = standing_at(connection, live, start)
                if standing:
                    connection.execute(insert(shadow.table), standing)
            return replace(at, begun=True)
        if not at.caught_up:
            read = advance_batch(connection, self._shadows, STEP)
            return replace(at, folded=at.folded + read, caught_up=read < STEP)
        # Only where both folds are at the journal's end may rows of one stand for those of the other.
        if advance_batch(connection, [*self._live, *self._shadows], STEP) == STEP:
            return at
        return self._moved(connection, at)

    def _moved(self, connection: Connection, at: _At) -> _At:
        live, shadow = self._live[at.moving], self._shadows[at.moving]
        names = [live.key] if live.by_event else [column.name for column in live.table.primary_key]
        start = start_of(connection)
        last = self._last_of_portion(connection, shadow.table, names, at.place)
        told = (*_between(live.table, names, at.place, last), *told_again(live, start))
        connection.execute(delete(live.table).where(*told))
        anew = (*_between(shadow.table, names, at.place, last), *told_again(shadow, start))
        portion = select(shadow.table).where(*anew)
        columns = [column.name for column in live.table.c]
        # PostgreSQL's driver tells how many rows an INSERT made only where it is asked to.
        moving = insert(live.table).from_select(columns, portion).execution_options(preserve_rowcount=True)
        moved = at.moved + connection.execute(moving).rowcount
        if last is not None:
            return replace(at, place=last, moved=moved)
        if at.moving + 1 == len(self._live):
            self._clear(connection)
        return replace(at, place=None, moved=moved, moving=at.moving + 1)

    def _clear(self, connection: Connection) -> None:
        for each in self._shadows:
            each.table.drop(connection, checkfirst=True)
        names = [each.name for each in self._shadows]
        connection.execute(delete(CHECKPOINTS).where(CHECKPOINTS.c.projection.in_(names)))

    @staticmethod
    def _last_of_portion(
        connection: Connection, table: Table, names: Sequence[str], after: Place | None
    ) -> Place | None:
        """The key up to which the next portion goes; None where it is the rest."""
        columns = [table.c[name] for name in names]
        query = select(*columns).where(*_between(table, names, after, None)).order_by(*columns)
        row = connection.execute(query.offset(MOVED).limit(1)).first()
        return None if row is None else tuple(row)

    def _last(self) -> int:
        with database_faults(), self._engine.connect() as connection:
            last: int = connection.scalar(select(JOURNAL.c.seq).order_by(JOURNAL.c.seq.desc()).limit(1)) or 0
            return last - start_of(connection).seq


def _beside(table: Table, *, by_event: bool) -> Table:
    columns: list[Column[Any] | Index] = [
        Column(each.name, each.type, primary_key=each.primary_key, nullable=each.nullable, autoincrement=False)
        for each in table.c
    ]
    if not by_event:
        columns.append(Index(f"{table.name}{SUFFIX}_open", "ended"))
    return Table(table.name + SUFFIX, MetaData(), *columns)


def _between(table: Table, names: Sequence[str], after: Place | None, last: Place | None) -> list[ColumnElement[bool]]:
    columns = tuple_(*(table.c[name] for name in names))
    found: list[ColumnElement[bool]] = []
    if after is not None:
        found.append(columns > tuple_(*after))
    if last is not None:
        found.append(columns <= tuple_(*last))
    return found
