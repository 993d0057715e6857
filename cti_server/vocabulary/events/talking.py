"""From the answer to the end of a contact: hold, consultation, transfer, conference, pickup, wrap-up."""

from dataclasses import dataclass

from cti_server.vocabulary.events.base import Event
from cti_server.vocabulary.ids import AgentId, ContactId, DeviceNumber
from cti_server.vocabulary.values import CallRef, Disposition, QueueOutcome, ReleasedBy, SupervisionRole, TransferKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactAnswered(Event):
    """Customer and agent talk."""

    contact: ContactId
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactHeld(Event):
    """The customer is on hold."""

    contact: ContactId
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRetrieved(Event):
    """The customer is on hold no more."""

    contact: ContactId
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationStarted(Event):
    """The agent asks somebody at ``number`` about the contact, whose call waits on hold."""

    contact: ContactId
    agent: AgentId
    number: DeviceNumber
    call: CallRef


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationEnded(Event):
    """The consultation is over, without a transfer or conference, or by one."""

    contact: ContactId
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactTransferred(Event):
    """The talk was given on by ``agent``: to another agent (``to``), to a queue's pilot, or to a number outside."""

    contact: ContactId
    agent: AgentId
    transfer: TransferKind
    number: DeviceNumber
    to: AgentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceChanged(Event):
    """Who talks with the customer now: the devices in the call beside the customer's; one or none: no conference."""

    contact: ContactId
    devices: tuple[DeviceNumber, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPickedUp(Event):
    """A ringing contact was answered at another phone (pickup); ``agent`` is who works there, if anybody does."""

    contact: ContactId
    device: DeviceNumber
    agent: AgentId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisionStarted(Event):
    """A supervisor takes part in the contact's talk."""

    contact: ContactId
    supervisor: AgentId
    role: SupervisionRole


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisionEnded(Event):
    """The supervisor takes no part any more; ``reason`` where it could not begin."""

    contact: ContactId
    supervisor: AgentId
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactReleased(Event):
    """The customer's call is over; wrap-up may follow.

    ``left`` is how it left the queue that it stood in, where its disposition does not say so: an answered contact that
    was given on to another queue stays answered, whatever becomes of it there. ``short``: the caller gave up sooner
    than the queue's ``short_calls``, so that the queue's figures leave the contact out.
    """

    contact: ContactId
    disposition: Disposition
    released_by: ReleasedBy
    cause_text: str = ""
    left: QueueOutcome | None = None
    short: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpStarted(Event):
    """The agent works on the contact after the call, until ``deadline`` (Unix seconds) at the latest."""

    contact: ContactId
    agent: AgentId
    deadline: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpExtended(Event):
    """The agent's work after the contact lasts until ``deadline`` (Unix seconds) now."""

    contact: ContactId
    agent: AgentId
    deadline: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpEnded(Event):
    """The agent is done with the contact; their idle time starts here."""

    contact: ContactId
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactClosed(Event):
    """Nothing more happens to this contact."""

    contact: ContactId
