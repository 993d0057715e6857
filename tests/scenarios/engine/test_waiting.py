"""Waiting in a queue: who fits as time goes by, in which order, how long, and what becomes of those not kept."""

from dataclasses import replace
from typing import TypeVar

import pytest

from cti_server.contacts.contact import Contact
from cti_server.vocabulary import commands, effects, events
from cti_server.vocabulary.ids import AgentId, ContactId, DeviceNumber, GroupName, OfferId, SkillName
from cti_server.vocabulary.plan import AgentPlan, QueueLimits, SitePlan
from cti_server.vocabulary.refusals import RefusalCode
from cti_server.vocabulary.requirements import Need, RequirementStep, SkillNeed
from cti_server.vocabulary.values import Disposition, OfferOutcome, Origin
from tests.scenarios.engine.story import ANNA, BEN, DEVICES, SALES, START, Story, site

E = TypeVar("E", bound=events.Event)
CLEO = AgentId("cleo")
ENGLISH = SkillName("english")
DIRECT_PILOT = "7009"


def queue_with(**changes: object) -> SitePlan:
    """The site with another sales queue."""
    plan = site(skills=(ENGLISH,))
    return replace(plan, queues={**plan.queues, SALES: replace(plan.queues[SALES], **changes)})  # type: ignore[arg-type]  # a test's own changes


def skilled(plan: SitePlan, **levels: int) -> SitePlan:
    agents = {
        name: replace(each, skills={ENGLISH: levels[name]} if name in levels else {})
        for name, each in plan.agents.items()
    }
    return replace(plan, agents=agents)


OVERFLOW = (
    RequirementStep(0.0, Need(groups=(GroupName("sales"),))),
    RequirementStep(30.0, Need(groups=(GroupName("service"),))),
)
FLUENT = (
    RequirementStep(0.0, Need(skills=(SkillNeed(ENGLISH, 8),))),
    RequirementStep(30.0, Need(skills=(SkillNeed(ENGLISH, 4),))),
)


def agent_of(story: Story, contact: int) -> AgentId | None:
    """At whom the contact rings."""
    offer = story.state.contacts[ContactId(contact)].offer
    return None if offer is None else story.state.offers[offer].agent


def last(story: Story, kind: type[E]) -> E:
    """The youngest event of a kind."""
    return next(each.event for each in reversed(story.journal) if isinstance(each.event, kind))


def waiting(story: Story, contact: int) -> Contact:
    return story.state.contacts[ContactId(contact)]


# --- requirements ------------------------------------------------------------


def test_an_overflow_step_adds_agents_to_the_moment_and_removes_none() -> None:
    story = Story(queue_with(steps=OVERFLOW))
    story.log_on(CLEO)
    story.arrive("C1", DIRECT_PILOT)
    story.later(29.999)
    assert agent_of(story, 1) is None
    story.later(0.001)
    assert agent_of(story, 1) == "cleo"
    story.answer(1)
    story.arrive("C2", DIRECT_PILOT)
    story.later(40)
    story.log_on(ANNA)
    assert agent_of(story, 2) == ANNA, "the primary group still serves who has overflowed"


def test_a_skill_requirement_relaxes_to_lower_levels() -> None:
    story = Story(skilled(queue_with(steps=FLUENT), anna=8, ben=4))
    story.log_on(BEN)
    story.arrive("C1", DIRECT_PILOT)
    assert agent_of(story, 1) is None
    story.later(30)
    assert agent_of(story, 1) == BEN
    decision = last(story, events.OfferMade).decision
    assert decision is not None
    assert (decision.step, decision.candidates, decision.plan) == (1, 1, "1")


def test_a_skill_that_an_agent_learns_counts_at_once_for_those_who_wait() -> None:
    story = Story(skilled(queue_with(steps=FLUENT), anna=8))
    story.log_on(BEN)
    story.arrive("C1", DIRECT_PILOT)
    story.tell(commands.ChangeAgentSkills(agent=BEN, skills={ENGLISH: 9}, origin=Origin.CONSOLE))
    assert agent_of(story, 1) == BEN
    story.arrive("C2", DIRECT_PILOT)
    story.tell(commands.ChangeAgentSkills(agent=BEN, skills=None, origin=Origin.CONSOLE))
    story.answer(1)
    story.hang_up("C1")
    story.later(8)
    assert agent_of(story, 2) is None, "as planned ben has no english"


def test_a_group_into_which_an_agent_is_put_counts_at_once_and_survives_a_reload() -> None:
    story = Story()
    story.log_on(CLEO)
    story.arrive("C1", DIRECT_PILOT)
    story.tell(commands.ChangeAgentGroups(agent=CLEO, groups=(GroupName("sales"),), origin=Origin.CONSOLE))
    assert agent_of(story, 1) == "cleo"
    story.tell(commands.LoadPlan(plan=site("2")))
    story.answer(1)
    story.hang_up("C1")
    story.later(8)
    story.arrive("C2", DIRECT_PILOT)
    assert agent_of(story, 2) == "cleo"


@pytest.mark.parametrize(
    ("skills", "code"),
    [
        ({ENGLISH: 11}, RefusalCode.NOT_POSSIBLE),
        ({ENGLISH: 0}, RefusalCode.NOT_POSSIBLE),
        ({SkillName("greek"): 3}, RefusalCode.UNKNOWN_SKILL),
    ],
)
def test_skills_that_the_plan_does_not_have_are_refused(skills: dict[SkillName, int], code: RefusalCode) -> None:
    story = Story(queue_with())
    change = commands.ChangeAgentSkills(agent=BEN, skills=skills, origin=Origin.CONSOLE)
    assert story.refused(change) is code
    there = commands.ChangeAgentGroups(agent=BEN, groups=(GroupName("nowhere"),), origin=Origin.CONSOLE)
    assert story.refused(there) is RefusalCode.UNKNOWN_GROUP


# --- order ------------------------------------------------------------


def test_an_unservable_head_blocks_nobody() -> None:
    story = Story(skilled(queue_with(steps=FLUENT), anna=8))
    for call in ("C1", "C2"):
        story.arrive(call, DIRECT_PILOT)
    story.arrive("C3")
    story.join(ContactId(3))
    story.verb(ContactId(3))
    story.press(ContactId(3), "2")
    story.log_on(CLEO)
    assert agent_of(story, 3) == "cleo"


def test_the_longest_waiting_across_queues_is_first() -> None:
    story = Story()
    story.arrive("C1")  # enters the centre first, and the queue second
    story.later(1)
    story.arrive("C2", DIRECT_PILOT)
    story.join(ContactId(1))
    story.verb(ContactId(1))
    story.press(ContactId(1), "2")
    story.log_on(ANNA)
    assert agent_of(story, 1) == ANNA


def test_a_priority_that_is_changed_changes_the_place() -> None:
    story = Story()
    for call in ("C1", "C2"):
        story.arrive(call, DIRECT_PILOT)
        story.later(1)
    story.tell(commands.ChangePriority(contact=ContactId(2), priority=4, origin=Origin.CONSOLE))
    story.log_on(ANNA)
    assert agent_of(story, 2) == ANNA


@pytest.mark.parametrize(
    ("contact", "priority", "code"),
    [
        (9, 3, RefusalCode.UNKNOWN_CONTACT),
        (1, 5, RefusalCode.NO_CHANGE),
        (1, 0, RefusalCode.NO_CHANGE),
        (1, 11, RefusalCode.NO_CHANGE),
        (2, 3, RefusalCode.TOO_LATE),
    ],
)
def test_a_priority_that_cannot_be_is_refused(contact: int, priority: int, code: RefusalCode) -> None:
    story = Story()
    story.arrive("C1", DIRECT_PILOT)
    story.arrive("C2")
    command = commands.ChangePriority(contact=ContactId(contact), priority=priority, origin=Origin.CONSOLE)
    assert story.refused(command) is code


def test_priorities_age_with_waiting_up_to_the_highest() -> None:
    story = Story(queue_with(ageing=10.0))
    story.arrive("C1", DIRECT_PILOT)
    story.later(25)
    assert waiting(story, 1).priority == 3
    story.arrive("C2", "7001")  # priority 1 at once
    story.later(15)
    assert waiting(story, 1).priority == 1
    story.later(100)
    story.log_on(ANNA)
    assert agent_of(story, 1) == ANNA, "equal priorities go by entry into the centre"


# --- limits ------------------------------------------------------------


def test_a_full_queue_turns_away_and_counts_whom() -> None:
    story = Story(queue_with(limits=QueueLimits(waiting=1)))
    story.arrive("C1", DIRECT_PILOT)
    story.arrive("C2", DIRECT_PILOT)
    counters = story.state.lines[SALES].counters
    assert (counters.received, counters.saturated) == (2, 1)
    assert [effect.contact for effect in story.effects if isinstance(effect, effects.ReleaseCall)] == [2]
    story.hang_up("C2")
    assert last(story, events.ContactReleased).disposition is Disposition.SATURATED


def test_a_queue_without_staff_is_blocked_and_so_many_may_wait_for_each_agent() -> None:
    story = Story(queue_with(limits=QueueLimits(staffed=True, per_agent=1.0)))
    story.arrive("C1", DIRECT_PILOT)
    assert story.state.lines[SALES].counters.blocked == 1
    story.log_on(ANNA)
    story.not_ready(ANNA)
    for call in ("C2", "C3"):
        story.arrive(call, DIRECT_PILOT)
    counters = story.state.lines[SALES].counters
    assert (counters.received, counters.saturated, len(story.state.lines[SALES].places)) == (3, 1, 1)


def test_the_longest_wait_ends_to_the_moment_but_not_while_an_agent_rings() -> None:
    story = Story(queue_with(limits=QueueLimits(longest=30.0)))
    story.arrive("C1", DIRECT_PILOT)
    story.later(25)
    story.log_on(ANNA)
    story.later(11.9)
    assert agent_of(story, 1) == ANNA
    story.later(0.2)
    assert story.state.lines[SALES].counters.timed_out == 1
    assert last(story, events.QueueLeft).contact == 1


def test_a_wait_that_ends_in_the_moment_in_which_the_last_ring_ends_is_over() -> None:
    story = Story(queue_with(limits=QueueLimits(longest=12.0)))
    story.log_on(ANNA)
    story.arrive("C1", DIRECT_PILOT)
    story.now += 12
    story.tell(commands.WakeUp())
    assert (story.state.lines[SALES].counters.unanswered, story.state.lines[SALES].counters.timed_out) == (1, 1)
    assert story.engine.next_deadline is None


# --- last agent, ring-all ------------------------------------------------------------


def test_a_customer_who_rings_again_gets_the_same_agent_for_a_while() -> None:
    story = Story(queue_with(last_agent=600.0, last_agent_wait=15.0, wrap_up=0.0))
    story.log_on(BEN)
    story.arrive("C1", DIRECT_PILOT, party=7)
    story.answer(1)
    story.log_on(ANNA)
    story.hang_up("C1")
    story.tell(commands.ReportPhoneBusy(device=DEVICES[BEN], busy=True))
    story.arrive("C2", DIRECT_PILOT, party=7)
    assert agent_of(story, 2) is None, "ben is waited for although anna is free"
    story.tell(commands.ReportPhoneBusy(device=DEVICES[BEN], busy=False))
    assert agent_of(story, 2) == BEN
    decision = last(story, events.OfferMade).decision
    assert decision is not None
    assert decision.rule == "last-agent"


def test_the_last_agent_is_waited_for_so_long_and_no_longer() -> None:
    story = Story(queue_with(last_agent=600.0, last_agent_wait=15.0, wrap_up=0.0))
    story.log_on(BEN)
    story.arrive("C1", DIRECT_PILOT, party=7)
    story.answer(1)
    story.log_on(ANNA)
    story.hang_up("C1")
    story.tell(commands.ReportPhoneBusy(device=DEVICES[BEN], busy=True))
    story.arrive("C2", DIRECT_PILOT, party=7)
    story.later(15)
    assert agent_of(story, 2) == ANNA


def test_a_last_agent_who_is_gone_is_not_waited_for() -> None:
    story = Story(queue_with(last_agent=600.0, wrap_up=0.0))
    story.log_on(BEN)
    story.arrive("C1", DIRECT_PILOT, party=7)
    story.answer(1)
    story.hang_up("C1")
    story.tell(commands.LogAgentOff(agent=BEN, origin=Origin.PHONE))
    story.log_on(ANNA)
    story.arrive("C2", DIRECT_PILOT, party=7)
    assert agent_of(story, 2) == ANNA


def test_after_the_time_anybody_will_do() -> None:
    story = Story(queue_with(last_agent=60.0, wrap_up=0.0))
    story.log_on(BEN)
    story.arrive("C1", DIRECT_PILOT, party=7)
    story.answer(1)
    story.log_on(ANNA)
    story.hang_up("C1")
    story.later(61)
    story.arrive("C2", DIRECT_PILOT, party=7)
    assert agent_of(story, 2) == ANNA, "longest idle again"


def test_ring_all_rings_everybody_and_has_one_winner() -> None:
    story = Story(queue_with(ring_all=True))
    story.log_on(ANNA, BEN)
    story.arrive("C1", DIRECT_PILOT)
    assert sorted(offer.agent for offer in story.state.offers.values()) == [ANNA, BEN]
    moves = [effect for effect in story.effects if isinstance(effect, effects.MoveToAgent)]
    assert sorted(effect.device for effect in moves) == ["7101", "7102"]
    story.answer(2)
    withdrawn = [effect.offer for effect in story.effects if isinstance(effect, effects.WithdrawOffer)]
    assert withdrawn == [1]
    assert story.state.contacts[ContactId(1)].agent == BEN
    assert story.state.agents[ANNA].work.value == "idle"
    assert story.refused(commands.ReportOfferAnswered(offer=OfferId(1))) is RefusalCode.TOO_LATE


def test_who_becomes_free_while_it_rings_rings_along() -> None:
    story = Story(queue_with(ring_all=True))
    story.log_on(ANNA)
    story.arrive("C1", DIRECT_PILOT)
    assert waiting(story, 1).offers == [1]
    story.later(3)
    story.log_on(BEN)
    assert waiting(story, 1).offers == [1, 2]
    assert [one.device for one in story.effects if isinstance(one, effects.MoveToAgent)] == ["7102"]
    assert story.state.offers[OfferId(2)].deadline == story.now + 12
    story.answer(2)
    assert story.state.contacts[ContactId(1)].agent == BEN
    assert story.state.past_offers[OfferId(1)].shared
    assert story.state.agents[ANNA].work.value == "idle"


def test_who_waits_comes_before_who_rings_already() -> None:
    story = Story(queue_with(ring_all=True))
    story.log_on(ANNA)
    story.arrive("C1", DIRECT_PILOT)
    story.arrive("C2", DIRECT_PILOT)
    story.log_on(BEN)
    assert (waiting(story, 1).offers, waiting(story, 2).offers) == ([1], [2])


def test_a_phone_that_did_not_get_the_call_is_not_asked_again_while_others_ring() -> None:
    story = Story(queue_with(ring_all=True))
    story.log_on(ANNA, BEN)
    story.arrive("C1", DIRECT_PILOT)
    failed = commands.ReportOfferFailed(offer=OfferId(1), outcome=OfferOutcome.CALL_NOT_MOVED, reason="no port")
    story.tell(failed)
    assert waiting(story, 1).offers == [2]
    assert story.state.agents[ANNA].work.value == "idle"


def test_others_keep_ringing_when_one_phone_fails() -> None:
    story = Story(queue_with(ring_all=True))
    story.log_on(ANNA, BEN)
    story.arrive("C1", DIRECT_PILOT)
    failed = commands.ReportOfferFailed(offer=OfferId(1), outcome=OfferOutcome.BUSY, reason="busy")
    story.tell(failed)
    assert waiting(story, 1).offers == [2]
    assert story.state.lines[SALES].position((5, START, ContactId(1))) == 1
    story.later(12)
    assert waiting(story, 1).offers == []
    assert story.state.lines[SALES].counters.unanswered == 2


def test_strategies_choose_as_they_are_called() -> None:
    plan = queue_with(strategy="top-down", order=(BEN, ANNA), wrap_up=0.0)
    story = Story(plan)
    story.log_on(ANNA, BEN)
    chosen = []
    for number in range(1, 4):
        story.arrive(f"C{number}", DIRECT_PILOT)
        chosen.append(agent_of(story, number))
        story.answer(number)
        story.hang_up(f"C{number}")
    assert chosen == [BEN, BEN, BEN]


def test_a_random_choice_is_the_same_in_every_replay_and_differs_by_seed() -> None:
    def chosen(seed: int) -> list[AgentId | None]:
        story = Story(queue_with(strategy="random", seed=seed, wrap_up=0.0))
        story.log_on(ANNA, BEN)
        found = []
        for number in range(1, 21):
            story.arrive(f"C{number}", DIRECT_PILOT)
            found.append(agent_of(story, number))
            story.answer(number)
            story.hang_up(f"C{number}")
        return found

    assert chosen(1) == chosen(1)
    assert chosen(1) != chosen(2)
    assert {*chosen(1)} == {ANNA, BEN}


# --- wrap-up, phones, what is explained ------------------------------------------------------------


def test_a_wrap_up_is_extended_and_ended() -> None:
    story = Story()
    story.log_on(ANNA)
    story.arrive("C1", DIRECT_PILOT)
    story.answer(1)
    story.hang_up("C1")
    story.later(5)
    story.tell(commands.ExtendWrapUp(agent=ANNA, seconds=60.0, origin=Origin.PHONE))
    story.arrive("C2", DIRECT_PILOT)
    story.later(59)
    assert agent_of(story, 2) is None
    story.tell(commands.EndWrapUp(agent=ANNA, origin=Origin.PHONE))
    assert agent_of(story, 2) == ANNA
    assert story.refused(commands.EndWrapUp(agent=ANNA, origin=Origin.PHONE)) is RefusalCode.NO_CHANGE


def test_a_phone_out_of_service_is_offered_nothing_and_gives_back_what_rings() -> None:
    story = Story()
    story.log_on(ANNA, BEN)
    story.arrive("C1", DIRECT_PILOT)
    story.tell(commands.ReportPhoneService(device=DEVICES[ANNA], in_service=False))
    assert agent_of(story, 1) == BEN
    story.ready(ANNA)
    story.arrive("C2", DIRECT_PILOT)
    assert agent_of(story, 2) is None
    story.tell(commands.ReportPhoneService(device=DEVICES[ANNA], in_service=True))
    assert agent_of(story, 2) == ANNA


def test_an_offer_names_a_few_of_many_agents_and_counts_the_rest() -> None:
    many = {AgentId(f"agent-{number:03}"): number for number in range(200)}
    agents = {name: AgentPlan(id=name, name=name, groups=(GroupName("sales"),)) for name in many}
    story = Story(site(agents=agents))
    for name, number in many.items():
        device = replace_device(number)
        story.tell(commands.LogAgentOn(agent=name, device=device, origin=Origin.PHONE))
        if number % 2:
            story.tell(commands.SetAgentReady(agent=name, origin=Origin.PHONE))
    story.arrive("C1", DIRECT_PILOT)
    made = last(story, events.OfferMade)
    assert made.decision is not None
    assert made.decision.candidates == 100
    assert made.decision.tally == {"not ready": 100}
    assert len(made.passed_over) <= 32
    assert len(made.decision.listed) <= 32


def replace_device(number: int) -> DeviceNumber:
    return DeviceNumber(f"8{number:03}")
