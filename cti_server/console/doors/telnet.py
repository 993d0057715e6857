"""The telnet door: Twisted's telnet around a session, with limits on what a peer may send.

Twisted's terminal modules import the reactor as a side effect; import this module inside functions only.
"""

# Twisted leaves these modules without annotations.
# mypy: allow-untyped-calls

import struct
from typing import Any, Final

import structlog
from twisted.conch.telnet import OptionRefused, TelnetBootstrapProtocol, TelnetTransport
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionClosed
from twisted.python.failure import Failure

from cti_server.console.session.quiet import QuietTerminal
from cti_server.console.session.terminal import ConsoleTerminal

DOOR: Final = "telnet"
LONGEST_NEGOTIATION: Final = 4096


def build_telnet(session: ConsoleTerminal) -> TelnetTransport:
    """The telnet protocol around a session."""
    return _BoundedTelnet(session)


class _Pressure:
    """Tells a session when its connection takes no more (IPushProducer)."""

    def __init__(self, session: ConsoleTerminal) -> None:
        self._session = session

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's name
        self._session.pause()

    def resumeProducing(self) -> None:  # noqa: N802 - Twisted's name
        self._session.resume()

    def stopProducing(self) -> None:  # noqa: N802 - Twisted's name
        self._session.pause()


class _BoundedTelnet(TelnetTransport):
    """Twisted's collects a subnegotiation without end, and logs what it does not understand at length."""

    transport: Any

    def __init__(self, session: ConsoleTerminal) -> None:
        super().__init__(TelnetBootstrapProtocol, QuietTerminal, lambda: session)
        self._session = session

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        """Begin, and ask to be told when the connection is slow."""
        self.transport.registerProducer(_Pressure(self._session), True)
        super().connectionMade()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Hand the data on; a peer whose telnet is garbage is let go, with one line in the log."""
        try:
            super().dataReceived(data)
        except (ValueError, IndexError, KeyError, AttributeError, AssertionError, struct.error) as fault:
            log = structlog.get_logger()
            log.warning("console: telnet cannot be understood", reason=repr(fault))
            log.debug("console: telnet cannot be understood", exc_info=True)
            self._let_go()
            return
        if len(getattr(self, "commands", ())) > LONGEST_NEGOTIATION:
            structlog.get_logger().warning("console: telnet negotiation is too long")
            self._let_go()

    def loseConnection(self) -> None:  # noqa: N802 - Twisted's name
        """Close, once what was written is out; a connection with a producer waits for it else."""
        self._let_go()

    def _let_go(self) -> None:
        self.transport.unregisterProducer()
        self.transport.loseConnection()

    def do(self, option: bytes) -> Deferred[Any]:
        """Ask for an option; a client may refuse it or leave before it answers, which is no error of ours."""
        asked: Deferred[Any] = super().do(option)
        return asked.addErrback(_without_the_option)

    def will(self, option: bytes) -> Deferred[Any]:
        """Offer an option; as in `do`."""
        offered: Deferred[Any] = super().will(option)
        return offered.addErrback(_without_the_option)


def _without_the_option(failure: Failure) -> bool:
    """Go on without it (RFC 854: any option may be refused)."""
    failure.trap(OptionRefused, ConnectionClosed)
    return False
