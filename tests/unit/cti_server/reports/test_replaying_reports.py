"""Replay of what came from outside: surveys, talks, callbacks and plans lead to the same again, and to nothing else."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from cti_server.engine.apply import apply
from cti_server.engine.engine import Engine
from cti_server.engine.state import State
from cti_server.reports.replaying.replay import Replay, Verdict, replay
from cti_server.storage.codec import decode_event, encode_event
from cti_server.vocabulary import commands, events, operator_commands
from cti_server.vocabulary.events import Event, Recorded
from cti_server.vocabulary.ids import AgentId, ContactId, DeviceNumber, PartyId, VerbId
from cti_server.vocabulary.values import (
    ChangeKind,
    Disposition,
    Origin,
    SurveyedSession,
    TransferKind,
    VerbOutcome,
    VerbResult,
)
from tests.scenarios.engine.story import ANNA, BEN, DEVICES, MEDIA, SALES, SERVICE, Story, call_ref, session_ref, site
from tests.scenarios.engine.test_talks import talking, transfer

FIRST = ContactId(1)
Forge = Callable[[Event], Event | None]


def again(journal: list[Recorded], contact: ContactId = FIRST) -> Replay:
    """The contact decided anew from rows as they are stored."""
    stored = [replace(row, event=decode_event(*encode_event(row.event))) for row in journal]
    return replay(State(), stored, contact)


def reconnected() -> Story:
    """A link that was cut: the agent has answered meanwhile, another caller is gone, a third came unnoticed."""
    story = Story()
    story.log_on(ANNA)
    story.waiting_caller("C1")
    story.alert(1)
    story.waiting_caller("C2")
    story.link_down()
    story.later(3)
    story.link_up()
    story.survey(C1=[(DEVICES[ANNA], "connected"), ("+4989123456", "connected")], C3=[("7009", "queued")])
    return story


def surveyed_again() -> Story:
    """A survey without a link that was cut shows a caller at the pilot who was thought to be at a port."""
    story = Story()
    contact = story.waiting_caller("C1")
    story.verb(contact)
    story.survey(C1=[("7201", "connected")])
    story.later(1)
    story.survey(C1=[("7000", "queued")])
    return story


def restarted() -> Story:
    """A server that starts again: its calls are surveyed, and a media service tells how a verb ended meanwhile."""
    story = Story()
    waiting = story.waiting_caller("C1")
    verb = story.state.contacts[waiting].cursor.verb
    story.later(2)
    state = State()
    for row in story.journal:
        apply(state, row)
    story.engine = Engine(state)
    story.link_down()
    story.link_up()
    story.survey(C1=[("7201", "connected")])
    ended = SurveyedSession(
        session_ref("s1"), DeviceNumber("7201"), call_ref("C1"), verb, VerbOutcome(VerbResult.FINISHED)
    )
    story.tell(commands.ReportSessions(service=MEDIA, sessions=(ended,)))
    return story


def with_traces_of_their_own() -> Story:
    """One caller's session is reported, another's is first heard of in a survey; both bring the span of a trace."""
    story = Story()
    first, _ = story.arrive("C1"), story.arrive("C2")
    port, brought = DeviceNumber("7201"), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    story.tell(commands.ReportMediaJoined(contact=first, session=session_ref("s1"), port=port, traceparent=brought))
    answered = VerbOutcome(VerbResult.FINISHED)
    found = SurveyedSession(session_ref("s2"), port, call_ref("C2"), VerbId("answer-2"), answered, brought)
    story.tell(commands.ReportSessions(service=MEDIA, sessions=(found,)))
    return story


def consulted_and_given_on() -> Story:
    """Anna asks ben about the caller, and gives the caller to them."""
    story, _ = talking("c1")
    story.log_on(BEN)
    asked = {"call": call_ref("c1"), "device": DEVICES[ANNA], "number": DEVICES[BEN], "consultation": call_ref("c2")}
    story.tell(commands.ReportHeld(call=call_ref("c1"), device=DEVICES[ANNA], held=True))
    story.tell(commands.ReportConsultation(**asked))
    story.later(3)
    assert transfer(story, DEVICES[BEN], joined="c2") is None
    story.later(20)
    return story


def given_back_to_a_queue() -> Story:
    """Anna gives the caller to a pilot, where nobody is free."""
    story, _ = talking("c1")
    assert transfer(story, "7009", connected=False) is None
    return story


def called_back() -> Story:
    """A callback that somebody wished for at the console; the customer is not reached at first."""
    story = Story()
    story.log_on(ANNA)
    story.tell(commands.CreateCallback(queue=SALES, party=PartyId(9), due=story.now + 60.0, priority=3))
    story.later(70)
    story.tell(commands.ReportCallbackDialled(offer=story.state.contacts[FIRST].offer, call=call_ref("B1")))
    story.tell(commands.ReportCallbackUnanswered(contact=FIRST, reason="busy"))
    return story


def planned_anew() -> Story:
    """A plan brought into force while somebody waits: now another agent is in the queue's group, and gets them."""
    story = Story()
    cleo = AgentId("cleo")
    story.log_on(cleo)
    story.arrive("C1", "7009")
    story.later(5)
    agents = site().agents
    plan = site("2", agents={**agents, cleo: replace(agents[cleo], groups=site().queues[SALES].groups)})
    story.tell(commands.LoadPlan(plan=plan, by="jo", why="peak", kind=ChangeKind.APPLY))
    return story


def moved_by_hand() -> Story:
    """A supervisor moves a waiting contact to another queue, and pulls it for an agent."""
    story = Story()
    story.arrive("C1", "7009")
    story.tell(operator_commands.MoveContact(contact=FIRST, queue=SERVICE, origin=Origin.CONSOLE))
    story.later(2)
    story.log_on(BEN)
    story.tell(operator_commands.PullContact(contact=FIRST, agent=BEN, origin=Origin.CONSOLE))
    return story


STORIES = (
    reconnected,
    surveyed_again,
    restarted,
    with_traces_of_their_own,
    consulted_and_given_on,
    given_back_to_a_queue,
    called_back,
    planned_anew,
    moved_by_hand,
)


@pytest.mark.parametrize("story", STORIES)
def test_all_of_it_is_decided_anew(story: Callable[[], Story]) -> None:
    journal = story().journal
    for contact in {row.event.contact for row in journal if isinstance(row.event, events.ContactOpened)}:
        answer = again(journal, contact)
        assert answer.judged
        assert {(one.verdict, type(one.row.event)) for one in answer.judged if one.verdict is not Verdict.SAME} == set()


def released(event: Event) -> Event | None:
    return replace(event, disposition=Disposition.BLOCKED) if isinstance(event, events.ContactReleased) else None


def left_media(event: Event) -> Event | None:
    return replace(event, reason="moved") if isinstance(event, events.MediaLeft) else None


def other_step(event: Event) -> Event | None:
    if isinstance(event, events.StepEntered) and event.step == "music":
        return replace(event, deadline=(event.deadline or 0.0) + 1.0)
    return None


def outside(event: Event) -> Event | None:
    if isinstance(event, events.ContactTransferred):
        return replace(event, transfer=TransferKind.OUTSIDE, to=None)
    return None


def tried_before(event: Event) -> Event | None:
    if isinstance(event, events.CallbackScheduled) and event.attempt == 1:
        return replace(event, attempt=2)
    return None


def by_nobody(event: Event) -> Event | None:
    if isinstance(event, events.OfferMade) and event.decision is not None:
        return replace(event, decision=replace(event.decision, plan="1"))
    return None


def to_whom_it_rings(event: Event) -> Event | None:
    if isinstance(event, events.OfferMade) and event.decision is not None:
        return replace(event, decision=replace(event.decision, candidates=7))
    return None


@pytest.mark.parametrize(
    ("story", "contact", "forge"),
    [
        (reconnected, 2, released),
        (surveyed_again, 1, left_media),
        (restarted, 1, other_step),
        (consulted_and_given_on, 1, outside),
        (given_back_to_a_queue, 1, outside),
        (called_back, 1, tried_before),
        (planned_anew, 1, by_nobody),
        (moved_by_hand, 1, to_whom_it_rings),
    ],
)
def test_what_was_decided_otherwise_is_found(story: Callable[[], Story], contact: int, forge: Forge) -> None:
    journal = story().journal
    last = max(row.seq for row in journal if forge(row.event) is not None)
    forged = [replace(row, event=forge(row.event) or row.event) if row.seq == last else row for row in journal]
    assert again(journal[:last], ContactId(contact)).difference is None
    found = again(forged[:last], ContactId(contact)).difference
    assert found is not None
    assert found.row.seq == last


def test_a_survey_names_no_customer_and_no_private_call() -> None:
    story = Story()
    story.addresses[PartyId(1)] = "tel:+4989123456"
    story.log_on(ANNA)
    story.arrive("C1", "7009")
    story.answer(1)
    story.link_down()
    story.link_up()
    private = "+33155667788"
    story.survey(
        C1=[(DEVICES[ANNA], "connected"), ("+4989123456", "connected")], P=[("7333", "connected"), (private, "hold")]
    )
    assert "4989123456" not in repr(story.journal)
    assert private not in repr(story.journal)
    survey = next(row.event for row in reversed(story.journal) if isinstance(row.event, events.CallsSurveyed))
    (call,) = survey.calls
    assert [one.device for one in call.connections] == [DEVICES[ANNA], "outside-1"]


@pytest.mark.parametrize("story", [reconnected, surveyed_again, restarted])
def test_a_survey_that_a_former_release_did_not_keep_is_no_difference(story: Callable[[], Story]) -> None:
    journal = [
        replace(row, event=replace(row.event, calls=None)) if isinstance(row.event, events.CallsSurveyed) else row
        for row in story().journal
    ]
    answer = again(journal)
    assert answer.difference is None
    assert answer.count(Verdict.SAME) > 3
