"""Selection rules."""

from importlib.metadata import entry_points
from itertools import permutations

from cti_server.routing.strategies import BUILT_IN, DEFAULT_STRATEGY, Candidate, longest_idle
from cti_server.vocabulary.ids import AgentId

ANNA, BEN, CLEO = (
    Candidate(AgentId("anna"), 5.0),
    Candidate(AgentId("ben"), 3.0),
    Candidate(AgentId("cleo"), 3.0),
)


def test_the_longest_idle_agent_is_taken_and_ties_go_by_id_in_whatever_order_they_come() -> None:
    assert {longest_idle(order) for order in permutations((ANNA, BEN, CLEO))} == {BEN}


def test_one_candidate_is_taken() -> None:
    assert longest_idle([ANNA]) is ANNA


def test_the_built_in_ones_are_the_entry_points() -> None:
    found = {each.name: each.load() for each in entry_points(group="callwright.strategies")}
    assert found == dict(BUILT_IN)
    assert DEFAULT_STRATEGY in found
