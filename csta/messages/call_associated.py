"""Call-associated services and events: data, digits and tones of a call (ECMA-269 chapter 18)."""

from typing import ClassVar

from csta.causes import EventCause
from csta.identifiers import ConnectionID, DeviceID, Party, Presentation
from csta.messages.base import Event, Part, Request, Response
from csta.messages.enumerations import CallCharacteristic
from csta.messages.parameters import CAUSE, CORRELATOR, LOCAL_STATE, USER_DATA
from csta.messages.structures import (
    CALL_LINKAGES,
    CONNECTION_INFORMATION,
    MEDIA_CHARACTERISTICS,
    SERVICES_PERMITTED,
    CallLinkageDataList,
    ChargingInfo,
    ConnectionInformation,
    MediaCallCharacteristics,
    ServicesPermitted,
)
from csta.schema.elements import element, message, structure, structured
from csta.schema.kinds import (
    CALLING,
    SUBJECT,
    Connection,
    Device,
    Enumerated,
    Flags,
    Integer,
    Need,
    Octets,
    Sequence,
    Text,
)
from csta.states import ConnectionState
from csta.words import Word


class DigitMode(Word):
    """How digits are sent."""

    ROTARY_PULSE = "rotaryPulse", 0
    DTMF = "dTMF", 1


class TelephonyTone(Word):
    """Tones; the last hundred and one are the switch's own."""

    BEEP = "beep", 0
    BILLING = "billing", 1
    BUSY = "busy", 2
    CARRIER = "carrier", 3
    CONFIRMATION = "confirmation", 4
    DIAL = "dial", 5
    FAX_CNG = "faxCNG", 6
    HOLD = "hold", 7
    HOWLER = "howler", 8
    INTRUSION = "intrusion", 9
    MODEM_CNG = "modemCNG", 10
    PARK = "park", 11
    RECORD_WARNING = "recordWarning", 12
    REORDER = "reorder", 13
    RINGBACK = "ringback", 14
    SILENCE = "silence", 15
    SIT_VC = "sitVC", 16
    SIT_IC = "sitIC", 17
    SIT_RO = "sitRO", 18
    SIT_NC = "sitNC", 19
    _ignore_ = "number_"
    for number_ in range(101):
        vars()[f"SWITCH_SPEC_{number_}"] = f"switchSpec{number_}", 20 + number_


@structure
class PrimaryOrSecondaryCall(Part):
    """One of the two calls whose joining failed."""

    device_id: DeviceID = element(Device())
    connection_id: ConnectionID = element(Connection())
    local_connection_state: ConnectionState = element(LOCAL_STATE)
    connection_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, default=None)


@structure
class OtherCall(Part):
    """Another device's connection in one of the two calls."""

    device_id: DeviceID = element(Device())
    connection_id: ConnectionID = element(Connection())
    local_connection_state: ConnectionState | None = element(LOCAL_STATE, default=None)
    connection_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, default=None)


@message(operation=230, no_data=True)
class AssociateDataResponse(Response):
    """Positive answer to AssociateData."""


@message(operation=230)
class AssociateData(Request):
    """Attach account, authorisation, correlator or other data to a call (ECMA-269 chapter 18, operation 230)."""

    response: ClassVar[type[Response]] = AssociateDataResponse
    existing_call: ConnectionID = element(Connection())
    account_code: bytes | None = element(Octets(32), tag=0, default=None)
    auth_code: bytes | None = element(Octets(32), tag=1, secret=True, default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=2, default=None)
    call_qualifying_data: bytes | None = element(Octets(32), tag=3, default=None)
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), tag=4, default=None)
    subject_of_call: str | None = element(Text(), tag=5, default=None)
    language_preferences: str | None = element(Text(), tag=6, default=None)
    device_info: DeviceID | None = element(Device(), tag=7, default=None)


@message(operation=231, no_data=True)
class CancelTelephonyTonesResponse(Response):
    """Positive answer to CancelTelephonyTones."""


@message(operation=231)
class CancelTelephonyTones(Request):
    """Stop a tone in a call (ECMA-269 chapter 18, operation 231)."""

    response: ClassVar[type[Response]] = CancelTelephonyTonesResponse
    connection_to_stop_tone: ConnectionID = element(Connection())


@message(operation=232, no_data=True)
class GenerateDigitsResponse(Response):
    """Positive answer to GenerateDigits."""


@message(operation=232)
class GenerateDigits(Request):
    """Send digits into a call, for the machine at its other end (ECMA-269 chapter 18, operation 232).

    ``tone_duration`` and ``pause_duration`` in milliseconds, ``pulse_rate`` in pulses per second.
    """

    response: ClassVar[type[Response]] = GenerateDigitsResponse
    connection_to_send_digits: ConnectionID = element(Connection())
    digit_mode: DigitMode | None = element(Enumerated(DigitMode), default=None)
    characters_to_send: str = element(Text())
    tone_duration: int | None = element(Integer(), tag=0, default=None)
    pulse_rate: int | None = element(Integer(), tag=1, default=None)
    pause_duration: int | None = element(Integer(), tag=2, default=None)


@message(operation=233, no_data=True)
class GenerateTelephonyTonesResponse(Response):
    """Positive answer to GenerateTelephonyTones."""


@message(operation=233)
class GenerateTelephonyTones(Request):
    """Sound a tone in a call (ECMA-269 chapter 18, operation 233); ``tone_duration`` in milliseconds."""

    response: ClassVar[type[Response]] = GenerateTelephonyTonesResponse
    connection_to_send_tone: ConnectionID = element(Connection())
    tone_to_send: TelephonyTone = element(Enumerated(TelephonyTone))
    tone_duration: int | None = element(Integer(), default=None)


@message(operation=234, no_data=True)
class SendUserInformationResponse(Response):
    """Positive answer to SendUserInformation."""


@message(operation=234)
class SendUserInformation(Request):
    """Send user data to the other parties of a call (ECMA-269 chapter 18, operation 234)."""

    response: ClassVar[type[Response]] = SendUserInformationResponse
    existing_call: ConnectionID = element(Connection())
    user_data: bytes = element(USER_DATA)


@message(operation=377)
class ChangeConnectionInformationResponse(Response):
    """Positive answer to ChangeConnectionInformation: what the connection is now."""

    actual_connection_info: ConnectionInformation = element(CONNECTION_INFORMATION)


@message(operation=377)
class ChangeConnectionInformation(Request):
    """Change the direction or the media of a connection (ECMA-269 chapter 18, operation 377)."""

    response: ClassVar[type[Response]] = ChangeConnectionInformationResponse
    connection_to_be_changed: ConnectionID = element(Connection())
    requested_connection_info: ConnectionInformation = element(CONNECTION_INFORMATION)


@message(event=(1, 0))
class CallInformation(Event):
    """Data were attached to a call, or changed (ECMA-269 chapter 18)."""

    connection: ConnectionID = element(Connection())
    device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    calling_device: Party | None = element(CALLING, default=None)
    account_info: bytes | None = element(Octets(32), tag=0, default=None)
    auth_code: bytes | None = element(Octets(32), tag=1, secret=True, default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=2, default=None)
    services_permitted: ServicesPermitted | None = element(SERVICES_PERMITTED, tag=3, default=None)
    user_data: bytes | None = element(USER_DATA, default=None)
    call_qualifying_data: bytes | None = element(Octets(32), tag=4, default=None)
    connection_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, default=None)
    call_linkage_data_list: CallLinkageDataList | None = element(CALL_LINKAGES, tag=5, default=None)
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), tag=6, default=None)
    subject_of_call: str | None = element(Text(), tag=7, default=None)
    language_preferences: str | None = element(Text(), tag=8, default=None)
    device_info: DeviceID | None = element(Device(), tag=9, default=None)


@message(event=(1, 1))
class Charging(Event):
    """What a call costs so far, or cost (ECMA-269 chapter 18)."""

    connection: ConnectionID = element(Connection())
    charged_device: DeviceID = element(Device())
    charging_info: ChargingInfo = element(structured(ChargingInfo))
    cause: EventCause | None = element(CAUSE, default=None)


@message(event=(1, 2))
class DigitsGenerated(Event):
    """Digits were sent into a call (ECMA-269 chapter 18); durations in milliseconds."""

    connection: ConnectionID = element(Connection())
    digit_generated_list: str = element(Text())
    digit_duration_list: tuple[int, ...] = element(Sequence("digitDuration", Integer()), tag=0, default=())
    pause_duration_list: tuple[int, ...] = element(Sequence("pauseDuration", Integer()), tag=1, default=())
    connection_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, default=None)


@message(event=(1, 3))
class TelephonyTonesGenerated(Event):
    """A tone sounds in a call (ECMA-269 chapter 18); frequency in hertz, durations in milliseconds."""

    connection: ConnectionID = element(Connection())
    tone_generated: TelephonyTone | None = element(Enumerated(TelephonyTone), default=None)
    tone_frequency: int | None = element(Integer(), tag=0, default=None)
    tone_duration: int | None = element(Integer(), tag=1, default=None)
    pause_duration: int | None = element(Integer(), tag=2, default=None)
    connection_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, default=None)


@message(event=(1, 4))
class ServiceCompletionFailure(Event):
    """A transfer or conference that was answered positively could not be completed (ECMA-269 chapter 18)."""

    primary_call: PrimaryOrSecondaryCall = element(structured(PrimaryOrSecondaryCall))
    secondary_call: PrimaryOrSecondaryCall | None = element(structured(PrimaryOrSecondaryCall), tag=0, default=None)
    other_devs_primary_call_list: tuple[OtherCall, ...] = element(
        Sequence("otherDevsPrimaryCall", structured(OtherCall)), tag=1, default=()
    )
    other_devs_secondary_call_list: tuple[OtherCall, ...] = element(
        Sequence("otherDevsSecondaryCall", structured(OtherCall)), tag=2, default=()
    )
    media_call_characteristics: MediaCallCharacteristics | None = element(MEDIA_CHARACTERISTICS, tag=3, default=None)
    cause: EventCause | None = element(CAUSE, need=Need.TO_SEND, default=None)
