"""What a session is told before it begins: its role, timers, limits, and who logs in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from csta.errors import SessionError


class Role(Enum):
    """Which side of the association we are (ECMA-269 clause 6)."""

    COMPUTING_FUNCTION = auto()
    """The application."""
    SWITCHING_FUNCTION = auto()
    """The PBX."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who logs in; the password shows in no report."""

    user: str
    password: str = field(repr=False)


Verifier = Callable[[Credentials | None], bool]
"""How a switch decides whether to let an application in; None where it named no user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSettings:
    """Timers in seconds and limits; all positive, else `SessionError`.

    A link is lost when ``heartbeat_misses`` heartbeats in a row have seen nothing at all from the peer.
    """

    heartbeat: float = 30.0
    heartbeat_misses: int = 3
    request_timeout: float = 10.0
    login_timeout: float = 30.0
    close_timeout: float = 2.0
    """How long the answer to our release is waited for."""
    renew_fraction: float = 0.5
    """An application session is renewed after this part of its duration, and again at half of what is left."""
    max_session_duration: float = 3600.0
    """The longest application session that a switch grants."""
    max_frame_bytes: int = 1 << 20
    max_depth: int = 32
    max_outstanding: int = 100
    """Requests sent and not answered yet; further ones wait their turn."""
    max_waiting: int = 5000
    stale_after: float = 60.0
    """A request of the peer that we have not answered for so long is one that the peer has given up."""
    max_faults: int = 200
    """Faults told between two heartbeats; further ones are only counted."""
    max_unanswered: int = 1000
    """Requests of the peer that we have not answered yet; further ones are refused."""
    max_repeats: int = 3
    """How often a request is sent again that a busy switch refused and that may be repeated without harm."""
    repeat_pause: float = 0.5
    """How long the first such repetition waits; each further one waits twice as long."""

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            if not getattr(self, name) > 0:
                raise SessionError(f"{name} must be positive")
        if self.max_outstanding + self.max_waiting > 9000:
            raise SessionError("max_outstanding and max_waiting together exceed 9000: invoke IDs would run out")
        if self.renew_fraction >= 1:
            raise SessionError("renew_fraction must be less than 1: a session is renewed before it expires")
