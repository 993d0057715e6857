"""What is supported of the services that concern the switch itself, and of routing."""

from csta.messages.base import Part
from csta.messages.capabilities.words import Capability, supports
from csta.schema.elements import element, structure, structured
from csta.schema.kinds import Need


@structure
class RouteingServList(Part):
    """The routing services that are supported, each with its optional parameters."""

    route_register: Capability = element(
        supports(
            "RouteRegisterCaps",
            "routeingDevice=0 requestedMonitorMediaClass=1 requestedMonitorMediaClassAudio=2",
            "requestedMonitorMediaClassData=3 requestedMonitorMediaClassImage=4",
            "requestedMonitorMediaClassVoice=5 requestedMonitorMediaClassChat=10",
            "requestedMonitorrMediaClassEmail=11 requestedMonitorrMediaClassMessage=12",
            "requestedMonitorMediaClassIM=13 requestedMonitorMediaClassSMS=14",
            "requestedMonitorMediaClassMMS=15 privateData=6 actualRouteingMediaClassInAck=7",
            "privateDataInAck=8 allRouteingDevices=9",
        ),
        tag=0,
        default=None,
    )
    route_register_cancel: Capability = element(
        supports("RouteRegisterCancelCaps", "privateData=0 privateDataInAck=1"), tag=1, default=None
    )
    route_register_abort: Capability = element(supports("RouteRegisterAbortCaps", "privateData=0"), tag=2, default=None)
    re_route: Capability = element(
        supports("ReRouteCaps", "replyTimeout=1 correlatorData=2 privateData=3"), tag=3, default=None
    )
    route_end: Capability = element(
        supports("RouteEndCaps", "errorValue=1 correlatorData=2 privateData=3 supportsSending=4 supportsReceiving=5"),
        tag=4,
        default=None,
    )
    route_reject: Capability = element(
        supports(
            "RouteRejectCaps",
            "rejectCauseBusyOverflow=0 rejectCauseQueueTimeOverflow=1 rejectCauseCapacityOverflow=2",
            "rejectCauseCalendarOverflow=3 rejectCauseUnknownOverflow=4 correlatorData=5 privateData=6",
        ),
        tag=5,
        default=None,
    )
    route_request: Capability = element(
        supports(
            "RouteRequestCaps",
            "callingDevice=0 routeingDevice=1 routeSelAlgorithmACD=2 routeSelAlgorithmEmergency=3",
            "routeSelAlgorithmLeastCost=4 routeSelAlgorithmNormal=5 routeSelAlgorithmUserDefined=6 priority=7",
            "replyTimeout=8 correlatorData=9 mediaCallCharacteristics=10 callCharacteristics=11",
            "routedCallInfo=12 subjectOfCall=15 messageInformation=16 languagePreferences=17 deviceHistory=18",
            "privateData=13 nonCallRelatedRouteing=14",
        ),
        tag=6,
        default=None,
    )
    route_select: Capability = element(
        supports(
            "RouteSelectCaps",
            "alternateRoutes=0 remainRetriesNoListAvailable=1 remainRetriesNoCountAvailable=2",
            "remainRetriesRetryCount=3 routeUsed=4 correlatorData=5 privateData=6",
        ),
        tag=7,
        default=None,
    )
    route_used: Capability = element(
        supports("RouteUsedCaps", "callingDevice=0 domain=1 correlatorData=2 privateData=3"), tag=8, default=None
    )


@structure
class CapExchangeServList(Part):
    """The capability exchange services that are supported, each with its optional parameters."""

    get_csta_features: Capability = element(
        supports("GetCSTAFeaturesCaps", "privateDataInReq=0 privateDataInAck=1"),
        tag=5,
        name="getCSTAFeatures",
        default=None,
    )
    get_logical_device_information: Capability = element(
        supports(
            "GetLogicalDeviceInformationCaps",
            "privateDataInReq=0 namedDeviceTypeInAck=1 shortFormDeviceIDInAck=2 miscMonitorCapsInAck=3",
            "maxCallBacksInAck=4 maxAutoAnswerRingsInAck=5 maxActiveCallsInAck=6 maxHeldCallsInAck=7",
            "maxFwdSettingsInAck=8 maxDevicesInConfInAck=9 transAndConfSetupParameter=10",
            "transAndConfSetupConsultationInAck=11 transAndConfSetupHoldMakeInAck=12",
            "transAndConfSetupAlternateInAck=13 transAndConfSetupTwoCallsHoldInAck=14",
            "transAndConfSetupTwoCallsConnectedInAck=15 mediaClassSupportInAck=16 connectionRateListInAck=17",
            "delayToleranceListInAck=18 numberOfChannelsInAck=19 maxChannelBindInAck=20 privateDataInAck=21",
        ),
        tag=0,
        default=None,
    )
    get_physical_device_information: Capability = element(
        supports(
            "GetPhysicalDeviceInformationCaps",
            "privateDataInReq=0 namedDeviceTypesInAck=1 otherLogicalDeviceListInAck=2 deviceModelNameInAck=3",
            "maxDisplaysInAck=4 maxButtonsInAck=5 maxLampsInAck=6 maxRingPatternsInAck=7 privateDataInAck=8",
        ),
        tag=1,
        default=None,
    )
    get_switching_function_caps: Capability = element(
        supports(
            "GetSwitchingFunctionCapabilitiesCaps",
            "privateDataInReq=0 mediaClassSupportInAck=1 numberOfChannelsInAck=2 maxChannelBindInAck=3",
            "miscMediaCallCharacteristicsInAck=4 connectionRateListInAck=5 delayToleranceRateListInAck=6",
            "pauseTimeInAck=7 currentTimeInAck=8 transAndConfSetupParameterInAck=9",
            "transAndConfSetupConsultationInAck=10 transAndConfSetupHoldMakeInAck=11",
            "transAndConfSetupAlternateInAck=12 transAndConfSetupTwoCallsHoldInAck=13",
            "transAndConfSetupTwoCallsConnectedInAck=14 miscMonitorCapsInAck correlatorDataSupportedInAck=16",
            "dynamicFeatureSupportedInAck=17 callLinkageOptionsInAck=18 acdModelsInAck=19",
            "agentLogOnModelsInAck=20 agentStateModelsInAck=21 privateDataVersionListInAck=22",
            "simpleThresholdInAck=23 filterThresholdInAck=24 maxDeviceHistoryEntriesInAck=25 privateDataInAck",
            "miscMonitor=15*",
        ),
        tag=4,
        default=None,
    )
    get_switching_function_devices: Capability = element(
        supports(
            "GetSwitchingFunctionDevicesCaps",
            "requestedDeviceID=0 requestedDeviceCategoryACD=1 requestedDeviceCategoryACDGroup=2",
            "requestedDeviceCategoryHuntGroup=3 requestedDeviceCategoryPickGroup=4",
            "requestedDeviceCategoryUserGroup=14 requestedDeviceCategoryOtherGroup=5",
            "requestedDeviceCategoryNetwInterface=6 requestedDeviceCategoryPark=7",
            "requestedDeviceCategoryRouteingDevice=8 requestedDeviceCategoryStation=9",
            "requestedDeviceCategoryVoiceUnit=10 requestedDeviceCategoryGenericIV=15",
            "requestedDeviceCategoryListenerIV=16 requestedDeviceCategoryVDTMFIV=17",
            "requestedDeviceCategoryPromptIV=18 requestedDeviceCategoryPromptQueueIV=19",
            "requestedDeviceCategoryMessageIV=20 requestedDeviceCategoryConference=21",
            "requestedDeviceCategoryOther=11 privateData=12 privateDataInAck=13",
        ),
        tag=2,
        default=None,
    )
    switching_function_devices: Capability = element(
        supports(
            "SwitchingFunctionDevicesCaps",
            "segmentID=0 deviceListDeviceCategory=1 deviceListNamedDeviceTypes=2 deviceListDeviceAttributes=3",
            "deviceListDeviceModelName=4 deviceListNidGroup=6 privateData=5",
        ),
        tag=3,
        default=None,
    )


@structure
class SystemStatusServList(Part):
    """The system services that are supported, each with its optional parameters."""

    change_system_status_filter: Capability = element(
        supports(
            "ChangeSystemStatusFilterCaps",
            "requestedStatusFilterInitializing=0 requestedStatusFilterEnabled=1 requestedStatusFilterNormal=2",
            "requestedStatusFilterMessageLost=3 requestedStatusFilterDisabled=4",
            "requestedStatusFilterPartiallyDisabled=5 requestedStatusFilterOverloadImminent=6",
            "requestedStatusFilterOverloadReached=7 requestedStatusFilterOverloadRelieved=8 privateData=9",
            "privateDataInAck=10",
        ),
        tag=0,
        default=None,
    )
    system_register: Capability = element(
        supports(
            "SystemRegisterCaps",
            "requestTypesSystemStatus=0 requestTypesRequestSystemStatus=1",
            "requestTypesSwitchingFunctionCapsChanged=2 requestTypesSwitchingFuncionDevicesChanged=3",
            "statusFilterInitializing=4 statusFilterEnabled=5 statusFilterNormal=6 statusFilterMessageLost=7",
            "statusFilterDisabled=8 statusFilterPartiallyDisabled=9 statusFilterOverloadImminent=10",
            "statusFilterOverloadReached=11 statusFilterOverloadRelieved=12 privateDataOctetString=13",
            "privateData=14 privateDataOctetStringInAck=15 privateDataInAck=16",
        ),
        tag=1,
        default=None,
    )
    system_status_register_abort: Capability = element(
        supports("SystemStatusRegisterAbortCaps", "privateData=0 privateDataInAck=1"), tag=2, default=None
    )
    system_status_register_cancel: Capability = element(
        supports("SystemStatusRegisterCancelCaps", "privateData=0 privateDataInAck=1"), tag=3, default=None
    )
    request_system_status: Capability = element(
        supports(
            "RequestSystemStatusCaps",
            "privateDataInReq=0 systemStatusInitializing=1 systemStatusEnabled=2 systemStatusNormal=3",
            "systemStatusMessageLost=4 systemStatusDisabled=5 systemStatusPartiallyDisabled=6",
            "systemStatusOverloadImminent=7 systemStatusOverloadReached=8 systemStatusOverloadRelieved=9",
            "privateDataInAck=10 switchingFunctionSupportsSending=11 switchingFunctionSupportsReceiving=12",
        ),
        tag=4,
        default=None,
    )
    system_status: Capability = element(
        supports(
            "SystemStatusCaps",
            "systemStatusInitializing=0 systemStatusEnabled=1 systemStatusNormal=2 systemStatusMessageLost=3",
            "systemStatusDisabled=4 systemStatusPartiallyDisabled=5 systemStatusOverloadImminent=6",
            "systemStatusOverloadReached=7 systemStatusOverloadRelieved=8 privateData=9 privateDataInAck=10",
            "switchingFunctionSupportsSending=11 switchingFunctionSupportsReceiving=12",
        ),
        tag=5,
        default=None,
    )
    sw_function_caps_changed: Capability = element(
        supports("SwFunctionCapsChangedCaps", "privateData=0 privateDataInAck=1"), tag=6, default=None
    )
    sw_function_devices_changed: Capability = element(
        supports("SwFunctionDevicesChangedCaps", "privateData=0 privateDataInAck=1"), tag=7, default=None
    )
    get_registrations: Capability = element(
        supports(
            "GetRegistrationsCaps", "requestedRegTypes=0 privateData=1 privateDataInAck=2 segmentedResponseProvided=3"
        ),
        tag=8,
        default=None,
    )
    registration_info: Capability = element(
        supports("RegistrationInfoCaps", "segmentID=0 privateData=1"), tag=9, default=None
    )


@structure
class MonitoringServList(Part):
    """The monitoring services that are supported, each with its optional parameters."""

    change_monitor_filter: Capability = element(
        supports("ChangeMonitorFilterCaps", "privateData=0 privateDataInAck=1"), tag=0, default=None
    )
    monitor_start: Capability = element(
        supports(
            "MonitorStartCaps",
            "monitorObjectDevice=0 monitorObjectCall=1 requestedMonitorFilter=2 monitorTypeCall=3",
            "monitorTypeDevice=4 monitorMediaClassParameter=5 monitorMediaClassAudio=6",
            "monitorMediaClassData=7 monitorMediaClassImage=8 monitorMediaClassVoice=9",
            "monitorMediaClassChat=15 monitorMediaClassEmail=16 monitorMediaClassMessage=17",
            "monitorMediaClassIM=18 monitorMediaClassSMS=19 monitorMediaClassMMS=20",
            "monitorExistingCallsInAck=10 privateDataInAck=11 callIDOnly=12",
            "swDomainDefaultForMonitorTypeIsDevice=13 acceptsMonitorStartWhileOOS=14",
        ),
        tag=1,
        default=None,
    )
    monitor_stop: Capability = element(
        supports(
            "MonitorStopCaps",
            "privateData=0 privateDataInAck=1 switchingFunctionSupportsSending=2",
            "switchingFunctionSupportsReceiving=3",
        ),
        tag=2,
        default=None,
    )
    get_monitors: Capability = element(
        supports("GetMonitorsCaps", "privateData=0 privateDataInAck=1 segmentedResponseProvided=2"), tag=3, default=None
    )
    monitor_info: Capability = element(supports("MonitorInfoCaps", "segmentID=0 privateData=1"), tag=4, default=None)


@structure
class SnapshotServList(Part):
    """The snapshot services that are supported, each with its optional parameters."""

    snapshot_call: Capability = element(
        supports(
            "SnapshotCallCaps",
            "privateData=0 locaConnectionStateInAck=1 mediaServiceInfoListInAck=2 mediaServiceVersionInAck=3",
            "mediaServiceInstanceInAck=4 mediaStreamID=5 connectionInformation=6",
            "mediaCallCharacteristicsInAck=7 callCharacteristicsInAck=8 callingDeviceInAck=9",
            "calledDeviceInAck=10 subjectOfCallInAck=14 messageInfoInAck=15 languagePreferencesInAck=16",
            "deviceHistoryInAck=17 privateDataInAck=11 callIDOnly=12 reportsWithSnapsCallData=13",
            "locationInfoList=18",
        ),
        tag=0,
        need=Need.TO_SEND,
        default=None,
    )
    snapshot_device: Capability = element(
        supports(
            "SnapshotDeviceCaps",
            "privateData=0 localCallStateCompoundCallState=1 localCallStateSimpleCallState=2",
            "localCallStateUnknown=3 mediaServiceInfoListInAck=4 mediaServiceVersionInAck=5",
            "mediaServiceInstanceInAck=6 mediaStreamID=7 connectionInformation=8",
            "mediaCallCharacteristicsInAck=9 privateDataInAck=10 reportsWithSnapsDeviceData=11",
        ),
        tag=1,
        need=Need.TO_SEND,
        default=None,
    )
    snapshot_call_data: Capability = element(
        supports(
            "SnapshotCallDataCaps",
            "segmentID=0 localConnectionState=1 mediaServiceInformationList=2 mediaServiceVersion=3",
            "mediaServiceInstance=4 mediaStreamID=5 connectionInformation=6 privateData=7 locationInfoList=8",
        ),
        tag=2,
        need=Need.TO_SEND,
        default=None,
    )
    snapshot_device_data: Capability = element(
        supports(
            "SnapshotDeviceDataCaps",
            "segmentID=0 localCallStateCompoundCallState=1 localCallStateSimpleCallState=2",
            "localCallStateUnknown=3 mediaServiceInformationList=4 mediaServiceVersion=5",
            "mediaServiceInstance=6 mediaStreamID=7 connectionInformation=8 mediaCallCharacteristics=9",
            "endpointDeviceID=11 privateData=10",
        ),
        tag=3,
        need=Need.TO_SEND,
        default=None,
    )


@structure
class VendorSpecificServList(Part):
    """The vendor-specific services that are supported, each with its optional parameters."""

    escape_register: Capability = element(
        supports("EscapeRegisterCaps", "privateData=0 privateDataInAck=1"), tag=0, default=None
    )
    escape_register_cancel: Capability = element(
        supports("EscapeRegisterCancelCaps", "privateData=0 privateDataInAck=1"), tag=1, default=None
    )
    escape_register_abort: Capability = element(
        supports("EscapeRegisterAbortCaps", "privateData=0 privateDataInAck=1"), tag=2, default=None
    )
    escape: Capability = element(
        supports("EscapeCaps", "privateDataInAck=0 swFunctionSupportsSending=1 swFunctionSupportsReceiving=2"),
        tag=3,
        default=None,
    )
    private_data_version_selection: Capability = element(
        supports("PrivateDataVersionSelectionCaps", "privateDataInAck=0"), tag=4, default=None
    )


@structure
class VendorSpecificEvtsList(Part):
    """The vendor-specific events that are supported."""

    private_event: Capability = element(supports("PrivateEventCaps"), tag=0, default=None)


@structure
class StatusReportingServList(Part):
    """The status reporting services that are supported."""

    monitoring_services: MonitoringServList | None = element(structured(MonitoringServList), tag=0, default=None)
    snapshot_services: SnapshotServList | None = element(structured(SnapshotServList), tag=1, default=None)
    system_services: SystemStatusServList | None = element(structured(SystemStatusServList), tag=2, default=None)
