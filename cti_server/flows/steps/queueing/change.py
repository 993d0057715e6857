"""change: change the priority of a waiting contact, or who shall serve it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Le

from cti_server.flows.component import NEXT, Change, Here, Leave, Reaction
from cti_server.flows.steps.pattern import WHILE_WAITING, Standard, Template
from cti_server.flows.steps.queueing.needs import NeedFrom, requirement
from cti_server.vocabulary.ids import QueueName, StepId
from cti_server.vocabulary.plan import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeStep(Step):
    """Change what was chosen earlier for a caller who waits; it takes effect at once."""

    priority: Annotated[int, Ge(1), Le(10)] | None = None
    """1 is served first, 10 last; without it, as before."""
    needs: tuple[NeedFrom, ...] = ()
    """Who shall serve this caller from now on; times count from the entry into the queue."""
    agent: Template | None = None
    """Log-on name of the agent for whom the caller is; {name} stands for a datum. An unknown one is passed over."""
    agent_for: Annotated[float, Ge(1), Le(86400)] | None = None
    """Seconds in the queue until which that agent alone is waited for; without it, for ever."""
    next: StepId | None = None
    """The step after this one; without it, the one below."""


class ChangeComponent(Standard):
    """Changes it, then goes on."""

    name = "change"
    settings: type[Step] = ChangeStep
    kinds = WHILE_WAITING

    def exits(self, step: ChangeStep) -> Mapping[str, StepId | None]:
        """``next``."""
        return {NEXT: step.next}

    def enter(self, step: ChangeStep, here: Here) -> Reaction:
        """Change it, where there is something to change."""
        queue = here.value("queue")
        name = QueueName(queue) if isinstance(queue, str) and queue else None
        needed = requirement(here, name, step.needs, step.agent, step.agent_for)
        if name is None or (step.priority is None and needed is None):
            return Leave()
        return Change(priority=step.priority, requirement=needed)


CHANGE = ChangeComponent()
