"""A contact's data: its call, where it stands in its flow and its queue, and who serves it."""

from dataclasses import dataclass, field

from cti_server.contacts.stages import FIRST_STAGE
from cti_server.vocabulary.ids import (
    AgentId,
    ContactId,
    DeviceNumber,
    FlowName,
    OfferId,
    PartyId,
    QueueName,
    StepId,
    VerbId,
)
from cti_server.vocabulary.values import CallRef, Channel, ContactStage, Disposition, SessionRef, VerbResult


@dataclass(slots=True, kw_only=True)
class Cursor:
    """Where a contact stands in a flow.

    ``entered`` is False while ``step`` still waits to be entered (the call is on its way to a media port, or the flow
    is suspended while an agent rings); ``verb`` is the media verb whose end is awaited; ``deadline`` (Unix seconds) is
    when the step is over by time; ``ended`` is how the step's verb ended, if it did; ``entered_seq`` is the event by
    which the step was entered.
    """

    flow: FlowName
    flow_version: str
    step: StepId | None
    entered: bool = False
    attempt: int = 1
    verb: VerbId | None = None
    deadline: float | None = None
    position: int | None = None
    ended: VerbResult | None = None
    entered_seq: int | None = None


@dataclass(slots=True, kw_only=True)
class Contact:
    """One open contact; times are Unix seconds, ``*_seq`` are places in the journal.

    ``leaving`` says that the flow has come to a disconnect step or to its end: nobody is offered the contact then.
    ``past_offers`` are the offers that ended, kept for answers that come late.
    """

    id: ContactId
    channel: Channel
    call: CallRef
    pilot: DeviceNumber
    party: PartyId | None
    opened_at: float
    opened_seq: int
    last_seq: int
    cursor: Cursor
    stage: ContactStage = FIRST_STAGE
    queue: QueueName | None = None
    priority: int = 5
    queued_at: float | None = None
    media_requested: bool = False
    media_seq: int = 0
    session: SessionRef | None = None
    port: DeviceNumber | None = None
    verbs: int = 0
    leaving: bool = False
    offer: OfferId | None = None
    past_offers: list[OfferId] = field(default_factory=list)
    agent: AgentId | None = None
    answered_at: float | None = None
    released_at: float | None = None
    disposition: Disposition | None = None
    wrap_up_until: float | None = None


def standing(contact: Contact) -> bool:
    """Whether the customer's call still stands, as far as is known."""
    return contact.stage not in {ContactStage.WRAP_UP, ContactStage.CLOSED}


def waiting(contact: Contact) -> bool:
    """Whether the contact may be offered: queued, not ringing anywhere, and not about to be disconnected."""
    return contact.stage is ContactStage.QUEUED and not contact.leaving


def disposition_of(contact: Contact) -> Disposition:
    """How the contact ended if its call ends now, by the stage that it stands in."""
    if contact.stage is ContactStage.TALKING:
        return Disposition.ANSWERED
    if contact.leaving:
        return Disposition.DISCONNECTED
    if contact.stage is ContactStage.TREATED:
        return Disposition.ABANDONED_IN_FLOW
    if contact.stage in {ContactStage.QUEUED, ContactStage.OFFERED}:
        return Disposition.ABANDONED
    return Disposition.LOST
