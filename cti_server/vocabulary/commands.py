"""Commands: wishes and observations that come in from the outside, each carried to the engine's one door.

``cause`` is the sequence number of the event whose effect this command answers, where it answers one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cti_server.vocabulary.ids import (
    AgentId,
    CalendarName,
    ContactId,
    DeviceNumber,
    GroupName,
    LinkName,
    OfferId,
    PartyId,
    QueueName,
    RequestId,
    ServiceName,
    SkillName,
    TrialName,
    VerbId,
)
from cti_server.vocabulary.outside import RequestOutcome
from cti_server.vocabulary.plan import SitePlan
from cti_server.vocabulary.values import (
    CallRef,
    ChangeKind,
    Channel,
    DoorState,
    OfferOutcome,
    Origin,
    ReleasedBy,
    SessionRef,
    SupervisionRole,
    SurveyedCall,
    SurveyedSession,
    Value,
    VerbOutcome,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Root of all commands."""

    cause: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlan(Command):
    """Work by this site plan from now on; contacts in a flow finish on the flow's old version.

    ``by`` whom and ``why``, for those who ask later. With ``expected``, refused unless that is the version of the plan
    that is in force. An undo names the number of the plan that it brings ``back_to`` force; after it, a start brings
    no other plan.
    """

    plan: SitePlan
    by: str = ""
    why: str = ""
    kind: ChangeKind = ChangeKind.APPLY
    expected: str | None = None
    back_to: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeUp(Command):
    """The engine's next deadline has come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLinkUp(Command):
    """The link carries requests again; ``ReportCalls`` follows when its devices have been surveyed."""

    link: LinkName


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLinkDown(Command):
    """The link carries nothing; no call on it can be moved until it is up."""

    link: LinkName
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportCalls(Command):
    """Every call that the PBX has at our monitored devices: the PBX is always right about calls."""

    link: LinkName
    calls: tuple[SurveyedCall, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSessions(Command):
    """Every session that a media service has, sent when its control door opens."""

    service: ServiceName
    sessions: tuple[SurveyedSession, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportCallArrived(Command):
    """A call waits at a pilot."""

    call: CallRef
    pilot: DeviceNumber
    party: PartyId | None
    data: Mapping[str, Value] = field(default_factory=dict)
    """What the PBX told with the call (user data, correlator); the contact begins with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportCallReplaced(Command):
    """The PBX gave the call a new identifier when it moved it."""

    call: CallRef
    by: CallRef


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportCallEnded(Command):
    """The customer's call is over; ``cause_text`` is the event cause in ECMA-269's word."""

    call: CallRef
    released_by: ReleasedBy
    cause_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMediaJoined(Command):
    """The call is answered at a media port and can be spoken to.

    ``traceparent`` is the span of the caller's own trace (W3C Trace Context), empty where none was brought.
    """

    contact: ContactId
    session: SessionRef
    port: DeviceNumber
    traceparent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMediaRefused(Command):
    """The call could not be brought to a media port: none is free, or the PBX refused the move."""

    contact: ContactId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMediaLost(Command):
    """The media session ended although the call did not.

    The call was moved on; or, where it ``failed``, the media service died or gave the call up.
    """

    contact: ContactId
    session: SessionRef
    reason: str
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportVerbEnded(Command):
    """A media verb came to its end."""

    contact: ContactId
    verb: VerbId
    outcome: VerbOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOfferAlerting(Command):
    """The offered agent's phone rings; ``media_stays`` where the call is its media port's until the agent answers."""

    offer: OfferId
    media_stays: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOfferAnswered(Command):
    """The offered agent answered."""

    offer: OfferId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOfferFailed(Command):
    """The offer cannot be completed, with the PBX's reason in words.

    The agent's phone was busy, rejected or is unreachable: the agent becomes not ready. Or the call could not be moved
    there (``CALL_NOT_MOVED``), which is no fault of the agent's.
    """

    offer: OfferId
    outcome: OfferOutcome
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPhoneBusy(Command):
    """A monitored device has a call that is none of ours: its agent is not to be offered a contact."""

    device: DeviceNumber
    busy: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LogAgentOn(Command):
    """An agent logs on at a device, not ready."""

    agent: AgentId
    device: DeviceNumber
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class LogAgentOff(Command):
    """An agent logs off; refused while they talk with a customer."""

    agent: AgentId
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAgentReady(Command):
    """An agent wants contacts; ends a wrap-up."""

    agent: AgentId
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAgentNotReady(Command):
    """An agent wants no contacts, for ``reason``; takes effect after the contact at hand."""

    agent: AgentId
    origin: Origin
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAgentSkills(Command):
    """Give an agent these skills (levels 1 to 10) until they are changed again; None: those of the plan."""

    agent: AgentId
    skills: Mapping[SkillName, int] | None
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAgentGroups(Command):
    """Put an agent into these groups until they are changed again; None: those of the plan."""

    agent: AgentId
    groups: tuple[GroupName, ...] | None
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendWrapUp(Command):
    """Give an agent ``seconds`` more for the contact that they wrap up, counted from now."""

    agent: AgentId
    seconds: float
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class EndWrapUp(Command):
    """The agent is done with the contact; their status stays what it is."""

    agent: AgentId
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenContact(Command):
    """A request arrived on a channel without calls, at ``destination`` (an address that the plan has a flow for)."""

    channel: Channel
    destination: str
    party: PartyId | None = None
    data: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishContact(Command):
    """A contact without a call is over: dealt with by its agent, or given up by the customer (``by``)."""

    contact: ContactId
    by: ReleasedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePriority(Command):
    """A supervisor gives a waiting contact another priority, 1 highest to 10."""

    contact: ContactId
    priority: int
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRequestEnded(Command):
    """What the outside made of a flow's request."""

    contact: ContactId
    request: RequestId
    outcome: RequestOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportForwarded(Command):
    """The call that was to be sent to a number outside is there (``reached``), or could not be sent (``reason``)."""

    contact: ContactId
    reached: bool
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCalendar(Command):
    """Open or close a calendar by hand until ``until`` (Unix seconds; None: until it is set again)."""

    calendar: CalendarName
    state: DoorState
    until: float | None
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateCallback(Command):
    """A callback is wished for from outside the flows: at the console, by an agent or a program."""

    queue: QueueName
    party: PartyId
    due: float | None = None
    agent: AgentId | None = None
    priority: int | None = None
    origin: Origin = Origin.CONSOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelCallback(Command):
    """A callback that nobody is on is not needed any more."""

    contact: ContactId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportCallbackDialled(Command):
    """The agent of the offer took it: their phone calls the customer by ``call``."""

    offer: OfferId
    call: CallRef


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportCallbackUnanswered(Command):
    """The customer was not reached: busy, no answer, or the number is wrong; ``reason`` in words."""

    contact: ContactId
    reason: str
    permanent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportHeld(Command):
    """The customer's call was put on hold at ``device``, or taken from hold."""

    call: CallRef
    device: DeviceNumber
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportConsultation(Command):
    """The device that has the customer's ``call`` on hold calls ``number`` by ``consultation``; or that is over."""

    call: CallRef
    device: DeviceNumber
    number: DeviceNumber
    consultation: CallRef
    over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTransferred(Command):
    """``device`` gave the customer's call on to ``to``; ``call`` is what the customer is in now.

    ``connected``: somebody at ``to`` has answered (attended); else it rings there (blind). ``before`` is the call that
    the customer was in, where the PBX gave it a new name, and ``joined`` the consultation call that became one with it.
    """

    call: CallRef
    device: DeviceNumber
    to: DeviceNumber
    connected: bool
    before: CallRef | None = None
    joined: CallRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportConference(Command):
    """Who is in the customer's call beside the customer now."""

    call: CallRef
    devices: tuple[DeviceNumber, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPickedUp(Command):
    """The call that rang at the offered agent's phone was answered at ``device``, another phone."""

    call: CallRef
    device: DeviceNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPhoneService(Command):
    """A device of ours went out of service, or came back."""

    device: DeviceNumber
    in_service: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervise(Command):
    """A supervisor wants to take part in a talk, at the phone where they are logged on; None: not any more."""

    contact: ContactId
    supervisor: AgentId
    role: SupervisionRole | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSupervision(Command):
    """The supervisor takes part now; or does not (any more), for ``reason``."""

    contact: ContactId
    supervisor: AgentId
    role: SupervisionRole | None
    reason: str = ""


# --- trials of flows


@dataclass(frozen=True, slots=True, kw_only=True)
class StopTrial(Command):
    """Let no contact go by the flow on trial any more."""

    trial: TrialName
    by: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishTrial(Command):
    """Let all contacts go by the flow on trial."""

    trial: TrialName
    by: str
    why: str = ""
