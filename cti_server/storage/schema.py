"""The database's schema: made and brought up to date by migrations, refused where it is newer than the program."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from cti_server.storage.database import database_faults
from cti_server.storage.errors import SchemaTooNewError
from cti_server.storage.lease import Writer

MIGRATIONS = Path(__file__).parent / "migrations"


def prepare(engine: Engine, writer: Writer) -> None:
    """Bring the schema up to date; the writer lease is taken only where there is something to migrate.

    Raises:
        SchemaTooNewError: a newer program has migrated the database.
        LeaseTakenError: there is something to migrate while another process writes.
        DatabaseError: the database cannot be reached.
    """
    with database_faults(), engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    scripts = ScriptDirectory(str(MIGRATIONS))
    known = {script.revision for script in scripts.walk_revisions()}
    if current is not None and current not in known:
        raise SchemaTooNewError(
            f"the database has schema {current}, which this program does not know (it knows up to "
            f"{scripts.get_current_head()}); run the newer program, or restore a backup"
        )
    if current != scripts.get_current_head():
        with writer.transaction() as connection:
            _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
