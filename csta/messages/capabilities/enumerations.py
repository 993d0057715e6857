"""Words of the capability exchange."""

from csta.words import Word


class TransAndConfSetup(Word):
    """How the two calls of a transfer or conference may have come about."""

    CONSULTATION_CALL = "consultationCall", 0
    HOLD_CALL_MAKE_CALL = "holdCallMakeCall", 1
    ALTERNATE_CALL = "alternateCall", 2
    TWO_CALLS_IN_HOLD = "twoCallsInHold", 3
    TWO_CALLS_IN_CONNECTED = "twoCallsInConnected", 4


class AcdModel(Word):
    """Whether the parts of a call distribution group can be seen."""

    VISIBLE_ACD_RELATED_DEVICES = "visibleACDRelatedDevices", 0
    NON_VISIBLE_ACD_RELATED_DEVICES = "nonVisibleACDRelatedDevices", 1


class GroupDeviceAttribute(Word):
    """What kind of group a device is."""

    ACD = "acd", 0
    HUNT = "hunt", 1
    PICK = "pick", 2
    USER = "user", 4
    AGENT = "agent", 5
    OTHER = "other", 3


class AgentLogOnModel(Word):
    """How agents log on."""

    LOG_ON_TO_ACD_DEVICE = "logOnToACDDevice", 0
    LOG_ON_TO_ACD_GROUP_EXPL_ONE_STEP = "logOnToACDGroupExplOneStep", 1
    LOG_ON_TO_ACD_GROUP_EXPL_TWO_STEPS = "logOnToACDGroupExplTwoSteps", 2
    LOG_ON_TO_ACD_IMPL_ONE_STEP = "logOnToACDImplOneStep", 3


class NamedDeviceType(Word):
    """What a device is called."""

    ACD = "acd", 0
    ACD_GROUP = "acdGroup", 1
    BUTTON = "button", 2
    BUTTON_GROUP = "buttonGroup", 3
    CONFERENCE_BRIDGE = "conferenceBridge", 4
    LINE = "line", 5
    LINE_GROUP = "lineGroup", 6
    OPERATOR = "operator", 7
    OPERATOR_GROUP = "operatorGroup", 8
    PARKING_DEVICE = "parkingDevice", 9
    STATION = "station", 10
    STATION_GROUP = "stationGroup", 11
    TRUNK = "trunk", 12
    TRUNK_GROUP = "trunkGroup", 13
    OTHER = "other", 14
    OTHER_GROUP = "otherGroup", 15


class DeviceCategory(Word):
    """What a device is."""

    ACD = "acd", 0
    GROUP = "group", 1
    NETWORK_INTERFACE = "networkInterface", 2
    PARK = "park", 3
    ROUTEING_DEVICE = "routeingDevice", 4
    STATION = "station", 5
    VOICE_UNIT = "voiceUnit", 6
    OTHER = "other", 7
    GENERIC_INTERACTIVE_VOICE = "genericInteractiveVoice", 8
    LISTENER_INTERACTIVE_VOICE = "listenerInteractiveVoice", 9
    DTMF_INTERACTIVE_VOICE = "dtmfInteractiveVoice", 10
    PROMPT_INTERACTIVE_VOICE = "promptInteractiveVoice", 11
    PROMPT_QUEUE_INTERACTIVE_VOICE = "promptQueueInteractiveVoice", 12
    MESSAGE_INTERACTIVE_VOICE = "messageInteractiveVoice", 13
    CONFERENCE = "conference", 14


class AppearanceType(Word):
    """How the appearances of a device behave."""

    SELECTED_STANDARD = "selectedStandard", 0
    BASIC_STANDARD = "basicStandard", 1
    BASIC_BRIDGED = "basicBridged", 2
    EXCLUSIVE_BRIDGED = "exclusiveBridged", 3
    INDEPENDENT_SHARED_BRIDGED = "independentSharedBridged", 4
    INTERDEPENDENT_SHARED_BRIDGED = "interdependentSharedBridged", 5


class SequencedMessage(Word):
    """Which messages carry a sequence number."""

    ALL_EVENTS = "allEvents", 0
    ALL_ACKS = "allAcks", 1
    ALL_SERV_REQS = "allServReqs", 2


class AgentStateModel(Word):
    """How the states of agents are linked."""

    MULTI_STATE = "multiState", 0
    MULTI_STATE_SEMI_INDEPENDENT_LINKED = "multiStateSemiIndependentLinked", 1
    AGENT_ORIENTED = "agentOriented", 2


class IgnoreUnsupportedParameters(Word):
    """What a switch does with optional parameters that it does not support."""

    IGNORE_PARAMETERS = "ignoreParameters", 0
    REJECT_MESSAGE = "rejectMessage", 1


class SwitchAppearanceType(Word):
    """How appearances behave, as the capabilities of a switch spell it."""

    SELECTED_STANDARD = "selectedStandard", 0
    BASIC_STANDARD = "basicStandard", 1
    BASIC_BRIDGED = "basicBridged", 2
    EXCLUSIVE_BRIDGED = "exclusiveBridged", 3
    INDEPENDENT_SHARED_BRIDGED = "independentSharedBridged", 4
    INTER_DEPENDENT_SHARED_BRIDGED = "interDependentSharedBridged", 5


class SecurityMode(Word):
    """Which messages carry security information."""

    ALL_EVENTS = "allEvents", 0
    ALL_ACKS = "allAcks", 1
    ALL_SERV_REQS = "allServReqs", 2


class AppearanceAddressability(Word):
    """Whether appearances have numbers of their own."""

    NON_ADDRESSABLE = "nonAddressable", 0
    ADDRESSABLE = "addressable", 1


class SwDomainFeature(Word):
    """How forwarding works in a switch."""

    IS_FORWARDING_BEFORE = "isForwardingBefore", 0
    IS_FORWARDING_AFTER = "isForwardingAfter", 1
    SW_FUNCTION_DEFAULT_SETTINGS = "swFunctionDefaultSettings", 2
    USER_SPECIFIC = "userSpecific", 3
    USER_SPECIFIC_DEFAULT_FOWARDING_TYPE = "userSpecificDefaultFowardingType", 4
    USER_SPECIFIC_DEFAULT_FORWARD_DESTINATION = "userSpecificDefaultForwardDestination", 5
    NEGATIVE_ACKNOWLEDGMENT = "negativeAcknowledgment", 6
    SUPPORT_FAILED_WITH_ASS_CONN = "supportFailedWithAssConn", 7
    SUPPORT_FAILED_WITHOUT_ASS_CONN = "supportFailedWithoutAssConn", 8
    SUPPORT_FAILED_WITH_ASS_CONN_NOT_REPORTET = "supportFailedWithAssConnNotReportet", 9
    RECALL = "recall", 10
    CALL_BACK = "callBack", 11
    EXT_CALLS_INCOMING = "extCallsIncoming", 12
    EXT_CALLS_OUTGOING = "extCallsOutgoing", 13
    PROMPTING = "prompting", 14


class MiscMediaCallCharacteristic(Word):
    """What else a switch can do with media."""

    SUPPORT_ADJUSTMENT = "supportAdjustment", 0


class DynamicFeatureSupported(Word):
    """Whether events say which services are permitted."""

    NONE = "none", 0
    ALL = "all", 1
    SOME = "some", 2


class CallLinkageOption(Word):
    """Which linkage of calls a switch has."""

    CALL_LINKAGE_FEATURE_SUPPORTED = "callLinkageFeatureSupported", 0
    THREAD_LINKAGE_FEATURE_SUPPORTED = "threadLinkageFeatureSupported", 1


class ConnectionView(Word):
    """Whether a connection's state is the same to all monitors."""

    FIXED = "fixed", 0
    LOCAL = "local", 1


class StandardProfile(Word):
    """The profiles of ECMA-269 that a switch meets."""

    BASIC_TELEPHONY_PROFILE = "basicTelephonyProfile", 0
    ROUTEING_PROFILE = "routeingProfile", 1
    L1_A_VOICE_BROWSER_PROFILE = "l1aVoiceBrowserProfile", 2
    L1_B_VOICE_BROWSER_PROFILE = "l1bVoiceBrowserProfile", 3
    L2_VOICE_BROWSER_PROFILE = "l2VoiceBrowserProfile", 4
    MINIMAL_UACSTA_CALL_CONTROL_PROFILE = "minimalUACSTACallControlProfile", 5
    BASIC_UACSTAT_CALL_CONTROL_PROFILE = "basicUACSTAtCallControlProfile", 6
    ADVANCED_UACSTA_CALL_CONTROL_PROFILE = "advancedUACSTACallControlProfile", 7
    CONFERENCING_UACSTA_CALL_CONTROL_PROFILE = "conferencingUACSTACallControlProfile", 8
    BASIC_UACSTA_DEVICE_FEATURE_PROFILE = "basicUACSTADeviceFeatureProfile", 9
    SPEAKER_UACSTA_DEVICE_FEATURE_PROFILE = "speakerUACSTADeviceFeatureProfile", 11
    BASIC_SPEECH_SERVICE_PROFILE = "basicSpeechServiceProfile", 12
    ADVANCED_SPEECH_SERVICE_PROFILE = "advancedSpeechServiceProfile", 13
    ADVANCED_UACSTA_DEVICE_FEATURE_PROFILE = (
        "advancedUaCSTADeviceFeatureProfile",
        10,
        False,
    )  # ECMA-323 has no such element


class RequestedDeviceCategory(Word):
    """Which devices are asked for."""

    ACD = "acd", 0
    GROUP_ACD = "groupACD", 1
    GROUP_HUNT = "groupHunt", 2
    GROUP_PICK = "groupPick", 3
    GROUP_OTHER = "groupOther", 4
    NETWORK_INTERFACE = "networkInterface", 5
    PARK = "park", 6
    ROUTEING_DEVICE = "routeingDevice", 7
    STATION = "station", 8
    VOICE_UNIT = "voiceUnit", 9
    OTHER = "other", 10
    CONFERENCE = "conference", 11
    DTMF_IV = "dtmfIV", 12
    GENERIC_IV = "genericIV", 13
    GROUP_USER = "groupUser", 14
    LISTENER_IV = "listenerIV", 15
    MESSAGE_IV = "messageIV", 16
    PROMPT_IV = "promptIV", 17
    PROMPT_QUEUE = "promptQueue", 18


class DeviceAttribute(Word):
    """What else a listed device is."""

    MEDIA_ACCESS_DEVICE = "mediaAccessDevice", 0
    ROUTEING_DEVICE = "routeingDevice", 1
    GROUP_ACD = "groupACD", 2
    GROUP_HUNT = "groupHunt", 3
    GROUP_PICK = "groupPick", 4
    GROUP_USER = "groupUser"
