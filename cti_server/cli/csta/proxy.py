"""A transparent TCP proxy between an application and a switch: bytes pass as they are, and a tap hears them."""

from typing import Any, Final

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.endpoints import HostnameEndpoint, TCP4ServerEndpoint
from twisted.internet.interfaces import IAddress, IListeningPort
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from csta.captures import Tap, Way

CONNECT_SECONDS: Final = 10.0


class _End(Protocol):
    """One end of a pair; what it receives goes to the other, which also sets the pace."""

    transport: Any  # a TCP transport, whose interfaces zope declares without types

    def __init__(self, proxy: "Proxy", way: Way, peer: str, other: "_End | None" = None) -> None:
        self._proxy = proxy
        self._way = way
        self.peer = peer
        self.other = other
        self.over = False

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        if hasattr(self.transport, "setTcpNoDelay"):
            self.transport.setTcpNoDelay(True)
        if self.other is None:
            # The application came: its bytes wait until the switch is there.
            self.transport.pauseProducing()
            self._proxy.arrived(self)
            return
        self._proxy.tap(self.peer, Way.OPEN, b"")
        self.other.other = self
        self.transport.registerProducer(self.other.transport, True)
        self.other.transport.registerProducer(self.transport, True)
        self.other.transport.resumeProducing()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        self._proxy.tap(self.peer, self._way, data)
        if self.other is not None:
            self.other.transport.write(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's name
        self.over = True
        other = self.other
        if other is not None and not other.over:
            whose = "the switch" if self._way is Way.IN else "the application"
            self._proxy.tap(self.peer, Way.CLOSED, f"by {whose}: {reason.getErrorMessage()}".encode())
            other.transport.unregisterProducer()
            other.transport.loseConnection()

    def leave(self) -> None:
        """Close this end."""
        if self.transport is not None:
            self.transport.loseConnection()


class Proxy(Factory):
    """Listens for applications and connects each to the switch at ``host``:``port``; ``tap`` must not raise."""

    noisy = False

    def __init__(self, reactor: ReactorBase, host: str, port: int, tap: Tap) -> None:
        self._reactor = reactor
        self._host, self._port = host, port
        self.tap = tap
        self._ends: set[_End] = set()
        self._listening: Any = None  # an IListeningPort, which zope declares without types

    def start(self, host: str, port: int) -> Deferred[int]:
        """Listen; the result is the port, or fails with Twisted's CannotListenError."""
        # Twisted leaves the constructor untyped.
        endpoint: Any = TCP4ServerEndpoint
        listening: Deferred[IListeningPort] = endpoint(self._reactor, port, interface=host).listen(self)
        return listening.addCallback(self._listens)

    def _listens(self, port: Any) -> int:  # noqa: ANN401 - as above
        self._listening = port
        return int(port.getHost().port)

    async def stop(self) -> None:
        """Listen no more and close every pair."""
        if self._listening is not None:
            await maybeDeferred(self._listening.stopListening)
        for end in self._ends:
            end.leave()

    def buildProtocol(self, addr: IAddress | None) -> _End:  # noqa: N802 - Twisted's name
        """An application came."""
        peer = f"{getattr(addr, 'host', addr)}:{getattr(addr, 'port', '')}"
        end = _End(self, Way.OUT, peer)
        self._ends = {one for one in self._ends if not one.over} | {end}
        return end

    def arrived(self, end: _End) -> None:
        """Connect an application to the switch."""
        to_switch = _To(self, end)
        endpoint: Any = HostnameEndpoint(self._reactor, self._host, self._port, timeout=CONNECT_SECONDS)
        connecting: Deferred[_End] = endpoint.connect(to_switch)
        connecting.addCallbacks(self._ends.add, lambda failure: self._unreachable(end, failure))

    def _unreachable(self, end: _End, failure: Failure) -> None:
        self.tap(end.peer, Way.OPEN, b"")
        self.tap(end.peer, Way.CLOSED, f"the switch cannot be reached: {failure.getErrorMessage()}".encode())
        end.over = True
        end.leave()


class _To(Factory):
    """Makes the end towards the switch."""

    noisy = False

    def __init__(self, proxy: Proxy, end: _End) -> None:
        self._proxy = proxy
        self._end = end

    def buildProtocol(self, addr: IAddress | None) -> _End:  # noqa: ARG002, N802 - Twisted's signature
        return _End(self._proxy, Way.IN, self._end.peer, self._end)
