"""Retention on both databases: what goes, what stays, and that nobody who needs the rest can tell."""

import pytest
import sqlalchemy

from cti_server.runtime.recorder import Recorder
from cti_server.storage import CodecError, JournalDamagedError, JournalRemovedError, Store
from cti_server.storage.retention import removing
from cti_server.storage.retention.start import JournalStart
from cti_server.vocabulary.events import ContactOpened, LinkCameUp, Recorded
from cti_server.vocabulary.ids import ContactId, LinkName
from tests.scenarios.engine.story import START, Story
from tests.unit.cti_server.storage.altering import altered
from tests.unit.cti_server.storage.retention.lives import DAY, folded, kept, removed, weeks
from tests.unit.cti_server.storage.test_projections import whole


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removing, "STEP", 7)
    monkeypatch.setattr(removing, "AT_ONCE", 20)


@pytest.fixture(scope="module")
def story() -> Story:
    return weeks()


def first_of(story: Story, day: int) -> int:
    """The first row that is younger than so many days."""
    return next(row.seq for row in story.journal if row.at >= START + day * DAY)


def test_what_is_older_goes_and_the_rest_is_as_before(store: Store, story: Story) -> None:
    last = len(story.journal)
    kept(store, story, last - 3, last)
    right, total = whole(store), store.journal.last()
    gone = removed(store, START + 3 * DAY)
    assert gone == first_of(story, 3) - 1
    assert store.journal.start().seq == gone
    assert whole(store) == right
    assert store.journal.last() == total
    assert store.journal.verify() == last - gone
    assert list(store.journal.read(after=gone)) == story.journal[gone:]
    assert store.snapshots.at(gone) == folded(story.journal[:gone])
    assert Recorder(store).load() == (last, story.state)
    store.journal.append([Recorded(last + 1, story.now, None, LinkCameUp(link=LinkName("pbx")))])
    assert store.journal.verify() == last + 1 - gone


def test_at_every_step_the_journal_is_whole_and_gives_the_same_state(
    store: Store, story: Story, database_url: str
) -> None:
    last = len(story.journal)
    kept(store, story, last)
    right = whole(store)
    round_, starts = store.retention(START + 4 * DAY, story.now), []
    while not (step := round_.step()).done:
        starts.append(step.start)
        assert store.journal.verify() == last - step.start
        base = store.journal.start().base
        state = folded([]) if not base else store.snapshots.at(base)
        assert state == folded(story.journal[:base])
    assert starts == sorted(starts)
    assert len(set(starts)) > 5
    store.close()
    with Store.open(database_url) as again:
        again.become_writer()
        assert Recorder(again).load() == (last, story.state)
        assert whole(again) == right
        assert removed(again, START + 4 * DAY) == 0
        assert removed(again, START + 5 * DAY) == first_of(story, 5) - first_of(story, 4)


def test_a_round_that_was_left_off_anywhere_is_taken_up(store: Store, story: Story) -> None:
    last = len(story.journal)
    kept(store, story, last)
    for steps in range(1, 40):
        round_ = store.retention(START + 4 * DAY, story.now)
        for _ in range(steps):
            round_.step()
        assert store.journal.verify() == last - store.journal.start().seq
    assert store.journal.start().seq == first_of(story, 4) - 1


def test_whoever_needs_what_is_gone_is_told(store: Store, story: Story) -> None:
    kept(store, story, len(story.journal))
    gone = removed(store, START + 3 * DAY)
    with pytest.raises(JournalRemovedError, match=f"journal rows up to {gone} were removed by retention on 1970-04-1"):
        next(store.journal.read())
    with pytest.raises(JournalRemovedError):
        next(store.journal.read(after=gone - 1))
    start = store.journal.start()
    for contact in (1, start.first_contact - 1):
        with pytest.raises(JournalRemovedError, match=f"contact {contact}: its rows in the journal were removed"):
            start.check(ContactId(contact))
    start.check(ContactId(start.first_contact))
    opened = [row for row in store.journal.read(after=gone) if isinstance(row.event, ContactOpened)]
    assert opened[0].event.contact == start.first_contact  # type: ignore[attr-defined] # it is one
    assert store.journal.sum_at(gone) == start.checksum
    assert store.journal.sum_at(gone - 1) is None


def test_a_reader_who_is_overtaken_is_told_so_and_of_no_damage(
    store: Store, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cti_server.storage.journal.READ_BATCH", 5)
    kept(store, story, len(story.journal))
    reader = store.journal.read()
    assert [next(reader).seq for _ in range(5)] == [1, 2, 3, 4, 5]
    removed(store, START + 3 * DAY)
    with pytest.raises(JournalRemovedError):
        next(reader)


def test_a_damaged_row_is_not_removed_and_what_begins_the_chain_is_held_to(store: Store, story: Story) -> None:
    kept(store, story, len(story.journal))
    with altered(store) as connection:
        connection.execute(sqlalchemy.text("UPDATE journal SET at = 0 WHERE seq = 30"))
    with pytest.raises(JournalDamagedError, match="row 30"):
        removed(store, START + 4 * DAY)
    assert store.journal.start().seq < 30
    with altered(store) as connection:
        connection.execute(sqlalchemy.text("UPDATE journal SET at = :at WHERE seq = 30"), {"at": story.journal[29].at})
    removed(store, START + 4 * DAY)
    with altered(store) as connection:
        connection.execute(sqlalchemy.text("UPDATE retention SET checksum = checksum + 1"))
    with pytest.raises(JournalDamagedError, match=f"row {first_of(story, 4)} "):
        store.journal.verify()


def test_nothing_goes_that_is_needed(store: Store, story: Story) -> None:
    never = story.now + DAY
    store.journal.append(story.journal)
    store.projections.advance()
    assert removed(store, never) == 0, "without a snapshot the journal alone tells the state"
    last = len(story.journal)
    opening = next(row.seq for row in reversed(story.journal) if isinstance(row.event, ContactOpened))
    store.snapshots.save(last, story.state)
    assert removed(store, START) == 0, "all rows are younger"
    assert removed(store, never) == opening - 1, "an open contact is told from its beginning"
    assert store.journal.verify() == last - opening + 1


def test_the_oldest_of_the_newest_snapshots_counts(store: Store) -> None:
    story = weeks(waiting=False)
    kept(store, story, 40, len(story.journal))
    removed(store, story.now + DAY)
    start = store.journal.start().seq
    assert 20 < start <= 39
    assert store.snapshots.kept() == [len(story.journal), 40, start]
    assert store.journal.last_seq() == len(story.journal)


def test_reports_that_are_behind_hold_it_up(store: Store, story: Story) -> None:
    kept(store, story, len(story.journal))
    with altered(store) as connection:
        connection.execute(sqlalchemy.text("UPDATE checkpoints SET seq = seq - 1 WHERE projection = 'segments'"))
    assert removed(store, START + 4 * DAY) == 0
    with altered(store) as connection:
        connection.execute(sqlalchemy.text("UPDATE checkpoints SET seq = seq + 1 WHERE projection = 'segments'"))
        connection.execute(sqlalchemy.text("UPDATE checkpoints SET version = 0 WHERE projection = 'segments'"))
    assert removed(store, START + 4 * DAY) == 0
    store.projections.advance()
    assert removed(store, START + 4 * DAY) > 0


@pytest.mark.parametrize(("age", "goes"), [(10.0, False), (2 * DAY, True)])
def test_a_second_server_that_is_behind_holds_it_up_while_it_lives(
    store: Store, story: Story, age: float, goes: bool
) -> None:
    kept(store, story, len(story.journal))
    columns = "name, address, role, since, seen_at, seq, links"
    insert = f"INSERT INTO servers ({columns}) VALUES (:name, '', :role, 0, :seen, :seq, '')"
    with altered(store) as connection:
        for name, role, seen, seq in (("a", "active", 9 * DAY, 0), ("b", "standby", 9 * DAY - age, 3)):
            connection.execute(sqlalchemy.text(insert), {"name": name, "role": role, "seen": seen, "seq": seq})
    assert (removed(store, START + 4 * DAY) > 0) is goes


def test_former_programs_are_kept_away_from_a_shortened_journal(store: Store, story: Story) -> None:
    kept(store, story, len(story.journal))
    removed(store, START)
    with altered(store) as connection:
        assert connection.scalar(sqlalchemy.text("SELECT oldest_compatible FROM store")) == "0005"
    removed(store, START + 3 * DAY)
    with altered(store) as connection:
        assert connection.scalar(sqlalchemy.text("SELECT oldest_compatible FROM store")) == "0007"


def test_the_snapshot_from_which_the_rest_is_folded_stays(store: Store, story: Story) -> None:
    last = len(story.journal)
    kept(store, story, last)
    gone = removed(store, START + 3 * DAY)
    for seq in range(last - 6, last + 1):
        store.snapshots.save(seq, folded(story.journal[:seq]))
    assert store.snapshots.kept() == [last, last - 1, last - 2, gone]


def test_a_state_that_was_built_differently_is_read_where_nothing_else_tells_it(store: Store, story: Story) -> None:
    last = len(story.journal)
    kept(store, story, last - 2, last)
    with altered(store) as connection:
        connection.execute(sqlalchemy.text("UPDATE snapshots SET digest = 'former'"))
    assert store.snapshots.latest() is None, "the journal tells it all"
    with altered(store) as connection:
        connection.execute(sqlalchemy.text("UPDATE snapshots SET digest = 'former'"))
    removed(store, START + 3 * DAY)
    with altered(store) as connection:
        connection.execute(sqlalchemy.text("UPDATE snapshots SET digest = 'former'"))
    assert Recorder(store).load() == (last, story.state)
    with altered(store) as connection:
        connection.execute(sqlalchemy.text("UPDATE snapshots SET checksum = 0"))
    with pytest.raises(JournalRemovedError):
        Recorder(store).load()
    with pytest.raises(CodecError, match="where the journal begins, cannot be read"):
        removed(store, START + 5 * DAY)


def test_without_retention_nothing_is_different(store: Store) -> None:
    assert store.journal.start() == JournalStart()
    assert store.journal.sum_at(0) == 0
    store.journal.start().check(ContactId(1))
