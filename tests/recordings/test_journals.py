"""Journals of releases as they were written: every one must still fold, to the same state and the same reports.

``journal_0_1_0.jsonl`` is the journal of one demo: three callers, of whom one gives up and one is rung at an agent who
does not answer.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cti_server.engine.apply import apply
from cti_server.engine.invariants import check
from cti_server.engine.state import State
from cti_server.storage import Store
from cti_server.storage.codec import decode_event
from cti_server.vocabulary.events import Recorded
from cti_server.vocabulary.values import AgentStatus

JOURNALS = sorted(Path(__file__).parent.glob("journal_*.jsonl"))


def rows(file: Path) -> Iterator[Recorded]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            event = decode_event(row["kind"], row["version"], json.dumps(row["body"]))
            yield Recorded(seq=row["seq"], at=row["at"], cause_seq=row["cause_seq"], event=event)


@pytest.mark.parametrize("file", JOURNALS, ids=lambda file: file.stem)
def test_an_old_journal_folds_to_a_state_without_contradictions(file: Path) -> None:
    state = State()
    journal = list(rows(file))
    for row, following in zip(journal, [*journal[1:], None], strict=True):
        apply(state, row)
        # Rows of one moment belong together: between them a contact may stand in mid-air.
        if following is None or following.at != row.at:
            assert check(state) == [], f"after row {row.seq}"

    assert state.contacts == {}
    assert {agent.id: agent.status for agent in state.agents.values()} == {
        "anna": AgentStatus.NOT_READY,
        "ben": AgentStatus.NOT_READY,
    }


@pytest.mark.parametrize("file", JOURNALS, ids=lambda file: file.stem)
def test_an_old_journal_gives_the_reports_that_it_gave(file: Path, tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'old.db'}")
    try:
        store.become_writer()
        store.journal.append(list(rows(file)))
        store.projections.advance()
        contacts = store.queries.contacts(10)
        third = [segment.kind for segment in store.queries.segments(contacts[2].contact)]
    finally:
        store.close()

    assert [(contact.disposition, contact.agent) for contact in contacts] == [
        ("answered", "anna"),
        ("abandoned", None),
        ("answered", "anna"),
    ]
    assert third == ["flow", "queue", "ring", "queue", "ring", "talk", "wrap-up"]


@pytest.mark.parametrize("file", JOURNALS, ids=lambda file: file.stem)
def test_every_row_of_a_contact_leads_back_to_its_beginning(file: Path) -> None:
    journal = {row.seq: row for row in rows(file)}
    for row in journal.values():
        if type(row.event).__name__ in {"OfferMade", "ContactAnswered", "ContactQueued"}:
            seen = row
            while seen.cause_seq is not None:
                assert seen.cause_seq < seen.seq
                seen = journal[seen.cause_seq]
            assert type(seen.event).__name__ in {"ContactOpened", "AgentBecameReady", "PhoneBecameFree"}
