"""The media service's end of the control door: any number of CTI servers, each told of everything."""

from collections.abc import Callable
from typing import Final, cast
from typing import Protocol as Interface

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.interfaces import IAddress
from twisted.internet.posixbase import PosixReactorBase
from twisted.internet.protocol import Factory

from media_service.control.codec import Kind
from media_service.control.connection import ControlConnection
from media_service.control.messages import (
    PROTOCOL_VERSION,
    Drain,
    FromClient,
    FromService,
    Hello,
    Place,
    Refused,
    SessionSignals,
    TellSignals,
    Verb,
    Welcome,
)

MAX_CONNECTIONS: Final = 32
HELLO_LIMIT: Final = 5.0
"""Seconds that a new connection has for its `Hello`."""
MAX_CLIENT_NAME: Final = 100


class ControlledService(Interface):
    """What stands behind the door."""

    def welcome(self) -> Welcome:
        """What a new client is told."""

    def wish(self, wish: Verb | Place | Drain) -> Refused | None:
        """Carry a wish out; a refusal is sent back to the client that asked."""

    def signals(self, session: str) -> SessionSignals:
        """The SIP messages that are kept of a session."""

    def clients_changed(self, connected: int) -> None:
        """``connected`` clients have been welcomed and are still there."""


class _Listening(Interface):
    def getHost(self) -> IPv4Address | IPv6Address: ...  # noqa: N802 - Twisted's name
    def stopListening(self) -> Deferred[None] | None: ...  # noqa: N802 - Twisted's name


class _ReactorTCP(Interface):
    """The reactor's door for servers; Twisted's own method has no annotations."""

    def listenTCP(self, port: int, factory: Factory, *, interface: str) -> _Listening: ...  # noqa: N802 - Twisted's name


class ControlServer:
    """Listens for clients, welcomes them and passes their verbs on.

    Args:
        reactor: the reactor, handed in.
        service: carries out verbs and knows ports and sessions.
        report: takes one line for the log (client came, went, was refused) with its facts.
    """

    def __init__(
        self, reactor: PosixReactorBase, service: ControlledService, report: Callable[[str, dict[str, str]], None]
    ) -> None:
        self.reactor = reactor
        self.service = service
        self.report = report
        self.port = 0
        self._listening: _Listening | None = None
        self._connections: set[_ServerConnection] = set()
        self._clients: dict[_ServerConnection, str] = {}

    @property
    def clients(self) -> tuple[str, ...]:
        """Names of the clients that are connected."""
        return tuple(self._clients.values())

    def start(self, host: str, port: int) -> None:
        """Listen; the port really taken (where 0 was given) is in ``port``.

        Raises:
            twisted.internet.error.CannotListenError: the address is taken or not ours.
        """
        reactor = cast("_ReactorTCP", self.reactor)
        self._listening = reactor.listenTCP(port, _ServerFactory(self), interface=host)
        self.port = self._listening.getHost().port

    def stop(self) -> "Deferred[None]":
        """Listen no more and close every connection."""
        for connection in list(self._connections):
            connection.close("the media service stops")
        listening, self._listening = self._listening, None
        if listening is None:
            return succeed(None)
        return maybeDeferred(listening.stopListening).addCallback(lambda _: None)

    def broadcast(self, message: FromService) -> None:
        """Tell every client."""
        for connection in list(self._clients):
            connection.send_message(message)

    # --- from the connections ---------------------------------------------------------------------------------------

    def opened(self, connection: "_ServerConnection") -> bool:
        """A connection was accepted; ``False`` where there are too many."""
        if len(self._connections) >= MAX_CONNECTIONS:
            return False
        self._connections.add(connection)
        return True

    def introduced(self, connection: "_ServerConnection", name: str) -> None:
        """A client has said `Hello`."""
        connection.send_message(self.service.welcome())
        self._clients[connection] = name
        self.report("control client connected", {"client": name, "peer": connection.peer})
        self.service.clients_changed(len(self._clients))

    def ended(self, connection: "_ServerConnection", reason: str) -> None:
        """A connection is over."""
        self._connections.discard(connection)
        name = self._clients.pop(connection, None)
        if name is None:
            return
        self.report("control client gone", {"client": name, "peer": connection.peer, "reason": reason})
        self.service.clients_changed(len(self._clients))


class _ServerConnection(ControlConnection):
    reads = Kind.CLIENT

    def __init__(self, server: ControlServer, reactor: PosixReactorBase, peer: str) -> None:
        super().__init__(reactor)
        self.peer = peer
        self._server = server
        self._introduced = False
        self._hello_due = reactor.callLater(HELLO_LIMIT, self._no_hello)

    def connection_opened(self) -> None:
        if not self._server.opened(self):
            self._refuse("too_many_clients", f"more than {MAX_CONNECTIONS} connections")

    def message_received(self, message: FromClient | FromService) -> None:
        match message:
            case Hello() if not self._introduced:
                self._take_hello(message)
            case Verb() | Place() | Drain() if self._introduced:
                refused = self._server.service.wish(message)
                if refused is not None:
                    self.send_message(refused)
            case TellSignals(session=session) if self._introduced:
                self.send_message(self._server.service.signals(session))
            case _:
                self._refuse("out_of_turn", f"{type(message).__name__} is not expected here")

    def bad_frame(self, text: str) -> None:
        self._refuse("bad_frame", text)

    def connection_ended(self, reason: str) -> None:
        self._hello_over()
        self._server.ended(self, reason)

    def _take_hello(self, hello: Hello) -> None:
        self._hello_over()
        if hello.version != PROTOCOL_VERSION:
            self._refuse("version", f"this service speaks version {PROTOCOL_VERSION}, not {hello.version}")
            return
        name = "".join(mark if mark.isprintable() else "?" for mark in hello.client[:MAX_CLIENT_NAME])
        self._introduced = True
        self._server.introduced(self, name)

    def _no_hello(self) -> None:
        self._refuse("no_hello", f"no Hello within {HELLO_LIMIT:g} s")

    def _hello_over(self) -> None:
        if self._hello_due.active():
            self._hello_due.cancel()

    def _refuse(self, code: str, text: str) -> None:
        self._server.report("control client refused", {"peer": self.peer, "code": code, "text": text})
        self.send_message(Refused(code=code, text=text))
        self.close(f"refused: {text}")


class _ServerFactory(Factory):
    noisy = False

    def __init__(self, server: ControlServer) -> None:
        self._server = server

    def buildProtocol(self, addr: IAddress | None) -> _ServerConnection:  # noqa: N802 - Twisted's name
        peer = f"{getattr(addr, 'host', '?')}:{getattr(addr, 'port', '?')}"
        return _ServerConnection(self._server, self._server.reactor, peer)
