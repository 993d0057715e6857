"""Stories of offers: no answer, late answers, failures, agents and callers who leave while a phone rings."""

import pytest

from cti_server.vocabulary import commands
from cti_server.vocabulary.ids import AgentId, DeviceNumber, OfferId
from cti_server.vocabulary.refusals import RefusalCode
from cti_server.vocabulary.values import AgentStatus, OfferOutcome, Origin, PassedOver, ReleasedBy, WorkState
from tests.scenarios.engine.story import ANNA, BEN, SALES, START, Story, call_ref, session_ref

CLEO = AgentId("cleo")


def test_no_answer_makes_not_ready_and_the_caller_goes_on_to_the_next_agent() -> None:
    story = Story()
    story.log_on(ANNA)
    story.later(1)
    story.log_on(BEN)
    story.waiting_caller("C1")
    story.transcript()
    story.alert(1)
    story.later(12)
    assert story.kinds() == ["ShowAgentStatus", "MoveToAgent"]
    story.alert(2)
    story.answer(2)
    assert story.transcript() == [
        "1 OfferAlerted 1 1 anna",
        "1 MediaLeft 1 moved to the agent",
        "13 OfferEnded 1 1 anna no-answer ring time is over",
        "13 AgentBecameNotReady anna no-answer",
        "13 OfferMade 2 1 ben 25",
        "13 OfferAlerted 2 1 ben",
        "13 OfferEnded 2 1 ben answered",
        "13 ContactAnswered 1 ben",
    ]


def test_no_answer_and_nobody_else_brings_the_caller_back_to_music_at_the_same_place() -> None:
    story = Story()
    first = story.waiting_caller("C1")
    story.verb(first)
    second = story.waiting_caller("C2")
    story.log_on(BEN)
    story.transcript()
    story.alert(1)
    story.later(12)
    assert story.kinds() == ["ShowAgentStatus", "MoveToMedia"]
    story.join(first, "back")
    assert story.transcript() == [
        "0 OfferAlerted 1 1 ben",
        "0 MediaLeft 1 moved to the agent",
        "12 OfferEnded 1 1 ben no-answer ring time is over",
        "12 AgentBecameNotReady ben no-answer",
        "12 MediaRequested 1 music",
        "12 MediaJoined 1",
        "12 StepEntered 1 music 1-5 42",
    ]
    story.ready(BEN)
    assert story.state.offers[OfferId(2)].contact == first
    assert second in story.state.contacts


@pytest.mark.parametrize("outcome", [OfferOutcome.BUSY, OfferOutcome.REJECTED, OfferOutcome.UNREACHABLE])
def test_a_phone_that_cannot_be_rung_makes_its_agent_not_ready_for_that_reason(outcome: OfferOutcome) -> None:
    story = Story()
    story.log_on(ANNA)
    contact = story.waiting_caller("C1")
    story.transcript()
    story.fail(1, outcome)
    assert story.transcript()[:2] == [f"0 OfferEnded 1 1 anna {outcome} pbx", f"0 AgentBecameNotReady anna {outcome}"]
    # The call never left its media port: the flow goes on there.
    assert story.kinds() == ["ShowAgentStatus", "Play"]
    assert story.state.contacts[contact].cursor.step == "position"
    assert story.fail(1, outcome).refusal is not None


@pytest.mark.parametrize("outcome", [OfferOutcome.CALLER_GONE, OfferOutcome.AGENT_GONE])
def test_a_failure_named_by_a_word_of_ours_does_not_ring_the_same_agent_for_ever(outcome: OfferOutcome) -> None:
    story = Story()
    story.log_on(ANNA)
    story.waiting_caller("C1")
    story.fail(1, outcome)
    assert story.state.agents[ANNA].status is AgentStatus.NOT_READY
    assert story.state.offers == {}


def test_an_answer_reported_as_a_failure_is_an_answer() -> None:
    story = Story()
    story.log_on(ANNA)
    story.waiting_caller("C1")
    story.fail(1, OfferOutcome.ANSWERED)
    assert story.state.agents[ANNA].work is WorkState.BUSY


def test_caller_gone_while_ringing_leaves_the_agent_s_idle_clock_alone() -> None:
    story = Story()
    story.log_on(ANNA)
    idle = story.state.agents[ANNA].idle_since
    story.later(5)
    story.waiting_caller("C1")
    story.transcript()
    story.later(3)
    story.hang_up("C1")
    assert story.transcript() == [
        "8 OfferEnded 1 1 anna caller-gone normalClearing",
        "8 ContactReleased 1 abandoned",
        "8 ContactClosed 1",
    ]
    agent = story.state.agents[ANNA]
    assert (agent.idle_since, agent.work, agent.status) == (idle, WorkState.IDLE, AgentStatus.READY)


def test_an_answer_in_the_millisecond_of_the_deadline_is_a_fact() -> None:
    story = Story()
    story.log_on(ANNA)
    story.waiting_caller("C1")
    story.alert(1)
    story.later(12)
    assert story.state.agents[ANNA].status is AgentStatus.NOT_READY
    story.transcript()
    story.answer(1)
    assert story.transcript() == ["12 ContactAnswered 1 anna", "12 AgentBecameReady anna"]
    assert story.kinds() == ["ShowAgentStatus"]
    assert story.state.agents[ANNA].work is WorkState.BUSY


def test_two_answers_in_one_millisecond_give_the_caller_to_exactly_one() -> None:
    story = Story()
    story.log_on(ANNA)
    story.later(1)
    story.log_on(BEN)
    story.waiting_caller("C1")
    story.alert(1)
    story.later(12)  # anna's time is over, ben is asked
    story.transcript()
    story.answer(1)
    assert story.refused(commands.ReportOfferAnswered(offer=OfferId(2))) is RefusalCode.TOO_LATE
    assert story.refused(commands.ReportOfferAlerting(offer=OfferId(2))) is RefusalCode.TOO_LATE
    assert story.transcript() == [
        "13 OfferEnded 2 1 ben others-answered answered late by anna",
        "13 ContactAnswered 1 anna",
        "13 AgentBecameReady anna",
    ]
    ben = story.state.agents[BEN]
    assert (ben.work, ben.status, ben.idle_since) == (WorkState.IDLE, AgentStatus.READY, START + 1)
    assert story.state.lines[SALES].counters.answered == 1


def test_a_late_answer_does_not_take_an_agent_from_another_customer() -> None:
    story = Story()
    story.log_on(ANNA)
    story.waiting_caller("C1")
    story.alert(1)
    story.later(12)
    story.hang_up("C1")
    story.waiting_caller("C2")
    story.ready(ANNA)
    story.answer(2)
    assert story.refused(commands.ReportOfferAnswered(offer=OfferId(1))) is RefusalCode.TOO_LATE
    assert story.refused(commands.ReportOfferAnswered(offer=OfferId(7))) is RefusalCode.UNKNOWN_OFFER


def test_a_late_answer_by_an_agent_who_is_offered_the_same_contact_again_counts() -> None:
    story = Story()
    story.log_on(ANNA)
    story.waiting_caller("C1")
    story.later(12)
    story.ready(ANNA)
    story.answer(1)
    assert story.state.offers == {}
    assert story.state.agents[ANNA].work is WorkState.BUSY


def test_a_late_answer_by_an_agent_who_logged_off_meanwhile_is_still_where_the_call_is() -> None:
    story = Story()
    story.log_on(ANNA)
    story.waiting_caller("C1")
    story.alert(1)
    story.log_off(ANNA)
    story.answer(1)
    story.hang_up("C1")
    story.later(8)
    assert story.state.agents[ANNA].work is WorkState.IDLE
    assert story.state.agents[ANNA].status is AgentStatus.LOGGED_OFF


def test_an_agent_who_answers_and_hangs_up_at_once_has_talked() -> None:
    story = Story()
    story.log_on(ANNA, BEN)
    story.waiting_caller("C1")
    story.waiting_caller("C2")
    story.transcript()
    story.answer(1)
    story.hang_up("C1", ReleasedBy.AGENT)
    assert story.transcript() == [
        "0 OfferEnded 1 1 anna answered",
        "0 ContactAnswered 1 anna",
        "0 MediaLeft 1 answered by the agent",
        "0 ContactReleased 1 answered",
        "0 WrapUpStarted 1 anna 8",
    ]
    assert story.state.offers[OfferId(2)].agent == BEN  # the other phone goes on ringing


def test_an_agent_who_leaves_while_ringing_passes_the_caller_on() -> None:
    story = Story()
    story.log_on(ANNA)
    story.later(1)
    story.log_on(BEN)
    story.waiting_caller("C1")
    story.transcript()
    story.log_off(ANNA)
    story.not_ready(BEN, "lunch")
    assert story.transcript() == [
        "1 AgentLoggedOff anna",
        "1 OfferEnded 1 1 anna agent-gone logged off",
        "1 OfferMade 2 1 ben 13",
        "1 AgentBecameNotReady ben lunch",
        "1 OfferEnded 2 1 ben agent-gone not ready",
        "1 StepEntered 1 position 1-3 1",
    ]


def test_no_ghost_call_for_an_agent_who_logs_on_after_the_caller_left() -> None:
    story = Story()
    story.waiting_caller("C1")
    story.hang_up("C1")
    story.log_on(ANNA, BEN)
    assert story.effects == []
    assert story.state.offers == {}


def test_a_busy_phone_is_not_rung_until_it_is_free() -> None:
    story = Story()
    story.log_on(BEN)
    phone = DeviceNumber("7102")
    story.tell(commands.ReportPhoneBusy(device=phone, busy=True))
    story.waiting_caller("C1")
    assert story.state.offers == {}
    assert story.refused(commands.ReportPhoneBusy(device=phone, busy=True)) is RefusalCode.NO_CHANGE
    story.tell(commands.ReportPhoneBusy(device=phone, busy=False))
    assert story.kinds() == ["MoveToAgent"]


def test_a_head_that_nobody_can_serve_blocks_none_behind_it() -> None:
    story = Story()
    story.log_on(BEN)  # sales alone
    head, behind = story.waiting_caller("C1", "2"), story.waiting_caller("C2", "1")
    assert story.state.offers[OfferId(1)].contact == behind
    assert story.state.contacts[head].offer is None


def test_the_longest_idle_is_taken_and_the_others_are_told_why_not() -> None:
    story = Story()
    story.log_on(BEN)
    story.later(1)
    story.log_on(ANNA, CLEO)
    story.not_ready(CLEO, "tea")
    story.waiting_caller("C1", "1")
    story.waiting_caller("C2", "2")
    offers = [each.event for each in story.journal if type(each.event).__name__ == "OfferMade"]
    assert [(offer.agent, offer.passed_over) for offer in offers] == [  # type: ignore[attr-defined]  # OfferMade
        (BEN, (PassedOver(ANNA, "free, but longest-idle picks ben"),)),
        (ANNA, (PassedOver(CLEO, "not ready: tea"),)),
    ]


def test_a_call_still_at_the_pilot_goes_straight_to_a_free_agent() -> None:
    story = Story()
    story.log_on(BEN)
    story.arrive("C1", "7009")
    assert story.kinds() == ["MoveToAgent"]
    assert [text.split()[1] for text in story.transcript()[-3:]] == ["ContactOpened", "ContactQueued", "OfferMade"]


def test_media_that_joins_or_is_refused_while_an_agent_rings_changes_nothing_for_the_agent() -> None:
    story = Story()
    contact = story.arrive("C1", "7009")
    story.log_on(BEN)
    story.join(contact)
    assert story.effects == []
    story.alert(1)
    assert (
        story.refused(
            commands.ReportMediaJoined(contact=contact, session=session_ref("late"), port=DeviceNumber("7201"))
        )
        is RefusalCode.TOO_LATE
    )
    story.answer(1)
    assert story.state.contacts[contact].session is None
    assert call_ref("C1") == story.state.contacts[contact].call


def test_echoes_of_our_own_status_change_are_refused() -> None:
    story = Story()
    story.log_on(ANNA)
    story.waiting_caller("C1")
    story.later(12)
    assert story.kinds()[0] == "ShowAgentStatus"
    echo = commands.SetAgentNotReady(agent=ANNA, origin=Origin.PHONE)
    assert story.refused(echo) is RefusalCode.NO_CHANGE
    assert story.state.agents[ANNA].reason == "no-answer"
