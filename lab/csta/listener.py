"""One listener of the face: links in one dialect, with faults on their way out and a limit to their number."""

from collections.abc import Callable
from typing import Any, Final

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.endpoints import SSL4ServerEndpoint, TCP4ServerEndpoint
from twisted.internet.interfaces import IAddress, IListeningPort

from csta.codec.framing import Framing, framer_for
from csta.session import Session
from csta.session_settings import Role, SessionSettings, Verifier
from csta.states import SystemStatusValue
from csta.transport import TlsSettings
from csta.transport.link import LinkFactory, LinkObserver, LinkProtocol
from csta.transport.tls import ServerContexts
from lab.csta.way import Way
from lab.faults import Disturber, Faults

MAX_FRAME: Final = 1 << 20


class DisturbedTransport:
    """A transport whose bytes go through a `lab.faults.Disturber`; everything else is the transport's own affair."""

    def __init__(self, reactor: Any, transport: Any, faults: Faults, framing: Callable[[], Framing]) -> None:  # noqa: ANN401 - zope declares the interfaces of both
        self._reactor = reactor
        self._transport = transport
        self._faults = faults
        self._framing = framing
        self._disturber: Disturber | None = None
        self._timer: Any = None

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the transport has
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send bytes, sooner or later, or never."""
        if self._disturber is None:
            # By now the session knows how it is spoken with, even where it had to listen first.
            self._disturber = Disturber(self._faults, framer_for(self._framing(), MAX_FRAME))
        self._disturber.put(data, self._reactor.seconds())
        self._flush(self._disturber)

    def _flush(self, disturber: Disturber) -> None:
        for piece in disturber.take(self._reactor.seconds()):
            self._transport.write(piece)
        if self._timer is not None:
            if self._timer.active():
                self._timer.cancel()
            self._timer = None
        at = disturber.get_timer()
        if at is not None:
            self._timer = self._reactor.callLater(max(0.0, at - self._reactor.seconds()), self._flush, disturber)

    def loseConnection(self) -> None:  # noqa: N802 - Twisted's name
        """Close; what still waits is not sent."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._transport.loseConnection()


class _Protocol(LinkProtocol):
    """A link that the listener knows of, and whose bytes may be disturbed."""

    def __init__(self, listener: "Listener", session: Session) -> None:
        super().__init__(listener.reactor, session, listener.observer, closed=lambda: listener.closed(self))
        self._listener = listener

    def makeConnection(self, transport: Any) -> None:  # noqa: N802, ANN401 - Twisted's name and interface
        """The stream is open."""
        self._listener.opened(self)
        disturbed: Any = DisturbedTransport(
            self._listener.reactor, transport, self._listener.faults, lambda: self.session.profile.framing
        )
        connect: Any = super().makeConnection  # which Twisted leaves untyped
        connect(disturbed)

    def cut(self) -> None:
        """Break the connection as a network does."""
        self.transport.abortConnection()


class _Factory(LinkFactory):
    def __init__(self, listener: "Listener") -> None:
        super().__init__(lambda: _Protocol(listener, listener.session()))
        self._listener = listener

    def buildProtocol(self, addr: IAddress | None) -> LinkProtocol | None:  # noqa: N802 - None closes the connection, as Twisted has it
        """Make the protocol of one connection, or none where no more links are taken."""
        if not self._listener.admits():
            return None
        return super().buildProtocol(addr)


class Listener:
    """Where applications of one dialect connect.

    Args:
        reactor: the asyncio reactor, handed in.
        way: dialect and profile.
        settings: of each session.
        observer: of all links.
        verify: who may log in; None lets everybody in.
        tls: with it links are secured.
        faults: what happens to frames.
        room: whether one more link is taken.
    """

    def __init__(
        self,
        reactor: Any,  # noqa: ANN401 - Twisted's reactor has many interfaces
        way: Way,
        settings: SessionSettings,
        observer: LinkObserver,
        *,
        verify: Verifier | None,
        tls: TlsSettings | None,
        faults: Faults,
        room: Callable[[], bool],
    ) -> None:
        self.reactor = reactor
        self.way = way
        self.observer = observer
        self.faults = faults
        self._settings = settings
        self._verify = verify
        self._tls = tls
        self._room = room
        self._port: Any = None
        self._links: set[_Protocol] = set()
        self._shut_until = 0.0

    @property
    def port(self) -> int:
        """The real port."""
        return 0 if self._port is None else int(self._port.getHost().port)

    def __len__(self) -> int:
        """How many connections are open."""
        return len(self._links)

    def session(self) -> Session:
        """A session of the switch for one connection."""
        way = self.way
        return Session(Role.SWITCHING_FUNCTION, way.dialect, self._settings, profile=way.profile, verify=self._verify)

    def start(self, host: str, port: int) -> Deferred[None]:
        """Listen; fails with Twisted's CannotListenError, with `csta.transport.TlsError` for certificates of no use."""

        def begin() -> Deferred[IListeningPort]:
            plain: Any = TCP4ServerEndpoint  # whose constructors Twisted leaves untyped
            secured: Any = SSL4ServerEndpoint
            if self._tls is None:
                endpoint = plain(self.reactor, port, interface=host)
            else:
                endpoint = secured(self.reactor, port, ServerContexts(self._tls), interface=host)
            listening: Deferred[IListeningPort] = endpoint.listen(_Factory(self))
            return listening

        def keep(listening: IListeningPort) -> None:
            self._port = listening

        return maybeDeferred(begin).addCallback(keep)

    def stop(self) -> Deferred[None]:
        """Listen no more; links that are open stay."""
        listening, self._port = self._port, None
        return maybeDeferred(lambda: None if listening is None else listening.stopListening())

    def admits(self) -> bool:
        """Whether a connection is taken now."""
        return self.reactor.seconds() >= self._shut_until and self._room()

    def flap(self, seconds: float) -> None:
        """Break all connections, and take no new one for so long."""
        self._shut_until = self.reactor.seconds() + seconds
        for one in list(self._links):
            one.cut()

    def opened(self, protocol: _Protocol) -> None:
        """A connection is open."""
        self._links.add(protocol)

    def closed(self, protocol: _Protocol) -> None:
        """A connection is closed."""
        self._links.discard(protocol)

    def say_status(self, status: SystemStatusValue) -> None:
        """From now on the signs of life of all links say this."""
        for one in self._links:
            one.session.own_status = status
