"""Words that several chapters share."""

from csta.words import Word


class ConsultOption(Word):
    """What a consultation call may become."""

    UNRESTRICTED = "unrestricted", 0
    CONSULT_ONLY = "consultOnly", 1
    TRANSFER_ONLY = "transferOnly", 2
    CONFERENCE_ONLY = "conferenceOnly", 3


class FlowDirection(Word):
    """The direction of media, as the device sees it."""

    TRANSMIT = "transmit", 0
    RECEIVE = "receive", 1
    TRANSMIT_AND_RECEIVE = "transmitAndReceive", 2
    NONE = "none", 3


class BitRate(Word):
    """Whether a connection's bit rate is constant."""

    CONSTANT = "constant", 0
    VARIABLE = "variable", 1


class SubDomainType(Word):
    """The network whose call control information elements are given."""

    ISDN = "isdn", 0
    ATM = "atm", 1
    ISO_ETHERNET = "isoEthernet", 2
    RSVP = "rsvp", 3
    OTHER = "other", 4
    SIP = "sip", 5


class MediaClass(Word):
    """The class of a call's media; a call may have several."""

    VOICE = "voice", 0
    DATA = "data", 1
    IMAGE = "image", 2
    AUDIO = "audio", 4
    OTHER = "other", 3
    NOT_KNOWN = "notKnown", 5
    CHAT = "chat", 6
    EMAIL = "email", 7
    MESSAGE = "message", 8
    IM = "im", 9
    SMS = "sms", 10
    MMS = "mms", 11


class CallCharacteristic(Word):
    """What kind of call it is; several may hold. One word is the standard's spelling, ``maintainanceCall``."""

    ACD_CALL = "acdCall", 0
    LOW_PRIORITY_CALL = "lowPriorityCall", 11
    PRIORITY_CALL = "priorityCall", 1
    HIGH_PRIORITY_CALL = "highPriorityCall", 12
    MAINTAINANCE_CALL = "maintainanceCall", 2
    DIRECT_AGENT = "directAgent", 3
    ASSIST_CALL = "assistCall", 4
    VOICE_UNIT_CALL = "voiceUnitCall", 5
    PRIVATE_CALL = "privateCall", 6
    PERSONAL_CALL = "personalCall", 7
    SENSITIVE_CALL = "sensitiveCall", 8
    CONFIDENTIAL_CALL = "confidentialCall", 9
    ENCRYPTED_CALL = "encryptedCall", 10


class AutoOriginate(Word):
    """Whether a calling device is prompted before its call goes out."""

    PROMPT = "prompt", 0
    DO_NOT_PROMPT = "doNotPrompt", 1


class ParticipationType(Word):
    """How a device takes part in a call that it was brought into."""

    SILENT = "silent", 0
    ACTIVE = "active", 1
    NONE = "none", 2


class CallAssociatedEvent(Word):
    """Call-associated events by their names in a monitor's filter."""

    CALL_INFORMATION = "callInformation", 0
    CHARGING = "charging", 1
    DIGITS_GENERATED = "digitsGenerated", 2
    TELEPHONY_TONES_GENERATED = "telephonyTonesGenerated", 3
    SERVICE_COMPLETION_FAILURE = "serviceCompletionFailure", 4


class PhysicalDeviceEvent(Word):
    """Physical-device events by their names in a monitor's filter."""

    BUTTON_INFORMATION = "buttonInformation", 0
    BUTTON_PRESS = "buttonPress", 1
    DISPLAY_UPDATED = "displayUpdated", 2
    HOOKSWITCH = "hookswitch", 3
    LAMP_MODE = "lampMode", 4
    MESSAGE_WAITING = "messageWaiting", 5
    MICROPHONE_GAIN = "microphoneGain", 6
    MICROPHONE_MUTE = "microphoneMute", 7
    RINGER_STATUS = "ringerStatus", 8
    SPEAKER_MUTE = "speakerMute", 9
    SPEAKER_VOLUME = "speakerVolume", 10


class VendorEvent(Word):
    """The vendor's own events in a monitor's filter."""

    PRIVATE = "private", 0


class MediaAttachmentEvent(Word):
    """Media attachment events by their names in a monitor's filter."""

    MEDIA_ATTACHED = "mediaAttached", 0
    MEDIA_DETACHED = "mediaDetached", 1


class MaintenanceEventName(Word):
    """Device maintenance events by their names in a monitor's filter; two bits are swapped against the events' tags."""

    BACK_IN_SERVICE = "backInService", 0
    DEVICE_CAPABILITY_CHANGED = "deviceCapabilityChanged", 2
    OUT_OF_SERVICE = "outOfService", 1
    PARTIALLY_IN_SERVICE = "partiallyInService", 3


class LogicalDeviceEvent(Word):
    """Logical-device events by their names in a monitor's filter."""

    AGENT_BUSY = "agentBusy", 0
    AGENT_LOGGED_ON = "agentLoggedOn", 1
    AGENT_LOGGED_OFF = "agentLoggedOff", 2
    AGENT_NOT_READY = "agentNotReady", 3
    AGENT_READY = "agentReady", 4
    AGENT_WORKING_AFTER_CALL = "agentWorkingAfterCall", 5
    AUTO_ANSWER = "autoAnswer", 6
    AUTO_WORK_MODE = "autoWorkMode", 7
    CALL_BACK = "callBack", 8
    CALL_BACK_MESSAGE = "callBackMessage", 9
    CALLER_ID_STATUS = "callerIDStatus", 10
    DO_NOT_DISTURB = "doNotDisturb", 11
    FORWARDING = "forwarding", 12
    PRESENCE_STATE = "presenceState", 14
    ROUTEING_MODE = "routeingMode", 13


class CallControlEvent(Word):
    """Call control events by their names in a monitor's filter; the bits are not the events' tags."""

    BRIDGED = "bridged", 15
    CALL_CLEARED = "callCleared", 0
    CONFERENCED = "conferenced", 1
    CONNECTION_CLEARED = "connectionCleared", 2
    DELIVERED = "delivered", 3
    DIGITS_DIALED = "digitsDialed", 14
    DIVERTED = "diverted", 4
    ESTABLISHED = "established", 5
    FAILED = "failed", 6
    HELD = "held", 7
    NETWORK_CAPABILITIES_CHANGED = "networkCapabilitiesChanged", 16
    NETWORK_REACHED = "networkReached", 8
    OFFERED = "offered", 17
    ORIGINATED = "originated", 9
    QUEUED = "queued", 10
    RETRIEVED = "retrieved", 11
    SERVICE_INITIATED = "serviceInitiated", 12
    TRANSFERRED = "transferred", 13


class VoiceEventName(Word):
    """Voice events by their names in a monitor's filter."""

    BOOKMARK_REACHED = "bookmarkReached", 7
    COMPLETED = "completed", 8
    DTMF_DETECTED = "dtmfDetected", 9
    EMPTIED = "emptied", 10
    INTERRUPTION_DETECTED = "interruptionDetected", 11
    NOT_RECOGNIZED = "notRecognized", 12
    PLAY = "play", 1
    RECOGNIZED = "recognized", 13
    RECORD = "record", 3
    REVIEW = "review", 5
    STARTED = "started", 14
    SILENCE_TIMEOUT_EXPIRED = "silenceTimeoutExpired", 15
    SPEECH_DETECTED = "speechDetected", 16
    STOP = "stop", 0
    SUSPEND_PLAY = "suspendPlay", 2
    SUSPEND_RECORD = "suspendRecord", 4
    VOICE_ATTRIBUTES_CHANGED = "voiceAttributesChanged", 6
    VOICE_ERROR_OCCURRED = "voiceErrorOccurred", 17


class CallControlService(Word):
    """Call control services that a connection may allow."""

    ACCEPT_CALL = "acceptCall", 0
    ALTERNATE_CALL = "alternateCall", 1
    ANSWER_CALL = "answerCall", 2
    CALL_BACK = "callBack", 3
    CALL_BACK_MESSAGE = "callBackMessage", 4
    CAMP_ON_CALL = "campOnCall", 5
    CLEAR_CALL = "clearCall", 6
    CLEAR_CONNECTION = "clearConnection", 7
    CONFERENCE_CALL = "conferenceCall", 8
    CONSULTATION_CALL = "consultationCall", 9
    DEFLECT_CALL = "deflectCall", 10
    DIAL_DIGITS = "dialDigits", 11
    DIRECTED_PICKUP_CALL = "directedPickupCall", 12
    GROUP_PICKUP_CALL = "groupPickupCall", 13
    HOLD_CALL = "holdCall", 14
    INTRUDE_CALL = "intrudeCall", 15
    JOIN_CALL = "joinCall", 16
    MAKE_CALL = "makeCall", 17
    MAKE_PREDICTIVE_CALL = "makePredictiveCall", 18
    PARK_CALL = "parkCall", 19
    RECONNECT_CALL = "reconnectCall", 20
    RETRIEVE_CALL = "retrieveCall", 21
    SEND_MESSAGE = "sendMessage", 26
    SINGLE_STEP_CONFERENCE = "singleStepConference", 22
    SINGLE_STEP_TRANSFER = "singleStepTransfer", 23
    TRANSFER_CALL = "transferCall", 24
    MAKE_CONNECTION = "makeConnection", 25, False  # ECMA-323 has no such element


class RouteingService(Word):
    """Routing services that a connection may allow."""

    ROUTE_REGISTER = "routeRegister", 0
    ROUTE_REGISTER_CANCEL = "routeRegisterCancel", 1
    ROUTE_REGISTER_ABORT = "routeRegisterAbort", 2
    RE_ROUTE = "reRoute", 3
    ROUTE_END = "routeEnd", 4
    ROUTE_REJECT = "routeReject", 5
    ROUTE_REQUEST = "routeRequest", 6
    ROUTE_SELECT = "routeSelect", 7
    ROUTE_USED = "routeUsed", 8


class CallAssociatedService(Word):
    """Call-associated services that a connection may allow."""

    ASSOCIATE_DATA = "associateData", 0
    CANCEL_TELEPHONY_TONES = "cancelTelephonyTones", 1
    GENERATE_DIGITS = "generateDigits", 2
    GENERATE_TELEPHONY_TONES = "generateTelephonyTones", 3
    SEND_USER_INFORMATION = "sendUserInformation", 4
    CHANGE_CONNECTION_INFORMATION = "changeConnectionInformation", 5


class VoiceService(Word):
    """Voice services that a connection may allow."""

    ACTIVATE = "activate", 12
    CLEAR = "clear", 13
    DEACTIVATE = "deactivate", 14
    CONCATENATE_MESSAGE = "concatenateMessage", 0
    DELETE_MESSAGE = "deleteMessage", 1
    PLAY_MESSAGE = "playMessage", 2
    QUERY_VOICE_ATTRIBUTE = "queryVoiceAttribute", 3
    RECORD_MESSAGE = "recordMessage", 4
    REPOSITION = "reposition", 5
    RESUME = "resume", 6
    REVIEW = "review", 7
    SET_VOICE_ATTRIBUTE = "setVoiceAttribute", 8
    STOP = "stop", 9
    SUSPEND = "suspend", 10
    SYNTHESIZE_MESSAGE = "synthesizeMessage", 11


class MediaAttachmentService(Word):
    """Media attachment services that a connection may allow."""

    ATTACH_MEDIA_SERVICE = "attachMediaService", 0
    DETACH_MEDIA_SERVICE = "detachMediaService", 1


class MediaServiceType(Word):
    """The type of a media service."""

    CSTA_VOICE_UNIT = "cstaVoiceUnit", 0
    DATA_MODEM = "dataModem", 1
    DIGITAL_DATA_ISOCHRONOUS_IEEE1394 = "digitalDataIsochronousIeee1394", 2
    DIGITAL_DATA_ISOCHRONOUS_GEOPORT = "digitalDataIsochronousGeoport", 3
    DIGITAL_DATA_ISOCHRONOUS_IEEE_ATM = "digitalDataIsochronousIeeeAtm", 4
    DIGITAL_DATA_ISOCHRONOUS_IEEE_ISDN = "digitalDataIsochronousIeeeIsdn", 5
    DIGITAL_DATA_API = "digitalDataApi", 6
    ECTF_S100_MEDIA_SERVICES_DEFAULT = "ectfS100MediaServicesDefault", 7
    ECTF_S100_MEDIA_SERVICES_APP_SERVICES = "ectfS100MediaServicesAppServices", 8
    CSTA_IVR_SCRIPT1 = "cstaIVRScript1", 9
    CSTA_IVR_SCRIPT2 = "cstaIVRScript2", 10
    CSTA_IVR_SCRIPT3 = "cstaIVRScript3", 11
    CSTA_IVR_SCRIPT4 = "cstaIVRScript4", 12
    CSTA_IVR_SCRIPT5 = "cstaIVRScript5", 13
    CSTA_IVR_SCRIPT6 = "cstaIVRScript6", 14
    CSTA_IVR_SCRIPT7 = "cstaIVRScript7", 15
    CSTA_IVR_SCRIPT8 = "cstaIVRScript8", 16
    CSTA_IVR_SCRIPT9 = "cstaIVRScript9", 17
    CSTA_IVR_SCRIPT10 = "cstaIVRScript10", 18
    LIVE_SOUND_CAPTURE_ANALOG = "liveSoundCaptureAnalog", 19
    LIVE_SOUND_TRANSMIT_ANALOG = "liveSoundTransmitAnalog", 20
    LIVE_SOUND_CAPTURE_IEEE1394 = "liveSoundCaptureIeee1394", 21
    LIVE_SOUND_TRANSMIT_IEEE1394 = "liveSoundTransmitIeee1394", 22
    LIVE_SOUND_CAPTURE_TRANSMIT_GEOPORT = "liveSoundCaptureTransmitGeoport", 23
    LIVE_SOUND_CAPTURE_TRANSMIT_ATM = "liveSoundCaptureTransmitAtm", 24
    LIVE_SOUND_CAPTURE_TRANSMIT_ISDN = "liveSoundCaptureTransmitISDN", 25
    SOUND_CAPTURE_TRANSMIT_ADPCM = "soundCaptureTransmitADPCM", 26
    SOUND_CAPTURE_TRANSMIT_API = "soundCaptureTransmitApi", 27
    USB = "usb", 28
    SF_SPECIFIC1 = "sfSpecific1", 29
    SF_SPECIFIC2 = "sfSpecific2", 30
    SF_SPECIFIC3 = "sfSpecific3", 31
    SF_SPECIFIC4 = "sfSpecific4", 32
    SF_SPECIFIC5 = "sfSpecific5", 33
    SF_SPECIFIC6 = "sfSpecific6", 34
    SF_SPECIFIC7 = "sfSpecific7", 35
    SF_SPECIFIC8 = "sfSpecific8", 36
    SF_SPECIFIC9 = "sfSpecific9", 37
    SF_SPECIFIC10 = "sfSpecific10", 38


class ConnectionMode(Word):
    """How a media service comes into a call."""

    CONSULTATION_CONFERENCE = "consultationConference", 0
    CONSULTATION_CONFERENCE_HOLD = "consultationConferenceHold", 1
    DEFLECT = "deflect", 2
    DIRECTED_PICKUP = "directedPickup", 3
    JOIN = "join", 4
    SINGLE_STEP_CONFERENCE = "singleStepConference", 5
    SINGLE_STEP_CONFERENCE_HOLD = "singleStepConferenceHold", 6
    SINGLE_STEP_TRANSFER = "singleStepTransfer", 7
    TRANSFER = "transfer", 8
    DIRECT = "direct", 9


class CharacterSet(Word):
    """The characters of a display."""

    ASCII = "ascii", 0
    UNICODE = "unicode", 1
    PROPRIETARY = "proprietary", 2


class LampBrightness(Word):
    """How bright a lamp is."""

    UNSPECIFIED = "unspecified", 0
    DIM = "dim", 1
    BRIGHT = "bright", 2


class RingMode(Word):
    """Whether a ringer rings."""

    RINGING = "ringing", 0
    NOT_RINGING = "notRinging", 1


class Step(Word):
    """One step up or down."""

    INCREMENT = "increment", 0
    DECREMENT = "decrement", 1


class CallOrigin(Word):
    """Where a call comes from."""

    INTERNAL = "internal", 0
    EXTERNAL = "external", 1


class ForwardingType(Word):
    """When a call is forwarded, and whose."""

    FORWARD_IMMEDIATE = "forwardImmediate", 0
    FORWARD_BUSY = "forwardBusy", 1
    FORWARD_NO_ANS = "forwardNoAns", 2
    FORWARD_BUSY_INT = "forwardBusyInt", 3
    FORWARD_BUSY_EXT = "forwardBusyExt", 4
    FORWARD_NO_ANS_INT = "forwardNoAnsInt", 5
    FORWARD_NO_ANS_EXT = "forwardNoAnsExt", 6
    FORWARD_IMM_INT = "forwardImmInt", 7
    FORWARD_IMM_EXT = "forwardImmExt", 8
    FORWARD_DND = "forwardDND", 9
    FORWARD_DND_INT = "forwardDNDInt", 10
    FORWARD_DND_EXT = "forwardDNDExt", 11


class ForwardDefault(Word):
    """What of a forwarding is the device's default."""

    FORWARDING_TYPE_AND_FORWARD_DN = "forwardingTypeAndForwardDN", 0
    FORWARDING_TYPE = "forwardingType", 1
    FORWARD_DN = "forwardDN", 2


class RecognitionMode(Word):
    """How a recogniser ends."""

    AUTOMATIC = "automatic", 0
    SINGLE = "single", 1
    MULTIPLE = "multiple", 2


class ChargingType(Word):
    """Whether a charge is final."""

    SUB_TOTAL = "subTotal", 0
    TOTAL = "total", 1


class CurrencyMultiplier(Word):
    """What an amount is multiplied by."""

    ONE_THOUSANDTH = "oneThousandth", 0
    ONE_HUNDREDTH = "oneHundredth", 1
    ONE_TENTH = "oneTenth", 2
    ONE = "one", 3
    TEN = "ten", 4
    HUNDRED = "hundred", 5
    THOUSAND = "thousand", 6
