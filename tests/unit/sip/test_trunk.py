"""Trunks: who may call which numbers, and which peer is the best to call out by."""

import pytest

from sip.events import Endpoint
from sip.trunks.keepalive import Watch
from sip.trunks.trunk import Trunk
from sip.ua import UserAgent
from tests.unit.sip.wire import BOB, numbered_tokens

EAST = Trunk("east", ("192.0.2.0/24", "2001:db8::1"), ("ivr", "4930*"), lines=2)


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("192.0.2.9", True),
        ("[2001:db8::1]", True),
        ("2001:db8::7", False),
        ("::ffff:192.0.2.9", True),
        ("203.0.113.1", False),
        ("not an address", False),
    ],
)
def test_configured_peers_alone(host: str, known: bool) -> None:
    assert EAST.knows(host) == known


@pytest.mark.parametrize(
    ("number", "served"), [("ivr", True), ("493012345", True), ("4930", True), ("ivr2", False), ("", False)]
)
def test_configured_numbers_alone(number: str, served: bool) -> None:
    assert EAST.serves(number) == served
    assert Trunk("west", ("198.51.100.7",), ("*",)).serves(number)


@pytest.mark.parametrize(
    ("peers", "numbers", "lines"),
    [
        (("pbx.example",), ("1",), 1),
        (("192.0.2.1",), ("4*3",), 1),
        (("192.0.2.1",), ("",), 1),
        (("192.0.2.1",), ("1",), 0),
    ],
)
def test_settings_that_mean_nothing_are_refused(peers: tuple[str, ...], numbers: tuple[str, ...], lines: int) -> None:
    with pytest.raises(ValueError, match=r"network|end of a number|line at least"):
        Trunk("x", peers, numbers, lines)


def test_calls_go_out_by_the_first_peer_that_answers() -> None:
    agent = UserAgent(BOB, numbered_tokens("b"))
    one, two = Endpoint("192.0.2.11", 5060), Endpoint("192.0.2.12", 5060)
    assert agent.best_of([one, two]) == one  # nothing is known yet
    agent.watch(Watch(one, misses=1, patience=1), 0.0)
    agent.handle_timer(2.0)
    assert agent.best_of([one, two]) == two
    agent.watch(Watch(two, misses=1, patience=1), 2.0)
    agent.handle_timer(4.0)
    assert agent.best_of([one, two]) == one
    with pytest.raises(ValueError, match="no peer"):
        agent.best_of([])
