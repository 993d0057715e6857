"""ACSE's login (X.227 as CSTA uses it): user and password in AARQ, then the switch's first SystemStatus.

The application sends AARQ, the switch AARE; accepted, the switch sends SystemStatus, and only with the application's
answer to that is the link up on both sides. AARE and SystemStatus may well come in one segment. RLRQ and RLRE release.
"""

from typing import Final

from csta import messages as m
from csta.errors import RemoteError
from csta.logins.base import Association, LoginSteps
from csta.messages.association import (
    AssociateDiagnostic,
    AssociateRequest,
    AssociateResponse,
    AssociateResult,
    AssociationAbort,
    ReleaseRequest,
    ReleaseResponse,
)
from csta.session_events import Ending
from csta.session_settings import Credentials, Role
from csta.states import SystemStatusValue

_CONTEXT_ROOT: Final = "1.3.12.0."
"""ECMA's standards as application contexts: the phases of CSTA are 179, 218 and 285."""


class AcseLogin(LoginSteps):
    """AARQ, AARE, SystemStatus; RLRQ, RLRE; ABRT."""

    speaks_first = Role.COMPUTING_FUNCTION

    def __init__(self, association: Association) -> None:
        super().__init__(association)
        self._asked = False
        self._accepted = False

    def start(self, now: float) -> None:  # noqa: ARG002 - every way in has the time
        """The application asks for the association."""
        if self._is_switch:
            return
        profile, who = self._association.profile, self._association.credentials
        self._asked = True
        self._association.say(
            AssociateRequest(
                context=profile.context,
                versions=profile.versions,
                user=who.user if who else None,
                password=who.password if who else None,
            )
        )

    def take_message(self, message: m.Message, now: float) -> bool:
        """Everything of ACSE."""
        match message:
            case AssociateRequest() if self._is_switch:
                self._associate(message, now)
            case AssociateResponse() if self._asked and not self._accepted:
                self._associated(message)
            case ReleaseRequest():
                self._association.say(ReleaseResponse())
                self._association.end("released by the peer", Ending.CLOSED)
            case ReleaseResponse() if not self._association.opening:
                self._association.end("closed by us", Ending.CLOSED)
            case AssociationAbort():
                source = "the peer's ACSE" if message.by_provider else "the peer"
                why = f", diagnostic {message.diagnostic}" if message.diagnostic is not None else ""
                self._association.end(f"{source} aborted the association{why}")
            case _:
                return False
        return True

    # --- the switch

    def _associate(self, request: AssociateRequest, now: float) -> None:
        if self._accepted:
            self._association.report("AARQ within the association was ignored")
            return
        refusal = self._refusal(request)
        ours = self._association.profile.versions
        self._association.say(
            AssociateResponse(
                context=request.context,
                result=AssociateResult.ACCEPTED if refusal is None else AssociateResult.REJECTED_PERMANENT,
                diagnostic=AssociateDiagnostic.NULL if refusal is None else refusal,
                versions=request.versions & ours or ours,
                old_definition=request.old_definition,
            )
        )
        if refusal is not None:
            self._association.end(f"the application was rejected: {refusal.name}", Ending.CREDENTIALS_REFUSED)
            return
        self._accepted = True
        self._association.ask(m.SystemStatus(system_status=self._association.own_status), now)

    def _refusal(self, request: AssociateRequest) -> AssociateDiagnostic | None:
        if not request.context.startswith(_CONTEXT_ROOT):
            return AssociateDiagnostic.CONTEXT_NOT_SUPPORTED
        ours = self._association.profile.versions
        if request.versions and ours and not request.versions & ours:
            return AssociateDiagnostic.NO_REASON_GIVEN
        who = None if request.user is None else Credentials(request.user, request.password or "")
        verify = self._association.verify
        if verify is None or verify(who):
            return None
        if who is None:
            return AssociateDiagnostic.AUTHENTICATION_REQUIRED
        return AssociateDiagnostic.AUTHENTICATION_FAILURE

    def answered(self, request: m.Request, response: m.Response, now: float) -> bool:
        """The application's answer to the first SystemStatus ends its login."""
        if not isinstance(request, m.SystemStatus) or not isinstance(response, m.SystemStatusResponse):
            return False
        if self._is_switch and self._accepted:
            self._association.come_up("", now)
        return True

    def failed(self, request: m.Request, error: RemoteError, now: float) -> bool:  # noqa: ARG002 - every way in has the time
        """Without an answer to the first SystemStatus there is no link."""
        if not self._association.opening or not isinstance(request, m.SystemStatus):
            return False
        self._association.end(f"SystemStatus failed: {error}")
        return True

    # --- the application

    def _associated(self, response: AssociateResponse) -> None:
        if response.accepted:
            self._accepted = True
            return
        source = "ACSE" if response.provider else "the switch"
        text = f"{source} rejected the association: result {response.result}, diagnostic {_named(response)}"
        if response.about_credentials:
            self._association.end(f"{text}: check user and password", Ending.CREDENTIALS_REFUSED)
        elif response.result == AssociateResult.REJECTED_TRANSIENT:
            self._association.end(text, Ending.RETRY_LATER)
        else:
            # Many switches tell no reason; a wrong password is the likeliest of those that do not pass by themselves.
            self._association.end(f"{text}: check user, password, context and versions", Ending.CREDENTIALS_REFUSED)

    def status_received(self, status: SystemStatusValue, now: float) -> None:  # noqa: ARG002 - any status will do
        """The switch speaks, and has its answer: the application is in."""
        if not self._is_switch and self._accepted:
            self._association.come_up("", now)

    def close(self, now: float) -> bool:  # noqa: ARG002 - every way in has the time
        """Ask for the release."""
        self._association.say(ReleaseRequest())
        return True


def _named(response: AssociateResponse) -> str:
    words = {int(word): word.name for word in AssociateDiagnostic}
    return str(response.diagnostic) if response.provider else words.get(response.diagnostic, str(response.diagnostic))
