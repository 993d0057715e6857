"""The registrations of one application for system services, and which status it is told (ECMA-269 chapter 14)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from csta import messages
from csta.messages import ErrorResponse, RequestType, StatusFilter
from csta.messages.system import RegistrationListEntry, RegistrationType
from csta.states import SystemStatusValue
from lab.switch.services import Answer

MAX_REGISTRATIONS: Final = 16
"""Registrations of one application; one more is refused."""

NO_SUCH_REGISTRATION: Final = ErrorResponse(category="operation", value="invalidParameterValue")
TOO_MANY: Final = ErrorResponse(category="systemResourceAvailability", value="registrationLimitExceeded")

FILTER_OF: Final = {
    SystemStatusValue.INITIALIZING: StatusFilter.INITIALIZING,
    SystemStatusValue.ENABLED: StatusFilter.ENABLED,
    SystemStatusValue.NORMAL: StatusFilter.NORMAL,
    SystemStatusValue.MESSAGES_LOST: StatusFilter.MESSAGE_LOST,
    SystemStatusValue.DISABLED: StatusFilter.DISABLED,
    SystemStatusValue.PARTIALLY_DISABLED: StatusFilter.PARTIALLY_DISABLED,
    SystemStatusValue.OVERLOAD_IMMINENT: StatusFilter.OVERLOAD_IMMINENT,
    SystemStatusValue.OVERLOAD_REACHED: StatusFilter.OVERLOAD_REACHED,
    SystemStatusValue.OVERLOAD_RELIEVED: StatusFilter.OVERLOAD_RELIEVED,
}
"""The word that leaves a status out."""


@dataclass(slots=True)
class _Registration:
    types: frozenset[RequestType]
    left_out: frozenset[StatusFilter]


class Systems:
    """What one application has registered for beside the registration of its log-in, which is for everything."""

    def __init__(self, reference: Callable[[], str]) -> None:
        self._reference = reference
        self._all: dict[str, _Registration] = {}

    def register(self, request: messages.SystemRegister) -> Answer:
        """Register; from now on a status goes to this registration."""
        if len(self._all) >= MAX_REGISTRATIONS:
            return TOO_MANY
        made = self._reference()
        left_out = request.requested_status_filter
        self._all[made] = _Registration(request.request_types, left_out or frozenset())
        return messages.SystemRegisterResponse(sys_stat_register_id=made, actual_status_filter=left_out)

    def change(self, request: messages.ChangeSysStatFilter, status: SystemStatusValue) -> Answer:
        """Leave out other states."""
        found = self._all.get(request.sys_stat_register_id)
        if found is None:
            return NO_SUCH_REGISTRATION
        single = FILTER_OF.get(request.requested_status) if request.requested_status is not None else None
        found.left_out = request.requested_status_filter or frozenset({single} if single is not None else ())
        return messages.ChangeSysStatFilterResponse(actual_status_filter=found.left_out, actual_status=status)

    def cancel(self, request: messages.SystemRegisterCancel) -> Answer:
        """Give a registration up."""
        if self._all.pop(request.sys_stat_register_id, None) is None:
            return NO_SUCH_REGISTRATION
        return messages.SystemRegisterCancelResponse()

    def listed(self) -> tuple[RegistrationListEntry, ...]:
        """The registrations, as GetRegistrations tells of them."""
        return tuple(
            RegistrationListEntry(registration_type=RegistrationType.SYS_STAT_REGISTER, registration_id=one)
            for one in self._all
        )

    def told(self, status: SystemStatusValue) -> list[str | None]:
        """The registrations that are told of a status; without any of its own the application is told by its log-in."""
        if not self._all:
            return [None]
        return [
            name
            for name, one in self._all.items()
            if RequestType.SYSTEM_STATUS in one.types and FILTER_OF[status] not in one.left_out
        ]

    def clear(self) -> None:
        """Forget all registrations."""
        self._all.clear()
