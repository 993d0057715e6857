"""Capability exchange services: what a switch and its devices can do (ECMA-269 chapter 13)."""

from datetime import datetime
from typing import ClassVar

from csta.identifiers import DeviceID
from csta.messages.base import Notice, Part, Request, Response
from csta.messages.capabilities.device_events import DeviceMaintEvtsList, PhysDevEvtsList
from csta.messages.capabilities.device_services import PhysDevServList
from csta.messages.capabilities.enumerations import (
    AcdModel,
    AgentLogOnModel,
    AgentStateModel,
    AppearanceAddressability,
    AppearanceType,
    CallLinkageOption,
    ConnectionView,
    DeviceAttribute,
    DeviceCategory,
    DynamicFeatureSupported,
    GroupDeviceAttribute,
    IgnoreUnsupportedParameters,
    MiscMediaCallCharacteristic,
    NamedDeviceType,
    RequestedDeviceCategory,
    SecurityMode,
    SequencedMessage,
    StandardProfile,
    SwDomainFeature,
    SwitchAppearanceType,
    TransAndConfSetup,
)
from csta.messages.capabilities.limits import FilterThreshold, MaxLengthParameters, MaxLengthParametersContinued
from csta.messages.capabilities.lists import (
    LogDevEvtsList,
    LogDevServList,
    MediaServiceCaps,
    MonitorFilterItems,
    ServEvtsList,
    SupportedEvents,
    SupportedServices,
)
from csta.messages.capabilities.switch import RouteingServList
from csta.messages.capabilities.words import Capability, supports
from csta.messages.enumerations import CallCharacteristic, MediaClass
from csta.messages.structures import MonitorFilter
from csta.schema.elements import element, message, structure, structured
from csta.schema.kinds import Boolean, Device, Enumerated, Flags, Identifier, Integer, Need, Sequence, Text, Time


@structure
class ListedDevice(Part):
    """One device that can be controlled and observed; a station where no category is given."""

    device_id: DeviceID = element(Device())
    device_category: DeviceCategory | None = element(Enumerated(DeviceCategory), tag=0, default=None)
    named_device_types: NamedDeviceType | None = element(Enumerated(NamedDeviceType), tag=1, default=None)
    device_attributes: frozenset[DeviceAttribute] | None = element(Flags(DeviceAttribute), default=None)
    device_model_name: str | None = element(Text(64), default=None)
    nid_group: DeviceID | None = element(Device(), default=None)


@message(operation=201)
class GetLogicalDeviceInformationResponse(Response):
    """Positive answer to GetLogicalDeviceInformation; a list that is absent is the switch's as a whole."""

    device_category: DeviceCategory | None = element(Enumerated(DeviceCategory), tag=0, default=None)
    group_device_attributes: frozenset[GroupDeviceAttribute] | None = element(
        Flags(GroupDeviceAttribute), tag=1, default=None
    )
    named_device_types: NamedDeviceType | None = element(Enumerated(NamedDeviceType), tag=2, default=None)
    short_form_device_id: DeviceID | None = element(Device(), tag=3, explicit=True, default=None)
    has_physical_element: bool | None = element(Boolean(), need=Need.TO_SEND, default=None)
    acd_models: frozenset[AcdModel] | None = element(Flags(AcdModel), need=Need.TO_SEND, default=None)
    agent_log_on_models: frozenset[AgentLogOnModel] | None = element(Flags(AgentLogOnModel), tag=4, default=None)
    appearance_addressable: bool | None = element(Boolean(), need=Need.TO_SEND, default=None)
    appearance_type: AppearanceType | None = element(Enumerated(AppearanceType), need=Need.TO_SEND, default=None)
    appearance_list: tuple[str, ...] = element(Sequence("appearance", Text()), tag=5, default=())
    other_physical_device_list: tuple[DeviceID, ...] = element(Sequence("deviceID", Device()), tag=6, default=())
    misc_monitor_caps: Capability = element(
        supports(
            "MiscMonitorCaps",
            "groupInclusivModel=0 groupExclusiveModel=1 monitorPhysicalElement=2 acdDeviceInclusiv=3",
            "acdDeviceExclusiv=4",
        ),
        tag=7,
        default=None,
    )
    associated_group_list: tuple[DeviceID, ...] = element(Sequence("deviceID", Device()), tag=8, default=())
    max_callbacks: int | None = element(Integer(), tag=9, default=None)
    max_auto_answer_rings: int | None = element(Integer(), tag=10, default=None)
    max_active_calls: int | None = element(Integer(), tag=11, default=None)
    max_held_calls: int | None = element(Integer(), tag=12, default=None)
    max_fwd_settings: int | None = element(Integer(), tag=13, default=None)
    max_devices_in_conf: int | None = element(Integer(), tag=14, default=None)
    trans_and_conf_setup: frozenset[TransAndConfSetup] | None = element(Flags(TransAndConfSetup), tag=15, default=None)
    device_on_device_monitor_filter: MonitorFilter | None = element(structured(MonitorFilter), tag=16, default=None)
    device_on_connection_monitor_filter: MonitorFilter | None = element(structured(MonitorFilter), tag=17, default=None)
    call_on_device_monitor_filter: MonitorFilter | None = element(structured(MonitorFilter), tag=18, default=None)
    call_on_connection_monitor_filter: MonitorFilter | None = element(structured(MonitorFilter), tag=19, default=None)
    media_class_support: frozenset[MediaClass] | None = element(Flags(MediaClass), tag=20, default=None)
    media_service_caps_list: tuple[MediaServiceCaps, ...] = element(
        Sequence("mediaServiceCapsItem", structured(MediaServiceCaps)), tag=21, default=()
    )
    connection_rate_list: tuple[int, ...] = element(Sequence("connectionRate", Integer()), tag=22, default=())
    delay_tolerance_list: tuple[int, ...] = element(Sequence("delayTolerance", Integer()), tag=23, default=())
    number_of_channels: int | None = element(Integer(), tag=24, default=None)
    max_channel_bind: int | None = element(Integer(), tag=25, default=None)
    routeing_serv_list: RouteingServList | None = element(structured(RouteingServList), tag=26, default=None)
    log_dev_serv_list: LogDevServList | None = element(structured(LogDevServList), tag=27, default=None)
    log_dev_evts_list: LogDevEvtsList | None = element(structured(LogDevEvtsList), tag=28, default=None)
    device_maint_evts_list: DeviceMaintEvtsList | None = element(structured(DeviceMaintEvtsList), tag=29, default=None)


@message(operation=201)
class GetLogicalDeviceInformation(Request):
    """Ask what a device can do as a logical device: calls, agents, forwarding (ECMA-269 chapter 13, operation 201)."""

    response: ClassVar[type[Response]] = GetLogicalDeviceInformationResponse
    device: DeviceID = element(Device())


@message(operation=202)
class GetPhysicalDeviceInformationResponse(Response):
    """Positive answer to GetPhysicalDeviceInformation; a list that is absent is the switch's as a whole."""

    device_category: DeviceCategory | None = element(Enumerated(DeviceCategory), tag=0, default=None)
    group_device_attributes: frozenset[GroupDeviceAttribute] | None = element(
        Flags(GroupDeviceAttribute), tag=1, default=None
    )
    named_device_types: NamedDeviceType | None = element(Enumerated(NamedDeviceType), tag=2, default=None)
    has_logical_element: bool | None = element(Boolean(), need=Need.TO_SEND, default=None)
    other_logical_device_list: tuple[DeviceID, ...] = element(Sequence("deviceID", Device()), tag=3, default=())
    device_model_name: str | None = element(Text(64), tag=4, default=None)
    device_on_device_monitor_filter: MonitorFilter | None = element(structured(MonitorFilter), tag=5, default=None)
    device_on_connection_monitor_filter: MonitorFilter | None = element(structured(MonitorFilter), tag=6, default=None)
    call_on_device_monitor_filter: MonitorFilter | None = element(structured(MonitorFilter), tag=7, default=None)
    call_on_connection_monitor_filter: MonitorFilter | None = element(structured(MonitorFilter), tag=8, default=None)
    max_displays: int | None = element(Integer(), tag=9, default=None)
    max_buttons: int | None = element(Integer(), tag=10, default=None)
    max_lamps: int | None = element(Integer(), tag=11, default=None)
    max_ring_patterns: int | None = element(Integer(), tag=12, default=None)
    phys_dev_serv_list: PhysDevServList | None = element(structured(PhysDevServList), tag=13, default=None)
    phys_dev_evts_list: PhysDevEvtsList | None = element(structured(PhysDevEvtsList), tag=14, default=None)


@message(operation=202)
class GetPhysicalDeviceInformation(Request):
    """Ask what a device is made of: displays, buttons, lamps, ringers (ECMA-269 chapter 13, operation 202)."""

    response: ClassVar[type[Response]] = GetPhysicalDeviceInformationResponse
    device: DeviceID = element(Device())


@message(operation=203)
class GetSwitchingFunctionCapsResponse(Response):
    """Positive answer to GetSwitchingFunctionCaps.

    Names, limits, and every service and event with its optional parameters.
    """

    switching_sub_domain_name: str | None = element(Text(64), need=Need.TO_SEND, default=None)
    manufacturer_name: str | None = element(Text(64), need=Need.TO_SEND, default=None)
    profiles: frozenset[StandardProfile] | None = element(Flags(StandardProfile), need=Need.TO_SEND, default=None)
    device_id_format: Capability = element(
        supports(
            "DeviceIDFormatCaps",
            "dialableDigitsAsterix=0 dialableDigitsHash=1 dialableDigitsABCD=2 dialableDigitsExclamation=3",
            "dialableDigitsP=4 dialableDigitsT=5 dialableDigitsComma=6 dialableDigitsW=7 dialableDigitsAt=8",
            "dialableDigitsDollar=9 dialableDigitsSemicolon=10 sFReprExclamation=11 sFReprEt=12",
            "sFReprSlash=13 sFReprPercent=14 sFReprNM=15 sFReprGeneric=16 sFReprImplicitTON=17",
            "sFReprPubTONUnkown=18 sFReprPubTONInternal=19 sFReprPubTONNational=20 sFReprPubTONSubscriber=21",
            "sFReprPubTONAbbreviated=22 sFReprPriTONUnknown=23 sFReprPriTONLevel3=24 sFReprPriTONLevel2=25",
            "sFReprPriTONLevel1=26 sFReprPriTONLocal=27 sFReprPriTONAbbreviated=28 sFReprOther=29",
            "deviceNumber=30 deviceIDTagPrivateNumber=32 deviceIDTagPrivateName=33 sFRResourceID=31*",
        ),
        need=Need.TO_SEND,
        default=None,
    )
    sw_domain_features: frozenset[SwDomainFeature] | None = element(
        Flags(SwDomainFeature), need=Need.TO_SEND, default=None
    )
    sw_appearance_addressability: frozenset[AppearanceAddressability] | None = element(
        Flags(AppearanceAddressability), need=Need.TO_SEND, default=None
    )
    sw_appearance_types: frozenset[SwitchAppearanceType] | None = element(
        Flags(SwitchAppearanceType), need=Need.TO_SEND, default=None
    )
    ignore_unsupported_parameters: IgnoreUnsupportedParameters | None = element(
        Enumerated(IgnoreUnsupportedParameters), need=Need.TO_SEND, default=None
    )
    call_characteristics_supported: frozenset[CallCharacteristic] | None = element(
        Flags(CallCharacteristic), tag=0, default=None
    )
    media_class_support: frozenset[MediaClass] | None = element(Flags(MediaClass), tag=1, default=None)
    number_of_channels: int | None = element(Integer(), tag=2, default=None)
    max_channel_bind: int | None = element(Integer(), tag=3, default=None)
    misc_media_call_characteristics: frozenset[MiscMediaCallCharacteristic] | None = element(
        Flags(MiscMediaCallCharacteristic), tag=4, default=None
    )
    connection_rate_list: tuple[int, ...] = element(Sequence("connectionRate", Integer()), tag=5, default=())
    delay_tolerance_list: tuple[int, ...] = element(Sequence("delayTolerance", Integer()), tag=6, default=())
    pause_time: int | None = element(Integer(2000, lowest=1), tag=7, default=None)
    current_time: datetime | None = element(Time(), tag=8, default=None)
    message_seq_numbers: frozenset[SequencedMessage] | None = element(Flags(SequencedMessage), tag=9, default=None)
    time_stamp_mode: Capability = element(
        supports("TimeStampModeCaps", "allEvents=0 allAcks=1 allServReqs=2"), tag=10, default=None
    )
    security_mode: SecurityMode | None = element(Enumerated(SecurityMode), tag=11, default=None)
    security_format: Capability = element(
        supports("SecurityFormatCaps", "octetStringFromSF=0 otherTypeFromSF=1 octetStringToSF=2 otherTypeToSF=3"),
        tag=12,
        default=None,
    )
    private_data_format: Capability = element(
        supports("SecurityFormatCaps", "octetStringFromSF=0 otherTypeFromSF=1 octetStringToSF=2 otherTypeToSF=3"),
        tag=13,
        default=None,
    )
    trans_and_conf_setup: frozenset[TransAndConfSetup] | None = element(Flags(TransAndConfSetup), tag=14, default=None)
    monitor_filter_items: MonitorFilterItems | None = element(structured(MonitorFilterItems), tag=15, default=None)
    misc_monitor_caps: Capability = element(
        supports(
            "MiscMonitorCaps",
            "groupInclusivModel=0 groupExclusiveModel=1 monitorPhysicalElement=2 acdDeviceInclusiv=3",
            "acdDeviceExclusiv=4",
        ),
        tag=16,
        default=None,
    )
    correlator_data_supported: bool | None = element(Boolean(), tag=17, default=None)
    dynamic_feature_supported: DynamicFeatureSupported | None = element(
        Enumerated(DynamicFeatureSupported), tag=18, default=None
    )
    call_linkage_options: frozenset[CallLinkageOption] | None = element(Flags(CallLinkageOption), tag=28, default=None)
    acd_models: frozenset[AcdModel] | None = element(Flags(AcdModel), tag=19, name="aCDModels", default=None)
    agent_log_on_models: frozenset[AgentLogOnModel] | None = element(Flags(AgentLogOnModel), tag=20, default=None)
    agent_state_models: frozenset[AgentStateModel] | None = element(Flags(AgentStateModel), tag=21, default=None)
    connection_view: ConnectionView | None = element(Enumerated(ConnectionView), need=Need.TO_SEND, default=None)
    max_length_parameters: MaxLengthParameters = element(structured(MaxLengthParameters))
    max_length_parameters_cont: MaxLengthParametersContinued | None = element(
        structured(MaxLengthParametersContinued), tag=28, default=None
    )
    serv_evts_list: ServEvtsList | None = element(structured(ServEvtsList), tag=22, default=None)
    private_data_version_list: tuple[int, ...] = element(Sequence("privateDataVersion", Integer()), tag=23, default=())
    system_status_timer: int | None = element(Integer(180), tag=24, default=None)
    simple_threshold: int | None = element(Integer(), tag=25, default=None)
    filter_threshold: FilterThreshold | None = element(structured(FilterThreshold), tag=26, default=None)
    media_service_caps_list: tuple[MediaServiceCaps, ...] = element(
        Sequence("mediaServiceCapsItem", structured(MediaServiceCaps)), tag=27, default=()
    )
    max_device_history_entries: int | None = element(Integer(32767), tag=29, default=None)
    max_destination_devices_for_deflect: int | None = element(Integer(32767), tag=30, default=None)


@message(operation=203, no_data=True)
class GetSwitchingFunctionCaps(Request):
    """Ask what the switch can do, and with which parameters (ECMA-269 chapter 13, operation 203)."""

    response: ClassVar[type[Response]] = GetSwitchingFunctionCapsResponse


@message(operation=204)
class GetSwitchingFunctionDevicesResponse(Response):
    """Positive answer to GetSwitchingFunctionDevices: the reference that `SwitchingFunctionDevices` will name."""

    service_cross_ref_id: str = element(Identifier())


@message(operation=204)
class GetSwitchingFunctionDevices(Request):
    """Ask which devices can be controlled and observed (ECMA-269 chapter 13, operation 204)."""

    response: ClassVar[type[Response]] = GetSwitchingFunctionDevicesResponse
    requested_device_id: DeviceID | None = element(Device(), default=None)
    requested_device_category: RequestedDeviceCategory | None = element(
        Enumerated(RequestedDeviceCategory), default=None
    )


@message(operation=205)
class SwitchingFunctionDevices(Notice):
    """A segment of the switch's list of devices (operation 205)."""

    service_cross_ref_id: str = element(Identifier())
    segment_id: int | None = element(Integer(), default=None)
    last_segment: bool = element(Boolean())
    device_list: tuple[ListedDevice, ...] = element(
        Sequence("device", structured(ListedDevice)), need=Need.TO_SEND, default=()
    )


@message(operation=370)
class GetCSTAFeaturesResponse(Response):
    """Positive answer to GetCSTAFeatures."""

    supported_services: SupportedServices = element(structured(SupportedServices))
    supported_events: SupportedEvents | None = element(structured(SupportedEvents), default=None)


@message(operation=370)
class GetCSTAFeatures(Request):
    """Ask which services and events the switch supports, without an object (ECMA-269 chapter 13, operation 370)."""

    response: ClassVar[type[Response]] = GetCSTAFeaturesResponse
