"""Logical-device events but those of agents (ECMA-269 chapter 22.2)."""

from csta.identifiers import DeviceID, Party, Presentation
from csta.messages.base import Event
from csta.messages.enumerations import CallOrigin, ForwardDefault, ForwardingType
from csta.schema.elements import element, message
from csta.schema.kinds import SUBJECT, Boolean, Device, Enumerated, Flags, Integer, Need, Sequence


@message(event=(4, 6))
class AutoAnswer(Event):
    """A device answers by itself, or no longer (ECMA-269 chapter 22.2)."""

    invoking_device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    auto_answer_on: bool = element(Boolean())
    number_of_rings: int | None = element(Integer(), default=None)


@message(event=(4, 7))
class AutoWorkMode(Event):
    """A device's agents work after each call, or no longer (ECMA-269 chapter 22.2)."""

    invoking_device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    auto_work_on: bool = element(Boolean())
    auto_work_interval: int | None = element(Integer(), need=Need.TO_SEND, default=None)


@message(root="CallBackEvent", event=(4, 8))
class CallBackEvent(Event):
    """A call-back was set or cancelled (ECMA-269 chapter 22.2)."""

    originating_device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    target_device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    call_back_set_canceled: bool = element(Boolean())


@message(root="CallBackMessageEvent", event=(4, 9))
class CallBackMessageEvent(Event):
    """A message that asks to call back was left or taken back (ECMA-269 chapter 22.2)."""

    originating_device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    target_device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    call_back_msg_set_canceled: bool = element(Boolean())


@message(event=(4, 10))
class CallerIDStatus(Event):
    """A device shows its number from now on, or hides it (ECMA-269 chapter 22.2)."""

    device: DeviceID = element(Device())
    caller_id_provided: bool = element(Boolean())


@message(event=(4, 11))
class DoNotDisturb(Event):
    """A device refuses calls, or takes them again (ECMA-269 chapter 22.2)."""

    device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    do_not_disturb_on: bool = element(Boolean())
    call_origination: frozenset[CallOrigin] | None = element(Flags(CallOrigin), default=None)
    calling_device_list: tuple[DeviceID, ...] = element(Sequence("callingDevice", Device()), default=())


@message(event=(4, 12))
class Forwarding(Event):
    """A device's calls are forwarded, or no longer (ECMA-269 chapter 22.2)."""

    device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    forwarding_type: ForwardingType | None = element(Enumerated(ForwardingType), default=None)
    forward_status: bool = element(Boolean())
    forward_to: DeviceID | None = element(Device(), default=None)
    forward_default: ForwardDefault | None = element(Enumerated(ForwardDefault), default=None)
    ring_count: int | None = element(Integer(100, lowest=1), default=None)
    ring_duration: int | None = element(Integer(), tag=4, default=None)


@message(event=(4, 13))
class Routeing(Event):
    """A routing device sends route requests, or no longer (ECMA-269 chapter 22.2)."""

    device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    routeing_mode: bool = element(Boolean())
