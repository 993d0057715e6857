"""Application sessions (ECMA-354): the application starts one, renews it before it expires, and stops it.

The switch grants a duration; a session that is not renewed within it is over on both sides.
"""

from typing import Final

from csta import messages as m
from csta.errors import RemoteError, RequestTimedOut, ServiceRefused
from csta.logins.base import Association, LoginSteps
from csta.messages.application_session import (
    ApplicationInfo,
    ApplicationSessionTerminated,
    ApplicationSpecificInfo,
    DefinedSessionError,
    ResetApplicationSessionTimer,
    ResetApplicationSessionTimerNegResponse,
    ResetApplicationSessionTimerPosResponse,
    SessionEnd,
    SessionEndReason,
    SessionFailure,
    SessionTermination,
    SessionTerminationReason,
    StartApplicationSession,
    StartApplicationSessionNegResponse,
    StartApplicationSessionPosResponse,
    StopApplicationSession,
    StopApplicationSessionNegResponse,
    StopApplicationSessionPosResponse,
)
from csta.session_events import Ending
from csta.session_settings import Credentials, Role

_SESSION_ID: Final = "1"
"""One connection has one session, so its name need not tell it from others."""
_MAX_ATTEMPTS: Final = 3
_SHORTEST_PAUSE: Final = 1.0
_ENDINGS: Final = {
    DefinedSessionError.INVALID_APPLICATION_INFO: (Ending.CREDENTIALS_REFUSED, "check user and password"),
    DefinedSessionError.REQUESTED_PROTOCOL_VERSION_NOT_SUPPORTED: (Ending.RETRY_LATER, "check the protocol versions"),
    DefinedSessionError.SERVER_RESOURCES_BUSY: (Ending.RETRY_LATER, "it has no room for another session"),
}


class ApplicationSession(LoginSteps):
    """StartApplicationSession, ResetApplicationSessionTimer, StopApplicationSession."""

    speaks_first = Role.COMPUTING_FUNCTION

    def __init__(self, association: Association) -> None:
        super().__init__(association)
        self._session_id = ""
        self._refused = 0
        self._asked_at = 0.0
        self._renew_at: float | None = None
        self._expires_at: float | None = None

    def get_timer(self) -> float | None:
        """When the session is to be renewed, or expires."""
        return self._expires_at if self._renew_at is None else self._renew_at

    def take_request(self, invoke_id: int, request: m.Request, now: float) -> bool:
        """The switch grants, renews and ends a session."""
        if not self._is_switch:
            return False
        match request:
            case StartApplicationSession():
                self._grant(invoke_id, request, now)
            case ResetApplicationSessionTimer():
                self._regrant(invoke_id, request, now)
            case StopApplicationSession():
                self._stopped(invoke_id, request)
            case _:
                return False
        return True

    def handle_timer(self, now: float) -> None:
        """Renew the session, or give it up."""
        if self._expires_at is not None and now >= self._expires_at:
            self._expired()
        elif self._renew_at is not None and now >= self._renew_at:
            self._renew(now)

    def _expired(self) -> None:
        self._expires_at = self._renew_at = None
        if self._is_switch:
            reason = SessionTermination(defined_term_reason=SessionTerminationReason.SESSION_TIMER_EXPIRED)
            self._association.say(ApplicationSessionTerminated(session_id=self._session_id, session_term_reason=reason))
            self._association.end("the application did not renew its session")
        else:
            self._association.end("the application session expired: the switch did not answer its renewal")

    def close(self, now: float) -> bool:
        """The application stops its session; the switch just says that it is over."""
        self._expires_at = self._renew_at = None
        if self._is_switch:
            reason = SessionTermination(application_term_reason="closed")
            self._association.say(ApplicationSessionTerminated(session_id=self._session_id, session_term_reason=reason))
            return False
        reason_of_ours = SessionEnd(defined_end_reason=SessionEndReason.NORMAL)
        stop = StopApplicationSession(session_id=self._session_id, session_end_reason=reason_of_ours)
        self._association.ask(stop, now)
        return True

    # --- the application

    def start(self, now: float) -> None:
        """Ask for a session."""
        if self._is_switch:
            return
        profile, who = self._association.profile, self._association.credentials
        info = None if who is None else ApplicationSpecificInfo(user=who.user, password=who.password)
        self._asked_at = now
        self._association.ask(
            StartApplicationSession(
                application_info=ApplicationInfo(application_id=profile.application_id, application_specific_info=info),
                requested_protocol_versions=profile.protocol_versions,
                requested_session_duration=max(1, int(profile.session_duration)),
            ),
            now,
        )

    def answered(self, request: m.Request, response: m.Response, now: float) -> bool:
        """The switch granted what we asked for."""
        match response:
            case StartApplicationSessionPosResponse() if isinstance(request, StartApplicationSession):
                self._started(response, now)
            case ResetApplicationSessionTimerPosResponse() if isinstance(request, ResetApplicationSessionTimer):
                self._plan(response.actual_session_duration)
            case StopApplicationSessionPosResponse() if isinstance(request, StopApplicationSession):
                self._association.end("closed by us", Ending.CLOSED)
            case _:
                return False
        return True

    def _started(self, response: StartApplicationSessionPosResponse, now: float) -> None:
        offered = self._association.profile.protocol_versions
        actual = response.actual_protocol_version
        if actual and actual not in offered:
            self._association.report(f"the switch chose the protocol version {actual[:100]!r}, which was not offered")
        self._session_id = response.session_id
        self._plan(response.actual_session_duration)
        self._association.come_up(self._session_id, now)

    def _plan(self, duration: int | None) -> None:
        """A session lasts from when we asked for it, at the least; without a duration it lasts for ever."""
        if duration is None or duration <= 0:
            self._expires_at = self._renew_at = None
            return
        self._expires_at = self._asked_at + duration
        self._renew_at = self._asked_at + duration * self._association.settings.renew_fraction

    def _renew(self, now: float) -> None:
        if self._expires_at is None:
            return
        self._asked_at = now
        duration = max(1, int(self._association.profile.session_duration))
        self._association.ask(
            ResetApplicationSessionTimer(session_id=self._session_id, requested_session_duration=duration), now
        )
        pause = (self._expires_at - now) / 2
        self._renew_at = now + pause if pause >= _SHORTEST_PAUSE else None

    def failed(self, request: m.Request, error: RemoteError, now: float) -> bool:  # noqa: ARG002 - every way in has the time
        """The switch refused what we asked for, or did not answer."""
        match request:
            case StartApplicationSession():
                ending, advice = _ending_of(error)
                self._association.end(f"StartApplicationSession failed: {error}{advice}", ending)
            case ResetApplicationSessionTimer():
                # One that was not answered is asked again in time, or the session expires.
                if not isinstance(error, RequestTimedOut):
                    self._association.end(f"the application session was not renewed: {error}")
            case StopApplicationSession():
                self._association.end(f"closed by us; StopApplicationSession failed: {error}", Ending.CLOSED)
            case _:
                return False
        return True

    def take_message(self, message: m.Message, now: float) -> bool:  # noqa: ARG002 - every way in has the time
        """The switch ends the session by itself."""
        if self._is_switch or not isinstance(message, ApplicationSessionTerminated):
            return False
        if self._session_id and message.session_id != self._session_id:
            self._association.report(f"the end of another session was told: {message.session_id[:100]!r}")
            return True
        reason = message.session_term_reason or SessionTermination()
        word = reason.defined_term_reason or reason.application_term_reason or "no reason given"
        busy = word == SessionTerminationReason.RESOURCE_LIMITATION
        self._association.end(
            f"the switch ended the application session: {word}", Ending.RETRY_LATER if busy else Ending.LOST
        )
        return True

    # --- the switch

    def _grant(self, invoke_id: int, request: StartApplicationSession, now: float) -> None:
        ours = self._association.profile.protocol_versions
        wanted = request.requested_protocol_versions or ours
        version = next((one for one in wanted if one in ours), None)
        if not self._association.opening:
            self._refuse(invoke_id, DefinedSessionError.SERVER_RESOURCES_BUSY)
        elif not self._verified(request.application_info):
            self._refuse(invoke_id, DefinedSessionError.INVALID_APPLICATION_INFO)
        elif version is None:
            self._refuse(invoke_id, DefinedSessionError.REQUESTED_PROTOCOL_VERSION_NOT_SUPPORTED)
        else:
            self._session_id = _SESSION_ID
            duration = self._granted(request.requested_session_duration, now)
            self._association.answer(
                invoke_id,
                StartApplicationSessionPosResponse(
                    session_id=_SESSION_ID, actual_protocol_version=version, actual_session_duration=duration
                ),
            )
            self._association.come_up(_SESSION_ID, now)

    def _verified(self, info: ApplicationInfo) -> bool:
        specific = info.application_specific_info
        named = specific is not None and specific.user is not None
        who = Credentials(specific.user or "", specific.password or "") if specific is not None and named else None
        return self._association.verify is None or self._association.verify(who)

    def _refuse(self, invoke_id: int, error: DefinedSessionError) -> None:
        failure = SessionFailure(defined_error=error)
        self._association.answer(invoke_id, StartApplicationSessionNegResponse(error_code=failure))
        self._association.report(f"an application session was refused: {error}")
        self._refused += 1
        if self._refused >= _MAX_ATTEMPTS:
            self._association.end(f"{self._refused} attempts at an application session were refused")

    def _granted(self, requested: int | None, now: float) -> int:
        """Return the duration that is granted, which counts from now."""
        longest = self._association.settings.max_session_duration
        wanted = requested if requested is not None and requested > 0 else self._association.profile.session_duration
        duration = max(1, int(min(wanted, longest)))
        self._expires_at = now + duration
        return duration

    def _regrant(self, invoke_id: int, request: ResetApplicationSessionTimer, now: float) -> None:
        if not self._session_id or request.session_id != self._session_id:
            failure = SessionFailure(application_error="invalidSessionID")
            self._association.answer(invoke_id, ResetApplicationSessionTimerNegResponse(error_code=failure))
            return
        duration = self._granted(request.requested_session_duration, now)
        self._association.answer(invoke_id, ResetApplicationSessionTimerPosResponse(actual_session_duration=duration))

    def _stopped(self, invoke_id: int, request: StopApplicationSession) -> None:
        if not self._session_id or request.session_id != self._session_id:
            failure = SessionFailure(application_error="invalidSessionID")
            self._association.answer(invoke_id, StopApplicationSessionNegResponse(error_code=failure))
            return
        self._association.answer(invoke_id, StopApplicationSessionPosResponse())
        self._association.end("released by the peer", Ending.CLOSED)


def _ending_of(error: RemoteError) -> tuple[Ending, str]:
    """What a refusal of the session means for the next attempt, and what to check."""
    if not isinstance(error, ServiceRefused):
        return Ending.LOST, ""
    if error.category == "security":
        return Ending.CREDENTIALS_REFUSED, ": check user and password"
    known = _ENDINGS.get(DefinedSessionError.received(error.value))
    return (known[0], f": {known[1]}") if known else (Ending.RETRY_LATER, "")
