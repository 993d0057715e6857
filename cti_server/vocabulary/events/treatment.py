"""What a contact meets before an agent: its call, media, flow and what the flow asks for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cti_server.vocabulary.actions import Action
from cti_server.vocabulary.events.base import Event
from cti_server.vocabulary.ids import ContactId, DeviceNumber, FlowName, PartyId, QueueName, RequestId, StepId, VerbId
from cti_server.vocabulary.outside import OutsideRequest, RequestOutcome
from cti_server.vocabulary.values import CallRef, Channel, SessionRef, TransferKind, TrialPart, Value, VerbOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactOpened(Event):
    """A customer's request arrived; its flow starts.

    ``call`` is None where there is no call (yet); ``pilot`` is the number or address that it came to; ``internal``: one
    of our own agents called the agent line, which counts in no report. ``trial`` is its part in a trial of flows.
    """

    contact: ContactId
    channel: Channel
    call: CallRef | None
    pilot: DeviceNumber
    party: PartyId | None
    flow: FlowName
    flow_version: str
    data: Mapping[str, Value] = field(default_factory=dict)
    internal: bool = False
    trial: TrialPart | None = None


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
    """The contact can be spoken to.

    ``traceparent`` is the span of the caller's own trace (W3C Trace Context), empty where none was brought.
    """

    contact: ContactId
    session: SessionRef
    port: DeviceNumber
    traceparent: str = ""


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

    ``action`` is what that verb does; ``request`` the identity of what is asked of the outside, ``outside`` what that
    is; ``memory`` what the component keeps. ``attempt`` counts repetitions from 1; ``deadline`` (Unix seconds) is when
    a timed step is over; ``position`` is the position that the caller is told. ``stalled``: the flow turned in a circle
    without waiting for anything, and stands still until ``deadline``. ``served``: the flow is at its end, and nothing
    was left undone.
    """

    contact: ContactId
    flow: FlowName
    flow_version: str
    step: StepId
    verb: VerbId | None = None
    attempt: int = 1
    deadline: float | None = None
    position: int | None = None
    action: Action | None = None
    request: RequestId | None = None
    outside: OutsideRequest | None = None
    memory: Mapping[str, Value] = field(default_factory=dict)
    stalled: bool = False
    served: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPassed(Event):
    """The contact went through a step without waiting for anything, and left it by ``exit``."""

    contact: ContactId
    flow: FlowName
    step: StepId
    exit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerbEnded(Event):
    """What the media service made of a verb."""

    contact: ContactId
    verb: VerbId
    outcome: VerbOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet(Event):
    """Data of the contact have these values now."""

    contact: ContactId
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestEnded(Event):
    """What the outside made of a flow's request."""

    contact: ContactId
    request: RequestId
    outcome: RequestOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowCalled(Event):
    """The contact's flow runs another one from ``step``, and goes on behind that when the other is at its end."""

    contact: ContactId
    flow: FlowName
    flow_version: str
    step: StepId


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowReturned(Event):
    """The flow that was called is at its end."""

    contact: ContactId


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateTold(Event):
    """The caller was told an estimated wait, in seconds from now.

    It was told at ``position``, when ``eligible`` agents served the queue and a contact took them ``handle`` seconds.
    ``cause`` is why it is more than what was left of what the same caller was told before.
    """

    contact: ContactId
    queue: QueueName
    low: float
    likely: float
    high: float
    basis: str
    position: int = 0
    eligible: float = 0.0
    handle: float = 0.0
    cause: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardRequested(Event):
    """The contact's call is to be sent to a number outside the queues, which has until ``deadline`` to be reached.

    ``step`` is what asks for it.
    """

    contact: ContactId
    number: DeviceNumber
    transfer: TransferKind
    deadline: float
    step: StepId


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardFailed(Event):
    """The call could not be sent on; the flow goes on."""

    contact: ContactId
    reason: str
