"""The state finds what its plan says quickly, and what it is found by is no part of it."""

from copy import deepcopy
from dataclasses import replace

from cti_server.engine.retention import load_plan
from cti_server.engine.state import State
from cti_server.vocabulary.ids import DeviceNumber, LinkName
from tests.scenarios.engine.story import site

OTHER = LinkName("elsewhere")


def test_a_pilot_is_found_by_link_and_number_in_the_plan_in_force() -> None:
    state, plan = State(), site("1")
    (pilot, *_) = plan.pilots
    assert state.pilot(pilot.link, pilot.number) is None
    load_plan(state, plan)
    assert state.pilot(pilot.link, pilot.number) is pilot
    assert state.pilot(OTHER, pilot.number) is None
    moved = replace(pilot, number=DeviceNumber("7999"))
    load_plan(state, site("2", pilots=(moved,)))
    assert state.pilot(pilot.link, pilot.number) is None
    assert state.pilot(pilot.link, moved.number) is moved


def test_of_two_pilots_of_one_number_the_first_counts() -> None:
    (pilot, *_) = site().pilots
    second = replace(pilot, link=pilot.link)
    state = State(plan=site("1", pilots=(pilot, second)))
    assert state.pilot(pilot.link, pilot.number) is pilot


def test_a_copy_finds_by_itself_and_is_equal() -> None:
    state = State(plan=site("1"))
    (pilot, *_) = state.plan.pilots
    copy = deepcopy(state)
    assert copy == state
    load_plan(state, site("2", pilots=()))
    assert state.pilot(pilot.link, pilot.number) is None
    assert copy.pilot(pilot.link, pilot.number) == pilot
