"""Actions become verbs of the control door, and the ends of verbs outcomes."""

from dataclasses import fields

import msgspec
import pytest

from cti_server.channels.voice.verbs import action_of, masked, outcome_of
from cti_server.vocabulary import actions as a
from cti_server.vocabulary.ids import PromptName, SecretId
from cti_server.vocabulary.values import Utterance, VerbOutcome, VerbResult
from media_service.control import messages as m

SAID = (
    Utterance(prompt=PromptName("welcome")),
    Utterance(number=3),
    Utterance(position=2),
    Utterance(digits="49"),
    Utterance(date="2026-11-23"),
    Utterance(time="09:30"),
    Utterance(amount="12.50", currency="EUR"),
    Utterance(wait=150.0),
    Utterance(text="good morning"),
    Utterance(tone="busy"),
    Utterance(silence=0.5),
)
EVERY = (
    (a.Play(utterances=SAID, barge_in=True, language="de"), m.Play),
    (a.AskDigit(utterances=SAID, timeout=4.0, language="de"), m.AskDigit),
    (
        a.Collect(
            utterances=SAID,
            maximum=8,
            minimum=4,
            terminators="*",
            first=6.0,
            between=2.0,
            total=20.0,
            barge_in=False,
            masked=True,
            language="fr",
        ),
        m.Collect,
    ),
    (
        a.RecordMessage(utterances=SAID, name="m-1", maximum=60.0, silence=2.0, terminators="#*", language="it"),
        m.Message,
    ),
    (a.Recognise(utterances=SAID, grammar="#JSGF V1.0;", timeout=3.0, digits="12", language="en"), m.Recognise),
    (a.SendDigits(digits="12#"), m.SendDigits),
)


@pytest.mark.parametrize(("action", "kind"), EVERY)
def test_a_verb_says_all_that_the_action_says(action: a.Action, kind: type[m.Action]) -> None:
    verb = action_of(action)
    assert type(verb) is kind
    for field in fields(action):
        if field.name == "barge_in" and kind is m.AskDigit:
            continue  # the verb's prompt can always be interrupted
        told, asked = getattr(verb, field.name), getattr(action, field.name)
        if field.name == "utterances":
            told = tuple(Utterance(**msgspec.structs.asdict(one)) for one in told)
        assert told == asked


def test_music_loops() -> None:
    assert action_of(a.PlayMusic(music=PromptName("hold_music"))) == m.HoldMusic("hold_music")


def test_one_digit_after_a_prompt_that_must_be_heard_is_collected() -> None:
    verb = action_of(a.AskDigit(utterances=SAID[:1], timeout=4.0, barge_in=False))
    assert verb == m.Collect((m.Utterance(prompt="welcome"),), 1, terminators="", first=4.0, barge_in=False)


def test_what_is_no_action_is_refused() -> None:
    with pytest.raises(TypeError, match="no media verb for str"):
        action_of("play")  # type: ignore[arg-type]  # as a plugin may


def test_outcomes_carry_what_was_recorded_or_understood() -> None:
    recorded = m.VerbResult("recorded", file="m-1.wav", seconds=4.5)
    assert outcome_of(recorded) == VerbOutcome(VerbResult.RECORDED, file="m-1.wav", seconds=4.5)
    speech = m.VerbResult("speech", speech="sales", confidence=0.8)
    assert outcome_of(speech) == VerbOutcome(VerbResult.SPEECH, speech="sales", confidence=0.8)
    assert outcome_of(m.VerbResult("digits", digits="12", detail="#")) == VerbOutcome(VerbResult.DIGITS, "12", "#")


def test_a_result_that_we_do_not_know_is_a_failure() -> None:
    assert outcome_of(m.VerbResult("melted", digits="1")).result is VerbResult.FAILED


def test_masked_digits_are_not_in_the_outcome() -> None:
    outcome = outcome_of(m.VerbResult("digits", digits="4711", detail="#"), SecretId("s"))
    assert outcome == VerbOutcome(VerbResult.DIGITS, secret=SecretId("s"), count=4)
    assert "4711" not in repr(outcome)


def test_only_what_collects_masked_is_masked() -> None:
    assert masked(a.Collect(utterances=(), maximum=4, masked=True))
    assert not masked(a.Collect(utterances=(), maximum=4))
    assert not masked(a.AskDigit(utterances=(), timeout=1.0))
