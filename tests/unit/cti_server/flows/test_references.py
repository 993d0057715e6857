"""Which queues and flows steps name, whatever component they are of."""

from collections.abc import Mapping
from dataclasses import dataclass

from cti_server.flows.references import flows_of, queues_of
from cti_server.flows.steps import PlayStep, QueueStep, RunStep
from cti_server.vocabulary.ids import FlowName, QueueName, StepId
from cti_server.vocabulary.plan import FlowPlan, Step
from tests.scenarios.engine.story import say


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way of a component that this project does not know."""

    queue: QueueName


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignStep(Step):
    """Settings of a component that this project does not know."""

    first: QueueName | None = None
    others: tuple[QueueName, ...] = ()
    by_digit: Mapping[str, QueueName] | None = None
    ways: tuple[Way, ...] = ()
    text: str = "sales"


def flow(*steps: Step) -> FlowPlan:
    return FlowPlan(name=FlowName("f"), version="1", steps=steps)


def test_names_are_found_by_the_types_of_the_settings() -> None:
    made = flow(
        PlayStep(id=StepId("play"), utterances=say("sales")),
        QueueStep(id=StepId("q"), queue=QueueName("sales")),
        RunStep(id=StepId("r"), flow=FlowName("part")),
    )
    assert queues_of(made) == {"sales"}
    assert flows_of(made) == {"part"}


def test_names_are_found_wherever_they_are_in_a_setting() -> None:
    step = ForeignStep(
        id=StepId("x"),
        first=QueueName("a"),
        others=(QueueName("b"),),
        by_digit={"1": QueueName("c")},
        ways=(Way(queue=QueueName("d")),),
    )
    assert queues_of(flow(step)) == {"a", "b", "c", "d"}
    assert queues_of(flow(ForeignStep(id=StepId("y")))) == frozenset()
    assert flows_of(flow(step)) == frozenset()
