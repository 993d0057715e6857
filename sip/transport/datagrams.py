"""The UDP side of an endpoint."""

import errno
from collections.abc import Callable
from socket import SO_RCVBUF, SOL_SOCKET
from typing import Final, Protocol, cast

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.posixbase import PosixReactorBase
from twisted.internet.protocol import DatagramProtocol

from sip.events import Endpoint
from sip.location.delivery import is_address
from sip.message import MAX_MESSAGE_BYTES
from sip.transport.addresses import plain_address


class _Handle(Protocol):
    """What is used of a socket."""

    def sendto(self, data: bytes, address: tuple[str, int], /) -> int:
        """Send; raises `OSError`, also where it would have to wait."""

    def setsockopt(self, level: int, option: int, value: int, /) -> None:
        """Set an option."""


class _Socket(Protocol):
    """What is used of a UDP port; Twisted's own is not annotated."""

    maxThroughput: int  # noqa: N815 - Twisted's
    """Octets after which it asks no more for a further datagram in this turn."""

    def getHost(self) -> IPv4Address | IPv6Address:  # noqa: N802 - Twisted's
        """Where it is bound."""

    def getHandle(self) -> _Handle:  # noqa: N802 - Twisted's
        """The socket itself."""

    def stopListening(self) -> Deferred[None] | None:  # noqa: N802 - Twisted's
        """Close."""


_SO_RCVBUFFORCE: Final = 33
"""Linux's SO_RCVBUF beyond ``net.core.rmem_max``, for who may (socket(7)); Python has no name for it."""
WAITING: Final = 4 << 20
"""Octets of datagrams that may wait: 1,000 calls ended at once bring 1,000 BYE, each of which takes a good kilobyte."""
_LOST: Final = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.EINTR, errno.ECONNREFUSED, errno.ENOBUFS})
"""What a datagram may meet with without the destination being out of reach: a full queue, or news of one before it."""


class Datagrams:
    """One UDP socket.

    Raises:
        twisted.internet.error.CannotListenError: the port is taken, or the address not ours.
    """

    def __init__(
        self, reactor: PosixReactorBase, received: Callable[[bytes, Endpoint], None], host: str, port: int
    ) -> None:
        listen = cast("Callable[..., _Socket]", reactor.listenUDP)
        self._socket = listen(port, _Receiver(received), interface=host, maxPacketSize=MAX_MESSAGE_BYTES + 1)
        self._socket.maxThroughput = 1  # mostly there is no more, and to ask in vain costs half of taking the first
        self._handle = self._socket.getHandle()
        _make_room(self._handle)
        self._open = True

    @property
    def port(self) -> int:
        """The real port."""
        return self._socket.getHost().port

    def send(self, data: bytes, address: str, port: int) -> bool:
        """Send, straight to the socket; false where the system will not. A name is never looked up."""
        if not self._open:
            return True
        if not is_address(address):
            return False
        try:
            self._handle.sendto(data, (address, port))
        except OSError as fault:
            return fault.errno in _LOST
        except OverflowError:
            return False
        return True

    def stop(self) -> Deferred[None] | None:
        """Close."""
        self._open = False
        return self._socket.stopListening()


def _make_room(handle: _Handle) -> None:
    try:
        handle.setsockopt(SOL_SOCKET, _SO_RCVBUFFORCE, WAITING)
    except OSError:
        handle.setsockopt(SOL_SOCKET, SO_RCVBUF, WAITING)  # as much of it as the system allows


class _Receiver(DatagramProtocol):
    """Gives datagrams on."""

    def __init__(self, received: Callable[[bytes, Endpoint], None]) -> None:
        self._received = received

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:  # noqa: N802 - Twisted's
        self._received(datagram, Endpoint(plain_address(addr[0]), addr[1]))
