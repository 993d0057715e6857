"""The routing dialogue: the switch asks where a call shall go (ECMA-269 chapter 20)."""

from typing import ClassVar

from csta.failures import Failure
from csta.identifiers import ConnectionID, DeviceID, Party, Presentation
from csta.messages.base import Notice, Request, Response
from csta.messages.enumerations import CallCharacteristic, MediaClass
from csta.messages.parameters import CORRELATOR, ROUTEING_CROSS_REF
from csta.messages.structures import (
    CALL_LINKAGE,
    CONNECTION_INFORMATION,
    DEVICE_HISTORY,
    MEDIA_CHARACTERISTICS,
    MESSAGE_INFOS,
    CallLinkageData,
    ConnectionInformation,
    FormerDevice,
    MediaCallCharacteristics,
    MessageInfo,
)
from csta.schema.elements import chosen, element, message, structure
from csta.schema.kinds import (
    ASSOCIATED_CALLED,
    ASSOCIATED_CALLING,
    CALLED,
    CALLING,
    SUBJECT,
    Boolean,
    Connection,
    Device,
    Enumerated,
    FailureChoice,
    Flags,
    Identifier,
    Integer,
    Need,
    Sequence,
    Text,
)
from csta.words import Word


class RouteSelectAlgorithm(Word):
    """By which rule the switch wants the call to be routed."""

    NORMAL = "normal", 0
    LEAST_COST = "leastCost", 1
    EMERGENCY = "emergency", 2
    ACD = "aCD", 3
    USER_DEFINED = "userDefined", 4


class RejectCause(Word):
    """Why a call was not routed."""

    BUSY_OVERFLOW = "busyOverflow", 1
    QUEUE_TIME_OVERFLOW = "queueTimeOverflow", 2
    CAPACITY_OVERFLOW = "capacityOverflow", 3
    CALENDAR_OVERFLOW = "calendarOverflow", 4
    UNKNOWN_OVERFLOW = "unknownOverflow", 5


@structure
class RemainingRetries:
    """How many more routes the router has; exactly one of the three."""

    no_count_available: bool | None = element(Boolean(), tag=1, default=None)
    no_list_available: bool | None = element(Boolean(), tag=0, default=None)
    retry_count: int | None = element(Integer(), tag=2, default=None)


@message(operation=31)
class RouteRequest(Notice):
    """The switch asks where a call shall go (ECMA-269 chapter 20, operation 31).

    ``reply_timeout`` in milliseconds: after it the switch routes by itself and ends the dialogue. ``routed_call`` is
    absent where only a route is asked for.
    """

    cross_ref_identifier: str = element(ROUTEING_CROSS_REF)
    route_register_req_id: str | None = element(Identifier(), tag=0, default=None)
    current_route: Party = element(CALLED, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    calling_device: Party | None = element(CALLING, default=None)
    routeing_device: Party | None = element(SUBJECT, default=None)
    routed_call: ConnectionID | None = element(Connection(), default=None)
    route_sel_algorithm: RouteSelectAlgorithm | None = element(Enumerated(RouteSelectAlgorithm), tag=1, default=None)
    associated_calling_device: Party | None = element(ASSOCIATED_CALLING, default=None)
    associated_called_device: Party | None = element(ASSOCIATED_CALLED, default=None)
    priority: bool | None = element(Boolean(), tag=2, default=None)
    reply_timeout: int | None = element(Integer(), tag=3, default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=4, default=None)
    media_call_characteristics: MediaCallCharacteristics | None = element(MEDIA_CHARACTERISTICS, tag=5, default=None)
    call_characteristics: frozenset[CallCharacteristic] | None = element(Flags(CallCharacteristic), tag=6, default=None)
    route_call_info: ConnectionInformation | None = element(CONNECTION_INFORMATION, tag=7, default=None)
    call_linkage_data: CallLinkageData | None = element(CALL_LINKAGE, tag=8, default=None)
    subject_of_call: str | None = element(Text(), tag=9, default=None)
    message_info: tuple[MessageInfo, ...] = element(MESSAGE_INFOS, tag=10, default=())
    language_preferences: str | None = element(Text(), tag=11, default=None)
    device_history: tuple[FormerDevice, ...] = element(DEVICE_HISTORY, tag=12, default=())


@message(operation=32)
class ReRoute(Notice):
    """The switch asks for another route, the last one led nowhere (ECMA-269 chapter 20, operation 32).

    ``reply_timeout`` in ms.
    """

    cross_ref_identifier: str = element(ROUTEING_CROSS_REF)
    route_register_req_id: str | None = element(Identifier(), tag=0, default=None)
    reply_timeout: int | None = element(Integer(), tag=1, default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=2, default=None)
    call_linkage_data: CallLinkageData | None = element(CALL_LINKAGE, tag=3, default=None)


@message(operation=33)
class RouteSelect(Notice):
    """Tell where the call shall go, and where else if that fails (ECMA-269 chapter 20, operation 33)."""

    cross_ref_identifier: str = element(ROUTEING_CROSS_REF)
    route_register_req_id: str | None = element(Identifier(), tag=0, default=None)
    route_selected: DeviceID = element(Device(), tag=1, explicit=True)
    alternate_routes: tuple[DeviceID, ...] = element(Sequence("deviceID", Device()), tag=2, default=())
    remain_retries: RemainingRetries | None = element(chosen(RemainingRetries), tag=3, default=None)
    route_used_req: bool | None = element(Boolean(), tag=4, default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=5, default=None)


@message(operation=34)
class RouteUsed(Notice):
    """The switch tells where the call went (ECMA-269 chapter 20, operation 34).

    ``domain`` whether that is outside of its own domain.
    """

    cross_ref_identifier: str = element(ROUTEING_CROSS_REF)
    route_register_req_id: str | None = element(Identifier(), tag=0, default=None)
    route_used: Party = element(CALLED, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    calling_device: Party | None = element(CALLING, default=None)
    domain: bool | None = element(Boolean(), default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=1, default=None)
    call_linkage_data: CallLinkageData | None = element(CALL_LINKAGE, tag=2, default=None)


@message(operation=35)
class RouteEnd(Notice):
    """Either side ends a dialogue (ECMA-269 chapter 20, operation 35), with the reason where it went wrong."""

    cross_ref_identifier: str = element(ROUTEING_CROSS_REF)
    route_register_req_id: str | None = element(Identifier(), tag=0, default=None)
    error_value: Failure | None = element(FailureChoice(), tag=1, default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=2, default=None)


@message(operation=36)
class RouteReject(Notice):
    """Decline to route a call, which the switch then treats as the cause says (ECMA-269 chapter 20, operation 36)."""

    cross_ref_identifier: str = element(ROUTEING_CROSS_REF)
    route_register_req_id: str | None = element(Identifier(), tag=0, default=None)
    reject_cause: RejectCause | None = element(Enumerated(RejectCause), tag=1, default=None)
    correlator_data: bytes | None = element(CORRELATOR, tag=2, default=None)


@message(operation=248)
class RouteRegisterResponse(Response):
    """Positive answer to RouteRegister: the identity that route requests will name."""

    route_register_req_id: str = element(Identifier())
    actual_routeing_media_class: frozenset[MediaClass] | None = element(Flags(MediaClass), default=None)


@message(operation=248)
class RouteRegister(Request):
    """Offer to route the calls of a routing device, or of all (ECMA-269 chapter 20, operation 248)."""

    response: ClassVar[type[Response]] = RouteRegisterResponse
    routeing_device: DeviceID | None = element(Device(), default=None)
    requested_routeing_media_class: frozenset[MediaClass] | None = element(Flags(MediaClass), default=None)


@message(operation=249)
class RouteRegisterAbort(Notice):
    """The switch ends a registration for routing (ECMA-269 chapter 20, operation 249)."""

    route_register_req_id: str = element(Identifier())


@message(operation=250, no_data=True)
class RouteRegisterCancelResponse(Response):
    """Positive answer to RouteRegisterCancel."""


@message(operation=250)
class RouteRegisterCancel(Request):
    """Give up a registration for routing (ECMA-269 chapter 20, operation 250)."""

    response: ClassVar[type[Response]] = RouteRegisterCancelResponse
    route_register_req_id: str = element(Identifier())
