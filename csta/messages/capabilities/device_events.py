"""What is supported of the events of devices."""

from csta.messages.base import Part
from csta.messages.capabilities.words import Capability, supports
from csta.schema.elements import element, structure


@structure
class LogicalEvtsList(Part):
    """The logical-device events that are supported, each with its optional parameters."""

    agent_busy: Capability = element(
        supports(
            "AgentBusyCaps",
            "agentID=0 acdGroup=1 pendingAgentStateWorkingAfterCall=2 pendingAgentStateNotReady=3",
            "pendingAgentStateReady=4 pendingAgentStateNull=5 cause=6 privateData=7",
        ),
        tag=0,
        default=None,
    )
    agent_logged_off: Capability = element(
        supports("AgentLoggedOffCaps", "agentID=0 acdGroup=1 agentPassword=2 cause=3 privateData=4"),
        tag=1,
        default=None,
    )
    agent_logged_on: Capability = element(
        supports("AgentLoggedOnCaps", "agentID=0 acdGroup=1 agentPassword=2 cause=3 privateData=4"), tag=2, default=None
    )
    agent_not_ready: Capability = element(
        supports("AgentNotReadyCaps", "agentID=0 acdGroup=1 cause=2 privateData=3"), tag=3, default=None
    )
    agent_ready: Capability = element(
        supports("AgentReadyCaps", "agentID=0 acdGroup=1 cause=2 privateData=3"), tag=4, default=None
    )
    agent_working_after_call: Capability = element(
        supports(
            "AgentWorkingAfterCallCaps",
            "agentID=0 acdGroup=1 pendingAgentStateNotReady=2 pendingAgentStateReady=3",
            "pendingAgentStateNull=4 cause=5 privateData=6",
        ),
        tag=5,
        default=None,
    )
    auto_answer: Capability = element(supports("AutoAnswerCaps", "numberOfRings=0 privateData=1"), tag=6, default=None)
    auto_work_mode: Capability = element(supports("AutoWorkModeCaps", "privateData=0"), tag=7, default=None)
    call_back: Capability = element(supports("CallBackEventCaps", "privateData=0"), tag=8, default=None)
    call_back_message: Capability = element(supports("CallBackMessageEventCaps", "privateData=0"), tag=9, default=None)
    caller_id_status: Capability = element(supports("CallerIDStatusCaps", "privateData=0"), tag=10, default=None)
    do_not_disturb: Capability = element(
        supports(
            "DoNotDisturbCaps",
            "callOriginationParameter=0 callOriginationInternal=1 callOriginationExternal=2",
            "callingDeviceList=3 privateData=4",
        ),
        tag=11,
        default=None,
    )
    forwarding: Capability = element(
        supports(
            "ForwardingCaps",
            "forwardingTypeBusy=0 forwardingTypeBusyInt=1 forwardingTypeBusyExt=2 forwardingTypeDND=3",
            "forwardingTypeDNDInt=4 forwardingTypeDNDExt=5 forwardingTypeNoAns=6 forwardingTypeNoAnsInt=7",
            "forwardingTypeNoAnsExt=8 forwardingTypeImmediate=9 forwardingTypeImmInt=10",
            "forwardingTypeImmExt=11 forwardTo=12 forwardDefaultTypeAndDN=13 forwardDefaultType=14",
            "forwardDefaultDN=15 ringCount=16 privateData=17 ringDuration=18",
        ),
        tag=12,
        default=None,
    )
    presence_state: Capability = element(
        supports("PresenceStateEventCaps", "fromTime=0 untilTime=1 place=2 mood=3 namedPresenceState=4 privateData=5"),
        tag=14,
        default=None,
    )
    routeing_mode: Capability = element(supports("RouteingModeCaps", "privateData=0"), tag=13, default=None)


@structure
class DeviceMaintEvtsList(Part):
    """The device maintenance events that are supported, each with its optional parameters."""

    back_in_service: Capability = element(supports("BackInServiceCaps", "cause=0 privateData=1"), tag=0, default=None)
    device_caps_changed: Capability = element(
        supports("DeviceCapsChangedCaps", "cause=0 privateData=1"), tag=1, default=None
    )
    out_of_service: Capability = element(supports("OutOfServiceCaps", "cause=0 privateData=1"), tag=2, default=None)
    partially_in_service: Capability = element(
        supports("PartiallyInServiceCaps", "cause=0 privateData=1"), tag=3, default=None
    )


@structure
class PhysDevEvtsList(Part):
    """The physical-device events that are supported, each with its optional parameters."""

    button_information: Capability = element(
        supports(
            "ButtonInformationCaps", "buttonLabel=0 buttonAssociatedNumber=1 buttonPressIndicator=2 privateData=3"
        ),
        tag=0,
        default=None,
    )
    button_press: Capability = element(
        supports("ButtonPressEventCaps", "buttonLabel=0 buttonAssociatedNumber=1 privateData=2"), tag=1, default=None
    )
    display_updated: Capability = element(
        supports(
            "DisplayUpdatedCaps", "characterSetASCII=0 characterSetUnicode=1 characterSetProprietary=2 privateData=3"
        ),
        tag=2,
        default=None,
    )
    hookswitch: Capability = element(supports("HookswitchCaps", "privateData=0"), tag=3, default=None)
    lamp_mode: Capability = element(
        supports(
            "LampModeCaps",
            "lampModeBrokenFlutter=0 lampModeFlutter=1 lampModeOff=2 lampModeSteady=3 lampModeWink=4",
            "lampModeReserved=5 lampModeSf0=6 lampModeSf1=7 lampModeSf2=8 lampModeSf3=9 lampModeSf4=10",
            "lampModeSf5=11 lampModeSf6=12 lampModeSf7=13 lampModeSf8=14 lampModeSf9=15 lampModeSf10=16",
            "lampModeSf11=17 lampModeSf12=18 lampModeSf13=19 lampModeSf14=20 lampModeSf15=21 lampModeSf16=22",
            "lampModeSf17=23 lampModeSf18=24 lampModeSf19=25 lampModeSf20=26 lampModeSf21=27 lampModeSf22=28",
            "lampModeSf23=29 lampModeSf24=30 lampModeSf25=31 lampModeSf26=32 lampModeSf27=33 lampModeSf28=34",
            "lampModeSf29=35 lampModeSf30=36 lampModeSf31=37 lampModeSf32=38 lampModeSf33=39 lampModeSf34=40",
            "lampModeSf35=41 lampModeSf36=42 lampModeSf37=43 lampModeSf38=44 lampModeSf39=45 lampModeSf40=46",
            "lampModeSf41=47 lampModeSf42=48 lampModeSf43=49 lampModeSf44=50 lampModeSf45=51 lampModeSf46=52",
            "lampModeSf47=53 lampModeSf48=54 lampModeSf49=55 lampModeSf50=56 lampModeSf51=57 lampModeSf52=58",
            "lampModeSf53=59 lampModeSf54=60 lampModeSf55=61 lampModeSf56=62 lampModeSf57=63 lampModeSf58=64",
            "lampModeSf59=65 lampModeSf60=66 lampModeSf61=67 lampModeSf62=68 lampModeSf63=69 lampModeSf64=70",
            "lampModeSf65=71 lampModeSf66=72 lampModeSf67=73 lampModeSf68=74 lampModeSf69=75 lampModeSf70=76",
            "lampModeSf71=77 lampModeSf72=78 lampModeSf73=79 lampModeSf74=80 lampModeSf75=81 lampModeSf76=82",
            "lampModeSf77=83 lampModeSf78=84 lampModeSf79=85 lampModeSf80=86 lampModeSf81=87 lampModeSf82=88",
            "lampModeSf83=89 lampModeSf84=90 lampModeSf85=91 lampModeSf86=92 lampModeSf87=93 lampModeSf88=94",
            "lampModeSf89=95 lampModeSf90=96 lampModeSf91=97 lampModeSf92=98 lampModeSf93=99 lampModeSf94=100",
            "lampBrightnessNormal=101 lampBrightnessDim=102 lampBrightnessBright=103 lampColorNoColor=104",
            "lampColorRed=105 lampColorYellow=106 lampColorGreen=107 lampColorBlue=108 lampColorReserved=109",
            "lampColorSf0=110 lampColorSf1=111 lampColorSf2=112 lampColorSf3=113 lampColorSf4=114",
            "lampColorSf5=115 lampColorSf6=116 lampColorSf7=117 lampColorSf8=118 lampColorSf9=119",
            "lampColorSf10=120 lampColorSf11=121 lampColorSf12=122 lampColorSf13=123 lampColorSf14=124",
            "lampColorSf15=125 lampColorSf16=126 lampColorSf17=127 lampColorSf18=128 lampColorSf19=129",
            "lampColorSf20=130 lampColorSf21=131 lampColorSf22=132 lampColorSf23=133 lampColorSf24=134",
            "lampColorSf25=135 lampColorSf26=136 lampColorSf27=137 lampColorSf28=138 lampColorSf29=139",
            "lampColorSf30=140 lampColorSf31=141 lampColorSf32=142 lampColorSf33=143 lampColorSf34=144",
            "lampColorSf35=145 lampColorSf36=146 lampColorSf37=147 lampColorSf38=148 lampColorSf39=149",
            "lampColorSf40=150 lampColorSf41=151 lampColorSf42=152 lampColorSf43=153 lampColorSf44=154",
            "lampColorSf45=155 lampColorSf46=156 lampColorSf47=157 lampColorSf48=158 lampColorSf49=159",
            "lampColorSf50=160 lampColorSf51=161 lampColorSf52=162 lampColorSf53=163 lampColorSf54=164",
            "lampColorSf55=165 lampColorSf56=166 lampColorSf57=167 lampColorSf58=168 lampColorSf59=169",
            "lampColorSf60=170 lampColorSf61=171 lampColorSf62=172 lampColorSf63=173 lampColorSf64=174",
            "lampColorSf65=175 lampColorSf66=176 lampColorSf67=177 lampColorSf68=178 lampColorSf69=179",
            "lampColorSf70=180 lampColorSf71=181 lampColorSf72=182 lampColorSf73=183 lampColorSf74=184",
            "lampColorSf75=185 lampColorSf76=186 lampColorSf77=187 lampColorSf78=188 lampColorSf79=189",
            "lampColorSf80=190 lampColorSf81=191 lampColorSf82=192 lampColorSf83=193 lampColorSf84=194",
            "lampColorSf85=195 lampColorSf86=196 lampColorSf87=197 lampColorSf88=198 lampColorSf89=199",
            "lampColorSf90=200 lampColorSf91=201 lampColorSf92=202 lampColorSf93=203 lampColorSf94=204",
            "privateData=205",
        ),
        tag=4,
        default=None,
    )
    message_waiting: Capability = element(
        supports("MessageWaitingCaps", "deviceForMsg=0 privateData=1"), tag=5, default=None
    )
    microphone_gain: Capability = element(
        supports("MicrophoneGainCaps", "microphoneGainAbs=0 microphoneGainInc=1 privateData=2"), tag=6, default=None
    )
    microphone_mute: Capability = element(supports("MicrophoneMuteCaps", "privateData=0"), tag=7, default=None)
    ringer_status: Capability = element(
        supports(
            "RingerStatusCaps",
            "ringerModeRinging=0 ringerModeNotRinging=1 ringCount=2 ringPattern=3 ringVolumeAbs=4",
            "ringVolumeInc=5 privateData=6 ringDuration",
        ),
        tag=8,
        default=None,
    )
    speaker_mute: Capability = element(supports("SpeakerMuteCaps", "privateData=0"), tag=9, default=None)
    speaker_volume: Capability = element(
        supports("SpeakerVolumeCaps", "speakerVolumeAbs=0 speakerVolumeInc=1 privateData=2"), tag=10, default=None
    )
