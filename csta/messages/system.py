"""System services: registration and the signs of life (ECMA-269 chapter 14)."""

from typing import ClassVar

from csta.identifiers import DeviceID
from csta.messages.base import Notice, Part, Request, Response
from csta.schema.elements import element, message, structure, structured
from csta.schema.kinds import Boolean, Device, Enumerated, Flags, Identifier, Integer, Need, Sequence, Text, Wire
from csta.states import SystemStatusValue
from csta.words import Word


class StatusFilter(Word):
    """System states that a registration leaves out."""

    INITIALIZING = "initializing", 0
    ENABLED = "enabled", 1
    NORMAL = "normal", 2
    MESSAGE_LOST = "messageLost", 3
    DISABLED = "disabled", 4
    PARTIALLY_DISABLED = "partiallyDisabled", 5
    OVERLOAD_IMMINENT = "overloadImminent", 6
    OVERLOAD_REACHED = "overloadReached", 7
    OVERLOAD_RELIEVED = "overloadRelieved", 8


class RequestType(Word):
    """The system services that an application wants to be sent."""

    SYSTEM_STATUS = "systemStatus", 0
    REQUEST_SYSTEM_STATUS = "requestSystemStatus", 1
    SWITCHING_FUNCTION_CAPS_CHANGED = "switchingFunctionCapsChanged", 2
    SWITCHING_FUNCTION_DEVICES_CHANGED = "switchingFunctionDevicesChanged", 3


class RegistrationType(Word):
    """What a registration is for."""

    ESCAPE_REGISTER = "escapeRegister", 1
    IO_REGISTER = "ioRegister", 2
    ROUTE_REGISTER = "routeRegister", 3
    SYS_STAT_REGISTER = "sysStatRegister", 4


@structure
class RegistrationListEntry(Part):
    """One registration; ``registration_object`` is the device that it is for."""

    registration_type: RegistrationType = element(Enumerated(RegistrationType))
    registration_id: str = element(Text())
    registration_object: DeviceID | None = element(Device(), default=None)


@message(operation=206)
class ChangeSysStatFilterResponse(Response):
    """Positive answer to ChangeSysStatFilter: the filter that the switch applies."""

    actual_status_filter: frozenset[StatusFilter] = element(
        Flags(StatusFilter), need=Need.TO_SEND, wire=Wire.XML, default=frozenset()
    )
    actual_status: SystemStatusValue | None = element(
        Enumerated(SystemStatusValue), need=Need.TO_SEND, wire=Wire.BER, default=None
    )


@message(operation=206)
class ChangeSysStatFilter(Request):
    """Change which system states a registration leaves out (ECMA-269 chapter 14, operation 206).

    XML has a set of states here, BER a single state.
    """

    response: ClassVar[type[Response]] = ChangeSysStatFilterResponse
    sys_stat_register_id: str = element(Identifier())
    requested_status_filter: frozenset[StatusFilter] = element(
        Flags(StatusFilter), need=Need.TO_SEND, wire=Wire.XML, default=frozenset()
    )
    requested_status: SystemStatusValue | None = element(
        Enumerated(SystemStatusValue), need=Need.TO_SEND, wire=Wire.BER, default=None
    )


@message(operation=207)
class SystemRegisterResponse(Response):
    """Positive answer to SystemRegister, with the registration's identity."""

    sys_stat_register_id: str = element(Identifier())
    actual_status_filter: frozenset[StatusFilter] | None = element(Flags(StatusFilter), default=None)


@message(operation=207)
class SystemRegister(Request):
    """Register for system services (ECMA-269 14.1.2, operation 207)."""

    response: ClassVar[type[Response]] = SystemRegisterResponse
    request_types: frozenset[RequestType] = element(Flags(RequestType))
    requested_status_filter: frozenset[StatusFilter] | None = element(Flags(StatusFilter), default=None)


@message(operation=208)
class SystemRegisterAbort(Notice):
    """The switch ends a registration for system services (ECMA-269 chapter 14, operation 208)."""

    sys_stat_register_id: str = element(Identifier())


@message(operation=209, no_data=True)
class SystemRegisterCancelResponse(Response):
    """Positive answer to SystemRegisterCancel."""


@message(operation=209)
class SystemRegisterCancel(Request):
    """Give up a registration for system services (ECMA-269 chapter 14, operation 209)."""

    response: ClassVar[type[Response]] = SystemRegisterCancelResponse
    sys_stat_register_id: str = element(Identifier())


@message(operation=210)
class RequestSystemStatusResponse(Response):
    """Positive answer to RequestSystemStatus."""

    system_status: SystemStatusValue = element(Enumerated(SystemStatusValue))


@message(operation=210)
class RequestSystemStatus(Request):
    """Ask the peer for its status; sent by both sides (ECMA-269 14.2.1, operation 210)."""

    response: ClassVar[type[Response]] = RequestSystemStatusResponse
    sys_stat_register_id: str | None = element(Identifier(), default=None)


@message(operation=211, no_data=True)
class SystemStatusResponse(Response):
    """Positive answer to SystemStatus."""


@message(operation=211)
class SystemStatus(Request):
    """Tell the peer how its sender is; sent by both sides (ECMA-269 14.2.2, operation 211)."""

    response: ClassVar[type[Response]] = SystemStatusResponse
    sys_stat_register_id: str | None = element(Identifier(), default=None)
    system_status: SystemStatusValue = element(Enumerated(SystemStatusValue))


@message(operation=212, no_data=True)
class SwFunctionCapsChangedResponse(Response):
    """Positive answer to SwFunctionCapsChanged."""


@message(operation=212)
class SwFunctionCapsChanged(Request):
    """The switch tells that its capabilities changed (ECMA-269 chapter 14, operation 212)."""

    response: ClassVar[type[Response]] = SwFunctionCapsChangedResponse
    sys_stat_register_id: str | None = element(Identifier(), default=None)


@message(operation=213, no_data=True)
class SwFunctionDevicesChangedResponse(Response):
    """Positive answer to SwFunctionDevicesChanged."""


@message(operation=213)
class SwFunctionDevicesChanged(Request):
    """The switch tells that its list of devices changed (ECMA-269 chapter 14, operation 213)."""

    response: ClassVar[type[Response]] = SwFunctionDevicesChangedResponse
    sys_stat_register_id: str | None = element(Identifier(), default=None)


@message(operation=371)
class GetRegistrationsResponse(Response):
    """Positive answer to GetRegistrations: the registrations, or the reference that `RegistrationInfo` will name."""

    service_cross_ref_id: str | None = element(Identifier(), within="crossRefIDorRegistrationData", default=None)
    registration_list: tuple[RegistrationListEntry, ...] = element(
        Sequence("registrationListEntry", structured(RegistrationListEntry)),
        within="crossRefIDorRegistrationData",
        default=(),
    )


@message(operation=371)
class GetRegistrations(Request):
    """Ask which registrations of some types there are (ECMA-269 chapter 14, operation 371)."""

    response: ClassVar[type[Response]] = GetRegistrationsResponse
    requested_reg_types: tuple[RegistrationType, ...] = element(
        Sequence("registrationType", Enumerated(RegistrationType)), default=()
    )


@message(operation=372)
class RegistrationInfo(Notice):
    """A segment of the answer to GetRegistrations (operation 372)."""

    service_cross_ref_id: str = element(Identifier())
    segment_id: int | None = element(Integer(), default=None)
    last_segment: bool = element(Boolean())
    registration_list: tuple[RegistrationListEntry, ...] = element(
        Sequence("registrationListEntry", structured(RegistrationListEntry)), need=Need.TO_SEND, default=()
    )
