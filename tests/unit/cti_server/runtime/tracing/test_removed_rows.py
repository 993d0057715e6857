"""What is told of contacts where retention has removed the journal's oldest rows."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cti_server.runtime.operations import read_history
from cti_server.runtime.tracing.telling import Sources, replay_of, trace_of, why_of
from cti_server.storage import JournalRemovedError, Store
from cti_server.vocabulary.ids import ContactId
from tests.scenarios.engine.story import START
from tests.unit.cti_server.storage.retention.lives import DAY, folded, kept, removed, weeks


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    story = weeks()
    with Store.open(f"sqlite:///{tmp_path / 'callwright.db'}") as opened:
        kept(opened, story, len(story.journal))
        removed(opened, START + 3 * DAY)
        # Newer ones have taken the place of those that a contact in between would have been folded from.
        for seq in range(len(story.journal) - 3, len(story.journal)):
            opened.snapshots.save(seq, folded(story.journal[:seq]))
        yield opened


def sources(store: Store, folder: Path) -> Sources:
    return Sources(store=store, directory=folder, black_box=lambda: None, ours=lambda _: True, now=lambda: 0.0)


def test_a_contact_whose_rows_are_gone_is_told_to_be(store: Store, tmp_path: Path) -> None:
    gone = ContactId(store.journal.start().first_contact - 1)
    assert store.queries.contact(gone) is not None, "the reports have it"
    for tell in (
        lambda: why_of(store, gone, None),
        lambda: replay_of(store, gone),
        lambda: trace_of(sources(store, tmp_path), gone),
        lambda: read_history(store, gone),
    ):
        with pytest.raises(
            JournalRemovedError, match=f"contact {gone}: its rows in the journal were removed by retention"
        ):
            tell()


def test_the_first_contact_that_is_kept_is_told_as_before(store: Store, tmp_path: Path) -> None:
    first = ContactId(store.journal.start().first_contact)
    assert why_of(store, first, None).found
    told = replay_of(store, first)
    assert told.found
    assert told.difference is None
    trace, _ = trace_of(sources(store, tmp_path), first)
    assert len(trace.lines) > 5
    assert read_history(store, first).rows


def test_a_contact_that_never_was_is_none(store: Store) -> None:
    assert not why_of(store, ContactId(4711), None).found
