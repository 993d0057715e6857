"""What a session needs of the console that it belongs to."""

from collections.abc import Callable, Sequence
from typing import Protocol

from twisted.internet.defer import Deferred

from cti_server.console.operations import Operations
from cti_server.console.rights import Actor
from cti_server.console.shell import Shell


class Timer(Protocol):
    """A call that is to come."""

    def cancel(self) -> None:
        """Let it not come."""

    def active(self) -> bool:
        """Whether it is still to come."""


class House(Protocol):
    """What a session needs of the console that it belongs to."""

    def log_in(self, user: str, password: str, *, door: str, peer: str) -> Deferred[Actor | None]:
        """Who comes in by the password, or None."""

    def operations_of(self, actor: Actor) -> Operations:
        """The running system, seen by the actor."""

    def shell_of(self, actor: Actor, progress: Callable[[str], None] | None = None) -> Shell:
        """The actor's way to the commands."""

    def lines_of(self, user: str) -> Deferred[list[str]]:
        """The lines that the user gave in earlier sessions."""

    def keep_lines(self, user: str, lines: Sequence[str]) -> None:
        """Keep the lines for the user's next session."""

    def now(self) -> float:
        """Unix seconds."""

    def call_later(self, delay: float, function: Callable[[], object]) -> Timer:
        """Call ``function`` in ``delay`` seconds."""

    def leave(self, session: object) -> None:
        """The session is over."""

    @property
    def wrong_password_delay(self) -> float:
        """Seconds before a wrong password is answered."""

    @property
    def tries(self) -> int:
        """Log-in attempts per session."""

    @property
    def log_in_limit(self) -> float:
        """Seconds within which somebody must have logged in."""

    @property
    def idle_limit(self) -> float:
        """Seconds without a key after which a session is closed."""
