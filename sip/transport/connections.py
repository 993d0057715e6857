"""All streams of one endpoint: found by peer, opened when something has to be sent, and limited in number."""

from collections import Counter
from collections.abc import Callable
from typing import Final, Protocol, cast

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress, IConnector
from twisted.internet.posixbase import PosixReactorBase
from twisted.internet.protocol import ClientFactory, Factory
from twisted.logger import Logger
from twisted.python.failure import Failure

from sip.events import Endpoint
from sip.transport.addresses import plain_address
from sip.transport.connection import Stream, StreamClock
from sip.transport.framing import ByteStream, Framing
from sip.transport.limits import StreamLimits

MAX_WAITING: Final = 200
"""Messages that wait for one connection to stand."""
MAX_NAMES: Final = 1000
Secure = Callable[[Factory, str], Factory]
"""Wraps a factory of connections that we open in TLS, checking the peer's certificate for a name."""


class MessageTaker(Protocol):
    """Who takes what comes over streams."""

    def received(self, data: bytes, source: Endpoint) -> None:
        """A message came."""

    def connected(self, peer: Endpoint) -> None:
        """There is a connection to a peer."""

    def unreachable(self, peer: Endpoint) -> None:
        """A connection is gone, or could not be made."""

    def garbled(self, peer: Endpoint, reason: str, data: bytes) -> None:
        """A stream held what is no SIP, or its peer passed a limit."""


class Connections:
    """The streams, by peer. ``secure`` is ``None`` where no TLS is spoken."""

    _log = Logger()

    def __init__(
        self,
        reactor: PosixReactorBase,
        taker: MessageTaker,
        limits: StreamLimits,
        secure: Secure | None,
    ) -> None:
        self.clock = cast("StreamClock", reactor)
        self.limits = limits
        self._reactor = reactor
        self._taker = taker
        self._secure = secure
        self._streams: dict[Endpoint, Stream] = {}
        self._all: set[Stream] = set()
        self._from: Counter[str] = Counter()
        self._waiting: dict[Endpoint, list[bytes]] = {}
        self._names: dict[Endpoint, str] = {}
        self._running = True

    def __len__(self) -> int:
        return len(self._all)

    def stop(self) -> None:
        """Close all of them; nothing more is told."""
        self._running = False
        self._waiting.clear()
        for stream in list(self._all):
            stream.abort()

    def send(self, data: bytes, peer: Endpoint, name: str) -> bool:
        """Send over the connection to ``peer``, which is opened where there is none; false where that cannot be.

        ``name`` is whom the peer's certificate must name, where it is TLS.
        """
        stream = self._streams.get(peer)
        if stream is not None:
            stream.send(data)
            return True
        if peer.transport not in {"tcp", "tls"} or (peer.transport == "tls" and self._secure is None):
            return False  # browsers and the like connect to us (RFC 7118)
        waiting = self._waiting.get(peer)
        if waiting is not None:
            if len(waiting) < MAX_WAITING:
                waiting.append(data)
            return True
        if len(self._all) + len(self._waiting) >= self.limits.connections:
            return False
        self._waiting[peer] = [data]
        self._connect(peer, name)
        return True

    def _connect(self, peer: Endpoint, name: str) -> None:
        factory: Factory = _Dialling(self, peer, name)
        if peer.transport == "tls" and self._secure is not None:
            factory = self._secure(factory, self._name_of(peer, name))
        dial = cast("Callable[..., object]", self._reactor.connectTCP)
        dial(peer.host, peer.port, factory, timeout=self.limits.connect)

    def _name_of(self, peer: Endpoint, name: str) -> str:
        """Return whom a certificate must name: an address that a name led to before keeps that name.

        A Contact is often an address where the certificate has the name that was called (RFC 5922 7.2).
        """
        if name and name != peer.host:
            if len(self._names) >= MAX_NAMES:
                self._names.clear()
            self._names[peer] = name
        return self._names.get(peer) or peer.host

    def accepting(self, transport: str, framing: Callable[[], Framing]) -> Factory:
        """Return the factory of connections that come in."""
        return _Accepting(self, transport, framing)

    def admit(self, host: str) -> bool:
        """Whether one more connection may come in from ``host``."""
        full = len(self._all) >= self.limits.connections
        return self._running and not full and self._from[host] < self.limits.per_address

    def add(self, stream: Stream) -> None:
        """Count a connection that begins; `stream_lost` ends it."""
        self._all.add(stream)
        if not stream.dialled:
            self._from[stream.peer.host] += 1

    def cannot_connect(self, peer: Endpoint, reason: str) -> None:
        """A connection was refused, or took too long."""
        if self._waiting.pop(peer, None) is not None and self._running:
            self._log.debug("no connection to {peer}: {reason}", peer=str(peer), reason=reason)
            self._taker.unreachable(peer)

    # --- what streams tell

    def stream_made(self, stream: Stream) -> None:
        """Messages may be sent: first those that waited."""
        if not self._running:
            stream.abort()
            return
        self._streams[stream.peer] = stream
        for data in self._waiting.pop(stream.peer, ()):
            stream.send(data)
        self._taker.connected(stream.peer)

    def stream_received(self, stream: Stream, message: bytes) -> None:
        """A message came."""
        self._taker.received(message, stream.peer)

    def stream_broken(self, stream: Stream, reason: str, data: bytes) -> None:
        """The peer sent what is no SIP, or passed a limit."""
        self._taker.garbled(stream.peer, reason, data)

    def stream_expired(self, stream: Stream, reason: str) -> None:
        """Nobody has used the connection, or nobody is there any more."""
        self._log.info("connection to {peer} closed: {reason}", peer=str(stream.peer), reason=reason)

    def stream_lost(self, stream: Stream, reason: str) -> None:
        """A connection is gone."""
        if stream not in self._all:
            return
        self._all.discard(stream)
        if not stream.dialled:
            self._from[stream.peer.host] -= 1
            if self._from[stream.peer.host] <= 0:
                del self._from[stream.peer.host]
        if self._streams.get(stream.peer) is stream:
            del self._streams[stream.peer]
            if self._running:
                self._log.debug("connection to {peer} lost: {reason}", peer=str(stream.peer), reason=reason)
                self._taker.unreachable(stream.peer)


class _Accepting(Factory):
    """Makes the protocol of a connection that comes in."""

    noisy = False

    def __init__(self, connections: Connections, transport: str, framing: Callable[[], Framing]) -> None:
        self._connections = connections
        self._transport = transport
        self._framing = framing

    def buildProtocol(self, addr: IAddress | None) -> Stream | None:  # noqa: N802 - Twisted's
        if not isinstance(addr, IPv4Address | IPv6Address):
            return None
        host = plain_address(addr.host)
        if not self._connections.admit(host):
            return None
        peer = Endpoint(host, addr.port, self._transport)
        stream = Stream(self._connections, peer, self._framing(), dialled=False)
        self._connections.add(stream)
        return stream


class _Dialling(ClientFactory):
    """Makes the protocol of a connection that we open."""

    noisy = False

    def __init__(self, connections: Connections, peer: Endpoint, name: str) -> None:
        self._connections = connections
        self._peer = peer
        self._name = name

    def buildProtocol(self, addr: IAddress | None) -> Stream:  # noqa: ARG002, N802 - Twisted's
        stream = Stream(self._connections, self._peer, ByteStream(), dialled=True, name=self._name)
        self._connections.add(stream)
        return stream

    def clientConnectionFailed(self, connector: IConnector, reason: Failure) -> None:  # noqa: ARG002, N802 - Twisted's
        self._connections.cannot_connect(self._peer, reason.getErrorMessage())
