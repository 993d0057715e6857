"""What is supported of the services of devices."""

from typing import Final

from csta.messages.base import Part
from csta.messages.capabilities.words import Capability, supports
from csta.schema.elements import element, structure, structured


@structure
class LogicalServList(Part):
    """The logical-device services that are supported, each with its optional parameters."""

    call_back_non_call_rel: Capability = element(
        supports(
            "CallBackNonCallRelCaps", "privateData=0 privateDataInAck=1 additionalReqForbidden=2 ackModelMultiStep=3"
        ),
        tag=0,
        default=None,
    )
    call_back_msg_non_call_rel: Capability = element(
        supports(
            "CallBackMsgNonCallRelCaps", "privateData=0 privateDataInAck=1 additionalReqForbidden=2 ackModelMultiStep=3"
        ),
        tag=1,
        default=None,
    )
    cancel_call_back: Capability = element(
        supports("CancelCallBackCaps", "privateData=0 privateDataInAck=1 ackModelMultiStep=2 supportsClearing=3"),
        tag=2,
        default=None,
    )
    cancel_call_back_msg: Capability = element(
        supports("CancelCallBackMsgCaps", "privateData=0 privateDataInAck=1 ackModelMultiStep=2 supportsClearing=3"),
        tag=3,
        default=None,
    )
    get_agent_state: Capability = element(
        supports(
            "GetAgentStateCaps",
            "acdGroup=0 privateData=1 agentStateListAgentIDInAck=2 agentGroupInAck=3 pendingAgentStateInAck=4",
            "agentStateConditionForcedPauseInAck=5 agentStateConditionPauseInAck=6 privateDataInAck=7",
        ),
        tag=4,
        default=None,
    )
    get_auto_answer: Capability = element(
        supports("GetAutoAnswerCaps", "privateData=0 numberOfRingsInAck=1 privateDataInAck=2"), tag=5, default=None
    )
    get_auto_work_mode: Capability = element(
        supports("GetAutoWorkModeCaps", "privateData=0 autoWorkIntervalInAck=1 privateDataInAck=2"), tag=6, default=None
    )
    get_call_back: Capability = element(
        supports("GetCallBackCaps", "privateData=0 privateDataInAck=1"), tag=19, default=None
    )
    get_caller_id_status: Capability = element(
        supports("GetCallerIDStatusCaps", "privateData=0 privateDataInAck=1"), tag=7, default=None
    )
    get_do_not_disturb: Capability = element(
        supports(
            "GetDoNotDisturbCaps",
            "privateData=0 callOriginParameterInAck=1 callOriginInternInAck=2 callOriginExternInAck=3",
            "callingDeviceListInAck=4 privateDataInAck=5",
        ),
        tag=8,
        default=None,
    )
    get_forwarding: Capability = element(
        supports(
            "GetForwardingCaps",
            "privateData=0 forwardListInAck=1 forwardListImmediateInAck=2 forwardListBusyInAck=3",
            "forwardListDNDInAck=4 forwardListNoAnsInAck=5 forwardListBusyIntInAck=6",
            "forwardListBusyExtInAck=7 forwardListDNDIntInAck=8 forwardListDNDExtInAck=9",
            "forwardListNoAnsIntInAck=10 forwardListNoAnsExtInAck=11 forwardListImmIntInAck=12",
            "forwardListImmExtInAck=13 forwardDNInAck=14 forwardDefaultInAck=15",
            "forwardDefaultTypeAndDNInAck=16 forwardDefaultTypeInAck=17 forwardDefaultDNInAck=18",
            "ringCountInAck=19 privateDataInAck=20",
        ),
        tag=9,
        default=None,
    )
    get_last_number_dialed: Capability = element(
        supports("GetLastNumberDialedCaps", "privateData=0 privateDataInAck=1"), tag=10, default=None
    )
    get_presence_state: Capability = element(
        supports(
            "GetPresenceStateCaps",
            "privateData=0 fromTimeInAck=1 untilTimeInAck=2 placeInAck=3 moodInAck=4",
            "namedPresenceStateInAck=5 privateDataInAck=6",
        ),
        tag=20,
        default=None,
    )
    get_routeing_mode: Capability = element(
        supports("GetRouteingModeCaps", "privateData=0 privateDataInAck=1"), tag=11, default=None
    )
    set_agent_state: Capability = element(
        supports(
            "SetAgentStateCaps",
            "requestedAgentStateLoggedOn=0 requestedAgentStateLoggedOff=1 requestedAgentStateNotReady=2",
            "requestedAgentStateReady=3 requestedAgentStateWorkingAfterCall=4 agentID=5 password=6 group=7",
            "privateData=8 pendingAgentStateWorkingAfterCallInAck=9 pendingAgentStateNotReadyInAck=10",
            "pendingAgentStateNullInAck=11 privateDataInAck=12 ackModelMultiStep=13",
            "groupDeviceAllowedInReq=14 aCDDeviceAllowedInReq=15 delayTransitionIfBusy=16",
            "delayTransitionIfWorkingAfterCall=17",
        ),
        tag=12,
        default=None,
    )
    set_auto_answer: Capability = element(
        supports("SetAutoAnswerCaps", "numberOfRings=0 privateData=1 privateDataInAck=2 ackModelMultiStep=3"),
        tag=13,
        default=None,
    )
    set_auto_work_mode: Capability = element(
        supports(
            "SetAutoWorkModeCaps",
            "autoWorkInterval=0 privateData=1 privateDataInAck=2 ackModelMultiStep=3",
            "groupDeviceAllowedInReq=4 aCDDeviceAllowedInReq=5",
        ),
        tag=14,
        default=None,
    )
    set_caller_id_status: Capability = element(
        supports("SetCallerIDStatusCaps", "privateData=0 privateDataInAck=1 ackModelMultiStep=2"), tag=15, default=None
    )
    set_do_not_disturb: Capability = element(
        supports(
            "SetDoNotDisturbCaps",
            "callOriginationInternal=0 callOriginationExternal=1 callingDeviceList=2 privateData=3",
            "privateDataInAck=4 ackModelMultiStep=5",
        ),
        tag=16,
        default=None,
    )
    set_forwarding: Capability = element(
        supports(
            "SetForwardingCaps",
            "forwardingTypeBusy=0 forwardingTypeBusyInt=1 forwardingTypeBusyExt=2 forwardingTypeDND=3",
            "forwardingTypeDNDInt=4 forwardingTypeDNDExt=5 forwardingTypeNoAns=6 forwardingTypeNoAnsInt=7",
            "forwardingTypeNoAnsExt=8 forwardingTypeImmediate=9 forwardingTypeImmInt=10",
            "forwardingTypeImmExt=11 forwardDN=12 ringCount=13 privateData=14 privateDataInAck=15",
            "ackModelMultiStep=16 ringDuration=17",
        ),
        tag=17,
        default=None,
    )
    set_presence_state: Capability = element(
        supports(
            "SetPresenceStateCaps",
            "fromTime=0 untilTime=1 place=2 mood=3 namedPresenceState=4 privateData=5 privateDataInAck=6",
            "ackModelMultiStep=7",
        ),
        tag=21,
        default=None,
    )
    set_routeing_mode: Capability = element(
        supports("SetRouteingModeCaps", "privateData=0 privateDataInAck=1 ackModelMultiStep=2"), tag=18, default=None
    )


LOGICAL_SERV_LIST: Final = structured(
    LogicalServList,
    ber_order=(
        "call_back_non_call_rel",
        "call_back_msg_non_call_rel",
        "cancel_call_back",
        "cancel_call_back_msg",
        "get_agent_state",
        "get_auto_answer",
        "get_auto_work_mode",
        "get_caller_id_status",
        "get_call_back",
        "get_do_not_disturb",
        "get_forwarding",
        "get_last_number_dialed",
        "get_presence_state",
        "get_routeing_mode",
        "set_agent_state",
        "set_auto_answer",
        "set_auto_work_mode",
        "set_caller_id_status",
        "set_do_not_disturb",
        "set_forwarding",
        "set_presence_state",
        "set_routeing_mode",
    ),
)
"""The kind of `LogicalServList`, whose elements ECMA-285 has in another order."""


@structure
class PhysDevServList(Part):
    """The physical-device services that are supported, each with its optional parameters."""

    button_press: Capability = element(
        supports("ButtonPressCaps", "privateData=0 privateDataInAck=1 ackModelMultiStep=2"), tag=0, default=None
    )
    get_auditory_apparatus_info: Capability = element(
        supports(
            "GetAuditoryApparatusInfoCaps",
            "auditoryApparatus=0 privateData=1 auditoryApparatusTypeSpeakerphone=2",
            "auditoryApparatusTypeHandset=3 auditoryApparatusTypeHeadset=4",
            "auditoryApparatusTypeSpeakerOnlyPhone=5 auditoryApparatusTypeother=6 speakerPresent=7",
            "speakerVolumeSettable=8 speakerVolumeReadable=9 speakerMuteSettable=10 speakerMuteReadable=11",
            "microphonePresent=12 microphoneGainSettable=13 microphoneGainReadable=14",
            "microphoneMuteSettable=15 microphoneMuteReadable=16 hookswitchSettable=17 hookswitchOnHook=18",
            "privateDataInAck=19",
        ),
        tag=1,
        default=None,
    )
    get_button_information: Capability = element(
        supports(
            "GetButtonInformationCaps",
            "button=0 privateData=1 buttonLabelInAck=2 buttonLabelSettableInAck=3 buttonFunctionInAck=4",
            "buttonAssociatedNumberInAck=5 buttonAssociatedNumberSettableInAck=6 listOfLampsInAck=7",
            "privateDataInAck=8",
        ),
        tag=2,
        default=None,
    )
    get_display: Capability = element(
        supports(
            "GetDisplayCaps",
            "displayID=0 privateData=1 characterSetASCII=2 characterSetUnicode=3 characterSetProprietary=4",
            "privateDataInAck=5",
        ),
        tag=3,
        default=None,
    )
    get_hook_switch_status: Capability = element(
        supports("GetHookSwitchStatusCaps", "hookSwitch=0 privateData=1 privateDataInAck=2"), tag=4, default=None
    )
    get_lamp_info: Capability = element(
        supports(
            "GetLampInfoCaps", "lamp=0 privateData=1 lampLabelInAck=2 buttonInAck=3 lampColorInAck=4 privateDataInAck=5"
        ),
        tag=5,
        default=None,
    )
    get_lamp_mode: Capability = element(
        supports(
            "GetLampModeCaps",
            "lamp=0 privateData=1 lampModeInAck=2 lampBrightnessNormal=3 lampBrightnessDim=4",
            "lampBrightnessBright=5 lampColorInAck=6 buttonInAck=7 privateDataInAck=8",
        ),
        tag=6,
        default=None,
    )
    get_message_waiting_indicator: Capability = element(
        supports(
            "GetMessageWaitingIndicatorCaps",
            "privateData=0 deviceForMsgInAck=1 lampIsPresentInAck=2 privateDataInAck=3",
        ),
        tag=7,
        default=None,
    )
    get_microphone_gain: Capability = element(
        supports("GetMicrophoneGainCaps", "auditoryApparatus=0 privateData=1 micGainAbsInAck=2 privateDataInAck=3"),
        tag=8,
        default=None,
    )
    get_microphone_mute: Capability = element(
        supports("GetMicrophoneMuteCaps", "auditoryApparatus=0 privateData=1 privateDataInAck=2"), tag=9, default=None
    )
    get_ringer_status: Capability = element(
        supports(
            "GetRingerStatusCaps",
            "ringer=0 privateData=1 ringCountInAck=2 ringPatternInAck=3 ringVolumeInAck=4",
            "ringVolumeAbsInAck=5 privateDataInAck=6",
        ),
        tag=10,
        default=None,
    )
    get_speaker_mute: Capability = element(
        supports("GetSpeakerMuteCaps", "auditoryApparatus=0 privateDataInAck=1 privateData=2"), tag=11, default=None
    )
    get_speaker_volume: Capability = element(
        supports("GetSpeakerVolumeCaps", "auditoryApparatus=0 privateData=1 speakerVolAbsInAck=2 privateDataInAck=3"),
        tag=12,
        default=None,
    )
    set_button_information: Capability = element(
        supports(
            "SetButtonInformationCaps",
            "buttonLabel=0 buttonAssociatedNumber=1 privateData=2 privateDataInAck=3 ackModelMultiStep=4",
        ),
        tag=13,
        default=None,
    )
    set_display: Capability = element(
        supports(
            "SetDisplayCaps",
            "physBaseRowNumber=0 physColumnRowNumber=1 offset=2 privateData=3 privateDataInAck=4",
            "supportsModifyingPosition=5 ackModelMultiStep=6",
        ),
        tag=14,
        default=None,
    )
    set_hook_switch_status: Capability = element(
        supports("SetHookSwitchStatusCaps", "privateData=0 ackModelMultiStep=1"), tag=15, default=None
    )
    set_lamp_mode: Capability = element(
        supports(
            "SetLampModeCaps",
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
            "privateData=205 privateDataInAck=206 ackModelMultiStep=207",
        ),
        tag=16,
        default=None,
    )
    set_message_waiting_indicator: Capability = element(
        supports(
            "SetMessageWaitingIndicatorCaps", "deviceForMsg=0 privateData=1 privateDataInAck=2 ackModelMultiStep=3"
        ),
        tag=17,
        default=None,
    )
    set_microphone_gain: Capability = element(
        supports(
            "SetMicrophoneGainCaps",
            "microphoneGainAbs=0 microphoneGainInc=1 privateData=2 privateDataInAck=3 ackModelMultiStep=4",
        ),
        tag=18,
        default=None,
    )
    set_microphone_mute: Capability = element(
        supports("SetMicrophoneMuteCaps", "privateData=0 privateDataInAck=1 ackModelMultiStep=2"), tag=19, default=None
    )
    set_ringer_status: Capability = element(
        supports(
            "SetRingerStatusCaps",
            "ringerModeRinging=0 ringerModeNotRinging=1 ringVolumeAbs=2 ringVolumeInc=3 privateData=4",
            "privateDataInAck=5 ackModelMultiStep=6",
        ),
        tag=20,
        default=None,
    )
    set_speaker_mute: Capability = element(
        supports("SetSpeakerMuteCaps", "privateData=0 privateDataInAck=1 ackModelMultiStep=2"), tag=21, default=None
    )
    set_speaker_volume: Capability = element(
        supports(
            "SetSpeakerVolumeCaps",
            "speakerVolumeAbs=0 speakerVolumeInc=1 privateData=2 privateDataInAck=3 ackModelMultiStep=4",
            "resettedAfterCall=5 notSettableWhileActive=6",
        ),
        tag=22,
        default=None,
    )
