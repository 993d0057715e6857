"""The switch of a capture against an application that behaves, and against some that do not; time moves freely."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from csta import messages as m
from csta.captures import Record, Way
from csta.codec import ber, xml
from csta.codec.framing import Frame, Framing, XmlHeaderFramer, framer_for
from csta.identifiers import ConnectionID, DeviceID
from csta.messages import Message, Request
from csta.states import SystemStatusValue
from csta.trace.replay import LINGER, PATIENCE, Replay, renumber
from tests.unit.csta.trace.story import (
    AGENT,
    PILOT,
    Story,
    delivered,
    frame,
    log_in,
    monitored,
    traced,
    transferred_call,
)


def story() -> Story:
    told = monitored(monitored(log_in(), PILOT, 1, "0A"), AGENT, 2, "0B")
    told.said(delivered("0A", "C1", PILOT))
    told.asked(m.DeflectCall(call_to_be_diverted=ConnectionID("C1", "7000"), new_destination=AGENT), 3)
    return told.said(m.DeflectCallResponse(), 3).said(delivered("0B", "C1"))


class Application:
    """An application at the other end: answers the switch, and asks what it is told to, with invoke IDs of its own."""

    def __init__(self, replay: Replay, asks: list[Request]) -> None:
        self.replay = replay
        self.now = 5000.0
        self.got: list[tuple[int, Message]] = []
        self.asks = asks
        self._framer = XmlHeaderFramer()
        self._next_id = 100
        replay.connection_made(self.now)
        self._read()

    def ask(self, request: Request) -> int:
        self._next_id += 1
        self.replay.receive_data(frame(request, self._next_id), self.now)
        self._read()
        return self._next_id

    def _read(self) -> None:
        self._framer.feed(self.replay.data_to_send())
        while (found := self._framer.next_frame()) is not None:
            self._take(found)

    def _take(self, found: Frame) -> None:
        message = xml.decode(found.payload).message
        assert found.invoke_id is not None
        self.got.append((found.invoke_id, message))
        if isinstance(message, m.SystemStatus):
            self.replay.receive_data(frame(m.SystemStatusResponse(), found.invoke_id), self.now)

    def run(self, until: Callable[[], bool] | None = None) -> None:
        """Let time pass up to the end, asking one thing after the other as soon as the last is answered."""
        for _ in range(1000):
            if self.asks:
                self.ask(self.asks.pop(0))
            at = self.replay.get_timer()
            if at is None or (until is not None and until()):
                return
            self.now = max(self.now, at)
            self.replay.handle_timer(self.now)
            self._read()
        raise AssertionError("it does not end")

    def names(self) -> list[str]:
        return [type(message).__name__ for _, message in self.got]


def well_behaved() -> list[Request]:
    return [
        m.SystemRegister(request_types=frozenset({m.RequestType.SYSTEM_STATUS})),
        m.MonitorStart(monitor_object=AGENT),
        m.MonitorStart(monitor_object=PILOT),
        m.DeflectCall(call_to_be_diverted=ConnectionID("C1", "7000"), new_destination=AGENT),
    ]


def play(asks: list[Request], **settings: float) -> Application:
    application = Application(Replay(traced(story().records), Framing.XML_HEADER, **settings), asks)
    application.run()
    return application


def test_an_application_that_does_the_same_in_another_order_is_the_same() -> None:
    application = play(well_behaved())
    assert application.replay.differences == []
    assert application.replay.finished
    assert sorted(application.names()) == sorted(
        [
            "SystemStatus",
            "SystemRegisterResponse",
            "MonitorStartResponse",
            "MonitorStartResponse",
            "DeflectCallResponse",
            "Delivered",
            "Delivered",
        ]
    )


def test_answers_carry_the_applications_own_invoke_ids() -> None:
    application = play(well_behaved())
    starts = {
        message.monitor_cross_ref_id: invoke_id
        for invoke_id, message in application.got
        if isinstance(message, m.MonitorStartResponse)
    }
    assert starts == {"0B": 102, "0A": 103}


def test_events_wait_for_what_leads_to_them() -> None:
    application = Application(Replay(traced(story().records), Framing.XML_HEADER), well_behaved()[:1])
    application.run(until=lambda: application.now > 5000.0 + PATIENCE / 2)
    assert "Delivered" not in application.names()


def test_what_is_not_done_is_told() -> None:
    application = play(well_behaved()[:3])
    assert [one.text for one in application.replay.differences] == ["DeflectCall for 7000 was not sent"]
    assert application.replay.differences[0].row == 11


def test_what_is_done_besides_is_refused_and_told() -> None:
    application = play([*well_behaved(), m.SnapshotDevice(snapshot_object=PILOT)])
    assert [one.text for one in application.replay.differences] == [
        "SnapshotDevice for 7000 was sent, which the capture does not show"
    ]
    assert m.ErrorResponse(category="operation", value="serviceNotSupported") in [one for _, one in application.got]


def test_what_is_done_otherwise_is_told_with_both_values() -> None:
    asks = well_behaved()
    asks[3] = m.DeflectCall(call_to_be_diverted=ConnectionID("C1", "7000"), new_destination=DeviceID("7102"))
    assert [one.text for one in play(asks).replay.differences] == [
        "DeflectCall for 7000: newDestination is 7102, not 7101"
    ]


def test_a_question_may_be_repeated_but_not_a_deed() -> None:
    told = story().asked(m.SnapshotDevice(snapshot_object=PILOT), 9).said(m.SnapshotDeviceResponse(), 9)
    asks = [*well_behaved(), m.SnapshotDevice(snapshot_object=PILOT), m.SnapshotDevice(snapshot_object=PILOT)]
    application = Application(Replay(traced(told.records), Framing.XML_HEADER), [*asks, well_behaved()[3]])
    application.run()
    assert application.replay.repeated == 1
    assert [one.text for one in application.replay.differences] == ["DeflectCall for 7000 was sent once more"]
    assert application.names().count("SnapshotDeviceResponse") == 2


def test_signs_of_life_are_answered_and_no_difference() -> None:
    alive = m.SystemStatus(system_status=SystemStatusValue.NORMAL)
    application = play([*well_behaved(), alive, alive])
    assert application.replay.differences == []
    assert application.names().count("SystemStatusResponse") == 2


def test_an_application_that_leaves_early_is_told_of() -> None:
    replay = Replay(traced(story().records), Framing.XML_HEADER)
    Application(replay, [])
    replay.connection_lost(5001.0)
    assert replay.finished
    assert replay.differences[0].text == "the application closed the connection before the end"
    assert "DeflectCall for 7000 was not sent" in [one.text for one in replay.differences]


def test_another_answer_to_the_switch_is_told() -> None:
    status = m.RequestSystemStatusResponse(system_status=SystemStatusValue.NORMAL)
    told = log_in().said(m.RequestSystemStatus(), 5).asked(status, 5)
    replay = Replay(traced(told.records), Framing.XML_HEADER)
    application = Application(replay, well_behaved()[:1])
    application.run(until=lambda: "RequestSystemStatus" in application.names())
    replay.receive_data(frame(m.ErrorResponse(category="operation", value="generic"), 5), application.now)
    application.run()
    assert [one.text for one in replay.differences] == [
        "answered with ErrorResponse operation/generic, not RequestSystemStatusResponse "
    ]


@pytest.mark.parametrize(("speed", "seconds"), [(1.0, 1.0), (10.0, 0.1)])
def test_the_pauses_of_the_capture_are_kept_or_shortened(speed: float, seconds: float) -> None:
    records = log_in().records
    last = records[-1]
    event = Story().said(delivered("1", "C1")).records[0]
    records.append(replace(event, time=last.time + 1.0, link=last.link, peer=last.peer))
    replay = Replay(traced(records), Framing.XML_HEADER, speed=speed)
    application = Application(replay, well_behaved()[:1])
    application.run(until=lambda: "Delivered" in application.names())
    assert application.now - 5000.0 == pytest.approx(seconds + 0.2 / speed, abs=0.25 / speed)


def test_an_answer_that_takes_its_time_leaves_no_timer_in_the_past() -> None:
    records = monitored(log_in(), PILOT, 1, "0A").said(delivered("0A", "C1", PILOT)).records
    records[-2] = replace(records[-2], time=records[-2].time + 3.0)
    records[-1] = replace(records[-1], time=records[-1].time + 3.0)
    application = Application(Replay(traced(records), Framing.XML_HEADER), [])
    application.ask(well_behaved()[0])
    application.run(until=lambda: "SystemRegisterResponse" in application.names())
    application.ask(m.MonitorStart(monitor_object=PILOT))
    at = application.replay.get_timer()
    assert at is not None
    assert at > application.now + 2.0
    application.run()
    assert application.names()[-2:] == ["MonitorStartResponse", "Delivered"]


def test_garbage_of_the_application_is_a_difference_and_no_fault() -> None:
    replay = Replay(traced(story().records), Framing.XML_HEADER)
    replay.connection_made(0.0)
    replay.receive_data(b"GET / HTTP/1.1\r\n\r\n" + frame(well_behaved()[0], 1), 0.1)
    assert any("no message" in one.text for one in replay.differences)


def test_an_empty_capture_is_over_after_a_moment() -> None:
    replay = Replay([], Framing.XML_HEADER)
    replay.connection_made(10.0)
    assert replay.get_timer() == 10.0 + LINGER
    replay.handle_timer(10.0 + LINGER)
    assert replay.finished
    assert replay.get_timer() is None


@pytest.mark.parametrize("invoke_id", [0, 1, 127, 128, 32767])
def test_invoke_ids_are_changed_within_ber(invoke_id: int) -> None:
    apdu = ber.encode(m.MonitorStartResponse(monitor_cross_ref_id="0B"), 5)
    found = ber.decode(renumber(apdu, invoke_id))
    assert found.invoke_id == invoke_id
    assert found.message == ber.decode(apdu).message


def test_what_has_no_invoke_id_stays() -> None:
    for payload in (b"<xml/>", b"", bytes.fromhex("6003020101"), b"\xa2\x05\x02"):
        assert renumber(payload, 77) == payload


def test_a_link_in_ber_is_played_too() -> None:
    framer = framer_for(Framing.SIEMENS)
    told = Story().add(Way.OPEN)
    started = m.MonitorStartResponse(monitor_cross_ref_id="0B")
    told.add(Way.OUT, framer.frame(ber.encode(m.MonitorStart(monitor_object=AGENT), 3)))
    told.add(Way.IN, framer.frame(ber.encode(started, 3)))
    told.add(Way.IN, framer.frame(ber.encode(delivered("0B", "0102"), 4)))
    replay = Replay(traced(told.records), Framing.SIEMENS)
    replay.connection_made(0.0)
    replay.receive_data(framer.frame(ber.encode(m.MonitorStart(monitor_object=AGENT), 300)), 0.5)
    for _ in range(20):
        at = replay.get_timer()
        if at is None:
            break
        replay.handle_timer(at)
    rows = traced([Record(0.0, "", "", Way.IN, replay.data_to_send())])
    assert [(row.name, row.invoke_id) for row in rows] == [("MonitorStartResponse", 300), ("Delivered", 4)]
    assert replay.differences == []


def test_a_whole_capture_can_be_its_own_answer() -> None:
    rows = traced(transferred_call().records)
    replay = Replay(rows, Framing.XML_HEADER)
    asks = [row.message for row in rows if row.way is Way.OUT and isinstance(row.message, Request)]
    application = Application(replay, asks)
    application.run()
    assert replay.differences == []
