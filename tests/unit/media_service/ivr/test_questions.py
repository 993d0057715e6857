"""Questions by themselves: what each makes of digits, silence and speech."""

from typing import Any

import pytest

from media_service.control.messages import Collect, Menu, Message, Recognise, Utterance, VerbResult
from media_service.ivr.asking import MenuQuestion
from media_service.ivr.collecting import CollectQuestion
from media_service.ivr.digits import TypeAhead
from media_service.ivr.hearing import FILE_LIMIT, LONGEST_SPEECH, RECOGNITION_LIMIT, MessageQuestion, SpeechQuestion
from media_service.ivr.questions import STAY, Ask, Heard, Question, Settle, TakeMessage, Wait

PROMPT = (Utterance(prompt="menu"),)
INVALID = (Utterance(prompt="invalid"),)
SILENT = (Utterance(prompt="silent"),)


def typed(digits: str = "") -> TypeAhead:
    ahead = TypeAhead()
    for digit in digits:
        ahead.press(digit)
    return ahead


def settled(result: str, digits: str = "", detail: str = "") -> Settle:
    return Settle(VerbResult(result, digits=digits, detail=detail))


def keys(question: Question, digits: str, now: float = 10.0) -> Any:
    """Press these, and give what the last one came to."""
    step: Any = STAY
    for digit in digits:
        step = question.digit(digit, now)
    return step


def menu(**more: Any) -> MenuQuestion:
    return MenuQuestion(Menu(PROMPT, "12", 4.0, tries=2, invalid=INVALID, silent=SILENT, **more))


def test_menu_takes_an_option_at_any_time() -> None:
    question = menu()
    assert question.begin(typed(), 0.0) == Ask(PROMPT)
    assert question.digit("2", 1.0) == settled("digits", "2")


def test_menu_asks_again_after_a_wrong_digit_and_gives_up_after_the_last_try() -> None:
    question = menu()
    question.begin(typed(), 0.0)
    assert question.digit("9", 1.0) == Ask(INVALID + PROMPT)
    assert question.prompt_over(5.0) == Wait(9.0)
    assert question.digit("*", 6.0) == settled("invalid", "*")


def test_menu_asks_again_after_silence() -> None:
    question = menu()
    question.begin(typed(), 0.0)
    assert question.time_up(9.0) == Ask(SILENT + PROMPT)
    assert question.time_up(19.0) == settled("timeout")


def test_menu_takes_only_options_typed_ahead() -> None:
    assert menu().begin(typed("1"), 0.0) == settled("digits", "1")
    ahead = typed("91")
    assert menu().begin(ahead, 0.0) == Ask(PROMPT)
    assert not ahead.take()


def collect(**more: Any) -> CollectQuestion:
    return CollectQuestion(Collect(PROMPT, **{"maximum": 4, "minimum": 2, **more}))


def test_collect_ends_with_the_last_digit() -> None:
    question = collect()
    assert question.begin(typed(), 0.0) == Ask(PROMPT)
    assert question.digit("1", 1.0) == Wait(4.0)
    assert keys(question, "23") == Wait(13.0)
    assert question.digit("4", 11.0) == settled("digits", "1234")


def test_collect_ends_with_a_terminator_that_is_told_apart() -> None:
    question = collect()
    question.begin(typed(), 0.0)
    assert keys(question, "12#") == settled("digits", "12", "#")


def test_a_terminator_after_too_few_digits_is_no_answer() -> None:
    question = collect()
    question.begin(typed(), 0.0)
    assert keys(question, "1#") == settled("timeout", "1", "#")


def test_collect_without_terminators_takes_every_key() -> None:
    question = collect(terminators="", maximum=3)
    question.begin(typed(), 0.0)
    assert keys(question, "*#1") == settled("digits", "*#1")


@pytest.mark.parametrize(("pressed", "expected"), [("12", "digits"), ("1", "timeout"), ("", "timeout")])
def test_a_pause_ends_collecting(pressed: str, expected: str) -> None:
    question = collect()
    question.begin(typed(), 0.0)
    question.prompt_over(2.0)
    keys(question, pressed, 3.0)
    assert question.time_up(6.0) == settled(expected, pressed)


def test_times_count_from_the_prompt_and_never_beyond_the_whole() -> None:
    question = collect(first=5.0, between=3.0, total=7.0, maximum=20)
    question.begin(typed(), 0.0)
    assert question.prompt_over(10.0) == Wait(15.0)
    assert question.digit("1", 14.0) == Wait(17.0)
    assert question.digit("2", 16.5) == Wait(17.0)
    assert question.digit("3", 16.9) == Wait(17.0)
    assert question.time_up(17.0) == settled("timeout", "123"), "enough digits, but the whole time is over"


def test_digits_typed_ahead_count_and_the_rest_stays() -> None:
    ahead = typed("123456")
    assert collect().begin(ahead, 0.0) == settled("digits", "1234")
    assert ahead.take() == "5"
    assert collect().begin(typed("1"), 0.0) == Wait(3.0)


def test_without_barge_in_the_prompt_is_heard_to_its_end() -> None:
    question = collect(barge_in=False)
    ahead = typed("99")
    assert question.begin(ahead, 0.0) == Ask(PROMPT)
    assert not ahead.take(), "what came before the question does not count"
    assert keys(question, "12345") == STAY
    assert question.prompt_over(9.0) == settled("digits", "1234")
    assert question.leftover() == "5"


def test_without_barge_in_a_part_goes_on_after_the_prompt() -> None:
    question = collect(barge_in=False)
    question.begin(typed(), 0.0)
    keys(question, "1")
    assert question.prompt_over(9.0) == Wait(12.0)
    assert question.digit("2", 10.0) == Wait(13.0)


def test_only_what_is_said_to_be_masked_is() -> None:
    assert collect(masked=True).masked
    assert not collect().masked
    assert not menu().masked


def speech() -> SpeechQuestion:
    question = SpeechQuestion(Recognise(PROMPT, "#JSGF V1.0; grammar g; public <g> = yes;", timeout=6.0, digits="1"))
    assert question.begin(typed("5"), 0.0) == Ask(PROMPT)
    return question


def test_speech_stops_the_prompt_and_its_end_is_understood() -> None:
    question = speech()
    assert question.speech(1.0, speaking=True) == Wait(1.0 + LONGEST_SPEECH)
    assert question.speech(2.5, speaking=False) == Heard(2.5 + RECOGNITION_LIMIT)
    assert question.speech(2.6, speaking=True) == STAY
    assert question.time_up(30.0).result.result == "failed"  # type: ignore[union-attr] - it settles


def test_endless_speech_is_understood_as_it_is() -> None:
    question = speech()
    question.speech(1.0, speaking=True)
    assert question.time_up(16.0) == Heard(16.0 + RECOGNITION_LIMIT)


def test_nothing_said_is_a_timeout_and_an_agreed_digit_an_answer() -> None:
    question = speech()
    assert question.speech(0.5, speaking=False) == STAY
    assert question.prompt_over(2.0) == Wait(8.0)
    assert question.digit("7", 3.0) == STAY
    assert question.digit("1", 3.0) == settled("digits", "1")
    assert question.time_up(8.0) == settled("timeout")


def message() -> MessageQuestion:
    question = MessageQuestion(Message(PROMPT, "box/1", maximum=60.0, silence=4.0))
    assert question.begin(typed("#"), 0.0) == Ask(PROMPT, beep=True)
    assert question.digit("#", 1.0) == STAY, "before the beep nothing is recorded"
    assert question.prompt_over(10.0) == TakeMessage(14.0)
    return question


def test_a_message_ends_in_silence() -> None:
    question = message()
    assert question.speech(11.0, speaking=True) == Wait(70.0)
    assert question.speech(20.0, speaking=False) == Wait(24.0)
    assert question.speech(23.0, speaking=True) == Wait(70.0)
    assert question.speech(69.0, speaking=False) == Wait(70.0), "never beyond the longest"
    assert question.time_up(70.0) == Heard(70.0 + FILE_LIMIT)
    assert question.digit("#", 71.0) == STAY
    assert question.time_up(80.0).result.result == "failed"  # type: ignore[union-attr] - it settles


def test_a_message_ends_with_a_terminator() -> None:
    question = message()
    assert question.digit("5", 11.0) == STAY
    assert question.digit("#", 12.0) == Heard(12.0 + FILE_LIMIT)
