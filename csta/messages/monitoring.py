"""Monitoring services (ECMA-269 chapter 15)."""

from dataclasses import dataclass
from typing import ClassVar

from csta.identifiers import ConnectionID, DeviceID
from csta.messages.base import Request, Response
from csta.states import MonitorType


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorStartResponse(Response):
    """Positive answer to MonitorStart: the identity that its events will carry."""

    monitor_cross_ref_id: str
    monitor_existing_calls: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorStart(Request):
    """Ask for the events of a device or a call (ECMA-269 15.1.2, operation 71)."""

    response: ClassVar[type[Response]] = MonitorStartResponse
    monitor_object: DeviceID | ConnectionID
    monitor_type: MonitorType | None = MonitorType.DEVICE


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorStopResponse(Response):
    """Positive answer to MonitorStop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorStop(Request):
    """End a monitor; the switch sends it too, when it ends one itself (ECMA-269 15.1.3, operation 73)."""

    response: ClassVar[type[Response]] = MonitorStopResponse
    monitor_cross_ref_id: str
