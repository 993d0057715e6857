"""TCP put together again: order, repetition, loss, and the beginning and end of connections."""

from collections.abc import Iterable
from itertools import pairwise
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csta.captures import Packet, Record, StreamReader, Way, segment_of
from csta.captures.streams import MAX_HELD_SEGMENTS
from tests.unit.csta.captures.packets import ACK, APPLICATION, FIN, RST, SWITCH, SYN, tcp

LINK, PEER = "192.0.2.7:1040", "192.0.2.9:50123"


class Wire:
    """Feeds segments to a reader and keeps the records."""

    def __init__(self, ports: frozenset[int] | None = None) -> None:
        self.reader = StreamReader(ports)
        self.records: list[Record] = []

    def feed(self, *packets: bytes) -> "Wire":
        for data in packets:
            segment = segment_of(Packet(1.0, 101, data, len(data)))
            assert segment is not None
            self.records += self.reader.segment(segment)
        return self

    def ways(self) -> list[Way]:
        return [record.way for record in self.records]

    def data(self, way: Way) -> bytes:
        return b"".join(record.data for record in self.records if record.way is way)


def to_switch(sequence: int, data: bytes = b"", flags: int = ACK, ack: int = 0) -> bytes:
    return tcp(APPLICATION, SWITCH, sequence, data, flags, ack)


def from_switch(sequence: int, data: bytes = b"", flags: int = ACK, ack: int = 0) -> bytes:
    return tcp(SWITCH, APPLICATION, sequence, data, flags, ack)


def handshake(first: int = 100, second: int = 900) -> Iterable[bytes]:
    return (
        to_switch(first - 1, flags=SYN),
        from_switch(second - 1, flags=SYN | ACK, ack=first),
        to_switch(first, ack=second),
    )


def test_a_connection_from_begin_to_end() -> None:
    wire = Wire().feed(
        *handshake(),
        from_switch(900, b"hello", ack=100),
        to_switch(100, b"there", ack=905),
        to_switch(105, flags=FIN | ACK, ack=905),
        from_switch(905, flags=FIN | ACK, ack=106),
    )
    assert wire.ways() == [Way.OPEN, Way.IN, Way.OUT, Way.CLOSED]
    assert {(record.link, record.peer) for record in wire.records} == {(LINK, PEER)}
    assert (wire.data(Way.IN), wire.data(Way.OUT)) == (b"hello", b"there")


def test_repeated_and_overlapping_bytes_count_once() -> None:
    wire = Wire().feed(
        *handshake(),
        from_switch(900, b"abc"),
        from_switch(900, b"abc"),
        from_switch(900, b"abcdef"),
        from_switch(902, b"cd"),
        from_switch(905, b"fgh"),
    )
    assert wire.data(Way.IN) == b"abcdefgh"
    assert Way.GAP not in wire.ways()


def test_the_order_is_restored() -> None:
    wire = Wire().feed(*handshake(), from_switch(906, b"ghi"), from_switch(903, b"def"), from_switch(900, b"abc"))
    assert wire.data(Way.IN) == b"abcdefghi"
    assert Way.GAP not in wire.ways()


def test_bytes_that_the_receiver_has_but_the_capture_not_are_a_gap() -> None:
    wire = Wire().feed(*handshake(), from_switch(900, b"abc"), from_switch(906, b"ghi"), to_switch(100, ack=909))
    assert wire.ways()[-3:] == [Way.IN, Way.GAP, Way.IN]
    assert wire.records[-2].text == "3 bytes from the switch are missing: the capture lacks them"
    assert wire.data(Way.IN) == b"abcghi"


def test_an_acknowledgement_of_less_is_no_gap() -> None:
    wire = Wire().feed(*handshake(), from_switch(906, b"ghi"), to_switch(100, ack=903))
    assert wire.ways() == [Way.OPEN]
    wire.feed(from_switch(900, b"abcdef"))
    assert wire.data(Way.IN) == b"abcdefghi"


def test_a_missing_segment_is_given_up_when_too_much_waits_for_it() -> None:
    wire = Wire().feed(*handshake())
    piece = bytes(30_000)
    for number in range(40):
        wire.feed(from_switch(901 + number * len(piece), piece))
    assert wire.ways().count(Way.GAP) == 1
    assert len(wire.data(Way.IN)) == 40 * len(piece)


def test_sequence_numbers_wrap() -> None:
    start = 2**32 - 3
    wire = Wire().feed(*handshake(second=start), from_switch(start + 4, b"ef"), from_switch(start, b"abcd"))
    assert wire.data(Way.IN) == b"abcdef"


def test_a_packet_that_the_capture_cut_is_a_gap() -> None:
    cut = from_switch(900, b"0123456789")[:-4]
    wire = Wire().feed(*handshake(), cut, from_switch(910, b"more"))
    assert wire.ways() == [Way.OPEN, Way.IN, Way.GAP, Way.IN]
    assert wire.data(Way.IN) == b"012345more"


def test_a_reset_ends_it_and_the_same_ports_may_be_used_again() -> None:
    wire = Wire().feed(*handshake(), from_switch(900, b"one", flags=RST | ACK), from_switch(903, b"late"))
    assert wire.ways() == [Way.OPEN, Way.CLOSED]
    wire.feed(*handshake(5000, 7000), from_switch(7000, b"two"))
    assert wire.ways() == [Way.OPEN, Way.CLOSED, Way.OPEN, Way.IN]
    assert wire.data(Way.IN) == b"two"


def test_a_repeated_syn_is_no_new_connection() -> None:
    first, *rest = handshake()
    wire = Wire().feed(first, first, *rest, from_switch(900, b"x"))
    assert wire.ways() == [Way.OPEN, Way.IN]


@pytest.mark.parametrize(
    ("ports", "switch"),
    [(None, "192.0.2.7:1040"), (frozenset({1040}), "192.0.2.7:1040"), (frozenset({50123}), "192.0.2.9:50123")],
)
def test_who_is_the_switch_shows_in_the_middle_too(ports: frozenset[int] | None, switch: str) -> None:
    wire = Wire(ports).feed(from_switch(7, b"x"))
    assert wire.records[0].link == switch
    assert wire.records[0].way is (Way.IN if switch == LINK else Way.OUT)


def test_other_ports_are_passed_over() -> None:
    assert Wire(frozenset({8800})).feed(*handshake(), from_switch(900, b"x")).records == []


@given(st.binary(min_size=1, max_size=200), st.data())
def test_any_order_with_repetitions_gives_the_stream(content: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(content)), max_size=8)) | {0, len(content)})
    pieces = [(start, content[start:stop]) for start, stop in pairwise(cuts)]
    again = data.draw(st.lists(st.sampled_from(pieces), max_size=5))
    order = data.draw(st.permutations([*pieces, *again]))
    wire = Wire().feed(*handshake(second=2**32 - 50))
    for start, piece in order:
        wire.feed(from_switch(2**32 - 50 + start, piece))
    assert wire.data(Way.IN) == content
    assert Way.GAP not in wire.ways()


def test_many_segments_that_came_too_early_take_time_that_grows_evenly() -> None:
    wire = Wire().feed(*handshake())
    before = process_time()
    for number in range(8000):
        wire.feed(from_switch(902 + 2 * number, b"x"), to_switch(100, ack=900))
    assert process_time() - before < 3
    assert Way.IN not in wire.ways()


def test_too_many_segments_that_came_too_early_are_not_waited_for() -> None:
    wire = Wire().feed(*handshake())
    for number in range(MAX_HELD_SEGMENTS + 1):
        wire.feed(from_switch(902 + 2 * number, b"x"))
    assert wire.ways()[-2:] == [Way.GAP, Way.IN]
