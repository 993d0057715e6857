"""One process writes a journal; a second one is told who does."""

import subprocess
import sys

import pytest
import sqlalchemy

from cti_server.storage import DatabaseError, LeaseTakenError, Store
from cti_server.vocabulary.events import LinkCameUp, Recorded
from cti_server.vocabulary.ids import LinkName
from tests.unit.cti_server.storage.altering import altered

ROW = Recorded(1, 1.0, None, LinkCameUp(link=LinkName("pbx")))


def test_a_second_writer_is_refused_readably_and_may_read(store: Store, database_url: str) -> None:
    store.journal.append([ROW])
    with Store.open(database_url) as second:
        with pytest.raises(LeaseTakenError, match="already writes this journal"):
            second.become_writer()
        with pytest.raises(LeaseTakenError, match="already writes this journal"):
            second.journal.append([ROW])
        assert list(second.journal.read()) == [ROW]
    store.journal.append([Recorded(2, 2.0, None, ROW.event)])


def test_another_process_is_refused(store: Store, database_url: str) -> None:
    store.become_writer()
    program = "import sys; from cti_server.storage import Store; Store.open(sys.argv[1]).become_writer()"
    done = subprocess.run(
        [sys.executable, "-c", program, database_url], timeout=50, check=False, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "LeaseTakenError" in done.stderr.splitlines()[-1]
    assert "already writes this journal" in done.stderr.splitlines()[-1]


def test_the_lease_is_given_back(database_url: str) -> None:
    with Store.open(database_url) as first:
        first.become_writer()
        first.become_writer()
    with Store.open(database_url) as second:
        second.journal.append([ROW])


def test_a_refused_writer_may_try_again(store: Store, database_url: str) -> None:
    store.become_writer()
    with Store.open(database_url) as second:
        with pytest.raises(LeaseTakenError):
            second.become_writer()
        store.close()
        second.become_writer()


def test_a_lost_connection_is_made_anew(store: Store) -> None:
    if store._engine.dialect.name != "postgresql":
        assert store._writer._lock_file is not None  # a file lock has no connection that could be lost
        return
    store.journal.append([ROW])
    with altered(store) as connection:
        kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'callwright'"
        connection.execute(sqlalchemy.text(kill + " AND datname = current_database()"))
    following = Recorded(2, 2.0, None, ROW.event)
    with pytest.raises(DatabaseError):
        store.journal.append([following])
    store.journal.append([following])
    assert store.journal.last_seq() == 2
