"""The layer between a door and a session that reads keys and writes to the screen, quieter than Twisted's.

Twisted's terminal modules import the reactor as a side effect; import this module inside functions only.
"""

# Twisted leaves these modules without annotations.
# mypy: allow-untyped-calls

from typing import Any, Final

from twisted.conch.insults.insults import ServerProtocol

LONGEST_ESCAPE: Final = 64
"""Bytes of an escape sequence that is waited for."""


class QuietTerminal(ServerProtocol):
    """Twisted's wipes the screen at the end, which would take the last lines from the user."""

    transport: Any

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Keys; an escape sequence that has no end is forgotten."""
        super().dataReceived(data)
        if self.state == b"bracket-escaped" and len(self.escBuf) > LONGEST_ESCAPE:
            self.state = b"data"

    def reset(self) -> None:
        """Leave the screen as it is."""

    def loseConnection(self) -> None:  # noqa: N802 - Twisted's name
        """Close without touching the screen."""
        self.transport.loseConnection()

    def write(self, data: bytes) -> None:
        """Write lines that end with a line feed; the layer below makes network lines of them."""
        if data:
            self.lastWrite = data
            self.transport.write(data)
