"""Frames out of a stream with things in it that are no frames."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csta import messages as m
from csta.codec import ber
from csta.codec.framing import Frame, Framing, encode_frame, framer_for
from csta.identifiers import DeviceID
from csta.trace import Cutter, Damage
from tests.unit.csta.trace.story import frame

START = m.MonitorStart(monitor_object=DeviceID("7000"))
XML = frame(START, 7)
FRAMINGS = [Framing.XML_HEADER, Framing.SIEMENS, Framing.LENGTH16, Framing.TPKT, Framing.BARE_BER]


def framed(framing: Framing) -> bytes:
    if framing is Framing.XML_HEADER:
        return XML
    return framer_for(framing).frame(ber.encode(START, 7))


def pieces(cutter: Cutter, *data: bytes) -> list[Frame | Damage]:
    return [piece for one in data for piece in cutter.feed(one)]


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("told", [True, False])
def test_frames_of_every_framing_whole_joined_and_byte_by_byte(framing: Framing, told: bool) -> None:
    data = framed(framing) * 3
    whole = pieces(Cutter(framing if told else None), data)
    cutter = Cutter(framing if told else Framing.SNIFFED)
    single = pieces(cutter, *(data[at : at + 1] for at in range(len(data))))
    assert len(whole) == 3
    assert whole == single
    assert cutter.framing is framing


@pytest.mark.parametrize("framing", [Framing.XML_HEADER, Framing.SIEMENS, Framing.TPKT])
def test_the_place_is_found_again_after_what_is_no_frame(framing: Framing) -> None:
    good = framed(framing)
    cutter = Cutter()
    found = pieces(cutter, good + b"this is no frame at all, sorry" + good + good)
    assert [type(piece) for piece in found] == [Frame, Damage, Frame, Frame]
    damage = found[1]
    assert isinstance(damage, Damage)
    assert damage.data == b"this is no frame at all, sorry"
    assert damage.text


def test_it_is_found_again_whatever_the_pieces() -> None:
    data = XML + b"\x00\x00\x00\x01bad" + XML + b"more that is bad" + XML
    whole = pieces(Cutter(), data)
    single = pieces(Cutter(), *(data[at : at + 1] for at in range(len(data))))
    assert [piece for piece in whole if isinstance(piece, Frame)] == [Frame(7, XML[8:])] * 3
    assert [piece for piece in single if isinstance(piece, Frame)] == [Frame(7, XML[8:])] * 3


@pytest.mark.parametrize("framing", FRAMINGS)
def test_a_capture_may_begin_with_a_whole_frame_amid_the_stream(framing: Framing) -> None:
    assert len(pieces(Cutter(amid=True), framed(framing))) == 1


def test_a_capture_may_begin_in_the_middle_of_a_frame() -> None:
    found = pieces(Cutter(amid=True), XML[30:] + XML, XML)
    assert found == [Frame(7, XML[8:])] * 2


def test_after_a_gap_what_was_begun_is_damaged() -> None:
    cutter = Cutter()
    assert len(pieces(cutter, XML + XML[:40])) == 1
    (damage,) = cutter.lost("20 bytes are missing")
    assert damage == Damage("a frame is cut short: 20 bytes are missing", XML[:40])
    assert pieces(cutter, XML[60:] + XML) == [Frame(7, XML[8:])]


def test_a_gap_between_frames_is_no_damage() -> None:
    cutter = Cutter()
    pieces(cutter, XML)
    assert list(cutter.lost("x")) == []
    assert pieces(cutter, XML) == [Frame(7, XML[8:])]


def test_the_end_within_a_frame_is_damage() -> None:
    cutter = Cutter()
    pieces(cutter, XML[:20])
    assert [damage.data for damage in cutter.end()] == [XML[:20]]
    assert list(cutter.end()) == []


@given(st.lists(st.one_of(st.just(XML), st.binary(max_size=40)), max_size=12), st.integers(1, 60), st.booleans())
def test_any_bytes_are_frames_or_damage(parts: list[bytes], size: int, amid: bool) -> None:
    data = b"".join(parts)
    cutter = Cutter(amid=amid)
    pieces(cutter, *(data[at : at + size] for at in range(0, len(data), size)))
    list(cutter.end())


def test_a_large_frame_is_one_frame() -> None:
    payload = b"<x>" + b"y" * 60_000 + b"</x>"
    assert pieces(Cutter(), encode_frame(1, payload)) == [Frame(1, payload)]
