"""The session against anything: bytes of every kind, cut anywhere, in either role and every way of speaking."""

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from csta import (
    ConnectionID,
    DeviceID,
    EventReceived,
    LinkDown,
    Phase,
    RequestFailed,
    RequestReceived,
    ResponseReceived,
    Session,
    SessionSettings,
    encode_frame,
)
from csta import messages as m
from csta.codec.framing import Framing, framer_for
from tests.unit.csta.wire import WAYS, WHO, ConnectionPair, connected, drain

ways = st.sampled_from(sorted(WAYS))
BACK = m.BackInService(monitor_cross_ref_id="01", device=DeviceID("7001"))


def frames(way: str, payloads: list[bytes], invoke_id: int) -> bytes:
    """Frames with any content, as far as the framing takes it."""
    framing = WAYS[way].framing
    if framing is Framing.BARE_BER:
        payloads = [b"\xa1\x82" + len(payload).to_bytes(2, "big") + payload for payload in payloads]
    elif framing is not Framing.XML_HEADER:
        payloads = [b"\xa1" + payload for payload in payloads]
    if framing is Framing.XML_HEADER:
        return b"".join(encode_frame(invoke_id, payload) for payload in payloads)
    framer = framer_for(framing)
    return b"".join(framer.frame(payload) for payload in payloads)


def traffic(way: str) -> bytes:
    """What a switch sends in an ordinary conversation, the login left out."""
    pair = connected(profile=way)
    for number in range(3):
        pair.application.send_request(m.MonitorStart(monitor_object=DeviceID(str(number))), 1.0)
    pair.move(1.0)
    for event in drain(pair.switch):
        assert isinstance(event, RequestReceived)
        pair.switch.send_response(event.invoke_id, m.MonitorStartResponse(monitor_cross_ref_id="01"), 1.0)
        pair.switch.send_event(BACK, 1.0)
    return pair.switch.data_to_send()


def assert_whole(session: Session, now: float) -> None:
    """It can be asked everything, tells its end once, and takes no more after it."""
    ends = [event for event in drain(session) if isinstance(event, LinkDown)]
    assert len(ends) == (session.phase is Phase.OVER)
    timer = session.get_timer()
    assert timer is None or timer > now - 1000
    session.handle_timer(now + 1000.0)
    session.connection_lost(now + 1000.0, "end of test")
    ends += [event for event in drain(session) if isinstance(event, LinkDown)]
    assert len(ends) == 1


@given(ways, st.booleans(), st.booleans(), st.lists(st.binary(max_size=200), max_size=5))
def test_any_bytes_at_any_time_raise_nothing(way: str, switch: bool, up: bool, parts: list[bytes]) -> None:
    pair = connected(profile=way) if up else ConnectionPair(profile=way, credentials=WHO)
    session = pair.switch if switch else pair.application
    if not up:
        session.connection_made(0.0)
    for part in parts:
        session.receive_data(part, 1.0)
    assert_whole(session, 1.0)


@given(ways, st.booleans(), st.booleans(), st.lists(st.binary(max_size=60), max_size=5), st.integers(0, 9999))
def test_any_content_of_good_frames_raises_nothing(
    way: str, switch: bool, up: bool, payloads: list[bytes], invoke_id: int
) -> None:
    pair = connected(profile=way) if up else ConnectionPair(profile=way, credentials=WHO)
    session = pair.switch if switch else pair.application
    if not up:
        session.connection_made(0.0)
    session.receive_data(frames(way, payloads, invoke_id), 1.0)
    assert_whole(session, 1.0)


@given(ways, st.data())
def test_damaged_conversation_raises_nothing(way: str, data: st.DataObject) -> None:
    stream = bytearray(traffic(way))
    for _ in range(data.draw(st.integers(1, 6))):
        stream[data.draw(st.integers(0, len(stream) - 1))] = data.draw(st.integers(0, 255))
    pair = connected(profile=way)
    for number in range(3):
        pair.application.send_request(m.MonitorStart(monitor_object=DeviceID(str(number))), 1.0)
    cut = data.draw(st.integers(0, len(stream)))
    pair.application.receive_data(bytes(stream[:cut]), 1.0)
    pair.application.receive_data(bytes(stream[cut:]), 1.0)
    assert_whole(pair.application, 1.0)


@given(ways, st.lists(st.integers(1, 60), min_size=1, max_size=30))
def test_events_are_the_same_however_the_bytes_are_cut(way: str, steps: list[int]) -> None:
    stream = traffic(way)
    whole, cut = connected(profile=way), connected(profile=way)
    for pair in (whole, cut):
        for number in range(3):
            pair.application.send_request(m.MonitorStart(monitor_object=DeviceID(str(number))), 1.0)
    whole.application.receive_data(stream, 1.0)
    at = turn = 0
    while at < len(stream):
        step = steps[turn % len(steps)]
        cut.application.receive_data(stream[at : at + step], 1.0)
        at, turn = at + step, turn + 1
    expected = drain(whole.application)
    assert len(expected) == 6
    assert drain(cut.application) == expected


class TwoSessions(RuleBasedStateMachine):
    """Every request is settled exactly once, every event arrives once and in order, whatever happens when."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.open: set[int] = set()
        self.asked: list[int] = []
        self.events_sent = 0
        self.events_heard = 0
        self.number = 0

    @initialize(way=ways, window=st.integers(1, 4), size=st.sampled_from([None, 1, 5]))
    def connect(self, way: str, window: int, size: int | None) -> None:
        self.limits = SessionSettings(
            max_outstanding=window, request_timeout=10.0, repeat_pause=1.0, heartbeat=20.0, heartbeat_misses=3
        )
        self.pair = connected(self.limits, size, way)

    @property
    def up(self) -> bool:
        return self.pair.application.phase is self.pair.switch.phase is Phase.UP

    @precondition(lambda self: self.up)
    @rule(device=st.integers(1, 3), survey=st.booleans())
    def ask(self, device: int, survey: bool) -> None:
        self.number += 1
        request: m.Request = m.AnswerCall(call_to_be_answered=ConnectionID(f"{self.number:04X}", str(device)))
        if survey:
            request = m.MonitorStart(monitor_object=DeviceID(str(device)))
        invoke_id = self.pair.application.send_request(request, self.now)
        assert invoke_id not in self.open
        self.open.add(invoke_id)

    @precondition(lambda self: self.up)
    @rule()
    def report(self) -> None:
        reference = f"{self.events_sent:06X}"
        self.events_sent += 1
        self.pair.switch.send_event(m.BackInService(monitor_cross_ref_id=reference, device=DeviceID("1")), self.now)

    @precondition(lambda self: self.up and self.asked)
    @rule(which=st.integers(0, 20), how=st.sampled_from(["done", "refused", "busy"]))
    def answer(self, which: int, how: str) -> None:
        invoke_id = self.asked.pop(which % len(self.asked))
        request = self.pair.switch._answering._unanswered.get(invoke_id)
        response: m.Response | m.ErrorResponse = m.AnswerCallResponse()
        if isinstance(request, m.MonitorStart):
            response = m.MonitorStartResponse(monitor_cross_ref_id="01")
        if how == "refused":
            response = m.ErrorResponse(category="operation", value="invalidDeviceID")
        elif how == "busy":
            response = m.ErrorResponse(category="systemResourceAvailability", value="resourceBusy")
        self.pair.switch.send_response(invoke_id, response, self.now)

    @rule()
    def carry(self) -> None:
        self.pair.move(self.now)
        self.look()

    @rule(seconds=st.sampled_from([0.5, 3.0, 11.0]))
    def wait(self, seconds: float) -> None:
        until = self.now + seconds
        for session in (self.pair.application, self.pair.switch):
            while (at := session.get_timer()) is not None and at <= until:
                session.handle_timer(max(at, self.now))
        self.now = until
        self.look()

    @precondition(lambda self: self.up)
    @rule()
    def lose(self) -> None:
        self.pair.application.connection_lost(self.now, "cut")
        self.look()
        assert not self.open

    def look(self) -> None:
        for event in drain(self.pair.application):
            match event:
                case ResponseReceived(invoke_id) | RequestFailed(invoke_id):
                    self.open.remove(invoke_id)
                case EventReceived(received):
                    assert received.monitor_cross_ref_id == f"{self.events_heard:06X}"
                    self.events_heard += 1
        for event in drain(self.pair.switch):
            if isinstance(event, RequestReceived):
                self.asked.append(event.invoke_id)
            elif isinstance(event, LinkDown):
                self.asked.clear()

    @invariant()
    def window_is_kept(self) -> None:
        if self.number:
            assert self.pair.application._asking._requests._in_window <= self.limits.max_outstanding


TwoSessions.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
test_two_sessions = TwoSessions.TestCase
