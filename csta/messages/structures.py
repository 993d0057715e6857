"""Structures that messages of several chapters share (ECMA-269 12.2)."""

from datetime import datetime
from typing import Final

from csta.causes import EventCause
from csta.identifiers import ConnectionID, Party, Presentation
from csta.messages.base import Part
from csta.messages.enumerations import (
    BitRate,
    CallAssociatedEvent,
    CallAssociatedService,
    CallControlEvent,
    CallControlService,
    ChargingType,
    CurrencyMultiplier,
    FlowDirection,
    LogicalDeviceEvent,
    MaintenanceEventName,
    MediaAttachmentEvent,
    MediaAttachmentService,
    MediaClass,
    PhysicalDeviceEvent,
    RouteingService,
    Step,
    SubDomainType,
    VendorEvent,
    VoiceEventName,
    VoiceService,
)
from csta.messages.parameters import CAUSE
from csta.schema.elements import chosen, element, structure, structured
from csta.schema.kinds import (
    ASSOCIATED_NID,
    ENDPOINT,
    FORMER_DEVICE,
    Connection,
    Enumerated,
    Flags,
    Identifier,
    Integer,
    Need,
    Octets,
    Sequence,
    Text,
    Time,
)


@structure
class ConnectionInformation(Part):
    """The media of a connection: their direction, the number of channels (1 where absent), a session description."""

    flow_direction: FlowDirection | None = element(Enumerated(FlowDirection), default=None)
    number_of_channels: int | None = element(Integer(), default=None)
    media_session_info: str | None = element(Text(), default=None)


CONNECTION_INFORMATION: Final = structured(ConnectionInformation)
"""The kind of `ConnectionInformation`."""


@structure
class ConnectionListItem(Part):
    """How one party's connection changed its name when a call was transferred or joined (ECMA-269 12.2).

    A party that came anew has no old connection, one that left has no new one.
    """

    new_connection: ConnectionID | None = element(Connection(), tag=0, explicit=True, default=None)
    old_connection: ConnectionID | None = element(Connection(), tag=1, explicit=True, default=None)
    endpoint: Party | None = element(ENDPOINT, tag=2, default=None)
    associated_nid: Party | None = element(ASSOCIATED_NID, tag=3, name="associatedNID", default=None)
    resulting_connection_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, default=None)


CONNECTION_LIST: Final = Sequence("connectionListItem", structured(ConnectionListItem))
"""ConnectionList: every connection of the resulting call."""


@structure
class GlobalCallLinkageID:
    """A call's linkage within a sub-domain, or anywhere; exactly one of the two."""

    globally_unique_call_linkage_id: str | None = element(Identifier(), tag=1, default=None)
    sub_domain_call_linkage_id: str | None = element(Identifier(), tag=0, default=None)


@structure
class GlobalCallData(Part):
    """What links the calls that belong together across switches."""

    global_call_switching_sub_domain_name: str | None = element(Text(64), default=None)
    global_call_linkage_id: GlobalCallLinkageID = element(chosen(GlobalCallLinkageID))
    call_linkage_id_timestamp: datetime | None = element(Time(), default=None)


@structure
class ThreadLinkageID:
    """A thread's linkage within a sub-domain, or anywhere; exactly one of the two."""

    globally_unique_thread_id: str | None = element(Identifier(), tag=1, default=None)
    sub_domain_thread_id: str | None = element(Identifier(), tag=0, default=None)


@structure
class ThreadData(Part):
    """What links the calls of one matter."""

    thread_switching_sub_domain_name: str | None = element(Text(64), default=None)
    thread_linkage_id: ThreadLinkageID = element(chosen(ThreadLinkageID))
    thread_id_time_stamp: datetime | None = element(Time(), default=None)


@structure
class CallLinkageData(Part):
    """How a call is linked to others (ECMA-269 12.2)."""

    global_call_data: GlobalCallData = element(structured(GlobalCallData))
    thread_data: ThreadData | None = element(structured(ThreadData), default=None)


CALL_LINKAGE: Final = structured(CallLinkageData)
"""The kind of `CallLinkageData`."""


@structure
class CallLinkageDataList(Part):
    """How the linkage of calls changed when they were joined."""

    new_call_linkage_data: CallLinkageData = element(CALL_LINKAGE)
    old_call_linkage_data: CallLinkageData = element(CALL_LINKAGE)


CALL_LINKAGES: Final = structured(CallLinkageDataList)
"""The kind of `CallLinkageDataList`."""


@structure
class MediaCallCharacteristics(Part):
    """The media of a call: their classes, rates, and what the network needs to know of them."""

    media_class: frozenset[MediaClass] = element(Flags(MediaClass))
    connection_rate: int | None = element(Integer(), tag=0, default=None)
    bit_rate: BitRate | None = element(Enumerated(BitRate), tag=1, default=None)
    delay_tolerance: int | None = element(Integer(), tag=2, default=None)
    switching_sub_domain_ccie_type: SubDomainType | None = element(
        Enumerated(SubDomainType), tag=3, name="switchingSubDomainCCIEType", default=None
    )
    switching_sub_domain_information_elements: bytes | None = element(Octets(), default=None)


MEDIA_CHARACTERISTICS: Final = structured(MediaCallCharacteristics)
"""The kind of `MediaCallCharacteristics`."""


@structure
class MessageInfo(Part):
    """Text that comes with a call, as MIME type and contents."""

    content_type_and_subtype: str | None = element(Text(), default=None)
    contents: str = element(Text())
    contents_length: int | None = element(Integer(), default=None)


MESSAGE_INFO: Final = structured(MessageInfo, ber_order=("contents", "content_type_and_subtype", "contents_length"))
"""The kind of `MessageInfo`, whose elements ECMA-285 has in another order."""


MESSAGE_INFOS: Final = Sequence("messageInfoItem", MESSAGE_INFO, single=True)
"""The texts that come with a call; BER has one alone."""


@structure
class FormerDevice(Part):
    """A device that a call was at before, why it left, and by which connection."""

    old_device: Party = element(FORMER_DEVICE, name="oldDeviceID", need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    event_cause: EventCause | None = element(CAUSE, tag=1, default=None)
    old_connection_id: ConnectionID | None = element(Connection(), tag=2, default=None)


DEVICE_HISTORY: Final = Sequence("DeviceHistoryListItem", structured(FormerDevice), single=True)
"""The devices that a call was at before, the last one first; BER has one alone."""


@structure
class MonitorFilter(Part):
    """The events that a monitor leaves out, one set for each group of events (ECMA-269 chapter 15)."""

    call_control: frozenset[CallControlEvent] | None = element(
        Flags(CallControlEvent), tag=0, name="callcontrol", default=None
    )
    call_associated: frozenset[CallAssociatedEvent] | None = element(Flags(CallAssociatedEvent), tag=6, default=None)
    media_attachment: frozenset[MediaAttachmentEvent] | None = element(Flags(MediaAttachmentEvent), tag=7, default=None)
    physical_device_feature: frozenset[PhysicalDeviceEvent] | None = element(
        Flags(PhysicalDeviceEvent), tag=8, default=None
    )
    logical_device_feature: frozenset[LogicalDeviceEvent] | None = element(
        Flags(LogicalDeviceEvent), tag=9, default=None
    )
    maintenance: frozenset[MaintenanceEventName] | None = element(Flags(MaintenanceEventName), tag=3, default=None)
    voice: frozenset[VoiceEventName] | None = element(Flags(VoiceEventName), tag=5, default=None)
    private: frozenset[VendorEvent] | None = element(Flags(VendorEvent), tag=4, default=None)


@structure
class ServicesPermitted(Part):
    """The services that a connection allows after an event."""

    call_control_services: frozenset[CallControlService] = element(
        Flags(CallControlService), need=Need.TO_SEND, default=frozenset()
    )
    call_associated_services: frozenset[CallAssociatedService] = element(
        Flags(CallAssociatedService), need=Need.TO_SEND, default=frozenset()
    )
    media_attachment_services: frozenset[MediaAttachmentService] = element(
        Flags(MediaAttachmentService), name="mediaAttachementServices", need=Need.TO_SEND, default=frozenset()
    )
    routeing_services: frozenset[RouteingService] = element(
        Flags(RouteingService), need=Need.TO_SEND, default=frozenset()
    )
    voice_services: frozenset[VoiceService] = element(Flags(VoiceService), need=Need.TO_SEND, default=frozenset())


SERVICES_PERMITTED: Final = structured(ServicesPermitted)
"""The kind of `ServicesPermitted`."""


@structure
class MicrophoneGain:
    """A gain in per cent, or a step from the present one; exactly one of the two."""

    mic_gain_abs: int | None = element(Integer(100), default=None)
    mic_gain_inc: Step | None = element(Enumerated(Step), default=None)


@structure
class Volume:
    """A volume in per cent, or a step from the present one; exactly one of the two."""

    vol_abs: int | None = element(Integer(100), default=None)
    vol_inc: Step | None = element(Enumerated(Step), default=None)


@structure
class ChargingUnitsRecord(Part):
    """A number of units of one type."""

    charging_units: int = element(Integer())
    type_of_units: str | None = element(Text(64, octets=True), default=None)


@structure
class CurrencyUnits(Part):
    """An amount of money.

    ``currency_amount`` times the multiplier, in the switch's own currency where the type is empty.
    """

    currency_type: str = element(Text(64, octets=True))
    currency_amount: int = element(Integer())
    currency_multiplier: CurrencyMultiplier = element(Enumerated(CurrencyMultiplier))


@structure
class NumberUnits:
    """Units or money; exactly one of the two."""

    number_of_charge_units: tuple[ChargingUnitsRecord, ...] | None = element(
        Sequence("chargingUnitsRecord", structured(ChargingUnitsRecord)), tag=0, default=None
    )
    number_of_currency_units: CurrencyUnits | None = element(structured(CurrencyUnits), tag=1, default=None)


@structure
class ChargingInfo(Part):
    """What a call costs, so far or in total."""

    number_units: NumberUnits = element(chosen(NumberUnits))
    type_of_charging_info: ChargingType = element(Enumerated(ChargingType))
