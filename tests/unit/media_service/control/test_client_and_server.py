"""Client and server of the control door against each other, over real sockets on the loopback."""

from typing import Any

from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.protocol import Protocol

from media_service.control.client import ControlClient
from media_service.control.codec import Decoder, Kind, encode
from media_service.control.messages import (
    PROTOCOL_VERSION,
    Answer,
    Hello,
    Ping,
    Port,
    PortChanged,
    Refused,
    SessionEnded,
    Verb,
    VerbEnded,
    VerbResult,
    Welcome,
)
from media_service.control.server import ControlServer
from tests.unit.media_service.driving import drive, pause, until

WELCOME = Welcome(version=PROTOCOL_VERSION, service="media-1", ports=(Port("7001", registered=True),), sessions=())
VERB = Verb(id="1-1", session="s", action=Answer())


class Service:
    def __init__(self) -> None:
        self.verbs: list[Verb] = []
        self.connected: list[int] = []

    def welcome(self) -> Welcome:
        return WELCOME

    def wish(self, verb: Any) -> Refused | None:
        self.verbs.append(verb)
        if verb.session == "defect":
            raise ZeroDivisionError
        return Refused("busy", "not now") if verb.session == "refuse" else None

    def clients_changed(self, connected: int) -> None:
        self.connected.append(connected)


class Observer:
    def __init__(self) -> None:
        self.heard: list[Any] = []

    def welcomed(self, client: ControlClient, welcome: Welcome) -> None:
        self.heard.append(welcome)

    def port_changed(self, client: ControlClient, port: Port) -> None:
        self.heard.append(port)

    def session_arrived(self, client: ControlClient, session: object) -> None:
        self.heard.append(session)

    def service_changed(self, client: ControlClient, change: object) -> None:
        self.heard.append(change)

    session_changed = digit_heard = quality = service_changed

    def session_ended(self, client: ControlClient, message: SessionEnded) -> None:
        self.heard.append(message)

    def verb_ended(self, client: ControlClient, message: VerbEnded) -> None:
        self.heard.append(message)

    def lost(self, client: ControlClient, reason: str) -> None:
        self.heard.append("lost")

    def fault(self, client: ControlClient, text: str) -> None:
        self.heard.append(("fault", text))


class Raw(Protocol):
    """A peer that sends what it likes."""

    def __init__(self) -> None:
        self.decoder = Decoder(Kind.SERVICE)
        self.heard: list[object] = []
        self.closed = False

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        self.heard += self.decoder.feed(data)

    def connectionLost(self, reason: object = None) -> None:  # noqa: N802
        self.closed = True


def served(reactor: AsyncioSelectorReactor) -> tuple[Service, ControlServer, list[str]]:
    service, lines = Service(), []
    server = ControlServer(reactor, service, lambda text, facts: lines.append(f"{text} {facts}"))
    server.start("127.0.0.1", 0)
    return service, server, lines


async def raw(reactor: AsyncioSelectorReactor, server: ControlServer) -> Raw:
    return await connectProtocol(TCP4ClientEndpoint(reactor, "127.0.0.1", server.port), Raw())


def test_client_is_welcomed_sends_verbs_and_hears_events() -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        service, server, _ = served(reactor)
        observer = Observer()
        client = ControlClient(reactor, "cti", "127.0.0.1", server.port, observer)
        assert client.send(VERB) is False
        client.start()
        await until(reactor, lambda: client.connected)
        assert observer.heard == [WELCOME]
        assert client.send(VERB) is True
        await until(reactor, lambda: service.verbs)
        assert service.verbs == [VERB]
        ended = VerbEnded(id="1-1", session="s", outcome=VerbResult("finished"))
        server.broadcast(ended)
        server.broadcast(PortChanged(Port("7001", registered=False)))
        await until(reactor, lambda: len(observer.heard) == 3)
        assert observer.heard[1:] == [ended, Port("7001", registered=False)]
        client.send(Verb(id="2", session="refuse", action=Answer()))
        await until(reactor, lambda: len(observer.heard) == 4)
        assert observer.heard[3] == ("fault", "media service refuses: busy: not now")
        await client.stop()
        assert not client.connected
        await until(reactor, lambda: service.connected == [1, 0])
        await server.stop()

    drive(story)


def test_client_comes_back_after_the_service_was_away() -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        _, server, _ = served(reactor)
        observer = Observer()
        client = ControlClient(reactor, "cti", "127.0.0.1", server.port, observer)
        client.start()
        await until(reactor, lambda: client.connected)
        port = server.port
        await server.stop()
        await until(reactor, lambda: not client.connected)
        await until(reactor, lambda: len(observer.heard) == 3)
        assert observer.heard[1] == "lost"
        assert "cannot be reached" in observer.heard[2][1]
        service = Service()
        again = ControlServer(reactor, service, lambda *_: None)
        again.start("127.0.0.1", port)
        await until(reactor, lambda: client.connected)
        assert observer.heard[3:] == [WELCOME]
        await client.stop()
        await again.stop()

    drive(story)


def test_hostile_bytes_are_refused_and_disturb_nobody() -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        service, server, lines = served(reactor)
        observer = Observer()
        client = ControlClient(reactor, "cti", "127.0.0.1", server.port, observer)
        client.start()
        await until(reactor, lambda: client.connected)
        for hostile, code in [
            (b"GET / HTTP/1.1\r\n\r\n", "bad_frame"),
            (encode(VERB), "out_of_turn"),
            (encode(Hello(version=99, client="x")), "version"),
            (encode(Hello(version=PROTOCOL_VERSION, client="x")) + b"\0\0\0\2{}" + encode(VERB), "bad_frame"),
            (encode(Hello(version=PROTOCOL_VERSION, client="x")) * 2, "out_of_turn"),
        ]:
            peer = await raw(reactor, server)
            peer.transport.write(hostile)
            await until(reactor, lambda peer=peer: peer.closed)
            assert isinstance(peer.heard[-1], Refused)
            assert peer.heard[-1].code == code
        assert sum(line.startswith("control client refused") for line in lines) == 5
        assert service.verbs == []
        client.send(VERB)
        await until(reactor, lambda: service.verbs)
        assert client.connected
        await client.stop()
        await server.stop()

    drive(story)


def test_each_of_several_clients_hears_everything() -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        _, server, _ = served(reactor)
        peers = [await raw(reactor, server) for _ in range(3)]
        for peer in peers:
            peer.transport.write(encode(Hello(version=PROTOCOL_VERSION, client="x")) + encode(Ping()))
        await until(reactor, lambda: all(len(peer.heard) == 2 for peer in peers))
        server.broadcast(SessionEnded(session="s", port="7001", reason="remote"))
        await until(reactor, lambda: all(len(peer.heard) == 3 for peer in peers))
        assert len(server.clients) == 3
        await server.stop()
        await until(reactor, lambda: all(peer.closed for peer in peers))

    drive(story)


def test_a_reader_that_stops_for_a_while_misses_nothing_and_hears_it_in_order() -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        _, server, _ = served(reactor)
        peer = await raw(reactor, server)
        peer.transport.write(encode(Hello(version=PROTOCOL_VERSION, client="x")))
        await until(reactor, lambda: peer.heard)
        peer.transport.pauseProducing()
        said = [SessionEnded(session=str(number), port="x" * 4000, reason="remote") for number in range(1500)]
        for start in range(0, 1200, 100):  # 6 MB: more than the system takes, less than is given up
            for each in said[start : start + 100]:
                server.broadcast(each)
            await pause(reactor, 0.005)
        peer.transport.resumeProducing()
        await until(reactor, lambda: len(peer.heard) == 1201)
        for each in said[1200:]:  # the way is free again
            server.broadcast(each)
        await until(reactor, lambda: len(peer.heard) == 1501)
        assert peer.heard[1:] == said
        await server.stop()

    drive(story)


def test_what_is_sent_in_one_turn_goes_out_as_one_piece() -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        _, server, _ = served(reactor)
        peer = await raw(reactor, server)
        pieces: list[int] = []
        feed = peer.decoder.feed

        def counted(data: bytes) -> list[Any]:
            pieces.append(len(data))
            return feed(data)

        peer.decoder.feed = counted  # type: ignore[method-assign]
        peer.transport.write(encode(Hello(version=PROTOCOL_VERSION, client="x")))
        await until(reactor, lambda: peer.heard)
        pieces.clear()
        ended = SessionEnded(session="s", port="7001", reason="remote")
        for _ in range(3):
            server.broadcast(ended)
        await until(reactor, lambda: len(peer.heard) == 4)
        assert pieces == [3 * len(encode(ended))]
        await server.stop()

    drive(story)
