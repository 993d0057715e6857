"""What operators do: who did what at which door of the console, and what they set by hand."""

from dataclasses import dataclass

from cti_server.vocabulary.events.base import Event
from cti_server.vocabulary.ids import ContactId, LinkName, QueueName
from cti_server.vocabulary.values import DoorState, Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationNoted(Event):
    """Somebody gave a command at a console, or tried to get in; ``outcome`` is done, failed, or the refusal's code.

    ``door`` is telnet, ssh or local, ``peer`` the address that they came from. ``line`` is the command with full words
    and without secrets and customers' numbers; ``log-in`` where somebody tried to get in.
    """

    user: str
    door: str
    peer: str
    line: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDismissed(Event):
    """The contact is to be let go of: its flow goes on no more, and nobody is offered it."""

    contact: ContactId
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSet(Event):
    """A queue was opened or closed by hand until ``until`` (Unix seconds; None: until it is set again)."""

    queue: QueueName
    state: DoorState
    until: float | None
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkDrained(Event):
    """New calls that arrive over the link are not taken any more, or (not ``draining``) are taken again."""

    link: LinkName
    draining: bool
    origin: Origin
