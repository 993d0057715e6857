"""Monitoring services (ECMA-269 chapter 15)."""

from typing import ClassVar

from csta.identifiers import ConnectionID, DeviceID
from csta.messages.base import Notice, Part, Request, Response
from csta.messages.enumerations import MediaClass
from csta.messages.parameters import MONITOR_CROSS_REF
from csta.messages.structures import MonitorFilter
from csta.schema.elements import element, message, structure, structured
from csta.schema.kinds import Boolean, Device, Enumerated, Flags, Identifier, Integer, Need, ObjectChoice, Sequence
from csta.states import MonitorType


@structure
class MonitorListEntry(Part):
    """One monitor: its identity and its object."""

    monitor_cross_ref_id: str = element(MONITOR_CROSS_REF)
    monitor_object: DeviceID = element(Device())


@message(operation=71)
class MonitorStartResponse(Response):
    """Positive answer to MonitorStart.

    The identity that its events will carry, and the filter that the switch applies.
    """

    monitor_cross_ref_id: str = element(MONITOR_CROSS_REF)
    actual_monitor_filter: MonitorFilter | None = element(structured(MonitorFilter), tag=0, default=None)
    actual_monitor_media_class: frozenset[MediaClass] | None = element(Flags(MediaClass), tag=1, default=None)
    monitor_existing_calls: bool | None = element(Boolean(), default=None)


@message(operation=71)
class MonitorStart(Request):
    """Ask for the events of a device or a call (ECMA-269 15.1.2, operation 71).

    A word in the filter keeps its events from being sent.
    """

    response: ClassVar[type[Response]] = MonitorStartResponse
    monitor_object: DeviceID | ConnectionID = element(ObjectChoice())
    requested_monitor_filter: MonitorFilter | None = element(structured(MonitorFilter), tag=0, default=None)
    monitor_type: MonitorType | None = element(Enumerated(MonitorType), default=MonitorType.DEVICE)
    requested_monitor_media_class: frozenset[MediaClass] | None = element(Flags(MediaClass), tag=1, default=None)


@message(operation=72)
class ChangeMonitorFilterResponse(Response):
    """Positive answer to ChangeMonitorFilter: the filter that the switch applies."""

    actual_filter_list: MonitorFilter | None = element(structured(MonitorFilter), default=None)


@message(operation=72)
class ChangeMonitorFilter(Request):
    """Change which events a monitor leaves out (ECMA-269 chapter 15, operation 72)."""

    response: ClassVar[type[Response]] = ChangeMonitorFilterResponse
    monitor_cross_ref_id: str = element(MONITOR_CROSS_REF)
    requested_filter_list: MonitorFilter = element(structured(MonitorFilter))


@message(operation=73, no_data=True)
class MonitorStopResponse(Response):
    """Positive answer to MonitorStop."""


@message(operation=73)
class MonitorStop(Request):
    """End a monitor; the switch sends it too, when it ends one itself (ECMA-269 15.1.3, operation 73)."""

    response: ClassVar[type[Response]] = MonitorStopResponse
    monitor_cross_ref_id: str = element(MONITOR_CROSS_REF)


@message(operation=373)
class GetMonitorsResponse(Response):
    """Positive answer to GetMonitors: the monitors, or the reference that `MonitorInfo` will name."""

    service_cross_ref_id: str | None = element(Identifier(), within="crossRefIDorRegistrationData", default=None)
    monitor_list: tuple[MonitorListEntry, ...] = element(
        Sequence("monitorListEntry", structured(MonitorListEntry)), within="crossRefIDorRegistrationData", default=()
    )


@message(operation=373)
class GetMonitors(Request):
    """Ask which monitors there are (ECMA-269 chapter 15, operation 373)."""

    response: ClassVar[type[Response]] = GetMonitorsResponse


@message(operation=374)
class MonitorInfo(Notice):
    """A segment of the answer to GetMonitors (operation 374)."""

    service_cross_ref_id: str = element(Identifier())
    segment_id: int | None = element(Integer(), default=None)
    last_segment: bool = element(Boolean())
    monitor_list: tuple[MonitorListEntry, ...] = element(
        Sequence("monitorListEntry", structured(MonitorListEntry)), need=Need.TO_SEND, default=()
    )
