"""The part of the reports that the journal does not tell again, because retention has removed its rows, in a backup."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Table, insert, not_, select, tuple_
from sqlalchemy.sql.expression import and_

from cti_server.storage.projections.runner import PROJECTIONS, Projection, standing_at, told_again
from cti_server.storage.retention.start import JournalStart

BATCH: Final = 1000
TABLES: Final = tuple(each.table.name for each in PROJECTIONS)
"""Their names in a backup are those of the database."""


def copy_older(source: Connection, copy: sqlite3.Connection, start: JournalStart) -> None:
    """Write the reports' rows of before the journal, those that were not over there as they were there."""
    for each in PROJECTIONS:
        names = [column.name for column in each.table.c]
        copy.execute(f"CREATE TABLE {each.table.name} ({', '.join(names)})")
        statement = f"INSERT INTO {each.table.name} VALUES ({', '.join('?' * len(names))})"  # noqa: S608 - our own names
        key = [column.name for column in each.table.primary_key]
        standing = {tuple(row[name] for name in key): row for row in standing_at(source, each, start)}
        for rows in _older(source, each, start):
            found = [standing.get(tuple(row[name] for name in key), row) for row in rows]
            copy.executemany(statement, [tuple(row[name] for name in names) for row in found])


def restore_older(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write such rows into their table; what a former release did not have takes its default, what is gone is left."""
    kinds = {column.name: column.type.python_type for column in table.c}
    values = [{name: _typed(value, kinds[name]) for name, value in row.items() if name in kinds} for row in rows]
    connection.execute(insert(table), values)


def _typed(value: Any, kind: type[Any]) -> Any:  # noqa: ANN401 - a value of any column
    """SQLite has no truth values: it gives numbers, which PostgreSQL would refuse."""
    return bool(value) if kind is bool and value is not None else value


def _older(source: Connection, projection: Projection, start: JournalStart) -> Iterator[Sequence[Mapping[str, Any]]]:
    table, after = projection.table, None
    key = list(table.primary_key)
    while True:
        query = select(table).where(not_(and_(*told_again(projection, start)))).order_by(*key).limit(BATCH)
        if after is not None:
            query = query.where(tuple_(*key) > tuple_(*after))
        rows: Sequence[Mapping[str, Any]] = [dict(row) for row in source.execute(query).mappings()]
        if not rows:
            return
        yield rows
        after = tuple(rows[-1][column.name] for column in key)
