"""Snapshot services: what calls there are (ECMA-269 chapter 16)."""

from dataclasses import dataclass
from typing import ClassVar

from csta.identifiers import ConnectionID, DeviceID, Party, Presentation
from csta.messages.base import ForeignElement, Request, Response
from csta.states import ConnectionState


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotDeviceItem:
    """One call at the device. ``local_call_state`` has the device's own connection first, then the others."""

    connection: ConnectionID
    local_call_state: tuple[ConnectionState, ...] = ()
    endpoint_device: Party | None = None
    extra: tuple[ForeignElement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotDeviceResponse(Response):
    """Positive answer to SnapshotDevice: every call at the device."""

    snapshot_data: tuple[SnapshotDeviceItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotDevice(Request):
    """Ask which calls a device has (ECMA-269 16.1.2, operation 74)."""

    response: ClassVar[type[Response]] = SnapshotDeviceResponse
    snapshot_object: DeviceID


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotCallItem:
    """One device in the call."""

    device_on_call: Party = Presentation.NOT_KNOWN
    call_identifier: ConnectionID
    local_connection_info: ConnectionState | None = None
    extra: tuple[ForeignElement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotCallResponse(Response):
    """Positive answer to SnapshotCall: every device in the call."""

    snapshot_data: tuple[SnapshotCallItem, ...] = ()
    calling_device: Party | None = None
    called_device: Party | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotCall(Request):
    """Ask which devices take part in a call (ECMA-269 16.1.1, operation 75)."""

    response: ClassVar[type[Response]] = SnapshotCallResponse
    snapshot_object: ConnectionID
