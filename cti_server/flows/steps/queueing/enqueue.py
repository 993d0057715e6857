"""queue: put the contact into a queue."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from annotated_types import Ge, Le

from cti_server.flows.component import Enqueue, Here, Leave, NotQueued, Reaction, Result
from cti_server.flows.steps.pattern import BEFORE_WAITING, Standard
from cti_server.vocabulary.ids import QueueName, StepId
from cti_server.vocabulary.plan import Step

TIMED_OUT: Final = "timed_out"
EXIT_OF: Final[Mapping[str, str]] = {"closed": "closed", "saturated": "full", "blocked": "blocked"}
"""By a refusal's outcome the exit that it leads to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueStep(Step):
    """Put the caller into a queue; ends the flow."""

    queue: QueueName
    """The queue."""
    priority: Annotated[int, Ge(1), Le(10)] = 5
    """1 is served first, 10 last."""


class QueueComponent(Standard):
    """Queues the contact; the queue's own flow goes on."""

    name = "queue"
    settings: type[Step] = QueueStep
    kinds = BEFORE_WAITING
    ends = True

    def exits(self, step: QueueStep) -> Mapping[str, StepId | None]:  # noqa: ARG002 - it ends the flow
        """None."""
        return {}

    def enter(self, step: QueueStep, here: Here) -> Reaction:  # noqa: ARG002 - it does not depend on the contact
        """Queue it."""
        return Enqueue(queue=step.queue, priority=step.priority)

    def resume(self, step: QueueStep, here: Here, result: Result) -> Reaction:  # noqa: ARG002 - see above
        """Leave by the exit that fits the refusal."""
        return Leave(exit=EXIT_OF.get(result.outcome, "blocked") if isinstance(result, NotQueued) else TIMED_OUT)


QUEUE = QueueComponent()
