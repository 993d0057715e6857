"""Snapshot services: what calls there are (ECMA-269 chapter 16)."""

from typing import ClassVar

from csta.identifiers import ConnectionID, DeviceID, Party, Presentation
from csta.messages.base import Notice, Part, Request, Response
from csta.messages.enumerations import CallCharacteristic, MediaServiceType
from csta.messages.parameters import CORRELATOR, LOCAL_STATE
from csta.messages.structures import (
    CALL_LINKAGE,
    CONNECTION_INFORMATION,
    DEVICE_HISTORY,
    MEDIA_CHARACTERISTICS,
    MESSAGE_INFOS,
    SERVICES_PERMITTED,
    CallLinkageData,
    ConnectionInformation,
    FormerDevice,
    MediaCallCharacteristics,
    MessageInfo,
    ServicesPermitted,
)
from csta.schema.elements import element, message, structure, structured
from csta.schema.kinds import (
    ASSOCIATED_CALLED,
    ASSOCIATED_CALLING,
    CALLED,
    CALLING,
    SUBJECT,
    Application,
    Boolean,
    CallState,
    Connection,
    Device,
    Enumerated,
    Flags,
    Identifier,
    Integer,
    Need,
    Sequence,
    Text,
)
from csta.states import ConnectionState


@structure
class DeviceMediaInfo(Part):
    """A media stream of a call at the device."""

    media_stream_id: str | None = element(Identifier(), default=None)
    connection_information: ConnectionInformation | None = element(CONNECTION_INFORMATION, default=None)


@structure
class SnapshotDeviceItem(Part):
    """One call at the device. ``local_call_state`` has the device's own connection first, then the others."""

    connection: ConnectionID = element(Connection(), name="connectionIdentifier")
    endpoint_device: Party | None = element(SUBJECT, tag=3, default=None)
    local_call_state: tuple[ConnectionState, ...] = element(CallState(), need=Need.TO_SEND, default=())
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, tag=0, default=None)
    media_service_info_list: tuple[DeviceMediaInfo, ...] = element(
        Sequence("deviceMediaInfo", structured(DeviceMediaInfo)), tag=1, default=()
    )
    media_call_characteristics: MediaCallCharacteristics | None = element(MEDIA_CHARACTERISTICS, tag=2, default=None)
    call_linkage_data: CallLinkageData | None = element(CALL_LINKAGE, tag=4, default=None)


@structure
class CallMediaInfo(Part):
    """A media service at a device in the call."""

    media_service_type: MediaServiceType = element(Enumerated(MediaServiceType), tag=0)
    media_service_version: int | None = element(Integer(), tag=1, default=None)
    media_service_instance: str | None = element(Identifier(), tag=2, default=None)
    media_stream_id: str | None = element(Identifier(), tag=3, default=None)
    connection_information: ConnectionInformation | None = element(CONNECTION_INFORMATION, tag=4, default=None)


@structure
class SnapshotCallItem(Part):
    """One device in the call."""

    device_on_call: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    call_identifier: ConnectionID = element(Connection())
    local_connection_info: ConnectionState | None = element(LOCAL_STATE, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, tag=0, default=None)
    media_service_info_list: tuple[CallMediaInfo, ...] = element(
        Sequence("callMediaInfo", structured(CallMediaInfo)), tag=1, default=()
    )


@message(operation=74)
class SnapshotDeviceResponse(Response):
    """Positive answer to SnapshotDevice: every call at the device, or the reference that its segments will name."""

    service_cross_ref_id: str | None = element(Identifier(), within="crossRefIDorSnapshotData", default=None)
    snapshot_data: tuple[SnapshotDeviceItem, ...] = element(
        Application(22, Sequence("snapshotDeviceResponseInfo", structured(SnapshotDeviceItem))),
        within="crossRefIDorSnapshotData",
        default=(),
    )


@message(operation=74)
class SnapshotDevice(Request):
    """Ask which calls a device has (ECMA-269 16.1.2, operation 74)."""

    response: ClassVar[type[Response]] = SnapshotDeviceResponse
    snapshot_object: DeviceID = element(Device())


@message(operation=75)
class SnapshotCallResponse(Response):
    """Positive answer to SnapshotCall: every device in the call, or the reference that its segments will name."""

    service_cross_ref_id: str | None = element(Identifier(), tag=0, within="crossRefIDorSnapshotData", default=None)
    snapshot_data: tuple[SnapshotCallItem, ...] = element(
        Application(23, Sequence("snapshotCallResponseInfo", structured(SnapshotCallItem))),
        within="crossRefIDorSnapshotData",
        default=(),
    )
    media_call_characteristics: MediaCallCharacteristics | None = element(MEDIA_CHARACTERISTICS, default=None)
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), default=None)
    calling_device: Party | None = element(CALLING, default=None)
    called_device: Party | None = element(CALLED, default=None)
    associated_calling_device: Party | None = element(ASSOCIATED_CALLING, default=None)
    associated_called_device: Party | None = element(ASSOCIATED_CALLED, default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=1, default=None)
    call_linkage_data: CallLinkageData | None = element(CALL_LINKAGE, tag=2, default=None)
    subject_of_call: str | None = element(Text(), tag=3, default=None)
    message_info: tuple[MessageInfo, ...] = element(MESSAGE_INFOS, tag=4, default=())
    language_preferences: str | None = element(Text(), tag=5, default=None)
    device_history: tuple[FormerDevice, ...] = element(DEVICE_HISTORY, tag=6, default=())


@message(operation=75)
class SnapshotCall(Request):
    """Ask which devices take part in a call (ECMA-269 16.1.1, operation 75)."""

    response: ClassVar[type[Response]] = SnapshotCallResponse
    snapshot_object: ConnectionID = element(Connection())


@message(operation=76)
class SnapshotCallData(Notice):
    """A segment of the answer to SnapshotCall (operation 76)."""

    service_cross_ref_id: str = element(Identifier())
    segment_id: int | None = element(Integer(), default=None)
    last_segment: bool = element(Boolean())
    snapshot_data: tuple[SnapshotCallItem, ...] = element(
        Application(23, Sequence("snapshotCallResponseInfo", structured(SnapshotCallItem))),
        need=Need.TO_SEND,
        default=(),
    )


@message(operation=77)
class SnapshotDeviceData(Notice):
    """A segment of the answer to SnapshotDevice (operation 77)."""

    service_cross_ref_id: str = element(Identifier())
    segment_id: int | None = element(Integer(), default=None)
    last_segment: bool = element(Boolean())
    snapshot_data: tuple[SnapshotDeviceItem, ...] = element(
        Application(22, Sequence("snapshotDeviceResponseInfo", structured(SnapshotDeviceItem))),
        need=Need.TO_SEND,
        default=(),
    )
