"""What the console may ask of the running system."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from twisted.internet.defer import Deferred

from cti_server.console.faces import Faces
from cti_server.console.rights import Actor
from cti_server.engine.state import State
from cti_server.vocabulary.commands import Command
from cti_server.vocabulary.events import Recorded
from cti_server.vocabulary.ids import AgentId, ContactId, PartyId
from cti_server.vocabulary.refusals import Refusal
from cti_server.vocabulary.status import LinkStatus, MediaStatus, PortStatus


@dataclass(frozen=True, slots=True)
class SegmentLine:
    """A stretch of a contact with one handler; times in Unix seconds, ``ended`` is None while it lasts."""

    kind: str
    handler: str
    started: float
    ended: float | None


@dataclass(frozen=True, slots=True)
class History:
    """A contact's whole life, as the journal and the reports have it."""

    rows: Sequence[Recorded]
    segments: Sequence[SegmentLine]


@dataclass(frozen=True, slots=True)
class ContactLine:
    """A contact of the past or present, as the reports have it."""

    contact: int
    arrived: float
    queue: str | None
    agent: str | None
    disposition: str | None
    wait: float | None
    talk: float | None


class Operations(Protocol):
    """The running system, seen from the console."""

    @property
    def state(self) -> State:
        """The engine's state, to be read only."""

    @property
    def actor(self) -> Actor:
        """Who gives the command at hand."""

    @property
    def faces(self) -> Faces:
        """The rooms beside routing."""

    @property
    def progress(self) -> Callable[[str], None]:
        """Tells whoever gave the command at hand how far it is, one line at a time."""

    def acting(self, actor: Actor, progress: Callable[[str], None] | None = None) -> "Operations":
        """The same system, seen by somebody; without ``progress`` nobody is told how far things are."""

    def now(self) -> float:
        """Unix seconds."""

    def submit(self, command: Command) -> Deferred[Refusal | None]:
        """Put a command to the engine."""

    def listen(self, listener: Callable[[Sequence[Recorded]], None]) -> Callable[[], None]:
        """Hand every released row to the listener until the function that is returned is called."""

    def links(self) -> Sequence[LinkStatus]:
        """Connections to the outside."""

    def connectors(self) -> Sequence[LinkStatus]:
        """What flows may ask of the outside: databases, web services, mail, PINs."""

    def identify(self, address: str) -> PartyId:
        """The party of an address, a new one where it is not known."""

    def address(self, party: PartyId) -> str | None:
        """The address of a party, as far as it is in memory."""

    def ports(self) -> Sequence[PortStatus]:
        """Media ports."""

    def media(self) -> Sequence[MediaStatus]:
        """Media services."""

    def drain(self, service: str, *, on: bool) -> str | None:
        """Let a media service take no new calls, or take them again; what came of it, None for an unknown name."""

    def history(self, contact: ContactId) -> Deferred[History]:
        """A contact's life; without rows where there is no such contact."""

    def why(self, contact: ContactId, agent: AgentId | None) -> Deferred[str | None]:
        """Why a contact waited, and why the agent did not get it, in words; None where there is no such contact."""

    def contacts(self, limit: int) -> Deferred[Sequence[ContactLine]]:
        """The newest contacts, newest first."""

    def noted(self, limit: int) -> Deferred[Sequence[Recorded]]:
        """The newest rows of who did what at the console, newest first."""

    def reload(self) -> Deferred[str]:
        """Read the plan's files anew; what was found wrong, or what changed, in words."""
