"""Liveness and limits of a control connection, on a clock of the test's own."""

from typing import Any

from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from media_service.control.codec import Decoder, Kind, encode
from media_service.control.connection import MAX_UNSENT_BYTES, PING_INTERVAL, SILENCE_LIMIT
from media_service.control.messages import (
    PROTOCOL_VERSION,
    Answer,
    Hello,
    Ping,
    Pong,
    Refused,
    Session,
    SessionArrived,
    Verb,
    Welcome,
)
from media_service.control.server import HELLO_LIMIT, MAX_CONNECTIONS, ControlServer, _ServerFactory

HELLO = Hello(version=PROTOCOL_VERSION, client="cti\n\x1b[31m")


class Service:
    def __init__(self) -> None:
        self.failing = False

    def welcome(self) -> Welcome:
        return Welcome(version=PROTOCOL_VERSION, service="media-1", ports=(), sessions=())

    def wish(self, verb: Any) -> Refused | None:
        raise ZeroDivisionError

    def clients_changed(self, connected: int) -> None:
        pass


class Wire(StringTransport):
    """A transport with the one option of a socket that matters here."""

    no_delay = False

    def setTcpNoDelay(self, enabled: bool) -> None:  # noqa: N802 - Twisted's name
        self.no_delay = enabled


class Peer:
    """One accepted connection."""

    def __init__(self, server: ControlServer) -> None:
        self.wire = Wire()
        self.protocol = _ServerFactory(server).buildProtocol(None)
        self.protocol.makeConnection(self.wire)
        self._decoder = Decoder(Kind.SERVICE)

    def say(self, *messages: Any) -> "Peer":
        self.protocol.dataReceived(b"".join(encode(message) for message in messages))
        return self

    def heard(self) -> list[Any]:
        data = self.wire.value()
        self.wire.clear()
        return list(self._decoder.feed(data))

    @property
    def closed(self) -> bool:
        return self.wire.disconnecting or self.wire.disconnected


def server() -> tuple[Clock, ControlServer, list[str]]:
    clock, lines = Clock(), []
    return clock, ControlServer(clock, Service(), lambda text, facts: lines.append(f"{text} {facts}")), lines


def test_a_small_frame_does_not_wait_for_the_one_before_it() -> None:
    _, door, _ = server()
    assert Peer(door).wire.no_delay


def test_ping_is_answered_and_silence_ends_the_connection() -> None:
    clock, door, _ = server()
    peer = Peer(door).say(HELLO)
    assert [type(message) for message in peer.heard()] == [Welcome]
    peer.say(Ping())
    assert peer.heard() == [Pong()]
    for _ in range(10):
        clock.advance(PING_INTERVAL)
        assert peer.heard() == [Ping()]
        peer.say(Pong())
    clock.pump([PING_INTERVAL] * int(SILENCE_LIMIT / PING_INTERVAL))
    assert not peer.closed
    clock.advance(PING_INTERVAL)
    assert peer.closed


def test_a_connection_that_says_nothing_is_refused() -> None:
    clock, door, lines = server()
    peer = Peer(door)
    clock.advance(HELLO_LIMIT)
    assert peer.heard()[0].code == "no_hello"
    assert peer.closed
    assert len(lines) == 1


def test_too_many_connections() -> None:
    _, door, _ = server()
    peers = [Peer(door) for _ in range(MAX_CONNECTIONS)]
    assert Peer(door).heard()[0].code == "too_many_clients"
    assert not any(peer.closed for peer in peers)


def test_a_client_that_does_not_read_is_given_up() -> None:
    _, door, _ = server()
    slow, other = Peer(door).say(HELLO), Peer(door).say(HELLO)
    slow.protocol.pauseProducing()
    session = Session("s", "7001", "ringing", "x" * 100_000, "7000", "c", 0.0)
    for _ in range(MAX_UNSENT_BYTES // 100_000 + 1):
        door.broadcast(SessionArrived(session))
    assert slow.closed
    assert not other.closed


def test_names_of_clients_cannot_break_the_log() -> None:
    _, door, lines = server()
    Peer(door).say(HELLO)
    assert door.clients == ("cti??[31m",)
    assert "\x1b" not in lines[0]


def test_a_defect_behind_the_door_keeps_the_connection() -> None:
    _, door, _ = server()
    peer = Peer(door).say(HELLO)
    peer.say(Verb(id="1", session="s", action=Answer()), Ping())
    assert peer.heard()[-1] == Pong()
    assert not peer.closed
