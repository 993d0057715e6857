"""Flow control: the window, fairness to devices, urgency, repetitions, overload, limits on what the peer may leave."""

from dataclasses import replace

import pytest

from csta import (
    ConnectionID,
    DeviceID,
    Fault,
    NoticeReceived,
    NoticeRefused,
    Phase,
    RequestFailed,
    RequestReceived,
    RequestRejected,
    ResponseReceived,
    ServiceRefused,
    SessionError,
    SessionSettings,
    SystemStatusValue,
    encode,
    encode_frame,
    framer_for,
)
from csta import messages as m
from csta.codec import ber
from csta.dialects.openscape_voice import DIALECT
from tests.unit.csta.wire import ConnectionPair, connected, drain, faults

BUSY = m.ErrorResponse(category="systemResourceAvailability", value="resourceBusy")
TOO_MANY = m.ErrorResponse(category="subscribedResourceAvailability", value="outstandingReqLimitExceeded")


def start(device: str) -> m.MonitorStart:
    return m.MonitorStart(monitor_object=DeviceID(device))


def answer_call(device: str, call: str = "01") -> m.AnswerCall:
    return m.AnswerCall(call_to_be_answered=ConnectionID(call, device))


def asked(pair: ConnectionPair, now: float = 1.0) -> list[tuple[int, m.Request]]:
    """What has arrived at the switch since."""
    pair.move(now)
    return [(event.invoke_id, event.request) for event in drain(pair.switch) if isinstance(event, RequestReceived)]


def answer(pair: ConnectionPair, invoke_id: int, now: float = 1.0) -> None:
    """The switch does as asked."""
    request = pair.switch._answering._unanswered.get(invoke_id)
    response = (
        m.MonitorStartResponse(monitor_cross_ref_id="01")
        if isinstance(request, m.MonitorStart)
        else m.AnswerCallResponse()
    )
    pair.switch.send_response(invoke_id, response, now)
    pair.move(now)


def order_of(pair: ConnectionPair) -> list[m.Request]:
    """Answer one request after the other, and return them in the order in which they came."""
    found: list[m.Request] = []
    while batch := asked(pair):
        for invoke_id, request in batch:
            found.append(request)
            answer(pair, invoke_id)
    return found


# --- fairness and urgency


def test_devices_take_turns_and_each_keeps_its_order() -> None:
    pair = connected(SessionSettings(max_outstanding=1))
    wishes = [answer_call("1", f"{call:02X}") for call in range(50)]
    wishes += [answer_call("2", "A0"), answer_call("3", "B0"), answer_call("2", "A1")]
    for wish in wishes:
        pair.application.send_request(wish, 1.0)
    came = order_of(pair)
    assert came[:6] == [wishes[0], wishes[1], wishes[50], wishes[51], wishes[2], wishes[52]]
    assert [wish for wish in came if wish in wishes[:50]] == wishes[:50]


def test_survey_does_not_delay_call_control() -> None:
    pair = connected(SessionSettings(max_outstanding=4))
    for number in range(100):
        pair.application.send_request(start(str(number)), 1.0)
    deflect = answer_call("7", "77")
    pair.application.send_request(deflect, 1.0)
    # Three quarters of the window are the most that survey has.
    assert deflect in [request for _, request in asked(pair)]


def test_survey_is_not_starved_by_call_control() -> None:
    pair = connected(SessionSettings(max_outstanding=1))
    for number in range(30):
        pair.application.send_request(answer_call(str(number)), 1.0)
    pair.application.send_request(start("7000"), 1.0)
    assert start("7000") in order_of(pair)[:12]


def test_every_request_is_sent_and_answered_once() -> None:
    pair = connected(SessionSettings(max_outstanding=3))
    wishes = [answer_call(str(n % 7), f"{n:04X}") if n % 3 else start(str(n)) for n in range(200)]
    ids = [pair.application.send_request(wish, 1.0) for wish in wishes]
    assert len(order_of(pair)) == 200
    answered = [event.invoke_id for event in drain(pair.application) if isinstance(event, ResponseReceived)]
    assert sorted(answered) == sorted(ids)


# --- repetitions


@pytest.mark.parametrize("error", [BUSY, TOO_MANY])
def test_busy_switch_is_asked_again_after_growing_pauses(error: m.ErrorResponse) -> None:
    settings = SessionSettings(max_repeats=2, repeat_pause=0.5, request_timeout=10.0)
    pair = connected(settings)
    mine = pair.application.send_request(start("1"), 1.0)
    now = 1.0
    for pause in (0.5, 1.0):
        ((invoke_id, _),) = asked(pair, now)
        pair.switch.send_response(invoke_id, error, now)
        pair.move(now)
        assert [event for event in drain(pair.application) if not isinstance(event, Fault)] == []
        assert pair.application.get_timer() == now + pause
        pair.application.handle_timer(now + pause - 0.01)
        assert asked(pair, now) == []
        now += pause
        pair.application.handle_timer(now)
    ((invoke_id, _),) = asked(pair, now)
    assert invoke_id == mine
    pair.switch.send_response(invoke_id, error, now)
    pair.move(now)
    (failed,) = drain(pair.application)
    assert isinstance(failed, RequestFailed)
    assert failed.invoke_id == mine
    assert isinstance(failed.error, ServiceRefused)


def test_repetition_that_succeeds_is_one_answer() -> None:
    pair = connected()
    mine = pair.application.send_request(start("1"), 1.0)
    asked(pair)
    pair.switch.send_response(mine, BUSY, 1.0)
    pair.move(1.0)
    pair.application.handle_timer(1.5)
    asked(pair, 1.5)
    answer(pair, mine, 1.5)
    (received,) = drain(pair.application)
    assert isinstance(received, ResponseReceived)
    assert received.invoke_id == mine


def test_call_control_is_not_repeated_because_its_moment_has_passed() -> None:
    pair = connected()
    mine = pair.application.send_request(answer_call("1"), 1.0)
    asked(pair)
    pair.switch.send_response(mine, BUSY, 1.0)
    pair.move(1.0)
    (failed,) = drain(pair.application)
    assert isinstance(failed, RequestFailed)


def test_pausing_requests_fail_with_the_link_and_keep_their_invoke_ids() -> None:
    pair = connected()
    mine = pair.application.send_request(start("1"), 1.0)
    asked(pair)
    pair.switch.send_response(mine, BUSY, 1.0)
    pair.move(1.0)
    other = pair.application.send_request(start("2"), 1.0)
    assert other != mine
    pair.application.connection_lost(1.0, "gone")
    lost = [event.invoke_id for event in drain(pair.application) if isinstance(event, RequestFailed)]
    assert sorted(lost) == sorted({mine, other})


def test_limit_that_the_switch_shows_is_kept() -> None:
    pair = connected(SessionSettings(max_outstanding=100))
    for number in range(40):
        pair.application.send_request(answer_call(str(number)), 1.0)
    came = asked(pair)
    for invoke_id, _ in came[10:]:
        pair.switch.send_response(invoke_id, TOO_MANY, 1.0)
    pair.move(1.0)
    told = [text for text in faults(pair.application) if "at a time" in text]
    assert told[0] == "the peer takes no more than 39 requests at a time"
    assert told[-1] == "the peer takes no more than 10 requests at a time"
    for number in range(40):
        pair.application.send_request(answer_call(str(number)), 1.0)
    assert asked(pair) == []


# --- overload


@pytest.mark.parametrize(
    ("status", "room"),
    [
        (SystemStatusValue.OVERLOAD_IMMINENT, 8),
        (SystemStatusValue.OVERLOAD_REACHED, 2),
        (SystemStatusValue.DISABLED, 16),
        (SystemStatusValue.MESSAGES_LOST, 16),
    ],
)
def test_window_in_overload(status: SystemStatusValue, room: int) -> None:
    pair = connected(SessionSettings(max_outstanding=16))
    pair.switch.send_request(m.SystemStatus(system_status=status), 1.0)
    pair.move(1.0)
    for number in range(20):
        pair.application.send_request(answer_call(str(number)), 1.0)
    assert len(asked(pair)) == room


def test_own_status_is_told_with_the_signs_of_life() -> None:
    pair = connected(SessionSettings(heartbeat=30.0))
    pair.switch.own_status = SystemStatusValue.OVERLOAD_IMMINENT
    pair.switch.handle_timer(30.0)
    pair.move(30.0)
    assert pair.application.status is SystemStatusValue.OVERLOAD_IMMINENT


# --- what the peer leaves unanswered, and what we do


def test_peer_that_asks_without_end_is_refused() -> None:
    pair = connected(SessionSettings(max_unanswered=5))
    for number in range(8):
        pair.application.send_request(start(str(number)), 1.0)
    assert len(asked(pair)) == 5
    refused = [event for event in drain(pair.application) if isinstance(event, RequestFailed | Fault)]
    # A refusal of this kind is one that the application repeats.
    assert all(isinstance(event, Fault) for event in refused)
    assert pair.application.get_timer() == 1.5


def test_requests_that_the_peer_has_given_up_make_room() -> None:
    pair = connected(SessionSettings(max_unanswered=2, stale_after=60.0, request_timeout=1000.0, heartbeat=5000.0))
    for number in range(2):
        pair.application.send_request(start(str(number)), 1.0)
    old = [invoke_id for invoke_id, _ in asked(pair)]
    pair.application.send_request(start("9"), 70.0)
    ((_, request),) = asked(pair, 70.0)
    assert request == start("9")
    with pytest.raises(SessionError, match="no request"):
        pair.switch.send_response(old[0], BUSY, 70.0)


def test_invoke_id_of_a_request_given_up_may_be_used_again() -> None:
    pair = connected(SessionSettings(stale_after=60.0))
    first = encode_frame(6, encode(start("1")))
    second = encode_frame(6, encode(start("2")))
    pair.switch.receive_data(first, 1.0)
    pair.switch.receive_data(second, 60.0)
    assert faults(pair.switch) == ["MonitorStart reuses invoke ID 0006 before its answer"]
    pair.switch.receive_data(second, 61.0)
    assert drain(pair.switch) == [RequestReceived(6, start("2"))]


def test_flood_of_oddities_is_counted_not_told() -> None:
    pair = connected(SessionSettings(max_faults=10, heartbeat=30.0))
    pair.application.receive_data(encode_frame(3, b"<") * 500, 1.0)
    assert len(faults(pair.application)) == 10
    pair.application.handle_timer(30.0)
    assert faults(pair.application) == ["490 further faults were not told one by one"]
    pair.application.receive_data(encode_frame(3, b"<"), 31.0)
    assert len(faults(pair.application)) == 1


# --- notices and rejections


@pytest.mark.parametrize("way", ["xml", "siemens"])
def test_notices_go_both_ways_without_an_answer(way: str) -> None:
    pair = connected(profile=way)
    end = m.RouteEnd(cross_ref_identifier="01")
    pair.application.send_notice(end, 1.0)
    pair.switch.send_notice(end, 1.0)
    pair.move(1.0)
    assert drain(pair.switch) == [NoticeReceived(end)]
    assert drain(pair.application) == [NoticeReceived(end)]
    assert not pair.application.data_to_send()
    assert not pair.switch.data_to_send()


def test_refused_notice_is_told() -> None:
    pair = connected()
    end = m.RouteEnd(cross_ref_identifier="01")
    pair.application.send_notice(end, 1.0)
    invoke_id = int(pair.application.data_to_send()[4:8])
    error = m.ErrorResponse(category="operation", value="invalidRouteingCrossRefID")
    pair.application.receive_data(encode_frame(invoke_id, encode(error)), 1.0)
    (refused,) = drain(pair.application)
    assert isinstance(refused, NoticeRefused)
    assert refused.notice == end
    assert str(refused.error) == "refused: operation/invalidRouteingCrossRefID"
    # A request does not take its invoke ID while the refusal may come, and one refusal is enough.
    pair.application.receive_data(encode_frame(invoke_id, encode(error)), 1.0)
    assert "to no request of ours" in faults(pair.application)[0]


def test_notice_before_the_link_is_up_goes_neither_way() -> None:
    pair = ConnectionPair()
    with pytest.raises(SessionError, match="not up"):
        pair.application.send_notice(m.RouteEnd(cross_ref_identifier="01"), 0.0)
    pair.switch.connection_made(0.0)
    pair.switch.receive_data(encode_frame(1, encode(m.RouteEnd(cross_ref_identifier="01"))), 0.0)
    assert faults(pair.switch) == ["RouteEnd before the link is up"]


def test_rejected_request_fails_with_the_problem_in_words() -> None:
    pair = connected(profile="siemens")
    mine = pair.application.send_request(start("1"), 1.0)
    pair.application.data_to_send()
    framer = framer_for(pair.application.profile.framing)
    rejection = framer.frame(ber.encode(m.Rejection(problem="invoke", number=2), mine))
    pair.application.receive_data(rejection, 1.0)
    (failed,) = drain(pair.application)
    assert isinstance(failed, RequestFailed)
    assert isinstance(failed.error, RequestRejected)
    assert str(failed.error) == "rejected by the peer: invoke problem, mistypedArgument"
    pair.application.receive_data(
        rejection + framer.frame(ber.encode(m.Rejection(problem="general", number=0), None)), 1.0
    )
    assert len(faults(pair.application)) == 2
    assert pair.application.phase is Phase.UP


def test_rewrites_of_the_dialect_see_every_message() -> None:
    seen: list[str] = []

    def inbound(message: m.Message) -> m.Message:
        seen.append(f"in {type(message).__name__}")
        return message

    def outbound(message: m.Message) -> m.Message:
        seen.append(f"out {type(message).__name__}")
        return message

    pair = ConnectionPair(dialect=replace(DIALECT, inbound=inbound, outbound=outbound))
    pair.connect()
    assert seen[:3] == ["out SystemStatus", "in SystemStatus", "out SystemStatusResponse"]
