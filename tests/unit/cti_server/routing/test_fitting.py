"""Who fits, what an agent may have in hand, and why others do not get a contact."""

import pytest

from cti_server.agents.agent import Agent, Engagement
from cti_server.routing.fitting import (
    DEFAULT_RULE,
    Phone,
    has_capacity,
    meets,
    members,
    obstacle,
    rule_of,
)
from cti_server.vocabulary.ids import AgentId, ContactId, GroupName, RuleName, SkillName
from cti_server.vocabulary.plan import AgentPlan, HandlingRule
from cti_server.vocabulary.requirements import Need, Requirement, RequirementStep, SkillNeed
from cti_server.vocabulary.values import AgentStatus, Channel, WorkState
from tests.scenarios.engine.story import ANNA, BEN, SALES, SERVICE, site

READY = AgentStatus.READY
ENGLISH = SkillName("english")
WRITER = HandlingRule(
    name=RuleName("writer"),
    most=4,
    limits={Channel.VOICE: 1, Channel.EMAIL: 2, Channel.CHAT: 3},
    interrupts={Channel.VOICE: (Channel.EMAIL,), Channel.CHAT: (Channel.EMAIL,)},
    weights={Channel.VOICE: 2.0},
    capacity=4.0,
)


def busy(*channels: Channel, work: WorkState = WorkState.BUSY) -> Agent:
    agent = Agent(id=ANNA, status=READY)
    for number, channel in enumerate(channels, start=7):
        contact = ContactId(number)
        agent.engagements[contact] = Engagement(contact=contact, channel=channel, work=work, since=0.0)
    return agent


@pytest.mark.parametrize(
    ("agent", "phone", "reason"),
    [
        (Agent(id=ANNA), Phone(), "logged off"),
        (Agent(id=ANNA, status=AgentStatus.NOT_READY), Phone(), "not ready"),
        (Agent(id=ANNA, status=AgentStatus.NOT_READY, reason="tea"), Phone(busy=True), "not ready: tea"),
        (Agent(id=ANNA, status=READY), Phone(busy=True), "phone is busy"),
        (Agent(id=ANNA, status=READY), Phone(busy=True, silent=True), "phone is out of service"),
        (Agent(id=ANNA, status=READY), Phone(), None),
    ],
)
def test_obstacles(agent: Agent, phone: Phone, reason: str | None) -> None:
    assert obstacle(agent, phone=phone) == reason


def test_a_phone_stands_in_the_way_of_calls_alone() -> None:
    agent = Agent(id=ANNA, status=READY)
    for channel in Channel:
        blocked = obstacle(agent, channel, phone=Phone(busy=True)) is not None
        assert blocked == (channel in {Channel.VOICE, Channel.CALLBACK})


@pytest.mark.parametrize("work", [work for work in WorkState if work is not WorkState.IDLE])
def test_whoever_has_a_call_is_not_offered_another(work: WorkState) -> None:
    assert "contact 7" in (obstacle(busy(Channel.VOICE, work=work)) or "")
    assert "contact 7" in (obstacle(busy(Channel.CALLBACK, work=work)) or "")


@pytest.mark.parametrize(
    ("in_hand", "offered", "allowed"),
    [
        ((), Channel.CHAT, True),
        ((), Channel.MESSAGE, False),  # the rule names no limit for it
        ((Channel.EMAIL,), Channel.EMAIL, True),
        ((Channel.EMAIL, Channel.EMAIL), Channel.EMAIL, False),
        ((Channel.EMAIL, Channel.EMAIL), Channel.VOICE, True),
        ((Channel.CHAT,), Channel.VOICE, False),  # a call does not interrupt a chat
        ((Channel.EMAIL,), Channel.CHAT, True),
        ((Channel.CHAT,), Channel.EMAIL, False),  # the other way round it does not
        ((Channel.EMAIL, Channel.CHAT, Channel.CHAT), Channel.CHAT, True),
        ((Channel.EMAIL, Channel.CHAT, Channel.CHAT, Channel.CHAT), Channel.CHAT, False),  # four are the most
    ],
)
def test_capacity_by_a_rule(in_hand: tuple[Channel, ...], offered: Channel, allowed: bool) -> None:
    assert has_capacity(busy(*in_hand), offered, WRITER) is allowed


def test_weights_are_summed_against_the_capacity() -> None:
    heavy = HandlingRule(
        name=RuleName("heavy"),
        most=8,
        limits=dict.fromkeys(Channel, 8),
        weights={Channel.EMAIL: 1.5},
        capacity=4.0,
    )
    assert has_capacity(busy(Channel.EMAIL), Channel.EMAIL, heavy)
    assert not has_capacity(busy(Channel.EMAIL, Channel.EMAIL), Channel.EMAIL, heavy)


def test_nobody_has_more_than_eight_contacts() -> None:
    greedy = HandlingRule(name=RuleName("greedy"), most=99, limits=dict.fromkeys(Channel, 99))
    assert has_capacity(busy(*[Channel.CHAT] * 7), Channel.CHAT, greedy)
    assert not has_capacity(busy(*[Channel.CHAT] * 8), Channel.CHAT, greedy)


def test_the_rule_of_an_agent_is_their_own_else_the_default_of_the_plan_else_one_at_a_time() -> None:
    own = AgentPlan(id=ANNA, name="Anna", groups=(), handling=WRITER.name)
    other = AgentPlan(id=BEN, name="Ben", groups=())
    default = HandlingRule(name=RuleName("default"), most=2)
    rules = {WRITER.name: WRITER, default.name: default}
    assert [rule_of(plan, rules) for plan in (own, other, None)] == [WRITER, default, default]
    assert rule_of(other, {}) is DEFAULT_RULE


def test_members_are_in_the_order_of_their_ids() -> None:
    plan = site()
    backwards = dict(reversed(list(plan.agents.items())))
    assert members(plan.queues[SALES], backwards, {}) == (ANNA, BEN)
    assert members(plan.queues[SERVICE], backwards, {}) == (ANNA, AgentId("cleo"))
    assert members(plan.queues[SALES], {}, {}) == ()


def test_a_change_of_groups_or_skills_counts_more_than_the_plan() -> None:
    plan = AgentPlan(id=ANNA, name="Anna", groups=(GroupName("sales"),), skills={ENGLISH: 3})
    in_sales = Requirement((RequirementStep(0.0, Need(groups=(GroupName("sales"),))),))
    fluent = Requirement((RequirementStep(0.0, Need(skills=(SkillNeed(ENGLISH, 5),))),))
    assert (meets(in_sales, 0, plan, None), meets(fluent, 0, plan, None)) == (True, False)
    changed = Agent(id=ANNA, groups=(), skills={ENGLISH: 5})
    assert (meets(in_sales, 0, plan, changed), meets(fluent, 0, plan, changed)) == (False, True)


def test_steps_add_and_a_reserved_agent_is_alone() -> None:
    steps = tuple(
        RequirementStep(after, Need(groups=(GroupName(group),))) for after, group in ((0.0, "sales"), (30.0, "service"))
    )
    requirement = Requirement(steps, agent=AgentId("cleo"))
    plans = site().agents
    fitting = {
        step: [name for name in sorted(plans) if meets(requirement, step, plans[name], None)] for step in (-1, 0, 1)
    }
    assert fitting == {-1: ["cleo"], 0: ["anna", "ben"], 1: ["anna", "ben", "cleo"]}
