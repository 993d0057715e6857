"""What every way of speaking has in common: each login, framing and encoding, cut into pieces of any size."""

import pytest

from csta import (
    Ending,
    EventReceived,
    LinkDown,
    LinkUp,
    Phase,
    RequestFailed,
    RequestReceived,
    ResponseReceived,
    ServiceRefused,
    SessionSettings,
    StatusReceived,
    SystemStatusValue,
)
from csta import messages as m
from tests.unit.csta.samples import AGENT, AT_AGENT, PILOT
from tests.unit.csta.wire import WAYS, WHO, ConnectionPair, connected, drain, faults

START = m.MonitorStart(monitor_object=PILOT)
STARTED = m.MonitorStartResponse(monitor_cross_ref_id="0009")
STOP = m.MonitorStop(monitor_cross_ref_id="0009")

ways = pytest.mark.parametrize("way", WAYS)
sizes = pytest.mark.parametrize("size", [None, 1, 2, 3, 7, 64])


def back(number: int) -> m.BackInService:
    return m.BackInService(monitor_cross_ref_id=f"{number:04X}", device=AGENT)


@ways
@sizes
def test_link_comes_up_on_both_sides_and_nothing_odd_is_found(way: str, size: int | None) -> None:
    pair = ConnectionPair(size=size, profile=way, credentials=WHO, verify=lambda who: who in {WHO, None})
    pair.connect()
    assert pair.application.phase is pair.switch.phase is Phase.UP
    up_here = [event for event in drain(pair.application) if not isinstance(event, StatusReceived)]
    up_there = [event for event in drain(pair.switch) if not isinstance(event, StatusReceived)]
    assert up_here == up_there
    assert [type(event) for event in up_here] == [LinkUp]


@ways
@sizes
def test_answers_and_events_come_in_their_order(way: str, size: int | None) -> None:
    pair = connected(size=size, profile=way)
    invoke_id = pair.application.send_request(START, 1.0)
    pair.move(1.0)
    assert drain(pair.switch) == [RequestReceived(invoke_id, START)]
    pair.switch.send_event(back(0), 1.0)
    pair.switch.send_response(invoke_id, STARTED, 1.0)
    for number in range(1, 20):
        pair.switch.send_event(back(number), 1.0)
    pair.move(1.0)
    assert drain(pair.application) == [
        EventReceived(back(0)),
        ResponseReceived(invoke_id, START, STARTED),
        *[EventReceived(back(number)) for number in range(1, 20)],
    ]


@ways
def test_a_frame_and_the_beginning_of_the_next_in_one_segment(way: str) -> None:
    pair = connected(profile=way)
    pair.switch.send_event(back(1), 1.0)
    pair.switch.send_event(back(2), 1.0)
    data = pair.switch.data_to_send()
    half = len(data) // 2
    for cut in (half - 2, half - 1, half, half + 1, half + 2, half + 5):
        other = connected(profile=way)
        other.application.receive_data(data[:cut], 1.0)
        first = drain(other.application)
        other.application.receive_data(data[cut:], 1.0)
        assert [*first, *drain(other.application)] == [EventReceived(back(1)), EventReceived(back(2))]
        assert bool(first) == (cut >= half)


@ways
def test_both_sides_ask_with_the_same_invoke_id_at_the_same_time(way: str) -> None:
    pair = connected(profile=way)
    ours = pair.application.send_request(START, 1.0)
    theirs = pair.switch.send_request(STOP, 1.0)
    pair.move(1.0)
    pair.application.send_response(theirs, m.MonitorStopResponse(), 1.0)
    pair.switch.send_response(ours, STARTED, 1.0)
    pair.move(1.0)
    assert drain(pair.switch)[-1] == ResponseReceived(theirs, STOP, m.MonitorStopResponse())
    assert drain(pair.application)[-1] == ResponseReceived(ours, START, STARTED)


@ways
def test_refusal_keeps_its_words(way: str) -> None:
    pair = connected(profile=way)
    invoke_id = pair.application.send_request(START, 1.0)
    pair.move(1.0)
    pair.switch.send_response(invoke_id, m.ErrorResponse(category="operation", value="invalidDeviceID"), 1.0)
    pair.move(1.0)
    (failed,) = drain(pair.application)
    assert isinstance(failed, RequestFailed)
    assert isinstance(failed.error, ServiceRefused)
    assert (failed.error.category, failed.error.value) == ("operation", "invalidDeviceID")


@ways
def test_heartbeats_go_both_ways_and_are_answered(way: str) -> None:
    pair = connected(SessionSettings(heartbeat=10.0, heartbeat_misses=1), profile=way)
    for now in (10.0, 20.0, 29.0, 39.0, 49.0):
        # What has come in between is one sign of life for each side.
        pair.application.handle_timer(now)
        pair.switch.handle_timer(now)
        pair.move(now)
    assert pair.application.phase is pair.switch.phase is Phase.UP
    assert faults(pair.application) == faults(pair.switch) == []


@ways
def test_silence_ends_the_link(way: str) -> None:
    pair = connected(SessionSettings(heartbeat=10.0, heartbeat_misses=2), profile=way)
    for now in (10.0, 20.0, 30.0):
        pair.switch.handle_timer(now)
    assert pair.switch.phase is Phase.OVER
    down = drain(pair.switch)[-1]
    assert down == LinkDown("nothing heard from the peer for 20 s (2 heartbeats)", Ending.LOST)


@ways
@pytest.mark.parametrize("switch_closes", [False, True])
@pytest.mark.parametrize("size", [None, 1])
def test_release_in_good_order(way: str, switch_closes: bool, size: int | None) -> None:
    pair = connected(size=size, profile=way)
    closing, other = (pair.switch, pair.application) if switch_closes else (pair.application, pair.switch)
    closing.close(1.0)
    pair.move(1.0)
    assert closing.close_wanted()
    (down,) = [event for event in drain(closing) if isinstance(event, LinkDown)]
    assert (down.reason, down.ending) == ("closed by us", Ending.CLOSED)
    other.connection_lost(1.0, "closed")
    assert isinstance(drain(other)[-1], LinkDown)


@ways
def test_release_does_not_wait_for_a_peer_that_does_not_answer(way: str) -> None:
    pair = connected(SessionSettings(close_timeout=2.0), profile=way)
    invoke_id = pair.application.send_request(START, 1.0)
    pair.application.close(1.0)
    assert pair.application.close_wanted() or pair.application.get_timer() == 3.0
    pair.application.handle_timer(3.0)
    failed, down = drain(pair.application)
    assert isinstance(failed, RequestFailed)
    assert failed.invoke_id == invoke_id
    assert isinstance(down, LinkDown)
    assert down.ending is Ending.CLOSED


@ways
def test_text_on_the_link_ends_it_with_a_hint(way: str) -> None:
    pair = connected(profile=way)
    pair.application.receive_data(b"GET / HTTP/1.1\r\n\r\n", 1.0)
    _, down = drain(pair.application)
    assert isinstance(down, LinkDown)
    assert down.reason.startswith("not CSTA")
    assert "is text" in down.reason
    assert "port of another service" in down.reason


@ways
def test_login_that_does_not_come_about(way: str) -> None:
    pair = ConnectionPair(SessionSettings(login_timeout=5.0), profile=way, credentials=WHO)
    for session in (pair.application, pair.switch):
        session.connection_made(0.0)
        session.handle_timer(5.0)
        assert drain(session)[-1] == LinkDown("the link did not come up within 5 s")


@ways
def test_requests_before_the_link_is_up_are_refused(way: str) -> None:
    up = connected(profile=way)
    up.application.send_request(START, 1.0)
    data = up.application.data_to_send()
    pair = ConnectionPair(profile=way)
    pair.switch.connection_made(0.0)
    pair.switch.data_to_send()
    pair.switch.receive_data(data, 0.0)
    assert pair.switch.data_to_send()
    assert any("MonitorStart before the link is up was refused" in text for text in faults(pair.switch))
    assert pair.switch.phase is Phase.OPENING


@ways
def test_long_message_arrives(way: str) -> None:
    pair = connected(size=4001, profile=way)
    invoke_id = pair.application.send_request(m.SnapshotDevice(snapshot_object=PILOT), 1.0)
    pair.move(1.0)
    items = tuple(m.SnapshotDeviceItem(connection=AT_AGENT) for _ in range(300))
    answer = m.SnapshotDeviceResponse(snapshot_data=items)
    pair.switch.send_response(invoke_id, answer, 1.0)
    pair.move(1.0)
    received = drain(pair.application)[-1]
    assert isinstance(received, ResponseReceived)
    assert received.response == answer


@ways
def test_overload_of_the_switch_shrinks_the_window_until_it_is_relieved(way: str) -> None:
    pair = connected(SessionSettings(max_outstanding=16), profile=way)
    over = m.SystemStatus(system_status=SystemStatusValue.OVERLOAD_REACHED)
    pair.switch.send_request(over, 1.0)
    pair.move(1.0)
    assert drain(pair.application) == [StatusReceived(SystemStatusValue.OVERLOAD_REACHED)]
    ids = [pair.application.send_request(START, 1.0) for _ in range(6)]
    pair.move(1.0)
    received = [event.invoke_id for event in drain(pair.switch) if isinstance(event, RequestReceived)]
    assert received == ids[:2]
    pair.switch.send_request(m.SystemStatus(system_status=SystemStatusValue.OVERLOAD_RELIEVED), 2.0)
    pair.move(2.0)
    received = [event.invoke_id for event in drain(pair.switch) if isinstance(event, RequestReceived)]
    assert received == ids[2:]
