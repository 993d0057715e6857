"""DTMF digits by INFO: bodies as gateways write them, and both ways over a call."""

import pytest

from sip.events import InfoReceived
from sip.legs.info_digits import PLAIN_TYPE, RELAY_TYPE, InfoDigit, digit_body, read_digit
from sip.message import Response
from tests.unit.sip.wire import Wire


@pytest.mark.parametrize(
    ("content_type", "body", "found"),
    [
        (RELAY_TYPE, b"Signal=5\r\nDuration=160\r\n", InfoDigit("5", 160)),
        (RELAY_TYPE, b"Signal= *\nDuration= 250", InfoDigit("*", 250)),
        (RELAY_TYPE, b"duration=100\r\nsignal=d", InfoDigit("D", 100)),
        (RELAY_TYPE, b"Signal=11\r\nDuration=999999", InfoDigit("#", 6000)),
        (RELAY_TYPE, b"Signal=#", InfoDigit("#", 0)),
        ("Application/DTMF-Relay; charset=utf-8", b"Signal=0", InfoDigit("0", 0)),
        (PLAIN_TYPE, b"7", InfoDigit("7", 0)),
        (PLAIN_TYPE, b" 10\r\n", InfoDigit("*", 0)),
        (PLAIN_TYPE, b"Signal=3\r\nDuration=80", InfoDigit("3", 80)),
        (RELAY_TYPE, b"7", None),
        (RELAY_TYPE, b"Signal=hf\r\nDuration=160", None),
        (RELAY_TYPE, b"Signal=16", None),
        (PLAIN_TYPE, b"77", None),
        (PLAIN_TYPE, b"", None),
        (PLAIN_TYPE, b"\xff\x00" * 1000, None),
        ("text/plain", b"5", None),
        ("", b"Signal=5", None),
    ],
)
def test_bodies_are_read_as_they_come(content_type: str, body: bytes, found: InfoDigit | None) -> None:
    assert read_digit(content_type, body) == found


@pytest.mark.parametrize("content_type", [RELAY_TYPE, PLAIN_TYPE])
def test_every_digit_arrives(content_type: str) -> None:
    wire = Wire()
    ours, theirs = wire.established()
    for digit in "0123456789*#abCD":
        wire.alice.agent.send_info_digit(ours, digit, wire.now, 120, content_type)
        wire.run()
    heard = [event for event in wire.bob.events if isinstance(event, InfoReceived)]
    assert "".join(event.digit for event in heard) == "0123456789*#ABCD"
    assert {event.duration for event in heard} == {120 if content_type == RELAY_TYPE else 0}
    assert {event.leg for event in heard} == {theirs}


@pytest.mark.parametrize(
    ("digit", "duration", "content_type"),
    [
        ("", 100, RELAY_TYPE),
        ("55", 100, RELAY_TYPE),
        ("x", 100, RELAY_TYPE),
        ("5", 0, RELAY_TYPE),
        ("5", 6001, RELAY_TYPE),
        ("5", 100, "text/plain"),
    ],
)
def test_what_is_no_digit_is_a_fault_of_the_program(digit: str, duration: int, content_type: str) -> None:
    with pytest.raises(ValueError, match=r"digit|duration|type"):
        digit_body(digit, duration, content_type)


def test_a_package_that_nobody_announced_is_refused() -> None:
    wire = Wire()
    ours, _ = wire.established()
    wire.alice.agent.info(ours, "application/x", b"x", wire.now, [("Info-Package", "conference")])
    wire.run()
    answer = wire.bob.sent[-1]
    assert isinstance(answer, Response)
    assert (answer.status, answer.headers.get("Recv-Info")) == (469, "")
    assert "InfoReceived" not in wire.bob.kinds()
    assert wire.alice.agent.leg_count == 1
