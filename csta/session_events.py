"""What a session tells its owner."""

from dataclasses import dataclass
from enum import Enum, auto

from csta.errors import RemoteError
from csta.messages import Event, Notice, Request, Response
from csta.session_settings import Role, SessionSettings
from csta.states import SystemStatusValue

__all__ = [
    "Ending",
    "EventReceived",
    "Fault",
    "LinkDown",
    "LinkUp",
    "NoticeReceived",
    "NoticeRefused",
    "RequestFailed",
    "RequestReceived",
    "ResponseReceived",
    "Role",
    "SessionEvent",
    "SessionSettings",
    "StatusReceived",
]


class Ending(Enum):
    """What the end of a link means for the next attempt."""

    LOST = auto()
    """It broke, or never came up: try again."""
    CLOSED = auto()
    """One side released it in good order."""
    CREDENTIALS_REFUSED = auto()
    """The switch does not accept user and password: trying again soon may lock the account."""
    RETRY_LATER = auto()
    """The switch has no room for us at present, or takes no links of this kind."""


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
    ending: Ending = Ending.LOST


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
class NoticeReceived(SessionEvent):
    """The peer sends a message that nobody answers, of the routing dialogue for example."""

    notice: Notice


@dataclass(frozen=True, slots=True)
class NoticeRefused(SessionEvent):
    """The peer refuses a notice of ours."""

    notice: Notice
    error: RemoteError


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
