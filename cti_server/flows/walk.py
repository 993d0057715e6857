"""Finding the way through a flow: its first step, a step by name, and the step after another."""

from typing import Final

from cti_server.flows.steps import DisconnectStep, MenuStep, MusicStep, PlayStep, PositionStep, QueueStep
from cti_server.vocabulary.ids import StepId
from cti_server.vocabulary.plan import FlowPlan, Step
from cti_server.vocabulary.values import VerbOutcome, VerbResult

MINIMUM_MUSIC_SECONDS: Final = 0.25
"""Shorter music would only make a flow turn in circles."""


def first_step(flow: FlowPlan) -> Step | None:
    """The step that a flow starts with; None for a flow without steps."""
    return flow.steps[0] if flow.steps else None


def find_step(flow: FlowPlan, step: StepId | None) -> Step | None:
    """The step of that name; None where the flow has no such step."""
    return next((each for each in flow.steps if each.id == step), None)


def step_after(flow: FlowPlan, step: Step) -> Step | None:
    """Where the flow goes when ``step`` is done: its ``next``, else the one below it; None at the end."""
    match step:
        case PlayStep() | PositionStep() | MusicStep():
            if step.next is not None:
                return find_step(flow, step.next)
        case MenuStep():
            return find_step(flow, step.otherwise)
        case QueueStep() | DisconnectStep():
            return None
    index = flow.steps.index(step) + 1
    return flow.steps[index] if index < len(flow.steps) else None


def step_on_failure(flow: FlowPlan, step: Step) -> Step | None:
    """Where the flow goes when ``step`` cannot be heard: its ``on_failure``, else where it goes anyhow."""
    match step:
        case PlayStep() | MenuStep() | PositionStep() | MusicStep() if step.on_failure is not None:
            return find_step(flow, step.on_failure)
        case _:
            return step_after(flow, step)


def is_heard(step: Step) -> bool:
    """Whether the step has something to be heard, so that the call must be at a media port."""
    return not isinstance(step, QueueStep) and not (isinstance(step, DisconnectStep) and not step.utterances)


def menu_choice(step: MenuStep, outcome: VerbOutcome) -> StepId | None:
    """The step that the caller chose; None for silence or a digit that is no choice."""
    if outcome.result is not VerbResult.DIGITS or not outcome.digits:
        return None
    return step.choices.get(outcome.digits[0])


def music_deadline(step: MusicStep, now: float) -> float:
    """When the music is over, Unix seconds."""
    return now + max(step.seconds, MINIMUM_MUSIC_SECONDS)
