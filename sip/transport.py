"""The Twisted shell of the user agent: UDP and TCP on one port, and one timer."""

from collections.abc import Callable
from typing import Final, Protocol, TypeVar, cast

from twisted.internet import error, tcp
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.base import DelayedCall
from twisted.internet.defer import Deferred, DeferredList, fail, maybeDeferred, succeed
from twisted.internet.interfaces import IAddress, IConnector
from twisted.internet.posixbase import PosixReactorBase
from twisted.internet.protocol import ClientFactory, DatagramProtocol, Factory, connectionDone
from twisted.internet.protocol import Protocol as StreamProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure

from sip.core import is_address
from sip.errors import SipSyntaxError
from sip.events import Endpoint, Malformed, Outgoing, UaEvent
from sip.message import KEEP_ALIVE_PONG, MAX_MESSAGE_BYTES, StreamFramer
from sip.ua import UserAgent

T = TypeVar("T")

CONNECT_TIMEOUT: Final = 5.0
MAX_CONNECTIONS: Final = 1000
MAX_WAITING: Final = 200
PORT_TRIES: Final = 20
NAME_TIMEOUT: Final = (1, 2)


class _DatagramSocket(Protocol):
    """What is used of a UDP port; Twisted's own is not annotated."""

    def getHost(self) -> IPv4Address | IPv6Address:  # noqa: N802 - Twisted's
        """Where it is bound."""

    def write(self, datagram: bytes, addr: tuple[str, int]) -> object:
        """Send."""

    def stopListening(self) -> Deferred[None] | None:  # noqa: N802 - Twisted's
        """Close."""


class _Connection(Protocol):
    """What is used of a TCP connection; Twisted's own is not annotated."""

    def write(self, data: bytes) -> object:
        """Send."""

    def abortConnection(self) -> object:  # noqa: N802 - Twisted's
        """Close at once."""


class SipEndpoint:
    """A user agent on the network.

    ``observer`` is called on the reactor's thread for every event; what it raises is logged and disturbs nothing. It
    may use `call` itself: events that arise meanwhile follow after it returns.
    """

    _log = Logger()

    def __init__(
        self,
        reactor: PosixReactorBase,
        ua: UserAgent,
        observer: Callable[[UaEvent], None],
        host: str,
        port: int,
    ) -> None:
        self.host = host
        self.port = port
        self.ua = ua
        self._reactor = reactor
        self._observer = observer
        self._socket: _DatagramSocket | None = None
        self._listener: tcp.Port | None = None
        self._streams: dict[Endpoint, _Stream] = {}
        self._waiting: dict[Endpoint, list[bytes]] = {}
        self._timer: DelayedCall | None = None
        self._flushing = False
        self._running = False

    def start(self) -> Deferred[None]:
        """Listen on UDP and TCP; ``port`` and the user agent's own address tell the real port afterwards.

        Fails with `twisted.internet.error.CannotListenError` where the port is taken.
        """
        try:
            self._listen()
        except error.CannotListenError:
            return fail()
        self._running = True
        self.ua.local = Endpoint(self.ua.local.host, self.port, self.ua.local.transport)
        self._flush()
        return succeed(None)

    def _listen(self) -> None:
        wanted = self.port
        listen_udp = cast("Callable[..., _DatagramSocket]", self._reactor.listenUDP)
        listen_tcp = cast("Callable[..., tcp.Port]", self._reactor.listenTCP)
        for attempt in range(PORT_TRIES):
            datagrams = listen_udp(wanted, _Datagrams(self), interface=self.host, maxPacketSize=MAX_MESSAGE_BYTES + 1)
            port = datagrams.getHost().port
            try:
                streams = listen_tcp(port, _Accepting(self), interface=self.host)
            except error.CannotListenError:
                datagrams.stopListening()
                if wanted or attempt == PORT_TRIES - 1:
                    raise
                continue
            self.port = port
            self._socket, self._listener = datagrams, streams
            return

    def stop(self) -> Deferred[None]:
        """Stop listening, close all connections, and disarm the timer; calls are not ended."""
        self._running = False
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
        for stream in list(self._streams.values()):
            stream.abort()
        closed = [maybeDeferred(port.stopListening) for port in (self._socket, self._listener) if port is not None]
        self._socket = self._listener = None
        done: Deferred[None] = DeferredList(closed).addCallback(lambda _results: None)
        return done

    def call(self, action: Callable[[float], T]) -> T:
        """Run ``action(now)`` on the user agent, then send, tell events and set the timer.

        Before `start` the port is not known: what is sent then would name a wrong one, so start first.
        """
        try:
            return action(self._reactor.seconds())
        finally:
            self._flush()

    # --- what comes in

    def received(self, data: bytes, source: Endpoint) -> None:
        """Take one whole message."""
        self.call(lambda now: self.ua.receive(data, source, now))

    def accepts_connection(self) -> bool:
        """Whether one more connection may come in."""
        return self._running and len(self._streams) < MAX_CONNECTIONS

    def stream_made(self, stream: "_Stream") -> None:
        """A connection stands: send what waited for it."""
        self._streams[stream.peer] = stream
        for data in self._waiting.pop(stream.peer, ()):
            stream.write(data)

    def stream_lost(self, stream: "_Stream") -> None:
        """A connection is gone."""
        if self._streams.get(stream.peer) is stream:
            del self._streams[stream.peer]
            if self._running:
                self.call(lambda now: self.ua.send_failed(stream.peer, now))

    def stream_broken(self, stream: "_Stream", reason: str, data: bytes) -> None:
        """A stream lost its frame: nothing behind this point can be trusted."""
        self._tell(Malformed(stream.peer, reason, data[:500]))
        stream.abort()

    def cannot_connect(self, destination: Endpoint) -> None:
        """A connection was refused or timed out."""
        self._waiting.pop(destination, None)
        if self._running:
            self.call(lambda now: self.ua.send_failed(destination, now))

    # --- what goes out

    def _flush(self) -> None:
        if self._flushing or not self._running:
            return
        self._flushing = True
        try:
            while True:
                for outgoing in self.ua.outgoing():
                    self._send(outgoing)
                event = self.ua.next_event()
                if event is None:
                    break
                self._tell(event)
        finally:
            self._flushing = False
        self._arm()

    def _tell(self, event: UaEvent) -> None:
        try:
            self._observer(event)
        except Exception:  # noqa: BLE001 - a defect of the program above must not stop the stack; it is logged whole
            self._log.failure("SIP observer failed on {event!r}", event=event)

    def _send(self, outgoing: Outgoing) -> None:
        destination = outgoing.destination
        if destination.transport == "tcp":
            self._send_stream(outgoing.data, destination)
        elif is_address(destination.host):
            self._send_datagram(outgoing.data, destination.host, destination)
        else:
            looked_up = self._reactor.resolve(destination.host, NAME_TIMEOUT)
            looked_up.addCallbacks(
                lambda address: self._send_datagram(outgoing.data, address, destination),
                lambda _failure: self._cannot_send(destination),
            )

    def _send_datagram(self, data: bytes, address: str, destination: Endpoint) -> None:
        if self._socket is None:
            return
        try:
            self._socket.write(data, (address, destination.port))
        except (OSError, OverflowError, error.InvalidAddressError):
            self._cannot_send(destination)

    def _cannot_send(self, destination: Endpoint) -> None:
        if self._running:
            self._reactor.callLater(0, lambda: self.cannot_connect(destination))

    def _send_stream(self, data: bytes, destination: Endpoint) -> None:
        stream = self._streams.get(destination)
        if stream is not None:
            stream.write(data)
            return
        waiting = self._waiting.get(destination)
        if waiting is None:
            self._waiting[destination] = [data]
            factory = _Connecting(self, destination)
            self._reactor.connectTCP(destination.host, destination.port, factory, timeout=CONNECT_TIMEOUT)
        elif len(waiting) < MAX_WAITING:
            waiting.append(data)

    def _arm(self) -> None:
        """Set the one timer; one that fires too early does no harm, so a later deadline leaves it alone."""
        deadline = self.ua.get_timer()
        if deadline is None or not self._running:
            return
        if self._timer is not None and self._timer.active():
            if self._timer.getTime() <= deadline:
                return
            self._timer.cancel()
        self._timer = self._reactor.callLater(max(0.0, deadline - self._reactor.seconds()), self._time_has_come)

    def _time_has_come(self) -> None:
        self._timer = None
        self.call(self.ua.handle_timer)


class _Datagrams(DatagramProtocol):
    """The UDP side."""

    def __init__(self, endpoint: SipEndpoint) -> None:
        self._endpoint = endpoint

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:  # noqa: N802 - Twisted's
        self._endpoint.received(datagram, Endpoint(addr[0], addr[1]))


class _Stream(StreamProtocol):
    """One TCP connection."""

    def __init__(self, endpoint: SipEndpoint, peer: Endpoint) -> None:
        self.peer = peer
        self._endpoint = endpoint
        self._framer = StreamFramer()

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's
        self._endpoint.stream_made(self)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's
        try:
            messages = self._framer.feed(data)
        except SipSyntaxError as fault:
            self._endpoint.stream_broken(self, fault.reason, data)
            return
        if self._framer.pings:
            self._framer.pings = 0
            self.write(KEEP_ALIVE_PONG)
        for message in messages:
            self._endpoint.received(message, self.peer)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002, N802 - Twisted's
        self._endpoint.stream_lost(self)

    def write(self, data: bytes) -> None:
        if self.transport is not None:
            cast("_Connection", self.transport).write(data)

    def abort(self) -> None:
        if self.transport is not None:
            cast("_Connection", self.transport).abortConnection()


class _Accepting(Factory):
    """Makes the protocol of a connection that comes in."""

    noisy = False

    def __init__(self, endpoint: SipEndpoint) -> None:
        self._endpoint = endpoint

    def buildProtocol(self, addr: IAddress | None) -> _Stream | None:  # noqa: N802 - Twisted's
        if not isinstance(addr, IPv4Address | IPv6Address) or not self._endpoint.accepts_connection():
            return None
        return _Stream(self._endpoint, Endpoint(addr.host, addr.port, "tcp"))


class _Connecting(ClientFactory):
    """Makes the protocol of a connection that we open."""

    noisy = False

    def __init__(self, endpoint: SipEndpoint, destination: Endpoint) -> None:
        self._endpoint = endpoint
        self._destination = destination

    def buildProtocol(self, addr: IAddress | None) -> _Stream:  # noqa: ARG002, N802 - Twisted's
        return _Stream(self._endpoint, self._destination)

    def clientConnectionFailed(self, connector: IConnector, reason: Failure) -> None:  # noqa: ARG002, N802 - Twisted's
        self._endpoint.cannot_connect(self._destination)
