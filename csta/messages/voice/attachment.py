"""Media attachment services and events (ECMA-269 chapter 19)."""

from typing import ClassVar

from csta.identifiers import ConnectionID, DeviceID, Party, Presentation
from csta.messages.base import Event, Request, Response
from csta.messages.enumerations import CallCharacteristic, ConnectionMode, MediaServiceType
from csta.messages.parameters import LOCAL_STATE
from csta.messages.structures import (
    CALL_LINKAGE,
    CONNECTION_INFORMATION,
    MEDIA_CHARACTERISTICS,
    CallLinkageData,
    ConnectionInformation,
    MediaCallCharacteristics,
)
from csta.schema.elements import element, message
from csta.schema.kinds import SUBJECT, Connection, Device, Enumerated, Flags, Identifier, Integer, Need
from csta.states import ConnectionState


@message(operation=244)
class AttachMediaServiceResponse(Response):
    """Positive answer to AttachMediaService: the service's own connection and device."""

    media_connection: ConnectionID | None = element(Connection(), default=None)
    media_device: DeviceID | None = element(Device(), tag=0, default=None)
    media_service_instance_id: str | None = element(Identifier(), default=None)
    media_connection_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, tag=1, default=None)
    call_linkage_data: CallLinkageData | None = element(CALL_LINKAGE, tag=2, default=None)


@message(operation=244)
class AttachMediaService(Request):
    """Connect a media service to a call (ECMA-269 chapter 19, operation 244)."""

    response: ClassVar[type[Response]] = AttachMediaServiceResponse
    connection: ConnectionID = element(Connection())
    media_service_type: MediaServiceType = element(Enumerated(MediaServiceType))
    media_service_version: int | None = element(Integer(), default=None)
    media_service_instance_id: str | None = element(Identifier(), default=None)
    connection_mode: ConnectionMode = element(Enumerated(ConnectionMode))
    requested_connection_state: ConnectionState | None = element(LOCAL_STATE, default=None)


@message(operation=245, no_data=True)
class DetachMediaServiceResponse(Response):
    """Positive answer to DetachMediaService."""


@message(operation=245)
class DetachMediaService(Request):
    """Take a media service out of a call (ECMA-269 chapter 19, operation 245)."""

    response: ClassVar[type[Response]] = DetachMediaServiceResponse
    connection: ConnectionID = element(Connection())
    media_service_type: MediaServiceType = element(Enumerated(MediaServiceType))


@message(event=(2, 0))
class MediaAttached(Event):
    """A media service was connected to a call (ECMA-269 chapter 19)."""

    media_connection: ConnectionID = element(Connection())
    media_device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    media_service_type: MediaServiceType | None = element(Enumerated(MediaServiceType), need=Need.TO_SEND, default=None)
    media_service_version: int | None = element(Integer(), default=None)
    media_service_instance_id: str | None = element(Identifier(), tag=0, default=None)
    media_stream_id: str | None = element(Identifier(), tag=1, default=None)
    media_call_characteristics: MediaCallCharacteristics | None = element(MEDIA_CHARACTERISTICS, tag=2, default=None)
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), default=None)
    local_connection_info: ConnectionState | None = element(LOCAL_STATE, default=None)
    media_connection_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, tag=3, default=None)


@message(event=(2, 1))
class MediaDetached(Event):
    """A media service left a call (ECMA-269 chapter 19)."""

    media_connection: ConnectionID = element(Connection())
    media_device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    media_service_type: MediaServiceType | None = element(Enumerated(MediaServiceType), need=Need.TO_SEND, default=None)
    media_service_version: int | None = element(Integer(), default=None)
    media_service_instance_id: str | None = element(Identifier(), tag=0, default=None)
    media_stream_id: str | None = element(Identifier(), tag=1, default=None)
    media_call_characteristics: MediaCallCharacteristics | None = element(MEDIA_CHARACTERISTICS, tag=2, default=None)
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), default=None)
    local_connection_info: ConnectionState | None = element(LOCAL_STATE, default=None)
    media_connection_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, tag=3, default=None)
