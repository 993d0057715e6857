"""The cheap look at queues says what the views say."""

from hypothesis import given
from hypothesis import strategies as st

from cti_server.agents.agent import Agent
from cti_server.engine.state import State
from cti_server.engine.views import queue_views
from cti_server.telemetry.queue_look import look_at_queues
from cti_server.vocabulary.ids import AgentId, FlowName, GroupName, QueueName, SkillName
from cti_server.vocabulary.plan import AgentPlan, QueuePlan, SitePlan
from cti_server.vocabulary.requirements import Need, RequirementStep, SkillNeed
from cti_server.vocabulary.values import AgentStatus

GROUPS = [GroupName(name) for name in "gh"]
SKILL = SkillName("french")

agents = st.lists(
    st.tuples(
        st.sets(st.sampled_from(GROUPS)),
        st.integers(0, 10),
        st.sampled_from(AgentStatus),
        st.none() | st.sets(st.sampled_from(GROUPS)),
    ),
    max_size=12,
)
needs = st.lists(
    st.tuples(st.sets(st.sampled_from(GROUPS)), st.integers(0, 10)).map(
        lambda one: Need(groups=tuple(sorted(one[0])), skills=(SkillNeed(SKILL, one[1]),) if one[1] else ())
    ),
    min_size=1,
    max_size=3,
)


@given(agents, needs)
def test_the_crew_of_a_queue_is_who_the_views_count(people: list, wanted: list[Need]) -> None:
    plans, known = {}, {}
    for number, (groups, level, status, changed) in enumerate(people):
        name = AgentId(f"a{number}")
        skills = {SKILL: level} if level else {}
        plans[name] = AgentPlan(id=name, name="x", groups=tuple(sorted(groups)), skills=skills)
        own = None if changed is None else tuple(sorted(changed))
        known[name] = Agent(id=name, status=status, groups=own)
    steps = tuple(RequirementStep(10.0 * number, need) for number, need in enumerate(wanted))
    queue = QueuePlan(name=QueueName("q"), groups=(), flow=FlowName("f"), steps=steps)
    state = State(plan=SitePlan(version="1", queues={queue.name: queue}, agents=plans), agents=known)

    (view,), (look,) = queue_views(state, 5.0), look_at_queues(state, 5.0)
    assert (look.crew.logged_on, look.crew.ready, look.crew.free) == (view.logged_on, view.ready, view.free)
    assert (look.name, look.waiting, look.longest, look.late) == (view.name, 0, 0.0, 0)
