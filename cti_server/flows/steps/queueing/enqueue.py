"""queue: put the contact into a queue."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from annotated_types import Ge, Le

from cti_server.flows.component import Enqueue, Here, Leave, NotQueued, Reaction, Release, Result
from cti_server.flows.steps.pattern import BEFORE_WAITING, Standard, Template
from cti_server.flows.steps.queueing.needs import NeedFrom, requirement
from cti_server.vocabulary.ids import QueueName, StepId
from cti_server.vocabulary.plan import Step

EXIT_OF: Final[Mapping[str, str]] = {
    "closed": "closed",
    "saturated": "full",
    "blocked": "blocked",
    "timed-out": "timed_out",
}
"""By the outcome of a contact that the queue does not take, or not keep, the exit that it leads to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueStep(Step):
    """Put the caller into a queue; the queue's own flow goes on from there."""

    queue: QueueName
    """The queue."""
    priority: Annotated[int, Ge(1), Le(10)] = 5
    """1 is served first, 10 last."""
    needs: tuple[NeedFrom, ...] = ()
    """Who shall serve this caller, instead of what the queue says."""
    agent: Template | None = None
    """Log-on name of the agent for whom the caller is; {name} stands for a datum. An unknown one is passed over."""
    agent_for: Annotated[float, Ge(1), Le(86400)] | None = None
    """Seconds for which that agent alone is waited for; without it, for ever."""
    closed: StepId | None = None
    """The step where the queue is closed; without this and the next three the call is released."""
    full: StepId | None = None
    """The step where too many wait."""
    blocked: StepId | None = None
    """The step where nobody who fits is logged on."""
    timed_out: StepId | None = None
    """The step after the queue's longest wait."""


class QueueComponent(Standard):
    """Queues the contact; where the queue does not take or keep it, it leaves by the exit that says why."""

    name = "queue"
    settings: type[Step] = QueueStep
    kinds = BEFORE_WAITING
    ends = True

    def exits(self, step: QueueStep) -> Mapping[str, StepId | None]:
        """Those of ``closed``, ``full``, ``blocked`` and ``timed_out`` that are given."""
        ways = {"closed": step.closed, "full": step.full, "blocked": step.blocked, "timed_out": step.timed_out}
        return {name: target for name, target in ways.items() if target is not None}

    def enter(self, step: QueueStep, here: Here) -> Reaction:
        """Queue it."""
        needed = requirement(here, step.queue, step.needs, step.agent, step.agent_for)
        return Enqueue(queue=step.queue, priority=step.priority, requirement=needed)

    def resume(self, step: QueueStep, here: Here, result: Result) -> Reaction:  # noqa: ARG002 - the result says it
        """Leave by the exit that fits, else release the call."""
        name = EXIT_OF.get(result.outcome, "blocked") if isinstance(result, NotQueued) else "blocked"
        return Leave(exit=name) if name in self.exits(step) else Release()


QUEUE = QueueComponent()
