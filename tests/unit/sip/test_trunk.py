"""Trunks: who may call which numbers, how many at a time, and which peer is the best to call out by."""

import pytest

from sip.events import Endpoint, InviteReceived
from sip.trunks.keepalive import Watch
from sip.trunks.trunk import Admission, Doors, Trunk
from sip.ua import UserAgent
from sip.uri import SipUri
from tests.unit.sip.wire import ANSWER, BOB, OFFER, Wire, numbered_tokens

EAST = Trunk("east", ("192.0.2.0/24", "2001:db8::1"), ("ivr", "4930*"), lines=2)
WEST = Trunk("west", ("198.51.100.7",), ("*",))


@pytest.mark.parametrize(
    ("number", "host", "admission"),
    [
        ("ivr", "192.0.2.9", Admission(trunk=EAST)),
        ("493012345", "192.0.2.9", Admission(trunk=EAST)),
        ("4930", "[2001:db8::1]", Admission(trunk=EAST)),
        ("ivr", "::ffff:192.0.2.9", Admission(trunk=EAST)),
        ("ivr2", "192.0.2.9", Admission(404)),
        ("", "192.0.2.9", Admission(404)),
        ("ivr", "203.0.113.1", Admission(403)),
        ("ivr", "not an address", Admission(403)),
        ("anything", "198.51.100.7", Admission(trunk=WEST)),
    ],
)
def test_configured_numbers_for_configured_peers_alone(number: str, host: str, admission: Admission) -> None:
    assert Doors([EAST, WEST]).admit(number, host) == admission


def test_without_any_door_everybody_is_let_in() -> None:
    assert Doors().admit("x", "203.0.113.1") == Admission()


def test_registered_extensions_beside_trunks() -> None:
    doors = Doors([EAST], ["7001"], ["203.0.113.0/24"])
    assert doors.admit("7001", "203.0.113.1") == Admission()
    assert doors.admit("7002", "203.0.113.1") == Admission(404)
    assert doors.admit("7001", "192.0.2.9") == Admission(404)
    assert doors.admit("7001", "198.51.100.1") == Admission(403)
    assert doors.admit("ivr", "192.0.2.9") == Admission(trunk=EAST)
    assert Doors([], ["7001"]).admit("7001", "2001:db8::7") == Admission()


def called(wire: Wire, user: str) -> int:
    """Call Bob at a number; 0: he was asked, else the status of the refusal."""
    before = len(wire.bob.events)
    wire.bob.sent.clear()
    wire.alice.agent.invite(target=SipUri(user=user, host=BOB.host), sdp=OFFER, from_user="alice", now=wire.now)
    wire.run()
    return 0 if len(wire.bob.events) > before else wire.bob.sent[-1].status


def test_lines_are_counted_and_given_back() -> None:
    wire = Wire()
    doors = Doors([EAST])
    wire.bob.agent = UserAgent(BOB, numbered_tokens("b"), doors=doors)
    assert [called(wire, user) for user in ("ivr", "49301", "49302")] == [0, 0, 503]
    assert wire.bob.sent[-1].headers.get("Retry-After") == "5"
    assert [event.trunk for event in wire.bob.events if isinstance(event, InviteReceived)] == ["east", "east"]
    assert doors.taken(EAST) == 2
    first, second = wire.bob.legs
    wire.bob.agent.refuse(first, 486, "", wire.now)
    wire.run()
    assert doors.taken(EAST) == 1
    assert called(wire, "49303") == 0
    wire.bob.agent.accept(second, ANSWER, wire.now)
    wire.run()
    wire.bob.agent.hangup(second, wire.now)
    wire.run()
    assert doors.taken(EAST) == 1
    assert called(wire, "nobody") == 404
    assert doors.taken(EAST) == 1


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
