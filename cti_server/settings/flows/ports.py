"""How many media ports the flows of a site can need at once, in the worst case."""

from collections.abc import Iterator
from dataclasses import dataclass

from cti_server.settings.flows.naming import named
from cti_server.vocabulary.ids import FlowName, PromptName
from cti_server.vocabulary.plan import FlowPlan, QueuePlan, SitePlan
from cti_server.vocabulary.values import Utterance


@dataclass(frozen=True, slots=True)
class PortNeed:
    """What one flow can need: ``calls`` at once at the most (None: nothing bounds them), a port for each or none."""

    flow: FlowName
    where: str
    heard: bool
    calls: int | None

    def __str__(self) -> str:
        """One line for people."""
        if not self.heard:
            return f"{self.flow} ({self.where}): 0 ports, nothing is heard"
        if self.calls is None:
            return f"{self.flow} ({self.where}): 1 port for each call, whose number nothing bounds"
        return f"{self.flow} ({self.where}): {self.calls} ports at the most"


def needs_of(plan: SitePlan) -> Iterator[PortNeed]:
    """The needs of every pilot's flow, then those of every queue's."""
    for pilot in plan.pilots:
        flow = plan.flows[pilot.flow]
        yield PortNeed(flow.name, f"pilot {pilot.number}", is_heard(plan, flow), None)
    for name in sorted(plan.queues):
        queue: QueuePlan = plan.queues[name]
        flow = plan.flows[queue.flow]
        yield PortNeed(flow.name, f"queue {name}", is_heard(plan, flow), queue.limits.waiting)


def is_heard(plan: SitePlan, flow: FlowPlan, above: tuple[FlowName, ...] = ()) -> bool:
    """Whether anything in the flow, or in those that it runs, makes a sound."""
    for step in flow.steps:
        for each in named(step):
            if each.kind is Utterance or each.kind is PromptName:
                return True
            inner = plan.flows.get(each.value) if each.kind is FlowName else None
            if inner is not None and inner.name not in above and is_heard(plan, inner, (*above, flow.name)):
                return True
    return False
