"""The CTI server's end of the control door: one connection to one media service, made again whenever it is lost."""

from typing import Protocol as Interface
from typing import cast

from twisted.application.internet import ClientService, backoffPolicy
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.interfaces import IAddress, IProtocol, IProtocolFactory, IReactorTime, IStreamClientEndpoint
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure

from media_service.control.codec import Kind
from media_service.control.connection import ControlConnection
from media_service.control.messages import (
    PROTOCOL_VERSION,
    DigitHeard,
    Drain,
    FromClient,
    FromService,
    Hello,
    Place,
    Port,
    PortChanged,
    Quality,
    Refused,
    ServiceChanged,
    Session,
    SessionArrived,
    SessionChanged,
    SessionEnded,
    SessionSignals,
    TellSignals,
    Verb,
    VerbEnded,
    Welcome,
)

CONNECT_TIMEOUT = 5
FIRST_DELAY = 0.25
LONGEST_DELAY = 5.0


class ControlObserver(Interface):
    """What a CTI server hears from a media service. After `lost` comes a new `welcomed`, which says all anew."""

    def welcomed(self, client: "ControlClient", welcome: Welcome) -> None:
        """The service is there: its ports and sessions."""

    def port_changed(self, client: "ControlClient", port: Port) -> None:
        """A port was registered, taken, freed, or lost its registration."""

    def service_changed(self, client: "ControlClient", change: ServiceChanged) -> None:
        """How many ports are free, and whether the service takes new calls."""

    def session_arrived(self, client: "ControlClient", session: Session) -> None:
        """A call rings, or is being placed."""

    def session_changed(self, client: "ControlClient", session: Session) -> None:
        """A call that was placed is answered; or a bridge, conference or recording began or ended."""

    def session_ended(self, client: "ControlClient", message: SessionEnded) -> None:
        """A call is over."""

    def verb_ended(self, client: "ControlClient", message: VerbEnded) -> None:
        """A verb came to its end; the same end may be told twice, after a verb that was sent twice."""

    def digit_heard(self, client: "ControlClient", message: DigitHeard) -> None:
        """The far end of a call pressed a key."""

    def quality(self, client: "ControlClient", message: Quality) -> None:
        """The figures of a call that is over."""

    def lost(self, client: "ControlClient", reason: str) -> None:
        """The connection is gone; a new one is being tried."""

    def fault(self, client: "ControlClient", text: str) -> None:
        """Something for the log: the service cannot be reached (once per outage), refused a frame or sent garbage."""


class ControlClient:
    """Keeps one connection to the media service at ``host``:``port``.

    Args:
        reactor: the reactor, handed in.
        name: the client's name in `Hello`.
        host: name or address of the service.
        port: its TCP port.
        observer: hears everything, on the reactor's thread.
    """

    def __init__(self, reactor: ReactorBase, name: str, host: str, port: int, observer: ControlObserver) -> None:
        self.name = name
        self.address = f"{host}:{port}"
        self.observer = observer
        self.reactor = reactor
        self._connection: _ClientConnection | None = None
        endpoint = HostnameEndpoint(reactor, host, port, timeout=CONNECT_TIMEOUT)
        # The casts are for zope interfaces, whose declarations the type checker cannot read.
        self._service = ClientService(
            cast("IStreamClientEndpoint", _WatchedEndpoint(endpoint, self)),
            cast("IProtocolFactory", _ClientFactory(self)),
            retryPolicy=backoffPolicy(FIRST_DELAY, LONGEST_DELAY, factor=1.5),
            clock=cast("IReactorTime", reactor),
        )
        self._outage_told = False
        self._tells_signals = False
        self._asked: dict[str, list[Deferred[SessionSignals | None]]] = {}

    @property
    def connected(self) -> bool:
        """The service has answered `Hello`, and verbs can be sent."""
        return self._connection is not None

    def start(self) -> None:
        """Connect, and connect again whenever the connection is lost."""
        self._service.startService()

    def stop(self) -> "Deferred[None]":
        """Close the connection and try no more; the service's calls go on."""
        if self._connection is not None:
            self._connection.close("stopped")
        stopping: Deferred[None] = self._service.stopService()
        return stopping

    def send(self, wish: Verb | Place | Drain) -> bool:
        """Send a wish; ``False`` and nothing sent where the service is not connected."""
        if self._connection is None:
            return False
        self._connection.send_message(wish)
        return True

    def ask_signals(self, session: str) -> "Deferred[SessionSignals | None]":
        """The SIP messages that are kept of a session; None where the service is away, or does not tell them."""
        answer: Deferred[SessionSignals | None] = Deferred()
        if self._connection is None or not self._tells_signals:
            answer.callback(None)
            return answer
        waiting = self._asked.setdefault(session, [])
        waiting.append(answer)
        self._connection.send_message(TellSignals(session))
        return answer

    # --- from the connection ----------------------------------------------------------------------------------------

    def connect_failed(self, reason: str) -> None:
        """An attempt to connect failed."""
        if not self._outage_told:
            self._outage_told = True
            self.observer.fault(self, f"media service at {self.address} cannot be reached, trying on: {reason}")

    def connection_welcomed(self, connection: "_ClientConnection", welcome: Welcome) -> None:
        """The service took the `Hello`."""
        self._connection = connection
        self._outage_told = False
        self._tells_signals = welcome.signals
        self.observer.welcomed(self, welcome)

    def signals_told(self, told: SessionSignals) -> None:
        """The service answers for a session."""
        for answer in self._asked.pop(told.session, ()):
            answer.callback(told)

    def connection_ended(self, connection: "_ClientConnection", reason: str) -> None:
        """A connection is over, welcomed or not."""
        if self._connection is connection:
            self._connection = None
            asked, self._asked = self._asked, {}
            for answer in [answer for waiting in asked.values() for answer in waiting]:
                answer.callback(None)
            self.observer.lost(self, reason)
        else:
            self.connect_failed(reason)


class _ClientConnection(ControlConnection):
    reads = Kind.SERVICE

    def __init__(self, client: ControlClient) -> None:
        super().__init__(client.reactor)
        self._client = client
        self._welcomed = False

    def connection_opened(self) -> None:
        self.send_message(Hello(version=PROTOCOL_VERSION, client=self._client.name))

    def message_received(self, message: FromClient | FromService) -> None:
        client = self._client
        match message:
            case Welcome() if not self._welcomed:
                self._take_welcome(message)
            case Refused():
                client.observer.fault(client, f"media service refuses: {message.code}: {message.text}")
            case _ if not self._welcomed:
                client.observer.fault(client, f"media service said {type(message).__name__} before Welcome")
                self.close("no Welcome")
            case _ if not self._told(message):
                client.observer.fault(client, f"media service said {type(message).__name__} out of turn")
            case _:
                pass  # told

    def _told(self, message: FromClient | FromService) -> bool:
        """Tell the observer; ``False`` for what a service does not say."""
        client, observer = self._client, self._client.observer
        match message:
            case PortChanged():
                observer.port_changed(client, message.port)
            case ServiceChanged():
                observer.service_changed(client, message)
            case SessionArrived():
                observer.session_arrived(client, message.session)
            case SessionChanged():
                observer.session_changed(client, message.session)
            case SessionEnded():
                observer.session_ended(client, message)
            case VerbEnded():
                observer.verb_ended(client, message)
            case DigitHeard():
                observer.digit_heard(client, message)
            case Quality():
                observer.quality(client, message)
            case SessionSignals():
                client.signals_told(message)
            case _:
                return False
        return True

    def bad_frame(self, text: str) -> None:
        self._client.observer.fault(self._client, f"media service sent a bad frame: {text}")

    def connection_ended(self, reason: str) -> None:
        self._client.connection_ended(self, reason)

    def _take_welcome(self, welcome: Welcome) -> None:
        if welcome.version != PROTOCOL_VERSION:
            text = f"media service speaks version {welcome.version} of the control protocol, not {PROTOCOL_VERSION}"
            self._client.observer.fault(self._client, text)
            self.close("other protocol version")
            return
        self._welcomed = True
        self._client.connection_welcomed(self, welcome)


class _ClientFactory(Factory):
    noisy = False

    def __init__(self, client: ControlClient) -> None:
        self._client = client

    def buildProtocol(self, addr: IAddress | None) -> _ClientConnection:  # noqa: N802, ARG002 - Twisted's name
        return _ClientConnection(self._client)


class _WatchedEndpoint:
    """Passes an attempt on and tells the client why one failed; `ClientService` itself keeps that to itself."""

    def __init__(self, endpoint: HostnameEndpoint, client: ControlClient) -> None:
        self._endpoint = endpoint
        self._client = client

    def connect(self, protocolFactory: IProtocolFactory) -> "Deferred[IProtocol]":  # noqa: N803 - Twisted's name
        return self._endpoint.connect(protocolFactory).addErrback(self._failed)

    def _failed(self, failure: Failure) -> Failure:
        self._client.connect_failed(failure.getErrorMessage())
        return failure
