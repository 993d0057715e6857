"""Events: facts that are journaled and that the engine's state is folded from.

An event's class name is its ``kind`` in the journal; fields are only ever added, with a default, or the class's
``VERSION`` rises and ``storage.codec`` gets an upgrade.
"""

from dataclasses import dataclass
from typing import ClassVar

from cti_server.vocabulary.ids import (
    AgentId,
    ContactId,
    DeviceNumber,
    FlowName,
    LinkName,
    OfferId,
    PartyId,
    QueueName,
    StepId,
    VerbId,
)
from cti_server.vocabulary.plan import SitePlan
from cti_server.vocabulary.values import (
    CallRef,
    Channel,
    Disposition,
    OfferOutcome,
    Origin,
    PassedOver,
    ReleasedBy,
    SessionRef,
    VerbOutcome,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Root of all events."""

    VERSION: ClassVar[int] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLoaded(Event):
    """The engine works by this plan from here on."""

    plan: SitePlan


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCameUp(Event):
    """The link carries requests."""

    link: LinkName


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkWentDown(Event):
    """The link carries nothing."""

    link: LinkName
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsSurveyed(Event):
    """The PBX has listed its calls since the link came up: contacts from before are known to stand or to be gone."""

    link: LinkName


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactOpened(Event):
    """A customer's request arrived; its flow starts."""

    contact: ContactId
    channel: Channel
    call: CallRef
    pilot: DeviceNumber
    party: PartyId | None
    flow: FlowName
    flow_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallReplaced(Event):
    """The contact's call has a new identifier."""

    contact: ContactId
    call: CallRef
    by: CallRef


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaRequested(Event):
    """The contact's call is to be brought to a media port; ``step`` is what it shall hear there."""

    contact: ContactId
    step: StepId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaRefused(Event):
    """No media port could be had."""

    contact: ContactId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaJoined(Event):
    """The contact can be spoken to."""

    contact: ContactId
    session: SessionRef
    port: DeviceNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaLeft(Event):
    """The contact has left its media port."""

    contact: ContactId
    session: SessionRef
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentFailed(Event):
    """What the contact was to hear at ``step`` it could not hear to its end; the flow goes on by the step's rule."""

    contact: ContactId
    step: StepId | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEntered(Event):
    """The contact's cursor stands at a step; ``verb`` is what the step asks of the media service.

    ``attempt`` counts a menu's repetitions from 1; ``deadline`` (Unix seconds) is when a timed step is over;
    ``position`` is the position that a position step tells.
    """

    contact: ContactId
    flow: FlowName
    flow_version: str
    step: StepId
    verb: VerbId | None = None
    attempt: int = 1
    deadline: float | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerbEnded(Event):
    """What the media service made of a verb."""

    contact: ContactId
    verb: VerbId
    outcome: VerbOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactQueued(Event):
    """The contact waits in a queue and its queue-processing flow starts."""

    contact: ContactId
    queue: QueueName
    priority: int
    flow: FlowName
    flow_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferMade(Event):
    """An agent is held for the contact until ``deadline`` (Unix seconds); who else was looked at, and why not taken."""

    offer: OfferId
    contact: ContactId
    agent: AgentId
    device: DeviceNumber
    deadline: float
    passed_over: tuple[PassedOver, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferAlerted(Event):
    """The agent's phone rings."""

    offer: OfferId
    contact: ContactId
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEnded(Event):
    """The offer is over; unless answered or the caller is gone, the contact is back at its place in the queue."""

    offer: OfferId
    contact: ContactId
    agent: AgentId
    outcome: OfferOutcome
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactAnswered(Event):
    """Customer and agent talk."""

    contact: ContactId
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactReleased(Event):
    """The customer's call is over; wrap-up may follow."""

    contact: ContactId
    disposition: Disposition
    released_by: ReleasedBy
    cause_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpStarted(Event):
    """The agent works on the contact after the call, until ``deadline`` (Unix seconds) at the latest."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLoggedOn(Event):
    """The agent works at a device, not ready yet."""

    agent: AgentId
    device: DeviceNumber
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLoggedOff(Event):
    """The agent is gone."""

    agent: AgentId
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentBecameReady(Event):
    """The agent wants contacts."""

    agent: AgentId
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentBecameNotReady(Event):
    """The agent wants no contacts."""

    agent: AgentId
    origin: Origin
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneBecameBusy(Event):
    """A device of ours has a call of its own."""

    device: DeviceNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneBecameFree(Event):
    """A device of ours has no call of its own any more."""

    device: DeviceNumber


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event with its place in the journal: ``seq`` counts from 1, ``at`` is Unix seconds.

    ``cause_seq`` is the event that led to this one; walking it answers "why".
    """

    seq: int
    at: float
    cause_seq: int | None
    event: Event
