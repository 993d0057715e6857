"""OPTIONS keep-alive: a peer comes, goes and comes back; what counts as an answer; the state is told once."""

import pytest

from sip.events import Endpoint, PeerReachable, PeerUnreachable
from sip.headers import Headers
from sip.message import Request, Response, parse_message, serialise
from sip.trunks.keepalive import Watch
from tests.unit.sip.wire import ALICE, BOB, Wire, methods


def watching(transport: str = "udp") -> Wire:
    wire = Wire(transport)
    peer = Endpoint(BOB.host, BOB.port, transport)
    wire.alice.agent.watch(Watch(peer, interval=30, patience=4, retry=5, misses=2), wire.now)
    wire.run()
    return wire


def test_a_peer_that_answers_is_told_once_and_asked_on() -> None:
    wire = watching()
    assert wire.alice.events == [PeerReachable(BOB)]
    assert wire.alice.sent[0].uri == "sip:192.0.2.2:5060"
    wire.advance(300)
    assert wire.alice.events == [PeerReachable(BOB)]
    assert 9 <= methods(wire.alice.sent).count("OPTIONS") <= 12
    assert methods(wire.bob.sent) == ["200 OPTIONS"] * len(wire.bob.sent)


def test_a_peer_that_goes_and_comes_back() -> None:
    wire = watching()
    wire.cut = True
    wire.advance(31 + 4)
    assert wire.alice.kinds() == ["PeerReachable"]  # one miss is not enough
    wire.advance(12)
    assert wire.alice.events[1:] == [PeerUnreachable(BOB, "no answer")]
    wire.advance(300)
    assert len(wire.alice.events) == 2
    wire.cut = False
    wire.advance(11)
    assert wire.alice.events[2:] == [PeerReachable(BOB)]


@pytest.mark.parametrize(
    ("status", "there"), [(200, True), (404, True), (401, True), (483, True), (503, False), (408, False), (100, None)]
)
def test_what_counts_as_an_answer(status: int, there: bool | None) -> None:
    wire = Wire()
    wire.alice.agent.watch(Watch(BOB, misses=1), wire.now)
    [question] = [parse_message(out.data) for out in wire.alice.agent.outgoing()]
    assert isinstance(question, Request)
    headers = Headers(
        [(name, value) for name, value in question.headers if name in ("Via", "From", "To", "Call-ID", "CSeq")]
    )
    wire.alice.agent.receive(serialise(Response(status, "Whatever", headers)), BOB, wire.now)
    event = wire.alice.agent.next_event()
    assert event == {True: PeerReachable(BOB), False: PeerUnreachable(BOB, f"{status} Whatever"), None: None}[there]


def test_a_connection_that_fails_is_a_miss_at_once() -> None:
    wire = Wire("tcp")
    peer = Endpoint(BOB.host, BOB.port, "tcp")
    wire.alice.agent.watch(Watch(peer, misses=1), wire.now)
    wire.alice.agent.outgoing()
    wire.alice.agent.send_failed(peer, wire.now)
    assert wire.alice.agent.next_event() == PeerUnreachable(peer, "Service Unavailable")


def test_who_is_not_watched_is_not_asked() -> None:
    wire = watching("tcp")
    wire.alice.agent.unwatch(wire.bob.address)
    wire.alice.agent.unwatch(ALICE)
    wire.alice.sent.clear()
    wire.advance(300)
    assert wire.alice.sent == []


def test_a_late_answer_counts_as_one() -> None:
    wire = Wire()
    wire.alice.agent.watch(Watch(BOB, misses=1), wire.now)
    [question] = wire.alice.agent.outgoing()
    wire.cut = True
    wire.advance(4.5)
    assert wire.alice.events == [PeerUnreachable(BOB, "no answer")]
    wire.cut = False
    wire.bob.agent.receive(question.data, ALICE, wire.now)
    wire.run()
    assert wire.alice.events[1:] == [PeerReachable(BOB)]


@pytest.mark.parametrize("name", ["interval", "patience", "retry", "misses"])
def test_times_are_above_nought(name: str) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Watch(BOB, **{name: 0})
