"""What happens to the site: its plan, calendars, links and phones."""

from dataclasses import dataclass

from cti_server.vocabulary.events.base import Event
from cti_server.vocabulary.ids import CalendarName, DeviceNumber, LinkName
from cti_server.vocabulary.plan import SitePlan
from cti_server.vocabulary.values import DoorState, Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLoaded(Event):
    """The engine works by this plan from here on."""

    plan: SitePlan


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
    """The PBX has listed its calls since the link came up: contacts from before are known to stand or to be gone."""

    link: LinkName


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
