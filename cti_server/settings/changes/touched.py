"""Who is touched now by a change of the plan: those who wait, those who are at work, calls in flows and at pilots."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cti_server.agents.agent import Agent, logged_on
from cti_server.contacts.contact import Contact, Cursor, standing
from cti_server.engine.state import State
from cti_server.engine.trials.guarding import figures_of
from cti_server.flows.calendar import opening_at
from cti_server.flows.references import queues_of
from cti_server.routing.fitting import groups_of, members, skills_of
from cti_server.vocabulary.ids import AgentId, CalendarName, FlowName, QueueName
from cti_server.vocabulary.plan import PilotPlan, QueuePlan, SitePlan

Fact = str | int | float | bool | list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """Somebody or something that lives now and that a change concerns: in words, and as facts (times in seconds).

    ``warning``: callers or agents are worse off by it.
    """

    kind: str
    name: str
    text: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    warning: bool = False


def touched(state: State, new: SitePlan, now: float) -> list[Touch]:
    """Everybody whom the way from the plan in force to ``new`` touches at ``now`` (Unix seconds)."""
    old = state.plan
    return [
        *_queues(state, old, new, now),
        *_staff(state, old, new),
        *_openings(state, old, new, now),
        *_agents(state, old, new),
        *_flows(state, old, new),
        *_pilots(state, old, new),
        *_trials(state, new),
    ]


def _queues(state: State, old: SitePlan, new: SitePlan, now: float) -> Iterator[Touch]:
    for name in sorted({*old.queues, *new.queues}):
        before, after = old.queues.get(name), new.queues.get(name)
        waits = _waits(state, name, now)
        if before == after or not waits:
            continue
        longest = max(waits)
        facts: dict[str, Fact] = {"waiting": len(waits), "longest": round(longest, 1), "removed": after is None}
        told = f"{_count(len(waits), 'contact')} in queue {name}, the longest for {_clock(longest)}: "
        told += (
            "the queue is removed; they are served by its old rules until they are gone"
            if after is None
            else "the new rules hold for them at once; they go on hearing the flow that they hear"
        )
        yield Touch(kind="queue", name=name, text=told, facts=facts, warning=after is None)


def _staff(state: State, old: SitePlan, new: SitePlan) -> Iterator[Touch]:
    """Queues whose agents at work become fewer, most of all those that nobody is left for, and what leads there."""
    at_work = {name: agent for name, agent in state.agents.items() if logged_on(agent)}
    for name, after in sorted(new.queues.items()):
        before = old.queues.get(name)
        stay = _fitting(after, new, at_work)
        were = [] if before is None else _fitting(before, old, at_work)
        gone = [agent for agent in were if agent not in stay]
        planned = members(after, new.agents, {})
        unserved = not planned and (before is None or bool(members(before, old.agents, {})))
        if not gone and not unserved:
            continue
        flows = sorted(flow.name for flow in new.flows.values() if name in queues_of(flow))
        facts: dict[str, Fact] = {
            "planned": len(planned),
            "logged_on": len(stay),
            "lost": [str(agent) for agent in gone],
            "flows": [str(flow) for flow in flows],
        }
        if stay:
            text = f"queue {name} loses {', '.join(gone)}; {_count(len(stay), 'agent')} at work fit it still"
        else:
            left = (
                f"nobody at work fits queue {name} any more" if planned else f"no agent of the plan fits queue {name}"
            )
            text = left + (f" (until now: {', '.join(gone)})" if gone else "")
            text += f"; flows that lead there: {', '.join(flows)}" if flows else ""
        yield Touch(kind="staff", name=name, text=text, facts=facts, warning=not stay)


def _fitting(queue: QueuePlan, plan: SitePlan, at_work: Mapping[AgentId, Agent]) -> list[AgentId]:
    plans = {name: each for name, each in plan.agents.items() if name in at_work}
    return list(members(queue, plans, at_work))


def _openings(state: State, old: SitePlan, new: SitePlan, now: float) -> Iterator[Touch]:
    """Queues that open or close by the change itself."""
    for name, after in sorted(new.queues.items()):
        before = old.queues.get(name)
        if before is None:
            continue
        was, will = _open(state, old, before, now), _open(state, new, after, now)
        if was != will:
            text = f"queue {name} {'opens' if will else 'closes'} with the change"
            yield Touch(kind="calendar", name=name, text=text, facts={"open": will}, warning=not will)


def _open(state: State, plan: SitePlan, queue: QueuePlan, now: float) -> bool:
    calendar: CalendarName | None = queue.calendar
    if calendar is None:
        return True
    door = state.doors.get(calendar)
    if door is not None and (door.until is None or now < door.until):
        return door.open
    known = plan.calendars.get(calendar)
    return known is None or opening_at(known, now)[0]


def _agents(state: State, old: SitePlan, new: SitePlan) -> Iterator[Touch]:
    """Agents at work who are dropped, or lose groups or skills that nothing but the plan gives them."""
    for name, agent in sorted(state.agents.items()):
        if not logged_on(agent) or name not in old.agents:
            continue
        doing = _doing(agent)
        facts: dict[str, Fact] = {"contacts": [str(each) for each in agent.engagements], "status": str(agent.status)}
        if name not in new.agents:
            then = "is logged off when free" if agent.engagements else "is logged off at once"
            text = f"agent {name} is removed while logged on{doing}: {then}"
            yield Touch(kind="agent", name=name, text=text, facts={**facts, "removed": True}, warning=True)
            continue
        groups = sorted(groups_of(old.agents[name], agent) - groups_of(new.agents[name], agent))
        before, after = skills_of(old.agents[name], agent), skills_of(new.agents[name], agent)
        skills = sorted(skill for skill, level in before.items() if after.get(skill, 0) < level)
        parts = [f"leaves group {group}" for group in groups]
        parts += [
            f"has skill {skill} at level {after[skill]} only" if skill in after else f"loses skill {skill}"
            for skill in skills
        ]
        if parts:
            text = f"agent {name} is logged on{doing} and {' and '.join(parts)}"
            lost: dict[str, Fact] = {"groups": [str(each) for each in groups], "skills": [str(each) for each in skills]}
            yield Touch(kind="agent", name=name, text=text, facts={**facts, **lost})


def _doing(agent: Agent) -> str:
    if not agent.engagements:
        return ""
    return " (" + ", ".join(f"contact {each.contact}: {each.work}" for each in agent.engagements.values()) + ")"


def _flows(state: State, old: SitePlan, new: SitePlan) -> Iterator[Touch]:
    """Flows that change under contacts: those finish on the version that they began with."""
    inside: dict[FlowName, int] = {}
    for contact in state.contacts.values():
        for name in _in_flows(contact) if standing(contact) else ():
            inside[name] = inside.get(name, 0) + 1
    for name, before in sorted(old.flows.items()):
        after = new.flows.get(name)
        count = inside.get(name, 0)
        if not count or (after is not None and after.version == before.version):
            continue
        what = "is removed" if after is None else "changes"
        text = f"flow {name} {what} with {_count(count, 'contact')} in it: they finish on version {before.version}"
        facts: dict[str, Fact] = {"contacts": count, "version": before.version, "removed": after is None}
        yield Touch(kind="flow", name=name, text=text, facts=facts)


def _in_flows(contact: Contact) -> frozenset[FlowName]:
    cursors: list[Cursor] = [contact.cursor, *([] if contact.came_from is None else [contact.came_from])]
    return frozenset(name for cursor in cursors for name in (cursor.flow, *(frame.flow for frame in cursor.stack)))


def _pilots(state: State, old: SitePlan, new: SitePlan) -> Iterator[Touch]:
    """Pilots that come and go, with the calls that came to them, and how their link stands."""
    before = {(each.link, each.number): each for each in old.pilots}
    after = {(each.link, each.number): each for each in new.pilots}
    for key in sorted({*before, *after}):
        pilot = before.get(key) or after[key]
        if (key in before) == (key in after):
            continue
        calls = _calls_of(state, pilot)
        up = state.link_up(pilot.link)
        facts: dict[str, Fact] = {"calls": calls, "link": str(pilot.link), "up": up, "removed": key not in after}
        link = f"link {pilot.link} is {'up' if up else 'DOWN'}"
        if key not in after:
            text = f"pilot {pilot.number} is removed: new calls are left to the PBX"
            text += f", {_count(calls, 'call')} that came there finish" if calls else ""
            yield Touch(kind="pilot", name=pilot.number, text=f"{text}; {link}", facts=facts, warning=True)
        else:
            text = f"pilot {pilot.number} is added: it is monitored, and calls that wait there are taken; {link}"
            yield Touch(kind="pilot", name=pilot.number, text=text, facts=facts, warning=not up)


def _calls_of(state: State, pilot: PilotPlan) -> int:
    return sum(
        standing(contact)
        and contact.call is not None
        and (contact.call.link, contact.pilot) == (pilot.link, pilot.number)
        for contact in state.contacts.values()
    )


def _trials(state: State, new: SitePlan) -> Iterator[Touch]:
    """Trials that have shown something and that the new plan wants otherwise, or not at all."""
    wanted = {
        **{f"{each.link}/{each.number}": each.trial for each in new.pilots if each.trial is not None},
        **{str(name): each.trial for name, each in new.queues.items() if each.trial is not None},
    }
    for name, trial in sorted(state.trials.items()):
        seen = figures_of(trial).seen
        plan = wanted.get(name)
        stays = _stays(trial.base_flow, trial.base_version, new) and _stays(trial.plan.flow, trial.tried_version, new)
        if plan == trial.plan and stays:
            continue
        what = "ends" if plan is None else "begins anew"
        text = f"trial {name} of flow {trial.plan.flow} {what} after {_count(seen, 'contact')}"
        text += f" (it was {trial.ended})" if trial.ended is not None else ""
        yield Touch(kind="trial", name=name, text=text, facts={"seen": seen, "removed": plan is None})


def _stays(flow: FlowName, version: str, plan: SitePlan) -> bool:
    known = plan.flows.get(flow)
    return known is not None and known.version == version


def _waits(state: State, queue: QueueName, now: float) -> list[float]:
    line = state.lines.get(queue)
    contacts = [] if line is None else [state.contacts[place[2]] for place in line.places]
    return [max(now - (one.queued_at if one.queued_at is not None else now), 0.0) for one in contacts]


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
