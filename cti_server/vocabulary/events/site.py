"""What happens to the site: its plan, calendars, links and phones."""

from dataclasses import dataclass

from cti_server.vocabulary.events.base import Event
from cti_server.vocabulary.ids import CalendarName, DeviceNumber, FlowName, LinkName, ServiceName, TrialName
from cti_server.vocabulary.plan import SitePlan
from cti_server.vocabulary.values import (
    ChangeKind,
    DoorState,
    Origin,
    SurveyedCall,
    SurveyedSession,
    TrialFigures,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLoaded(Event):
    """The engine works by this plan from here on: ``by`` whom, ``why``, and by what ``kind`` of change.

    ``number`` counts the plans of this journal from 1 (0 in rows of former releases); ``back_to`` is the number of the
    plan that an undo brought back.
    """

    plan: SitePlan
    number: int = 0
    by: str = ""
    why: str = ""
    kind: ChangeKind = ChangeKind.APPLY
    back_to: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialStopped(Event):
    """No contact goes by the flow on trial any more: the guard stopped it, or somebody (``by``)."""

    trial: TrialName
    flow: FlowName
    reason: str
    by: str = ""
    figures: TrialFigures


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialFinished(Event):
    """All contacts go by the flow that was on trial, until the plan says something else of it."""

    trial: TrialName
    flow: FlowName
    by: str = ""
    why: str = ""
    figures: TrialFigures


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarSet(Event):
    """A calendar was opened or closed by hand until ``until`` (Unix seconds; None: until it is set again)."""

    calendar: CalendarName
    state: DoorState
    until: float | None
    origin: Origin


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
    """The PBX has listed its calls: contacts from before the link came up are known to stand or to be gone.

    ``calls`` are those of them that contacts could be concerned by, so that what came of it can be decided anew;
    numbers of others than the site's own are left out. None in rows of former releases, which did not keep them.
    """

    link: LinkName
    calls: tuple[SurveyedCall, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsSurveyed(Event):
    """A media service has listed its sessions, and something came of it; ``sessions`` are those of contacts."""

    service: ServiceName
    sessions: tuple[SurveyedSession, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneBecameBusy(Event):
    """A device of ours has a call of its own."""

    device: DeviceNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneBecameFree(Event):
    """A device of ours has no call of its own any more."""

    device: DeviceNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneWentOutOfService(Event):
    """A device of ours cannot be reached: its agent is offered nothing."""

    device: DeviceNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneCameIntoService(Event):
    """A device of ours can be reached again."""

    device: DeviceNumber
