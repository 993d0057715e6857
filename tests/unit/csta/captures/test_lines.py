"""The lines of a capture file: there and back, and what is no such line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csta.captures import CaptureError, CaptureHeader, Record, Way, header_line, parse_header, parse_record, record_line

names = st.text(max_size=40)


@given(
    st.floats(0, 2**33),
    names,
    names,
    st.sampled_from([Way.IN, Way.OUT]),
    st.binary(max_size=300),
)
def test_a_record_survives_its_line(time: float, link: str, peer: str, way: Way, data: bytes) -> None:
    record = Record(round(time, 6), link, peer, way, data)
    line = record_line(record)
    assert line.count("\n") == 1
    assert parse_record(line) == record
    assert parse_record(line.encode()) == record


@pytest.mark.parametrize("way", [Way.OPEN, Way.CLOSED, Way.GAP])
def test_what_is_no_bytes_carries_its_reason(way: Way) -> None:
    record = Record(1.5, "pbx", "h:1", way, b"die Leitung fiel aus: 12 %")
    assert parse_record(record_line(record)) == record


def test_the_header_survives_its_line() -> None:
    header = CaptureHeader("openscape_business", "ber", "pbx")
    assert parse_header(header_line(header)) == header


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("", "not JSON"),
        ("[1]", "no JSON object"),
        ("{}", "no capture"),
        ('{"callwright-capture": "1"}', "no capture"),
        ('{"callwright-capture": 2}', "version 2"),
        ("[" * 100_000, "not JSON"),
        ('{"callwright-capture": 1, "x": "' + "y" * (5 << 20) + '"}', "exceeds the limit"),
    ],
)
def test_what_is_no_header_is_refused(line: str, text: str) -> None:
    with pytest.raises(CaptureError, match=text):
        parse_header(line)


@pytest.mark.parametrize(
    "line",
    [
        '{"t": 1, "way": "in", "data": "00',
        '{"t": 1, "way": "in", "data": "0g"}',
        '{"t": 1, "way": "in", "data": 5}',
        '{"t": 1, "way": "in"}',
        '{"way": "in", "data": ""}',
        '{"t": [], "way": "in", "data": ""}',
        '{"t": 1, "way": "sideways", "data": ""}',
        "null",
        '{"t": NaN, "way": "in", "data": ""}',
        '{"t": 1e300, "way": "in", "data": ""}',
        '{"t": -1, "way": "in", "data": ""}',
    ],
)
def test_what_is_no_record_is_refused(line: str) -> None:
    with pytest.raises(CaptureError):
        parse_record(line)
