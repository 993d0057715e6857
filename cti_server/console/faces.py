"""What else the console may ask of the running system: one protocol for each room that answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from twisted.internet.defer import Deferred

from cti_server.console.answers import Answer
from cti_server.console.rights import Actor
from cti_server.vocabulary.ids import ContactId


class Changes(Protocol):
    """Changes of the configuration while the system runs."""

    def plan(self, back: str | None = None) -> Deferred[Answer]:
        """What the files would change, and whom that touches now; with ``back`` what going back would.

        ``back`` is the number of a plan, or ``before``: the one before the last change.
        """

    def apply(self, actor: Actor, why: str, expected: str | None = None) -> Deferred[Answer]:
        """Bring the files into force, all or nothing; refused where ``expected`` is not the digest that `plan` told."""

    def undo(self, actor: Actor, why: str, to: str | None = None) -> Deferred[Answer]:
        """Bring the plan of before the last change into force again, or that of number ``to``."""

    def reload(self, actor: Actor, why: str = "reload") -> Deferred[Answer]:
        """Bring the files into force without having been shown them."""

    def changes(self, limit: int) -> Deferred[Answer]:
        """The newest changes: number, when, who, why."""

    def difference(self, number: str, other: str | None = None) -> Deferred[Answer]:
        """What a change changed against the plan before it; or from one numbered plan to another."""

    def stopped_trials(self) -> Sequence[tuple[str, str]]:
        """Trials of flows that stopped, each with its flow and the reason."""


class Oversight(Protocol):
    """Health and alarms."""

    def health(self) -> Answer:
        """How each part stands."""

    def alarms(self) -> Answer:
        """The alarms that are raised now."""

    def acknowledge(self, alarm: str, actor: Actor) -> Answer:
        """Note that somebody knows of an alarm."""

    def names(self) -> Sequence[str]:
        """The alarms that are raised, as `acknowledge` takes them."""

    def log_in_failed(self, door: str, peer: str) -> None:
        """Note a log-in that failed at a door."""

    def listen(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Hand a line for each alarm that is raised or over to the listener, until the given function is called."""


class Tracing(Protocol):
    """The whole way of a contact, and how much is written down."""

    def trace(self, contact: ContactId) -> Deferred[Answer]:
        """SIP, CSTA, flow, queue and agent on one time line."""

    def replay(self, contact: ContactId) -> Deferred[Answer]:
        """Decide anew, from the journal, all that was decided about the contact; whether it comes out the same."""

    def log_level(self, room: str | None, level: str | None) -> Answer:
        """Show the log levels, or set that of a room (None: all) until the server ends.

        Without a level: as configured again.
        """

    def record(self, link: str | None, *, on: bool) -> Answer:
        """Switch the black box of a link (None: all) on or off until the server ends."""

    def recorded(self) -> Answer:
        """Which links are recorded now."""


class Cluster(Protocol):
    """Two servers that stand in for each other."""

    def standing(self) -> Answer:
        """Which server writes, who stands by, how far behind it is."""

    def switch_over(self, actor: Actor) -> Deferred[Answer]:
        """Let the server that stands by take over, on purpose."""


class Keeping(Protocol):
    """Care of what is kept."""

    def rebuild(self, progress: Callable[[str], None]) -> Deferred[Answer]:
        """Fold the reports' tables anew from the journal while the server runs."""

    def back_up(self, target: str) -> Deferred[Answer]:
        """Write a consistent copy of everything that is kept to a file on the server's machine."""

    def check(self) -> Deferred[Answer]:
        """Hold every row of the journal to its check sum."""

    def journal(self) -> Deferred[Answer]:
        """How the journal stands: rows, size, snapshots, projections and how far each is behind, and what is slow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Faces:
    """The rooms that are there; None where the server runs without one."""

    changes: Changes | None = None
    oversight: Oversight | None = None
    tracing: Tracing | None = None
    cluster: Cluster | None = None
    keeping: Keeping | None = None
