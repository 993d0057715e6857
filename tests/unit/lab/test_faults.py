"""Faults of frames: what goes in comes out whole, in pieces, twice, later, in another order, damaged or not at all."""

from collections.abc import Mapping
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csta.codec.framing import Framing, framer_for
from lab.faults import HELD, Disturber, Faults, Rate, garbled

NOW = 1_700_000_000.0
FRAMINGS = (Framing.XML_HEADER, Framing.SIEMENS, Framing.LENGTH16, Framing.TPKT)


def framed(framing: Framing, *texts: bytes) -> bytes:
    framer = framer_for(framing, 1 << 20)
    return b"".join(framer.frame(text, number) for number, text in enumerate(texts, start=1))


A, B, C = (b"\xa1" + text for text in (b"<a/>", b"<b/>", b"<c/>"))
"""Messages, each with the first octet of a ROSE APDU: some framings look for it."""


def read(framing: Framing, data: bytes) -> list[bytes]:
    framer = framer_for(framing, 1 << 20)
    framer.feed(data)
    found = []
    while (frame := framer.next_frame()) is not None:
        found.append(frame.payload)
    return found


def disturber(
    rates: Mapping[str, float] | None = None, framing: Framing = Framing.XML_HEADER, seed: int = 1
) -> Disturber:
    named = {Rate(name): value for name, value in (rates or {}).items()}
    return Disturber(Faults(named, Random(seed)), framer_for(framing, 1 << 20))


def all_of(one: Disturber, now: float = NOW) -> list[bytes]:
    """All pieces, however long they take."""
    pieces = one.take(now)
    while (at := one.get_timer()) is not None:
        pieces += one.take(at)
    return pieces


@pytest.mark.parametrize("framing", FRAMINGS)
def test_without_faults_everything_passes_at_once(framing: Framing) -> None:
    one = disturber(framing=framing)
    data = framed(framing, A, B)
    for place in range(len(data)):
        one.put(data[place : place + 1], NOW)
    assert b"".join(one.take(NOW)) == data
    assert one.get_timer() is None


def test_what_is_no_frame_passes_as_it_is() -> None:
    one = disturber({"lose": 1.0})
    for part in (b"GE", b"T / HTTP/1.1\r\n", b"\r\n"):
        one.put(part, NOW)
    assert b"".join(all_of(one)) == b"GET / HTTP/1.1\r\n\r\n"


@pytest.mark.parametrize("framing", FRAMINGS)
def test_lost_duplicated_and_reordered_frames_are_whole_frames(framing: Framing) -> None:
    texts = (A, B, C)
    data = framed(framing, *texts)
    results = {}
    for name in ("lose", "duplicate", "reorder"):
        one = disturber({name: 1.0}, framing)
        one.put(data, NOW)
        results[name] = read(framing, b"".join(all_of(one)))
    assert results["lose"] == []
    assert results["duplicate"] == [text for text in texts for _ in range(2)]
    assert results["reorder"] == [B, A, C]


def test_a_held_frame_goes_by_itself_where_no_other_comes() -> None:
    for name in ("reorder", "merge"):
        one = disturber({name: 1.0})
        one.put(framed(Framing.XML_HEADER, b"<a/>"), NOW)
        assert one.take(NOW) == []
        assert one.get_timer() == NOW + HELD
        assert len(one.take(NOW + HELD)) == 1


def test_split_and_merged_frames_are_cut_elsewhere_and_nothing_is_missing() -> None:
    data = framed(Framing.XML_HEADER, b"<a/>", b"<b/>")
    split, merged = disturber({"split": 1.0}), disturber({"merge": 1.0})
    split.put(data, NOW)
    merged.put(data, NOW)
    pieces = all_of(split)
    assert (len(pieces), b"".join(pieces)) == (4, data)
    assert all_of(merged) == [data]


def test_delays_keep_the_order_and_end_by_the_limit() -> None:
    one = disturber({"delay": 0.5}, seed=3)
    texts = [b"<%d/>" % number for number in range(20)]
    one.put(framed(Framing.XML_HEADER, *texts), NOW)
    at_once = b"".join(one.take(NOW))
    later = b"".join(one.take(NOW + 0.5))
    assert len(read(Framing.XML_HEADER, at_once)) < 20
    assert read(Framing.XML_HEADER, at_once + later) == texts


def test_the_same_seed_brings_the_same_faults() -> None:
    def story(seed: int) -> list[bytes]:
        one = disturber(dict.fromkeys(("lose", "split", "duplicate", "reorder", "garble"), 0.3), seed=seed)
        one.put(framed(Framing.XML_HEADER, *[b"<text/>"] * 50), NOW)
        return all_of(one)

    assert story(7) == story(7)
    assert story(7) != story(8)


@given(st.binary(max_size=200), st.integers())
def test_garbled_is_no_longer_than_before_and_other_in_one_place_at_most(payload: bytes, seed: int) -> None:
    damaged = garbled(payload, Random(seed))
    assert len(damaged) <= len(payload)
    assert sum(one != other for one, other in zip(damaged, payload, strict=False)) <= 1


def test_a_rate_ends_in_time_and_the_usual_one_is_back() -> None:
    faults = Faults({Rate.LOSE: 0.1}, Random(1))
    faults.set_rate(Rate.LOSE, 0.9, NOW + 5)
    assert (faults.rate(Rate.LOSE, NOW), faults.rate(Rate.LOSE, NOW + 5)) == (0.9, 0.1)
    assert faults.shown(NOW) == {"lose": 0.9}
    with pytest.raises(ValueError, match="from 0 to 1"):
        faults.set_rate(Rate.LOSE, 2)
    faults.clear()
    assert faults.shown(NOW) == {}


def test_a_fault_that_begins_later_finds_whole_frames() -> None:
    faults = Faults({}, Random(1))
    one = Disturber(faults, framer_for(Framing.XML_HEADER, 1 << 20))
    one.put(framed(Framing.XML_HEADER, A), NOW)
    faults.set_rate(Rate.DUPLICATE, 1.0)
    one.put(framed(Framing.XML_HEADER, B), NOW)
    faults.clear()
    one.put(framed(Framing.XML_HEADER, C), NOW)
    assert read(Framing.XML_HEADER, b"".join(all_of(one))) == [A, B, B, C]


def test_what_was_held_for_a_fault_that_is_over_is_not_lost() -> None:
    faults = Faults({Rate.REORDER: 1.0}, Random(1))
    one = Disturber(faults, framer_for(Framing.XML_HEADER, 1 << 20))
    one.put(framed(Framing.XML_HEADER, A), NOW)
    faults.clear()
    one.put(framed(Framing.XML_HEADER, B), NOW)
    assert read(Framing.XML_HEADER, b"".join(all_of(one))) == [B, A]
