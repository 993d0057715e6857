"""What is supported of call control, call-associated and media services."""

from csta.messages.base import Part
from csta.messages.capabilities.words import Capability, supports
from csta.schema.elements import element, structure


@structure
class CallControlServList(Part):
    """The call control services that are supported, each with its optional parameters."""

    accept_call: Capability = element(
        supports(
            "AcceptCallCaps",
            "correlatorData=0 userData=1 privateData=2 privateDataInAck=3 deviceIDOnly=4 ackModelMultiStep=5",
        ),
        tag=0,
        default=None,
    )
    alternate_call: Capability = element(
        supports(
            "AlternateCallCaps",
            "alerting=0 hold=1 queued=2 connectionReservation=3 consultOptionConsultOnly=4",
            "consultOptionTransferOnly=5 consultOptionConferenceOnly=6 consultOptionUnrestricted=7",
            "privateData=8 privateDataInAck=9 deviceIDOnly=10 ackModelMultiStep=11",
            "supportsOfferedModeOfAlerting=12",
        ),
        tag=1,
        default=None,
    )
    answer_call: Capability = element(
        supports(
            "AnswerCallCaps",
            "alerting=0 initiated=1 queued=2 correlatorData=3 userData=4 privateData=5 privateDataInAck=6",
            "deviceIDOnly=7 supportsOfferedModeOfAlerting=8 ackModelMultiStep=9",
        ),
        tag=2,
        default=None,
    )
    call_back: Capability = element(
        supports(
            "CallBackCaps",
            "alerting=0 null=1 failed=2 queued=3 callCharacteristics=4 subjectOfCall=11",
            "languagePreferences=12 privateData=5 targetDeviceInAck=6 privateDataInAck=7 deviceIDOnly=8",
            "moreCallBacksNegAck=9 ackModelMultiStep=10",
        ),
        tag=3,
        default=None,
    )
    call_back_message: Capability = element(
        supports(
            "CallBackMessageCaps",
            "alerting=0 null=1 failed=2 queued=3 privateData=4 targetDeviceInAck=5 privateDataInAck=6",
            "deviceIDOnly=7 moreCallBacksNegAck=8 ackModelMultiStep=9",
        ),
        tag=4,
        default=None,
    )
    camp_on_call: Capability = element(
        supports("CampOnCallCaps", "privateData=0 privateDataInAck=1 deviceIDOnly=2 ackModelMultiStep=3"),
        tag=5,
        default=None,
    )
    clear_call: Capability = element(
        supports(
            "ClearCallCaps",
            "alerting=0 connected=1 failed=2 queued=3 initiated=4 hold=5 userData=6 privateData=7",
            "privateDataInAck=8 deviceIDOnly=9 callIDOnly=10 ackModelMultiStep=11 reason=12",
        ),
        tag=6,
        default=None,
    )
    clear_connection: Capability = element(
        supports(
            "ClearConnectionCaps",
            "alerting=0 connected=1 fail=2 queued=3 initiated=4 hold=5 correlatorData=6 userData=7 reason=12",
            "privateData=8 privateDataInAck=9 deviceIDOnly=10 ackModelMultiStep=11",
        ),
        tag=7,
        default=None,
    )
    conference_call: Capability = element(
        supports(
            "ConferenceCallCaps",
            "activeCallConnected=0 activeCallHold=1 heldCallConnected=2 heldCallHold=3 privateData=4",
            "connectionParameterInAck=5 endpointDeviceID=6 resultingConnectionInfo=7",
            "conferenceCallOnfoInAck=8 privateDataInAck=9 protectedAgainstClearing=10 deviceIDOnly=11",
            "ackModelMultiStep=12",
        ),
        tag=8,
        default=None,
    )
    consultation_call: Capability = element(
        supports(
            "ConsultationCallCaps",
            "connectionReservation=0 accountCode=1 authCode=2 correlatorData=3 userData=4",
            "callCharacteristics=5 callCharacteristicsACDCall=6 callCharacteristicsLowPriorityCall=29",
            "callCharacteristicsPriorityCall=7 callCharacteristicsHighPriorityCall=30",
            "callCharacteristicsMaintenanceCall=8 callCharacteristicsDirectAgent=9",
            "callCharacteristicsAssistCall=10 callCharacteristicsVoiceUnitCall=11",
            "callCharacteristicsPrivateCall=31 callCharacteristicsPersonalCall=32",
            "callCharacteristicsSensitiveCall=33 callCharacteristicsConfidentialCall=34",
            "callCharacteristicsEncryptedCall=35 mediaCallCharacteristics=12 callingConnectionInfo=13",
            "flowDirectionTransmit=14 flowDirectionReceive=15 flowDirectionTransmitAndReceive=16",
            "flowDirectionNone=36 numberOfChannels=17 mediaSessionInfo=37 consultOptionConsultOnly=18",
            "consultOptionTransferOnly=19 consultOptionConferenceOnly=20 consultOptionUnrestricted=21",
            "subjectOfCall=38 languagePreferences=39 privateData=22 initiatedCallInfoInAck=23",
            "privateDataInAck=24 deviceIDOnly=25 multiStage=26 supportsAdjustmentOfMediaCharacteristics=27",
            "ackModelMultiStep=28",
        ),
        tag=9,
        default=None,
    )
    deflect_call: Capability = element(
        supports(
            "DeflectCallCaps",
            "alerting=0 connected=1 failed=2 hold=3 queued=4 correlatorData=5 userData=6 subjectOfCall=11",
            "languagePreferences=12 reason=13 privateData=7 privateDataInAck=8 deviceIDOnly=9",
            "ackModelMultiStep=10 callCharacteristicsinRequest=14 multipleDeviceIDsInNewDestination=15",
        ),
        tag=10,
        default=None,
    )
    dial_digits: Capability = element(
        supports(
            "DialDigitsCaps", "correlatorData=0 privateData=1 privateDataInAck=2 deviceIDOnly=3 ackModelMultiStep=4"
        ),
        tag=11,
        default=None,
    )
    directed_pickup_call: Capability = element(
        supports(
            "DirectedPickupCallCaps",
            "alerting=0 hold=1 queued=2 connected=3 correlatorData=4 userData=5 privateData=6",
            "pickedCallInAck=7 pickedCallInfoInAck=8 privateDataInAck=9 deviceIDOnly=10",
            "supportsOfferedModeOfAlerting=11 supportsPrompting=12 promptingMode=13 ackModelMultiStep=14",
        ),
        tag=12,
        default=None,
    )
    group_pickup_call: Capability = element(
        supports(
            "GroupPickupCallCaps",
            "alerting=0 connected=1 hold=2 queued=3 pickGroup=4 correlatorData=5 userData=6 privateData=7",
            "pickedCallInAck=8 pickedCallInfoInAck=9 privateDataInAck=10 supportsPrompting=11",
            "promptingMode=12 supportsOfferedModeOfAlerting=13 ackModelMultiStep=14",
        ),
        tag=13,
        default=None,
    )
    hold_call: Capability = element(
        supports(
            "HoldCallCaps",
            "connectionReservation=0 privateData=1 privateDataInAck=2 deviceIDOnly=3 ackModelMultiStep=4",
        ),
        tag=14,
        default=None,
    )
    intrude_call: Capability = element(
        supports(
            "IntrudeCallCaps",
            "participationTypeSilent=0 participationTypeActive=1 userData=2 privateData=3",
            "conferencedCallInfoInAck=4 privateDataInAck=5 deviceIDOnly=6 supportsConference=7",
            "supportsAlternate=8 ackModelMultiStep=9",
        ),
        tag=15,
        default=None,
    )
    join_call: Capability = element(
        supports(
            "JoinCallCaps",
            "autoOriginatePrompt=0 autoOriginateDoNotPrompt=1 participationTypeSilent=2",
            "participationTypeActive=3 accountCode=4 authCode=5 correlatorData=6 userData=7",
            "conferencedCallInAck=8 conferencedCallInfoInAck=9 privateDataInAck=10 deviceIDOnly=11",
            "supportsPrompting=12 promptingMode=13 ackModelMultiStep=14",
        ),
        tag=16,
        default=None,
    )
    make_call: Capability = element(
        supports(
            "MakeCallCaps",
            "initiated=0 null=1 accountCode=2 authCode=3 autoOriginatePrompt=4 autoOriginateDoNotPrompt=5",
            "correlatorData=6 userData=7 callCharacteristics=8 callCharacteristicsACDCall=9",
            "callCharacteristicsLowPriorityCall=26 callCharacteristicsPriorityCall=10",
            "callCharacteristicsHighPriorityCall=27 callCharacteristicsMaintenanceCall=11",
            "callCharacteristicsDirectAgent=12 callCharacteristicsAssistCall=13",
            "callCharacteristicsVoiceUnitCall=14 callCharacteristicsPrivateCall=28",
            "callCharacteristicsPersonalCall=29 callCharacteristicsSensitiveCall=30",
            "callCharacteristicsConfidentialCall=31 callCharacteristicsEncryptedCall=32",
            "mediaCallCharacteristics=15 callingConnectionInfo=16 subjectOfCall=33 languagePreferences=34",
            "privateData=17 initiatedCallInfoInAck=18 privateDataInAck=19 multiStage=20 supportsPrompting=21",
            "promptingMode=22 offHook=23 mediaCharacteristicsAdjustable=24 ackModelMultiStep=25 reason=35",
        ),
        tag=17,
        default=None,
    )
    make_connection: Capability = element(
        supports(
            "MakeConnectionCaps",
            "null=0 accountCode=1 authCode=2 autoOriginatePrompt=3 autoOriginateDoNotPrompt=4",
            "correlatorData=5 callCharacteristics=6 callCharacteristicsACDCall=7",
            "callCharacteristicsLowPriorityCall=8 callCharacteristicsPriorityCall=9",
            "callCharacteristicsHighPriorityCall=10 callCharacteristicsMaintenanceCall=11",
            "callCharacteristicsDirectAgent=12 callCharacteristicsAssistCall=13",
            "callCharacteristicsVoiceUnitCall=14 callCharacteristicsPrivateCall=15",
            "callCharacteristicsPersonalCall=16 callCharacteristicsSensitiveCall=17",
            "callCharacteristicsConfidentialCall=18 callCharacteristicsEncryptedCall=19",
            "mediaCallCharacteristics=20 connectionInfo=21 subjectOfCall=22 languagePreferences=23 reason=24",
            "maxDevices=25 startTime=26 duration=27 privateData=28 mediaCharacteristicsinAck=29",
            "initiatedCallInfoInAck=30 privateDataInAck=31 supportsPrompting=32 promptingMode=33",
            "mediaCharacteristicsAdjusted=34 ackModelMultiStep=35",
        ),
        tag=25,
        default=None,
    )
    make_predictive_call: Capability = element(
        supports(
            "MakePredictiveCallCaps",
            "signallingDetection=0 signallingConditionCallDelivered=1 signallingConditionCallEstablished=2",
            "signallingConditionActionDestinationDetection=3 signallingConditionActionRemainConnected=4",
            "destinationDetection=5 destinationConditionHumanVoice=6 destinationConditionAnsweringMachine=7",
            "destinationConditionFax=8 destinationActionClearConnection=9 destinationActionRemainConnected=10",
            "defaultActionClearConnection=11 defaultActionRemainConnected=12 accountCode=13 authCode=14",
            "autoOriginatePrompt=15 autoOriginateDoNotPrompt=16 alertTime=17 correlatorData=18",
            "callCharacteristics=19 callCharacteristicsACDCall=20 callCharacteristicsLowPriorityCall=35",
            "callCharacteristicsPriorityCall=21 callCharacteristicsHighPriorityCall=36",
            "callCharacteristicsMaintenanceCall=22 callCharacteristicsDirectAgent=23",
            "callCharacteristicsAssistCall=24 callCharacteristicsVoiceUnitCall=25",
            "callCharacteristicsPrivateCall=37 callCharacteristicsPersonalCall=38",
            "callCharacteristicsSensitiveCall=39 callCharacteristicsConfidentialCall=40",
            "callCharacteristicsEncryptedCall=41 subjectOfCall=42 languagePreferences=43 userData=26",
            "privateData=27 initiatedCallInfoInAck=28 privateDataInAck=29 deviceIDOnly=30",
            "supportsPrompting=31 promptingMode=32 reservesCallingDevice=33 ackModelMultiStep=34",
        ),
        tag=18,
        default=None,
    )
    park_call: Capability = element(
        supports(
            "ParkCallCaps",
            "hold=0 connected=1 correlatorData=2 subjectOfCall=8 languagePreferences=9 privateData=3",
            "parkedToInAck=4 privateDataInAck=5 deviceIDOnly=6 ackModelMultiStep=7",
        ),
        tag=19,
        default=None,
    )
    reconnect_call: Capability = element(
        supports(
            "ReconnectCallCaps",
            "alerting=0 connected=1 fail=2 initiated=3 queued=4 privateData=5 privateDataInAck=6",
            "deviceIDOnly=7 ackModelMultiStep=8",
        ),
        tag=20,
        default=None,
    )
    retrieve_call: Capability = element(
        supports("RetrieveCallCaps", "privateData=0 privateDataInAck=1 deviceIDOnly=2 ackModelMultiStep=3"),
        tag=21,
        default=None,
    )
    send_message: Capability = element(
        supports(
            "SendMessageCaps",
            "accountCode=0 authCode=1 correlatorData=2 userData=3 callCharacteristics=4",
            "callCharacteristicsACDCall=5 callCharacteristicsLowPriorityCall=6",
            "callCharacteristicsPriorityCall=7 callCharacteristicsHighPriorityCall=8",
            "callCharacteristicsMaintenanceCall=9 callCharacteristicsDirectAgent=10",
            "callCharacteristicsAssistCall=11 callCharacteristicsVoiceUnitCall=12",
            "callCharacteristicsPrivateCall=13 callCharacteristicsPersonalCall=14",
            "callCharacteristicsSensitiveCall=15 callCharacteristicsConfidentialCall=16",
            "callCharacteristicsEncryptedCall=17 mediaCallCharacteristics=18 subjectOfCall=19",
            "languagePreferences=20 privateData=21 privateDataInAck=22",
        ),
        tag=26,
        default=None,
    )
    single_step_conference: Capability = element(
        supports(
            "SingleStepConferenceCaps",
            "participationTypeActive=0 participationTypeSilent=1 accountCode=2 authCode=3 correlatorData=4",
            "subjectOfCall languagePreferences userData=5 privateData=6 conferencedCallInfoInAck=7",
            "privateDataInAck=8 deviceIDOnly=9 ackModelMultiStep=10",
        ),
        tag=22,
        default=None,
    )
    single_step_transfer: Capability = element(
        supports(
            "SingleStepTransferCaps",
            "accountCode=0 authCode=1 correlatorData=2 userData=3 subjectOfCall=13 languagePreferences=14",
            "reason=15 privateData=4 connectionParameterInAck=5 endpointDeviceID=6",
            "resultionConnectionInformation=7 transferredCollInfoInAck=8 privateDataInAck=9 deviceIDOnly=10",
            "multipleDevices=11 ackModelMultiStep=12 callCharacteristicsinRequest=16",
        ),
        tag=23,
        default=None,
    )
    transfer_call: Capability = element(
        supports(
            "TransferCallCaps",
            "activeCallConnected=0 activeCallHold=1 heldCallConnected=2 heldCallHold=3 privateData=4",
            "connectionsParameterInAck=5 endpointDeviceID=6 resultingConnectionInformation=7",
            "transferredCallInfoInAck=8 privateDataInAck=9 deviceIDOnly=10 multipleDevices=11",
            "ackModelMultiStep=12",
        ),
        tag=24,
        default=None,
    )


@structure
class CallAssociatedServList(Part):
    """The call-associated services that are supported, each with its optional parameters."""

    associate_data: Capability = element(
        supports(
            "AssociateDataCaps",
            "accountCode=0 authCode=1 correlatorData=2 callQualifyingData=3 callCharacteristics=9",
            "subjectOfCall=10 languagePreferences=11 privateData=4 privateDataInAck=5 deviceIDOnly=6",
            "rejectsRequestsWithOldConnectionID=7 ackModelMultiStep=8 deviceInfo=12",
        ),
        tag=0,
        default=None,
    )
    cancel_telephony_tones: Capability = element(
        supports("CancelTelephonyTonesCaps", "privateData=0 privateDataInAck=1 ackModelMultiStep=2"),
        tag=1,
        default=None,
    )
    change_connection_information: Capability = element(
        supports("ChangeConnectionInformationCaps", "privateData=0 privateDataInAck=1"), tag=5, default=None
    )
    generate_digits: Capability = element(
        supports(
            "GenerateDigitsCaps",
            "digitModeDTMF=0 digitModePulse=1 toneDuration=2 pulseRate=3 pauseDuration=4 privateData=5",
            "privateDataInAck=6 deviceIDOnly=7 supportsDTMFTonesABCD=8 supportsPauseToneChar=9",
            "ackModelMultiStep=10",
        ),
        tag=2,
        default=None,
    )
    generate_telephony_tones: Capability = element(
        supports(
            "GenerateTelephonyTonesCaps",
            "toneToSendBeep=0 toneToSendBilling=1 toneToSendBusy=2 toneToSendCarrier=3",
            "toneToSendConfirmation=4 toneToSendDial=5 toneToSendFaxCNG=6 toneToSendHold=7 toneToSendHowler=8",
            "toneToSendIntrusion=9 toneToSendModemCNG=10 toneToSendPark=11 toneToSendRecordWarning=12",
            "toneToSendReorder=13 toneToSendRingback=14 toneToSendSilence=15 toneToSendSitVC=16",
            "toneToSendSitIC=17 toneToSendSitRO=18 toneToSendSitNC=19 toneToSendSf0=20 toneToSendSf1=21",
            "toneToSendSf2=22 toneToSendSf3=23 toneToSendSf4=24 toneToSendSf5=25 toneToSendSf6=26",
            "toneToSendSf7=27 toneToSendSf8=28 toneToSendSf9=29 toneToSendSf10=30 toneToSendSf11=31",
            "toneToSendSf12=32 toneToSendSf13=33 toneToSendSf14=34 toneToSendSf15=35 toneToSendSf16=36",
            "toneToSendSf17=37 toneToSendSf18=38 toneToSendSf19=39 toneToSendSf20=40 toneToSendSf21=41",
            "toneToSendSf22=42 toneToSendSf23=43 toneToSendSf24=44 toneToSendSf25=45 toneToSendSf26=46",
            "toneToSendSf27=47 toneToSendSf28=48 toneToSendSf29=49 toneToSendSf30=50 toneToSendSf31=51",
            "toneToSendSf32=52 toneToSendSf33=53 toneToSendSf34=54 toneToSendSf35=55 toneToSendSf36=56",
            "toneToSendSf37=57 toneToSendSf38=58 toneToSendSf39=59 toneToSendSf40=60 toneToSendSf41=61",
            "toneToSendSf42=62 toneToSendSf43=63 toneToSendSf44=64 toneToSendSf45=65 toneToSendSf46=66",
            "toneToSendSf47=67 toneToSendSf48=68 toneToSendSf49=69 toneToSendSf50=70 toneToSendSf51=71",
            "toneToSendSf52=72 toneToSendSf53=73 toneToSendSf54=74 toneToSendSf55=75 toneToSendSf56=76",
            "toneToSendSf57=77 toneToSendSf58=78 toneToSendSf59=79 toneToSendSf60=80 toneToSendSf61=81",
            "toneToSendSf62=82 toneToSendSf63=83 toneToSendSf64=84 toneToSendSf65=85 toneToSendSf66=86",
            "toneToSendSf67=87 toneToSendSf68=88 toneToSendSf69=89 toneToSendSf70=90 toneToSendSf71=91",
            "toneToSendSf72=92 toneToSendSf73=93 toneToSendSf74=94 toneToSendSf75=95 toneToSendSf76=96",
            "toneToSendSf77=97 toneToSendSf78=98 toneToSendSf79=99 toneToSendSf80=100 toneToSendSf81=101",
            "toneToSendSf82=102 toneToSendSf83=103 toneToSendSf84=104 toneToSendSf85=105 toneToSendSf86=106",
            "toneToSendSf87=107 toneToSendSf88=108 toneToSendSf89=109 toneToSendSf90=110 toneToSendSf91=111",
            "toneToSendSf92=112 toneToSendSf93=113 toneToSendSf94=114 toneToSendSf95=115 toneToSendSf96=116",
            "toneToSendSf97=117 toneToSendSf98=118 toneToSendSf99=119 toneToSendSf100=120 toneDuration=121",
            "privateData=122 privateDataInAck=123 deviceIDOnly=124 ackModelMultiStep=125",
        ),
        tag=3,
        default=None,
    )
    send_user_information: Capability = element(
        supports("SendUserInformationCaps", "privateData=0 privateDataInAck=1 deviceIDOnly=2 ackModelMultiStep=3"),
        tag=4,
        default=None,
    )


@structure
class MediaServList(Part):
    """The media attachment services that are supported, each with its optional parameters."""

    attach_media_service: Capability = element(
        supports(
            "AttachMediaServiceCaps",
            "mediaServiceVersion=0 mediaServiceInstanceID=1 connectionModeConsultConference=2",
            "connectionModeConsultConferenceHold=3 connectionModeDeflect=4 connectionModeDirectedPickup=5",
            "connectionModeJoin=6 connectionModeSingleStepConference=7",
            "connectionModeSingleStepConferenceHold=8 connectionModeSingleStepTransfer=9",
            "connectionModeTransfer=10 connectionModeDirect=11 requestedConnectionState=12 privateData=13",
            "mediaServiceInstanceIDInAck=14 mediaConnectionInfoInAck=15 privateDataInAck=16 deviceIDOnly=17",
            "ackModelMultiStep=18",
        ),
        tag=0,
        default=None,
    )
    detach_media_service: Capability = element(
        supports(
            "DetachMediaServiceCaps",
            "alerting=0 connected=1 fail=2 hold=3 queued=4 privateData=5 privateDataInAck=6 deviceIDOnly=7",
            "ackModelMultiStep=8",
        ),
        tag=1,
        default=None,
    )
