"""Call control services: what can be asked of calls (ECMA-269 chapter 17.1)."""

from dataclasses import dataclass
from typing import ClassVar

from csta.causes import EventCause
from csta.identifiers import ConnectionID, DeviceID, Party
from csta.messages.base import ForeignElement, Request, Response


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionListItem:
    """How one party's connection changed its name when a call was transferred or joined (ECMA-269 12.2).

    A party that came anew has no old connection, one that left has no new one.
    """

    new_connection: ConnectionID | None = None
    old_connection: ConnectionID | None = None
    endpoint: Party | None = None
    extra: tuple[ForeignElement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeCallResponse(Response):
    """Positive answer to MakeCall: the caller's connection in the new call."""

    calling_device: ConnectionID


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeCall(Request):
    """Call a number from a device (ECMA-269 17.1.18, operation 10)."""

    response: ClassVar[type[Response]] = MakeCallResponse
    calling_device: DeviceID
    called_directory_number: DeviceID
    correlator_data: bytes | None = None
    user_data: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCallResponse(Response):
    """Positive answer to AnswerCall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCall(Request):
    """Answer an alerting connection (ECMA-269 17.1.3, operation 2)."""

    response: ClassVar[type[Response]] = AnswerCallResponse
    call_to_be_answered: ConnectionID


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearConnectionResponse(Response):
    """Positive answer to ClearConnection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearConnection(Request):
    """Take one device out of its call (ECMA-269 17.1.8, operation 5)."""

    response: ClassVar[type[Response]] = ClearConnectionResponse
    connection_to_be_cleared: ConnectionID
    reason: EventCause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearCallResponse(Response):
    """Positive answer to ClearCall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearCall(Request):
    """End a call for all its devices (ECMA-269 17.1.7, operation 4)."""

    response: ClassVar[type[Response]] = ClearCallResponse
    call_to_be_cleared: ConnectionID
    reason: EventCause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeflectCallResponse(Response):
    """Positive answer to DeflectCall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeflectCall(Request):
    """Send an alerting or queued call elsewhere (ECMA-269 17.1.11, operation 218).

    The destination rings afterwards, and the call keeps its identifier.
    """

    response: ClassVar[type[Response]] = DeflectCallResponse
    call_to_be_diverted: ConnectionID
    new_destination: DeviceID
    correlator_data: bytes | None = None
    user_data: bytes | None = None
    reason: EventCause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleStepTransferCallResponse(Response):
    """Positive answer to SingleStepTransferCall: the destination's connection in the resulting call."""

    transferred_call: ConnectionID
    connections: tuple[ConnectionListItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleStepTransferCall(Request):
    """Replace a connected device by another in one step (ECMA-269 17.1.26, operation 50)."""

    response: ClassVar[type[Response]] = SingleStepTransferCallResponse
    active_call: ConnectionID
    transferred_to: DeviceID
    correlator_data: bytes | None = None
    user_data: bytes | None = None
    reason: EventCause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldCallResponse(Response):
    """Positive answer to HoldCall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldCall(Request):
    """Put a connected call on hold (ECMA-269 17.1.15, operation 9)."""

    response: ClassVar[type[Response]] = HoldCallResponse
    call_to_be_held: ConnectionID


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrieveCallResponse(Response):
    """Positive answer to RetrieveCall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrieveCall(Request):
    """Take a held call back (ECMA-269 17.1.23, operation 14)."""

    response: ClassVar[type[Response]] = RetrieveCallResponse
    call_to_be_retrieved: ConnectionID


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationCallResponse(Response):
    """Positive answer to ConsultationCall: the consulting device's connection in the new call."""

    initiated_call: ConnectionID


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationCall(Request):
    """Hold a call and make another from the same device (ECMA-269 17.1.10, operation 7)."""

    response: ClassVar[type[Response]] = ConsultationCallResponse
    existing_call: ConnectionID
    consulted_device: DeviceID
    correlator_data: bytes | None = None
    user_data: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferCallResponse(Response):
    """Positive answer to TransferCall: the resulting call."""

    transferred_call: ConnectionID
    connections: tuple[ConnectionListItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferCall(Request):
    """Join a device's held call and its active one, and take the device out (ECMA-269 17.1.27, operation 16)."""

    response: ClassVar[type[Response]] = TransferCallResponse
    held_call: ConnectionID
    active_call: ConnectionID
