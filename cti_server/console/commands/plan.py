"""Console commands that show what the plan has: groups, skills, flows, pilots, prompts."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from cti_server.console.answers import Answer, Cell, Refused, Table, Told
from cti_server.console.command import Argument, ConsoleCommand
from cti_server.console.operations import Operations
from cti_server.engine.views import agent_views
from cti_server.vocabulary.ids import FlowName
from cti_server.vocabulary.values import AgentStatus, Utterance


def show_groups(operations: Operations, _words: Sequence[str]) -> Answer:
    """``show groups``: who is in each, and which queues it serves first."""
    state = operations.state
    views = agent_views(state)
    rows: list[Sequence[Cell]] = []
    for group in sorted(state.plan.groups):
        members = [one for one in views if group in one.groups]
        on = sum(one.status is not AgentStatus.LOGGED_OFF for one in members)
        ready = sum(one.status is AgentStatus.READY for one in members)
        queues = " ".join(queue.name for queue in state.plan.queues.values() if group in queue.groups)
        rows.append((group, len(members), on, ready, queues or None, " ".join(one.id for one in members) or None))
    headings = ("group", "agents", "logged on", "ready", "queues", "members")
    return Table(headings=headings, rows=rows, empty="no groups")


def show_skills(operations: Operations, _words: Sequence[str]) -> Answer:
    """``show skills``: who has each, and at which level."""
    state = operations.state
    views = agent_views(state)
    names = {*state.plan.skills, *(skill for one in views for skill in one.skills)}
    rows: list[Sequence[Cell]] = []
    for name in sorted(names):
        having = [one for one in views if name in one.skills]
        ready = sum(one.status is AgentStatus.READY for one in having)
        told = " ".join(f"{one.id}={one.skills[name]}" for one in having)
        rows.append((name, len(having), ready, told or None))
    return Table(headings=("skill", "agents", "ready", "levels"), rows=rows, empty="no skills")


def show_flows(operations: Operations, words: Sequence[str]) -> Answer:
    """``show flows [FLOW]``: versions, and who is in each; one of them step by step."""
    state = operations.state
    if words:
        flow = state.plan.flows.get(FlowName(words[0]))
        if flow is None:
            return Refused(text=f"no flow is called {words[0]!r}", code="unknown-flow")
        steps = [{"step": step.id, "kind": _kind(step)} for step in flow.steps]
        lines = [f"{flow.name}, version {flow.version}", *(f"  {one['step']}: {one['kind']}" for one in steps)]
        return Told(text="\n".join(lines), facts={"flow": flow.name, "version": flow.version, "steps": steps})
    inside = Counter((one.cursor.flow, one.cursor.flow_version) for one in state.contacts.values())
    uses = _uses(operations)
    rows: list[Sequence[Cell]] = [
        (one.name, one.version[:12], len(one.steps), inside.pop((one.name, one.version), 0), uses.get(one.name), "now")
        for one in sorted(state.plan.flows.values(), key=lambda one: one.name)
    ]
    rows += [(name, version[:12], None, count, None, "former") for (name, version), count in sorted(inside.items())]
    headings = ("flow", "version", "steps", "contacts", "used by", "plan")
    return Table(headings=headings, rows=rows, empty="no flows")


def show_pilots(operations: Operations, _words: Sequence[str]) -> Answer:
    """``show pilots``: the numbers that callers dial, and what answers them."""
    rows = [(one.number, one.link, one.flow, "yes" if one.agent_line else "no") for one in operations.state.plan.pilots]
    return Table(headings=("pilot", "link", "flow", "agent line"), rows=rows, empty="no pilots")


def show_prompts(operations: Operations, _words: Sequence[str]) -> Answer:
    """``show prompts``: which flows name each, and how often."""
    named: dict[str, Counter[str]] = {}
    for flow in operations.state.plan.flows.values():
        for step in flow.steps:
            for prompt in _prompts(step):
                named.setdefault(prompt, Counter())[flow.name] += 1
    rows = [(prompt, sum(flows.values()), " ".join(sorted(flows))) for prompt, flows in sorted(named.items())]
    return Table(headings=("prompt", "steps", "flows"), rows=rows, empty="no flow names a prompt")


def _kind(step: object) -> str:
    return type(step).__name__.removesuffix("Step").lower()


def _prompts(value: Any) -> Iterator[str]:  # noqa: ANN401 - whatever a component's settings hold
    """The names of prompts anywhere in a step's settings: utterances say them, and music is one."""
    if isinstance(value, Utterance):
        yield from (str(part) for part in (getattr(value, "prompt", None),) if part)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            inner = getattr(value, field.name)
            if field.name == "music" and isinstance(inner, str):
                yield inner
            else:
                yield from _prompts(inner)
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _prompts(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _prompts(each)


def _uses(operations: Operations) -> dict[str, str]:
    plan = operations.state.plan
    uses: dict[str, list[str]] = {}
    for pilot in plan.pilots:
        uses.setdefault(pilot.flow, []).append(f"pilot {pilot.number}")
    for queue in plan.queues.values():
        uses.setdefault(queue.flow, []).append(f"queue {queue.name}")
    return {flow: ", ".join(names) for flow, names in uses.items()}


def _flows(operations: Operations) -> list[str]:
    return sorted(operations.state.plan.flows)


COMMANDS: tuple[ConsoleCommand, ...] = (
    ConsoleCommand(
        words=("show", "groups"),
        help="groups, their agents and the queues that they serve",
        run=show_groups,
        filters=("group", "ready"),
        detail="Example: show groups sort=ready",
    ),
    ConsoleCommand(
        words=("show", "skills"),
        help="skills, and who has which at which level",
        run=show_skills,
        filters=("skill", "ready"),
        detail="Example: show skills skill=english",
    ),
    ConsoleCommand(
        words=("show", "flows"),
        help="flows, their versions and the contacts in each; one step by step",
        run=show_flows,
        arguments=(Argument(name="flow", choices=_flows, optional=True),),
        filters=("flow", "plan"),
        detail="Contacts finish on the version that they began with: former ones are shown while somebody is in "
        "them.\nExamples: show flows, show flows welcome",
    ),
    ConsoleCommand(
        words=("show", "pilots"),
        help="the numbers that callers dial, and the flow of each",
        run=show_pilots,
        filters=("pilot", "link", "flow"),
        detail="Example: show pilots link=pbx",
    ),
    ConsoleCommand(
        words=("show", "prompts"),
        help="prompts that flows name, and which flows",
        run=show_prompts,
        filters=("prompt", "flows"),
        detail="Example: show prompts flows=welcome",
    ),
)
