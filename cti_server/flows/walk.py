"""Finding the way through a flow: its first step, a step by name, and the step below another."""

from cti_server.vocabulary.ids import StepId
from cti_server.vocabulary.plan import FlowPlan, Step


def first_step(flow: FlowPlan) -> Step | None:
    """The step that a flow starts with; None for a flow without steps."""
    return flow.steps[0] if flow.steps else None


def find_step(flow: FlowPlan | None, step: StepId | None) -> Step | None:
    """The step of that name; None where the flow has no such step."""
    return None if flow is None else next((each for each in flow.steps if each.id == step), None)


def step_below(flow: FlowPlan, step: Step) -> Step | None:
    """The step below ``step``; None at the end of the flow."""
    below = next((index for index, each in enumerate(flow.steps, 1) if each.id == step.id), len(flow.steps))
    return flow.steps[below] if below < len(flow.steps) else None
