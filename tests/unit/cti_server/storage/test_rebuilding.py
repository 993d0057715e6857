"""A rebuild beside the live tables: reports stay readable, keep up, and are in the end what the journal says."""

import itertools

import pytest
import sqlalchemy

from cti_server.storage import DatabaseError, Store
from cti_server.storage.projections import rebuilding, runner
from tests.unit.cti_server.storage import journals as j
from tests.unit.cti_server.storage.altering import altered
from tests.unit.cti_server.storage.test_projections import several_contacts, whole

WORDS = ("channel", "pilot", "flow", "stage", "cause_text")
NUMBERS = ("arrived", "since", "offers", "flow_seconds", "wait_seconds", "ring_seconds", "talk_seconds", "wrap_seconds")
NO_CONTACT = {"contact": "99", **dict.fromkeys(WORDS, "'x'"), **dict.fromkeys(NUMBERS, "0")}


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuilding, "STEP", 7)
    monkeypatch.setattr(rebuilding, "MOVED", 2)


def spoil(store: Store) -> None:
    """As a fold with a defect would have left the tables: values that are wrong, rows too many, rows too few."""
    with altered(store) as connection:
        for statement in (
            "UPDATE contacts SET talk_seconds = 4711, queue = 'nowhere'",
            "DELETE FROM contacts WHERE contact = 2",
            "UPDATE segments SET number = number + 50 WHERE contact = 1",
            "DELETE FROM segments WHERE contact = 3",
            "UPDATE agent_activity SET ended = NULL, activity = 'busy'",
            f"INSERT INTO contacts ({', '.join(NO_CONTACT)}) VALUES ({', '.join(NO_CONTACT.values())})",
        ):
            connection.execute(sqlalchemy.text(statement))


def tables(store: Store) -> set[str]:
    with altered(store) as connection:
        return set(sqlalchemy.inspect(connection).get_table_names())


def test_wrong_tables_become_what_the_journal_says(store: Store) -> None:
    rows = several_contacts()
    store.journal.append(rows)
    store.projections.advance()
    right, before = whole(store), tables(store)
    spoil(store)
    assert whole(store) != right
    rebuild = store.rebuild()
    steps = []
    while not (step := rebuild.step()).done:
        steps.append(step)
        assert store.queries.contacts(), "reports stay readable"
    assert whole(store) == right
    assert store.projections.lag() == 0
    assert step.folded == step.of == len(rows)
    assert step.moved > 10
    assert [each.folded for each in steps] == sorted(each.folded for each in steps)
    assert len(steps) > len(rows) // 7
    assert tables(store) == before
    with altered(store) as connection:
        assert connection.scalar(sqlalchemy.text("SELECT count(*) FROM checkpoints")) == 3


@pytest.mark.parametrize("first", [1, 5, 20])
def test_what_happens_meanwhile_is_in_it(store: Store, first: int) -> None:
    rows = several_contacts()
    coming = iter(rows[first:])
    store.journal.append(rows[:first])
    store.projections.advance()
    rebuild = store.rebuild()
    for number in itertools.count():
        done = rebuild.step().done
        more = list(itertools.islice(coming, 2))
        if more:
            store.journal.append(more)
            if number % 3 == 0:
                store.projections.step()
        if done:
            break
    store.journal.append(list(coming))
    store.projections.advance()
    told = whole(store)
    store.projections.rebuild()
    assert told == whole(store)


def test_a_step_that_failed_is_repeated(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.journal.append(several_contacts())
    store.projections.advance()
    right = whole(store)
    spoil(store)
    rebuild, failed = store.rebuild(), 0
    original = store._writer.transaction

    def failing() -> object:
        raise DatabaseError("the database failed: gone")

    while True:
        monkeypatch.setattr(store._writer, "transaction", failing)
        with pytest.raises(DatabaseError):
            rebuild.step()
        failed += 1
        monkeypatch.setattr(store._writer, "transaction", original)
        if rebuild.step().done:
            break
    assert failed > 5
    assert whole(store) == right


def test_a_commit_that_failed_moves_nothing_on(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.journal.append(several_contacts())
    store.projections.advance()
    right = whole(store)
    spoil(store)
    rebuild, original = store.rebuild(), rebuilding.Rebuild._stepped

    def stepped_and_undone(self: rebuilding.Rebuild, connection: object, at: object) -> object:
        original(self, connection, at)  # type: ignore[arg-type]
        raise DatabaseError("the database failed: disk full")

    while True:
        monkeypatch.setattr(rebuilding.Rebuild, "_stepped", stepped_and_undone)
        with pytest.raises(DatabaseError):
            rebuild.step()
        monkeypatch.setattr(rebuilding.Rebuild, "_stepped", original)
        if rebuild.step().done:
            break
    assert whole(store) == right


def test_one_that_was_left_off_is_begun_anew_or_cleared_away(store: Store) -> None:
    store.journal.append(several_contacts())
    store.projections.advance()
    right, before = whole(store), tables(store)
    left_off = store.rebuild()
    for _ in range(3):
        left_off.step()
    assert tables(store) > before
    rebuild = store.rebuild()
    while not rebuild.step().done:
        continue
    assert whole(store) == right
    left_off = store.rebuild()
    left_off.step()
    store.rebuild().discard()
    assert tables(store) == before


def test_an_empty_journal_is_rebuilt_at_once(store: Store) -> None:
    rebuild = store.rebuild()
    while not (step := rebuild.step()).done:
        continue
    assert (step.folded, step.of, step.moved) == (0, 0, 0)


def test_the_projections_advance_step_by_step(store: Store) -> None:
    rows = j.offered_twice_and_answered()
    store.journal.append(rows)
    assert [store.projections.step(5) for _ in range(4)] == [5, 5, 2, 0]
    assert store.projections.lags() == {each.name: 0 for each in runner.PROJECTIONS}
