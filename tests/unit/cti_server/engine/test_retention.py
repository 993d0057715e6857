"""What is kept of former plans, and until when."""

from dataclasses import replace

from cti_server.engine.retention import load_plan
from cti_server.engine.state import State
from cti_server.vocabulary import commands
from tests.scenarios.engine.story import SALES, SERVICE, WAITING, WELCOME, Story, site


def test_nothing_is_kept_where_nobody_needs_it() -> None:
    state = State()
    load_plan(state, site("1"))
    load_plan(state, site("2", queues={}, flows={}))
    assert (state.old_flows, state.old_queues, state.plan.version) == ({}, {}, "2")


def test_a_contact_keeps_its_flow_its_queues_and_their_flows() -> None:
    story = Story()
    story.arrive("C1")
    load_plan(story.state, site("2", queues={}, flows={}, pilots=()))
    assert set(story.state.old_flows) == {WELCOME.name, WAITING.name}
    assert set(story.state.old_queues) == {SALES, SERVICE}
    load_plan(story.state, site("3", queues={}, flows={}, pilots=()))
    assert set(story.state.old_flows) == {WELCOME.name, WAITING.name}
    load_plan(story.state, site("4"))
    assert (story.state.old_flows, story.state.old_queues) == ({}, {})


def test_two_versions_are_kept_beside_a_third() -> None:
    story = Story()
    story.arrive("C1")
    for version in ("w2", "w3"):
        newer = replace(WELCOME, version=version)
        story.tell(commands.LoadPlan(plan=site(version, flows={**site().flows, WELCOME.name: newer})))
        story.arrive(version)
    assert set(story.state.old_flows[WELCOME.name]) == {"w1", "w2"}
