"""The requests that the tasks of a watch stand for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from csta import messages as m
from csta.identifiers import ConnectionID, DeviceID
from csta.watch.tasks import Kind, Task

BUSY_CATEGORIES: Final = frozenset(
    {"systemResourceAvailability", "subscribedResourceAvailability", "performanceManagement"}
)
"""Refusals that speak of the switch's load and not of what was asked (CSTAErrorCode, ECMA-269 12.2)."""
REQUESTS: Final[dict[Kind, type[m.Request]]] = {
    Kind.CHECK: m.SnapshotCall,
    Kind.STOP: m.MonitorStop,
    Kind.MONITOR: m.MonitorStart,
    Kind.ROUTE: m.RouteRegister,
    Kind.CANCEL: m.RouteRegisterCancel,
    Kind.SNAPSHOT: m.SnapshotDevice,
    Kind.AGENTS: m.GetAgentState,
    Kind.CALL: m.SnapshotCall,
}
ALWAYS: Final = frozenset({Kind.MONITOR, Kind.STOP})
"""What is asked of every switch, for without it there is nothing to watch."""
BUILD: Final[dict[Kind, Callable[[Task], m.Request]]] = {
    Kind.CHECK: lambda task: m.SnapshotCall(snapshot_object=ConnectionID(task.subject, task.place)),
    Kind.STOP: lambda task: m.MonitorStop(monitor_cross_ref_id=task.subject),
    Kind.MONITOR: lambda task: m.MonitorStart(monitor_object=DeviceID(task.subject)),
    Kind.ROUTE: lambda task: m.RouteRegister(routeing_device=DeviceID(task.subject)),
    Kind.CANCEL: lambda task: m.RouteRegisterCancel(route_register_req_id=task.subject),
    Kind.SNAPSHOT: lambda task: m.SnapshotDevice(snapshot_object=DeviceID(task.subject)),
    Kind.AGENTS: lambda task: m.GetAgentState(device=DeviceID(task.subject)),
    Kind.CALL: lambda task: m.SnapshotCall(snapshot_object=ConnectionID(task.subject, task.place)),
}


@dataclass(frozen=True, slots=True)
class Ask:
    """A request to be sent; its answer goes to `Watch.answered` with the same key."""

    key: int
    request: m.Request
