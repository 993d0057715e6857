"""Check sums: whatever of a row is changed, and whichever row is lost, is seen, and the row is named."""

from typing import Any

import pytest
import sqlalchemy
from alembic import command
from alembic.config import Config
from hypothesis import assume, given
from hypothesis import strategies as st

from cti_server.engine.state import State
from cti_server.storage import JournalDamagedError, Store
from cti_server.storage.checksums import NOTHING, body_sum, row_sum
from cti_server.storage.database import open_engine
from cti_server.storage.journal import row_of
from cti_server.storage.schema import MIGRATIONS
from tests.unit.cti_server.storage import journals as j
from tests.unit.cti_server.storage.altering import altered

WHOLE = st.integers(-(2**63), 2**63 - 1)
ROWS = st.fixed_dictionaries(
    {
        "seq": st.integers(1, 2**63 - 1),
        "at": st.floats(allow_nan=False),
        "kind": st.text(max_size=8),
        "version": st.integers(0, 1000),
        "contact": st.none() | WHOLE,
        "agent": st.none() | st.text(max_size=8),
        "cause_seq": st.none() | WHOLE,
        "body": st.text(max_size=20),
    }
)

FIRST, SECOND = -2988984030822361484, -8011012570678804197
"""Sums as release 0.1.0 wrote them."""


def sql(store: Store, statement: str, **values: Any) -> None:
    with altered(store) as connection:
        connection.execute(sqlalchemy.text(statement), values)


@given(row=ROWS, other=ROWS, previous=WHOLE)
def test_different_rows_have_different_sums(row: dict[str, Any], other: dict[str, Any], previous: int) -> None:
    assert row_sum(previous, row) == row_sum(previous, dict(row))
    for name, value in other.items():
        assume(row[name] != value)
        assert row_sum(previous, {**row, name: value}) != row_sum(previous, row), name


def test_a_sum_is_of_the_row_before_as_well() -> None:
    row = row_of(j.offered_twice_and_answered()[0])
    assert row_sum(NOTHING, row) != row_sum(1, row)
    assert body_sum(1, b"x") != body_sum(2, b"x") != body_sum(2, b"y")


def test_the_way_of_summing_never_changes() -> None:
    row = {
        "seq": 17,
        "at": 1700000000.25,
        "kind": "ContactOpened",
        "version": 1,
        "contact": 3,
        "agent": None,
        "cause_seq": 16,
        "body": '{"contact":3}',
    }
    assert row_sum(NOTHING, row) == FIRST
    assert row_sum(FIRST, {**row, "seq": 18, "agent": "ann\xe4", "contact": None, "cause_seq": None}) == SECOND


@pytest.mark.parametrize(
    "change",
    [
        "at = 99.5",
        "kind = 'WrapUpEnded'",
        "version = 0",
        "contact = NULL",
        "contact = 2",
        "agent = 'ben'",
        "cause_seq = 1",
        "body = body || ' '",
        "checksum = checksum + 1",
    ],
)
@pytest.mark.parametrize("seq", [1, 6, 12])
def test_a_changed_row_is_named(store: Store, seq: int, change: str) -> None:
    rows = j.offered_twice_and_answered()
    store.journal.append(rows[:7])
    store.journal.append(rows[7:])
    assert store.journal.verify() == 12
    sql(store, f"UPDATE journal SET {change} WHERE seq = :seq", seq=seq)
    with pytest.raises(JournalDamagedError, match=f"journal row {seq} is damaged.*callwright restore") as caught:
        list(store.journal.read())
    assert caught.value.seq == seq
    with pytest.raises(JournalDamagedError):
        store.journal.verify()


def test_a_row_that_is_missing_is_named(store: Store) -> None:
    store.journal.append(j.offered_twice_and_answered())
    sql(store, "DELETE FROM journal WHERE seq = 5")
    with pytest.raises(JournalDamagedError, match="journal row 5 is missing"):
        store.journal.verify()
    with pytest.raises(JournalDamagedError, match="journal row 5 is missing"):
        list(store.journal.read(after=5))
    assert [row.seq for row in store.journal.read(after=6)] == list(range(7, 13))


def test_a_row_that_was_put_in_place_of_another_is_seen(store: Store) -> None:
    rows = j.offered_twice_and_answered()
    store.journal.append(rows)
    sql(store, "UPDATE journal SET body = (SELECT body FROM journal WHERE seq = 7) WHERE seq = 6")
    with pytest.raises(JournalDamagedError, match="row 6"):
        store.journal.verify()


def test_reading_from_the_middle_holds_the_rest_to_its_sums(store: Store) -> None:
    store.journal.append(j.offered_twice_and_answered())
    sql(store, "UPDATE journal SET checksum = 7 WHERE seq = 5")
    with pytest.raises(JournalDamagedError, match="row 6 is damaged"):
        list(store.journal.read(after=5))


@pytest.mark.parametrize("knows", ["snapshot", "projection"])
@pytest.mark.parametrize("last", [10, 11])
def test_an_end_that_is_missing_is_seen_before_anything_is_added(
    store: Store, database_url: str, knows: str, last: int
) -> None:
    rows = j.offered_twice_and_answered()
    store.journal.append(rows)
    if knows == "snapshot":
        sql(store, "INSERT INTO snapshots (seq, digest, body) VALUES (12, 'x', '')")
    else:
        store.projections.advance()
    store.close()
    with Store.open(database_url) as again:
        again.become_writer()
        sql(again, f"DELETE FROM journal WHERE seq > {last}")
    with Store.open(database_url) as third:
        with pytest.raises(JournalDamagedError, match=f"row {last + 1} is missing: the journal once went on to row 12"):
            third.become_writer()
        with pytest.raises(JournalDamagedError, match=f"row {last + 1} is missing"):
            third.journal.verify()


def test_verifying_tells_how_far_it_is(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cti_server.storage.journal.READ_BATCH", 5)
    store.journal.append(j.offered_twice_and_answered())
    told: list[tuple[int, int]] = []
    assert store.journal.verify(lambda done, of: told.append((done, of))) == 12
    assert told == [(5, 12), (10, 12), (12, 12)]


def test_rows_of_before_there_were_sums_are_summed_up(database_url: str) -> None:
    rows = j.offered_twice_and_answered()
    engine = open_engine(database_url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        names = ("seq", "at", "kind", "version", "contact", "agent", "cause_seq", "body")
        insert = f"INSERT INTO journal ({', '.join(names)}) VALUES ({', '.join(':' + name for name in names)})"
        connection.execute(sqlalchemy.text(insert), [row_of(row) for row in rows])
    engine.dispose()
    with Store.open(database_url) as store:
        assert store.journal.verify() == 12
        assert list(store.journal.read()) == rows
        with Store.open("sqlite://") as other:
            other.journal.append(rows)
            assert other.journal.last() == store.journal.last()


def test_a_snapshot_that_was_changed_is_passed_over(store: Store) -> None:
    store.snapshots.save(3, State(seq=3))
    store.snapshots.save(4, State(seq=4))
    sql(store, "UPDATE snapshots SET checksum = checksum + 1 WHERE seq = 4")
    assert store.snapshots.latest() == (3, State(seq=3))
