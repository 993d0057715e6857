"""Logical-device services but those of agents (ECMA-269 chapter 22.1)."""

from typing import ClassVar, Final

from csta.identifiers import DeviceID
from csta.messages.base import Part, Request, Response
from csta.messages.enumerations import CallOrigin, ForwardDefault, ForwardingType
from csta.schema.elements import element, message, structure, structured
from csta.schema.kinds import Boolean, Device, Enumerated, Flags, Integer, Need, Sequence


@structure
class ForwardListItem(Part):
    """One type of forwarding at a device; ``forward_dn`` is where its calls go."""

    forwarding_type: ForwardingType | None = element(Enumerated(ForwardingType), default=None)
    forward_status: bool = element(Boolean())
    forward_dn: DeviceID | None = element(Device(), name="forwardDN", default=None)
    forward_default: ForwardDefault | None = element(Enumerated(ForwardDefault), default=None)
    ring_count: int | None = element(Integer(100, lowest=1), default=None)
    ring_duration: int | None = element(Integer(), tag=0, default=None)


FORWARD_LIST_ITEM: Final = structured(
    ForwardListItem,
    ber_order=("forwarding_type", "forward_status", "forward_dn", "forward_default", "ring_duration", "ring_count"),
)
"""The kind of `ForwardListItem`, whose elements ECMA-285 has in another order."""


@structure
class CallBackListItem(Part):
    """One call-back that waits, or a message that asks for one."""

    originating_device: DeviceID = element(Device())
    target_device: DeviceID = element(Device())
    call_back_message_indicator: bool | None = element(Boolean(), default=None)


@message(operation=300, no_data=True)
class CallBackNonCallRelatedResponse(Response):
    """Positive answer to CallBackNonCallRelated."""


@message(operation=300)
class CallBackNonCallRelated(Request):
    """Have the switch call back when a device is free, without a call to it (ECMA-269 22.1.1, operation 300)."""

    response: ClassVar[type[Response]] = CallBackNonCallRelatedResponse
    originating_device: DeviceID = element(Device())
    target_device: DeviceID = element(Device())


@message(operation=301, no_data=True)
class CallBackMessageNonCallRelatedResponse(Response):
    """Positive answer to CallBackMessageNonCallRelated."""


@message(operation=301)
class CallBackMessageNonCallRelated(Request):
    """Leave a device a message that asks to call back, without a call to it (ECMA-269 22.1.2, operation 301)."""

    response: ClassVar[type[Response]] = CallBackMessageNonCallRelatedResponse
    originating_device: DeviceID = element(Device())
    target_device: DeviceID = element(Device())


@message(operation=302, no_data=True)
class CancelCallBackResponse(Response):
    """Positive answer to CancelCallBack."""


@message(operation=302)
class CancelCallBack(Request):
    """Give up a call-back (ECMA-269 22.1.3, operation 302)."""

    response: ClassVar[type[Response]] = CancelCallBackResponse
    originating_device: DeviceID = element(Device())
    target_device: DeviceID = element(Device())


@message(operation=303, no_data=True)
class CancelCallBackMessageResponse(Response):
    """Positive answer to CancelCallBackMessage."""


@message(operation=303)
class CancelCallBackMessage(Request):
    """Take back a message that asks to call back (ECMA-269 22.1.4, operation 303)."""

    response: ClassVar[type[Response]] = CancelCallBackMessageResponse
    originating_device: DeviceID = element(Device())
    target_device: DeviceID = element(Device())


@message(operation=305)
class GetAutoAnswerResponse(Response):
    """Positive answer to GetAutoAnswer; ``number_of_rings`` before it answers."""

    auto_answer_on: bool = element(Boolean())
    number_of_rings: int | None = element(Integer(), default=None)


@message(operation=305)
class GetAutoAnswer(Request):
    """Ask whether a device answers by itself (ECMA-269 22.1.6, operation 305)."""

    response: ClassVar[type[Response]] = GetAutoAnswerResponse
    device: DeviceID = element(Device())


@message(operation=306)
class GetAutoWorkModeResponse(Response):
    """Positive answer to GetAutoWorkMode."""

    auto_work_on: bool = element(Boolean())
    auto_work_interval: int | None = element(Integer(), default=None)


@message(operation=306)
class GetAutoWorkMode(Request):
    """Ask whether a device's agents work after each call (ECMA-269 22.1.7, operation 306)."""

    response: ClassVar[type[Response]] = GetAutoWorkModeResponse
    device: DeviceID = element(Device())


@message(operation=307)
class GetCallerIDStatusResponse(Response):
    """Positive answer to GetCallerIDStatus."""

    caller_id_provided: bool = element(Boolean())


@message(operation=307)
class GetCallerIDStatus(Request):
    """Ask whether a device shows its number to those whom it calls (ECMA-269 22.1.8, operation 307)."""

    response: ClassVar[type[Response]] = GetCallerIDStatusResponse
    device: DeviceID = element(Device())


@message(operation=308)
class GetDoNotDisturbResponse(Response):
    """Positive answer to GetDoNotDisturb.

    Origins and callers say whose calls are refused, all where neither is given.
    """

    do_not_disturb_on: bool = element(Boolean())
    call_origination: frozenset[CallOrigin] | None = element(Flags(CallOrigin), default=None)
    calling_device_list: tuple[DeviceID, ...] = element(Sequence("callingDevice", Device()), default=())


@message(operation=308)
class GetDoNotDisturb(Request):
    """Ask whether a device takes calls (ECMA-269 22.1.9, operation 308)."""

    response: ClassVar[type[Response]] = GetDoNotDisturbResponse
    device: DeviceID = element(Device())


@message(operation=309)
class GetForwardingResponse(Response):
    """Positive answer to GetForwarding: one item for each type of forwarding."""

    forwarding_list: tuple[ForwardListItem, ...] = element(
        Sequence("forwardListItem", FORWARD_LIST_ITEM), need=Need.TO_SEND, default=()
    )


@message(operation=309)
class GetForwarding(Request):
    """Ask where a device's calls are forwarded (ECMA-269 22.1.10, operation 309)."""

    response: ClassVar[type[Response]] = GetForwardingResponse
    device: DeviceID = element(Device())


@message(operation=310)
class GetLastNumberDialedResponse(Response):
    """Positive answer to GetLastNumberDialed."""

    number_dialed: DeviceID = element(Device())


@message(operation=310)
class GetLastNumberDialed(Request):
    """Ask for the number that a device called last (ECMA-269 22.1.11, operation 310)."""

    response: ClassVar[type[Response]] = GetLastNumberDialedResponse
    device: DeviceID = element(Device())


@message(operation=311)
class GetRouteingModeResponse(Response):
    """Positive answer to GetRouteingMode."""

    routeing_mode: bool = element(Boolean())


@message(operation=311)
class GetRouteingMode(Request):
    """Ask whether a routing device sends route requests (ECMA-269 22.1.12, operation 311)."""

    response: ClassVar[type[Response]] = GetRouteingModeResponse
    device: DeviceID = element(Device())


@message(operation=313, no_data=True)
class SetAutoAnswerResponse(Response):
    """Positive answer to SetAutoAnswer."""


@message(operation=313)
class SetAutoAnswer(Request):
    """Let a device answer by itself, or no longer (ECMA-269 22.1.14, operation 313)."""

    response: ClassVar[type[Response]] = SetAutoAnswerResponse
    device: DeviceID = element(Device())
    auto_answer_on: bool = element(Boolean())
    number_of_rings: int | None = element(Integer(), default=None)


@message(operation=314, no_data=True)
class SetAutoWorkModeResponse(Response):
    """Positive answer to SetAutoWorkMode."""


@message(operation=314)
class SetAutoWorkMode(Request):
    """Let a device's agents work after each call, or no longer (ECMA-269 22.1.15, operation 314)."""

    response: ClassVar[type[Response]] = SetAutoWorkModeResponse
    device: DeviceID = element(Device())
    auto_work_on: bool = element(Boolean())
    auto_work_interval: int | None = element(Integer(6000), default=None)


@message(operation=315, no_data=True)
class SetCallerIDStatusResponse(Response):
    """Positive answer to SetCallerIDStatus."""


@message(operation=315)
class SetCallerIDStatus(Request):
    """Show a device's number to those whom it calls, or hide it (ECMA-269 22.1.16, operation 315)."""

    response: ClassVar[type[Response]] = SetCallerIDStatusResponse
    device: DeviceID = element(Device())
    caller_id_provided: bool = element(Boolean())


@message(operation=316, no_data=True)
class SetDoNotDisturbResponse(Response):
    """Positive answer to SetDoNotDisturb."""


@message(operation=316)
class SetDoNotDisturb(Request):
    """Let a device refuse calls, or take them again (ECMA-269 22.1.17, operation 316).

    Without origins and callers all of them.
    """

    response: ClassVar[type[Response]] = SetDoNotDisturbResponse
    device: DeviceID = element(Device())
    do_not_disturb_on: bool = element(Boolean())
    call_origination: frozenset[CallOrigin] | None = element(Flags(CallOrigin), default=None)
    calling_device_list: tuple[DeviceID, ...] = element(Sequence("callingDevice", Device()), default=())


@message(operation=317, no_data=True)
class SetForwardingResponse(Response):
    """Positive answer to SetForwarding."""


@message(operation=317)
class SetForwarding(Request):
    """Forward a device's calls, or no longer (ECMA-269 22.1.18, operation 317)."""

    response: ClassVar[type[Response]] = SetForwardingResponse
    device: DeviceID = element(Device())
    forwarding_type: ForwardingType | None = element(Enumerated(ForwardingType), default=None)
    activate_forward: bool = element(Boolean())
    forward_dn: DeviceID | None = element(Device(), name="forwardDN", default=None)
    ring_count: int | None = element(Integer(100, lowest=1), default=None)
    ring_duration: int | None = element(Integer(), tag=3, default=None)


@message(operation=318, no_data=True)
class SetRouteingModeResponse(Response):
    """Positive answer to SetRouteingMode."""


@message(operation=318)
class SetRouteingMode(Request):
    """Let a routing device send route requests, or suspend them (ECMA-269 22.1.19, operation 318).

    The registration stays.
    """

    response: ClassVar[type[Response]] = SetRouteingModeResponse
    device: DeviceID = element(Device())
    routeing_mode: bool = element(Boolean())


@message(operation=378)
class GetCallBackResponse(Response):
    """Positive answer to GetCallBack."""

    call_back_list: tuple[CallBackListItem, ...] = element(
        Sequence("callBackListItem", structured(CallBackListItem)), need=Need.TO_SEND, default=()
    )


@message(operation=378)
class GetCallBack(Request):
    """Ask which call-backs wait at a device (ECMA-269 chapter 22, operation 378)."""

    response: ClassVar[type[Response]] = GetCallBackResponse
    device: DeviceID = element(Device())
