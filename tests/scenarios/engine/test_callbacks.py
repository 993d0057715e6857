"""Stories of callbacks: wished, due, dialled, not reached, cancelled, made of calls that were given up (CB1-CB3)."""

import dataclasses
from typing import Any

from cti_server.vocabulary import commands, effects, events
from cti_server.vocabulary.ids import AgentId, ContactId, OfferId, PartyId, QueueName
from cti_server.vocabulary.plan import CallbackRules, SitePlan
from cti_server.vocabulary.refusals import RefusalCode
from cti_server.vocabulary.values import AgentStatus, ContactStage, OfferOutcome, QueueOutcome, WorkState
from tests.scenarios.engine.story import ANNA, BEN, DEVICES, SALES, Story, call_ref, site

RULES = CallbackRules(on_abandon=True, shortest_wait=5.0, delay=30.0, attempts=2, retry=600.0, ring_time=40.0)


def plan(**rules: Any) -> SitePlan:
    queues = dict(site().queues)
    queues[SALES] = dataclasses.replace(queues[SALES], callbacks=dataclasses.replace(RULES, **rules))
    return site(queues=queues)


def create(story: Story, **more: Any) -> ContactId:
    wish = {"queue": SALES, "party": PartyId(9), **more}
    assert story.tell(commands.CreateCallback(**wish)).refusal is None
    return ContactId(story.state.last_contact)


def dialled(story: Story, offer: int, call: str = "B1") -> None:
    story.tell(commands.ReportCallbackDialled(offer=OfferId(offer), call=call_ref(call)))


def not_reached(story: Story, contact: ContactId, reason: str = "busy", *, permanent: bool = False) -> None:
    story.tell(commands.ReportCallbackUnanswered(contact=contact, reason=reason, permanent=permanent))


def closed(story: Story, contact: ContactId) -> list[str]:
    return [
        str(one.event.disposition)
        for one in story.journal
        if isinstance(one.event, events.ContactReleased) and one.event.contact == contact
    ]


def test_a_callback_is_offered_dialled_answered_and_wrapped_up() -> None:
    story = Story(plan())
    story.log_on(ANNA)
    contact = create(story)
    (dial,) = story.effects
    expected = effects.DialCustomer(
        cause=dial.cause,
        contact=contact,
        offer=OfferId(1),
        device=DEVICES[ANNA],
        party=PartyId(9),
        ring_time=40.0,
    )
    assert dial == expected
    story.alert(1)
    story.later(5)
    dialled(story, 1)
    assert story.state.contact_of(call_ref("B1")) is not None
    story.later(30)  # longer than the agent's own ring time: it is the customer who rings now
    assert story.state.contacts[contact].stage is ContactStage.OFFERED
    story.answer(1)
    assert story.state.contacts[contact].stage is ContactStage.TALKING
    assert story.state.agents[ANNA].work is WorkState.BUSY
    story.hang_up("B1")
    assert story.state.agents[ANNA].work is WorkState.WRAP_UP
    story.later(8)
    assert contact not in story.state.contacts
    assert closed(story, contact) == ["answered"]
    assert story.state.callbacks == {}


def test_a_callback_waits_for_its_time() -> None:
    story = Story(plan())
    story.log_on(ANNA)
    contact = create(story, due=story.now + 3600)
    assert story.effects == []
    assert story.state.contacts[contact].stage is ContactStage.SCHEDULED
    story.later(3599)
    assert story.state.contacts[contact].stage is ContactStage.SCHEDULED
    story.later(1)
    assert [type(one) for one in story.effects] == [effects.DialCustomer]


def test_a_callback_keeps_the_place_of_the_call_that_it_came_from() -> None:
    story = Story(plan(delay=0.0))
    first = story.waiting_caller("C1")
    story.later(10)
    story.waiting_caller("C2")
    story.hang_up("C1")
    callback = ContactId(story.state.last_contact)
    assert callback > first
    assert next(place[-1] for place in story.state.lines[SALES].places) == callback
    story.log_on(ANNA)
    assert [type(one) for one in story.effects] == [effects.DialCustomer]


def test_a_callback_reserved_for_an_agent_waits_for_that_agent() -> None:
    story = Story(plan())
    story.log_on(ANNA)
    contact = create(story, agent=BEN)
    assert story.effects == []
    story.later(1)
    story.log_on(BEN)
    assert story.state.offers[OfferId(1)].agent == BEN
    assert story.state.offers[OfferId(1)].contact == contact


def test_an_agent_who_does_not_take_it_is_still_and_the_next_is_asked() -> None:
    story = Story(plan())
    story.log_on(ANNA)
    create(story)
    story.alert(1)
    story.later(12)
    assert [type(one) for one in story.effects if isinstance(one, effects.WithdrawOffer)] == [effects.WithdrawOffer]
    assert story.state.agents[ANNA].status is AgentStatus.NOT_READY
    story.log_on(BEN)
    assert [type(one) for one in story.effects] == [effects.DialCustomer]


def test_a_customer_who_is_not_reached_is_tried_again_then_given_up() -> None:
    story = Story(plan())
    story.log_on(ANNA)
    contact = create(story)
    dialled(story, 1)
    not_reached(story, contact)
    assert story.state.contacts[contact].stage is ContactStage.SCHEDULED
    assert story.state.contacts[contact].call is None
    assert story.state.calls == {}
    agent = story.state.agents[ANNA]
    assert (agent.status, agent.work) == (AgentStatus.READY, WorkState.IDLE)  # it was not their fault
    story.later(600)
    dialled(story, 2, "B2")
    story.later(45)  # the PBX tells nothing: the engine's own time is over
    assert contact not in story.state.contacts
    assert closed(story, contact) == ["not-reached"]
    assert story.state.agents[ANNA].status is AgentStatus.READY
    left = [one.event for one in story.journal if isinstance(one.event, events.QueueLeft)]
    assert [one.outcome for one in left] == [QueueOutcome.CALLBACK, QueueOutcome.CALLBACK]


def test_a_wrong_number_is_not_tried_again() -> None:
    story = Story(plan())
    story.log_on(ANNA)
    contact = create(story)
    not_reached(story, contact, "numberUnallocated", permanent=True)
    assert closed(story, contact) == ["not-reached"]


def test_a_call_that_ends_before_the_customer_answers_is_no_abandon() -> None:
    story = Story(plan())
    story.log_on(ANNA)
    contact = create(story)
    dialled(story, 1)
    story.hang_up("B1")
    assert story.state.contacts[contact].stage is ContactStage.SCHEDULED
    counters = story.state.lines[SALES].counters
    assert counters.abandoned == 0
    assert len(story.state.contacts) == 1


def test_an_abandoned_call_becomes_a_callback_once() -> None:
    story = Story(plan())
    for call in ("C1", "C2"):
        story.waiting_caller(call)
        story.later(6)
        story.hang_up(call)
    scheduled = [one.event for one in story.journal if isinstance(one.event, events.CallbackScheduled)]
    assert len(scheduled) == 1
    assert scheduled[0].automatic
    assert scheduled[0].origin_contact == ContactId(1)


def test_a_short_wait_or_a_hidden_number_makes_none() -> None:
    story = Story(plan())
    story.waiting_caller("C1")
    story.later(4.9)
    story.hang_up("C1")
    hidden = story.arrive("C2", "7009", party=None)
    story.later(60)
    story.hang_up("C2")
    assert story.state.contacts == {}
    assert hidden == ContactId(2)


def test_a_caller_who_rings_again_and_is_served_is_not_called_back() -> None:
    story = Story(plan())
    story.waiting_caller("C1")
    story.later(6)
    story.hang_up("C1")
    callback = ContactId(story.state.last_contact)
    story.arrive("C2", "7009")
    story.log_on(ANNA)
    story.answer(1)
    assert callback not in story.state.contacts
    assert closed(story, callback) == ["called-back"]


def test_a_callback_that_was_asked_for_stands_though_the_caller_was_served() -> None:
    story = Story(plan())
    wished = create(story, party=PartyId(1), due=story.now + 600)
    story.arrive("C2", "7009")
    story.log_on(ANNA)
    story.answer(1)
    assert wished in story.state.contacts


def test_a_customer_who_is_in_the_line_again_is_not_dialled() -> None:
    story = Story(plan())
    story.waiting_caller("C1")
    story.later(6)
    story.hang_up("C1")
    callback = ContactId(story.state.last_contact)
    story.arrive("C2", "7009")
    story.later(30)
    assert story.state.contacts[callback].stage is ContactStage.SCHEDULED
    story.hang_up("C2")
    story.later(600)
    assert story.state.contacts[callback].stage is ContactStage.QUEUED


def test_it_can_be_cancelled_until_an_agent_is_on_it() -> None:
    story = Story(plan())
    contact = create(story, due=story.now + 100)
    cancel = commands.CancelCallback(contact=contact, reason="solved")
    assert story.tell(cancel).refusal is None
    assert closed(story, contact) == ["called-back"]
    story.log_on(ANNA)
    second = create(story)
    assert story.tell(commands.CancelCallback(contact=second, reason="solved")).refusal is None
    assert effects.WithdrawOffer in [type(one) for one in story.effects]
    assert story.state.agents[ANNA].work is WorkState.IDLE
    third = create(story)
    dialled(story, 2)
    assert story.refused(commands.CancelCallback(contact=third, reason="")) is RefusalCode.TOO_LATE
    assert story.refused(commands.CancelCallback(contact=contact, reason="")) is RefusalCode.UNKNOWN_CONTACT


def test_wishes_that_make_no_sense_are_refused() -> None:
    story = Story(plan())
    party = PartyId(9)

    def told(**more: Any) -> RefusalCode | None:
        return story.refused(commands.CreateCallback(**{"queue": SALES, "party": party, **more}))

    assert told(queue=QueueName("nowhere")) is RefusalCode.UNKNOWN_QUEUE
    assert told(agent=AgentId("nobody")) is RefusalCode.UNKNOWN_AGENT
    assert told(due=story.now + 400 * 86_400) is RefusalCode.NOT_POSSIBLE
    assert told(due=float("nan")) is RefusalCode.NOT_POSSIBLE
    assert told(priority=11) is RefusalCode.NOT_POSSIBLE
    assert story.state.contacts == {}


def test_late_and_doubled_reports_change_nothing() -> None:
    story = Story(plan())
    story.log_on(ANNA)
    contact = create(story)
    dialled(story, 1)
    again = commands.ReportCallbackDialled(offer=OfferId(1), call=call_ref("B1"))
    assert story.refused(again) is RefusalCode.NO_CHANGE
    story.answer(1)
    late = commands.ReportCallbackUnanswered(contact=contact, reason="late")
    assert story.refused(late) is RefusalCode.TOO_LATE
    assert story.refused(again) is RefusalCode.TOO_LATE
    unknown = commands.ReportCallbackUnanswered(contact=ContactId(77), reason="late")
    assert story.refused(unknown) is RefusalCode.UNKNOWN_CONTACT


def test_a_refused_dial_leaves_no_agent_held() -> None:
    story = Story(plan())
    story.log_on(ANNA)
    contact = create(story)
    story.fail(1, OfferOutcome.BUSY)
    assert story.state.agents[ANNA].work is WorkState.IDLE
    assert story.state.contacts[contact].stage is ContactStage.QUEUED


def test_a_queue_that_is_gone_ends_its_callbacks() -> None:
    story = Story(plan())
    contact = create(story, due=story.now + 100)
    queues = {name: queue for name, queue in site().queues.items() if name != SALES}
    flows = {name: flow for name, flow in site().flows.items() if name == "waiting"}
    story.tell(commands.LoadPlan(plan=site("2", queues=queues, pilots=(), flows=flows)))
    story.later(100)
    assert contact not in story.state.contacts
    assert closed(story, contact) == ["closed"]


def test_a_link_that_is_down_when_it_is_due_leaves_it_waiting() -> None:
    story = Story(plan())
    story.log_on(ANNA)
    contact = create(story, due=story.now + 10)
    story.link_down()
    story.later(10)
    assert story.effects == []
    assert story.state.contacts[contact].stage is ContactStage.QUEUED
    story.link_up()
    assert story.state.contacts[contact].stage is ContactStage.OFFERED
