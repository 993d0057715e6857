"""uaCSTA associations: two sessions whose bodies a test carries, in every order and with every loss that SIP allows."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csta import messages as m
from csta.errors import (
    FrameTooLargeError,
    LinkLost,
    MessageError,
    RequestTimedOut,
    ServiceRefused,
    SessionError,
    TooManyRequestsError,
)
from csta.identifiers import ConnectionID, DeviceID
from csta.session_events import (
    Ending,
    EventReceived,
    Fault,
    LinkDown,
    LinkUp,
    NoticeReceived,
    RequestFailed,
    RequestReceived,
    ResponseReceived,
    SessionEvent,
    StatusReceived,
)
from csta.session_settings import Role
from csta.states import SystemStatusValue
from csta.uacsta import CONTENT_TYPE, Body, Carrier, Responding, UaPhase, UaSession, UaSettings

START = 1_000_000.0
PHONE = DeviceID("7101")
CALL = ConnectionID("1", "7101")
MUTE = m.SetMicrophoneMute(device=PHONE, auditory_apparatus="1", microphone_mute_on=True)
MAKE = m.MakeCall(calling_device=PHONE, called_directory_number=DeviceID("7102"))
MADE = m.MakeCallResponse(calling_device=CALL)
ASK_MUTE = m.GetMicrophoneMute(device=PHONE)
MUTES = m.GetMicrophoneMuteResponse()

SIPE_OPENS = (
    b'<?xml version="1.0"?>'
    b'<RequestSystemStatus xmlns="http://www.ecma-international.org/standards/ecma-323/csta/ed3"><extensions>'
    b"<privateData><private>"
    b'<lcs:line xmlns:lcs="http://schemas.microsoft.com/Lcs/2005/04/RCCExtension">tel:7101</lcs:line>'
    b"</private></privateData></extensions></RequestSystemStatus>"
)


def event(number: int = 1) -> m.Event:
    return m.MicrophoneMute(monitor_cross_ref_id=f"{number:04d}", auditory_apparatus="1", microphone_mute_on=True)


@dataclass
class Pair:
    """An application and a phone; `run` carries bodies as SIP does, `told` keeps what each side was told."""

    application: UaSession = field(default_factory=lambda: UaSession(Role.COMPUTING_FUNCTION))
    phone: UaSession = field(default_factory=lambda: UaSession(Role.SWITCHING_FUNCTION))
    now: float = START
    answer: Callable[[m.Request], m.Response | m.ErrorResponse | None] = lambda _request: None
    told: list[tuple[str, SessionEvent]] = field(default_factory=list)
    carried: list[tuple[str, Carrier, int, bytes]] = field(default_factory=list)

    def run(self) -> "Pair":
        for _ in range(1000):
            moved = [self._carry("application", self.application, self.phone)]
            moved.append(self._carry("phone", self.phone, self.application))
            if not any(moved):
                return self
        raise AssertionError("never at rest")

    def _carry(self, name: str, source: UaSession, other: UaSession) -> bool:
        bodies = source.bodies_to_send()
        for body in bodies:
            self.carried.append((name, body.carrier, body.status, body.content))
            match body.carrier:
                case Carrier.INVITE:
                    other.invited(body.content, self.now)
                case Carrier.INVITE_ANSWER if body.status < 300:
                    other.accepted(body.content, self.now)
                case Carrier.INVITE_ANSWER:
                    other.refused(body.status, "", self.now)
                case Carrier.INFO:
                    other.receive_body(str(body.key), body.content, self.now)
                case Carrier.INFO_ANSWER:
                    other.receive_answer(int(body.key), body.status, body.content, self.now)
        self._collect()
        return bool(bodies)

    def _collect(self) -> None:
        for name, session in (("application", self.application), ("phone", self.phone)):
            while (told := session.next_event()) is not None:
                self.told.append((name, told))
                if isinstance(told, RequestReceived):
                    answer = self.answer(told.request)
                    if answer is not None:
                        session.send_response(told.invoke_id, answer, self.now)

    def advance(self, seconds: float) -> None:
        end = self.now + seconds
        while True:
            due = [at for each in (self.application, self.phone) if (at := each.get_timer()) is not None and at <= end]
            if not due:
                break
            self.now = max(self.now, min(due))
            self.application.handle_timer(self.now)
            self.phone.handle_timer(self.now)
            self._collect()
            self.run()
        self.now = end

    def of(self, name: str, kind: type[SessionEvent]) -> list[SessionEvent]:
        return [told for who, told in self.told if who == name and type(told) is kind]

    def faults(self) -> list[str]:
        return [told.text for _, told in self.told if isinstance(told, Fault)]


def up(**phone: object) -> Pair:
    pair = Pair(phone=UaSession(Role.SWITCHING_FUNCTION, UaSettings(**phone)))
    pair.application.open(pair.now)
    return pair.run()


def single(role: Role = Role.COMPUTING_FUNCTION, **more: object) -> UaSession:
    """One side that is up, its far end played by the test."""
    session = UaSession(role, UaSettings(**more))
    if role is Role.COMPUTING_FUNCTION:
        session.open(START)
        session.accepted(b"", START)
    else:
        session.invited(SIPE_OPENS, START)
    told(session)
    session.bodies_to_send()
    return session


def told(session: UaSession) -> list[SessionEvent]:
    events = []
    while (each := session.next_event()) is not None:
        events.append(each)
    return events


def failures(session: UaSession) -> list[Exception]:
    return [each.error for each in told(session) if isinstance(each, RequestFailed)]


# --- opening


def test_the_invite_asks_for_the_status_and_the_200_tells_it() -> None:
    pair = up()
    [(_, invite, _, asked), (_, answer, status, told_status)] = pair.carried
    assert (invite, answer, status) == (Carrier.INVITE, Carrier.INVITE_ANSWER, 200)
    assert b"RequestSystemStatus" in asked
    assert b"csta/ed3" in asked
    assert b"<systemStatus>normal</systemStatus>" in told_status
    assert pair.told == [("phone", LinkUp("")), ("application", LinkUp(""))]
    assert pair.application.status is SystemStatusValue.NORMAL


def test_the_phone_takes_an_invite_as_sipe_writes_it() -> None:
    phone = UaSession(Role.SWITCHING_FUNCTION)
    phone.invited(SIPE_OPENS, START)
    [body] = phone.bodies_to_send()
    assert (body.carrier, body.status) == (Carrier.INVITE_ANSWER, 200)
    assert phone.phase is UaPhase.UP


def test_the_phone_speaks_the_edition_of_its_application() -> None:
    phone = UaSession(Role.SWITCHING_FUNCTION)
    phone.invited(SIPE_OPENS.replace(b"csta/ed3", b"csta/ed5"), START)
    assert b"csta/ed5" in phone.bodies_to_send()[0].content


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b"", CONTENT_TYPE, 400),
        (b"<RequestSystemStatus", CONTENT_TYPE, 400),
        (b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", CONTENT_TYPE, 400),
        (SIPE_OPENS.replace(b"RequestSystemStatus", b"MonitorStop"), CONTENT_TYPE, 400),
        (SIPE_OPENS.replace(b"RequestSystemStatus", b"GetCSTAFeatures"), CONTENT_TYPE, 488),
        (SIPE_OPENS.replace(b"RequestSystemStatus", b"GetWeather"), CONTENT_TYPE, 488),
        (SIPE_OPENS, "application/sdp", 415),
        (SIPE_OPENS + b" " * 70_000, CONTENT_TYPE, 413),
    ],
)
def test_the_phone_refuses_other_invites(content: bytes, content_type: str, status: int) -> None:
    phone = UaSession(Role.SWITCHING_FUNCTION)
    phone.invited(content, START, content_type)
    assert [(body.carrier, body.status) for body in phone.bodies_to_send()] == [(Carrier.INVITE_ANSWER, status)]
    assert phone.close_wanted()


def test_a_re_invite_is_answered_and_changes_nothing() -> None:
    phone = single(Role.SWITCHING_FUNCTION)
    phone.invited(SIPE_OPENS, START + 5)
    [body] = phone.bodies_to_send()
    assert body.status == 200
    phone.invited(b"<x", START + 6)
    assert phone.bodies_to_send()[0].status == 400
    assert phone.phase is UaPhase.UP


def test_an_answer_without_status_brings_the_association_up_and_is_told() -> None:
    session = UaSession(Role.COMPUTING_FUNCTION)
    session.open(START)
    session.accepted(b"", START)
    assert [type(each) for each in told(session)] == [Fault, LinkUp]


def test_an_error_in_the_200_is_a_refusal() -> None:
    pair = Pair()
    pair.application.open(START)
    pair.application.accepted(
        b'<CSTAErrorCode xmlns="http://www.ecma-international.org/standards/ecma-323/csta/ed3">'
        b"<operation>requestNotAllowed</operation></CSTAErrorCode>",
        START,
    )
    [down] = told(pair.application)
    assert isinstance(down, LinkDown)
    assert down.reason == "the phone refuses: operation/requestNotAllowed"


@pytest.mark.parametrize(("status", "ending"), [(486, Ending.LOST), (403, Ending.CREDENTIALS_REFUSED)])
def test_a_refused_invite_ends_the_attempt(status: int, ending: Ending) -> None:
    session = UaSession(Role.COMPUTING_FUNCTION)
    session.open(START)
    session.refused(status, "No", START)
    assert told(session) == [LinkDown(f"the phone refuses: {status} No", ending)]
    assert session.close_wanted()


def test_a_phone_that_does_not_answer_ends_the_attempt() -> None:
    session = UaSession(Role.COMPUTING_FUNCTION, UaSettings(open_timeout=4))
    session.open(START)
    assert session.get_timer() == START + 4
    session.handle_timer(START + 4)
    assert told(session) == [LinkDown("the phone did not answer within 4 s")]
    session.accepted(b"", START + 5)
    assert session.phase is UaPhase.OVER


def test_only_applications_open_and_only_once() -> None:
    with pytest.raises(SessionError):
        UaSession(Role.SWITCHING_FUNCTION).open(START)
    session = single()
    with pytest.raises(SessionError):
        session.open(START)
    with pytest.raises(SessionError):
        UaSession(Role.COMPUTING_FUNCTION).send_request(MAKE, START)


# --- requests


@pytest.mark.parametrize("responding", Responding)
def test_a_response_comes_in_the_200_or_in_an_info(responding: Responding) -> None:
    pair = up(responding=responding)
    pair.answer = lambda _request: MADE
    number = pair.application.send_request(MAKE, pair.now)
    pair.run()
    assert pair.of("application", ResponseReceived) == [ResponseReceived(number, MAKE, MADE)]
    carriers = [(name, carrier, bool(content)) for name, carrier, _, content in pair.carried[2:]]
    if responding is Responding.IN_ANSWER:
        assert carriers == [("application", Carrier.INFO, True), ("phone", Carrier.INFO_ANSWER, True)]
    else:
        assert carriers == [
            ("application", Carrier.INFO, True),
            ("phone", Carrier.INFO_ANSWER, False),
            ("phone", Carrier.INFO, True),
            ("application", Carrier.INFO_ANSWER, False),
        ]


def test_an_answer_that_takes_long_follows_in_an_info() -> None:
    pair = up(answer_within=2.0)
    number = pair.application.send_request(MAKE, pair.now)
    pair.run()
    pair.advance(3)
    assert pair.carried[-1] == ("phone", Carrier.INFO_ANSWER, 200, b"")
    [asked] = pair.of("phone", RequestReceived)
    assert isinstance(asked, RequestReceived)
    pair.phone.send_response(asked.invoke_id, MADE, pair.now)
    pair.run()
    assert pair.of("application", ResponseReceived) == [ResponseReceived(number, MAKE, MADE)]


@pytest.mark.parametrize("responding", Responding)
def test_requests_go_one_by_one_and_keep_their_answers(responding: Responding) -> None:
    pair = up(responding=responding)
    answers: dict[type[m.Request], m.Response | m.ErrorResponse] = {
        m.MakeCall: MADE,
        m.GetMicrophoneMute: MUTES,
        m.SetMicrophoneMute: m.ErrorResponse(category="operation", value="invalidDeviceID"),
    }
    pair.answer = lambda request: answers[type(request)]
    numbers = [pair.application.send_request(each, pair.now) for each in (MAKE, MUTE, ASK_MUTE, MAKE)]
    assert len(pair.application._out) == 1
    pair.run()
    outcome = [each for _, each in pair.told if isinstance(each, ResponseReceived | RequestFailed)]
    assert [each.invoke_id for each in outcome] == numbers
    assert [each.response for each in outcome if isinstance(each, ResponseReceived)] == [MADE, MUTES, MADE]
    assert [each.request for each in outcome if isinstance(each, RequestFailed)] == [MUTE]


def test_the_far_end_refuses_with_an_error_or_with_sip() -> None:
    pair = up()
    pair.answer = lambda _request: m.ErrorResponse(category="operation", value="invalidDeviceID")
    pair.application.send_request(MAKE, pair.now)
    pair.run()
    [failed] = pair.of("application", RequestFailed)
    assert isinstance(failed, RequestFailed)
    assert isinstance(failed.error, ServiceRefused)
    assert (failed.error.category, failed.error.value) == ("operation", "invalidDeviceID")
    session = single()
    number = session.send_request(MAKE, START)
    session.receive_answer(number, 469, b"", START)
    [error] = failures(session)
    assert str(error) == "refused: sip/469"


def test_another_services_response_is_no_answer() -> None:
    pair = up()
    asked = pair.application.send_request(MAKE, pair.now)
    [body] = pair.application.bodies_to_send()
    other = single(Role.SWITCHING_FUNCTION)
    other.receive_body("k", body.content, START)
    other.bodies_to_send()
    wrong = single(Role.SWITCHING_FUNCTION)
    wrong.receive_body("k", _body_of(ASK_MUTE), START)
    wrong.send_response(1, MUTES, START)
    [answer] = wrong.bodies_to_send()
    pair.application.receive_answer(asked, 200, answer.content, pair.now)
    assert [type(error) for error in failures(pair.application)] == [MessageError]


def _body_of(message: m.Request | m.Event) -> bytes:
    session = single()
    session._put(message, START)
    return session.bodies_to_send()[0].content


def test_what_is_not_answered_times_out_and_a_late_answer_meets_no_other_request() -> None:
    session = single(request_timeout=5.0)
    first = session.send_request(MAKE, START)
    session.receive_answer(first, 200, b"", START)
    second = session.send_request(MAKE, START + 1)
    session.handle_timer(START + 5)
    [error] = failures(session)
    assert isinstance(error, RequestTimedOut)
    [body] = session.bodies_to_send()[1:]
    assert body.key == second
    phone = single(Role.SWITCHING_FUNCTION)
    phone.receive_body("k", _body_of(MAKE), START)
    phone.send_response(1, MADE, START)
    [answer] = phone.bodies_to_send()
    session.receive_body("late", answer.content, START + 6)
    assert [each.text for each in told(session) if isinstance(each, Fault)] == [
        "MakeCallResponse to MakeCall came after its time-out"
    ]
    session.receive_answer(second, 200, answer.content, START + 6)
    [response] = told(session)
    assert isinstance(response, ResponseReceived)
    assert response.invoke_id == second


def test_unknown_and_garbled_requests_are_refused_each_with_its_word() -> None:
    phone = single(Role.SWITCHING_FUNCTION)
    phone.receive_body("a", SIPE_OPENS.replace(b"RequestSystemStatus", b"GetWeather"), START)
    phone.receive_body("b", _body_of(MAKE).replace(b"calledDirectoryNumber", b"calledDirectory"), START)
    phone.receive_body("c", b"\xff\xfe", START)
    phone.receive_body("d", b"<a/>", START, "text/xml")
    phone.receive_body("e", b"x" * 70_000, START)
    phone.receive_body("f", b"", START)
    answers = {body.key: (body.status, body.content) for body in phone.bodies_to_send()}
    assert b"serviceNotSupported" in answers["a"][1]
    assert b"invalidParameterValue" in answers["b"][1]
    assert [answers[key][0] for key in "abcdef"] == [200, 200, 400, 415, 413, 200]
    assert all(isinstance(each, Fault) for each in told(phone))


def test_more_requests_than_can_be_answered_are_refused() -> None:
    phone = single(Role.SWITCHING_FUNCTION, max_unanswered=2)
    for key in "abc":
        phone.receive_body(key, _body_of(MUTE), START)
    [body] = phone.bodies_to_send()
    assert body.key == "c"
    assert b"outstandingReqLimitExceeded" in body.content
    assert len([each for each in told(phone) if isinstance(each, RequestReceived)]) == 2


def test_a_request_is_answered_once_and_by_its_own_response() -> None:
    phone = single(Role.SWITCHING_FUNCTION)
    phone.receive_body("a", _body_of(MAKE), START)
    with pytest.raises(SessionError):
        phone.send_response(1, MUTES, START)
    phone.send_response(1, MADE, START)
    with pytest.raises(SessionError):
        phone.send_response(1, MADE, START)


def test_the_window_has_a_limit_and_so_has_a_body() -> None:
    session = single(max_waiting=2)
    for _ in range(3):
        session.send_request(MAKE, START)
    with pytest.raises(TooManyRequestsError):
        session.send_request(MAKE, START)
    small = single(max_body_bytes=150)
    with pytest.raises(FrameTooLargeError):
        small.send_request(MAKE, START)


# --- events, notices, status


def test_events_keep_their_order_one_info_at_a_time() -> None:
    pair = up()
    for number in range(1, 4):
        pair.phone.send_event(event(number), pair.now)
    assert len(pair.phone._out) == 1
    pair.run()
    received = pair.of("application", EventReceived)
    assert [each.event.monitor_cross_ref_id for each in received] == ["0001", "0002", "0003"]


def test_a_refused_event_is_told_and_the_next_goes_out() -> None:
    phone = single(Role.SWITCHING_FUNCTION)
    phone.send_event(event(1), START)
    phone.send_event(event(2), START)
    [first] = phone.bodies_to_send()
    phone.receive_answer(int(first.key), 500, b"", START)
    assert [each.text for each in told(phone)] == ["MicrophoneMute was refused with SIP status 500"]
    assert len(phone.bodies_to_send()) == 1


def test_events_go_out_while_a_request_waits_for_its_answer() -> None:
    pair = up()
    pair.phone.send_request(m.RequestSystemStatus(), pair.now)
    [asked] = pair.phone.bodies_to_send()
    pair.phone.receive_answer(int(asked.key), 200, b"", pair.now)
    pair.phone.send_event(event(), pair.now)
    assert [body.carrier for body in pair.phone.bodies_to_send()] == [Carrier.INFO]


def test_a_status_is_told_when_it_changes() -> None:
    pair = up()
    changed = m.SystemStatus(system_status=SystemStatusValue.PARTIALLY_DISABLED)
    for _ in range(2):
        pair.phone.send_request(changed, pair.now)
        pair.run()
    assert pair.of("application", StatusReceived) == [StatusReceived(SystemStatusValue.PARTIALLY_DISABLED)]


def test_a_notice_is_told() -> None:
    pair = up()
    notice = m.SystemRegisterAbort(sys_stat_register_id="1")
    pair.phone.send_notice(notice, pair.now)
    pair.run()
    assert pair.of("application", NoticeReceived) == [NoticeReceived(notice)]


# --- life and end


def test_the_application_asks_a_silent_phone_whether_it_lives() -> None:
    pair = up()
    pair.advance(61)
    assert pair.carried[-2][1] is Carrier.INFO
    assert b"RequestSystemStatus" in pair.carried[-2][3]
    assert pair.told == [("phone", LinkUp("")), ("application", LinkUp(""))]


def test_a_phone_that_answers_no_status_is_given_up() -> None:
    session = single(heartbeat=10.0, heartbeat_misses=2, request_timeout=3.0)
    for _ in range(10):
        at = session.get_timer()
        if at is None:
            break
        for body in session.bodies_to_send():
            session._sending.info_answered(int(body.key), 200, at)
        session.handle_timer(at)
    assert told(session) == [LinkDown("the phone answers no more (2 times asked)")]
    assert session.close_wanted()


def test_a_refused_sign_of_life_is_one() -> None:
    session = single(heartbeat=10.0, heartbeat_misses=1)
    session.handle_timer(START + 10)
    [asked] = session.bodies_to_send()
    session.receive_answer(int(asked.key), 405, b"", START + 10)
    assert session.phase is UaPhase.UP
    assert session.get_timer() == START + 20


@pytest.mark.parametrize("orderly", [True, False])
def test_the_end_fails_what_is_open_and_is_told_once(orderly: bool) -> None:
    session = single()
    session.send_request(MAKE, START)
    session.send_request(MUTE, START)
    session.ended("BYE", START, orderly=orderly)
    session.ended("again", START)
    session.close(START)
    *failed, down = told(session)
    assert [type(each.error) for each in failed if isinstance(each, RequestFailed)] == [LinkLost, LinkLost]
    assert down == LinkDown("BYE", Ending.CLOSED if orderly else Ending.LOST)
    assert session.get_timer() is None


def test_after_the_end_everything_is_refused() -> None:
    phone = single(Role.SWITCHING_FUNCTION)
    phone.close(START)
    told(phone)
    phone.receive_body("a", _body_of(MAKE), START)
    phone.invited(SIPE_OPENS, START)
    assert [(body.carrier, body.status) for body in phone.bodies_to_send()] == [
        (Carrier.INFO_ANSWER, 481),
        (Carrier.INVITE_ANSWER, 481),
    ]
    phone.receive_answer(1, 200, b"x", START)
    assert phone.phase is UaPhase.OVER
    with pytest.raises(SessionError):
        phone.send_event(event(), START)


@pytest.mark.parametrize("name", ["answer_within", "open_timeout", "request_timeout", "max_waiting", "heartbeat"])
def test_settings_are_positive(name: str) -> None:
    with pytest.raises(SessionError, match=name):
        UaSettings(**{name: 0})


# --- whatever comes


BODIES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [SIPE_OPENS, _body_of(MAKE), _body_of(event()), _body_of(ASK_MUTE), SIPE_OPENS[:-5], SIPE_OPENS + b"x", b""]
    ),
)


@settings(max_examples=150, deadline=None)
@given(
    role=st.sampled_from(Role),
    steps=st.lists(
        st.tuples(st.sampled_from(["info", "answer", "invite", "accepted", "time"]), BODIES, st.integers(0, 700)),
        max_size=25,
    ),
)
def test_whatever_comes_nothing_is_raised_and_each_info_is_answered_once(
    role: Role, steps: list[tuple[str, bytes, int]]
) -> None:
    session = single(role, max_unanswered=3)
    if role is Role.COMPUTING_FUNCTION:
        session.send_request(MAKE, START)
    now, keys, out = START, [], list[Body]()
    for number, (step, content, size) in enumerate(steps):
        now += size / 100
        match step:
            case "info":
                keys.append(str(number))
                session.receive_body(str(number), content, now)
            case "answer":
                session.receive_answer(size % 4, 200 + size % 300, content, now)
            case "invite":
                session.invited(content, now)
            case "accepted":
                session.accepted(content, now)
            case _:
                session.handle_timer(now)
        out += session.bodies_to_send()
    session.handle_timer(now + 5)
    out += session.bodies_to_send()
    answered = [body.key for body in out if body.carrier is Carrier.INFO_ANSWER]
    assert sorted(map(str, answered)) == sorted(keys) or session.phase is UaPhase.OVER
    assert len(set(answered)) == len(answered)
    told(session)
