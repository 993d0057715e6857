"""The schema: made by migrations, equal to the tables, refused where it is newer."""

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from cti_server.storage import DatabaseError, LeaseTakenError, SchemaTooNewError, Store
from cti_server.storage.schema import MIGRATIONS, OLDEST_COMPATIBLE, program_version, revisions
from cti_server.storage.tables import METADATA
from tests.unit.cti_server.storage import journals as j
from tests.unit.cti_server.storage.altering import altered


# An index of an expression, which neither Alembic nor SQLAlchemy can compare; that the views go by it is tested there.
@pytest.mark.filterwarnings("ignore:.*expression-based index contacts_interval")
def test_the_migrations_make_the_tables(store: Store) -> None:
    with altered(store) as connection:
        compared = {"compare_type": True, "include_name": lambda name, *_: name != "contacts_interval"}
        context = MigrationContext.configure(connection, opts=compared)
        assert compare_metadata(context, METADATA) == []


def test_opening_again_changes_nothing(database_url: str) -> None:
    for _ in range(2):
        with Store.open(database_url) as store, altered(store) as connection:
            assert connection.scalar(sqlalchemy.text("SELECT version_num FROM alembic_version")) == revisions()[-1]


def newer(store: Store, oldest_compatible: str) -> None:
    """As a program of years to come would leave the database."""
    with altered(store) as connection:
        connection.execute(sqlalchemy.text("UPDATE alembic_version SET version_num = '9999'"))
        marks = "schema_version = '9999', program_version = '7.0', oldest_compatible = :oldest"
        connection.execute(sqlalchemy.text(f"UPDATE store SET {marks}"), {"oldest": oldest_compatible})


def test_the_store_says_who_made_it_and_who_may_use_it(store: Store) -> None:
    with altered(store) as connection:
        row = connection.execute(sqlalchemy.text("SELECT * FROM store")).one()
    assert row.schema_version == revisions()[-1]
    assert row.program_version == program_version()
    assert row.oldest_compatible == OLDEST_COMPATIBLE


def test_a_newer_schema_that_this_program_is_too_old_for_is_refused(store: Store, database_url: str) -> None:
    newer(store, oldest_compatible="9000")
    with pytest.raises(
        SchemaTooNewError, match=r"schema 9999 of program version 7.0, which this program does not know"
    ):
        Store.open(database_url)


def test_a_newer_schema_that_older_programs_may_use_is_used_and_left_as_it_is(store: Store, database_url: str) -> None:
    newer(store, oldest_compatible="0005")
    store.close()
    with Store.open(database_url) as second:
        second.journal.append(j.offered_twice_and_answered())
        assert second.journal.verify() == 12
        with altered(second) as connection:
            assert connection.scalar(sqlalchemy.text("SELECT version_num FROM alembic_version")) == "9999"
            assert connection.scalar(sqlalchemy.text("SELECT program_version FROM store")) == "7.0"


def test_a_newer_schema_from_before_there_was_a_note_is_refused(store: Store, database_url: str) -> None:
    newer(store, oldest_compatible="0005")
    with altered(store) as connection:
        connection.execute(sqlalchemy.text("DROP TABLE store"))
    with pytest.raises(SchemaTooNewError, match="schema 9999, which this program does not know"):
        Store.open(database_url)


def test_a_schema_is_not_migrated_under_a_running_writer(store: Store, database_url: str) -> None:
    store.become_writer()
    with altered(store) as connection:
        connection.execute(sqlalchemy.text("DELETE FROM alembic_version"))
    with pytest.raises(LeaseTakenError):
        Store.open(database_url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "is no database URL"),
        ("mysql://x/y", "no database of kind 'mysql'"),
        ("postgresql://callwright@/x?host=/nonexistent", "the database failed: .*nonexistent"),
        ("sqlite:////proc/none/x.db", "cannot be opened"),
    ],
)
def test_what_cannot_be_opened_is_a_clear_fault(url: str, said: str) -> None:
    with pytest.raises(DatabaseError, match=said):
        Store.open(url)


def test_a_database_in_memory_serves_tests() -> None:
    with Store.open("sqlite://") as store:
        store.become_writer()
        assert store.journal.last_seq() == 0


def test_the_schemas_that_are_known_are_those_of_alembic() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    assert list(revisions()) == sorted(script.revision for script in scripts.walk_revisions())
    assert revisions()[-1] == scripts.get_current_head()
