"""A contact's data: its call, where it stands in its flow and its queue, and who serves it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from cti_server.contacts.callback import Callback
from cti_server.contacts.stages import FIRST_STAGE
from cti_server.contacts.talk import Talk
from cti_server.vocabulary.actions import Action
from cti_server.vocabulary.ids import (
    AgentId,
    ContactId,
    DeviceNumber,
    FlowName,
    OfferId,
    PartyId,
    QueueName,
    RequestId,
    StepId,
    VerbId,
)
from cti_server.vocabulary.outside import OutsideRequest, RequestOutcome
from cti_server.vocabulary.requirements import Requirement
from cti_server.vocabulary.values import (
    CallRef,
    Channel,
    ContactStage,
    Disposition,
    QueueOutcome,
    SessionRef,
    TrialPart,
    Value,
    VerbResult,
)

IN_LINE: Final = frozenset({ContactStage.QUEUED, ContactStage.OFFERED, ContactStage.FORWARDED})

TURNED_AWAY: Final[Mapping[QueueOutcome, Disposition]] = MappingProxyType(
    {
        QueueOutcome.CLOSED: Disposition.CLOSED,
        QueueOutcome.SATURATED: Disposition.SATURATED,
        QueueOutcome.BLOCKED: Disposition.BLOCKED,
        QueueOutcome.TIMED_OUT: Disposition.TIMED_OUT,
        QueueOutcome.CALLBACK: Disposition.CALLED_BACK,
    }
)
"""How a contact ended whom its last queue did not take or keep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A step that runs another flow, to which the contact comes back when that is at its end."""

    flow: FlowName
    flow_version: str
    step: StepId


@dataclass(slots=True, kw_only=True)
class Cursor:
    """Where a contact stands in a flow; ``stack`` are the steps that run the flow, the outermost first.

    ``entered`` is False while ``step`` still waits to be entered (the call is on its way to a media port, or the flow
    is suspended while an agent rings); ``verb`` is the media verb whose end is awaited and ``action`` what it does;
    ``request`` is what is asked of the outside, ``asked`` its answer while nobody could go on with it; ``memory`` is
    what the component keeps. ``deadline`` (Unix seconds) is when the step is over by time; ``ended`` is how the step's
    verb ended, if it did; ``stalled``: the flow stands still for a moment, after a verb that was stopped or failed or
    because it turned in a circle. ``entered_seq`` is the event by which the step was entered.
    """

    flow: FlowName
    flow_version: str
    step: StepId | None
    stack: tuple[Frame, ...] = ()
    entered: bool = False
    attempt: int = 1
    verb: VerbId | None = None
    action: Action | None = None
    request: RequestId | None = None
    outside: OutsideRequest | None = None
    asked: RequestOutcome | None = None
    memory: Mapping[str, Value] = field(default_factory=dict)
    deadline: float | None = None
    position: int | None = None
    ended: VerbResult | None = None
    stalled: bool = False
    entered_seq: int | None = None


@dataclass(slots=True, kw_only=True)
class Contact:
    """One open contact; times are Unix seconds, ``*_seq`` are places in the journal.

    ``call`` is None where there is none (yet): callbacks and channels without calls. ``entered`` is the entry into the
    centre that places in line go by. ``came_from`` is the queue step by which it came into its queue; ``turned_away``
    is why the last queue did not keep it. ``requirement`` is its own (None: the queue's), ``relaxed`` the last step of
    it that was reached, ``aged_at`` when its priority last rose by ageing,
    ``forward_failed_at`` when a number outside was last not reached, ``callbacks_made`` how many
    callbacks came from it.
    ``leaving`` says that the flow has come to a disconnect step or to its end: nobody is offered the contact then;
    ``served`` that nothing was left undone. ``offers`` are open, several where all agents ring at once; ``wrapping``
    are the agents who wrap the contact up, with their deadlines. ``past_offers`` are the offers that ended, kept for
    answers that come late. ``trial`` and ``queue_trial`` are the contact's parts in trials of flows, while it is not
    known yet what came of it there.
    """

    id: ContactId
    channel: Channel
    call: CallRef | None
    pilot: DeviceNumber
    party: PartyId | None
    opened_at: float
    opened_seq: int
    last_seq: int
    cursor: Cursor
    entered: float
    internal: bool = False
    data: dict[str, Value] = field(default_factory=dict)
    stage: ContactStage = FIRST_STAGE
    queue: QueueName | None = None
    came_from: Cursor | None = None
    turned_away: QueueOutcome | None = None
    priority: int = 5
    requirement: Requirement | None = None
    relaxed: int = 0
    aged_at: float | None = None
    queued_at: float | None = None
    media_requested: bool = False
    media_seq: int = 0
    session: SessionRef | None = None
    port: DeviceNumber | None = None
    verbs: int = 0
    requests: int = 0
    forward_failed_at: float | None = None
    callbacks_made: int = 0
    leaving: bool = False
    served: bool = False
    offers: list[OfferId] = field(default_factory=list)
    past_offers: list[OfferId] = field(default_factory=list)
    agent: AgentId | None = None
    answered_at: float | None = None
    released_at: float | None = None
    disposition: Disposition | None = None
    wrap_up_until: float | None = None
    wrapping: dict[AgentId, float] = field(default_factory=dict)
    callback: Callback | None = None
    trial: TrialPart | None = None
    queue_trial: TrialPart | None = None
    talk: Talk = field(default_factory=Talk)

    @property
    def offer(self) -> OfferId | None:
        """The first of the open offers; there are several only where all agents ring at once."""
        return self.offers[0] if self.offers else None


def standing(contact: Contact) -> bool:
    """Whether the customer's call (or wish) still stands, as far as is known."""
    return contact.stage not in {ContactStage.WRAP_UP, ContactStage.CLOSED}


def waiting(contact: Contact) -> bool:
    """Whether the contact may be offered: queued, not ringing anywhere, and not about to be disconnected."""
    return contact.stage is ContactStage.QUEUED and not contact.leaving


def in_line(contact: Contact) -> bool:
    """Whether the contact holds a place in a queue; one that is sent to a number outside keeps it until it is there."""
    return contact.queue is not None and contact.stage in IN_LINE


def in_flow(contact: Contact) -> bool:
    """Whether it is its flow that the contact waits for."""
    return contact.stage in {ContactStage.TREATED, ContactStage.QUEUED}


def has_ear(contact: Contact) -> bool:
    """Whether there is a call that a media port could speak to; callbacks and other channels have none."""
    return contact.call is not None and contact.channel is Channel.VOICE


def disposition_of(contact: Contact) -> Disposition:
    """How the contact ended if its call ends now, by the stage that it stands in.

    A caller who hangs up after a queue did not keep them has met that queue's outcome, whatever the flow did then.
    """
    if contact.stage is ContactStage.TALKING:
        return Disposition.ANSWERED
    if contact.served:
        return Disposition.SERVED_BY_FLOW
    by_system = Disposition.DISCONNECTED if contact.leaving else None
    if in_line(contact):
        return by_system or Disposition.ABANDONED
    if contact.turned_away is not None and contact.turned_away in TURNED_AWAY:
        return TURNED_AWAY[contact.turned_away]
    in_flow_yet = contact.stage in {ContactStage.TREATED, ContactStage.FORWARDED}
    return by_system or (Disposition.ABANDONED_IN_FLOW if in_flow_yet else Disposition.LOST)
