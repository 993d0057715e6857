"""The way through a flow."""

import pytest

from cti_server.flows.steps import DisconnectStep, MenuStep, MusicStep, PlayStep, QueueStep
from cti_server.flows.walk import (
    MINIMUM_MUSIC_SECONDS,
    find_step,
    first_step,
    is_heard,
    menu_choice,
    music_deadline,
    step_after,
)
from cti_server.vocabulary.ids import FlowName, PromptName, QueueName, StepId
from cti_server.vocabulary.plan import FlowPlan
from cti_server.vocabulary.values import Utterance, VerbOutcome, VerbResult

SAY = (Utterance(prompt=PromptName("x")),)
PLAY = PlayStep(id=StepId("play"), utterances=SAY)
JUMP = PlayStep(id=StepId("jump"), utterances=SAY, next=StepId("play"))
LOST = PlayStep(id=StepId("lost"), utterances=SAY, next=StepId("nowhere"))
MENU = MenuStep(id=StepId("menu"), utterances=SAY, choices={"1": StepId("play")}, otherwise=StepId("bye"))
BYE = DisconnectStep(id=StepId("bye"))
QUEUE = QueueStep(id=StepId("queue"), queue=QueueName("sales"))
LAST = MusicStep(id=StepId("last"), music=PromptName("m"), seconds=0.0)
FLOW = FlowPlan(name=FlowName("f"), version="1", steps=(PLAY, JUMP, LOST, MENU, BYE, QUEUE, LAST))


def test_steps_follow_next_or_else_the_order_of_the_flow() -> None:
    after = {step.id: step_after(FLOW, step) for step in FLOW.steps}
    assert after == {
        "play": JUMP,
        "jump": PLAY,
        "lost": None,
        "menu": BYE,
        "bye": None,
        "queue": None,
        "last": None,
    }


def test_finding_steps() -> None:
    assert first_step(FLOW) is PLAY
    assert first_step(FlowPlan(name=FlowName("empty"), version="1", steps=())) is None
    assert find_step(FLOW, StepId("menu")) is MENU
    assert find_step(FLOW, None) is None


def test_what_has_to_be_heard() -> None:
    heard = [step.id for step in FLOW.steps if is_heard(step)]
    assert heard == ["play", "jump", "lost", "menu", "last"]
    assert is_heard(DisconnectStep(id=StepId("bye"), utterances=SAY))


@pytest.mark.parametrize(
    ("outcome", "chosen"),
    [
        (VerbOutcome(VerbResult.DIGITS, "1"), "play"),
        (VerbOutcome(VerbResult.DIGITS, "12"), "play"),
        (VerbOutcome(VerbResult.DIGITS, "2"), None),
        (VerbOutcome(VerbResult.DIGITS, ""), None),
        (VerbOutcome(VerbResult.TIMEOUT, "1"), None),
    ],
)
def test_menu_choice(outcome: VerbOutcome, chosen: str | None) -> None:
    assert menu_choice(MENU, outcome) == chosen


def test_music_without_length_does_not_spin() -> None:
    assert music_deadline(LAST, 100.0) == 100.0 + MINIMUM_MUSIC_SECONDS
