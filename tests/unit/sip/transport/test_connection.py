"""What a stream peer may cost, by a clock that the test moves: time, bytes, connections; and keep-alives."""

from collections.abc import Callable

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Factory
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from sip.events import Endpoint
from sip.transport.connection import Stream
from sip.transport.connections import Connections
from sip.transport.framing import ByteStream
from sip.transport.limits import StreamLimits
from tests.unit.sip.transport.test_endpoint import OPTIONS

LIMITS = StreamLimits(
    connections=5, per_address=3, first_message=30, message=15, idle=300, ping=90, pong=10, unsent=1000
)


class Wire(StringTransport):
    """A transport that says how it was closed."""

    aborted = False
    no_delay = False

    def setTcpNoDelay(self, enabled: bool) -> None:  # noqa: N802 - Twisted's
        self.no_delay = enabled

    def abortConnection(self) -> None:  # noqa: N802 - Twisted's
        self.aborted = self.disconnecting = True

    @property
    def closed(self) -> bool:
        return bool(self.disconnecting)


class Bench:
    """Connections of a reactor that dials nowhere."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.dialled: list[tuple[str, int, object]] = []
        self.clock.connectTCP = lambda host, port, factory, timeout: self.dialled.append((host, port, factory))  # type: ignore[attr-defined]
        self.named: list[str] = []
        self.connections = Connections(self.clock, self, LIMITS, self.secure)  # type: ignore[arg-type]  # a clock that dials
        self.heard: list[bytes] = []
        self.gone: list[Endpoint] = []
        self.made: list[Endpoint] = []
        self.complaints: list[str] = []

    def secure(self, factory: Factory, name: str) -> Factory:
        self.named.append(name)
        return factory

    def received(self, data: bytes, source: Endpoint) -> None:
        self.heard.append(data)

    def connected(self, peer: Endpoint) -> None:
        self.made.append(peer)

    def unreachable(self, peer: Endpoint) -> None:
        self.gone.append(peer)

    def garbled(self, peer: Endpoint, reason: str, data: bytes) -> None:
        self.complaints.append(reason)

    def accept(self, host: str = "192.0.2.1", port: int = 40_000) -> tuple[Stream, Wire] | None:
        factory = self.connections.accepting("tcp", ByteStream)
        stream = factory.buildProtocol(IPv4Address("TCP", host, port))
        if stream is None:
            return None
        wire = Wire()
        stream.makeConnection(wire)
        return stream, wire

    def accepted(self) -> tuple[Stream, Wire]:
        accepted = self.accept()
        assert accepted is not None
        return accepted

    def dial(self) -> tuple[Stream, Wire]:
        assert self.connections.send(b"first", PEER, "")
        stream = self.dialled[-1][2].buildProtocol(None)  # type: ignore[attr-defined]  # a factory
        wire = Wire()
        stream.makeConnection(wire)
        return stream, wire


PEER = Endpoint("192.0.2.9", 5060, "tcp")


@pytest.fixture
def bench() -> Bench:
    return Bench()


def silent(_stream: Stream) -> None:
    """Say nothing at all."""


def half(stream: Stream) -> None:
    stream.dataReceived(OPTIONS[:40])


def one_and_a_half(stream: Stream) -> None:
    stream.dataReceived(OPTIONS + OPTIONS[:40])


@pytest.mark.parametrize(("says", "seconds", "told"), [(silent, 30, 0), (half, 30, 1), (one_and_a_half, 15, 1)])
def test_a_message_must_be_whole_in_time(bench: Bench, says: Callable[[Stream], None], seconds: int, told: int) -> None:
    stream, wire = bench.accepted()
    says(stream)
    bench.clock.advance(seconds - 1)
    assert not wire.closed
    bench.clock.advance(2)
    assert wire.closed
    assert bench.complaints == [f"no whole message within {seconds} s"] * told


def test_a_small_message_does_not_wait_for_the_one_before_it() -> None:
    made = Bench().accept()
    assert made is not None
    assert made[1].no_delay


def test_dribbling_does_not_win_time(bench: Bench) -> None:
    stream, wire = bench.accepted()
    stream.dataReceived(OPTIONS)
    for place in range(20):
        stream.dataReceived(OPTIONS[place : place + 1])
        bench.clock.advance(1)
    assert wire.closed


def test_whole_messages_and_keep_alives_keep_a_connection(bench: Bench) -> None:
    stream, wire = bench.accepted()
    for _ in range(20):
        stream.dataReceived(b"\r\n\r\n")
        bench.clock.advance(100)
        stream.dataReceived(OPTIONS)
        bench.clock.advance(100)
    assert not wire.closed
    assert wire.value() == b"\r\n" * 20
    assert len(bench.heard) == 20
    bench.clock.advance(300)
    assert wire.closed
    assert bench.complaints == []  # nothing wrong was sent


def test_what_is_said_behind_the_end_is_not_heard(bench: Bench) -> None:
    stream, wire = bench.accepted()
    stream.dataReceived(b"no SIP\r\n\r\n")
    stream.dataReceived(OPTIONS)
    assert wire.closed
    assert bench.heard == []
    assert len(bench.complaints) == 1
    bench.clock.advance(11)
    assert wire.aborted  # a peer that does not let go


def test_a_peer_that_does_not_read_is_cut_off(bench: Bench) -> None:
    stream, wire = bench.accepted()
    stream.dataReceived(OPTIONS)
    stream.pauseProducing()
    stream.send(b"x" * 900)
    stream.resumeProducing()
    stream.pauseProducing()
    stream.send(b"x" * 900)
    assert not wire.closed
    stream.send(b"x" * 900)
    assert wire.aborted
    assert bench.complaints == ["peer does not read: 1800 bytes wait"]


def test_connections_of_one_address_and_of_all_are_limited(bench: Bench) -> None:
    accepted = [bench.accept(port=port) for port in range(40_000, 40_005)]
    assert [each is not None for each in accepted] == [True, True, True, False, False]
    assert bench.accept("192.0.2.2") is not None
    assert bench.accept("192.0.2.3") is not None
    assert bench.accept("192.0.2.4") is None
    assert not bench.connections.send(b"x", PEER, "")
    assert accepted[0] is not None
    accepted[0][0].connectionLost(Failure(ConnectionDone()))
    assert bench.accept(port=40_010) is not None
    assert bench.gone == [Endpoint("192.0.2.1", 40_000, "tcp")]


def test_what_waited_is_sent_and_the_peer_is_kept_alive(bench: Bench) -> None:
    stream, wire = bench.dial()
    assert bench.connections.send(b"second", PEER, "")
    assert wire.value() == b"firstsecond"
    assert bench.made == [PEER]
    stream.dataReceived(OPTIONS)
    wire.clear()
    bench.clock.advance(91)
    assert wire.value() == b"\r\n\r\n"
    bench.clock.advance(90)  # it has never answered one, so it owes nothing (RFC 5626 4.4.1)
    assert wire.value() == b"\r\n\r\n" * 2
    stream.dataReceived(b"\r\n")
    bench.clock.advance(90)
    bench.clock.advance(11)
    assert wire.closed
    assert bench.complaints == []


def test_a_connection_that_cannot_be_made_is_told_once(bench: Bench) -> None:
    assert bench.connections.send(b"x", PEER, "")
    assert bench.connections.send(b"y", PEER, "")
    assert len(bench.dialled) == 1
    bench.dialled[0][2].clientConnectionFailed(None, Failure(ConnectionDone()))  # type: ignore[attr-defined]
    assert bench.gone == [PEER]


def test_an_address_that_a_name_led_to_keeps_the_name_of_its_certificate(bench: Bench) -> None:
    here, other = Endpoint("192.0.2.9", 5061, "tls"), Endpoint("192.0.2.8", 5061, "tls")
    for peer, name in ((here, "192.0.2.9"), (here, "pbx.example"), (here, "192.0.2.9"), (other, "192.0.2.8")):
        assert bench.connections.send(b"x", peer, name)
        bench.dialled[-1][2].clientConnectionFailed(None, Failure(ConnectionDone()))  # type: ignore[attr-defined]
    assert bench.named == ["192.0.2.9", "pbx.example", "pbx.example", "192.0.2.8"]


@pytest.mark.parametrize("transport", ["ws", "wss", "tls"])
def test_some_peers_cannot_be_connected_to(bench: Bench, transport: str) -> None:
    without_tls = Connections(bench.clock, bench, LIMITS, None)  # type: ignore[arg-type]  # a clock that dials
    assert not without_tls.send(b"x", Endpoint("192.0.2.9", 5060, transport), "")


def test_after_the_end_nothing_is_told(bench: Bench) -> None:
    stream, wire = bench.accepted()
    bench.connections.stop()
    stream.connectionLost(Failure(ConnectionDone()))
    assert wire.aborted
    assert bench.gone == []
    assert bench.accept() is None
    assert bench.clock.getDelayedCalls() == []


def test_limits_are_above_0() -> None:
    with pytest.raises(ValueError, match="above 0"):
        StreamLimits(idle=0)
