"""Stories of a server that was killed in the middle of something: it starts on its journal, and nobody is stuck."""

from dataclasses import replace
from typing import Any

import pytest

from cti_server.engine.apply import apply
from cti_server.engine.engine import Engine
from cti_server.engine.state import State
from cti_server.flows.steps import RecordStep
from cti_server.storage.codec import decode_event, encode_event
from cti_server.vocabulary import commands, effects
from cti_server.vocabulary.ids import DeviceNumber, StepId
from cti_server.vocabulary.values import (
    AgentStatus,
    ContactStage,
    Origin,
    SupervisionRole,
    SurveyedSession,
    WorkState,
)
from tests.scenarios.engine import test_callbacks, test_sent_on, test_talks
from tests.scenarios.engine.story import ANNA, BEN, DEVICES, MEDIA, Story, call_ref, say
from tests.scenarios.engine.test_flows import LOOK_UP, TO_SERVICE, plan
from tests.scenarios.engine.test_waiting import queue_with

A, B = DEVICES[ANNA], DEVICES[BEN]
TRUNK, OUTSIDE, PORT = "t1", "0891234", "7201"
Places = list[tuple[str, str]]


def start_again(story: Story, **calls: Places) -> None:
    """Kill the server; its journal is read, the link comes up and lists its calls."""
    state = State()
    for recorded in story.journal:
        apply(state, replace(recorded, event=decode_event(*encode_event(recorded.event))))
    assert state == story.state
    story.engine = Engine(state)
    story.later(1.0)
    story.link_up()
    story.survey(**calls)


def nothing_is_left(story: Story) -> None:
    """Everybody hangs up, and everything that is timed is over."""
    for contact in list(story.state.contacts.values()):
        if contact.call is not None:
            story.hang_up(contact.call.call)
    story.later(120.0)
    assert (story.state.contacts, story.state.offers, story.state.calls) == ({}, {}, {})
    assert {agent.work for agent in story.state.agents.values()} <= {WorkState.IDLE}
    assert story.engine.next_deadline is None


@pytest.mark.parametrize("winner", [ANNA, BEN])
def test_whoever_of_all_who_rang_has_answered_meanwhile_has_the_contact(winner: Any) -> None:
    story = Story(queue_with(ring_all=True))
    story.log_on(ANNA, BEN)
    contact = story.arrive("C1", "7009")
    story.alert(1)
    start_again(story, C1=[(TRUNK, "connected"), (DEVICES[winner], "connected")])
    assert (story.state.contacts[contact].stage, story.state.contacts[contact].agent) == (ContactStage.TALKING, winner)
    assert {agent.status for agent in story.state.agents.values()} == {AgentStatus.READY}
    nothing_is_left(story)


def test_all_whose_turn_to_ring_had_not_come_are_asked_for_again() -> None:
    story = Story(queue_with(ring_all=True))
    story.log_on(ANNA, BEN)
    contact = story.arrive("C1", "7009")
    story.alert(1)
    start_again(story, C1=[(TRUNK, "connected"), (A, "alerting")])
    assert [each.offer for each in story.effects if isinstance(each, effects.MoveToAgent)] == [2]
    start_again(story, C1=[(TRUNK, "connected")])
    assert story.state.contacts[contact].offers == [2], "the first one rings no more"
    story.later(30.0)
    nothing_is_left(story)


def consulting() -> Story:
    story, _ = test_talks.talking()
    story.tell(commands.LogAgentOn(agent=BEN, device=B, origin=Origin.PHONE))
    story.tell(commands.ReportConsultation(call=call_ref("c1"), device=A, consultation=call_ref("c2"), number=B))
    assert story.state.contacts[1].talk.consulted == B
    return story


@pytest.mark.parametrize(
    ("calls", "agent", "consults"),
    [
        ({"c1": [(TRUNK, "connected"), (A, "hold")], "c2": [(A, "connected"), (B, "connected")]}, ANNA, True),
        ({"c1": [(TRUNK, "connected"), (A, "connected")]}, ANNA, False),
        ({"c1": [(TRUNK, "connected"), (B, "connected")]}, BEN, False),
        ({"c2": [(TRUNK, "connected"), (B, "connected")]}, BEN, False),
        ({"c3": [(TRUNK, "connected"), (B, "connected")]}, BEN, False),
    ],
    ids=["goes on", "is over", "given on", "under the consultation's name", "under a new name"],
)
def test_what_became_of_a_consultation_is_followed(calls: dict[str, Places], agent: Any, consults: bool) -> None:
    story = consulting()
    start_again(story, **calls)
    contact = story.state.contacts[1]
    assert (contact.agent, contact.talk.consultation is not None) == (agent, consults)
    nothing_is_left(story)


def test_a_caller_who_left_during_the_consultation_is_gone_though_the_agents_go_on_talking() -> None:
    story = consulting()
    start_again(story, c2=[(A, "connected"), (B, "connected")])
    assert story.state.contacts[1].stage is ContactStage.WRAP_UP
    nothing_is_left(story)


@pytest.mark.parametrize(
    ("places", "reached"),
    [
        ([(TRUNK, "connected"), (OUTSIDE, "connected")], True),
        ([(TRUNK, "connected"), (OUTSIDE, "alerting")], False),
        ([(TRUNK, "connected"), ("7009", "queued")], False),
    ],
)
def test_who_talks_with_a_number_outside_is_not_fetched_back(places: Places, reached: bool) -> None:
    story = Story(test_sent_on.plan(test_sent_on.OUT, TO_SERVICE))
    story.arrive("C1")
    start_again(story, C1=places)
    assert (not story.state.contacts) is reached
    story.later(30.0)
    assert not any(each.stage is ContactStage.FORWARDED for each in story.state.contacts.values())
    nothing_is_left(story)


@pytest.mark.parametrize("found", [True, False])
def test_a_callback_being_dialled_is_not_answered_because_its_agent_is_off_hook(found: bool) -> None:
    story = Story(test_callbacks.plan())
    story.log_on(ANNA)
    contact = test_callbacks.create(story)
    story.alert(1)
    test_callbacks.dialled(story, 1)
    start_again(story, **({"B1": [(A, "connected"), (TRUNK, "alerting")]} if found else {}))
    stage = ContactStage.OFFERED if found else ContactStage.SCHEDULED
    assert story.state.contacts[contact].stage is stage
    story.later(60.0)
    assert story.state.contacts[contact].stage is ContactStage.SCHEDULED, "it is tried again"
    story.tell(commands.CancelCallback(contact=contact, reason="done"))
    nothing_is_left(story)


def test_a_callback_whose_agent_rang_is_offered_again_when_its_time_is_over() -> None:
    story = Story(test_callbacks.plan())
    story.log_on(ANNA)
    contact = test_callbacks.create(story)
    start_again(story)
    story.later(60.0)
    assert story.state.contacts[contact].stage is ContactStage.QUEUED
    assert story.state.agents[ANNA].status is AgentStatus.NOT_READY
    story.tell(commands.CancelCallback(contact=contact, reason="done"))
    nothing_is_left(story)


@pytest.mark.parametrize("comes_back", [True, False])
def test_a_look_up_is_asked_again_and_its_time_runs_on(comes_back: bool) -> None:
    story = Story(plan(LOOK_UP, TO_SERVICE))
    story.arrive("C1")
    before = story.state.contacts[1].cursor.request
    assert before is not None
    if comes_back:
        start_again(story, C1=[(TRUNK, "connected"), ("7000", "queued")])
        assert [each.request for each in story.effects if isinstance(each, effects.AskOutside)] == [before]
    story.later(60.0)
    assert story.state.contacts[1].cursor.request is None
    nothing_is_left(story)


@pytest.mark.parametrize("sessions", ["goes on", "forgot", "gone"])
def test_a_recording_goes_on_or_the_flow_does(sessions: str) -> None:
    record = RecordStep(id=StepId("record"), utterances=say("beep"), mail_to=("box@example.org",))
    story = Story(plan(record, TO_SERVICE))
    contact = story.state.contacts[story.arrive("C1")]
    story.join(contact.id)
    verb = contact.cursor.verb
    assert verb is not None
    assert contact.session is not None
    start_again(story, C1=[(TRUNK, "connected"), (PORT, "connected")])
    known = SurveyedSession(contact.session, DeviceNumber(PORT), call_ref("C1"), verb, None)
    found = {"goes on": (known,), "forgot": (replace(known, verb=None),), "gone": ()}[sessions]
    story.tell(commands.ReportSessions(service=MEDIA, sessions=found))
    asked = [each.verb for each in story.effects if isinstance(each, effects.Treat)]
    assert asked == ([verb] if sessions == "forgot" else [])
    story.later(5.0)
    now = story.state.contacts[1]
    assert (now.cursor.verb == verb) is (sessions != "gone")
    assert now.cursor.verb is not None or now.media_requested or now.cursor.deadline is not None
    nothing_is_left(story)


def test_a_talk_that_a_supervisor_heard_goes_on_without_them() -> None:
    story, contact = test_talks.supervised()
    listens = commands.ReportSupervision(contact=contact, supervisor=test_talks.CLEO, role=SupervisionRole.LISTEN)
    assert story.refused(listens) is None
    start_again(story, c1=[(TRUNK, "connected"), (A, "connected")])
    assert story.refused(replace(listens, role=None, reason="the server was restarted")) is None
    assert story.state.contacts[contact].stage is ContactStage.TALKING
    assert story.refused(test_talks.wish(contact, SupervisionRole.LISTEN)) is None, "they can be brought in again"
    nothing_is_left(story)
