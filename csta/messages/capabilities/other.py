"""What is supported of the chapters whose messages are not modelled: data paths, call detail records, location."""

from csta.messages.base import Part
from csta.messages.capabilities.words import Capability, supports
from csta.schema.elements import element, structure


@structure
class IOServicesServList(Part):
    """The data path services that are supported, each with its optional parameters."""

    io_register: Capability = element(
        supports("IoRegisterCaps", "ioDevice=0 privateData=1 privateDataInAck=2 allIODevices=3"), tag=0, default=None
    )
    io_register_abort: Capability = element(supports("IoRegisterAbortCaps", "privateData=0"), tag=1, default=None)
    io_register_cancel: Capability = element(
        supports("IoRegisterCancelCaps", "privateData=0 privateDataInAck=1"), tag=2, default=None
    )
    data_path_resumed: Capability = element(
        supports("DataPathResumedCaps", "privateData=0 privateDataInAck=1"), tag=3, default=None
    )
    data_path_suspended: Capability = element(
        supports("DataPathSuspendedCaps", "privateData=0 privateDataInAck=1"), tag=4, default=None
    )
    fast_data: Capability = element(
        supports(
            "FastDataCaps",
            "objectDevice=0 objectCall=1 dataPathTypeText=2 dataPathTypeVoice=3",
            "displayAttribPhyBaseRowNumber=4 displayAttribPhyBaseColumnNumber=5 displayAttribOffset=6",
            "privateData=7 privateDataInAck=8 supportsModifyingPosition=9",
        ),
        tag=5,
        default=None,
    )
    resume_data_path: Capability = element(
        supports("ResumeDataPathCaps", "privateData=0 privateDataInAck=1 sendsDataPathResumed=2"), tag=6, default=None
    )
    send_broadcast_data: Capability = element(
        supports(
            "SendBroadcastDataCaps",
            "privateData=0 dataPathTypeText=1 dataPathTypeVoice=2 displayAttribPhyBaseRowNumber=3",
            "displayAttribPhyBaseColumnNumber=4 displayAttribOffset=5 privateDataInAck=6",
            "supportsModifyingPosition=7",
        ),
        tag=7,
        default=None,
    )
    send_data: Capability = element(
        supports(
            "SendDataCaps",
            "displayAttribPhyBaseRowNumber=0 displayAttribPhyBaseColumnNumber=1 displayAttribOffset=2",
            "ioCauseTerminationCharReceived=3 ioCauseCharCountReached=4 ioCauseTimeout=5",
            "ioCauseSfTerminated=6 privateData=7 privateDataInAck=8 supportsModifyingPosition=9",
        ),
        tag=8,
        default=None,
    )
    send_multicast_data: Capability = element(
        supports(
            "SendMulticastDataCaps",
            "ioData=0 displayAttribPhyBaseRowNumber=1 displayAttribPhyBaseColumnNumber=2",
            "displayAttribOffset=3 privateData=4 privateDataInAck=5 supportsModifyingPosition=6",
        ),
        tag=9,
        default=None,
    )
    start_data_path: Capability = element(
        supports(
            "StartDataPathCaps",
            "objectDevice=0 objectCall=1 dataPathDirectionCfToObject=2 dataPathDirectionObjectToCf=3",
            "dataPathDirectionBidirectional=4 dataPathTypeText=5 dataPathTypeVoice=6 numberOfCharsToCollect=7",
            "terminationChar=8 timeout=9 privateData=10 numberOfCharsToCollectInAck=11",
            "terminationCharInAck=12 timeoutInAck=13 privateDataInAck=14",
        ),
        tag=10,
        default=None,
    )
    stop_data_path: Capability = element(
        supports("StopDataPathCaps", "privateData=0 privateDataInAck=1"), tag=11, default=None
    )
    suspend_data_path: Capability = element(
        supports("SuspendDataPathCaps", "privateData=0 privateDataInAck=1"), tag=12, default=None
    )


@structure
class DataCollectionServList(Part):
    """The data collection services that are supported, each with its optional parameters."""

    data_collected: Capability = element(
        supports(
            "DataCollectedCaps",
            "digitsDuration=0 digitsPauseDuration=1 toneDetectedBeep=2 toneDetectedBilling=3",
            "toneDetectedBusy=4 toneDetectedCarrier=5 toneDetectedConfirmation=6 toneDetectedDial=7",
            "toneDetectedFaxCNG=8 toneDetectedHold=9 toneDetectedHowler=10 toneDetectedIntrusion=11",
            "toneDetectedModemCNG=12 toneDetectedPark=13 toneDetectedRecordWarning=14 toneDetectedReorder=15",
            "toneDetectedRingback=16 toneDetectedSilence=17 toneDetectedSitVC=18 toneDetectedSitIC=19",
            "toneDetectedSitRO=20 toneDetectedSitNC=21 toneDetectedSf0=22 toneDetectedSf1=23",
            "toneDetectedSf2=24 toneDetectedSf3=25 toneDetectedSf4=26 toneDetectedSf5=27 toneDetectedSf6=28",
            "toneDetectedSf7=29 toneDetectedSf8=30 toneDetectedSf9=31 toneDetectedSf10=32",
            "toneDetectedOther=33 toneFrequency=34 toneDuration=35 tonePauseDuration=36 connectionInfo=37",
            "dcollCauseFushCharReceived=38 dcollCauseCharCountReached=39 dcollCauseTimeout=40",
            "dcollCauseSFTerminated=41 privateData=42 privateDataInAck=43",
        ),
        tag=0,
        default=None,
    )
    data_collection_resumed: Capability = element(
        supports("DataCollectionResumedCaps", "privateData=0 privateDataInAck=1"), tag=1, default=None
    )
    data_collection_suspended: Capability = element(
        supports("DataCollectionSuspendedCaps", "privateData=0 privateDataInAck=1"), tag=2, default=None
    )
    resume_data_collection: Capability = element(
        supports("ResumeDataCollectionCaps", "privateData=0 privateDataInAck=1"), tag=3, default=None
    )
    start_data_collection: Capability = element(
        supports(
            "StartDataCollectionCaps",
            "objectDevice=0 objectCall=1 dataCollectionTypeDigits=2 dataCollectionTypeTones=3",
            "digitsReportingCriteriaNumChars=4 digitsReportingCriteriaFlushChar=5",
            "digitsReportingCriteriaTimeout=6 privateData=7 privateDataInAck=8",
        ),
        tag=4,
        default=None,
    )
    stop_data_collection: Capability = element(
        supports("StopDataCollectionCaps", "privateData=0 privateDataInAck=1"), tag=5, default=None
    )
    suspend_data_collection: Capability = element(
        supports("SuspendDataCollectionCaps", "privateData=0 privateDataInAck=1"), tag=6, default=None
    )


@structure
class LocationServicesServList(Part):
    """The location services that are supported, each with its optional parameters."""

    get_location_information: Capability = element(
        supports("GetLocationInformationCaps", "privateData=0 locationInfoInAck=1 privateDataInAck=2"),
        tag=0,
        default=None,
    )
    set_location_information: Capability = element(
        supports("SetLocationInformationCaps", "locationInfo=0 replaceMode=1 privateData=2 privateDataInAck=3"),
        tag=1,
        default=None,
    )
    location_tracking_session_resumed: Capability = element(
        supports("LocationTrackingSessionResumedCaps", "locReason=0 privateData=1 privateDataInAck=2"),
        tag=2,
        default=None,
    )
    location_tracking_session_suspended: Capability = element(
        supports(
            "LocationTrackingSessionSuspendedCaps", "locReason=0 locationInfoList=1 privateData=2 privateDataInAck=3"
        ),
        tag=3,
        default=None,
    )
    resume_location_tracking_session: Capability = element(
        supports("ResumeLocationTrackingSessionCaps", "privateData=0 privateDataInAck=1"), tag=4, default=None
    )
    location_information_report: Capability = element(
        supports("LocationInformationReportCaps", "locationInfoList=0 privateData=1 privateDataInAck=2"),
        tag=5,
        default=None,
    )
    start_location_tracking_session: Capability = element(
        supports(
            "StartLocationTrackingSessionCaps",
            "collectionType=0 collectionInterval=1 maxCollections=2 collectionFilter=3 reportingType=4",
            "reportingInterval reportingCount=5 privateData=6 pIDFProfileOption1inAck=7",
            "pIDFProfileOption2inAck=8 privateDataInAck=9",
        ),
        tag=6,
        default=None,
    )
    stop_location_tracking_session: Capability = element(
        supports("StopLocationTrackingSessionCaps", "reason=0 privateData=1 privateDataInAck=2"), tag=7, default=None
    )
    suspend_location_tracking_session: Capability = element(
        supports("SuspendLocationTrackingSessionCaps", "privateData=1 privateDataInAck=2 reason=0*"),
        tag=8,
        default=None,
    )
    get_location_tracking_capabilities: Capability = element(
        supports("GetLocationTrackingCapabilitiesCaps", "privateData=0 privateDataInAck=1"), tag=9, default=None
    )
    get_location_tracking_sessions: Capability = element(
        supports("GetLocationTrackingSessionsCaps", "privateData=0 privateDataInAck=1"), tag=10, default=None
    )
    location_session_info: Capability = element(
        supports("LocationSessionInfoCaps", "segmentID=0 privateData=1"), tag=11, default=None
    )


@structure
class CDRServList(Part):
    """The call detail record services that are supported, each with its optional parameters."""

    cdr_notification: Capability = element(
        supports(
            "CdrNotificationCaps",
            "cdrReasonTimeout=0 cdrReasonThresholdReached=1 cdrReasonOther=2 privateData=3 privateDataInAck=4",
        ),
        tag=0,
        default=None,
    )
    cdr_report: Capability = element(
        supports(
            "CdrReportCaps",
            "cdrReasonTimeout=0 cdrReasonThresholdReached=1 cdrReasonOther=2 recordNumber=3",
            "recordCreationTime=4 callingDevice=5 calledDevice=6 assocCallingDevice=7 assocCalledDevice=8",
            "netwCallingDevice=9 netwCalledDevice=10 callCharacteristics=11 mediaCallCharacteristics=12",
            "chargedDeviceOperator=13 chargedDeviceNonOperator=14 recordedCall=15 nodeNumberArea0=16",
            "nodeNumberArea1=17 nodeNumberArea2=18 tarifTable=19 connectionStart=20 connectionEnd=21",
            "connectionDuration=22 accessCode=23 carrier=24 selectedRoute=25",
            "billingIndicatorNormalCharging=26 billingIndicatorReverseCharging=27",
            "billingIndicatorCreditCardCharging=28 billingIndicatorCallForwarding=29",
            "billingIndicatorCallDeflection=30 billingIndicatorCallTransfer=31 billingIndicatorOther=32",
            "chargingInfo=33 suppServiceInfoNormalCall=34 suppServiceInfoConsultationCall=35",
            "suppServiceInfoTransferCall=36 suppServiceInfoCallCompletion=37 suppServiceInfoCallForwarding=38",
            "suppServiceInfoCallDiversion=39 suppServiceInfoConferencing=40 suppServiceInfoIntrusion=41",
            "suppServiceInfoUserUserInfo=42 suppServiceInfoOther=43 reasonForTermNormalClearing=44",
            "reasonForTermUnsuccessfulCallAttempt=45 reasonForTermAbnormalTermination=46",
            "reasonForTermCallTransferred=47 reasonForTermOther=48 authCode=49 accountInfo=50",
            "deviceCategory=51 namedDeviceTypes=52 operatorDevice=53 lastStoredCDRReportSent=54",
            "privateData=55 privateDataInAck=56",
        ),
        tag=1,
        default=None,
    )
    send_stored_cd_rs: Capability = element(
        supports("SendStoredCDRsCaps", "timePeriod=0 privateData=1 privateDataInAck=2"),
        tag=2,
        name="sendStoredCDRs",
        default=None,
    )
    start_cdr_transmission: Capability = element(
        supports(
            "StartCDRTransmissionCaps",
            "transferModeTransferAtEndOfCall=0 transferModeTransferOnRequest=1",
            "transferModeTransferOnThresholdReached=2 privateData=3 privateDataInAck=4",
        ),
        tag=3,
        name="startCDRTransmission",
        default=None,
    )
    stop_cdr_transmission: Capability = element(
        supports(
            "StopCDRTransmissionCaps",
            "cdrTermReasonEndOfData=0 cdrTermReasonError=1 cdrTermReasonThresholdReached=2",
            "cdrTermReasonOther=3 privateData=4 privateDataInAck=5 swFunctionSupportsSending=6",
            "swFunctionSupportsReceiving=7",
        ),
        tag=4,
        name="stopCDRTransmission",
        default=None,
    )
