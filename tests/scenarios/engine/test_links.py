"""Stories of links and media services that go away and come back, and of a server that starts again."""

import dataclasses

import pytest

from cti_server.engine.apply import apply
from cti_server.engine.engine import Engine
from cti_server.engine.state import State
from cti_server.vocabulary import commands, effects
from cti_server.vocabulary.ids import AgentId, ContactId, DeviceNumber, OfferId, PartyId, VerbId
from cti_server.vocabulary.refusals import RefusalCode
from cti_server.vocabulary.values import (
    AgentStatus,
    ContactStage,
    Handover,
    OfferOutcome,
    Origin,
    SurveyedSession,
    VerbOutcome,
    VerbResult,
    WorkState,
)
from tests.scenarios.engine.story import ANNA, BEN, MEDIA, SALES, Story, call_ref, session_ref, site

PILOT, PORT, PHONE = "7000", "7201", "7101"


def sessions(*found: SurveyedSession) -> commands.ReportSessions:
    return commands.ReportSessions(service=MEDIA, sessions=found)


def session(name: str, call: str, verb: str | None = None, outcome: VerbOutcome | None = None) -> SurveyedSession:
    return SurveyedSession(
        session_ref(name), DeviceNumber(PORT), call_ref(call), VerbId(verb) if verb is not None else None, outcome
    )


def ringing(story: Story) -> ContactId:
    story.log_on(ANNA)
    contact = story.waiting_caller("C1")
    story.alert(1)
    story.transcript()
    return contact


def test_nothing_is_moved_before_the_link_has_come_up() -> None:
    story = Story(up=False)
    story.log_on(BEN)
    contact = story.arrive("C1", "7009")
    assert story.effects == []
    story.link_up()
    assert story.effects == []  # the call may be gone: the PBX is asked first
    story.survey(C1=[("7009", "queued")])
    assert story.kinds() == ["MoveToAgent"]
    assert story.state.contacts[contact].stage is ContactStage.OFFERED


def test_a_contact_that_arrives_after_the_link_need_not_wait_for_the_survey() -> None:
    story = Story()
    story.log_on(BEN)
    story.arrive("C1", "7009")
    assert story.kinds() == ["MoveToAgent"]


def test_a_ringing_offer_outlives_its_link_and_its_ring_time() -> None:
    story = Story()
    ringing(story)
    story.later(5)
    story.link_down()
    assert story.engine.next_deadline is None
    story.later(100)
    story.link_up()
    story.survey(C1=[(PHONE, "alerting")])
    story.answer(1)
    assert story.transcript() == [
        "5 LinkWentDown cable",
        "105 LinkCameUp",
        "105 CallsSurveyed",
        "105 OfferEnded 1 1 anna answered",
        "105 ContactAnswered 1 anna",
    ]


def test_a_ring_time_that_ran_out_without_link_ends_soon_after() -> None:
    story = Story()
    ringing(story)
    story.link_down()
    story.later(100)
    story.link_up()
    story.survey(C1=[(PHONE, "alerting")])
    story.later(5)
    assert "105 OfferEnded 1 1 anna no-answer ring time is over" in story.transcript()


def test_the_agent_answered_while_the_link_was_down() -> None:
    story = Story()
    ringing(story)
    story.link_down()
    story.later(30)
    story.link_up()
    story.survey(C1=[(PHONE, "connected")])
    assert story.transcript()[-2:] == ["30 OfferEnded 1 1 anna answered", "30 ContactAnswered 1 anna"]


@pytest.mark.parametrize("late", [True, False])
def test_who_was_answered_and_put_on_hold_unseen_is_on_hold(late: bool) -> None:
    story = Story()
    contact = ringing(story)
    story.later(12 if late else 5)
    story.link_down()
    story.link_up()
    story.survey(C1=[("5551234", "connected"), (PHONE, "hold")])
    assert story.state.contacts[contact].talk.held
    story.tell(commands.ReportHeld(call=call_ref("C1"), device=DeviceNumber(PHONE), held=False))
    assert not story.state.contacts[contact].talk.held


def test_a_call_that_was_being_moved_is_found_under_its_new_identifier() -> None:
    story = Story()
    story.log_on(ANNA)
    contact = story.waiting_caller("C1")
    story.link_down()
    story.later(3)
    story.link_up()
    story.survey(C2=[(PHONE, "connected"), ("5551234", "connected")])
    assert story.state.contacts[contact].call == call_ref("C2")
    assert story.state.contacts[contact].stage is ContactStage.TALKING


def test_a_private_call_at_the_phone_is_not_taken_for_the_contact() -> None:
    story = Story()
    story.log_on(ANNA)
    story.waiting_caller("C1")
    story.tell(commands.ReportPhoneBusy(device=DeviceNumber(PHONE), busy=True))
    story.link_down()
    story.link_up()
    story.survey(C2=[(PHONE, "connected")])
    assert story.state.contacts == {}
    assert story.state.agents[ANNA].work is WorkState.IDLE


def test_an_offer_that_never_reached_its_phone_is_asked_for_again() -> None:
    story = Story()
    story.log_on(ANNA)
    story.waiting_caller("C1")
    asked = list(story.effects)
    story.link_down()
    story.link_up()
    story.survey(C1=[(PORT, "connected")])
    assert story.effects == asked


def test_a_move_that_went_down_with_its_link_is_not_the_agent_s_fault() -> None:
    story = Story()
    story.log_on(ANNA)
    story.waiting_caller("C1")
    story.link_down()
    refusal = story.fail(1, OfferOutcome.UNREACHABLE).refusal
    assert refusal is not None
    assert refusal.code is RefusalCode.NO_CHANGE
    story.link_up()
    story.survey(C1=[(PHONE, "alerting")])
    assert story.state.agents[ANNA].status is AgentStatus.READY
    story.answer(1)


def test_an_offer_that_rang_and_rings_no_more_is_over() -> None:
    story = Story()
    ringing(story)
    story.link_down()
    story.link_up()
    story.survey(C1=[(PILOT, "queued")])
    assert story.state.agents[ANNA].status is AgentStatus.NOT_READY
    assert story.kinds() == ["ShowAgentStatus", "MoveToMedia"]


def test_an_alerting_phone_is_noticed() -> None:
    story = Story()
    story.log_on(ANNA)
    story.waiting_caller("C1")
    story.link_down()
    story.link_up()
    story.survey(C1=[(PHONE, "alerting")])
    assert story.transcript()[-2:] == ["0 OfferAlerted 1 1 anna", "0 MediaLeft 1 moved to the agent"]


def test_calls_that_are_gone_end_by_the_stage_they_had() -> None:
    story = Story()
    story.log_on(ANNA)
    story.waiting_caller("C1")
    story.answer(1)
    story.waiting_caller("C2")
    story.arrive("C3")
    story.arrive("C4")
    story.transcript()
    story.link_down()
    story.link_up()
    story.survey(C4=[(PILOT, "queued")])
    assert [text for text in story.transcript() if "Released" in text] == [
        "0 ContactReleased 1 answered",
        "0 ContactReleased 2 abandoned",
        "0 ContactReleased 3 abandoned-in-flow",
    ]
    assert story.kinds() == ["MoveToMedia"]  # the fourth is brought to its media port at last
    survey = next(each.seq for each in story.journal if type(each.event).__name__ == "CallsSurveyed")
    released = [each for each in story.journal if type(each.event).__name__ == "ContactReleased"]
    assert {each.cause_seq for each in released} == {survey}


def test_unknown_calls_at_pilots_become_contacts_and_others_are_left_alone() -> None:
    story = Story()
    story.survey(C1=[(PILOT, "queued")], C2=[(PORT, "connected")], C3=[(PHONE, "connected")], C4=[(PILOT, "fail")])
    assert [contact.call for contact in story.state.contacts.values()] == [call_ref("C1")]
    assert story.state.contacts[ContactId(1)].party is None


def test_a_caller_found_at_the_pilot_though_we_thought_at_a_port() -> None:
    story = Story()
    contact = story.waiting_caller("C1")
    story.verb(contact)
    story.transcript()
    story.survey(C1=[(PILOT, "queued")])
    assert story.transcript() == [
        "0 CallsSurveyed",
        "0 MediaLeft 1 the call is not at the media port",
        "0 MediaRequested 1 music",
    ]


def test_a_release_asked_for_without_link_is_asked_for_again() -> None:
    story = Story()
    contact = story.arrive("C1")
    story.join(contact)
    story.verb(contact)
    story.press(contact, "9")
    story.link_down()
    story.verb(contact)
    assert story.effects == []
    story.link_up()
    story.survey(C1=[(PORT, "connected")])
    assert story.kinds() == ["ReleaseCall"]


def test_an_answer_during_the_downtime_after_the_offer_had_ended() -> None:
    story = Story()
    ringing(story)
    story.later(12)
    story.link_down()
    story.link_up()
    story.survey(C1=[(PHONE, "connected")])
    assert story.state.agents[ANNA].work is WorkState.BUSY


def test_music_plays_on_without_a_link_and_offers_wait() -> None:
    story = Story()
    contact = story.waiting_caller("C1")
    story.verb(contact)
    story.link_down()
    story.log_on(ANNA)
    story.later(30)
    assert story.kinds() == ["Play"]
    assert story.state.offers == {}


def test_sessions_answer_for_their_verbs() -> None:
    story = Story()
    ended, under_way, never_heard, gone = (story.waiting_caller(call) for call in ("C1", "C2", "C3", "C4"))
    verbs = {number: contact.cursor.verb or "" for number, contact in story.state.contacts.items()}
    story.transcript()
    asked = commands.ReportSessions(
        service=MEDIA,
        sessions=(
            session("s1", "C1", verbs[ended], VerbOutcome(VerbResult.FINISHED)),
            session("s2", "C2", verbs[under_way]),
            session("s3", "C3", "3-2", VerbOutcome(VerbResult.DIGITS, "1")),
        ),
    )
    story.tell(asked)
    assert story.transcript() == [
        "0 SessionsSurveyed",
        "0 VerbEnded 1 1-3 finished",
        "0 StepEntered 1 music 1-4 30",
        "0 MediaLeft 4 gone when the media service was asked",
        "0 TreatmentFailed 4 position gone when the media service was asked",
        "0 MediaRequested 4 music",
    ]
    repeated = story.effects[1]
    assert isinstance(repeated, effects.Treat)
    assert (repeated.contact, repeated.verb, repeated.session) == (never_heard, "3-3", session_ref("s3"))
    assert story.kinds() == ["PlayMusic", "Play", "MoveToMedia"]
    assert story.state.contacts[gone].media_requested


def test_a_session_whose_report_was_lost_is_joined() -> None:
    story = Story()
    contact = story.arrive("C1")
    answered = VerbOutcome(VerbResult.FINISHED)
    story.tell(sessions(session("s1", "C1")))
    assert story.state.contacts[contact].session is None  # not answered yet
    story.tell(sessions(session("s1", "C1", "answer-1", answered)))
    assert story.state.contacts[contact].session == session_ref("s1")
    assert story.kinds() == ["Play"]


def test_a_server_that_starts_again_goes_on_where_it_was() -> None:
    story = Story()
    waiting, talking = story.waiting_caller("C1"), story.waiting_caller("C2", "2")
    story.verb(waiting)
    story.tell(commands.LogAgentOn(agent=AgentId("cleo"), device=DeviceNumber("7103"), origin=Origin.PHONE))
    story.ready(AgentId("cleo"))
    story.answer(1)
    story.later(3)

    state = State()
    for recorded in story.journal:
        apply(state, recorded)
    story.engine = Engine(state)
    assert story.engine.next_deadline == story.now + 27  # music
    story.tell(commands.ReportLinkDown(link=story.state.contacts[waiting].call.link, reason="server restarted"))
    story.tell(commands.LoadPlan(plan=state.plan))
    story.later(40)
    story.transcript()
    story.link_up()
    story.survey(C1=[(PORT, "connected")], C2=[("7103", "connected")])
    music = story.state.contacts[waiting].cursor.verb
    story.tell(sessions(session("s1", "C1", music)))
    assert story.transcript() == ["43 LinkCameUp", "43 CallsSurveyed"]
    story.log_on(ANNA)
    assert story.state.offers[OfferId(2)].contact == waiting
    assert story.state.contacts[talking].stage is ContactStage.TALKING


def test_a_survey_asks_once_more_for_a_move_without_another_event() -> None:
    story = Story()
    story.arrive("C1")
    asked = list(story.effects)
    story.survey(C1=[(PILOT, "queued")])
    story.transcript()
    story.survey(C1=[(PILOT, "queued")])
    assert (story.effects, story.transcript()) == (asked, [])


def test_an_answer_found_at_the_agent_before_the_one_who_is_asked_now() -> None:
    story = Story()
    story.log_on(ANNA)
    story.later(1)
    story.log_on(BEN)
    story.waiting_caller("C1")
    story.alert(1)
    story.later(12)
    story.link_down()
    story.link_up()
    story.survey(C1=[(PHONE, "connected")])
    assert story.state.agents[ANNA].work is WorkState.BUSY
    assert story.state.agents[BEN].work is WorkState.IDLE


@pytest.mark.parametrize("stage", ["offered", "waiting"])
def test_a_talk_that_was_given_on_to_another_agent_unseen_is_left_to_them(stage: str) -> None:
    story = Story()
    story.log_on(BEN)
    story.not_ready(BEN)
    if stage == "offered":
        story.log_on(ANNA)
    contact = story.waiting_caller("C1")
    assert story.state.contacts[contact].stage is (ContactStage.OFFERED if stage == "offered" else ContactStage.QUEUED)
    story.link_down()
    story.link_up()
    story.transcript()
    story.survey(C1=[("7102", "connected"), ("5551234", "connected")])
    assert story.state.contacts[contact].agent == BEN
    assert story.state.contacts[contact].stage is ContactStage.TALKING
    assert "MoveToAgent" not in story.kinds()
    assert [offer.agent for offer in story.state.offers.values()] == []


ELSEWHERE = [("5551234", "connected"), ("7199", "connected")]


@pytest.mark.parametrize("stage", ["rang", "asked", "waiting", "never at a port"])
def test_a_talk_that_was_given_on_unseen_to_a_phone_where_no_agent_works_is_left_there(stage: str) -> None:
    """They were called back to wait, out of their talk."""
    story = Story()
    story.log_on(*(() if stage == "waiting" else (ANNA,)))
    contact = story.arrive("C1", "7009") if stage == "never at a port" else story.waiting_caller("C1")
    if stage == "rang":
        story.alert(1)
    story.link_down()
    story.link_up()
    story.transcript()
    story.survey(C1=ELSEWHERE)
    found = story.state.contacts[contact]
    assert (found.stage, found.agent, story.kinds()) == (ContactStage.TALKING, None, [])
    assert [type(each.event).__name__ for each in story.journal if type(each.event).__name__ == "ContactPickedUp"]
    assert story.state.offers == {}
    story.hang_up("C1")
    assert story.state.contacts == {}
    assert story.state.lines[SALES].counters.answered == 1
    if stage != "waiting":
        assert (story.state.agents[ANNA].status, story.state.agents[ANNA].work) == (AgentStatus.READY, WorkState.IDLE)


@pytest.mark.parametrize(
    "places",
    [
        [("5551234", "connected"), (PORT, "connected")],
        [("5551234", "connected"), (PILOT, "connected")],
        [("5551234", "connected"), ("7199", "alerting")],
        [("5551234", "connected")],
    ],
)
def test_who_waits_and_talks_with_nobody_is_not_left_alone(places: list[tuple[str, str]]) -> None:
    story = Story()
    contact = story.waiting_caller("C1")
    story.link_down()
    story.link_up()
    story.survey(C1=places)
    assert story.state.contacts[contact].stage is ContactStage.QUEUED


def test_who_may_be_at_a_port_that_is_not_known_is_not_left_alone() -> None:
    """On their way there, or at one whose media service is away."""
    story = Story()
    contact = story.waiting_caller("C1")
    story.lose(contact, failed=True)
    assert story.state.contacts[contact].media_requested
    story.survey(C1=ELSEWHERE)
    assert story.state.contacts[contact].stage is ContactStage.QUEUED
    story.no_media(contact)
    story.log_on(ANNA)
    story.survey(C1=ELSEWHERE)
    assert (story.state.contacts[contact].stage, story.kinds()) == (ContactStage.OFFERED, ["MoveToAgent"])


@pytest.mark.parametrize("shared", [True, False])
def test_a_phone_that_rings_beside_the_port_says_nothing_of_where_the_call_is(shared: bool) -> None:
    queues = dict(site().queues)
    move = queues[SALES].move if shared else Handover.CONSULTATION
    queues[SALES] = dataclasses.replace(queues[SALES], ring_all=shared, move=move)
    story = Story(site(queues=queues))
    story.log_on(ANNA)
    contact = story.waiting_caller("C1")
    story.tell(commands.ReportOfferAlerting(offer=OfferId(1), media_stays=True))
    story.lose(contact, failed=True)
    story.survey(C1=ELSEWHERE)
    assert story.state.contacts[contact].stage is not ContactStage.TALKING


def an_agent_who_called_in() -> tuple[Story, ContactId]:
    """They wait in a queue, from the phone that they work at, and the link was down meanwhile."""
    story = Story()
    story.addresses[PartyId(1)] = f"tel:{PHONE}"
    story.log_on(ANNA)
    story.not_ready(ANNA)
    contact = story.waiting_caller("C1")
    story.link_down()
    story.link_up()
    return story, contact


def test_an_agent_who_called_in_is_not_taken_for_one_who_answered() -> None:
    story, contact = an_agent_who_called_in()
    story.survey(C1=[(PHONE, "connected"), ("7299", "connected")])
    assert story.state.contacts[contact].agent is None


def test_an_agent_who_called_in_goes_on_hearing_what_they_heard() -> None:
    """Their own phone counted as a place where their call had strayed to, and what they heard began anew."""
    story, contact = an_agent_who_called_in()
    story.transcript()
    story.survey(C1=[(PHONE, "connected"), (PORT, "connected")])
    assert story.state.contacts[contact].session is not None
    assert story.transcript() == ["0 CallsSurveyed"]


def test_a_good_bye_that_lost_its_session_ends_the_call() -> None:
    story = Story()
    contact = story.arrive("C1")
    story.join(contact)
    story.verb(contact)
    story.press(contact, "9")
    story.lose(contact)
    assert story.kinds() == ["ReleaseCall"]
