"""Application sessions (ECMA-354): start, renewal, expiry, end, and the refusals of each."""

from dataclasses import replace

import pytest

from csta import (
    Credentials,
    Ending,
    LinkDown,
    LinkUp,
    Phase,
    Role,
    Session,
    SessionSettings,
    encode,
    encode_frame,
)
from csta import messages as m
from csta.codec.xml import decode
from csta.messages.application_session import (
    ApplicationSessionTerminated,
    DefinedSessionError,
    ResetApplicationSessionTimer,
    ResetApplicationSessionTimerNegResponse,
    SessionFailure,
    SessionTermination,
    SessionTerminationReason,
    StartApplicationSession,
    StartApplicationSessionNegResponse,
    StartApplicationSessionPosResponse,
    StopApplicationSession,
)
from tests.unit.csta.wire import WAYS, WHO, ConnectionPair, drain, faults, only_way

WAY = WAYS["xml-session"]
SETTINGS = SessionSettings(heartbeat=1000.0, request_timeout=5.0)


def sent(session: Session) -> list[m.Message]:
    """Decode what the session has to send."""
    data, found = session.data_to_send(), []
    while data:
        total = int.from_bytes(data[:4], "big")
        found.append(decode(data[8:total]).message)
        data = data[total:]
    return found


def frame(invoke_id: int, message: m.Message) -> bytes:
    return encode_frame(invoke_id, encode(message))


def granted(duration: int | None = 60) -> StartApplicationSessionPosResponse:
    return StartApplicationSessionPosResponse(
        session_id="s-1", actual_protocol_version=WAY.protocol_versions[0], actual_session_duration=duration
    )


def application(answer: m.Message | None = None) -> Session:
    """An application whose request for a session is answered at the time 0."""
    session = Session(Role.COMPUTING_FUNCTION, only_way(WAY), SETTINGS, credentials=WHO)
    session.connection_made(0.0)
    session.data_to_send()
    session.receive_data(frame(0, answer or granted()), 0.0)
    drain(session)
    return session


def switch(settings: SessionSettings = SETTINGS, **request: object) -> Session:
    """A switch that was asked for a session at the time 0."""
    session = Session(Role.SWITCHING_FUNCTION, only_way(WAY), settings, verify=lambda who: who == WHO)
    session.connection_made(0.0)
    asking = Session(Role.COMPUTING_FUNCTION, only_way(WAY), credentials=WHO)
    asking.connection_made(0.0)
    (start,) = sent(asking)
    session.receive_data(frame(0, replace(start, **request)), 0.0)
    return session


def test_application_asks_with_user_password_versions_and_duration() -> None:
    session = Session(Role.COMPUTING_FUNCTION, only_way(WAY), credentials=WHO)
    session.connection_made(0.0)
    data = session.data_to_send()
    assert data.startswith(b"\x00\x00")
    assert b"<user>AMHOST</user><password>77777</password>" in data
    (start,) = [decode(data[8:]).message]
    assert isinstance(start, StartApplicationSession)
    assert start.requested_protocol_versions == WAY.protocol_versions
    assert start.requested_session_duration == 60


def test_session_id_is_told_and_the_session_renewed_in_time() -> None:
    session = Session(Role.COMPUTING_FUNCTION, only_way(WAY), SETTINGS, credentials=WHO)
    session.connection_made(0.0)
    session.data_to_send()
    session.receive_data(frame(0, granted(40)), 1.0)
    assert drain(session) == [LinkUp("s-1")]
    assert session.get_timer() == 20.0
    session.handle_timer(20.0)
    assert sent(session) == [ResetApplicationSessionTimer(session_id="s-1", requested_session_duration=60)]


@pytest.mark.parametrize("size", [None, 1])
def test_session_that_is_renewed_lasts(size: int | None) -> None:
    pair = ConnectionPair(SETTINGS, size, "xml-session", WHO)
    pair.connect()
    drain(pair.application)
    now = 0.0
    for _ in range(20):
        now = min(time for time in (pair.application.get_timer(), pair.switch.get_timer()) if time is not None)
        pair.application.handle_timer(now)
        pair.switch.handle_timer(now)
        pair.move(now)
    assert now > 500.0
    assert pair.application.phase is pair.switch.phase is Phase.UP
    assert drain(pair.application) == []


def test_session_that_is_not_renewed_ends_on_both_sides() -> None:
    session = application()
    for now in (30.0, 45.0, 52.5, 56.25, 58.125, 59.0625):
        assert session.phase is Phase.UP
        session.handle_timer(now)
    session.handle_timer(60.0)
    down = drain(session)[-1]
    assert isinstance(down, LinkDown)
    assert "did not answer its renewal" in down.reason

    there = switch()
    there.data_to_send()
    there.handle_timer(59.9)
    assert there.phase is Phase.UP
    there.handle_timer(60.0)
    (end,) = sent(there)
    assert isinstance(end, ApplicationSessionTerminated)
    assert end.session_term_reason == SessionTermination(
        defined_term_reason=SessionTerminationReason.SESSION_TIMER_EXPIRED
    )
    assert drain(there)[-1] == LinkDown("the application did not renew its session")


def test_session_without_duration_lasts_for_ever() -> None:
    session = application(granted(None))
    assert session.get_timer() == 1000.0


def test_refused_renewal_ends_the_link() -> None:
    session = application()
    session.handle_timer(30.0)
    refusal = ResetApplicationSessionTimerNegResponse(error_code=SessionFailure(application_error="gone"))
    session.receive_data(frame(1, refusal), 30.0)
    assert drain(session) == [LinkDown("the application session was not renewed: refused: applicationSession/gone")]


@pytest.mark.parametrize(
    ("failure", "ending"),
    [
        (SessionFailure(defined_error=DefinedSessionError.INVALID_APPLICATION_INFO), Ending.CREDENTIALS_REFUSED),
        (
            SessionFailure(defined_error=DefinedSessionError.REQUESTED_PROTOCOL_VERSION_NOT_SUPPORTED),
            Ending.RETRY_LATER,
        ),
        (SessionFailure(defined_error=DefinedSessionError.SERVER_RESOURCES_BUSY), Ending.RETRY_LATER),
        (SessionFailure(application_error="full moon"), Ending.RETRY_LATER),
    ],
)
def test_refused_session_says_whether_trying_again_helps(failure: SessionFailure, ending: Ending) -> None:
    session = Session(Role.COMPUTING_FUNCTION, only_way(WAY), SETTINGS, credentials=WHO)
    session.connection_made(0.0)
    session.receive_data(frame(0, StartApplicationSessionNegResponse(error_code=failure)), 0.0)
    (down,) = drain(session)
    assert isinstance(down, LinkDown)
    assert down.ending is ending
    assert down.reason.startswith("StartApplicationSession failed: refused: applicationSession/")


@pytest.mark.parametrize(
    ("error", "ending"),
    [
        (m.ErrorResponse(category="security", value="generic"), Ending.CREDENTIALS_REFUSED),
        (m.ErrorResponse(category="operation", value="serviceNotSupported"), Ending.RETRY_LATER),
    ],
)
def test_switch_that_answers_with_an_error_of_csta(error: m.ErrorResponse, ending: Ending) -> None:
    session = Session(Role.COMPUTING_FUNCTION, only_way(WAY), SETTINGS)
    session.connection_made(0.0)
    session.receive_data(frame(0, error), 0.0)
    (down,) = drain(session)
    assert isinstance(down, LinkDown)
    assert down.ending is ending


def test_unanswered_start_is_a_lost_link() -> None:
    session = Session(Role.COMPUTING_FUNCTION, only_way(WAY), SETTINGS)
    session.connection_made(0.0)
    session.handle_timer(5.0)
    (down,) = drain(session)
    assert isinstance(down, LinkDown)
    assert down.ending is Ending.LOST


# --- the switch


def test_wrong_password_is_refused_and_the_third_attempt_ends_the_link() -> None:
    pair = ConnectionPair(profile="xml-session", credentials=Credentials("AMHOST", "x"), verify=lambda who: who == WHO)
    pair.connect()
    (down,) = drain(pair.application)
    assert isinstance(down, LinkDown)
    assert down.ending is Ending.CREDENTIALS_REFUSED
    assert pair.switch.phase is Phase.OPENING
    start = pair.sent[0][1]
    pair.switch.receive_data(start * 2, 1.0)
    assert isinstance(drain(pair.switch)[-1], LinkDown)


def test_version_that_the_switch_does_not_speak() -> None:
    session = switch(requested_protocol_versions=("http://example.org/ed9",))
    (answer,) = sent(session)
    assert isinstance(answer, StartApplicationSessionNegResponse)
    assert answer.error_code == SessionFailure(
        defined_error=DefinedSessionError.REQUESTED_PROTOCOL_VERSION_NOT_SUPPORTED
    )
    assert session.phase is Phase.OPENING


@pytest.mark.parametrize(("wanted", "given"), [(30, 30), (999_999, 100), (None, 60), (0, 60)])
def test_duration_is_granted_up_to_the_limit(wanted: int | None, given: int) -> None:
    settings = SessionSettings(heartbeat=5000.0, max_session_duration=100.0)
    session = switch(settings, requested_session_duration=wanted)
    (answer,) = sent(session)
    assert isinstance(answer, StartApplicationSessionPosResponse)
    assert answer.actual_session_duration == given
    assert session.get_timer() == given


def test_second_session_on_one_link_is_refused() -> None:
    session = switch()
    sent(session)
    asking = Session(Role.COMPUTING_FUNCTION, only_way(WAY), credentials=WHO)
    asking.connection_made(0.0)
    session.receive_data(asking.data_to_send(), 1.0)
    (answer,) = sent(session)
    assert isinstance(answer, StartApplicationSessionNegResponse)
    assert session.phase is Phase.UP


@pytest.mark.parametrize("request_", [ResetApplicationSessionTimer, StopApplicationSession])
def test_another_s_session_is_neither_renewed_nor_stopped(
    request_: type[ResetApplicationSessionTimer | StopApplicationSession],
) -> None:
    session = switch()
    sent(session)
    session.receive_data(frame(5, request_(session_id="another")), 1.0)
    (answer,) = sent(session)
    assert type(answer).__name__ == request_.__name__ + "NegResponse"
    assert session.phase is Phase.UP
    assert session.get_timer() == 60.0


# --- the end


def test_switch_ends_the_session_for_lack_of_resources() -> None:
    session = application()
    reason = SessionTermination(defined_term_reason=SessionTerminationReason.RESOURCE_LIMITATION)
    session.receive_data(frame(9, ApplicationSessionTerminated(session_id="s-1", session_term_reason=reason)), 1.0)
    (down,) = drain(session)
    assert down == LinkDown("the switch ended the application session: resourceLimitation", Ending.RETRY_LATER)


def test_the_end_of_another_session_is_not_ours() -> None:
    session = application()
    session.receive_data(frame(9, ApplicationSessionTerminated(session_id="s-2")), 1.0)
    assert faults(session) == ["the end of another session was told: 's-2'"]
    assert session.phase is Phase.UP


def test_closing_stops_the_session() -> None:
    session = application()
    session.close(1.0)
    (stop,) = sent(session)
    assert isinstance(stop, StopApplicationSession)
    assert stop.session_id == "s-1"
    assert not session.close_wanted()
    session.handle_timer(3.0)
    assert drain(session) == [LinkDown("closed by us, without the peer's answer", Ending.CLOSED)]
