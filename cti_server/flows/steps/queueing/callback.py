"""callback: call the customer back, now or later."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from annotated_types import Ge, Le

from cti_server.flows.component import FAILED, NEXT, Here, Leave, MakeCallback, Reaction
from cti_server.flows.steps.pattern import Expression, Standard, Template, filled, reckoned, text_of
from cti_server.vocabulary.ids import AgentId, QueueName, StepId
from cti_server.vocabulary.plan import Step
from cti_server.vocabulary.values import Value

DAY_MINUTES: Final = 1440
_CLOCK = re.compile(r"(\d{1,2}):?(\d{2})")
_NUMBER = re.compile(r"\+?[0-9]{2,32}")
_EARLIEST_UNIX: Final = 1_000_000_000
"""A number from here on is Unix seconds (September 2001), not a time of day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackStep(Step):
    """Make a callback; the call may be released afterwards."""

    queue: QueueName | None = None
    """The queue that serves it; without it, the one in which the caller waits."""
    delay: Annotated[float, Ge(0), Le(2_592_000)] = 0.0
    """Seconds until it is due."""
    at: Expression | None = None
    """When it is due: four digits as keyed in (0930 is the next half past nine, local time), HH:MM, or Unix seconds."""
    agent: Template | None = None
    """Log-on name of the agent for whom it is reserved; {name} stands for a datum."""
    number: Template | None = None
    """The number to call, for example {number}; without it, the caller's own."""
    priority: Annotated[int, Ge(1), Le(10)] | None = None
    """1 is served first, 10 last; without it, as the caller's."""
    keep_place: bool = True
    """Whether it is served as if it had come when the caller did."""
    next: StepId | None = None
    """The step after this one; without it, the one below."""
    on_failure: StepId | None = None
    """The step where time or number cannot be understood, or there is no queue; without it, the usual next one."""


class CallbackComponent(Standard):
    """Makes the callback as it is wished for, or none where the wish cannot be understood."""

    name = "callback"
    settings: type[Step] = CallbackStep

    def exits(self, step: CallbackStep) -> Mapping[str, StepId | None]:
        """``next`` and ``on_failure``."""
        return {NEXT: step.next, FAILED: step.on_failure or step.next}

    def enter(self, step: CallbackStep, here: Here) -> Reaction:
        """Make it."""
        waiting_in = here.value("queue")
        queue = step.queue or (QueueName(waiting_in) if isinstance(waiting_in, str) and waiting_in else None)
        number = "" if step.number is None else filled(step.number, here).strip()
        due = due_at(step, here)
        if queue is None or due == 0.0 or (step.number is not None and not _NUMBER.fullmatch(number)):
            return Leave(exit=FAILED)
        agent = AgentId(filled(step.agent, here).strip()) if step.agent is not None else AgentId("")
        return MakeCallback(
            queue=queue,
            due=due,
            agent=agent if agent and here.agent(agent) is not None else None,
            number=number,
            priority=step.priority,
            keep_place=step.keep_place,
        )


def due_at(step: CallbackStep, here: Here) -> float | None:
    """When it is due, Unix seconds; None for now, 0 for a time that cannot be understood."""
    if step.at is None:
        return here.now + step.delay if step.delay else None
    value = reckoned(step.at, here)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value >= _EARLIEST_UNIX:
        return float(value)
    found = _CLOCK.fullmatch(text_of(value).strip())
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        return 0.0
    local = _minutes(here.value("hour")) * 60 + _minutes(here.value("minute"))
    ahead = (int(found[1]) * 60 + int(found[2]) - local) % DAY_MINUTES
    return here.now - here.now % 60 + ahead * 60 + step.delay


def _minutes(value: Value) -> int:
    return int(value) if isinstance(value, (int, float)) else 0


CALLBACK = CallbackComponent()
