"""What outlives the rows that retention removed: reports through a rebuild, backups, the place in the change feed."""

from pathlib import Path

import pytest
import sqlalchemy

from cti_server.runtime.recorder import Recorder
from cti_server.storage import BackupError, JournalRemovedError, Store
from cti_server.storage.backups.writing import verify
from cti_server.storage.contracted.feed import Feed
from cti_server.storage.projections import rebuilding
from cti_server.storage.retention import removing
from tests.scenarios.engine.story import START, Story
from tests.unit.cti_server.storage.altering import altered
from tests.unit.cti_server.storage.retention.lives import DAY, kept, removed, weeks
from tests.unit.cti_server.storage.test_projections import whole


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removing, "STEP", 7)
    monkeypatch.setattr(rebuilding, "STEP", 7)
    monkeypatch.setattr(rebuilding, "MOVED", 2)


@pytest.fixture(scope="module")
def story() -> Story:
    return weeks()


def spoiled(store: Store) -> None:
    """Rows of behind the beginning that are wrong: a rebuild puts them right."""
    start = store.journal.start()
    with altered(store) as connection:
        for statement in (
            f"UPDATE contacts SET talk_seconds = 4711 WHERE contact >= {start.first_contact}",
            f"DELETE FROM segments WHERE contact >= {start.first_contact}",
            f"UPDATE agent_activity SET activity = 'busy' WHERE seq > {start.seq}",
        ):
            connection.execute(sqlalchemy.text(statement))


@pytest.mark.parametrize("days", [1, 2, 3, 4, 5])
def test_a_rebuild_keeps_what_is_older_than_the_journal(store: Store, story: Story, days: int) -> None:
    kept(store, story, len(story.journal))
    right = whole(store)
    removed(store, START + days * DAY)
    spoiled(store)
    assert whole(store) != right
    rebuild = store.rebuild()
    while not (step := rebuild.step()).done:
        assert len(store.queries.contacts(100)) >= days, "what is older is readable all the time"
    assert step.folded == step.of == len(story.journal) - store.journal.start().seq
    assert whole(store) == right
    spoiled(store)
    store.projections.rebuild()
    assert whole(store) == right


def test_any_place_in_a_day_may_be_the_beginning(store: Store, story: Story) -> None:
    kept(store, story, len(story.journal))
    right = whole(store)
    day = [row.at for row in story.journal if START + 2 * DAY <= row.at < START + 3 * DAY]
    for at in sorted(set(day)):
        removed(store, at)
        store.projections.rebuild()
        assert whole(store) == right


def test_a_new_version_of_the_reports_keeps_what_is_older(store: Store, story: Story) -> None:
    kept(store, story, len(story.journal))
    right = whole(store)
    gone = removed(store, START + 3 * DAY)
    with altered(store) as connection:
        connection.execute(sqlalchemy.text("UPDATE checkpoints SET version = 0"))
    assert set(store.projections.lags().values()) == {len(story.journal) - gone}
    store.projections.advance()
    assert whole(store) == right


def test_a_backup_of_a_shortened_journal_brings_the_reports_along(
    store: Store, other: Store, story: Story, tmp_path: Path
) -> None:
    last = len(story.journal)
    kept(store, story, last)
    right = whole(store)
    gone = removed(store, START + 4 * DAY)
    file = tmp_path / "short.backup"
    manifest = store.back_up(file, None, story.now)
    assert (manifest.format, manifest.start, manifest.rows) == (2, gone, last)
    assert verify(file) == manifest
    other.restore(file, replace=False)
    assert other.journal.start() == store.journal.start()
    assert other.journal.verify() == last - gone
    other.projections.advance()
    assert whole(other) == right
    assert Recorder(other).load() == (last, story.state)
    removed(other, START + 5 * DAY)
    other.projections.rebuild()
    assert whole(other) == right
    with altered(other) as connection:
        assert connection.scalar(sqlalchemy.text("SELECT oldest_compatible FROM store")) == "0007"


def test_a_whole_journal_comes_back_over_a_shortened_one(store: Store, story: Story, tmp_path: Path) -> None:
    kept(store, story, len(story.journal))
    right = whole(store)
    file = tmp_path / "whole.backup"
    assert store.back_up(file, None, story.now).format == 1
    gone = removed(store, START + 4 * DAY)
    with pytest.raises(BackupError, match=f"has a journal of {len(story.journal) - gone} rows"):
        store.restore(file, replace=False)
    store.restore(file, replace=True)
    assert store.journal.verify() == len(story.journal)
    store.projections.advance()
    assert whole(store) == right


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE contacts SET talk_seconds = 1 WHERE contact = 1",
        "DELETE FROM agent_activity WHERE seq < 9",
        "UPDATE manifest SET value = value + 1 WHERE name = 'first_contact'",
        "UPDATE manifest SET value = value + 1 WHERE name = 'start_checksum'",
        "DELETE FROM snapshots WHERE seq = (SELECT value FROM manifest WHERE name = 'base')",
        "DROP TABLE segments",
    ],
)
def test_a_backup_that_lacks_some_of_it_is_refused(tmp_path: Path, story: Story, change: str) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
        kept(store, story, len(story.journal))
        removed(store, START + 4 * DAY)
        file = tmp_path / "short.backup"
        store.back_up(file, None, story.now)
    engine = sqlalchemy.create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text(change))
    engine.dispose()
    with pytest.raises(BackupError):
        verify(file)


def test_who_follows_the_feed_learns_what_was_missed(store: Store, story: Story) -> None:
    kept(store, story, len(story.journal))
    feed = Feed(store._engine)
    everything = list(feed.all_from(1))
    gone = removed(store, START + 3 * DAY)
    rest = [line for line in everything if line.seq > gone]
    assert list(feed.all_from(1)) == list(feed.all_from(gone + 1)) == rest
    with pytest.raises(JournalRemovedError, match=f"changes up to {gone} were removed by retention"):
        next(feed.all_from(gone))
