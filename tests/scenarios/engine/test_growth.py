"""What the engine keeps for itself stays as large as what is going on, however long it runs."""

from dataclasses import replace

from cti_server.engine.deadlines import SLACK, Deadlines
from cti_server.engine.matching import Matching
from cti_server.engine.matching.index import SPARE_POOLS
from cti_server.engine.state import State
from cti_server.vocabulary import commands, events
from cti_server.vocabulary.ids import AgentId
from cti_server.vocabulary.plan import AgentPlan, QueueLimits
from cti_server.vocabulary.requirements import Requirement
from cti_server.vocabulary.values import Channel
from tests.scenarios.engine.story import ANNA, BEN, SALES, Story, site


def test_the_longest_wait_is_not_noted_for_ever_with_every_step() -> None:
    queues = dict(site().queues)
    queues[SALES] = replace(queues[SALES], limits=QueueLimits(longest=3600.0))
    story = Story(site(queues=queues))
    story.waiting_caller("C1")
    entered = next(each for each in reversed(story.journal) if isinstance(each.event, events.StepEntered))
    deadlines = Deadlines(story.state)
    for _ in range(5 * SLACK):
        deadlines.note(entered)
        assert deadlines.entries <= SLACK + 20

    assert deadlines.next() == story.engine.next_deadline


def test_agents_and_last_agents_that_the_plan_has_dropped_are_forgotten() -> None:
    queues = dict(site().queues)
    queues[SALES] = replace(queues[SALES], last_agent=600.0, wrap_up=0.0)
    story = Story(site(queues=queues))
    story.log_on(ANNA, BEN)
    story.arrive("C1", "7009")
    story.answer(1)
    story.hang_up("C1")
    story.log_off(ANNA)
    assert story.state.served[SALES]
    left = {agent: plan for agent, plan in site().agents.items() if agent != ANNA}
    story.tell(commands.LoadPlan(plan=site("2", agents=left)))

    assert set(story.state.agents) == {BEN}
    assert story.state.served == {}


def test_pools_of_many_reserved_agents_are_not_looked_through_for_each_new_one() -> None:
    agents = {AgentId(f"a{n}"): AgentPlan(id=AgentId(f"a{n}"), name="", groups=()) for n in range(3 * SPARE_POOLS)}
    plan = site(agents=agents)
    matching = Counting(State(plan=plan))
    for agent in agents:
        wanted = Requirement(plan.queues[SALES].requirement.steps, agent=agent)
        matching.reserve(wanted)

    assert matching.looked <= 3


class Counting(Matching):
    """Counts how often all pools are looked through; every pool is in use."""

    looked = 0

    def reserve(self, wanted: Requirement) -> None:
        """Make the pool of those who wait for one agent."""
        queue = self._state.plan.queues[SALES]
        self._pool(self._key(queue, wanted, -1, Channel.CALLBACK)).waiting += 1

    def _forget_unused(self) -> None:
        self.looked += 1
        super()._forget_unused()
