"""Call control services for calls that exist: what can be asked of them (ECMA-269 chapter 17.1)."""

from typing import ClassVar

from csta.causes import EventCause
from csta.identifiers import ConnectionID, DeviceID
from csta.messages.base import Request, Response
from csta.messages.enumerations import AutoOriginate, CallCharacteristic, ConsultOption, ParticipationType
from csta.messages.parameters import CAUSE, CORRELATOR, USER_DATA
from csta.messages.structures import (
    CALL_LINKAGES,
    CONNECTION_INFORMATION,
    CONNECTION_LIST,
    CallLinkageDataList,
    ConnectionInformation,
    ConnectionListItem,
)
from csta.schema.elements import element, message
from csta.schema.kinds import (
    Boolean,
    Connection,
    Device,
    DeviceSequence,
    Enumerated,
    Flags,
    Octets,
    Sequence,
    Text,
    Wire,
)


@message(operation=1, no_data=True)
class AlternateCallResponse(Response):
    """Positive answer to AlternateCall."""


@message(operation=1)
class AlternateCall(Request):
    """Hold the active call and take up the held one, in one step (ECMA-269 chapter 17.1, operation 1).

    ``consult_options`` says what the call taken up may become.
    """

    response: ClassVar[type[Response]] = AlternateCallResponse
    held_call: ConnectionID = element(Connection())
    active_call: ConnectionID = element(Connection())
    connection_reservation: bool | None = element(Boolean(), default=None)
    consult_options: ConsultOption | None = element(Enumerated(ConsultOption), default=None)


@message(operation=2, no_data=True)
class AnswerCallResponse(Response):
    """Positive answer to AnswerCall."""


@message(operation=2)
class AnswerCall(Request):
    """Answer an alerting connection (ECMA-269 17.1.3, operation 2)."""

    response: ClassVar[type[Response]] = AnswerCallResponse
    call_to_be_answered: ConnectionID = element(Connection())
    correlator_data: bytes | None = element(CORRELATOR, default=None)
    user_data: bytes | None = element(USER_DATA, default=None)


@message(operation=4, no_data=True)
class ClearCallResponse(Response):
    """Positive answer to ClearCall."""


@message(operation=4)
class ClearCall(Request):
    """End a call for all its devices (ECMA-269 17.1.7, operation 4)."""

    response: ClassVar[type[Response]] = ClearCallResponse
    call_to_be_cleared: ConnectionID = element(Connection())
    user_data: bytes | None = element(USER_DATA, default=None)
    reason: EventCause | None = element(CAUSE, default=None)


@message(operation=5, no_data=True)
class ClearConnectionResponse(Response):
    """Positive answer to ClearConnection."""


@message(operation=5)
class ClearConnection(Request):
    """Take one device out of its call (ECMA-269 17.1.8, operation 5)."""

    response: ClassVar[type[Response]] = ClearConnectionResponse
    connection_to_be_cleared: ConnectionID = element(Connection())
    correlator_data: bytes | None = element(CORRELATOR, default=None)
    user_data: bytes | None = element(USER_DATA, default=None)
    reason: EventCause | None = element(CAUSE, default=None)


@message(operation=6)
class ConferenceCallResponse(Response):
    """Positive answer to ConferenceCall: the device's connection in the resulting call."""

    conference_call: ConnectionID = element(Connection())
    connections: tuple[ConnectionListItem, ...] = element(CONNECTION_LIST, tag=0, default=())
    conference_call_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, tag=1, default=None)
    call_linkage_data_list: CallLinkageDataList | None = element(CALL_LINKAGES, tag=2, default=None)


@message(operation=6)
class ConferenceCall(Request):
    """Join a device's held call and its active one into a conference (ECMA-269 chapter 17.1, operation 6)."""

    response: ClassVar[type[Response]] = ConferenceCallResponse
    held_call: ConnectionID = element(Connection())
    active_call: ConnectionID = element(Connection())


@message(operation=9, no_data=True)
class HoldCallResponse(Response):
    """Positive answer to HoldCall."""


@message(operation=9)
class HoldCall(Request):
    """Put a connected call on hold (ECMA-269 17.1.15, operation 9)."""

    response: ClassVar[type[Response]] = HoldCallResponse
    call_to_be_held: ConnectionID = element(Connection())
    connection_reservation: bool | None = element(Boolean(), default=None)


@message(operation=13, no_data=True)
class ReconnectCallResponse(Response):
    """Positive answer to ReconnectCall."""


@message(operation=13)
class ReconnectCall(Request):
    """Clear the active call and take up the held one (ECMA-269 chapter 17.1, operation 13)."""

    response: ClassVar[type[Response]] = ReconnectCallResponse
    active_call: ConnectionID = element(Connection())
    held_call: ConnectionID = element(Connection())


@message(operation=14, no_data=True)
class RetrieveCallResponse(Response):
    """Positive answer to RetrieveCall."""


@message(operation=14)
class RetrieveCall(Request):
    """Take a held call back (ECMA-269 17.1.23, operation 14)."""

    response: ClassVar[type[Response]] = RetrieveCallResponse
    call_to_be_retrieved: ConnectionID = element(Connection())


@message(operation=16)
class TransferCallResponse(Response):
    """Positive answer to TransferCall: the resulting call."""

    transferred_call: ConnectionID = element(Connection())
    connections: tuple[ConnectionListItem, ...] = element(CONNECTION_LIST, tag=0, default=())
    transferred_call_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, tag=1, default=None)
    call_linkage_data_list: CallLinkageDataList | None = element(CALL_LINKAGES, tag=2, default=None)


@message(operation=16)
class TransferCall(Request):
    """Join a device's held call and its active one, and take the device out (ECMA-269 17.1.27, operation 16)."""

    response: ClassVar[type[Response]] = TransferCallResponse
    held_call: ConnectionID = element(Connection())
    active_call: ConnectionID = element(Connection())


@message(operation=20)
class SingleStepConferenceCallResponse(Response):
    """Positive answer to SingleStepConferenceCall: the new device's connection."""

    conferenced_call: ConnectionID = element(Connection())
    conferenced_call_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, default=None)
    call_linkage_data_list: CallLinkageDataList | None = element(CALL_LINKAGES, tag=1, default=None)


@message(operation=20)
class SingleStepConferenceCall(Request):
    """Bring one more device into an existing call in one step (ECMA-269 chapter 17.1, operation 20)."""

    response: ClassVar[type[Response]] = SingleStepConferenceCallResponse
    active_call: ConnectionID = element(Connection())
    device_to_join: DeviceID = element(Device())
    participation_type: ParticipationType | None = element(Enumerated(ParticipationType), default=None)
    account_code: bytes | None = element(Octets(32), tag=0, default=None)
    auth_code: bytes | None = element(Octets(32), tag=1, secret=True, default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=2, default=None)
    user_data: bytes | None = element(USER_DATA, default=None)
    subject_of_call: str | None = element(Text(), tag=3, default=None)
    language_preferences: str | None = element(Text(), tag=4, default=None)


@message(operation=50)
class SingleStepTransferCallResponse(Response):
    """Positive answer to SingleStepTransferCall: the destination's connection in the resulting call."""

    transferred_call: ConnectionID = element(Connection())
    connections: tuple[ConnectionListItem, ...] = element(CONNECTION_LIST, tag=0, default=())
    transferred_call_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, tag=1, default=None)
    call_linkage_data_list: CallLinkageDataList | None = element(CALL_LINKAGES, tag=2, default=None)


@message(operation=50)
class SingleStepTransferCall(Request):
    """Replace a connected device by another in one step (ECMA-269 17.1.26, operation 50)."""

    response: ClassVar[type[Response]] = SingleStepTransferCallResponse
    active_call: ConnectionID = element(Connection())
    transferred_to: DeviceID = element(Device())
    account_code: bytes | None = element(Octets(32), tag=0, default=None)
    auth_code: bytes | None = element(Octets(32), tag=1, secret=True, default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=2, default=None)
    user_data: bytes | None = element(USER_DATA, default=None)
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), tag=3, default=None)
    subject_of_call: str | None = element(Text(), tag=4, default=None)
    language_preferences: str | None = element(Text(), tag=5, default=None)
    reason: EventCause | None = element(CAUSE, tag=6, default=None)


@message(operation=218, no_data=True)
class DeflectCallResponse(Response):
    """Positive answer to DeflectCall."""


@message(operation=218)
class DeflectCall(Request):
    """Send an alerting or queued call elsewhere (ECMA-269 17.1.11, operation 218).

    The destination rings afterwards, and the call keeps its identifier. Further destinations are for BER alone.
    """

    response: ClassVar[type[Response]] = DeflectCallResponse
    call_to_be_diverted: ConnectionID = element(Connection())
    new_destination: DeviceID = element(DeviceSequence("device"))
    further_destinations: tuple[DeviceID, ...] = element(
        Sequence("device", Device()), name="addNewDestinationsList", wire=Wire.BER, default=()
    )
    correlator_data: bytes | None = element(CORRELATOR, default=None)
    user_data: bytes | None = element(USER_DATA, default=None)
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), tag=0, default=None)
    subject_of_call: str | None = element(Text(), tag=1, default=None)
    language_preferences: str | None = element(Text(), tag=2, default=None)
    reason: EventCause | None = element(CAUSE, tag=3, default=None)


@message(operation=223)
class JoinCallResponse(Response):
    """Positive answer to JoinCall: the new device's connection."""

    conferenced_call: ConnectionID = element(Connection())
    conferenced_call_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, default=None)
    call_linkage_data_list: CallLinkageDataList | None = element(CALL_LINKAGES, tag=1, default=None)


@message(operation=223)
class JoinCall(Request):
    """Let a device join an existing call on its own request (ECMA-269 chapter 17.1, operation 223)."""

    response: ClassVar[type[Response]] = JoinCallResponse
    active_call: ConnectionID = element(Connection())
    joining_device: DeviceID = element(Device())
    auto_originate: AutoOriginate | None = element(Enumerated(AutoOriginate), tag=0, default=None)
    participation_type: ParticipationType | None = element(Enumerated(ParticipationType), tag=1, default=None)
    account_code: bytes | None = element(Octets(32), tag=2, default=None)
    auth_code: bytes | None = element(Octets(32), tag=3, secret=True, default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=4, default=None)
    user_data: bytes | None = element(USER_DATA, default=None)
