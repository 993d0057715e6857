"""Two servers and one lease: it is taken, renewed, run out and handed over by the database's clock, and it fences."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy

from cti_server.engine.state import State
from cti_server.storage import DatabaseError, JournalConflictError, LeaseLostError, LeaseTakenError, Store
from cti_server.storage.lease import STANDSTILL_SECONDS
from cti_server.storage.pair import Candidate, Pair
from cti_server.vocabulary.events import LinkCameUp, Recorded
from cti_server.vocabulary.ids import LinkName
from tests.fakes.postgres import PostgresServer
from tests.unit.cti_server.storage.altering import altered

pytestmark = pytest.mark.integration
LONG, SHORT = 30.0, 0.3


def row(seq: int) -> Recorded:
    return Recorded(seq, float(seq), None, LinkCameUp(link=LinkName("pbx")))


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return postgres.new_database()


@contextmanager
def member(url: str, name: str, seconds: float = LONG) -> Iterator[tuple[Store, Pair]]:
    with Store.open(url) as store:
        yield store, store.pair(Candidate(name=name, address=f"{name}.example.net", seconds=seconds))


def run_out(store: Store) -> None:
    with altered(store) as connection:
        connection.execute(sqlalchemy.text("UPDATE lease SET expires_at = 0"))


def test_one_of_two_gets_it_and_says_so(url: str) -> None:
    with member(url, "a") as (one, first), member(url, "b") as (two, second):
        assert first.take() == 1
        assert second.take() is None
        one.journal.append([row(1)])
        with pytest.raises(LeaseLostError):
            two.journal.append([row(2)])
        first.renew(1, "pbx up")
        standing = second.beat("standby", 0, "pbx up")
        assert (standing.holder, standing.address, standing.token, standing.last_seq) == ("a", "a.example.net", 1, 1)
        assert 0 < standing.rest <= LONG
        assert [(seen.name, seen.role, seen.seq) for seen in standing.servers] == [
            ("a", "active", 1),
            ("b", "standby", 0),
        ]
        assert all(seen.age < 5 for seen in standing.servers)


def test_a_former_holder_can_neither_write_nor_renew(url: str) -> None:
    with member(url, "a") as (one, first), member(url, "b") as (two, second):
        assert first.take() == 1
        one.journal.append([row(1)])
        run_out(one)
        assert second.take() == 2
        for late in (
            lambda: one.journal.append([row(2)]),
            lambda: one.snapshots.save(1, State()),
            one.projections.advance,
            lambda: first.renew(1, ""),
        ):
            with pytest.raises(LeaseLostError):
                late()
        two.journal.append([row(2)])
        assert [each.seq for each in two.journal.read()] == [1, 2]
        assert tokens(two) == [1, 2]


def tokens(store: Store) -> list[int]:
    with altered(store) as connection:
        return list(connection.execute(sqlalchemy.text("SELECT token FROM journal ORDER BY seq")).scalars())


def test_a_lease_runs_out_by_the_clock_of_the_database_unless_it_is_renewed(url: str) -> None:
    with member(url, "a", SHORT) as (_, first), member(url, "b", SHORT) as (_, second):
        assert first.take() == 1
        end = time.monotonic() + 2 * SHORT
        while time.monotonic() < end:
            first.renew(0, "")
            assert second.take() is None
        time.sleep(1.2 * SHORT)
        assert second.take() == 2


def test_a_transaction_that_stands_still_does_not_keep_the_lease(url: str) -> None:
    """A writer that hangs between two statements holds the row; the other server ends its session."""
    with member(url, "a", SHORT) as (one, first), member(url, "b", SHORT) as (two, second):
        assert first.take() == 1
        with pytest.raises(DatabaseError), one._writer.transaction() as hanging:  # noqa: PT012 - it fails at its end
            hanging.execute(sqlalchemy.text("SELECT 1"))
            time.sleep(1.2 * SHORT)
            began = time.monotonic()
            assert second.take() == 2
            assert time.monotonic() - began < 2.5
            hanging.execute(sqlalchemy.text("SELECT 1"))
        two.journal.append([row(1)])


@pytest.mark.parametrize("statement", ["UPDATE lease SET renewed_at", "INSERT INTO servers"])
def test_a_renewal_that_hangs_does_not_keep_the_lease(url: str, statement: str) -> None:
    """The process stops for good right after a statement of its renewal, before it can say anything more."""
    taken = []

    def hang(_connection: object, _cursor: object, text: str, *_rest: object) -> None:
        if text.startswith(statement):
            time.sleep(SHORT + 0.1)
            taken.append(second.take())

    with member(url, "a", SHORT) as (one, first), member(url, "b") as (_two, second):
        assert first.take() == 1
        sqlalchemy.event.listen(one._engine, "after_cursor_execute", hang)
        first.renew(0, "")
    assert taken == [2]


def test_a_takeover_that_hangs_does_not_keep_the_lease(url: str) -> None:
    hung = []

    def hang(_connection: object, _cursor: object, text: str, *_rest: object) -> None:
        if text.startswith("UPDATE lease SET token"):
            time.sleep(STANDSTILL_SECONDS + 0.5)
            hung.append(second.take())

    with member(url, "a") as (one, first), member(url, "b") as (_two, second):
        sqlalchemy.event.listen(one._engine, "after_cursor_execute", hang)
        with pytest.raises(DatabaseError):
            first.take()
        assert hung == [1]
        with pytest.raises(LeaseLostError):
            one.journal.append([row(1)])


def test_handing_over_names_who_may_have_it(url: str) -> None:
    with member(url, "a") as (one, first), member(url, "b") as (_, second), member(url, "c") as (_, third):
        assert first.take() == 1
        first.hand_over("b")
        with pytest.raises(LeaseLostError):
            one.journal.append([row(1)])
        assert third.take() is None
        assert second.take() == 2
        second.release()
        second.release()  # nothing, where it is not held
        assert third.take() == 3


def test_a_server_that_stands_alone_keeps_a_pair_out_and_the_other_way_round(url: str) -> None:
    with Store.open(url) as alone, member(url, "a") as (_, first):
        alone.become_writer()
        assert first.take() is None
        alone.close()
        assert first.take() is not None
        with Store.open(url) as late, pytest.raises(LeaseTakenError, match="server a at a"):
            late.become_writer()


def test_a_server_that_stands_alone_does_not_write_behind_another_one(url: str) -> None:
    with Store.open(url) as alone, Store.open(url) as other:
        alone.journal.append([row(1)])
        with altered(alone) as connection:
            kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'callwright'"
            connection.execute(sqlalchemy.text(kill + " AND datname = current_database()"))
        with pytest.raises(DatabaseError):
            alone.journal.append([row(2)])
        try:
            other.become_writer()
        except DatabaseError:
            other.become_writer()  # its connection was ended as well
        with pytest.raises(LeaseTakenError):
            alone.journal.append([row(2)])
        other.journal.append([row(2)])
        other.close()
        with pytest.raises(LeaseLostError):
            alone.journal.append([row(3)])


def test_a_number_given_out_twice_is_not_the_same_token(url: str) -> None:
    """A copy of the database that lacks the last commits gives the number of the lost lease to another server."""
    with member(url, "a") as (one, first), member(url, "b") as (two, second):
        assert first.take() == 1
        with altered(one) as connection:
            connection.execute(sqlalchemy.text("UPDATE lease SET token = 0, expires_at = 0, holder = ''"))
        assert second.take() == 1
        with pytest.raises(LeaseLostError):
            first.renew(0, "")
        with pytest.raises(LeaseLostError):
            one.journal.append([row(1)])
        with pytest.raises(LeaseLostError):
            first.hand_over("")
        two.journal.append([row(1)])
        second.renew(1, "")


def test_a_lease_is_taken_only_as_it_was_seen(url: str) -> None:
    with member(url, "a") as (one, first), member(url, "b") as (_, second):
        first.take()
        seen = second.beat("standby", 0, "")
        assert seen.lasts == pytest.approx(LONG)
        first.renew(0, "")
        run_out(one)
        assert second.take(seen) is None
        assert second.take(second.beat("standby", 0, "")) == 2


def test_a_clock_of_the_database_that_was_set_back_keeps_nobody_out(url: str) -> None:
    with member(url, "a") as (one, first), member(url, "b") as (_, second):
        first.take()
        with altered(one) as connection:
            later = "UPDATE lease SET renewed_at = renewed_at + 3600, expires_at = expires_at + 3600"
            connection.execute(sqlalchemy.text(later))
        assert second.take() is None
        assert second.take(second.beat("standby", 0, "")) == 2


def test_a_lease_whose_row_was_removed_is_put_back(url: str) -> None:
    with member(url, "a") as (one, first), member(url, "b") as (_, second):
        first.take()
        one.journal.append([row(1)])
        with altered(one) as connection:
            connection.execute(sqlalchemy.text("DELETE FROM lease"))
        with pytest.raises(LeaseLostError):
            first.renew(1, "")
        assert second.beat("standby", 1, "").token == 2
        assert second.take() == 3
        with altered(one) as connection:
            connection.execute(sqlalchemy.text("DELETE FROM lease"))
    with Store.open(url) as alone:
        alone.journal.append([row(2)])


def test_a_copy_of_the_database_that_lacks_rows_is_noticed_behind_a_new_connection(url: str) -> None:
    """The connection was lost between two appends, by another transaction than an append."""
    with member(url, "a") as (one, first):
        first.take()
        one.journal.append([row(1), row(2)])
        with altered(one) as connection:
            connection.execute(sqlalchemy.text("DELETE FROM journal WHERE seq = 2"))
            kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'callwright writer'"
            connection.execute(sqlalchemy.text(kill + " AND datname = current_database()"))
        with pytest.raises(DatabaseError):
            one.projections.advance()
        with pytest.raises(JournalConflictError):
            one.journal.append([row(3)])
        assert [each.seq for each in one.journal.read()] == [1]
        one.journal.append([row(2)])


def test_sqlite_has_no_pair(tmp_path: object) -> None:
    with Store.open(f"sqlite:///{tmp_path}/db") as store, pytest.raises(DatabaseError, match="needs PostgreSQL"):
        store.pair(Candidate(name="a", address="a", seconds=1.0))
