"""Stories of a site plan that changes under live contacts and agents."""

from dataclasses import replace

from cti_server.flows.steps import MusicStep, QueueStep
from cti_server.vocabulary import commands
from cti_server.vocabulary.ids import FlowName, PromptName, StepId
from cti_server.vocabulary.plan import FlowPlan
from cti_server.vocabulary.values import AgentStatus, WorkState
from tests.scenarios.engine.story import ANNA, BEN, SALES, SERVICE, WAITING, WELCOME, Story, site


def test_the_same_plan_again_is_no_event() -> None:
    story = Story()
    outcome = story.tell(commands.LoadPlan(plan=site()))
    assert (outcome.events, outcome.refusal) == ((), None)


def test_a_contact_finishes_on_the_flow_version_that_it_began_with() -> None:
    story = Story()
    contact = story.waiting_caller("C1")
    newer = FlowPlan(
        name=WAITING.name,
        version="q2",
        steps=(MusicStep(id=StepId("music"), music=PromptName("hold_music"), seconds=5.0),),
    )
    story.tell(commands.LoadPlan(plan=site("2", flows={**site().flows, WAITING.name: newer})))
    story.verb(contact)
    later = story.waiting_caller("C2")
    assert (story.state.contacts[contact].cursor.flow_version, story.state.contacts[later].cursor.flow_version) == (
        "q1",
        "q2",
    )
    story.hang_up("C1")
    assert story.state.old_flows == {}


def test_agents_that_the_plan_drops_are_logged_off_when_they_are_free() -> None:
    story = Story()
    story.log_on(ANNA, BEN)
    story.waiting_caller("C1")
    story.answer(1)
    story.transcript()
    story.tell(commands.LoadPlan(plan=site("2", agents={})))
    assert story.transcript() == ["0 PlanLoaded", "0 AgentLoggedOff ben"]
    assert BEN not in story.state.agents
    story.hang_up("C1")
    assert story.state.agents[ANNA].work is WorkState.WRAP_UP
    story.later(8)
    assert story.transcript()[-1] == "8 AgentLoggedOff anna"
    assert story.state.agents == {}


def test_a_dropped_agent_who_rings_keeps_the_call() -> None:
    story = Story()
    story.log_on(ANNA)
    story.waiting_caller("C1")
    story.tell(commands.LoadPlan(plan=site("2", agents={})))
    story.answer(1)
    assert story.state.agents[ANNA].work is WorkState.BUSY
    assert story.state.agents[ANNA].status is AgentStatus.READY


def test_a_dropped_queue_is_served_until_it_is_empty() -> None:
    story = Story()
    story.waiting_caller("C1", "2")
    queues = {SALES: site().queues[SALES]}
    story.tell(commands.LoadPlan(plan=site("2", queues=queues)))
    assert list(story.state.old_queues) == [SERVICE]
    story.log_on(ANNA)
    story.answer(1)
    story.hang_up("C1")
    assert story.state.old_queues == {}
    assert SERVICE not in story.state.lines
    assert SERVICE not in story.state.waits


def test_a_caller_in_an_old_flow_still_reaches_the_queue_that_the_flow_names() -> None:
    story = Story()
    contact = story.arrive("C1")
    story.join(contact)
    flow = FlowPlan(name=FlowName("welcome"), version="w2", steps=(QueueStep(id=StepId("q"), queue=SALES),))
    music = FlowPlan(name=FlowName("music"), version="m1", steps=(WAITING.steps[1],))
    queues = {SALES: replace(site().queues[SALES], flow=music.name)}
    story.tell(commands.LoadPlan(plan=site("2", queues=queues, flows={WELCOME.name: flow, music.name: music})))
    story.verb(contact)
    story.press(contact, "2")
    assert story.state.contacts[contact].queue == SERVICE
    assert story.state.contacts[contact].cursor.flow == WAITING.name


def test_new_groups_reach_those_who_wait() -> None:
    story = Story()
    story.log_on(BEN)
    story.waiting_caller("C1", "2")
    assert story.state.offers == {}
    agents = {**site().agents, BEN: replace(site().agents[BEN], groups=site().groups)}
    story.tell(commands.LoadPlan(plan=site("2", agents=agents)))
    assert story.kinds() == ["MoveToAgent"]
