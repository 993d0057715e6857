"""Snapshots on both databases, and what is done with one that this program cannot read."""

import sqlalchemy
from structlog.testing import capture_logs

from cti_server.engine.state import LinkState, State
from cti_server.storage import Store
from cti_server.vocabulary.ids import LinkName
from tests.unit.cti_server.storage.altering import altered


def state(seq: int) -> State:
    return State(seq=seq, links={LinkName("pbx"): LinkState(up=True, since=float(seq))})


def test_the_newest_snapshot_is_found(store: Store) -> None:
    assert store.snapshots.latest() is None
    for seq in (3, 9, 9, 20, 21):
        store.snapshots.save(seq, state(seq))
    assert store.snapshots.latest() == (21, state(21))


def test_the_newest_of_before_a_row_is_found(store: Store) -> None:
    for seq in (3, 9, 20):
        store.snapshots.save(seq, state(seq))
    assert store.snapshots.before(20) == (9, state(9))
    assert store.snapshots.before(21) == (20, state(20))
    assert store.snapshots.before(3) is None


def test_a_state_can_be_made_several_times_from_one_reading(store: Store) -> None:
    store.snapshots.save(3, state(3))
    found = store.snapshots.newest()
    assert found is not None
    first, second = found[1](), found[1]()
    assert first == second == state(3)
    assert first is not second
    first.links.clear()
    assert found[1]() == state(3)


def test_only_the_newest_are_kept(store: Store) -> None:
    for seq in range(1, 8):
        store.snapshots.save(seq, state(seq))
    with altered(store) as connection:
        kept = connection.scalars(sqlalchemy.text("SELECT seq FROM snapshots ORDER BY seq")).all()
    assert list(kept) == [5, 6, 7]


def test_a_snapshot_of_a_differently_built_state_is_passed_over(store: Store) -> None:
    store.snapshots.save(3, state(3))
    store.snapshots.save(4, state(4))
    with altered(store) as connection:
        connection.execute(sqlalchemy.text("UPDATE snapshots SET digest = 'other' WHERE seq = 4"))
    assert store.snapshots.latest() == (3, state(3))


def test_a_garbled_snapshot_is_passed_over_with_a_warning(store: Store) -> None:
    store.snapshots.save(3, state(3))
    store.snapshots.save(4, state(4))
    with altered(store) as connection:
        update = sqlalchemy.text("UPDATE snapshots SET body = :body WHERE seq = 4")
        connection.execute(update, {"body": b'{"seq": "x"}'})
        connection.execute(sqlalchemy.text("UPDATE snapshots SET checksum = NULL"))
    with capture_logs() as logs:
        assert store.snapshots.latest() == (3, state(3))
    assert [(each["log_level"], each["seq"]) for each in logs] == [("warning", 4)]
    assert "a snapshot cannot be read" in logs[0]["reason"]
