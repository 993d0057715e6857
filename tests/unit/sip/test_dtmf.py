"""Telephone events: the packets of a digit, and detection that counts each digit once."""

import pytest

from sip.dtmf import DigitDetector, TelephoneEvent, digit_packets
from sip.errors import SipSyntaxError
from sip.rtp import RtpPacket


def packets(digit: str, timestamp: int, sequence: int = 1, duration: int = 800) -> list[RtpPacket]:
    return digit_packets(digit, payload_type=101, ssrc=9, sequence=sequence, timestamp=timestamp, duration=duration)


def test_the_payload_is_written_and_read() -> None:
    event = TelephoneEvent(11, end=True, volume=10, duration=1600)
    assert event.serialise() == bytes.fromhex("0b8a0640")
    assert TelephoneEvent.parse(event.serialise() + b"more") == event
    assert event.digit == "#"
    assert TelephoneEvent(16, end=False, volume=0, duration=0).digit == ""
    with pytest.raises(SipSyntaxError):
        TelephoneEvent.parse(b"\x01\x02")


def test_the_packets_of_a_digit() -> None:
    made = packets("5", 4000, 65534)
    events = [TelephoneEvent.parse(packet.payload) for packet in made]
    assert [event.duration for event in events] == [160, 320, 480, 640, 800, 800, 800]
    assert [event.end for event in events] == [False] * 4 + [True] * 3
    assert [packet.marker for packet in made] == [True] + [False] * 6
    assert {packet.timestamp for packet in made} == {4000}
    assert [packet.sequence for packet in made] == [65534, 65535, 0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="digit"):
        packets("x", 0)
    with pytest.raises(ValueError, match="duration"):
        packets("1", 0, duration=70_000)


def test_only_the_last_end_packet_arrives() -> None:
    assert DigitDetector().packet(packets("7", 800)[-1]) == "7"


def test_late_packets_of_an_earlier_digit_count_nothing() -> None:
    detector = DigitDetector()
    first, second = packets("1", 800), packets("2", 2400, 10)
    heard = [detector.packet(packet) for packet in [first[0], second[0], *first[1:], *second[1:]]]
    assert [digit for digit in heard if digit] == ["1", "2"]


def test_the_same_digit_again_counts_again_even_with_its_first_packets_lost() -> None:
    detector = DigitDetector()
    heard = [detector.packet(p) for p in packets("1", 800)[:2] + packets("1", 2400, 20)[3:]]
    assert [digit for digit in heard if digit] == ["1", "1"]


def test_another_source_begins_anew_and_garbage_is_nothing() -> None:
    detector = DigitDetector()
    event = TelephoneEvent(3, end=False, volume=0, duration=160)
    assert detector.event(event, 800, ssrc=1) == "3"
    assert detector.event(event, 800, ssrc=1) == ""
    assert detector.event(event, 800, ssrc=2) == "3"
    assert detector.packet(RtpPacket(101, 1, 900, 2, b"\x01")) == ""


def test_a_digit_held_beyond_the_longest_duration_goes_on_in_segments() -> None:
    detector = DigitDetector()
    event = TelephoneEvent(3, end=False, volume=0, duration=160)
    heard = [detector.event(event, (800 + part * 0xFFFF) & 0xFFFFFFFF, ssrc=1) for part in range(4)]
    assert heard == ["3", "", "", ""]


def test_packets_of_digits_long_forgotten_count_nothing_and_a_restarted_clock_does() -> None:
    detector = DigitDetector(memory=4)
    heard = [detector.packet(packets(str(n % 10), 1_000_000 + n * 1600)[0]) for n in range(10)]
    assert heard == list("0123456789")
    assert detector.packet(packets("0", 1_000_000)[-1]) == ""
    assert detector.packet(packets("8", 5)[0]) == "8"
