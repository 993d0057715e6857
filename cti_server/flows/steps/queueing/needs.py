"""What a step may say of who shall serve a contact: groups and skills by waiting time, or one agent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from annotated_types import Ge, Le

from cti_server.flows.component import Here
from cti_server.flows.steps.pattern import filled
from cti_server.vocabulary.ids import AgentId, GroupName, QueueName, SkillName
from cti_server.vocabulary.requirements import Need, Requirement, RequirementStep, SkillNeed


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedFrom:
    """From a waiting time on, who fits as well."""

    after: Annotated[float, Ge(0), Le(86400)] = 0.0
    """Seconds in the queue from which on they fit; the first must be 0."""
    groups: tuple[GroupName, ...] = ()
    """Members of any of these groups fit; anybody, where there are only skills."""
    skills: Mapping[SkillName, Annotated[int, Ge(1), Le(10)]] = field(default_factory=dict)
    """For each skill the level (1 to 10) that they must have at the least."""


def steps_of(needs: tuple[NeedFrom, ...]) -> tuple[RequirementStep, ...]:
    """The steps of a requirement, in the order of their times."""
    return tuple(
        RequirementStep(
            each.after,
            Need(each.groups, tuple(SkillNeed(skill, level) for skill, level in each.skills.items())),
        )
        for each in sorted(needs, key=lambda each: each.after)
    )


def requirement(
    here: Here, queue: QueueName | None, needs: tuple[NeedFrom, ...], agent: str | None, agent_for: float | None
) -> Requirement | None:
    """What a step's settings ask for; None where they leave it to the queue.

    ``agent`` is a template for an agent's log-on name: one that is not known asks for nobody.
    """
    named = AgentId(filled(agent, here).strip()) if agent is not None else AgentId("")
    known = here.agent(named) if named else None
    if not needs and known is None:
        return None
    plan = here.queue(queue) if queue is not None else None
    steps = steps_of(needs) if needs else plan.requirement.steps if plan is not None else ()
    return Requirement(steps, known.plan.id, agent_for) if known is not None else Requirement(steps)
