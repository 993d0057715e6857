"""How associations come up and are released: one module for each kind of login, both roles in each."""

from typing import Final

from csta.dialects.dialect import Login
from csta.logins.acse import AcseLogin
from csta.logins.application_session import ApplicationSession
from csta.logins.base import Association, LoginSteps
from csta.logins.switch_first import SwitchSpeaksFirst

__all__ = ["Association", "LoginSteps", "steps_for"]

_STEPS: Final[dict[Login, type[LoginSteps]]] = {
    Login.SWITCH_SPEAKS_FIRST: SwitchSpeaksFirst,
    Login.ACSE: AcseLogin,
    Login.APPLICATION_SESSION: ApplicationSession,
}


def steps_for(login: Login, association: Association) -> LoginSteps:
    """Return the steps of a login for one association."""
    return _STEPS[login](association)
