"""The journal on both databases: order, durability, repeats, conflicts, what cannot be read."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy

from cti_server.storage import CodecError, DatabaseError, JournalConflictError, Store
from cti_server.storage import journal as journal_module
from cti_server.storage.checksums import NOTHING, row_sum
from cti_server.vocabulary.events import LinkCameUp, LinkWentDown, Recorded
from cti_server.vocabulary.ids import ContactId, LinkName, PartyId
from tests.unit.cti_server.storage import journals as j
from tests.unit.cti_server.storage.altering import altered

UP = LinkCameUp(link=LinkName("pbx"))


def test_what_was_appended_is_read_back(store: Store) -> None:
    rows = j.offered_twice_and_answered()
    assert store.journal.last_seq() == 0
    store.journal.append(rows[:5])
    store.journal.append(rows[5:])
    assert list(store.journal.read()) == rows
    assert list(store.journal.read(after=7)) == rows[7:]
    assert store.journal.last_seq() == len(rows)
    assert store.journal.row(3) == rows[2]
    assert store.journal.row(99) is None


def test_a_contacts_rows_are_found(store: Store) -> None:
    rows = j.an_agents_day()
    store.journal.append(rows)
    expected = [each for each in rows if getattr(each.event, "contact", None) == 1]
    assert store.journal.of_contact(ContactId(1)) == expected
    assert store.journal.of_contact(ContactId(2)) == []


def test_reading_goes_batch_by_batch(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "READ_BATCH", 5)
    rows = j.offered_twice_and_answered()
    store.journal.append(rows[:10])
    reading = store.journal.read()
    first = [next(reading) for _ in range(7)]
    store.journal.append(rows[10:])
    assert [*first, *reading] == rows


def test_a_repeated_append_changes_nothing(store: Store) -> None:
    rows = j.offered_twice_and_answered()
    store.journal.append(rows[:6], [(PartyId(1), "tel:+49")])
    store.journal.append(rows[3:9], [(PartyId(1), "tel:+49")])
    assert list(store.journal.read()) == rows[:9]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (Recorded(5, 1.0, None, UP), "row 5 cannot follow row 3"),
        (Recorded(2, 1.0, None, UP), "row 2 contradicts what the journal already says in its place"),
    ],
)
def test_a_row_out_of_place_is_refused_and_nothing_is_written(store: Store, row: Recorded, said: str) -> None:
    before = j.offered_twice_and_answered()[:3]
    store.journal.append(before)
    with pytest.raises(JournalConflictError, match=said):
        store.journal.append([row], [(PartyId(9), "tel:+9")])
    assert list(store.journal.read()) == before
    assert store.queries.party(PartyId(9)) is None


def test_text_from_outside_may_be_anything(store: Store) -> None:
    row = Recorded(1, 1.5, None, LinkWentDown(link=LinkName("pbx"), reason="\x00 ' \" \\ ä 😀 \u2028"))
    store.journal.append([row])
    assert list(store.journal.read()) == [row]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("kind = 'PlanBurnt'", "journal row 1: the journal has an event of unknown kind 'PlanBurnt'"),
        ("version = 99", "journal row 1: LinkCameUp version 99 is newer than this program's version 1"),
        ("body = '{\"link\": 3}'", "journal row 1: the body of a LinkCameUp"),
        ("body = 'garbage'", "journal row 1: the body of a LinkCameUp"),
    ],
)
def test_a_row_that_cannot_be_understood_is_a_clear_fault(store: Store, change: str, said: str) -> None:
    store.journal.append([Recorded(1, 1.0, None, UP)])
    with altered(store) as connection:
        connection.execute(sqlalchemy.text("UPDATE journal SET " + change.replace(":", r"\:")))
        row = connection.execute(sqlalchemy.text("SELECT * FROM journal")).mappings().one()
        summed = {"sum": row_sum(NOTHING, row)}
        connection.execute(sqlalchemy.text("UPDATE journal SET checksum = :sum"), summed)
    with pytest.raises(CodecError, match=said):
        list(store.journal.read())


def test_a_failing_database_is_a_clear_fault(store: Store) -> None:
    with altered(store) as connection:
        connection.execute(sqlalchemy.text("ALTER TABLE journal RENAME TO elsewhere"))
    with pytest.raises(DatabaseError, match=r"the database failed: .*journal"):
        store.journal.append([Recorded(1, 1.0, None, UP)])
    with pytest.raises(DatabaseError, match=r"the database failed: .*journal"):
        store.journal.last_seq()


def test_what_append_returned_from_survives_a_kill(database_url: str) -> None:
    program = (
        "import os, signal, sys\n"
        "from cti_server.storage import Store\n"
        "from cti_server.vocabulary.events import LinkCameUp, Recorded\n"
        "store = Store.open(sys.argv[1])\n"
        "for seq in range(1, 21):\n"
        "    store.journal.append([Recorded(seq, float(seq), None, LinkCameUp(link='pbx'))])\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, database_url], timeout=50, check=False)
    assert done.returncode == -9
    with Store.open(database_url) as store:
        assert [row.seq for row in store.journal.read()] == list(range(1, 21))
        store.journal.append([Recorded(21, 21.0, None, UP)])


def test_sqlite_commits_are_durable_and_the_file_is_private(tmp_path: Path) -> None:
    file = tmp_path / "new" / "callwright.db"
    with Store.open(f"sqlite:///{file}") as store:
        store.journal.append([Recorded(1, 1.0, None, UP)])
        with store._writer.transaction() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
    assert file.stat().st_mode & 0o077 == 0
    other = sqlite3.connect(file)
    assert other.execute("SELECT count(*) FROM journal").fetchone() == (1,)
    other.close()
