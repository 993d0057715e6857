"""Rows out of records: names, pairs, monitored devices, gaps, both encodings."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csta import messages as m
from csta.captures import Record, Way
from csta.codec import ber
from csta.codec.framing import Framing, framer_for
from csta.dialects.openscape_voice import DIALECT
from csta.identifiers import ConnectionID, DeviceID
from csta.trace import Kind, Tracer
from tests.unit.csta.trace.story import CALLER, Story, delivered, log_in, traced, transferred_call


def test_the_story_row_by_row() -> None:
    rows = traced(transferred_call().records)
    assert [(row.kind, row.name) for row in rows] == [
        (Kind.LINK, "connection made"),
        (Kind.REQUEST, "SystemStatus"),
        (Kind.RESPONSE, "SystemStatusResponse"),
        (Kind.REQUEST, "SystemRegister"),
        (Kind.RESPONSE, "SystemRegisterResponse"),
        (Kind.REQUEST, "MonitorStart"),
        (Kind.RESPONSE, "MonitorStartResponse"),
        (Kind.REQUEST, "MonitorStart"),
        (Kind.RESPONSE, "MonitorStartResponse"),
        (Kind.EVENT, "Delivered"),
        (Kind.REQUEST, "SingleStepTransferCall"),
        (Kind.RESPONSE, "SingleStepTransferCallResponse"),
        (Kind.EVENT, "Delivered"),
        (Kind.REQUEST, "SetAgentState"),
        (Kind.ERROR, "ErrorResponse"),
        (Kind.EVENT, "Delivered"),
        (Kind.REQUEST, "SnapshotDevice"),
    ]
    assert [row.number for row in rows] == list(range(1, 18))


def test_answers_are_paired_with_requests_and_their_latency() -> None:
    tracer = Tracer()
    rows = traced(transferred_call().records, tracer)
    assert {row.number: row.answers for row in rows if row.answers} == {3: 2, 5: 4, 7: 6, 9: 8, 12: 11, 15: 14}
    assert rows[11].latency == pytest.approx(0.1)
    assert rows[14].text == "SetAgentState"
    assert rows[14].cause == "operation/invalidAgentPassword"
    assert [row.name for row in tracer.unanswered] == ["SnapshotDevice"]


def test_events_are_told_of_the_monitored_device() -> None:
    rows = traced(transferred_call().records)
    assert [(row.device, row.call, row.cause) for row in rows if row.kind is Kind.EVENT] == [
        ("7000", "C1", "newCall"),
        ("7101", "C2", "newCall"),
        ("7101", "C9", "newCall"),
    ]


def test_the_same_invoke_id_goes_both_ways() -> None:
    story = log_in()
    story.said(m.RequestSystemStatus(), 7).asked(m.RequestSystemStatus(), 7)
    normal = traced(log_in().records)[1].message
    assert isinstance(normal, m.SystemStatus)
    answer = m.RequestSystemStatusResponse(system_status=normal.system_status)
    rows = traced(story.said(answer, 7).asked(answer, 7).records)[-4:]
    assert [(row.way, row.answers) for row in rows[2:]] == [
        (Way.IN, rows[1].number),
        (Way.OUT, rows[0].number),
    ]


def test_numbers_are_normalised_by_the_dialect() -> None:
    event = replace(delivered("1", "C1"), calling_device=DeviceID("N<15619231000>;displayNumber=1;noa=in"))
    (row,) = traced(Story().said(event).records, Tracer(normalise=DIALECT.normalise_device))
    assert isinstance(row.message, m.Delivered)
    assert row.message.calling_device == DeviceID("+15619231000")


def test_what_is_no_message_is_damaged_and_the_next_is_read() -> None:
    bad = b"\x00\x00\x00\x10" + b"0007" + b"<unclose"
    story = Story().add(Way.IN, bad).said(delivered("1", "C1"))
    rows = traced(story.records)
    assert [(row.kind, row.invoke_id) for row in rows] == [(Kind.DAMAGED, 7), (Kind.EVENT, 9999)]
    assert "not well-formed" in rows[0].text or "XML" in rows[0].text
    assert rows[0].bad


def test_unknown_messages_keep_their_name_and_answers_are_paired() -> None:
    story = Story()
    for way, invoke_id, name in ((Way.OUT, 5, "Teleport"), (Way.IN, 5, "TeleportResponse"), (Way.IN, 9999, "Beam")):
        xml = f'<{name} xmlns="http://www.ecma-international.org/standards/ecma-323/csta/ed4"/>'.encode()
        story.add(way, b"\x00\x00" + (8 + len(xml)).to_bytes(2, "big") + b"%04d" % invoke_id + xml)
    tracer = Tracer()
    rows = traced(story.records, tracer)
    assert [(row.kind, row.name, row.answers) for row in rows] == [
        (Kind.UNKNOWN, "Teleport", None),
        (Kind.UNKNOWN, "TeleportResponse", 1),
        (Kind.UNKNOWN, "Beam", None),
    ]
    assert tracer.unanswered == []


def test_connections_do_not_mix() -> None:
    records = log_in().records
    other = [replace(record, peer="192.0.2.8:1040") for record in records]
    mixed = [record for pair in zip(records, other, strict=True) for record in pair]
    rows = traced(mixed)
    assert len(rows) == 10
    assert {(rows[row.answers - 1].peer, row.peer) for row in rows if row.answers} == {
        ("192.0.2.7:1040", "192.0.2.7:1040"),
        ("192.0.2.8:1040", "192.0.2.8:1040"),
    }


def test_a_new_connection_forgets_what_was_asked_on_the_old() -> None:
    tracer = Tracer()
    story = Story().add(Way.OPEN).asked(m.SnapshotDevice(snapshot_object=DeviceID("7000")), 5)
    story.add(Way.CLOSED, b"reset").add(Way.OPEN).said(m.SnapshotDeviceResponse(), 5)
    rows = traced(story.records, tracer)
    assert rows[-1].answers is None
    assert rows[2].text == "reset"


def test_a_gap_is_a_row_and_costs_only_what_was_lost() -> None:
    event = Story().said(delivered("1", "C1")).records[0].data
    story = Story().add(Way.IN, event + event[:50]).add(Way.GAP, b"40 bytes").add(Way.IN, event[90:] + event)
    rows = traced(story.records)
    assert [row.kind for row in rows] == [Kind.EVENT, Kind.DAMAGED, Kind.LINK, Kind.EVENT]
    assert rows[2].bad


@pytest.mark.parametrize("framing", [Framing.SIEMENS, Framing.LENGTH16, Framing.TPKT, Framing.BARE_BER])
def test_ber_is_told_by_its_bytes(framing: Framing) -> None:
    framer = framer_for(framing)
    started = m.MonitorStartResponse(monitor_cross_ref_id="0B")
    messages = [
        (Way.OUT, ber.encode(m.MonitorStart(monitor_object=DeviceID("7101")), 3)),
        (Way.IN, ber.encode(started, 3)),
        (Way.IN, ber.encode(delivered("0B", "0102"), 4)),
        (Way.OUT, ber.encode(m.AnswerCall(call_to_be_answered=ConnectionID("0102", "7101")), 5)),
        (Way.IN, ber.encode(m.AnswerCallResponse(), 5)),
        (Way.OUT, ber.encode(m.AnswerCall(call_to_be_answered=ConnectionID("0102", "7101")), 6)),
        (Way.IN, ber.encode(m.ErrorResponse(category="operation", value="invalidDeviceID"), 6)),
        (Way.IN, ber.encode(m.Rejection(problem="invoke", number=1), 7)),
    ]
    story = Story()
    for way, apdu in messages:
        story.add(way, framer.frame(apdu))
    rows = traced(story.records)
    assert [row.kind for row in rows] == [
        Kind.REQUEST,
        Kind.RESPONSE,
        Kind.EVENT,
        Kind.REQUEST,
        Kind.RESPONSE,
        Kind.REQUEST,
        Kind.ERROR,
        Kind.ERROR,
    ]
    assert [row.answers for row in rows] == [None, 1, None, None, 4, None, 6, None]
    assert rows[2].monitored == "7101"
    assert rows[2].message is not None
    assert getattr(rows[2].message, "calling_device", None) == CALLER


@given(st.lists(st.tuples(st.sampled_from(list(Way)), st.binary(max_size=60)), max_size=15))
def test_any_capture_gives_rows(parts: list[tuple[Way, bytes]]) -> None:
    traced(Record(float(number), "pbx", "h:1", way, data) for number, (way, data) in enumerate(parts))


@given(st.data())
def test_a_damaged_capture_gives_rows(data: st.DataObject) -> None:
    records = transferred_call().records
    for _ in range(data.draw(st.integers(1, 6))):
        number = data.draw(st.integers(0, len(records) - 1))
        octets = bytearray(records[number].data or b"x")
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
        records[number] = replace(records[number], data=bytes(octets))
    traced(records)
