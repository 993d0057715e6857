"""The database's schema: made and brought up to date by migrations, refused where a program is too old for it."""

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import Connection, Engine, column, delete, insert, inspect, select, table

from cti_server.storage.contracted.sql import create_views
from cti_server.storage.database import database_faults
from cti_server.storage.errors import SchemaTooNewError
from cti_server.storage.lease import Writer
from cti_server.storage.tables import STORE
from program.late import LateModule

if TYPE_CHECKING:
    from alembic import command
    from alembic import config as settings
else:
    command, settings = LateModule("alembic.command"), LateModule("alembic.config")

MIGRATIONS = Path(__file__).parent / "migrations"
_VERSION = table("alembic_version", column("version_num"))
"""Where Alembic notes the schema that a database has; it is read without Alembic, which takes long to load."""

OLDEST_COMPATIBLE = "0005"
"""The oldest schema that a program must know to read and write what this program's migrations leave.

It rises with a migration that older programs cannot live with: a column that they would have to fill, a row that they
would not understand. It stays where a migration only adds what has a default. Two servers that stand in for each other
can differ by such migrations alone, and one after the other is replaced without a stop.
"""

_LOG: structlog.stdlib.BoundLogger = structlog.get_logger("storage")


def program_version() -> str:
    """This program's version, as its package says it."""
    return version("callwright")


def prepare(engine: Engine, writer: Writer) -> None:
    """Bring the schema up to date; the writer lease is taken only where there is something to migrate.

    A database that a newer program has migrated is worked with as it is, where that program says that ours may.

    Raises:
        SchemaTooNewError: a newer program has migrated the database, and this one is too old for it.
        LeaseTakenError: there is something to migrate while another process writes.
        DatabaseError: the database cannot be reached.
    """
    with database_faults(), engine.connect() as connection:
        current = _current(connection)
    known = revisions()
    head = known[-1]
    if current is not None and current not in known:
        _check_newer(engine, current, head)
    elif current != head:
        with writer.transaction() as connection:
            _upgrade(connection)
            _note(connection, head)


def revisions() -> tuple[str, ...]:
    """The schemas that this program knows, oldest first: the numbers in the names of the migrations' files."""
    return tuple(sorted(path.name[1:].partition("_")[0] for path in (MIGRATIONS / "versions").glob("v*_*.py")))


def _current(connection: Connection) -> str | None:
    """The schema that the database has; None where it has none yet."""
    if not inspect(connection).has_table(_VERSION.name):
        return None
    found: str | None = connection.execute(select(_VERSION.c.version_num)).scalar()
    return found


def _check_newer(engine: Engine, current: str, head: str) -> None:
    """A newer program's database: this one may work with it, or it is a fault."""
    with database_faults(), engine.connect() as connection:
        row = connection.execute(select(STORE)).first() if inspect(connection).has_table(STORE.name) else None
    if row is None or head < row.oldest_compatible:
        by = "" if row is None else f" of program version {row.program_version}"
        raise SchemaTooNewError(
            f"the database has schema {current}{by}, which this program does not know (it knows up to {head}); run the "
            "newer program, or restore a backup"
        )
    _LOG.warning("the database is of a newer program, which this one may work with", schema=current, known=head)


def _note(connection: Connection, head: str) -> None:
    row = {
        "id": 1,
        "schema_version": head,
        "program_version": program_version(),
        "oldest_compatible": OLDEST_COMPATIBLE,
    }
    connection.execute(delete(STORE))
    connection.execute(insert(STORE), [row])


def _upgrade(connection: Connection) -> None:
    config = settings.Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    create_views(connection)
