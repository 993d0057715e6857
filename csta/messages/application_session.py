"""Application sessions (ECMA-354): how an application logs in over XML, stays logged in, and takes its leave.

The application starts a session, asks for its time to begin anew before it runs out, and stops it. The server refuses
with a message of its own for each request, and may end the session by itself. BER has nothing of it.
"""

from typing import ClassVar, Final

from csta.messages.base import ForeignElement, ForeignTag, Message, Notice, Request, Response
from csta.schema.elements import chosen, element, message, structure, structured
from csta.schema.kinds import Enumerated, Integer, Need, Sequence, Text
from csta.words import Word

SESSION_NAMESPACE: Final = "http://www.ecma-international.org/standards/ecma-354/appl_session"
"""The XML namespace of these messages."""


class DefinedSessionError(Word):
    """Why a server refuses a request of a session, as far as the standard has a word for it."""

    INVALID_APPLICATION_INFO = "invalidApplicationInfo"
    REQUESTED_PROTOCOL_VERSION_NOT_SUPPORTED = "requestedProtocolVersionNotSupported"
    SERVER_RESOURCES_BUSY = "serverResourcesBusy"


class SessionEndReason(Word):
    """Why an application stops its session."""

    NORMAL = "normal"


class SessionTerminationReason(Word):
    """Why a server ended a session by itself."""

    RESOURCE_LIMITATION = "resourceLimitation"
    SESSION_TIMER_EXPIRED = "sessionTimerExpired"


@structure
class ApplicationSpecificInfo:
    """What this kind of server wants to know of its applications; the standard leaves it open.

    OpenScape Business takes a user's name and password. What other servers want stands in ``extra``.
    """

    user: str | None = element(Text(), default=None)
    password: str | None = element(Text(), default=None, secret=True)
    extra: tuple[ForeignElement | ForeignTag, ...] = ()


@structure
class ApplicationInfo:
    """Which application asks for a session."""

    application_id: str = element(Text())
    application_specific_info: ApplicationSpecificInfo | None = element(
        structured(ApplicationSpecificInfo), default=None
    )


@structure
class SessionFailure:
    """What a refusal says: a word of the standard's, or a text of the server's; exactly one of them."""

    defined_error: DefinedSessionError | None = element(Enumerated(DefinedSessionError), default=None)
    application_error: str | None = element(Text(1024), default=None, name="applError")


@structure
class SessionEnd:
    """Why a session is stopped: a word of the standard's, or a text of the application's; exactly one of them."""

    defined_end_reason: SessionEndReason | None = element(Enumerated(SessionEndReason), default=None)
    application_end_reason: str | None = element(Text(1024), default=None, name="appEndReason")


@structure
class SessionTermination:
    """Why a session was ended: a word of the standard's, or a text of the server's; exactly one of them."""

    defined_term_reason: SessionTerminationReason | None = element(Enumerated(SessionTerminationReason), default=None)
    application_term_reason: str | None = element(Text(1024), default=None, name="appTermReason")


@structure
class NegativeResponse(Message):
    """Root of the negative answers of ECMA-354, each a message of its own.

    ``error_code`` is mandatory to send; received without one, or with one that is not understood, it is ``None``.
    """

    error_code: SessionFailure | None = element(chosen(SessionFailure), default=None, need=Need.TO_SEND)


@message(namespace=SESSION_NAMESPACE)
class StartApplicationSessionPosResponse(Response):
    """The session is open, for ``actual_session_duration`` seconds unless its timer is reset; None is for ever."""

    session_id: str = element(Text())
    actual_protocol_version: str | None = element(Text(), default=None, need=Need.TO_SEND)
    actual_session_duration: int | None = element(Integer(), default=None)


@message(namespace=SESSION_NAMESPACE)
class StartApplicationSessionNegResponse(NegativeResponse):
    """The session is refused; a wrong password is ``invalidApplicationInfo``."""


@message(namespace=SESSION_NAMESPACE)
class StartApplicationSession(Request):
    """Log in.

    ``requested_protocol_versions`` are the namespaces of the editions that the application speaks, the one that it
    likes best first; ``requested_session_duration`` is in seconds.
    """

    response: ClassVar[type[Response]] = StartApplicationSessionPosResponse
    application_info: ApplicationInfo = element(structured(ApplicationInfo))
    requested_protocol_versions: tuple[str, ...] = element(
        Sequence("protocolVersion", Text()), default=(), need=Need.TO_SEND
    )
    requested_session_duration: int | None = element(Integer(), default=None)


@message(namespace=SESSION_NAMESPACE)
class ResetApplicationSessionTimerPosResponse(Response):
    """The session goes on for ``actual_session_duration`` seconds from now."""

    actual_session_duration: int | None = element(Integer(), default=None)


@message(namespace=SESSION_NAMESPACE)
class ResetApplicationSessionTimerNegResponse(NegativeResponse):
    """The session does not go on."""


@message(namespace=SESSION_NAMESPACE)
class ResetApplicationSessionTimer(Request):
    """Let the session's time begin anew; to be sent before it runs out. The duration is in seconds."""

    response: ClassVar[type[Response]] = ResetApplicationSessionTimerPosResponse
    session_id: str = element(Text())
    requested_session_duration: int | None = element(Integer(), default=None)


@message(namespace=SESSION_NAMESPACE)
class StopApplicationSessionPosResponse(Response):
    """The session is closed."""


@message(namespace=SESSION_NAMESPACE)
class StopApplicationSessionNegResponse(NegativeResponse):
    """The session was not closed: most likely there is none of this name."""


@message(namespace=SESSION_NAMESPACE)
class StopApplicationSession(Request):
    """Log out."""

    response: ClassVar[type[Response]] = StopApplicationSessionPosResponse
    session_id: str = element(Text())
    session_end_reason: SessionEnd | None = element(chosen(SessionEnd), default=None)


@message(namespace=SESSION_NAMESPACE)
class ApplicationSessionTerminated(Notice):
    """The server ended the session; nothing more can be asked in it."""

    session_id: str = element(Text())
    session_term_reason: SessionTermination | None = element(chosen(SessionTermination), default=None)
