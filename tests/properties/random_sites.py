"""Random sites for the engine's machine: strategies, steps, skills, limits, rules and channels in any combination."""

from dataclasses import replace
from zlib import crc32

from hypothesis import strategies as st

from cti_server.routing.strategies import BUILT_IN
from cti_server.vocabulary.ids import AgentId, FlowName, GroupName, RuleName, SkillName
from cti_server.vocabulary.plan import AgentPlan, HandlingRule, QueueLimits, QueuePlan, SitePlan, TrialGuard, TrialPlan
from cti_server.vocabulary.requirements import Need, RequirementStep, SkillNeed
from cti_server.vocabulary.values import SPOKEN, Channel
from tests.scenarios.engine.story import DEVICES, DIRECT, SALES, SERVICE, WAITING, site

GROUPS = tuple(GroupName(each) for each in ("sales", "service"))
SKILLS = tuple(SkillName(each) for each in ("english", "billing"))
OTHER_WAITING = replace(WAITING, name=FlowName("waiting-2"), version="q1-2")
MAIL = "mailto:help@example.com"

needs = st.builds(
    Need,
    groups=st.lists(st.sampled_from(GROUPS), unique=True, max_size=2).map(tuple),
    skills=st.lists(
        st.builds(SkillNeed, st.sampled_from(SKILLS), st.sampled_from([1, 5, 9])),
        unique_by=lambda need: need.skill,
        max_size=2,
    ).map(tuple),
)
steps = st.lists(needs, max_size=3).map(
    lambda wanted: tuple(RequirementStep(5.0 * number, need) for number, need in enumerate(wanted))
)
skills = st.dictionaries(st.sampled_from(SKILLS), st.integers(min_value=1, max_value=10), max_size=2)
groups = st.lists(st.sampled_from(GROUPS), unique=True, max_size=2).map(tuple)
limits = st.builds(
    QueueLimits,
    waiting=st.sampled_from([None, None, 0, 2]),
    per_agent=st.sampled_from([None, None, 1.0, 2.5]),
    staffed=st.sampled_from([False, False, True]),
    longest=st.sampled_from([None, None, 12.0, 30.0]),
)
rules = st.builds(
    HandlingRule,
    name=st.just(RuleName("default")),
    most=st.integers(min_value=1, max_value=4),
    limits=st.fixed_dictionaries(
        {each: st.integers(min_value=0, max_value=1 if each in SPOKEN else 3) for each in Channel}
    ),
    interrupts=st.dictionaries(
        st.sampled_from(list(Channel)), st.lists(st.sampled_from(list(Channel)), max_size=3).map(tuple), max_size=3
    ),
    weights=st.dictionaries(st.sampled_from(list(Channel)), st.sampled_from([0.5, 1.0, 2.0]), max_size=3),
    capacity=st.sampled_from([None, 2.0, 3.0]),
)


def trials(flow: FlowName) -> st.SearchStrategy[TrialPlan]:
    """A trial of the flow, with a guard that is quick to judge."""
    guards = st.builds(
        TrialGuard,
        errors=st.sampled_from([None, 0.0, 50.0]),
        abandoned=st.sampled_from([0.0, 30.0]),
        least=st.sampled_from([1, 2]),
        window=st.sampled_from([2, 5]),
    )
    return st.builds(TrialPlan, flow=st.just(flow), share=st.sampled_from([1.0, 50.0, 100.0]), guard=st.none() | guards)


@st.composite
def queues(draw: st.DrawFn, base: QueuePlan) -> QueuePlan:
    """A queue like ``base`` in any other respect than its flow."""
    return replace(
        base,
        strategy=draw(st.sampled_from(sorted(BUILT_IN))),
        steps=draw(steps),
        ring_all=draw(st.sampled_from([False, False, True])),
        last_agent=draw(st.sampled_from([0.0, 100.0])),
        last_agent_wait=draw(st.sampled_from([1.0, 20.0])),
        ageing=draw(st.sampled_from([None, None, 4.0])),
        limits=draw(limits),
        wrap_up=draw(st.sampled_from([0.0, 8.0])),
        seed=draw(st.integers(min_value=0, max_value=3)),
        order=draw(st.permutations(sorted(DEVICES)).map(lambda order: tuple(order[:2]))),
        trial=draw(st.none() | trials(OTHER_WAITING.name)),
    )


@st.composite
def sites(draw: st.DrawFn) -> SitePlan:
    """A whole plan; its version is a digest of it."""
    agents = {
        agent: AgentPlan(id=AgentId(agent), name=agent, groups=draw(groups), skills=draw(skills)) for agent in DEVICES
    }
    base = site()
    rule = draw(rules)
    plan = replace(
        base,
        agents=agents,
        queues={name: draw(queues(base.queues[name])) for name in (SALES, SERVICE)},
        skills=SKILLS,
        rules=draw(st.sampled_from([{}, {rule.name: rule}])),
        destinations={MAIL: DIRECT.name},
        pilots=tuple(replace(each, trial=draw(st.none() | trials(DIRECT.name))) for each in base.pilots),
        flows={**base.flows, WAITING.name: WAITING, OTHER_WAITING.name: OTHER_WAITING},
    )
    return replace(plan, version=f"r{crc32(repr(plan).encode())}")
