"""What is kept of former plans, and until when."""

from dataclasses import replace

import pytest

from cti_server.engine import retention
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


def test_contacts_are_looked_through_ever_more_rarely_while_they_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []
    real = retention.forget_unused

    def counted(state: State) -> None:
        looks.append(len(state.contacts))
        real(state)

    story = Story()
    for number in range(64):
        story.arrive(f"C{number}")
    newer = replace(WELCOME, version="w2")
    story.tell(commands.LoadPlan(plan=site("2", flows={**site().flows, WELCOME.name: newer})))
    monkeypatch.setattr(retention, "forget_unused", counted)
    for number in range(64):
        story.hang_up(f"C{number}")
    assert story.state.old_flows == {}
    assert 0 < len(looks) < 20  # live and replayed alike
    assert sum(looks) < 2 * 64 * 2


def test_what_only_a_present_flow_leads_to_is_forgotten_as_well() -> None:
    story = Story()
    story.tell(commands.LoadPlan(plan=site("2", queues={SALES: site().queues[SALES]})))
    story.arrive("C1")
    story.hang_up("C1")
    assert (story.state.old_flows, story.state.old_queues) == ({}, {})
