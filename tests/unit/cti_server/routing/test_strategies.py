"""Strategies: in which order agents are taken."""

from collections import Counter
from importlib.metadata import entry_points

import pytest

from cti_server.routing.strategies import BUILT_IN, DEFAULT_STRATEGY, Candidate, draw
from cti_server.vocabulary.ids import AgentId

ANNA = Candidate(AgentId("anna"), 5.0, last_offer=7, handled=2, talked=90.0, levels=9, place=2)
BEN = Candidate(AgentId("ben"), 3.0, last_offer=8, handled=3, talked=10.0, levels=4, place=0)
CLEO = Candidate(AgentId("cleo"), 3.0, last_offer=9, handled=1, talked=50.0, levels=12, place=1)


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("longest-idle", ["ben", "cleo", "anna"]),
        ("round-robin", ["anna", "ben", "cleo"]),
        ("fewest-contacts", ["cleo", "anna", "ben"]),
        ("least-talk-time", ["ben", "cleo", "anna"]),
        ("most-skilled", ["cleo", "anna", "ben"]),
        ("least-skilled", ["ben", "anna", "cleo"]),
        ("top-down", ["ben", "cleo", "anna"]),
        ("random", ["anna", "ben", "cleo"]),
    ],
)
def test_the_order_of_each_strategy_with_ties_by_id(name: str, order: list[str]) -> None:
    keyed = sorted((BUILT_IN[name](each), each.agent) for each in (CLEO, ANNA, BEN))
    assert [agent for _, agent in keyed] == order


def test_every_strategy_has_an_order_that_is_tested() -> None:
    assert len(BUILT_IN) == 8


def test_a_draw_is_even_and_repeats_itself() -> None:
    drawn = [draw(3, number, 5) for number in range(5000)]
    assert drawn == [draw(3, number, 5) for number in range(5000)]
    assert drawn != [draw(4, number, 5) for number in range(5000)]
    counts = Counter(drawn)
    assert sorted(counts) == [0, 1, 2, 3, 4]
    # Five standard deviations of a binomial with 5000 trials of one in five.
    assert all(abs(count - 1000) < 5 * (5000 * 0.2 * 0.8) ** 0.5 for count in counts.values())


def test_the_built_in_ones_are_the_entry_points() -> None:
    found = {each.name: each.load() for each in entry_points(group="callwright.strategies")}
    assert found == dict(BUILT_IN)
    assert DEFAULT_STRATEGY in found
