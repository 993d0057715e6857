"""Commands: wishes and observations that come in from the outside, each carried to the engine's one door.

``cause`` is the sequence number of the event whose effect this command answers, where it answers one.
"""

from dataclasses import dataclass

from cti_server.vocabulary.ids import AgentId, ContactId, DeviceNumber, LinkName, OfferId, PartyId, ServiceName, VerbId
from cti_server.vocabulary.plan import SitePlan
from cti_server.vocabulary.values import (
    CallRef,
    OfferOutcome,
    Origin,
    ReleasedBy,
    SessionRef,
    SurveyedCall,
    SurveyedSession,
    VerbOutcome,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Root of all commands."""

    cause: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlan(Command):
    """Work by this site plan from now on; contacts in a flow finish on the flow's old version."""

    plan: SitePlan


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
    """The call is answered at a media port and can be spoken to."""

    contact: ContactId
    session: SessionRef
    port: DeviceNumber


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
