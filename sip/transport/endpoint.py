"""A user agent on the network: what it listens on, what it sends, what it tells, and its one timer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar, cast

from twisted.internet import error
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.base import DelayedCall
from twisted.internet.defer import Deferred, DeferredList, fail, maybeDeferred, succeed
from twisted.internet.posixbase import PosixReactorBase
from twisted.internet.protocol import Factory
from twisted.logger import Logger
from twisted.python.failure import Failure

from sip.events import Endpoint, Outgoing, UaEvent
from sip.location.records import Question
from sip.transport.connections import Connections
from sip.transport.datagrams import Datagrams
from sip.transport.errors import TransportError
from sip.transport.framing import ByteStream, Framing, WebSocket
from sip.transport.limits import StreamLimits
from sip.transport.names import Answer, Names, SystemNames
from sip.transport.tls import Tls, TlsSettings
from sip.ua import UserAgent

T = TypeVar("T")

PORT_TRIES: Final = 20

Passed = Callable[[bytes, Endpoint, bool], None]
"""What a tap is called with: a whole message, the other end, and whether it was sent by us."""


class _Listener(Protocol):
    """What is used of a listening port; Twisted's own is not annotated."""

    def getHost(self) -> IPv4Address | IPv6Address:  # noqa: N802 - Twisted's
        """Where it is bound."""

    def stopListening(self) -> Deferred[None] | None:  # noqa: N802 - Twisted's
        """Close."""


@dataclass(frozen=True, slots=True)
class Listening:
    """What is listened on beside UDP and TCP: ports, 0 for any free one, ``None`` for none.

    ``tls`` alone, without ports for it, is enough to connect to others by TLS.
    """

    tls: TlsSettings | None = None
    tls_port: int | None = None
    websocket_port: int | None = None
    secure_websocket_port: int | None = None


class SipEndpoint:
    """A user agent on the network.

    ``observer`` is called on the reactor's thread for every event; what it raises is logged and disturbs nothing. It
    may use `call` itself: events that arise meanwhile follow after it returns. ``ports`` tells the real port of each
    transport after `start`. ``tap`` sees each whole message that comes or goes.
    """

    _log = Logger()

    def __init__(
        self,
        reactor: PosixReactorBase,
        ua: UserAgent,
        observer: Callable[[UaEvent], None],
        host: str,
        port: int,
        *,
        also: Listening | None = None,
        limits: StreamLimits | None = None,
        names: Names | None = None,
        tap: Passed | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.ua = ua
        self.ports: dict[str, int] = {}
        self._also = also or Listening()
        self._limits = limits or StreamLimits()
        self._names: Names = names or SystemNames(reactor)
        self._tap = tap
        self._reactor = reactor
        self._observer = observer
        self._datagrams: Datagrams | None = None
        self._listeners: list[_Listener] = []
        self._connections: Connections | None = None
        self._tls: Tls | None = None
        self._timer: DelayedCall | None = None
        self._due = 0.0
        self._flushing = False
        self._running = False

    # --- life

    def start(self) -> Deferred[None]:
        """Listen; ``port``, ``ports`` and the user agent's own addresses tell the real ports afterwards.

        Fails with `twisted.internet.error.CannotListenError` where a port is taken, with `TransportError` where
        certificates cannot be used.
        """
        try:
            tls = self._tls = self._secured()
            self._connections = Connections(self._reactor, self, self._limits, tls.dialling if tls else None)
            self._listen(self._connections)
            self._listen_also(self._connections, tls)
        except (error.CannotListenError, TransportError):
            self._close()
            return fail()
        self._running = True
        self.ua.listens(self.port, self.ports)
        self.ua.tells_first()
        self.ua.speaks(("udp", "tcp", "tls") if tls is not None else ("udp", "tcp"))
        self._flush()
        return succeed(None)

    def _secured(self) -> Tls | None:
        also = self._also
        tls = Tls(also.tls, self._reactor) if also.tls is not None else None
        secured = also.tls_port is not None or also.secure_websocket_port is not None
        if secured and (tls is None or not tls.has_certificate):
            raise TransportError("TLS and secure WebSocket need a certificate")
        return tls

    def _listen(self, connections: Connections) -> None:
        """Take one port number for UDP and TCP."""
        wanted = self.port
        for attempt in range(PORT_TRIES):
            datagrams = Datagrams(self._reactor, self.received, self.host, wanted)
            port = datagrams.port
            try:
                self._listen_stream("tcp", port, connections.accepting("tcp", ByteStream))
            except error.CannotListenError:
                datagrams.stop()
                if wanted or attempt == PORT_TRIES - 1:
                    raise
                continue
            self._datagrams = datagrams
            self.port = self.ports["udp"] = port
            return

    def _listen_also(self, connections: Connections, tls: Tls | None) -> None:
        also = self._also
        wanted: tuple[tuple[str, int | None, Callable[[], Framing]], ...] = (
            ("tls", also.tls_port, ByteStream),
            ("ws", also.websocket_port, WebSocket),
            ("wss", also.secure_websocket_port, WebSocket),
        )
        for transport, port, framing in wanted:
            if port is not None:
                factory: Factory = connections.accepting(transport, framing)
                if tls is not None and transport != "ws":
                    factory = tls.accepting(factory)
                self._listen_stream(transport, port, factory)

    def _listen_stream(self, transport: str, port: int, factory: Factory) -> None:
        listen = cast("Callable[..., _Listener]", self._reactor.listenTCP)
        listener = listen(port, factory, interface=self.host)
        self._listeners.append(listener)
        self.ports[transport] = listener.getHost().port

    def renew_certificates(self) -> bool:
        """Read files of certificates that have changed, as each new connection does; whether others are in use now."""
        return self._tls is not None and self._tls.renew()

    def stop(self) -> Deferred[None]:
        """Stop listening, close all connections, and disarm the timer; calls are not ended."""
        self._running = False
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        return self._close()

    def _close(self) -> Deferred[None]:
        if self._connections is not None:
            self._connections.stop()
        stopping: list[Callable[[], Deferred[None] | None]] = [each.stopListening for each in self._listeners]
        if self._datagrams is not None:
            stopping.append(self._datagrams.stop)
        closed = [cast("Deferred[None]", maybeDeferred(stop)) for stop in stopping]
        self._listeners, self._datagrams = [], None
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
        self._passed(data, source, sent=False)
        self.call(lambda now: self.ua.receive(data, source, now))

    def connected(self, peer: Endpoint) -> None:
        """There is a connection to a peer."""
        self.ua.connected(peer)

    def unreachable(self, peer: Endpoint) -> None:
        """A connection is gone, or nothing can be sent there."""
        if self._running:
            self.call(lambda now: self.ua.send_failed(peer, now))

    def garbled(self, peer: Endpoint, reason: str, data: bytes) -> None:
        """A stream lost its frame, or its peer passed a limit."""
        if self._running:
            self.call(lambda now: self.ua.garbled(peer, reason, data, now))

    # --- what goes out

    def _flush(self) -> None:
        if self._flushing or not self._running:
            return
        self._flushing = True
        try:
            busy = True
            while busy:
                busy = False
                for question in self.ua.questions():
                    busy = True
                    self._ask(question)
                event = self.ua.next_event()
                if event is not None:
                    busy = True
                    self._tell(event)  # first: a program that answers a call at once spares it the 100
                    continue
                for outgoing in self.ua.outgoing():
                    busy = True
                    self._send(outgoing)
        finally:
            self._flushing = False
        self._arm()

    def _tell(self, event: UaEvent) -> None:
        try:
            self._observer(event)
        except Exception:  # noqa: BLE001 - a defect of the program above must not stop the stack; it is logged whole
            self._log.failure("SIP observer failed on {event!r}", event=event)

    def _send(self, outgoing: Outgoing) -> None:
        to = outgoing.destination
        self._passed(outgoing.data, to, sent=True)
        if to.transport == "udp":
            sent = self._datagrams is not None and self._datagrams.send(outgoing.data, to.host, to.port)
        else:
            connections = self._connections
            sent = connections is not None and connections.send(outgoing.data, to, outgoing.name)
        if not sent:
            self._reactor.callLater(0, lambda: self.unreachable(to))

    def _passed(self, data: bytes, peer: Endpoint, *, sent: bool) -> None:
        if self._tap is None:
            return
        try:
            self._tap(data, peer, sent)
        except Exception:  # noqa: BLE001 - a defect of whoever listens must not stop the stack; it is logged whole
            self._log.failure("SIP tap failed")

    # --- names

    def _ask(self, question: Question) -> None:
        looked_up = self._names.look_up(question)
        looked_up.addErrback(self._look_up_failed, question)
        looked_up.addCallback(lambda answer: self._answered(question, answer))

    def _look_up_failed(self, failure: Failure, question: Question) -> Answer:
        self._log.failure("name look-up failed on {question}", failure, question=str(question))
        return Answer((), 0.0)

    def _answered(self, question: Question, answer: Answer) -> None:
        if self._running:
            self.call(lambda now: self.ua.answered(question, answer.records, answer.ttl, now))

    # --- time

    def _arm(self) -> None:
        """Set the one timer; one that fires too early does no harm, so a later deadline leaves it alone."""
        deadline = self.ua.get_timer()
        if deadline is None or not self._running:
            return
        if self._timer is not None:
            if self._due <= deadline:
                return
            self._timer.cancel()
        self._due = deadline
        self._timer = self._reactor.callLater(max(0.0, deadline - self._reactor.seconds()), self._time_has_come)

    def _time_has_come(self) -> None:
        self._timer = None
        self.call(self.ua.handle_timer)
