"""The way through a flow."""

from cti_server.flows.steps import DisconnectStep, PlayStep
from cti_server.flows.walk import find_step, first_step, step_below
from cti_server.vocabulary.ids import FlowName, PromptName, StepId
from cti_server.vocabulary.plan import FlowPlan
from cti_server.vocabulary.values import Utterance

SAY = (Utterance(prompt=PromptName("x")),)
PLAY = PlayStep(id=StepId("play"), utterances=SAY)
BYE = DisconnectStep(id=StepId("bye"))
FLOW = FlowPlan(name=FlowName("f"), version="1", steps=(PLAY, BYE))


def test_finding_steps() -> None:
    assert first_step(FLOW) is PLAY
    assert first_step(FlowPlan(name=FlowName("empty"), version="1", steps=())) is None
    assert find_step(FLOW, StepId("bye")) is BYE
    assert find_step(FLOW, StepId("nowhere")) is None
    assert find_step(FLOW, None) is None
    assert find_step(None, StepId("bye")) is None


def test_the_step_below_is_the_next_in_the_file() -> None:
    assert step_below(FLOW, PLAY) is BYE
    assert step_below(FLOW, BYE) is None
    assert step_below(FLOW, DisconnectStep(id=StepId("elsewhere"))) is None
