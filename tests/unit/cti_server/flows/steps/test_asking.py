"""Components that ask: every answer, too few digits, silence, failures, and the last attempt."""

import pytest

from cti_server.flows.component import FAILED, Ask, Hear, Leave
from cti_server.flows.steps import COLLECT, MENU, RECOGNISE, RECORD, CollectStep, MenuStep, RecogniseStep, RecordStep
from cti_server.flows.steps.asking.recognise import grammar_of
from cti_server.vocabulary.actions import AskDigit, Collect, Recognise, RecordMessage
from cti_server.vocabulary.outside import RequestOutcome, RequestResult, SendMail
from cti_server.vocabulary.plan import QueuePlan
from cti_server.vocabulary.values import Utterance, VerbOutcome, VerbResult
from tests.unit.cti_server.flows.steps.here import FakeHere

SAY = (Utterance(prompt="menu"),)
WRONG, QUIET = (Utterance(prompt="invalid"),), (Utterance(prompt="silent"),)
MENU_STEP = MenuStep(
    id="m", utterances=SAY, choices={"1": "a"}, otherwise="z", attempts=2, invalid=WRONG, silence=QUIET, into="chosen"
)
COLLECT_STEP = CollectStep(
    id="c", utterances=SAY, into="pin", maximum=4, minimum=2, attempts=2, otherwise="z", invalid=WRONG, silence=QUIET
)
FAILURE = VerbOutcome(VerbResult.FAILED, detail="the disk is full")


def pressed(digits: str) -> VerbOutcome:
    return VerbOutcome(VerbResult.DIGITS, digits)


def test_a_menu_asks_and_goes_to_the_choice() -> None:
    here = FakeHere(data={"language": "de"})
    first = MENU.enter(MENU_STEP, here)
    assert isinstance(first, Hear)
    assert first.action == AskDigit(utterances=SAY, timeout=5.0, barge_in=True, language="de")
    assert MENU.resume(MENU_STEP, here.with_memory(first.memory), pressed("1")) == Leave(exit="1", keep={"chosen": "1"})


@pytest.mark.parametrize(("outcome", "before"), [(pressed("9"), WRONG), (VerbOutcome(VerbResult.TIMEOUT), QUIET)])
def test_a_menu_says_what_was_wrong_and_gives_up_after_its_attempts(outcome: VerbOutcome, before: object) -> None:
    here = FakeHere()
    first = MENU.enter(MENU_STEP, here)
    assert isinstance(first, Hear)
    again = MENU.resume(MENU_STEP, here.with_memory(first.memory), outcome)
    assert isinstance(again, Hear)
    assert isinstance(again.action, AskDigit)
    assert again.action.utterances == (*before, *SAY)  # type: ignore[misc]
    assert MENU.resume(MENU_STEP, here.with_memory(again.memory), outcome) == Leave(exit="otherwise")


def test_whoever_cannot_be_asked_goes_otherwise() -> None:
    assert MENU.resume(MENU_STEP, FakeHere(), FAILURE) == Leave(exit=FAILED)
    assert MENU.exits(MENU_STEP) == {"1": "a", "otherwise": "z", FAILED: "z"}
    assert COLLECT.exits(COLLECT_STEP) == {"next": None, "otherwise": "z", FAILED: "z"}


def test_digits_are_kept() -> None:
    first = COLLECT.enter(COLLECT_STEP, FakeHere())
    assert isinstance(first, Hear)
    assert isinstance(first.action, Collect)
    assert (first.action.maximum, first.action.minimum, first.action.masked) == (4, 2, False)
    assert COLLECT.resume(COLLECT_STEP, FakeHere(), pressed("1234")) == Leave(keep={"pin": "1234"})


def test_masked_digits_are_kept_as_a_secret_alone() -> None:
    masked = CollectStep(id="c", utterances=SAY, into="pin", maximum=4, masked=True)
    first = COLLECT.enter(masked, FakeHere())
    assert isinstance(first, Hear)
    assert isinstance(first.action, Collect)
    assert first.action.masked
    outcome = VerbOutcome(VerbResult.DIGITS, secret="s-1", count=4)
    assert COLLECT.resume(masked, FakeHere(), outcome) == Leave(keep={"pin": "secret:s-1"})


@pytest.mark.parametrize("digits", ["", "1"])
def test_too_few_digits_are_asked_for_again(digits: str) -> None:
    outcome = VerbOutcome(VerbResult.TIMEOUT, digits)
    again = COLLECT.resume(COLLECT_STEP, FakeHere(memory={"asked": 1}), outcome)
    assert isinstance(again, Hear)
    assert isinstance(again.action, Collect)
    assert again.action.utterances == (*(WRONG if digits else QUIET), *SAY)
    assert COLLECT.resume(COLLECT_STEP, FakeHere(memory=again.memory), outcome) == Leave(exit="otherwise")


def test_words_choose_when_they_are_understood_surely() -> None:
    step = RecogniseStep(id="r", utterances=SAY, choices={"Sales": "a", "1": "a"}, otherwise="z", attempts=2)
    first = RECOGNISE.enter(step, FakeHere())
    assert isinstance(first, Hear)
    assert isinstance(first.action, Recognise)
    assert first.action.digits == "1"
    assert first.action.grammar == grammar_of(("sales",))
    heard = VerbOutcome(VerbResult.SPEECH, speech="sales", confidence=0.9)
    assert RECOGNISE.resume(step, FakeHere(), heard) == Leave(exit="Sales")
    unsure = VerbOutcome(VerbResult.SPEECH, speech="sales", confidence=0.1)
    again = RECOGNISE.resume(step, FakeHere(memory=first.memory), unsure)
    assert isinstance(again, Hear)
    assert RECOGNISE.resume(step, FakeHere(memory=again.memory), unsure) == Leave(exit="otherwise")


def recorded(seconds: float) -> VerbOutcome:
    return VerbOutcome(VerbResult.RECORDED, file="message-7.wav", seconds=seconds)


def test_a_message_is_mailed_with_its_file() -> None:
    queue = QueuePlan(name="sales", groups=("sales",), flow="waiting", voicemail=("team@example.com",))
    step = RecordStep(id="v", mail_to=("boss@example.com",), queue="sales", subject="From {source}")
    here = FakeHere(facts={"source": "4711", "destination": "7000"}, queues={"sales": queue})
    first = RECORD.enter(step, here)
    assert isinstance(first, Hear)
    assert isinstance(first.action, RecordMessage)
    assert first.action.name.startswith("message-7-v-")
    mail = RECORD.resume(step, here, recorded(12.3))
    assert isinstance(mail, Ask)
    assert mail.request == SendMail(
        to=("boss@example.com", "team@example.com"),
        subject="From 4711",
        text="4711 called 7000 and left a message of 12 seconds.",
        file="message-7.wav",
        service="media-1",
    )
    done = RequestOutcome(result=RequestResult.DONE)
    kept = {"recording": "message-7.wav", "recording_seconds": 12}
    assert RECORD.resume(step, here.with_memory(mail.memory), done) == Leave(exit="next", keep=kept)
    lost = RequestOutcome(result=RequestResult.TIMED_OUT)
    assert RECORD.resume(step, here.with_memory(mail.memory), lost) == Leave(exit=FAILED, keep=kept)


def test_who_says_nothing_has_left_no_message() -> None:
    step = RecordStep(id="v", no_message="bye")
    assert RECORD.resume(step, FakeHere(), recorded(0.4)) == Leave(exit="no_message")
    assert RECORD.resume(step, FakeHere(), VerbOutcome(VerbResult.STOPPED)) == Leave(exit="no_message")
    assert RECORD.resume(step, FakeHere(), FAILURE) == Leave(exit=FAILED)
    assert isinstance(RECORD.resume(step, FakeHere(), recorded(5)), Leave)
