"""A phone that falls silent is waited for, but not for ever."""

from cti_server.channels.voice.ringing.fading import FADES_FOR, Fading
from cti_server.vocabulary.ids import LinkName
from tests.fakes.virtual_time import VirtualClock

ONE, OTHER = LinkName("one"), LinkName("other")


def test_a_phone_fades_until_its_call_is_cleared() -> None:
    clock, late = VirtualClock(), list[tuple[str, str]]()
    fading = Fading(clock, lambda *found: late.append(found))
    fading.begin(ONE, "1", "7101")
    assert fading.at(ONE, "7101")
    assert not fading.at(OTHER, "7101")
    assert not fading.at(ONE, "7102")
    fading.end(ONE, "1")
    fading.end(ONE, "1")
    clock.advance(2 * FADES_FOR)
    assert not fading.at(ONE, "7101")
    assert late == []


def test_a_call_of_which_nothing_is_heard_is_forgotten_and_its_phone_looked_at() -> None:
    clock, late = VirtualClock(), list[tuple[str, str]]()
    fading = Fading(clock, lambda *found: late.append(found))
    fading.begin(ONE, "1", "7101")
    clock.advance(FADES_FOR / 2)
    fading.begin(ONE, "1", "7101")
    clock.advance(FADES_FOR - 1)
    assert fading.at(ONE, "7101")
    clock.advance(2)
    assert not fading.at(ONE, "7101")
    assert late == [(ONE, "7101")]


def test_a_link_that_is_lost_takes_its_own_with_it() -> None:
    clock, late = VirtualClock(), list[tuple[str, str]]()
    fading = Fading(clock, lambda *found: late.append(found))
    fading.begin(ONE, "1", "7101")
    fading.begin(OTHER, "1", "7101")
    fading.link_lost(ONE)
    assert not fading.at(ONE, "7101")
    clock.advance(2 * FADES_FOR)
    assert late == [(OTHER, "7101")]
