"""Journals of a release whose events knew less: they fold soundly, and a start on one of them leaves nobody stuck.

Both were written by release 0.1.0. ``in_flight`` stops where a server was killed: a caller rings at an agent, others
hear the greeting, the menu, the good-bye, their position, music, a prompt that broke, or are on their way to a media
port. In ``finished`` all of them hang up after that.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cti_server.engine.apply import apply
from cti_server.engine.engine import Engine
from cti_server.engine.invariants import check
from cti_server.engine.state import State
from cti_server.storage import Store
from cti_server.storage.codec import decode_event, decode_state, encode_state
from cti_server.vocabulary import commands
from cti_server.vocabulary.events import Recorded
from cti_server.vocabulary.ids import DeviceNumber, LinkName, ServiceName
from cti_server.vocabulary.values import (
    ContactStage,
    ReleasedBy,
    SurveyedCall,
    SurveyedConnection,
    SurveyedSession,
    VerbOutcome,
    VerbResult,
)

FOLDER = Path(__file__).parent / "journals"
JOURNALS = sorted(FOLDER.glob("*.jsonl"))
LINK, MEDIA, PORT = LinkName("pbx"), ServiceName("media-1"), DeviceNumber("7201")


def rows(file: Path) -> Iterator[Recorded]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            event = decode_event(row["kind"], row["version"], json.dumps(row["body"]))
            yield Recorded(seq=row["seq"], at=row["at"], cause_seq=row["cause_seq"], event=event)


def folded(journal: list[Recorded]) -> State:
    state = State()
    for row, following in zip(journal, [*journal[1:], None], strict=True):
        apply(state, row)
        if following is None or following.at != row.at:
            assert check(state) == [], f"after row {row.seq}"
    return state


class Start:
    """A server that starts on the journal: links and services come, and every deadline is kept."""

    def __init__(self) -> None:
        journal = list(rows(FOLDER / "in_flight_0_1_0.jsonl"))
        self.engine, self.now = Engine(folded(journal)), journal[-1].at + 1.0

    def tell(self, command: commands.Command) -> None:
        self.engine.handle(command, self.now)
        assert check(self.engine.state) == []

    def later(self, seconds: float) -> None:
        end, woken = self.now + seconds, 0
        while (deadline := self.engine.next_deadline) is not None and deadline <= end:
            self.now = max(self.now, deadline)
            self.tell(commands.WakeUp())
            woken += 1
            assert woken < 500, "time stands still"
        self.now = end

    def link(self) -> None:
        """Every call is still there, at its media port or at the phone where it rings."""
        found = []
        for contact in self.engine.state.contacts.values():
            offer = self.engine.state.offers.get(contact.offer) if contact.offer is not None else None
            at = (
                SurveyedConnection(PORT, "connected") if offer is None else SurveyedConnection(offer.device, "alerting")
            )
            if contact.call is not None:
                found.append(SurveyedCall(contact.call, (at,)))
        self.tell(commands.ReportLinkUp(link=LINK))
        self.tell(commands.ReportCalls(link=LINK, calls=tuple(found)))

    def sessions(self, *, verbs: bool) -> None:
        """Every session is still there; what it does is known, or forgotten by a media service that lost it."""
        found = [
            SurveyedSession(each.session, PORT, each.call, each.cursor.verb if verbs else None, None)
            for each in self.engine.state.contacts.values()
            if each.session is not None
        ]
        self.tell(commands.ReportSessions(service=MEDIA, sessions=tuple(found)))


def awaited(engine: Engine) -> dict[int, bool]:
    """Whether each caller in a flow awaits something that comes by itself or by what was asked of the outside."""
    return {
        each.id: (
            each.media_requested
            or each.leaving
            or each.cursor.deadline is not None
            or (each.cursor.verb is not None and each.cursor.action is not None)
        )
        for each in engine.state.contacts.values()
        if each.stage in {ContactStage.TREATED, ContactStage.QUEUED}
    }


@pytest.mark.parametrize("file", JOURNALS, ids=lambda file: file.stem)
def test_it_folds_soundly_and_its_projections_can_be_built_anew(file: Path, tmp_path: Path) -> None:
    journal = list(rows(file))
    state = folded(journal)
    store = Store.open(f"sqlite:///{tmp_path / 'old.db'}")
    try:
        store.become_writer()
        store.journal.append(journal)
        store.projections.advance()
        told = store.queries.contacts(50)
    finally:
        store.close()

    over = state.closed
    assert over == (1 if file.stem.startswith("in_flight") else 11)
    assert sum(each.disposition is not None for each in told) == over
    assert sum(each.agent == "anna" for each in told if each.disposition == "answered") == 1


def test_a_snapshot_of_another_release_is_passed_over_and_one_of_this_release_is_not() -> None:
    state = folded(list(rows(FOLDER / "in_flight_0_1_0.jsonl")))
    digest, body = encode_state(state)

    assert decode_state(State, digest, body) == state
    assert decode_state(State, "0" * len(digest), body) is None


def test_a_server_killed_with_callers_in_all_their_steps_goes_on_without_their_sessions() -> None:
    start = Start()
    start.link()
    start.tell(commands.ReportSessions(service=MEDIA, sessions=()))

    assert all(awaited(start.engine).values())


def test_what_a_media_service_forgot_is_asked_of_it_again() -> None:
    start = Start()
    start.link()
    start.sessions(verbs=False)

    assert all(awaited(start.engine).values())


def test_what_it_still_does_is_waited_for_and_then_the_flow_goes_on() -> None:
    start = Start()
    start.link()
    start.sessions(verbs=True)
    for number in list(start.engine.state.contacts):
        contact = start.engine.state.contacts[number]
        if contact.cursor.verb is not None:
            done = VerbOutcome(VerbResult.FAILED if number % 2 else VerbResult.FINISHED)
            start.tell(commands.ReportVerbEnded(contact=number, verb=contact.cursor.verb, outcome=done))
    start.later(60.0)

    assert all(awaited(start.engine).values())


@pytest.mark.parametrize("known", [True, False])
def test_in_the_end_nothing_of_it_is_left(known: bool) -> None:
    start = Start()
    start.link()
    start.sessions(verbs=known)
    start.later(120.0)
    for contact in list(start.engine.state.contacts.values()):
        if contact.call is not None:
            start.tell(commands.ReportCallEnded(call=contact.call, released_by=ReleasedBy.CUSTOMER))
    start.later(60.0)

    state = start.engine.state
    assert (state.contacts, state.offers, state.past_offers, state.calls) == ({}, {}, {}, {})
    assert (state.old_flows, state.old_queues, state.told) == ({}, {}, {})
    assert start.engine.next_deadline is None
