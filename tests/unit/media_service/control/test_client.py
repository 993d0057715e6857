"""The client against services that do not behave."""

from typing import Any

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.protocol import Factory, Protocol

from media_service.control.client import ControlClient
from media_service.control.codec import encode
from media_service.control.messages import PROTOCOL_VERSION, Hello, Port, PortChanged, Refused, Welcome
from tests.unit.media_service.driving import drive, until

WELCOME = Welcome(version=PROTOCOL_VERSION, service="media-1", ports=(), sessions=())


class Observer:
    def __init__(self) -> None:
        self.faults: list[str] = []
        self.lost_reasons: list[str] = []
        self.welcomes = 0

    def welcomed(self, client: ControlClient, welcome: Welcome) -> None:
        self.welcomes += 1

    def port_changed(self, client: ControlClient, port: Any) -> None:
        raise ZeroDivisionError

    def session_arrived(self, client: ControlClient, session: Any) -> None:
        raise AssertionError

    session_ended = verb_ended = session_arrived
    service_changed = session_changed = digit_heard = quality = session_arrived

    def lost(self, client: ControlClient, reason: str) -> None:
        self.lost_reasons.append(reason)

    def fault(self, client: ControlClient, text: str) -> None:
        self.faults.append(text)


class Scripted(Protocol):
    """Says what it was told to say as soon as somebody connects."""

    says: bytes
    connections: list["Scripted"]

    def connectionMade(self) -> None:  # noqa: N802
        self.connections.append(self)
        self.transport.write(self.says)


def scripted(reactor: AsyncioSelectorReactor, says: bytes) -> tuple[Any, list[Scripted], ControlClient, Observer]:
    connections: list[Scripted] = []
    factory = Factory.forProtocol(type("Said", (Scripted,), {"says": says, "connections": connections}))
    listening = reactor.listenTCP(0, factory, interface="127.0.0.1")
    observer = Observer()
    client = ControlClient(reactor, "cti", "127.0.0.1", listening.getHost().port, observer)
    client.start()
    return listening, connections, client, observer


@pytest.mark.parametrize(
    ("says", "fault"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "media service sent a bad frame: a frame of "),
        (encode(Hello(version=PROTOCOL_VERSION, client="x")), "media service sent a bad frame: not a known message"),
        (encode(PortChanged(Port("7001", registered=True))), "media service said PortChanged before Welcome"),
        (
            encode(Welcome(version=1, service="x", ports=(), sessions=())),
            "media service speaks version 1 of the control protocol, not 2",
        ),
        (encode(Refused("version", "no")) + b"\xff" * 8, "media service refuses: version: no"),
    ],
)
def test_a_service_that_misbehaves_is_told_of_and_tried_again(says: bytes, fault: str) -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        listening, connections, client, observer = scripted(reactor, says)
        await until(reactor, lambda: len(connections) >= 2)
        assert observer.faults[0].startswith(fault)
        assert observer.welcomes == 0
        assert observer.lost_reasons == []
        assert not client.connected
        await client.stop()
        await listening.stopListening()

    drive(story)


def test_a_defect_of_the_observer_keeps_the_connection() -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        says = encode(WELCOME) + encode(PortChanged(Port("7001", registered=True))) + encode(WELCOME)
        listening, connections, client, observer = scripted(reactor, says)
        await until(reactor, lambda: observer.faults)
        assert observer.faults == ["media service said Welcome out of turn"]
        assert client.connected
        assert len(connections) == 1
        connections[0].transport.abortConnection()
        await until(reactor, lambda: observer.welcomes == 2)
        assert len(observer.lost_reasons) == 1
        await client.stop()
        await listening.stopListening()

    drive(story)
