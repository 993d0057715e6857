"""One record of a capture: bytes that passed on one connection, or the connection's beginning or end."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

END_OF_TIME: Final = 250_000_000_000.0
"""Unix seconds of the year 9892; a record's time lies between 1970 and then, so that calendars can show it."""


class Way(StrEnum):
    """What happened on a connection, always as the application sees it, whoever recorded it."""

    IN = "in"
    """Bytes from the switch."""
    OUT = "out"
    """Bytes to the switch."""
    OPEN = "open"
    """The connection was made."""
    CLOSED = "closed"
    """The connection ended, or what came of it could not be recorded any more; the data is the reason in UTF-8."""
    GAP = "gap"
    """Bytes are missing here: lost by the recorder, not by the link; the data is the reason in UTF-8."""


@dataclass(frozen=True, slots=True)
class Record:
    """``time`` is in Unix seconds; ``peer`` tells the connections of one link apart, such as ``10.0.0.1:1040``."""

    time: float
    link: str
    peer: str
    way: Way
    data: bytes = b""

    @property
    def text(self) -> str:
        """The reason of an end or a gap."""
        return self.data.decode("utf-8", "replace")


Tap = Callable[[str, Way, bytes], None]
"""What a transport calls with the peer, what happened, and the bytes; it must not raise, and must not block."""
