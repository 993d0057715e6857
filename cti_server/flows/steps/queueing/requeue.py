"""requeue: move a waiting contact to another queue."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Le

from cti_server.flows.component import Enqueue, Here, Leave, NotQueued, Reaction, Result
from cti_server.flows.steps.pattern import WHILE_WAITING, Standard, Template
from cti_server.flows.steps.queueing.enqueue import EXIT_OF
from cti_server.flows.steps.queueing.needs import NeedFrom, requirement
from cti_server.vocabulary.ids import QueueName, StepId
from cti_server.vocabulary.plan import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class RequeueStep(Step):
    """Move the caller to another queue; their time of entry into the centre stays."""

    queue: QueueName
    """The queue."""
    priority: Annotated[int, Ge(1), Le(10)] | None = None
    """1 is served first, 10 last; without it, as before."""
    needs: tuple[NeedFrom, ...] = ()
    """Who shall serve this caller, instead of what the queue says."""
    agent: Template | None = None
    """Log-on name of the agent for whom the caller is; {name} stands for a datum. An unknown one is passed over."""
    agent_for: Annotated[float, Ge(1), Le(86400)] | None = None
    """Seconds for which that agent alone is waited for; without it, for ever."""
    closed: StepId | None = None
    """The step where that queue is closed; without this and the next two, the one below. The caller keeps waiting."""
    full: StepId | None = None
    """The step where too many wait there."""
    blocked: StepId | None = None
    """The step where nobody who fits is logged on there."""


class RequeueComponent(Standard):
    """Moves the contact; where the other queue does not take it, it stays in its own and the flow goes on."""

    name = "requeue"
    settings: type[Step] = RequeueStep
    kinds = WHILE_WAITING

    def exits(self, step: RequeueStep) -> Mapping[str, StepId | None]:
        """``closed``, ``full`` and ``blocked``."""
        return {"closed": step.closed, "full": step.full, "blocked": step.blocked}

    def enter(self, step: RequeueStep, here: Here) -> Reaction:
        """Move it."""
        needed = requirement(here, step.queue, step.needs, step.agent, step.agent_for)
        return Enqueue(queue=step.queue, priority=step.priority, requirement=needed)

    def resume(self, step: RequeueStep, here: Here, result: Result) -> Reaction:  # noqa: ARG002 - the result says it
        """Leave by the exit that says why it was not taken."""
        name = EXIT_OF.get(result.outcome, "blocked") if isinstance(result, NotQueued) else "blocked"
        return Leave(exit=name if name in self.exits(step) else "blocked")


REQUEUE = RequeueComponent()
