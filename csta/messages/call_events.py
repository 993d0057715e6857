"""Call control events (ECMA-269 chapter 17.2).

``local_connection_info`` is the state of the monitored device's own connection after the event. A party that the
switch did not send at all is ``Presentation.NOT_KNOWN``, a redirection device ``NOT_REQUIRED``.
"""

from csta.causes import EventCause
from csta.identifiers import ConnectionID, DeviceID, Party, Presentation
from csta.messages.base import Event
from csta.messages.enumerations import CallCharacteristic
from csta.messages.parameters import CAUSE, CORRELATOR, LOCAL_STATE, USER_DATA
from csta.messages.structures import (
    CALL_LINKAGE,
    CALL_LINKAGES,
    CONNECTION_INFORMATION,
    CONNECTION_LIST,
    DEVICE_HISTORY,
    MEDIA_CHARACTERISTICS,
    MESSAGE_INFOS,
    SERVICES_PERMITTED,
    CallLinkageData,
    CallLinkageDataList,
    ChargingInfo,
    ConnectionInformation,
    ConnectionListItem,
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
    NETWORK_CALLED,
    NETWORK_CALLING,
    REDIRECTION,
    SUBJECT,
    Connection,
    Device,
    Flags,
    Integer,
    Need,
    Text,
)
from csta.states import ConnectionState


@structure
class CallEvent(Event):
    """Root of the call control events. ``cause`` is mandatory to send; received without one it is ``None``."""

    local_connection_info: ConnectionState | None = element(LOCAL_STATE, default=None)
    correlator_data: bytes | None = element(CORRELATOR, default=None)
    cause: EventCause | None = element(CAUSE, need=Need.TO_SEND, default=None)


@message(event=(0, 0))
class Bridged(CallEvent):
    """A device that shares the appearance of a call left it, which goes on for the others (ECMA-269 chapter 17.2)."""

    bridged_connection: ConnectionID = element(Connection())
    bridged_appearance: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    local_connection_info: ConnectionState | None = element(LOCAL_STATE, default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=0, default=None)
    user_data: bytes | None = element(USER_DATA, default=None)
    cause: EventCause | None = element(CAUSE, need=Need.TO_SEND, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, tag=1, default=None)
    media_call_characteristics: MediaCallCharacteristics | None = element(MEDIA_CHARACTERISTICS, tag=2, default=None)
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), tag=3, default=None)
    bridged_connection_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, tag=4, default=None)
    call_linkage_data: CallLinkageData | None = element(CALL_LINKAGE, tag=5, default=None)
    language_preferences: str | None = element(Text(), tag=6, default=None)


@message(event=(0, 1))
class CallCleared(Event):
    """A call is over for all its devices (ECMA-269 17.2.2)."""

    cleared_call: ConnectionID = element(Connection())
    correlator_data: bytes | None = element(CORRELATOR, tag=1, default=None)
    user_data: bytes | None = element(USER_DATA, default=None)
    cause: EventCause | None = element(CAUSE, need=Need.TO_SEND, default=None)
    media_call_characteristics: MediaCallCharacteristics | None = element(MEDIA_CHARACTERISTICS, tag=2, default=None)
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), tag=3, default=None)
    call_linkage_data: CallLinkageData | None = element(CALL_LINKAGE, tag=4, default=None)
    language_preferences: str | None = element(Text(), tag=5, default=None)


@message(event=(0, 2), extensions_tag=5)
class Conferenced(CallEvent):
    """A device joined its calls, or was joined, into one of several parties (ECMA-269 17.2.3)."""

    primary_old_call: ConnectionID = element(Connection())
    secondary_old_call: ConnectionID | None = element(Connection(), default=None)
    conferencing_device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    added_party: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    conference_connections: tuple[ConnectionListItem, ...] = element(CONNECTION_LIST, need=Need.TO_SEND, default=())
    local_connection_info: ConnectionState | None = element(LOCAL_STATE, default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=1, default=None)
    user_data: bytes | None = element(USER_DATA, default=None)
    cause: EventCause | None = element(CAUSE, need=Need.TO_SEND, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, tag=2, default=None)
    media_call_characteristics: MediaCallCharacteristics | None = element(MEDIA_CHARACTERISTICS, tag=3, default=None)
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), tag=4, default=None)
    call_linkage_data_list: CallLinkageDataList | None = element(CALL_LINKAGES, tag=6, default=None)
    language_preferences: str | None = element(Text(), tag=7, default=None)
    device_history: tuple[FormerDevice, ...] = element(DEVICE_HISTORY, tag=8, default=())


@message(event=(0, 3))
class ConnectionCleared(CallEvent):
    """A device left a call (ECMA-269 17.2.4); ``releasing_device`` is the party that hung up."""

    dropped_connection: ConnectionID = element(Connection())
    releasing_device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    local_connection_info: ConnectionState | None = element(LOCAL_STATE, default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=0, default=None)
    user_data: bytes | None = element(USER_DATA, default=None)
    charging_info: ChargingInfo | None = element(structured(ChargingInfo), tag=1, default=None)
    cause: EventCause | None = element(CAUSE, need=Need.TO_SEND, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, tag=2, default=None)
    media_call_characteristics: MediaCallCharacteristics | None = element(MEDIA_CHARACTERISTICS, tag=3, default=None)
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), tag=4, default=None)
    dropped_connection_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, tag=5, default=None)
    call_linkage_data: CallLinkageData | None = element(CALL_LINKAGE, tag=6, default=None)
    language_preferences: str | None = element(Text(), tag=7, default=None)
    device_history: tuple[FormerDevice, ...] = element(DEVICE_HISTORY, tag=8, default=())


@message(event=(0, 4))
class Delivered(CallEvent):
    """A call rings at a device (ECMA-269 17.2.5)."""

    connection: ConnectionID = element(Connection())
    alerting_device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    calling_device: Party = element(CALLING, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    called_device: Party = element(CALLED, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    last_redirection_device: Party = element(REDIRECTION, need=Need.TO_SEND, default=Presentation.NOT_REQUIRED)
    originating_nid_connection: ConnectionID | None = element(
        Connection(), name="originatingNIDConnection", default=None
    )
    local_connection_info: ConnectionState | None = element(LOCAL_STATE, default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=0, default=None)
    user_data: bytes | None = element(USER_DATA, default=None)
    cause: EventCause | None = element(CAUSE, need=Need.TO_SEND, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, tag=1, default=None)
    network_calling_device: Party | None = element(NETWORK_CALLING, default=None)
    network_called_device: Party | None = element(NETWORK_CALLED, default=None)
    associated_calling_device: Party | None = element(ASSOCIATED_CALLING, default=None)
    associated_called_device: Party | None = element(ASSOCIATED_CALLED, default=None)
    media_call_characteristics: MediaCallCharacteristics | None = element(MEDIA_CHARACTERISTICS, tag=2, default=None)
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), tag=3, default=None)
    connection_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, tag=4, default=None)
    call_linkage_data: CallLinkageData | None = element(CALL_LINKAGE, tag=5, default=None)
    subject_of_call: str | None = element(Text(), tag=6, default=None)
    message_info: tuple[MessageInfo, ...] = element(MESSAGE_INFOS, tag=7, default=())
    language_preferences: str | None = element(Text(), tag=8, default=None)
    device_history: tuple[FormerDevice, ...] = element(DEVICE_HISTORY, tag=9, default=())


@message(event=(0, 5))
class DigitsDialed(CallEvent):
    """A device dialled part of a number (ECMA-269 chapter 17.2); ``dialing_sequence`` has what was dialled."""

    dialing_connection: ConnectionID = element(Connection())
    dialing_device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    dialing_sequence: DeviceID = element(Device())
    local_connection_info: ConnectionState | None = element(LOCAL_STATE, default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=0, default=None)
    cause: EventCause | None = element(CAUSE, need=Need.TO_SEND, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, tag=1, default=None)
    network_calling_device: Party | None = element(NETWORK_CALLING, default=None)
    network_called_device: Party | None = element(NETWORK_CALLED, default=None)
    associated_calling_device: Party | None = element(ASSOCIATED_CALLING, default=None)
    associated_called_device: Party | None = element(ASSOCIATED_CALLED, default=None)
    dialing_connection_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, tag=2, default=None)
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), tag=3, default=None)
    call_linkage_data: CallLinkageData | None = element(CALL_LINKAGE, tag=4, default=None)
    language_preferences: str | None = element(Text(), tag=5, default=None)


@message(event=(0, 6))
class Diverted(CallEvent):
    """A call left a device for another before it was answered there (ECMA-269 17.2.7)."""

    connection: ConnectionID = element(Connection())
    diverting_device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    new_destination: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    calling_device: Party | None = element(CALLING, default=None)
    called_device: Party | None = element(CALLED, default=None)
    last_redirection_device: Party = element(REDIRECTION, need=Need.TO_SEND, default=Presentation.NOT_REQUIRED)
    local_connection_info: ConnectionState | None = element(LOCAL_STATE, default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=0, default=None)
    user_data: bytes | None = element(USER_DATA, default=None)
    cause: EventCause | None = element(CAUSE, need=Need.TO_SEND, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, tag=1, default=None)
    media_call_characteristics: MediaCallCharacteristics | None = element(MEDIA_CHARACTERISTICS, tag=2, default=None)
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), tag=3, default=None)
    connection_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, tag=4, default=None)
    network_calling_device: Party | None = element(NETWORK_CALLING, default=None)
    network_called_device: Party | None = element(NETWORK_CALLED, default=None)
    associated_calling_device: Party | None = element(ASSOCIATED_CALLING, default=None)
    associated_called_device: Party | None = element(ASSOCIATED_CALLED, default=None)
    call_linkage_data: CallLinkageData | None = element(CALL_LINKAGE, tag=5, default=None)
    subject_of_call: str | None = element(Text(), tag=6, default=None)
    message_info: tuple[MessageInfo, ...] = element(MESSAGE_INFOS, tag=7, default=())
    language_preferences: str | None = element(Text(), tag=8, default=None)
    device_history: tuple[FormerDevice, ...] = element(DEVICE_HISTORY, tag=9, default=())


@message(event=(0, 7))
class Established(CallEvent):
    """A device answered (ECMA-269 17.2.8)."""

    established_connection: ConnectionID = element(Connection())
    answering_device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    calling_device: Party = element(CALLING, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    called_device: Party = element(CALLED, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    last_redirection_device: Party = element(REDIRECTION, need=Need.TO_SEND, default=Presentation.NOT_REQUIRED)
    originating_nid_connection: ConnectionID | None = element(
        Connection(), name="originatinNIDConnection", default=None
    )
    local_connection_info: ConnectionState | None = element(LOCAL_STATE, default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=1, default=None)
    user_data: bytes | None = element(USER_DATA, default=None)
    cause: EventCause | None = element(CAUSE, need=Need.TO_SEND, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, tag=2, default=None)
    network_calling_device: Party | None = element(NETWORK_CALLING, default=None)
    network_called_device: Party | None = element(NETWORK_CALLED, default=None)
    associated_calling_device: Party | None = element(ASSOCIATED_CALLING, default=None)
    associated_called_device: Party | None = element(ASSOCIATED_CALLED, default=None)
    media_call_characteristics: MediaCallCharacteristics | None = element(MEDIA_CHARACTERISTICS, tag=3, default=None)
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), tag=4, default=None)
    established_connection_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, tag=5, default=None)
    call_linkage_data: CallLinkageData | None = element(CALL_LINKAGE, tag=6, default=None)
    subject_of_call: str | None = element(Text(), tag=7, default=None)
    message_info: tuple[MessageInfo, ...] = element(MESSAGE_INFOS, tag=8, default=())
    language_preferences: str | None = element(Text(), tag=9, default=None)
    device_history: tuple[FormerDevice, ...] = element(DEVICE_HISTORY, tag=10, default=())


@message(event=(0, 8))
class Failed(CallEvent):
    """A call cannot be completed at a device (ECMA-269 17.2.9)."""

    failed_connection: ConnectionID = element(Connection())
    failing_device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    calling_device: Party = element(CALLING, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    called_device: Party = element(CALLED, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    last_redirection_device: Party = element(REDIRECTION, need=Need.TO_SEND, default=Presentation.NOT_REQUIRED)
    originating_nid_connection: ConnectionID | None = element(
        Connection(), name="originatingNIDConnection", default=None
    )
    local_connection_info: ConnectionState | None = element(LOCAL_STATE, default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=0, default=None)
    user_data: bytes | None = element(USER_DATA, default=None)
    cause: EventCause | None = element(CAUSE, need=Need.TO_SEND, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, tag=1, default=None)
    network_calling_device: Party | None = element(NETWORK_CALLING, default=None)
    network_called_device: Party | None = element(NETWORK_CALLED, default=None)
    associated_calling_device: Party | None = element(ASSOCIATED_CALLING, default=None)
    associated_called_device: Party | None = element(ASSOCIATED_CALLED, default=None)
    media_call_characteristics: MediaCallCharacteristics | None = element(MEDIA_CHARACTERISTICS, tag=2, default=None)
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), tag=3, default=None)
    failed_connection_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, tag=4, default=None)
    call_linkage_data: CallLinkageData | None = element(CALL_LINKAGE, tag=5, default=None)
    subject_of_call: str | None = element(Text(), tag=6, default=None)
    message_info: tuple[MessageInfo, ...] = element(MESSAGE_INFOS, tag=7, default=())
    language_preferences: str | None = element(Text(), tag=8, default=None)
    device_history: tuple[FormerDevice, ...] = element(DEVICE_HISTORY, tag=9, default=())


@message(event=(0, 9))
class Held(CallEvent):
    """A device put its call on hold (ECMA-269 17.2.10)."""

    held_connection: ConnectionID = element(Connection())
    holding_device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    local_connection_info: ConnectionState | None = element(LOCAL_STATE, default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=0, default=None)
    cause: EventCause | None = element(CAUSE, need=Need.TO_SEND, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, tag=1, default=None)
    media_call_characteristics: MediaCallCharacteristics | None = element(MEDIA_CHARACTERISTICS, tag=2, default=None)
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), tag=3, default=None)
    held_connection_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, tag=4, default=None)
    call_linkage_data: CallLinkageData | None = element(CALL_LINKAGE, tag=5, default=None)
    language_preferences: str | None = element(Text(), tag=6, default=None)


@message(event=(0, 12))
class Offered(CallEvent):
    """A call is offered to a device, which does not ring yet.

    It may be accepted, deflected or refused (ECMA-269 chapter 17.2).
    """

    offered_connection: ConnectionID = element(Connection())
    offered_device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    calling_device: Party = element(CALLING, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    called_device: Party = element(CALLED, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    last_redirection_device: Party = element(REDIRECTION, need=Need.TO_SEND, default=Presentation.NOT_REQUIRED)
    originating_nid_connection: ConnectionID | None = element(
        Connection(), name="originatingNIDConnection", default=None
    )
    local_connection_info: ConnectionState | None = element(LOCAL_STATE, default=None)
    correlator_data: bytes | None = element(CORRELATOR, default=None)
    user_data: bytes | None = element(USER_DATA, default=None)
    cause: EventCause | None = element(CAUSE, need=Need.TO_SEND, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, tag=0, default=None)
    network_calling_device: Party | None = element(NETWORK_CALLING, default=None)
    network_called_device: Party | None = element(NETWORK_CALLED, default=None)
    associated_calling_device: Party | None = element(ASSOCIATED_CALLING, default=None)
    associated_called_device: Party | None = element(ASSOCIATED_CALLED, default=None)
    media_call_characteristics: MediaCallCharacteristics | None = element(MEDIA_CHARACTERISTICS, tag=1, default=None)
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), tag=2, default=None)
    offered_connection_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, tag=3, default=None)
    call_linkage_data: CallLinkageData | None = element(CALL_LINKAGE, tag=4, default=None)
    subject_of_call: str | None = element(Text(), tag=5, default=None)
    message_info: tuple[MessageInfo, ...] = element(MESSAGE_INFOS, tag=6, default=())
    language_preferences: str | None = element(Text(), tag=7, default=None)
    device_history: tuple[FormerDevice, ...] = element(DEVICE_HISTORY, tag=8, default=())


@message(event=(0, 13))
class Originated(CallEvent):
    """A call is being attempted from a device (ECMA-269 17.2.14)."""

    originated_connection: ConnectionID = element(Connection())
    calling_device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    called_device: Party = element(CALLED, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    originating_device: DeviceID | None = element(Device(), default=None)
    local_connection_info: ConnectionState | None = element(LOCAL_STATE, default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=2, default=None)
    cause: EventCause | None = element(CAUSE, need=Need.TO_SEND, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, tag=3, default=None)
    network_calling_device: Party | None = element(NETWORK_CALLING, default=None)
    network_called_device: Party | None = element(NETWORK_CALLED, default=None)
    associated_calling_device: Party | None = element(ASSOCIATED_CALLING, default=None)
    associated_called_device: Party | None = element(ASSOCIATED_CALLED, default=None)
    media_call_characteristics: MediaCallCharacteristics | None = element(MEDIA_CHARACTERISTICS, tag=4, default=None)
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), tag=5, default=None)
    originated_connection_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, tag=6, default=None)
    call_linkage_data: CallLinkageData | None = element(CALL_LINKAGE, tag=7, default=None)
    subject_of_call: str | None = element(Text(), tag=8, default=None)
    message_info: tuple[MessageInfo, ...] = element(MESSAGE_INFOS, tag=9, default=())
    language_preferences: str | None = element(Text(), tag=10, default=None)


@message(event=(0, 14))
class Queued(CallEvent):
    """A call waits at a device (ECMA-269 17.2.15); counts include this call where the switch gives them."""

    queued_connection: ConnectionID = element(Connection())
    queue: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    calling_device: Party = element(CALLING, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    called_device: Party = element(CALLED, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    last_redirection_device: Party = element(REDIRECTION, need=Need.TO_SEND, default=Presentation.NOT_REQUIRED)
    number_queued: int | None = element(Integer(), tag=0, default=None)
    calls_in_front: int | None = element(Integer(), tag=1, default=None)
    local_connection_info: ConnectionState | None = element(LOCAL_STATE, default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=2, default=None)
    user_data: bytes | None = element(USER_DATA, default=None)
    cause: EventCause | None = element(CAUSE, need=Need.TO_SEND, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, tag=3, default=None)
    network_calling_device: Party | None = element(NETWORK_CALLING, default=None)
    network_called_device: Party | None = element(NETWORK_CALLED, default=None)
    associated_calling_device: Party | None = element(ASSOCIATED_CALLING, default=None)
    associated_called_device: Party | None = element(ASSOCIATED_CALLED, default=None)
    media_call_characteristics: MediaCallCharacteristics | None = element(MEDIA_CHARACTERISTICS, tag=4, default=None)
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), tag=5, default=None)
    queued_connection_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, tag=6, default=None)
    call_linkage_data: CallLinkageData | None = element(CALL_LINKAGE, tag=7, default=None)
    subject_of_call: str | None = element(Text(), tag=8, default=None)
    message_info: tuple[MessageInfo, ...] = element(MESSAGE_INFOS, tag=9, default=())
    language_preferences: str | None = element(Text(), tag=10, default=None)
    device_history: tuple[FormerDevice, ...] = element(DEVICE_HISTORY, tag=11, default=())


@message(event=(0, 15))
class Retrieved(CallEvent):
    """A device took its call from hold (ECMA-269 17.2.16)."""

    retrieved_connection: ConnectionID = element(Connection())
    retrieving_device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    local_connection_info: ConnectionState | None = element(LOCAL_STATE, default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=0, default=None)
    cause: EventCause | None = element(CAUSE, need=Need.TO_SEND, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, tag=1, default=None)
    media_call_characteristics: MediaCallCharacteristics | None = element(MEDIA_CHARACTERISTICS, tag=2, default=None)
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), tag=3, default=None)
    retrieved_connection_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, tag=4, default=None)
    call_linkage_data: CallLinkageData | None = element(CALL_LINKAGE, tag=5, default=None)
    language_preferences: str | None = element(Text(), tag=6, default=None)


@message(event=(0, 16))
class ServiceInitiated(CallEvent):
    """A device went off-hook, or is prompted to (ECMA-269 17.2.17)."""

    initiated_connection: ConnectionID = element(Connection())
    initiating_device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    called_device: Party | None = element(CALLED, default=None)
    local_connection_info: ConnectionState | None = element(LOCAL_STATE, default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=0, default=None)
    cause: EventCause | None = element(CAUSE, need=Need.TO_SEND, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, tag=1, default=None)
    media_call_characteristics: MediaCallCharacteristics | None = element(MEDIA_CHARACTERISTICS, tag=2, default=None)
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), tag=3, default=None)
    initiated_connection_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, tag=4, default=None)
    network_calling_device: Party | None = element(NETWORK_CALLING, default=None)
    network_called_device: Party | None = element(NETWORK_CALLED, default=None)
    associated_calling_device: Party | None = element(ASSOCIATED_CALLING, default=None)
    call_linkage_data: CallLinkageData | None = element(CALL_LINKAGE, tag=5, default=None)
    subject_of_call: str | None = element(Text(), tag=7, default=None)
    message_info: tuple[MessageInfo, ...] = element(MESSAGE_INFOS, tag=8, default=())
    language_preferences: str | None = element(Text(), tag=9, default=None)


@message(root="TransferedEvent", event=(0, 17))
class Transferred(CallEvent):
    """A device left its call to two others (ECMA-269 17.2.18; the XML root has one r: TransferedEvent)."""

    primary_old_call: ConnectionID = element(Connection())
    secondary_old_call: ConnectionID | None = element(Connection(), tag=0, default=None)
    transferring_device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    transferred_to_device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    transferred_connections: tuple[ConnectionListItem, ...] = element(
        CONNECTION_LIST, tag=1, need=Need.TO_SEND, default=()
    )
    local_connection_info: ConnectionState | None = element(LOCAL_STATE, default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=2, default=None)
    user_data: bytes | None = element(USER_DATA, default=None)
    charging_info: ChargingInfo | None = element(structured(ChargingInfo), tag=3, default=None)
    cause: EventCause | None = element(CAUSE, need=Need.TO_SEND, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, tag=4, default=None)
    media_call_characteristics: MediaCallCharacteristics | None = element(MEDIA_CHARACTERISTICS, tag=5, default=None)
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), tag=6, default=None)
    call_linkage_data_list: CallLinkageDataList | None = element(CALL_LINKAGES, tag=7, default=None)
    language_preferences: str | None = element(Text(), tag=8, default=None)
    device_history: tuple[FormerDevice, ...] = element(DEVICE_HISTORY, tag=9, default=())
