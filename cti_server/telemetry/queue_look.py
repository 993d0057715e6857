"""How each queue stands, cheaply enough to be asked every few seconds of a site with many queues and agents."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from cti_server.agents.agent import logged_on
from cti_server.contacts.contact import Contact
from cti_server.engine.state import State
from cti_server.queues.counters import QueueCounters
from cti_server.routing.fitting import groups_of, obstacle, rule_of, skills_of
from cti_server.vocabulary.ids import GroupName, QueueName, SkillName
from cti_server.vocabulary.plan import QueuePlan
from cti_server.vocabulary.requirements import fits
from cti_server.vocabulary.values import AgentStatus, Channel, ContactStage


class _Kind(NamedTuple):
    """What queues tell agents apart by; a site has far fewer kinds than agents."""

    groups: frozenset[GroupName]
    skills: tuple[tuple[SkillName, int], ...]


@dataclass(slots=True)
class Crew:
    """Agents who are logged on, those of them who are ready, and those who could be offered a call now."""

    logged_on: int = 0
    ready: int = 0
    free: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLook:
    """A queue; times in seconds. ``counters`` are the state's own and go on counting.

    ``late`` counts contacts in line longer than the queue's answer time, ``longest`` is how long the first has waited.
    ``planned``: the plan has the queue; else it is one of a former plan with contacts still in it.
    """

    name: QueueName
    planned: bool
    waiting: int
    ringing: int
    longest: float
    late: int
    crew: Crew
    counters: QueueCounters


def look_at_queues(state: State, now: float) -> list[QueueLook]:
    """The queues of the plan, and those of former plans that are still needed, by name."""
    crews = _crews(state)
    found = []
    for name in sorted({*state.plan.queues, *state.old_queues}):
        plan, line = state.queue(name), state.lines.get(name)
        contacts = [] if line is None else [state.contacts[place[2]] for place in line.places]
        counters = QueueCounters() if line is None else line.counters
        found.append(_look(state, name, plan=plan, contacts=contacts, crews=crews, counters=counters, now=now))
    return found


def _look(
    state: State,
    name: QueueName,
    *,
    plan: QueuePlan | None,
    contacts: list[Contact],
    crews: Mapping[_Kind, Crew],
    counters: QueueCounters,
    now: float,
) -> QueueLook:
    waits = [now - contact.queued_at for contact in contacts if contact.queued_at is not None]
    return QueueLook(
        name=name,
        planned=name in state.plan.queues,
        waiting=len(contacts),
        ringing=sum(contact.stage is ContactStage.OFFERED for contact in contacts),
        longest=max(waits, default=0.0),
        late=0 if plan is None else sum(wait > plan.service_level for wait in waits),
        crew=Crew() if plan is None else _crew_of(plan, crews),
        counters=counters,
    )


def _crews(state: State) -> dict[_Kind, Crew]:
    crews: dict[_Kind, Crew] = {}
    for agent in state.agents.values():
        plan = state.plan.agents.get(agent.id)
        if plan is None or not logged_on(agent):
            continue
        kind = _Kind(groups_of(plan, agent), tuple(sorted(skills_of(plan, agent).items())))
        crew = crews.setdefault(kind, Crew())
        crew.logged_on += 1
        crew.ready += agent.status is AgentStatus.READY
        rule = rule_of(plan, state.plan.rules)
        crew.free += obstacle(agent, Channel.VOICE, rule, state.phone_of(agent)) is None
    return crews


def _crew_of(plan: QueuePlan, crews: Mapping[_Kind, Crew]) -> Crew:
    """Everybody who can ever be offered the queue's contacts."""
    total = Crew()
    for kind, crew in crews.items():
        skills = dict(kind.skills)
        if any(fits(step.need, kind.groups, skills) for step in plan.requirement.steps):
            total.logged_on += crew.logged_on
            total.ready += crew.ready
            total.free += crew.free
    return total
