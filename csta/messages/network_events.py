"""Call control events of calls that leave for other networks (ECMA-269 chapter 17.2)."""

from csta.causes import EventCause
from csta.identifiers import ConnectionID, Party, Presentation
from csta.messages.base import Part
from csta.messages.call_events import CallEvent
from csta.messages.enumerations import CallCharacteristic
from csta.messages.parameters import CAUSE, CORRELATOR, LOCAL_STATE, USER_DATA
from csta.messages.structures import (
    CALL_LINKAGE,
    CONNECTION_INFORMATION,
    DEVICE_HISTORY,
    MEDIA_CHARACTERISTICS,
    SERVICES_PERMITTED,
    CallLinkageData,
    ConnectionInformation,
    FormerDevice,
    MediaCallCharacteristics,
    ServicesPermitted,
)
from csta.schema.elements import element, message, structure, structured
from csta.schema.kinds import (
    ASSOCIATED_CALLING,
    CALLED,
    CALLING,
    NETWORK_CALLED,
    NETWORK_CALLING,
    REDIRECTION,
    SUBJECT,
    Connection,
    Enumerated,
    Flags,
    Need,
    Text,
)
from csta.states import ConnectionState
from csta.words import Word


class NetworkType(Word):
    """The type of a network."""

    ISDN_PUBLIC = "iSDNPublic", 0
    NON_ISDN_PUBLIC = "nonISDNPublic", 1
    ISDN_PRIVATE = "iSDNPrivate", 2
    NON_ISDN_PRIVATE = "nonISDNPrivate", 3
    OTHER = "other", 4


class NetworkEvent(Word):
    """The events that a network can provide."""

    BRIDGED = "bridged", 0
    CALL_CLEARED = "callCleared", 1
    CONFERENCED = "conferenced", 2
    CONNECTION_CLEARED = "connectionCleared", 3
    DELIVERED = "delivered", 4
    DIGITS_DIALED = "digitsDialed", 5
    DIVERTED = "diverted", 6
    ESTABLISHED = "established", 7
    FAILED = "failed", 8
    HELD = "held", 9
    NETWORK_CAPABILITIES_CHANGE = "networkCapabilitiesChange", 10
    NETWORK_REACHED = "networkReached", 11
    OFFERED = "offered", 12
    ORIGINATED = "originated", 13
    QUEUED = "queued", 14
    RETRIEVED = "retrieved", 15
    SERVICE_INITIATED = "serviceInitiated", 16
    TRANSFERRED = "transferred", 17


class ProgressDescription(Word):
    """Whose description of the progress it is."""

    ISDN_PROGRESS_DESC = "iSDNProgressDesc", 0
    QSIG_PROGRESS_DESC = "qSIGProgressDesc", 1
    OTHER = "other", 2


class ProgressLocation(Word):
    """Where in the network a call is."""

    USER = "user", 0
    PRIVATE_NET_SERVING_LOCAL = "privateNetServingLocal", 1
    PUBLIC_NET_SERVING_LOCAL = "publicNetServingLocal", 2
    TRANSIT_NETWORK = "transitNetwork", 3
    PUBLIC_NET_SERVING_REMOTE = "publicNetServingRemote", 4
    PRIVATE_NET_SERVING_REMOTE = "privateNetServingRemote", 5
    LOCAL_INTERFACE = "localInterface", 6
    INTERNATIONAL_NETWORK = "internationalNetwork", 7
    NETWORK_BEYOND_INTERWK = "networkBeyondInterwk", 8
    OTHER = "other", 9


@structure
class ProgressIndicator(Part):
    """Where in the network a call is, and what is said of it."""

    progress_location: ProgressLocation = element(Enumerated(ProgressLocation))
    progress_description: ProgressDescription = element(Enumerated(ProgressDescription))


@structure
class NetworkCapability(Part):
    """The type of a network, and the events that it can provide."""

    network_type: NetworkType = element(Enumerated(NetworkType))
    events_provided: frozenset[NetworkEvent] | None = element(Flags(NetworkEvent), default=None)


@message(event=(0, 10))
class NetworkCapabilitiesChanged(CallEvent):
    """What a network tells of a call that went out to it changed (ECMA-269 chapter 17.2)."""

    outbound_connection: ConnectionID = element(Connection())
    network_interface_used: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    called_device: Party = element(CALLED, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    progress_indicator: ProgressIndicator | None = element(
        structured(ProgressIndicator), need=Need.TO_SEND, default=None
    )
    local_connection_info: ConnectionState | None = element(LOCAL_STATE, default=None)
    correlator_data: bytes | None = element(CORRELATOR, default=None)
    user_data: bytes | None = element(USER_DATA, default=None)
    network_capability: NetworkCapability | None = element(structured(NetworkCapability), tag=0, default=None)
    cause: EventCause | None = element(CAUSE, need=Need.TO_SEND, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, tag=1, default=None)
    media_call_characteristics: MediaCallCharacteristics | None = element(MEDIA_CHARACTERISTICS, tag=2, default=None)
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), tag=3, default=None)
    outbound_connection_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, tag=4, default=None)
    call_linkage_data: CallLinkageData | None = element(CALL_LINKAGE, tag=5, default=None)
    language_preferences: str | None = element(Text(), tag=6, default=None)


@message(event=(0, 11))
class NetworkReached(CallEvent):
    """A call left for another network; less may be heard of it from now on (ECMA-269 chapter 17.2)."""

    outbound_connection: ConnectionID = element(Connection())
    network_interface_used: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    calling_device: Party = element(CALLING, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    called_device: Party = element(CALLED, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    last_redirection_device: Party = element(REDIRECTION, need=Need.TO_SEND, default=Presentation.NOT_REQUIRED)
    originating_nid_connection: ConnectionID | None = element(
        Connection(), name="originatingNIDConnection", default=None
    )
    local_connection_info: ConnectionState | None = element(LOCAL_STATE, default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=0, default=None)
    user_data: bytes | None = element(USER_DATA, default=None)
    network_capability: NetworkCapability | None = element(structured(NetworkCapability), tag=1, default=None)
    cause: EventCause | None = element(CAUSE, need=Need.TO_SEND, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, tag=2, default=None)
    media_call_characteristics: MediaCallCharacteristics | None = element(MEDIA_CHARACTERISTICS, tag=3, default=None)
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), tag=4, default=None)
    outbound_connection_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, tag=5, default=None)
    network_calling_device: Party | None = element(NETWORK_CALLING, default=None)
    network_called_device: Party | None = element(NETWORK_CALLED, default=None)
    associated_calling_device: Party | None = element(ASSOCIATED_CALLING, default=None)
    call_linkage_data: CallLinkageData | None = element(CALL_LINKAGE, tag=6, default=None)
    language_preferences: str | None = element(Text(), tag=7, default=None)
    device_history: tuple[FormerDevice, ...] = element(DEVICE_HISTORY, tag=8, default=())
