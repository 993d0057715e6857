"""Call control services that make calls, or bring others into them (ECMA-269 chapter 17.1)."""

from datetime import datetime
from typing import ClassVar

from csta.causes import EventCause
from csta.identifiers import ConnectionID, DeviceID
from csta.messages.base import Part, Request, Response
from csta.messages.enumerations import AutoOriginate, CallCharacteristic, ConsultOption, ParticipationType
from csta.messages.parameters import CAUSE, CORRELATOR, USER_DATA
from csta.messages.structures import (
    CALL_LINKAGE,
    CALL_LINKAGES,
    CONNECTION_INFORMATION,
    MEDIA_CHARACTERISTICS,
    MESSAGE_INFOS,
    CallLinkageData,
    CallLinkageDataList,
    ConnectionInformation,
    MediaCallCharacteristics,
    MessageInfo,
)
from csta.schema.elements import element, message, structure, structured
from csta.schema.kinds import (
    Boolean,
    Connection,
    Device,
    Enumerated,
    Flags,
    Integer,
    Need,
    Octets,
    Sequence,
    Text,
    Time,
)
from csta.words import Word


class SignallingCondition(Word):
    """What the network must signal of a predictive call."""

    CALL_DELIVERED = "callDelivered", 0
    CALL_ESTABLISHED = "callEstablished", 1


class SignallingConditionsAction(Word):
    """What follows when it was signalled."""

    DESTINATION_DETECTION = "destinationDetection", 0
    REMAIN_CONNECTED = "remainConnected", 1


class DetectionAction(Word):
    """What becomes of a predictive call."""

    CLEAR_CALLED_CONNECTION = "clearCalledConnection", 0
    REMAIN_CONNECTED = "remainConnected", 1


class DestinationCondition(Word):
    """Who answered a predictive call."""

    HUMAN_VOICE = "humanVoice", 0
    ANSWERING_MACHINE = "answeringMachine", 1
    FACSIMILE_MACHINE = "facsimileMachine", 2


@structure
class SignallingDetection(Part):
    """What the network must signal before a predictive call goes on, and how it goes on."""

    signalling_condition: SignallingCondition = element(Enumerated(SignallingCondition))
    signalling_conditions_action: SignallingConditionsAction = element(Enumerated(SignallingConditionsAction))


@structure
class DetectionItem(Part):
    """What a predictive call does when it finds such an answerer."""

    destination_condition: DestinationCondition = element(Enumerated(DestinationCondition))
    detection_action: DetectionAction = element(Enumerated(DetectionAction))


@message(operation=7)
class ConsultationCallResponse(Response):
    """Positive answer to ConsultationCall: the consulting device's connection in the new call."""

    initiated_call: ConnectionID = element(Connection())
    media_call_characteristics: MediaCallCharacteristics | None = element(MEDIA_CHARACTERISTICS, tag=0, default=None)
    initiated_call_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, tag=1, default=None)
    call_linkage_data: CallLinkageData | None = element(CALL_LINKAGE, tag=2, default=None)


@message(operation=7)
class ConsultationCall(Request):
    """Hold a call and make another from the same device (ECMA-269 17.1.10, operation 7)."""

    response: ClassVar[type[Response]] = ConsultationCallResponse
    existing_call: ConnectionID = element(Connection(), tag=0)
    consulted_device: DeviceID = element(Device(), tag=1, explicit=True)
    connection_reservation: bool | None = element(Boolean(), tag=2, default=None)
    account_code: bytes | None = element(Octets(32), tag=3, default=None)
    auth_code: bytes | None = element(Octets(32), tag=4, secret=True, default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=5, default=None)
    user_data: bytes | None = element(USER_DATA, tag=6, default=None)
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), tag=7, default=None)
    media_call_characteristics: MediaCallCharacteristics | None = element(MEDIA_CHARACTERISTICS, tag=8, default=None)
    calling_connection_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, tag=9, default=None)
    consult_options: ConsultOption | None = element(Enumerated(ConsultOption), tag=10, default=None)
    subject_of_call: str | None = element(Text(), tag=11, default=None)
    language_preferences: str | None = element(Text(), tag=12, default=None)


@message(operation=10)
class MakeCallResponse(Response):
    """Positive answer to MakeCall: the caller's connection in the new call."""

    calling_device: ConnectionID = element(Connection())
    media_call_characteristics: MediaCallCharacteristics | None = element(MEDIA_CHARACTERISTICS, tag=0, default=None)
    initiated_call_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, tag=1, default=None)
    call_linkage_data: CallLinkageData | None = element(CALL_LINKAGE, tag=2, default=None)


@message(operation=10)
class MakeCall(Request):
    """Call a number from a device (ECMA-269 17.1.18, operation 10).

    ``auto_originate`` says whether the device rings first until its user goes off-hook.
    """

    response: ClassVar[type[Response]] = MakeCallResponse
    calling_device: DeviceID = element(Device())
    called_directory_number: DeviceID = element(Device())
    account_code: bytes | None = element(Octets(32), tag=0, default=None)
    auth_code: bytes | None = element(Octets(32), tag=1, secret=True, default=None)
    auto_originate: AutoOriginate | None = element(Enumerated(AutoOriginate), tag=3, default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=2, default=None)
    user_data: bytes | None = element(USER_DATA, default=None)
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), default=None)
    media_call_characteristics: MediaCallCharacteristics | None = element(MEDIA_CHARACTERISTICS, tag=4, default=None)
    calling_connection_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, tag=5, default=None)
    subject_of_call: str | None = element(Text(), tag=6, default=None)
    language_preferences: str | None = element(Text(), tag=7, default=None)
    reason: EventCause | None = element(CAUSE, tag=8, default=None)


@message(operation=11)
class MakePredictiveCallResponse(Response):
    """Positive answer to MakePredictiveCall: the called device's connection, or the call."""

    initiated_call: ConnectionID = element(Connection())
    initiated_call_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, default=None)
    call_linkage_data: CallLinkageData | None = element(CALL_LINKAGE, tag=1, default=None)


@message(operation=11)
class MakePredictiveCall(Request):
    """Call a number for nobody yet.

    The calling device is brought in when the called one answers (ECMA-269 chapter 17.1, operation 11).
    """

    response: ClassVar[type[Response]] = MakePredictiveCallResponse
    calling_device: DeviceID = element(Device())
    called_directory_number: DeviceID = element(Device())
    signalling_detection: SignallingDetection | None = element(structured(SignallingDetection), tag=0, default=None)
    destination_detection: tuple[DetectionItem, ...] = element(
        Sequence("detectionItem", structured(DetectionItem)), tag=1, default=()
    )
    default_action: DetectionAction | None = element(Enumerated(DetectionAction), tag=2, default=None)
    account_code: bytes | None = element(Octets(32), tag=3, default=None)
    auth_code: bytes | None = element(Octets(32), tag=4, secret=True, default=None)
    auto_originate: AutoOriginate | None = element(Enumerated(AutoOriginate), tag=5, default=None)
    alert_time: int | None = element(Integer(), tag=6, default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=7, default=None)
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), tag=8, default=None)
    user_data: bytes | None = element(USER_DATA, default=None)
    subject_of_call: str | None = element(Text(), tag=9, default=None)
    language_preferences: str | None = element(Text(), tag=10, default=None)


@message(operation=18)
class ParkCallResponse(Response):
    """Positive answer to ParkCall: where the call waits."""

    parked_to: ConnectionID | None = element(Connection(), default=None)
    call_linkage_data: CallLinkageData | None = element(CALL_LINKAGE, tag=1, default=None)


@message(operation=18)
class ParkCall(Request):
    """Move a call to another device where it waits to be picked up (ECMA-269 chapter 17.1, operation 18)."""

    response: ClassVar[type[Response]] = ParkCallResponse
    parking: ConnectionID = element(Connection())
    park_to: DeviceID = element(Device())
    correlator_data: bytes | None = element(CORRELATOR, default=None)
    subject_of_call: str | None = element(Text(), tag=0, default=None)
    language_preferences: str | None = element(Text(), tag=1, default=None)


@message(operation=214, no_data=True)
class AcceptCallResponse(Response):
    """Positive answer to AcceptCall."""


@message(operation=214)
class AcceptCall(Request):
    """Let a call that is offered to a device go on to alert there (ECMA-269 chapter 17.1, operation 214)."""

    response: ClassVar[type[Response]] = AcceptCallResponse
    call_to_be_accepted: ConnectionID = element(Connection())
    correlator_data: bytes | None = element(CORRELATOR, default=None)
    user_data: bytes | None = element(USER_DATA, default=None)


@message(operation=215)
class CallBackResponse(Response):
    """Positive answer to CallBack, with the device that will be called."""

    target_device: DeviceID | None = element(Device(), default=None)


@message(operation=215)
class CallBack(Request):
    """Have the switch call back when a busy or silent device is free again (ECMA-269 chapter 17.1, operation 215)."""

    response: ClassVar[type[Response]] = CallBackResponse
    callback_connection: ConnectionID = element(Connection())
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), default=None)
    subject_of_call: str | None = element(Text(), tag=0, default=None)
    language_preferences: str | None = element(Text(), tag=1, default=None)


@message(operation=216)
class CallBackMessageResponse(Response):
    """Positive answer to CallBackMessage, with the device that has the message."""

    target_device: DeviceID | None = element(Device(), default=None)


@message(operation=216)
class CallBackMessage(Request):
    """Leave the called device a message that asks its user to call back (ECMA-269 chapter 17.1, operation 216)."""

    response: ClassVar[type[Response]] = CallBackMessageResponse
    callback_message_connection: ConnectionID = element(Connection())


@message(operation=217, no_data=True)
class CamponCallResponse(Response):
    """Positive answer to CamponCall."""


@message(operation=217)
class CamponCall(Request):
    """Wait at a busy called device until it is free (ECMA-269 chapter 17.1, operation 217)."""

    response: ClassVar[type[Response]] = CamponCallResponse
    campon_connection: ConnectionID = element(Connection())


@message(operation=219, no_data=True)
class DialDigitsResponse(Response):
    """Positive answer to DialDigits."""


@message(operation=219)
class DialDigits(Request):
    """Dial on, in a call whose number is not complete (ECMA-269 chapter 17.1, operation 219)."""

    response: ClassVar[type[Response]] = DialDigitsResponse
    dialling_connection: ConnectionID = element(Connection())
    dialling_sequence: DeviceID = element(Device())
    correlator_data: bytes | None = element(CORRELATOR, default=None)


@message(operation=220)
class DirectedPickupCallResponse(Response):
    """Positive answer to DirectedPickupCall: the new device's connection."""

    picked_call: ConnectionID | None = element(Connection(), default=None)
    picked_call_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, default=None)
    call_linkage_data: CallLinkageData | None = element(CALL_LINKAGE, tag=1, default=None)


@message(operation=220)
class DirectedPickupCall(Request):
    """Take a call that alerts or waits elsewhere to another device (ECMA-269 chapter 17.1, operation 220).

    The requesting device is connected at once, other than after DeflectCall.
    """

    response: ClassVar[type[Response]] = DirectedPickupCallResponse
    call_to_be_picked_up: ConnectionID = element(Connection())
    requesting_device: DeviceID = element(Device())
    correlator_data: bytes | None = element(CORRELATOR, default=None)
    user_data: bytes | None = element(USER_DATA, default=None)


@message(operation=221)
class GroupPickupCallResponse(Response):
    """Positive answer to GroupPickupCall: the connection that took the call."""

    picked_call: ConnectionID | None = element(Connection(), default=None)
    picked_call_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, default=None)
    call_linkage_data: CallLinkageData | None = element(CALL_LINKAGE, tag=1, default=None)


@message(operation=221)
class GroupPickupCall(Request):
    """Take a call that alerts at any device of a pick-up group (ECMA-269 chapter 17.1, operation 221).

    The device's own group where none is given.
    """

    response: ClassVar[type[Response]] = GroupPickupCallResponse
    new_destination: DeviceID = element(Device())
    pick_group: DeviceID | None = element(Device(), default=None)
    correlator_data: bytes | None = element(CORRELATOR, default=None)
    user_data: bytes | None = element(USER_DATA, default=None)


@message(operation=222)
class IntrudeCallResponse(Response):
    """Positive answer to IntrudeCall: the intruder's connection."""

    conferenced_call: ConnectionID | None = element(Connection(), default=None)
    conferenced_call_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, default=None)
    call_linkage_data_list: CallLinkageDataList | None = element(CALL_LINKAGES, tag=1, default=None)


@message(operation=222)
class IntrudeCall(Request):
    """Enter the call of a busy called device (ECMA-269 chapter 17.1, operation 222)."""

    response: ClassVar[type[Response]] = IntrudeCallResponse
    intrude: ConnectionID = element(Connection())
    participation_type: ParticipationType | None = element(Enumerated(ParticipationType), default=None)
    user_data: bytes | None = element(USER_DATA, default=None)


@message(operation=375)
class MakeConnectionResponse(Response):
    """Positive answer to MakeConnection: the device's connection."""

    initiating_device: ConnectionID = element(Connection())
    media_call_characteristics: MediaCallCharacteristics | None = element(MEDIA_CHARACTERISTICS, tag=0, default=None)
    initiated_call_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, tag=1, default=None)
    call_linkage_data: CallLinkageData | None = element(CALL_LINKAGE, tag=2, default=None)


@message(operation=375)
class MakeConnection(Request):
    """Put a device into a call of its own, to which others can be joined (ECMA-269 chapter 17.1, operation 375)."""

    response: ClassVar[type[Response]] = MakeConnectionResponse
    initiating_device: DeviceID = element(Device())
    account_code: bytes | None = element(Octets(32), tag=0, default=None)
    auth_code: bytes | None = element(Octets(32), tag=1, secret=True, default=None)
    auto_originate: AutoOriginate | None = element(Enumerated(AutoOriginate), tag=2, default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=3, default=None)
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), tag=4, default=None)
    media_call_characteristics: MediaCallCharacteristics | None = element(MEDIA_CHARACTERISTICS, tag=5, default=None)
    connection_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, tag=6, default=None)
    subject_of_call: str | None = element(Text(), tag=7, default=None)
    language_preferences: str | None = element(Text(), tag=8, default=None)
    reason: EventCause | None = element(CAUSE, tag=9, default=None)
    max_devices: int | None = element(Integer(), tag=10, default=None)
    start_time: datetime | None = element(Time(), tag=11, default=None)
    duration: int | None = element(Integer(), tag=12, default=None)


@message(operation=376)
class SendMessageResponse(Response):
    """Positive answer to SendMessage: the connections that were made."""

    connection_list: tuple[ConnectionID, ...] = element(
        Sequence("connection", Connection()), need=Need.TO_SEND, default=()
    )
    media_call_characteristics: MediaCallCharacteristics | None = element(MEDIA_CHARACTERISTICS, default=None)
    list_of_call_linkage_data: tuple[CallLinkageData, ...] = element(
        Sequence("callLinkageData", structured(CallLinkageData)), tag=1, default=()
    )


@message(operation=376)
class SendMessage(Request):
    """Send text to devices as a call of the class message (ECMA-269 chapter 17.1, operation 376)."""

    response: ClassVar[type[Response]] = SendMessageResponse
    calling_device: DeviceID = element(Device())
    destination_devices: tuple[DeviceID, ...] = element(Sequence("device", Device()), need=Need.TO_SEND, default=())
    message_info: tuple[MessageInfo, ...] = element(MESSAGE_INFOS, need=Need.TO_SEND, default=())
    account_code: bytes | None = element(Octets(32), tag=0, default=None)
    auth_code: bytes | None = element(Octets(32), tag=1, secret=True, default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=2, default=None)
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), tag=3, default=None)
    media_call_characteristics: MediaCallCharacteristics | None = element(MEDIA_CHARACTERISTICS, tag=4, default=None)
    subject_of_call: str | None = element(Text(), tag=5, default=None)
    language_preferences: str | None = element(Text(), tag=6, default=None)
