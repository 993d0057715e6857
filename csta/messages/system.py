"""System services: registration and the signs of life (ECMA-269 chapter 14)."""

from dataclasses import dataclass
from typing import ClassVar

from csta.messages.base import Request, Response
from csta.states import SystemStatusValue


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemStatusResponse(Response):
    """Positive answer to SystemStatus."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemStatus(Request):
    """Tell the peer how its sender is; sent by both sides (ECMA-269 14.2.2, operation 211)."""

    response: ClassVar[type[Response]] = SystemStatusResponse
    system_status: SystemStatusValue
    sys_stat_register_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestTypes:
    """The system services that the application wants to be sent; ``None`` is not said."""

    system_status: bool | None = None
    request_system_status: bool | None = None
    switching_function_caps_changed: bool | None = None
    switching_function_devices_changed: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemRegisterResponse(Response):
    """Positive answer to SystemRegister, with the registration's identity."""

    sys_stat_register_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemRegister(Request):
    """Register for system services (ECMA-269 14.1.2, operation 207)."""

    response: ClassVar[type[Response]] = SystemRegisterResponse
    request_types: RequestTypes


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSystemStatusResponse(Response):
    """Positive answer to RequestSystemStatus."""

    system_status: SystemStatusValue


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSystemStatus(Request):
    """Ask the peer for its status; sent by both sides (ECMA-269 14.2.1, operation 210)."""

    response: ClassVar[type[Response]] = RequestSystemStatusResponse
    sys_stat_register_id: str | None = None
