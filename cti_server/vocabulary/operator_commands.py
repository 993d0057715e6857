"""Commands of operators: what they do by hand with contacts, queues and links, and the note of who did what."""

from dataclasses import dataclass

from cti_server.vocabulary.commands import Command
from cti_server.vocabulary.ids import AgentId, ContactId, LinkName, QueueName
from cti_server.vocabulary.values import DoorState, Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteOperation(Command):
    """Keep in the journal who did what at which door of the console; what is secret in ``line`` is masked already."""

    user: str
    door: str
    peer: str
    line: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveContact(Command):
    """Let a waiting contact wait in another queue; None: in its own anew, from the beginning of the waiting flow."""

    contact: ContactId
    queue: QueueName | None
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class PullContact(Command):
    """Give a waiting contact to this agent now, whoever else it is meant for."""

    contact: ContactId
    agent: AgentId
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUpContact(Command):
    """Let go of the customer's call; a contact without a call is over at once."""

    contact: ContactId
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseContact(Command):
    """Let a contact of a call be over here, whatever becomes of its call: the PBX is not asked to clear it."""

    contact: ContactId
    why: str
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class SetQueue(Command):
    """Open or close a queue by hand until ``until`` (Unix seconds; None: until it is set again).

    Automatic: it goes by its calendar again. Whoever waits in it goes on waiting.
    """

    queue: QueueName
    state: DoorState
    until: float | None
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainLink(Command):
    """Take no new calls that arrive over the link, or (not ``draining``) take them again."""

    link: LinkName
    draining: bool
    origin: Origin
