"""What is supported of call control, call-associated and media events."""

from csta.messages.base import Part
from csta.messages.capabilities.words import Capability, supports
from csta.schema.elements import element, structure


@structure
class CallControlEvtsList(Part):
    """The call control events that are supported, each with its optional parameters."""

    bridged: Capability = element(
        supports(
            "BridgedCaps",
            "correlatorData=0 userData=1 servicesPermitted=2 mediaCallCharacteristics=3 callCharacteristics=4",
            "bridgedConnectionInfo=5 callLinkageData=7 languagePreferences=8 privateData=6 locationInfoList=9",
        ),
        tag=0,
        default=None,
    )
    call_cleared: Capability = element(
        supports(
            "CallClearedCaps",
            "correlatorData=0 userData=1 mediaCallCharacteristics=2 callCharacteristics=3 callLinkageData=6",
            "languagePreferences privateData=4 callIDOnly=5 locationInfoList",
        ),
        tag=1,
        default=None,
    )
    conferenced: Capability = element(
        supports(
            "ConferencedCaps",
            "conferenceConnectionsEndpointDeviceID=0 conferenceConnectionsresultingConnectionInfo=1",
            "userData=2 servicesPermitted=3 mediaCallCharacteristics=4 callCharacteristics=5",
            "bridgedConnectionInfo=6 languagePreferences=8 deviceHistory=9 privateData=7 locationInfoList=10",
        ),
        tag=2,
        default=None,
    )
    connection_cleared: Capability = element(
        supports(
            "ConnectionClearedCaps",
            "correlatorData=0 userData=1 chargingInfo=2 numberUnitsNumberOfChargingUnits=3",
            "numberUnitsTypeOfUnits=4 numberUnitsNumberOfCurrencyUnits=5 typeOfChargingInfoSubTotal=6",
            "typeOfChargingInfoTotal=7 chargingMultiplierAThousandth=8 chargingMultiplierAHundredth=9",
            "chargingMultiplierATenth=10 chargingMultiplierOne=11 chargingMultiplierTen=12",
            "chargingMultiplierHundred=13 chargingMultiplierThousand=14 servicesPermitted=15",
            "mediaCallCharacteristics=16 callCharacteristics=17 droppedConnectionInfo=18 callLinkageData=20",
            "languagePreferences=21 deviceHistory=22 privateData=19 locationInfoList=23",
        ),
        tag=3,
        default=None,
    )
    delivered: Capability = element(
        supports(
            "DeliveredCaps",
            "originatingNIDConnection=0 userData=1 servicesPermitted=2 netwCallingDevice=3 netwCalledDevice=4",
            "mediaCallCharacteristics=5 callCharacteristics=6 connectionInfo=7 subjectOfCall=9 messageInfo=10",
            "languagePreferences=11 deviceHistory=12 privateData=8 locationInfoList=13",
        ),
        tag=4,
        default=None,
    )
    digits_dialed: Capability = element(
        supports(
            "DigitsDialedCaps",
            "servicesPermitted=0 netwCallingDevice=1 netwCalledDevice=2 diallingConnectionInfo=3",
            "callCharacteristics=4 languagePreferences=6 privateData=5 locationInfoList=7",
        ),
        tag=5,
        default=None,
    )
    diverted: Capability = element(
        supports(
            "DivertedCaps",
            "callingDevice=0 calledDevice=1 userData=2 servicesPermitted=3 mediaCallCharacteristics=4",
            "callCharacteristics=5 connectionInfo=6 netwCallingDevice=7 netwCalledDevice=8 subjectOfCall=11",
            "messageInfo=12 languagePreferences=13 deviceHistory=14 privateData=9 sendsDivertedToAll=10",
            "locationInfoList=15",
        ),
        tag=6,
        default=None,
    )
    established: Capability = element(
        supports(
            "EstablishedCaps",
            "originatingNIDConnection=0 userData=1 servicesPermitted=2 netwCallingDevice=3 netwCalledDevice=4",
            "mediaCallCharacteristics=5 callCharacteristics=6 establishedConnectionInfo=7 subjectOfCall=9",
            "messageInfo=10 languagePreferences=11 deviceHistory=12 privateData=8 locationInfoList=13",
        ),
        tag=7,
        default=None,
    )
    failed: Capability = element(
        supports(
            "FailedCaps",
            "originatingNIDConnection=0 userData=1 servicesPermitted=2 netwCallingDevice=3 netwCalledDevice=4",
            "mediaCallCharacteristics=5 callCharacteristics=6 failedConnectionInfo=7 subjectOfCall=10",
            "messageInfo=11 languagePreferences=12 deviceHistory=13 privateData=8 callIDOnly=9",
            "locationInfoList=14",
        ),
        tag=8,
        default=None,
    )
    held: Capability = element(
        supports(
            "HeldCaps",
            "correlatorData=0 servicesPermitted=1 mediaCallCharacteristics=2 callCharacteristics=3",
            "heldConnectionInfo=4 callLinkageData=6 languagePreferences=7 privateData=5 locationInfoList=8",
        ),
        tag=9,
        default=None,
    )
    netw_caps_changed: Capability = element(
        supports(
            "NetwCapsChangedCaps",
            "progressLocationUser=0 progressLocationPrivateServLocal=1 progressLocationPublicServLocal=2",
            "progressLocationTransit=3 progressLocationPublicServRemote=4 progressLocationPrivateServRemote=5",
            "progressLocationLocal=6 progressLocationInternational=7 progressLocationNetwBeyondInterworking=8",
            "progressLocationOther=9 progressDescriptionISDN=10 progressDescriptionQSIG=11",
            "progressDescriptionOther=12 userData=13 typeOfNetworkISDNPublic=14 typeOfNetworkNonISDNPublic=15",
            "typeOfNetworkISDNPrivate=16 typeOfNetworkNonISDNPrivate=17 typeOfNetworkOther=18",
            "eventsProvidedParameter=19 eventsProvidedBridged=20 eventsProvidedCallCleared=21",
            "eventsProvidedConferenced=22 eventsProvidedConnectionCleared=23 eventsProvidedDelivered=24",
            "eventsProvidedDigitsDialed=25 eventsProvidedDiverted=26 eventsProvidedEstablished=27",
            "eventsProvidedFailed=28 eventsProvidedHeld=29 eventsProvidedNetwCapsChanged=30",
            "eventsProvidedNetwReached=31 eventsProvidedOffered=32 eventsProvidedOriginated=33",
            "eventsProvidedQueued=34 eventsProvidedRetrieved=35 eventsProvidedServiceInitiated=36",
            "eventsProvidedTransferred=37 servicesPermitted=38 mediaCallCharacteristics=39",
            "callCharacteristics=40 outboundConnectionInfo=41 languagePreferences=43 privateData=42",
            "locationInfoList=44",
        ),
        tag=10,
        default=None,
    )
    netw_reached: Capability = element(
        supports(
            "NetwReachedCaps",
            "originatingNIDConnection=0 userData=1 typeOfNetworkISDNPublic=2 typeOfNetworkNonISDNPublic=3",
            "typeOfNetworkISDNPrivate=4 typeOfNetworkNonISDNPrivate=5 typeOfNetworkOther=6",
            "eventsProvidedParameter=7 eventsProvidedBridged=8 eventsProvidedCallCleared=9",
            "eventsProvidedConferenced=10 eventsProvidedConnectionCleared=11 eventsProvidedDelivered=12",
            "eventsProvidedDigitsDialed=13 eventsProvidedDiverted=14 eventsProvidedEstablished=15",
            "eventsProvidedFailed=16 eventsProvidedHeld=17 eventsProvidedNetwCapsChanged=18",
            "eventsProvidedNetwReached=19 eventsProvidedOffered=20 eventsProvidedOriginated=21",
            "eventsProvidedQueued=22 eventsProvidedRetrieved=23 eventsProvidedServiceInitiated=24",
            "eventsProvidedTransferred=25 servicesPermitted=26 mediaCallCharacteristics=27",
            "callCharacteristics=28 outboundConnectionInfo=29 netwCallingDevice=30 netwCalledDevice=31",
            "languagePreferences=33 deviceHistory=34 privateData=32 locationInfoList=35",
        ),
        tag=11,
        default=None,
    )
    offered: Capability = element(
        supports(
            "OfferedCaps",
            "originatingNIDConnection=0 userData=1 servicesPermitted=2 netwCallingDevice=3 netwCalledDevice=4",
            "mediaCallCharacteristics=5 callCharacteristics=6 offeredConnectionInfo=7 subjectOfCall=9",
            "messageInfo=10 languagePreferences=11 deviceHistory=12 privateData=8 locationInfoList=13",
        ),
        tag=12,
        default=None,
    )
    originated: Capability = element(
        supports(
            "OriginatedCaps",
            "originatingDevice=0 servicesPermitted=1 netwCallingDevice=2 netwCalledDevice=3",
            "mediaCallCharacteristics=4 callCharacteristics=5 originatedConnectionInfo=6 subjectOfCall=8",
            "messageInfo=9 languagePreferences=10 privateData=7 locationInfoList=11",
        ),
        tag=13,
        default=None,
    )
    queued: Capability = element(
        supports(
            "QueuedCaps",
            "numberQueued=0 callsInFront=1 userData=2 servicesPermitted=3 netwCallingDevice=4",
            "netwCalledDevice=5 mediaCallCharacteristics=6 callCharacteristics=7 queuedConnectionInfo=8",
            "subjectOfCall=10 messageInfo=11 languagePreferences=12 deviceHistory=13 privateData=9",
            "locationInfoList=14",
        ),
        tag=14,
        default=None,
    )
    retrieved: Capability = element(
        supports(
            "RetrievedCaps",
            "correlatorData=0 servicesPermitted=1 mediaCallCharacteristics=2 callCharacteristics=3",
            "retrievedConnectionInfo=4 callLinkageData=6 languagePreferences=7 privateData=5",
            "locationInfoList=9 deviceHistory=8*",
        ),
        tag=15,
        default=None,
    )
    service_initiated: Capability = element(
        supports(
            "ServiceInitiatedCaps",
            "servicesPermitted=0 mediaCallCharacteristics=1 callCharacteristics=2 initiatedConnectionInfo=3",
            "netwCallingDevice=4 netwCalledDevice=5 subjectOfCall=7 messageInfo=8 languagePreferences=9",
            "privateData=6 calledDevice=10 locationInfoList=11",
        ),
        tag=16,
        default=None,
    )
    transferred: Capability = element(
        supports(
            "TransferredCaps",
            "transferredConnectionsEndpointDeviceID=0 transferredConnectionsResultingConnectionInfo=1",
            "userData=2 chargingInfo=3 numberUnitsNumberOfChargingUnits=4 numberUnitsTypeOfUnits=5",
            "numberUnitsNumberOfCurrencyUnits=6 typeOfChargingInfoSubTotal=7 typeOfChargingInfoTotal=8",
            "chargingMultiplierAThousandth=9 chargingMultiplierAHundredth=10 chargingMultiplierATenth=11",
            "chargingMultiplierOne=12 chargingMultiplierTen=13 chargingMultiplierHundred=14",
            "chargingMultiplierThousand=15 servicesPermitted=16 mediaCallCharacteristics=17",
            "callCharacteristics=18 connectionInfo=19 languagePreferences=21 deviceHistory=22 privateData=20",
            "locationInfoList",
        ),
        tag=17,
        default=None,
    )


@structure
class CallAssociatedEvtsList(Part):
    """The call-associated events that are supported, each with its optional parameters."""

    call_information: Capability = element(
        supports(
            "CallInformationCaps",
            "callingDevice=0 accountInfo=1 authorisatinonCode=2 correlatorData=3 servicesPermitted=4",
            "userData=5 callQualifyingData=6 connectionInfo=7 callLinkageData=10 callCharacteristics=11",
            "subjectOfCall=12 languagePreferences=13 privateData=8 genCallInfoForOutdatedConnID=9",
            "deviceInfo=14",
        ),
        tag=0,
        default=None,
    )
    charging: Capability = element(
        supports(
            "ChargingCaps",
            "numberUnitsNumberOfChargingUnits=0 numberUnitsTypeOfUnits=1 numberUnitsNumberOfCurrencyUnits=2",
            "typeOfChargingInfoSubTotal=3 typeOfChargingInfoTotal=4 chargingMultiplierAThousandth=5",
            "chargingMultiplierAHundredth=6 chargingMultiplierATenth=7 chargingMultiplierOne=8",
            "chargingMultiplierTen=9 chargingMultiplierHundred=10 chargingMultiplierThousand=11",
            "privateData=12",
        ),
        tag=1,
        default=None,
    )
    digits_generated: Capability = element(
        supports("DigitsGeneratedCaps", "digitsDurationList=0 pauseDurationList=1 connectionInfo=2 privateData=3"),
        tag=2,
        default=None,
    )
    telephony_tones_generated: Capability = element(
        supports(
            "TelephonyTonesGeneratedCaps",
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
            "toneToSendSf97=117 toneToSendSf98=118 toneToSendSf99=119 toneToSendSf100=120 toneFrequency=121",
            "toneDuration=122 pauseDurationList=123 connectionInfo=124 privateData=125",
        ),
        tag=3,
        default=None,
    )
    service_completion_failure: Capability = element(
        supports(
            "ServiceCompletionFailureCaps",
            "primaryCallConnectionInfo=0 secondaryCallConnectionInfo=1 otherDevicesPrimaryCallList=2",
            "otherDevicesSecondaryCallList=3 mediaCallCharacteristics=4 privateData=5",
        ),
        tag=4,
        default=None,
    )


@structure
class MediaEvtsList(Part):
    """The media attachment events that are supported, each with its optional parameters."""

    media_attached: Capability = element(
        supports(
            "MediaAttachedCaps",
            "mediaServiceVersion=0 mediaServiceInstanceID=1 mediaStreamID=2 mediaCallCharacteristics=3",
            "callCharacteristics=4 mediaConnectionInfo=5 privateData=6",
        ),
        tag=0,
        default=None,
    )
    media_detached: Capability = element(
        supports(
            "MediaDetachedCaps",
            "mediaServiceVersion=0 mediaServiceInstanceID=1 mediaStreamID=2 mediaCallCharacteristics=3",
            "callCharacteristics=4 mediaConnectionInfo=5 privateData=6",
        ),
        tag=1,
        default=None,
    )
