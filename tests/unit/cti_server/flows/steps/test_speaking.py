"""Components that speak: values out of data in every form, and what is passed over because it cannot be said."""

import pytest

from cti_server.flows.component import FAILED, Hear, Leave, Pause, Release, TimeOver
from cti_server.flows.steps import (
    DISCONNECT,
    MUSIC,
    PLAY,
    POSITION,
    SAY,
    WAIT,
    WAIT_TIME,
    DisconnectStep,
    MusicStep,
    PlayStep,
    PositionStep,
    SayStep,
    WaitStep,
    WaitTimeStep,
)
from cti_server.flows.steps.speaking.say import Form, utterance_of
from cti_server.vocabulary.actions import Play, PlayMusic
from cti_server.vocabulary.values import Utterance, Value, VerbOutcome, VerbResult
from tests.unit.cti_server.flows.steps.here import FakeHere

BEFORE, BETWEEN = Utterance(prompt="before"), Utterance(prompt="between")
FAILURE = VerbOutcome(VerbResult.FAILED)


def spoken(reaction: object) -> tuple[Utterance, ...]:
    assert isinstance(reaction, Hear)
    assert isinstance(reaction.action, Play)
    return reaction.action.utterances


@pytest.mark.parametrize(
    ("value", "form", "expected"),
    [
        (12, Form.NUMBER, Utterance(number=12)),
        ("12", Form.NUMBER, Utterance(number=12)),
        (3.0, Form.POSITION, Utterance(position=3)),
        ("49 89", Form.DIGITS, Utterance(digits="4989")),
        ("2026-11-23", Form.DATE, Utterance(date="2026-11-23")),
        ("09:30", Form.TIME, Utterance(time="09:30")),
        ("12.50", Form.AMOUNT, Utterance(amount="12.50", currency="EUR")),
        (90, Form.WAIT, Utterance(wait=90.0)),
        ("Mrs Smith", Form.TEXT, Utterance(text="Mrs Smith")),
        (None, Form.NUMBER, None),
        ("twelve", Form.NUMBER, None),
        ("nan", Form.NUMBER, None),
        ("1e400", Form.NUMBER, None),
        (0, Form.POSITION, None),
        (-1, Form.WAIT, None),
        ("none", Form.DIGITS, None),
        ("tomorrow", Form.DATE, None),
        ("9:30", Form.TIME, None),
        ("12,50", Form.AMOUNT, None),
        ("", Form.TEXT, None),
    ],
)
def test_a_value_is_spoken_in_its_form_or_not_at_all(value: Value, form: Form, expected: Utterance | None) -> None:
    assert utterance_of(value, form, "EUR") == expected


def test_say_reckons_its_value_and_leaves_where_there_is_none() -> None:
    step = SayStep(id="s", value="balance / 2", before=(BEFORE,))
    assert spoken(SAY.enter(step, FakeHere(data={"balance": 10}))) == (BEFORE, Utterance(number=5))
    assert SAY.enter(step, FakeHere()) == Leave(exit=FAILED)
    assert SAY.enter(step, FakeHere(data={"balance": "a lot"})) == Leave(exit=FAILED)


def test_names_in_texts_are_filled_and_what_is_empty_is_not_said() -> None:
    step = PlayStep(id="p", utterances=(BEFORE, Utterance(digits="{customer}"), Utterance(text="{missing}")))
    assert spoken(PLAY.enter(step, FakeHere(data={"customer": 4711}))) == (BEFORE, Utterance(digits="4711"))
    only = PlayStep(id="p", utterances=(Utterance(text="{missing}"),))
    assert PLAY.enter(only, FakeHere()) == Leave()
    assert PLAY.resume(step, FakeHere(), FAILURE) == Leave(exit=FAILED)


def test_the_position_is_said_while_one_waits() -> None:
    step = PositionStep(id="p", before=(BEFORE,))
    assert spoken(POSITION.enter(step, FakeHere(facts={"position": 3}))) == (BEFORE, Utterance(number=3))
    assert POSITION.enter(step, FakeHere()) == Leave()


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (100, 250, (Utterance(wait=120), BETWEEN, Utterance(wait=300))),
        (65, 110, (Utterance(wait=120),)),
        (10, 59, (Utterance(wait=10), BETWEEN, Utterance(wait=59))),
        (-5, 0, (Utterance(wait=0),)),
    ],
)
def test_a_wait_is_told_as_a_range_of_whole_minutes(low: float, high: float, said: tuple[Utterance, ...]) -> None:
    step = WaitTimeStep(id="w", between=(BETWEEN,))
    assert spoken(WAIT_TIME.enter(step, FakeHere(facts={"wait_low": low, "wait_high": high}))) == said


def test_a_wait_that_is_unknown_or_too_long_is_not_told() -> None:
    step = WaitTimeStep(id="w", longest=600)
    assert WAIT_TIME.enter(step, FakeHere()) == Leave()
    assert WAIT_TIME.enter(step, FakeHere(facts={"wait_low": 30, "wait_high": 700})) == Leave()


def test_music_lasts_its_time_even_when_it_breaks_off() -> None:
    step = MusicStep(id="m", music="hold_music", seconds=30)
    here = FakeHere()
    first = MUSIC.enter(step, here)
    assert isinstance(first, Hear)
    assert (first.action, first.seconds, first.silent) == (PlayMusic(music="hold_music"), 30, True)
    later = FakeHere(now=here.now + 12, memory=first.memory)
    rest = MUSIC.resume(step, later, FAILURE)  # from another port, or in silence
    assert isinstance(rest, Hear)
    assert (rest.action, rest.seconds, rest.silent) == (first.action, 18, True)
    assert MUSIC.resume(step, later.with_memory(rest.memory), TimeOver()) == Leave()


def test_music_with_a_way_for_failures_takes_it() -> None:
    step = MusicStep(id="m", music="hold_music", seconds=30, on_failure="f")
    first = MUSIC.enter(step, FakeHere())
    assert isinstance(first, Hear)
    assert not first.silent
    assert MUSIC.resume(step, FakeHere(), FAILURE) == Leave(exit=FAILED)
    assert MUSIC.exits(step) == {"next": None, FAILED: "f"}
    assert FAILED not in MUSIC.exits(MusicStep(id="m", music="hold_music", seconds=30))


def test_waiting_is_a_pause() -> None:
    assert WAIT.enter(WaitStep(id="w", seconds=3), FakeHere()) == Pause(seconds=3)
    assert WAIT.resume(WaitStep(id="w", seconds=3), FakeHere(), TimeOver()) == Leave()


def test_disconnect_releases_after_its_words_and_also_without_them() -> None:
    step = DisconnectStep(id="d", utterances=(BEFORE,), served=True)
    assert spoken(DISCONNECT.enter(step, FakeHere())) == (BEFORE,)
    assert DISCONNECT.resume(step, FakeHere(), FAILURE) == Release(served=True)
    assert DISCONNECT.enter(DisconnectStep(id="d"), FakeHere()) == Release(served=False)
