"""The monitors of one application: on devices and on calls, with their filters (ECMA-269 chapter 15)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Final

from csta import messages
from csta.causes import EventCause
from csta.dialects import Dialect
from csta.dialects.filters import within_bits
from csta.filters import lets_through
from csta.identifiers import ConnectionID, DeviceID
from csta.messages import CallCleared, CallEvent, Conferenced, ErrorResponse, Event, Transferred
from csta.messages.structures import MonitorFilter
from csta.states import MonitorType
from lab.switch.services import Answer

MAX_MONITORS: Final = 10_000
"""Monitors of one application; one more is refused."""

NO_SUCH_MONITOR: Final = ErrorResponse(category="operation", value="invalidMonitorCrossRefID")
TOO_MANY_MONITORS: Final = ErrorResponse(category="systemResourceAvailability", value="overallMonitorLimitExceeded")
NO_SUCH_DEVICE: Final = ErrorResponse(category="operation", value="invalidDeviceID")
NO_SUCH_CALL: Final = ErrorResponse(category="operation", value="invalidConnectionID")


@dataclass(slots=True, eq=False)
class Monitor:
    """One monitor: of a ``device``, of the calls that touch it where ``follows``, or of one call.

    ``calls`` are the calls that it follows. ``told`` are the devices by which a call monitor heard of ``last``.
    """

    reference: str
    device: str | None
    follows: bool
    calls: set[str] = field(default_factory=set)
    filter: MonitorFilter | None = None
    last: Event | None = None
    told: set[str] = field(default_factory=set)

    def hears(self, device: str, event: Event) -> bool:
        """Whether what ``device`` sees is to be reported; a call monitor hears of each thing once."""
        if not self.follows:
            return device == self.device
        involved = calls_of(event)
        if device == self.device and involved:
            self.calls |= involved
        if not involved & self.calls and device != self.device:
            return False
        self._rename(event)
        plain = replace(event, local_connection_info=None) if isinstance(event, CallEvent) else event
        if plain == self.last and device not in self.told:
            self.told.add(device)
            return False
        self.last, self.told = plain, {device}
        return True

    def _rename(self, event: Event) -> None:
        """The call goes on under another name."""
        if isinstance(event, Transferred | Conferenced):
            self.calls -= calls_of(event)
            new = event.transferred_connections if isinstance(event, Transferred) else event.conference_connections
            self.calls |= {item.new_connection.call_id for item in new if item.new_connection is not None}


def calls_of(event: Event) -> frozenset[str]:
    """The identifiers of the calls that an event is about."""
    values = (getattr(event, each.name) for each in fields(event))
    return frozenset(value.call_id for value in values if isinstance(value, ConnectionID))


class Monitors:
    """What one application watches.

    Args:
        dialect: what kind of PBX this is to the application.
        devices: the numbers that can be monitored.
        calls: the identifiers of all calls.
        reference: makes a fresh cross reference.
    """

    def __init__(
        self,
        dialect: Dialect,
        devices: frozenset[str],
        calls: Callable[[], frozenset[str]],
        reference: Callable[[], str],
    ) -> None:
        self._devices = devices
        self._calls = calls
        self._reference = reference
        bits = dialect.quirks.get("monitor_filter_bits")
        self._narrow = within_bits(bits) if isinstance(bits, Mapping) else None
        self._monitors: dict[str, Monitor] = {}
        # Those that may hear of a device: monitors on it, and all that follow calls; made when it is asked for.
        self._hearers: dict[str, list[Monitor]] = {}

    def __len__(self) -> int:
        return len(self._monitors)

    def devices(self) -> frozenset[str]:
        """The monitored devices."""
        return frozenset(one.device for one in self._monitors.values() if one.device is not None)

    def references(self, device: str | None = None) -> list[str]:
        """The cross references of all monitors, or of those on one device."""
        return [one.reference for one in self._monitors.values() if device is None or one.device == device]

    def listed(self) -> tuple[messages.MonitorListEntry, ...]:
        """The monitors on devices, as GetMonitors tells of them."""
        return tuple(
            messages.MonitorListEntry(monitor_cross_ref_id=one.reference, monitor_object=DeviceID(one.device))
            for one in self._monitors.values()
            if one.device is not None
        )

    # ---- services

    def start(self, request: messages.MonitorStart) -> Answer:
        """Begin a monitor."""
        watched = request.monitor_object
        follows = isinstance(watched, ConnectionID) or request.monitor_type is MonitorType.CALL
        if isinstance(watched, DeviceID):
            if watched.number not in self._devices:
                return NO_SUCH_DEVICE
            made = Monitor(self._reference(), watched.number, follows)
        elif watched.call_id in self._calls():
            made = Monitor(self._reference(), None, follows, {watched.call_id})
        else:
            return NO_SUCH_CALL
        if len(self._monitors) >= MAX_MONITORS:
            return TOO_MANY_MONITORS
        made.filter = self._applied(request.requested_monitor_filter)
        self._monitors[made.reference] = made
        self._hearers.clear()
        return messages.MonitorStartResponse(
            monitor_cross_ref_id=made.reference, actual_monitor_filter=made.filter, monitor_existing_calls=True
        )

    def change(self, request: messages.ChangeMonitorFilter) -> Answer:
        """Apply another filter; the answer says which."""
        found = self._monitors.get(request.monitor_cross_ref_id)
        if found is None:
            return NO_SUCH_MONITOR
        found.filter = self._applied(request.requested_filter_list)
        return messages.ChangeMonitorFilterResponse(actual_filter_list=found.filter)

    def stop(self, reference: str) -> Answer:
        """End a monitor."""
        if self._monitors.pop(reference, None) is None:
            return NO_SUCH_MONITOR
        self._hearers.clear()
        return messages.MonitorStopResponse()

    def clear(self) -> None:
        """Forget all monitors."""
        self._monitors.clear()
        self._hearers.clear()

    def _applied(self, asked: MonitorFilter | None) -> MonitorFilter | None:
        """What the switch makes of a filter: words that it does not know are not applied."""
        if asked is None or self._narrow is None:
            return asked
        request = messages.ChangeMonitorFilter(monitor_cross_ref_id="", requested_filter_list=asked)
        narrowed = self._narrow(request)
        return narrowed.requested_filter_list if isinstance(narrowed, messages.ChangeMonitorFilter) else asked

    # ---- what happens

    def reports(self, device: str, event: Event) -> Iterator[Event]:
        """The event as each monitor reports it that sees it at ``device``."""
        hearers = self._hearers.get(device)
        if hearers is None:
            hearers = [one for one in self._monitors.values() if one.follows or one.device == device]
            self._hearers[device] = hearers
        for one in hearers:
            if one.hears(device, event) and lets_through(one.filter, event):
                yield replace(event, monitor_cross_ref_id=one.reference)

    def settled(self) -> Iterator[Event]:
        """What call monitors report of calls that are over; a monitor on nothing but such a call ends with it."""
        following = [one for one in self._monitors.values() if one.follows and one.calls]
        alive = self._calls() if following else frozenset()
        for one in following:
            for call_id in sorted(one.calls - alive):
                one.calls.discard(call_id)
                event = CallCleared(
                    monitor_cross_ref_id=one.reference,
                    cleared_call=ConnectionID(call_id),
                    cause=EventCause.NORMAL_CLEARING,
                )
                if (one.device is not None or not one.calls) and lets_through(one.filter, event):
                    yield event
            if one.device is None and not one.calls:
                del self._monitors[one.reference]
                self._hearers.clear()
