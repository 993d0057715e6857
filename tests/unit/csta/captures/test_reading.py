"""Captures of every kind through one door, and which connections of a packet capture are CSTA."""

import io

import pytest

from csta.captures import CaptureError, CaptureHeader, Record, Way, header_line, read_capture, record_line
from tests.unit.csta.captures.packets import ACK, APPLICATION, SWITCH, SYN, ethernet, pcap, tcp

EVENT = b"\x00\x00\x00\x120001<Event />"
WEB = ("192.0.2.80", 80)


def capture(*packets: bytes) -> io.BytesIO:
    return io.BytesIO(pcap([(1000.0 + number, ethernet(data)) for number, data in enumerate(packets)]))


def test_lines_are_read_with_their_header() -> None:
    records = [Record(1.0, "pbx", "h:1", Way.OPEN), Record(2.0, "pbx", "h:1", Way.IN, b"x")]
    text = header_line(CaptureHeader("openscape_voice")) + "".join(map(record_line, records))
    found = read_capture(io.BytesIO(text.encode()))
    assert found.header.dialect == "openscape_voice"
    assert list(found.records) == records
    assert not found.packets


def test_a_damaged_line_is_noted_and_passed_over() -> None:
    good = record_line(Record(2.0, "pbx", "h:1", Way.IN, b"x"))
    found = read_capture(io.BytesIO((header_line(CaptureHeader()) + "damaged\n" + good + good[:20]).encode()))
    assert len(list(found.records)) == 1
    assert [note.partition(":")[0] for note in found.notes] == ["line 2", "line 4"]


def test_notes_are_limited() -> None:
    found = read_capture(io.BytesIO((header_line(CaptureHeader()) + "damaged\n" * 1000).encode()))
    assert list(found.records) == []
    assert len(found.notes) == 20


@pytest.mark.parametrize("data", [b"", b"hello\n", b"{}\n", b"\x1f\x8b\x08\x00gzip"])
def test_what_is_no_capture_is_refused(data: bytes) -> None:
    with pytest.raises(CaptureError):
        read_capture(io.BytesIO(data))


def test_a_connection_that_looks_like_csta_is_taken_from_its_beginning() -> None:
    found = read_capture(
        capture(
            tcp(APPLICATION, SWITCH, 99, flags=SYN),
            tcp(WEB, APPLICATION, 5, b"HTTP/1.1 200 OK\r\n"),
            tcp(SWITCH, APPLICATION, 899, flags=SYN | ACK, ack=100),
            tcp(SWITCH, APPLICATION, 900, EVENT),
        )
    )
    records = list(found.records)
    assert [record.way for record in records] == [Way.OPEN, Way.IN]
    assert [record.time for record in records] == [1000.0, 1003.0]
    assert found.packets
    assert found.notes == ["1 other TCP connection(s) passed over; --port takes one by its number"]


def test_one_joined_in_the_middle_of_a_message_is_recognised_a_little_later() -> None:
    found = read_capture(capture(tcp(SWITCH, APPLICATION, 900, b"vent/>"), tcp(SWITCH, APPLICATION, 906, EVENT)))
    assert b"".join(record.data for record in found.records) == b"vent/>" + EVENT


def test_encrypted_connections_are_told() -> None:
    found = read_capture(capture(tcp(APPLICATION, SWITCH, 1, b"\x16\x03\x01\x02\x00\x01")))
    assert list(found.records) == []
    assert found.notes == ["1 connection(s) are encrypted (TLS): use a capture of the server itself"]


def test_a_port_takes_what_does_not_look_like_csta() -> None:
    found = read_capture(capture(tcp(WEB, APPLICATION, 5, b"HTTP/1.1 200 OK\r\n")), ports=frozenset({80}))
    assert [record.data for record in found.records] == [b"HTTP/1.1 200 OK\r\n"]


def test_a_damaged_packet_file_gives_what_came_before() -> None:
    whole = capture(tcp(SWITCH, APPLICATION, 900, EVENT)).getvalue()
    found = read_capture(io.BytesIO(whole + b"\xff" * 16))
    assert len(list(found.records)) == 1
    assert "exceeds the limit" in found.notes[0]
