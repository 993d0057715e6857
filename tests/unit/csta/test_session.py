import pytest

from csta import (
    ConnectionID,
    EventReceived,
    Fault,
    LinkDown,
    LinkLost,
    LinkUp,
    MessageError,
    Phase,
    RequestFailed,
    RequestReceived,
    RequestTimedOut,
    ResponseReceived,
    Role,
    ServiceRefused,
    Session,
    SessionError,
    SessionSettings,
    StatusReceived,
    SystemStatusValue,
    TooManyRequestsError,
    encode,
    encode_frame,
)
from csta import messages as m
from csta.codec.framing import XmlHeaderFramer
from csta.dialects.openscape_voice import DIALECT
from csta.errors import EncodeError, FrameTooLargeError
from csta.messages import ErrorResponse
from tests.unit.csta.samples import AGENT, AT_AGENT, PILOT
from tests.unit.csta.wire import ConnectionPair, connected, drain

START = m.MonitorStart(monitor_object=PILOT)
STARTED = m.MonitorStartResponse(monitor_cross_ref_id="9")
BACK = m.BackInService(monitor_cross_ref_id="9", device=AGENT)


def frame(invoke_id: int, message: m.Message) -> bytes:
    return encode_frame(invoke_id, encode(message))


def raw(invoke_id: int, body: str) -> bytes:
    return encode_frame(invoke_id, f'<{body} xmlns="{DIALECT.profile().namespace}"/>'.encode())


def invoke_ids(data: bytes) -> list[int]:
    decoder = XmlHeaderFramer()
    decoder.feed(data)
    ids = []
    while (found := decoder.next_frame()) is not None:
        ids.append(found.invoke_id)
    return ids


def faults(session: Session) -> list[str]:
    return [event.text for event in drain(session) if isinstance(event, Fault)]


# --- the start


@pytest.mark.parametrize("size", [None, 1, 5])
def test_start_in_the_order_of_openscape_voice(size: int | None) -> None:
    pair = ConnectionPair(size=size)
    pair.connect()
    status = m.SystemStatus(system_status=SystemStatusValue.ENABLED)
    register = m.SystemRegister(request_types=frozenset({m.RequestType.SYSTEM_STATUS}))
    assert pair.sent == [
        ("switch", frame(0, status)),
        ("application", frame(0, m.SystemStatusResponse()) + frame(0, register)),
        ("switch", frame(0, m.SystemRegisterResponse(sys_stat_register_id="01"))),
    ]
    assert drain(pair.application) == [StatusReceived(SystemStatusValue.ENABLED), LinkUp("01")]
    assert drain(pair.switch) == [LinkUp("01")]
    assert pair.application.phase is pair.switch.phase is Phase.UP


def test_application_stays_silent_until_the_switch_speaks() -> None:
    application = Session(Role.COMPUTING_FUNCTION, DIALECT)
    application.connection_made(0.0)
    assert application.data_to_send() == b""
    with pytest.raises(SessionError, match="not up"):
        application.send_request(START, 0.0)


def test_application_registers_only_when_the_switch_is_ready() -> None:
    application = Session(Role.COMPUTING_FUNCTION, DIALECT)
    application.connection_made(0.0)
    application.receive_data(frame(0, m.SystemStatus(system_status=SystemStatusValue.INITIALIZING)), 1.0)
    assert application.data_to_send() == frame(0, m.SystemStatusResponse())
    application.receive_data(frame(1, m.SystemStatus(system_status=SystemStatusValue.ENABLED)), 2.0)
    application.receive_data(frame(2, m.SystemStatus(system_status=SystemStatusValue.NORMAL)), 2.0)
    # One registration, however often the switch says that it is ready.
    assert application.data_to_send().count(b"<SystemRegister ") == 1


def test_login_that_does_not_come_about() -> None:
    application = Session(Role.COMPUTING_FUNCTION, DIALECT, SessionSettings(login_timeout=5.0))
    application.connection_made(0.0)
    assert application.get_timer() == 5.0
    application.handle_timer(5.0)
    assert drain(application) == [LinkDown("the link did not come up within 5 s")]
    assert application.close_wanted()


def test_registration_refused() -> None:
    application = Session(Role.COMPUTING_FUNCTION, DIALECT)
    application.connection_made(0.0)
    application.receive_data(frame(0, m.SystemStatus(system_status=SystemStatusValue.ENABLED)), 0.0)
    application.receive_data(frame(0, ErrorResponse(category="security", value="generic")), 0.0)
    assert drain(application)[-1] == LinkDown("SystemRegister failed: refused: security/generic")


def test_requests_before_the_registration_are_refused() -> None:
    switch = Session(Role.SWITCHING_FUNCTION, DIALECT)
    switch.connection_made(0.0)
    switch.data_to_send()
    switch.receive_data(frame(5, START), 0.0)
    refusal = ErrorResponse(category="stateIncompatibility", value="invalidObjectState")
    assert switch.data_to_send() == frame(5, refusal)
    assert "before the link is up" in faults(switch)[0]


# --- requests, responses, events


def test_request_and_response() -> None:
    pair = connected()
    invoke_id = pair.application.send_request(START, 1.0)
    pair.move(1.0)
    (received,) = drain(pair.switch)
    assert received == RequestReceived(invoke_id, START)
    pair.switch.send_response(invoke_id, STARTED, 1.0)
    pair.move(1.0)
    assert drain(pair.application) == [ResponseReceived(invoke_id, START, STARTED)]


def test_refusal() -> None:
    pair = connected()
    invoke_id = pair.application.send_request(START, 1.0)
    pair.move(1.0)
    pair.switch.send_response(invoke_id, ErrorResponse(category="operation", value="invalidDeviceID"), 1.0)
    pair.move(1.0)
    (failed,) = drain(pair.application)
    assert isinstance(failed, RequestFailed)
    assert isinstance(failed.error, ServiceRefused)
    assert (failed.error.category, failed.error.value) == ("operation", "invalidDeviceID")


@pytest.mark.parametrize("size", [None, 1, 13])
def test_response_and_events_in_one_segment_keep_their_order(size: int | None) -> None:
    pair = connected(size=size)
    invoke_id = pair.application.send_request(START, 1.0)
    pair.move(1.0)
    events = [m.BackInService(monitor_cross_ref_id=str(number), device=AGENT) for number in range(20)]
    pair.switch.send_event(events[0], 1.0)
    pair.switch.send_response(invoke_id, STARTED, 1.0)
    for event in events[1:]:
        pair.switch.send_event(event, 1.0)
    pair.move(1.0)
    assert drain(pair.application) == [
        EventReceived(events[0]),
        ResponseReceived(invoke_id, START, STARTED),
        *[EventReceived(event) for event in events[1:]],
    ]


def test_both_sides_number_their_own_requests() -> None:
    pair = connected()
    stop = m.MonitorStop(monitor_cross_ref_id="9")
    ours = pair.application.send_request(START, 1.0)
    theirs = pair.switch.send_request(stop, 1.0)
    assert ours == theirs
    pair.move(1.0)
    pair.application.send_response(theirs, m.MonitorStopResponse(), 1.0)
    pair.switch.send_response(ours, STARTED, 1.0)
    pair.move(1.0)
    assert drain(pair.switch)[-1] == ResponseReceived(theirs, stop, m.MonitorStopResponse())
    assert drain(pair.application)[-1] == ResponseReceived(ours, START, STARTED)


def test_non_ascii_text_keeps_the_frames_apart() -> None:
    pair = connected(size=1)
    event = m.AgentReady(monitor_cross_ref_id="9", agent_device=AGENT, agent_id="Jürgen Möß 漢字")
    pair.switch.send_event(event, 1.0)
    pair.switch.send_event(BACK, 1.0)
    pair.move(1.0)
    assert drain(pair.application) == [EventReceived(event), EventReceived(BACK)]


def test_long_answer_arrives_and_one_that_no_peer_could_take_is_refused() -> None:
    pair = connected()
    invoke_id = pair.application.send_request(m.SnapshotDevice(snapshot_object=PILOT), 1.0)
    pair.move(1.0)
    items = tuple(m.SnapshotDeviceItem(connection=ConnectionID(f"{n:032X}", "7000")) for n in range(1000))
    with pytest.raises(FrameTooLargeError):
        pair.switch.send_response(invoke_id, m.SnapshotDeviceResponse(snapshot_data=items), 1.0)
    # The request is not lost: a shorter answer settles it.
    answer = m.SnapshotDeviceResponse(snapshot_data=items[:250])
    assert len(encode(answer)) > 32767
    pair.switch.send_response(invoke_id, answer, 1.0)
    pair.move(1.0)
    assert isinstance(drain(pair.application)[-1], ResponseReceived)


def test_wrong_answers_are_our_own_fault() -> None:
    pair = connected()
    with pytest.raises(SessionError, match="no request 5"):
        pair.switch.send_response(5, STARTED, 1.0)
    invoke_id = pair.application.send_request(START, 1.0)
    pair.move(1.0)
    with pytest.raises(SessionError, match="MonitorStopResponse does not answer MonitorStart"):
        pair.switch.send_response(invoke_id, m.MonitorStopResponse(), 1.0)
    pair.switch.send_response(invoke_id, STARTED, 1.0)
    with pytest.raises(SessionError, match="no request"):
        pair.switch.send_response(invoke_id, STARTED, 1.0)


def test_event_that_must_not_be_sent_sends_nothing() -> None:
    pair = connected()
    with pytest.raises(EncodeError):
        pair.switch.send_event(m.Held(monitor_cross_ref_id="1", held_connection=AT_AGENT), 1.0)
    assert pair.switch.data_to_send() == b""


# --- time-outs and invoke IDs


def test_time_out_and_late_answer() -> None:
    pair = connected(SessionSettings(request_timeout=10.0))
    invoke_id = pair.application.send_request(START, 1.0)
    assert pair.application.get_timer() == 11.0
    pair.move(1.0)
    pair.application.handle_timer(11.0)
    (failed,) = drain(pair.application)
    assert isinstance(failed, RequestFailed)
    assert isinstance(failed.error, RequestTimedOut)
    # Its invoke ID is not given to another request while the answer may still come.
    assert pair.application.send_request(START, 11.0) != invoke_id
    pair.switch.send_response(invoke_id, STARTED, 12.0)
    pair.move(12.0)
    assert faults(pair.application) == ["MonitorStartResponse to MonitorStart came after its time-out"]


def test_invoke_ids_wrap_and_pass_over_those_in_use() -> None:
    pair = connected()
    first = pair.application.send_request(START, 1.0)
    pair.move(1.0)
    used = set()
    for _ in range(9999):
        invoke_id = pair.application.send_request(START, 1.0)
        pair.move(1.0)
        pair.switch.send_response(invoke_id, STARTED, 1.0)
        pair.move(1.0)
        used.add(invoke_id)
    assert used == set(range(9999)) - {first}
    pair.switch.send_response(first, STARTED, 1.0)
    pair.move(1.0)
    assert drain(pair.application)[-1] == ResponseReceived(first, START, STARTED)


def test_requests_wait_for_room_in_the_window() -> None:
    pair = connected(SessionSettings(max_outstanding=2, max_waiting=2, request_timeout=10.0))
    ids = [pair.application.send_request(START, 1.0) for _ in range(4)]
    data = pair.application.data_to_send()
    assert invoke_ids(data) == ids[:2]
    with pytest.raises(TooManyRequestsError):
        pair.application.send_request(START, 1.0)
    pair.application.receive_data(frame(ids[1], STARTED), 5.0)
    assert invoke_ids(pair.application.data_to_send()) == [ids[2]]
    pair.application.handle_timer(11.0)
    # The first timed out; the fourth takes its place and has its own ten seconds.
    assert invoke_ids(pair.application.data_to_send()) == [ids[3]]
    assert pair.application.get_timer() == 15.0


@pytest.mark.parametrize(
    "wrong", [{"heartbeat": 0.0}, {"request_timeout": -1.0}, {"max_outstanding": 9000, "max_waiting": 1}]
)
def test_settings_that_cannot_work(wrong: dict[str, float]) -> None:
    with pytest.raises(SessionError):
        SessionSettings(**wrong)


# --- heartbeat and status


def test_heartbeats_go_both_ways_and_are_answered() -> None:
    pair = connected(SessionSettings(heartbeat=30.0))
    pair.sent.clear()
    pair.application.handle_timer(30.0)
    pair.switch.handle_timer(30.0)
    pair.move(30.0)
    everything = b"".join(data for _, data in pair.sent)
    assert everything.count(b"<SystemStatus ") == 2
    assert everything.count(b"<SystemStatusResponse ") == 2
    assert pair.application.get_timer() == 60.0


def test_silence_ends_the_link() -> None:
    pair = connected(SessionSettings(heartbeat=30.0, heartbeat_misses=3, request_timeout=1000.0))
    invoke_id = pair.application.send_request(START, 1.0)
    for now in (30.0, 60.0, 90.0):
        pair.application.handle_timer(now)
        assert pair.application.phase is Phase.UP
    pair.application.handle_timer(120.0)
    failed, down = drain(pair.application)
    assert isinstance(failed, RequestFailed)
    assert failed.invoke_id == invoke_id
    assert isinstance(failed.error, LinkLost)
    assert down == LinkDown("nothing heard from the peer for 90 s (3 heartbeats)")
    assert pair.application.get_timer() is None


def test_anything_heard_is_a_sign_of_life() -> None:
    pair = connected(SessionSettings(heartbeat=30.0, heartbeat_misses=1))
    for now in (30.0, 60.0, 90.0):
        pair.application.handle_timer(now)
        pair.application.receive_data(frame(9999, BACK), now + 1)
    assert pair.application.phase is Phase.UP


def test_peer_that_refuses_heartbeats_is_alive() -> None:
    pair = connected(SessionSettings(heartbeat=30.0, heartbeat_misses=1))
    refusal = ErrorResponse(category="operation", value="serviceNotSupported")
    for now in (30.0, 60.0, 90.0):
        pair.application.handle_timer(now)
        (invoke_id,) = invoke_ids(pair.application.data_to_send())
        pair.application.receive_data(frame(invoke_id, refusal), now + 1)
    assert pair.application.phase is Phase.UP
    assert len(faults(pair.application)) == 1


@pytest.mark.parametrize(
    ("status", "times"), [(SystemStatusValue.MESSAGES_LOST, 2), (SystemStatusValue.OVERLOAD_REACHED, 1)]
)
def test_status_is_told_when_it_changes_and_lost_messages_each_time(status: SystemStatusValue, times: int) -> None:
    pair = connected()
    for invoke_id in (100, 101):
        pair.application.receive_data(frame(invoke_id, m.SystemStatus(system_status=status)), 1.0)
    assert drain(pair.application) == [StatusReceived(status)] * times
    assert pair.application.data_to_send().count(b"<SystemStatusResponse ") == 2


def test_status_asked_for() -> None:
    pair = connected()
    pair.switch.receive_data(frame(3, m.RequestSystemStatus()), 1.0)
    answer = m.RequestSystemStatusResponse(system_status=SystemStatusValue.NORMAL)
    assert pair.switch.data_to_send() == frame(3, answer)


# --- oddities that are survived


def test_unknown_request_is_answered() -> None:
    pair = connected()
    pair.switch.receive_data(raw(17, "SummonCall"), 1.0)
    assert pair.switch.data_to_send() == frame(17, ErrorResponse(category="operation", value="serviceNotSupported"))
    assert faults(pair.switch) == ["unknown message SummonCall, invoke ID 0017"]


def test_unknown_event_is_reported_and_the_next_one_delivered() -> None:
    pair = connected()
    pair.application.receive_data(raw(9999, "CallBackEvent") + frame(9999, BACK), 1.0)
    fault, event = drain(pair.application)
    assert isinstance(fault, Fault)
    assert b"CallBackEvent" in fault.raw
    assert event == EventReceived(BACK)
    assert pair.application.data_to_send() == b""


def test_unknown_response_fails_the_request_at_once() -> None:
    pair = connected()
    invoke_id = pair.application.send_request(START, 1.0)
    pair.application.data_to_send()
    pair.application.receive_data(raw(invoke_id, "StartSomethingResponse"), 1.0)
    failed = drain(pair.application)[-1]
    assert isinstance(failed, RequestFailed)
    assert isinstance(failed.error, MessageError)
    assert pair.application.data_to_send() == b""


def test_response_of_another_service_fails_the_request() -> None:
    pair = connected()
    invoke_id = pair.application.send_request(START, 1.0)
    pair.application.receive_data(frame(invoke_id, m.AnswerCallResponse()), 1.0)
    fault, failed = drain(pair.application)
    assert isinstance(fault, Fault)
    assert isinstance(failed, RequestFailed)


def test_garbled_request_is_refused_and_garbled_response_fails() -> None:
    pair = connected()
    pair.switch.receive_data(raw(8, "MonitorStop"), 1.0)
    assert pair.switch.data_to_send() == frame(8, ErrorResponse(category="operation", value="invalidParameterValue"))
    invoke_id = pair.application.send_request(START, 1.0)
    pair.application.receive_data(raw(invoke_id, "MonitorStartResponse"), 1.0)
    assert isinstance(drain(pair.application)[-1], RequestFailed)


def test_frame_without_xml_disturbs_nothing() -> None:
    pair = connected()
    pair.application.receive_data(encode_frame(3, b"\xa1\x0c\x02") + frame(9999, BACK), 1.0)
    fault, event = drain(pair.application)
    assert isinstance(fault, Fault)
    assert "frame 0003" in fault.text
    assert event == EventReceived(BACK)
    assert pair.application.phase is Phase.UP


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (frame(4711, STARTED), "MonitorStartResponse to no request of ours, invoke ID 4711"),
        (frame(9999, START), "MonitorStart with the invoke ID of events cannot be answered"),
        (frame(3, BACK), "BackInService with an invoke ID other than 9999"),
        (frame(6, START) + frame(6, START), "MonitorStart reuses invoke ID 0006 before its answer"),
        (raw(9999, "MonitorStop"), "frame 9999: MonitorStop: lacks monitorCrossRefID"),
    ],
)
def test_breaches_by_the_peer_are_reported(data: bytes, text: str) -> None:
    pair = connected()
    pair.switch.receive_data(data, 1.0)
    assert faults(pair.switch) == [text]
    assert pair.switch.phase is Phase.UP


def test_an_oddity_that_repeats_is_reported_once() -> None:
    pair = connected()
    odd = encode(BACK).replace(b"</device>", b"</device><moon/>")
    pair.application.receive_data(encode_frame(9999, odd) * 50, 1.0)
    events = drain(pair.application)
    assert sum(isinstance(event, Fault) for event in events) == 1
    assert sum(isinstance(event, EventReceived) for event in events) == 50


# --- the end


def test_garbage_ends_the_link_with_a_reason() -> None:
    pair = connected()
    invoke_id = pair.application.send_request(START, 1.0)
    pair.application.receive_data(frame(9999, BACK) + b"GET / HTTP/1.1\r\n", 1.0)
    event, fault, failed, down = drain(pair.application)
    assert event == EventReceived(BACK)
    assert isinstance(fault, Fault)
    assert fault.raw.startswith(b"GET /")
    assert isinstance(failed, RequestFailed)
    assert failed.invoke_id == invoke_id
    assert isinstance(down, LinkDown)
    assert down.reason.startswith("not CSTA")
    assert pair.application.close_wanted()
    pair.application.receive_data(frame(9999, BACK), 2.0)
    pair.application.connection_lost(2.0, "closed")
    assert drain(pair.application) == []


def test_loss_in_the_middle_of_a_frame() -> None:
    pair = connected()
    pair.application.receive_data(frame(9999, BACK)[:30], 1.0)
    pair.application.connection_lost(1.0, "reset")
    fault, down = drain(pair.application)
    assert isinstance(fault, Fault)
    assert down == LinkDown("reset: the link closed in the middle of a frame, 30 bytes into it")


def test_loss_before_the_link_is_up_is_told_too() -> None:
    application = Session(Role.COMPUTING_FUNCTION, DIALECT)
    application.connection_made(0.0)
    application.connection_lost(0.0, "refused")
    assert drain(application) == [LinkDown("refused")]


def test_waiting_requests_are_lost_in_the_order_of_their_sending() -> None:
    pair = connected(SessionSettings(max_outstanding=1))
    ids = [pair.application.send_request(START, 1.0) for _ in range(3)]
    pair.application.connection_lost(1.0, "gone")
    events = drain(pair.application)
    assert [event.invoke_id for event in events if isinstance(event, RequestFailed)] == ids


def test_a_session_serves_one_connection() -> None:
    pair = connected()
    with pytest.raises(SessionError, match="one connection"):
        pair.application.connection_made(1.0)
