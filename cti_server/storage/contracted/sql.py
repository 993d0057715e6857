"""The views as SQL of either database, and how they are made and taken away."""

from typing import Final

from sqlalchemy import Connection, text

from cti_server.storage.contracted.changes import CHANGES, Change, Field
from cti_server.storage.contracted.shape import SCHEMA, Column, Kind, View
from cti_server.storage.contracted.shape import integer as integer_column
from cti_server.storage.contracted.shape import number as number_column
from cti_server.storage.contracted.shape import text as text_column
from cti_server.storage.contracted.views import INTERVAL_SECONDS, VIEWS

POSTGRESQL: Final = "postgresql"

_TYPES: Final = {
    Kind.INTEGER: "bigint",
    Kind.NUMBER: "double precision",
    Kind.TEXT: "text",
    Kind.BOOLEAN: "boolean",
    Kind.JSON: "jsonb",
}
"""What PostgreSQL shows a column as; SQLite has no types in views."""


_READERS: Final = text(
    "SELECT CASE grantee WHEN 'PUBLIC' THEN 'PUBLIC' ELSE quote_ident(grantee) END FROM "
    "information_schema.role_table_grants WHERE table_schema = :schema AND table_name = 'v1_changes' AND "
    "privilege_type = 'SELECT' AND grantee <> current_user"
)
"""Whom the owner has let read the change feed."""


def feed_view(dialect: str) -> View:
    """``v1_changes``: each journal row that integrators may see, under its public name and with its public fields."""
    kinds = " ".join(f"WHEN '{each.event}' THEN '{each.name}'" for each in CHANGES)
    bodies = " ".join(f"WHEN '{each.event}' THEN {_object(each, dialect)}" for each in CHANGES)
    seen = ", ".join(f"'{each.event}'" for each in CHANGES)
    return View(
        "v1_changes",
        "a change, in the order in which changes happened",
        (
            integer_column("seq", "number of the change; grows, with gaps where a change is not for others"),
            number_column("at", "when it happened, Unix seconds"),
            text_column("kind", "what happened", f"CASE kind {kinds} END"),
            integer_column("contact", "contact that it is about"),
            text_column("agent", "agent that it is about"),
            Column("body", Kind.JSON, "the fields of its kind", f"CASE kind {bodies} END"),
        ),
        f"FROM {{main}}journal WHERE kind IN ({seen})",
    )


def all_views(dialect: str) -> tuple[View, ...]:
    """Every view, in the order in which they are made."""
    return (*VIEWS, feed_view(dialect))


def create_views(connection: Connection) -> None:
    """Make all views as this program has them, on PostgreSQL in their own schema; what migrates the schema ends so.

    On PostgreSQL a view that is there is replaced and not made anew: who may read it may read it on. Whoever may read
    the change feed may read new views as well, but for personal data. A migration that takes away or retypes a column
    below them takes the views away first.
    """
    dialect = connection.dialect.name
    readers: tuple[str, ...] = ()
    if dialect == POSTGRESQL:
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        readers = tuple(connection.scalars(_READERS, {"schema": SCHEMA}))
    else:
        drop_views(connection)
    for view in all_views(dialect):
        connection.exec_driver_sql(_create(view, connection))
        for reader in () if view.personal else readers:
            connection.exec_driver_sql(f"GRANT SELECT ON {_placed(view, dialect)} TO {reader}")


def drop_views(connection: Connection) -> None:
    """Take all views away."""
    for view in reversed(all_views(connection.dialect.name)):
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {_placed(view, connection.dialect.name)}")


def _create(view: View, connection: Connection) -> str:
    dialect = connection.dialect.name
    names = {"main": "", "interval": _interval(dialect)}
    if dialect == POSTGRESQL:
        # Resolved once, when the view is made: a search path of a reader's own leads nowhere else.
        names["main"] = f'"{connection.exec_driver_sql("SELECT current_schema()").scalar()}".'
    columns = ", ".join(_column(column, dialect, names) for column in view.columns)
    rest = _filled(view.rest, names)
    # A percent sign would be the driver's; there is none in names of ours.
    create = "CREATE OR REPLACE VIEW" if dialect == POSTGRESQL else "CREATE VIEW"
    return f"{create} {_placed(view, dialect)} AS SELECT {columns} {rest}"


def _placed(view: View, dialect: str) -> str:
    return f"{SCHEMA}.{view.name}" if dialect == POSTGRESQL else view.name


def _column(column: Column, dialect: str, names: dict[str, str]) -> str:
    expression = _filled(column.expression, names)
    if dialect == POSTGRESQL:
        expression = f"CAST({expression} AS {_TYPES[column.kind]})"
    return f"{expression} AS {column.name}"


def _filled(source: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        source = source.replace(f"{{{name}}}", value)
    return source


def _interval(dialect: str) -> str:
    """The beginning of the interval; SQLite has no ``floor`` in every build, and PostgreSQL's CAST rounds."""
    if dialect == POSTGRESQL:
        return f"floor(queued / {INTERVAL_SECONDS}) * {INTERVAL_SECONDS}"
    return f"CAST(queued / {INTERVAL_SECONDS} AS INTEGER) * {float(INTERVAL_SECONDS)}"


def _object(change: Change, dialect: str) -> str:
    parts = ", ".join(f"'{each.name}', {_field(each, dialect)}" for each in change.fields)
    return f"jsonb_build_object({parts})" if dialect == POSTGRESQL else f"json_object({parts})"


def _field(field: Field, dialect: str) -> str:
    if dialect == POSTGRESQL:
        # The journal's body is text. What is no object on the way is NULL, as in SQLite.
        found = "CAST(body AS jsonb) #>> '{" + ",".join(field.path) + "}'"
        return f"CAST({found} AS {_TYPES[field.kind]})"
    path = ".".join(["$", *field.path])
    if field.kind is Kind.BOOLEAN:
        return f"json(CASE json_extract(body, '{path}') WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE 'null' END)"
    return f"json_extract(body, '{path}')"
