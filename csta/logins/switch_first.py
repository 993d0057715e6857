"""The login of OpenScape Voice: the switch speaks first, and nobody names a user.

The switch sends SystemStatus; the application answers it and sends SystemRegister; the switch answers.
"""

from typing import Final

from csta import messages as m
from csta.errors import RemoteError
from csta.logins.base import LoginSteps
from csta.session_settings import Role
from csta.states import SystemStatusValue

REGISTER_ID: Final = "01"
"""An octet in BER, and its hexadecimal digits in XML."""
_READY: Final = frozenset({SystemStatusValue.ENABLED, SystemStatusValue.NORMAL})


class SwitchSpeaksFirst(LoginSteps):
    """SystemStatus, then SystemRegister (ECMA-269 14.1.2, 14.2.2)."""

    speaks_first = Role.SWITCHING_FUNCTION
    carries_secrets = False

    def start(self, now: float) -> None:
        """The switch says that it is ready."""
        if self._is_switch:
            self._association.ask(m.SystemStatus(system_status=SystemStatusValue.ENABLED), now)

    def status_received(self, status: SystemStatusValue, now: float) -> None:
        """The application registers, once, as soon as the switch is ready."""
        waits = not self._is_switch and self._association.opening
        if waits and status in _READY and not self._association.asking(m.SystemRegister):
            types = frozenset({m.RequestType.SYSTEM_STATUS})
            self._association.ask(m.SystemRegister(request_types=types), now)

    def take_request(self, invoke_id: int, request: m.Request, now: float) -> bool:
        """The switch lets the application in."""
        if not self._is_switch or not isinstance(request, m.SystemRegister):
            return False
        self._association.answer(invoke_id, m.SystemRegisterResponse(sys_stat_register_id=REGISTER_ID))
        self._association.come_up(REGISTER_ID, now)
        return True

    def answered(self, request: m.Request, response: m.Response, now: float) -> bool:
        """The application is in."""
        if not isinstance(request, m.SystemRegister) or not isinstance(response, m.SystemRegisterResponse):
            return False
        self._association.come_up(response.sys_stat_register_id, now)
        return True

    def failed(self, request: m.Request, error: RemoteError, now: float) -> bool:  # noqa: ARG002 - every way in has the time
        """The application is not let in."""
        if not isinstance(request, m.SystemRegister):
            return False
        self._association.end(f"SystemRegister failed: {error}")
        return True
