"""What a session tells its owner, and its settings."""

from dataclasses import dataclass
from enum import Enum, auto

from csta.errors import RemoteError, SessionError
from csta.messages import Event, Request, Response
from csta.states import SystemStatusValue


class Role(Enum):
    """Which side of the association we are (ECMA-269 clause 6)."""

    COMPUTING_FUNCTION = auto()
    """The application."""
    SWITCHING_FUNCTION = auto()
    """The PBX."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSettings:
    """Timers in seconds and limits; all positive, else `SessionError`.

    A link is lost when ``heartbeat_misses`` heartbeats in a row have seen nothing at all from the peer.
    """

    heartbeat: float = 30.0
    heartbeat_misses: int = 3
    request_timeout: float = 10.0
    login_timeout: float = 30.0
    max_frame_bytes: int = 1 << 20
    max_depth: int = 32
    max_outstanding: int = 100
    """Requests sent and not answered yet; further ones wait their turn."""
    max_waiting: int = 5000

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            if not getattr(self, name) > 0:
                raise SessionError(f"{name} must be positive")
        if self.max_outstanding + self.max_waiting > 9000:
            raise SessionError("max_outstanding and max_waiting together exceed 9000: invoke IDs would run out")


@dataclass(frozen=True, slots=True)
class SessionEvent:
    """Root of what a session tells."""


@dataclass(frozen=True, slots=True)
class LinkUp(SessionEvent):
    """The application is registered: requests and events may flow."""

    register_id: str


@dataclass(frozen=True, slots=True)
class LinkDown(SessionEvent):
    """The association is over; told once, also when it never was up. Every outstanding request has failed before."""

    reason: str


@dataclass(frozen=True, slots=True)
class EventReceived(SessionEvent):
    """The switch reports an event."""

    event: Event


@dataclass(frozen=True, slots=True)
class RequestReceived(SessionEvent):
    """The peer asks; answer with `Session.send_response` and this invoke ID, exactly once."""

    invoke_id: int
    request: Request


@dataclass(frozen=True, slots=True)
class ResponseReceived(SessionEvent):
    """The peer did as asked."""

    invoke_id: int
    request: Request
    response: Response


@dataclass(frozen=True, slots=True)
class RequestFailed(SessionEvent):
    """The peer refused, did not answer, or went away."""

    invoke_id: int
    request: Request
    error: RemoteError


@dataclass(frozen=True, slots=True)
class StatusReceived(SessionEvent):
    """The peer's status changed; after ``MESSAGES_LOST`` every monitored device needs a new snapshot."""

    status: SystemStatusValue


@dataclass(frozen=True, slots=True)
class Fault(SessionEvent):
    """Something odd that was survived: one line for the log, and the bytes in question."""

    text: str
    raw: bytes = b""
