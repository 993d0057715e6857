"""What changes from one site plan to another, in words that an operator reads before a reload."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from cti_server.vocabulary.plan import FlowPlan, SitePlan, Step
from cti_server.vocabulary.values import Utterance


def plan_difference(old: SitePlan, new: SitePlan) -> list[str]:
    """Give one line per change, sorted by what it is about; an empty list where nothing changes."""
    return [
        *_named("group", dict.fromkeys(old.groups), dict.fromkeys(new.groups)),
        *_named("skill", dict.fromkeys(old.skills), dict.fromkeys(new.skills)),
        *_named("rule", old.rules, new.rules),
        *_named("calendar", old.calendars, new.calendars),
        *_named("reason", old.reasons, new.reasons),
        *_named("destination", old.destinations, new.destinations),
        *_named("agent", old.agents, new.agents),
        *_named("queue", old.queues, new.queues),
        *_named("pilot", _pilots(old), _pilots(new)),
        *_flows(old.flows, new.flows),
    ]


def _pilots(plan: SitePlan) -> dict[str, Any]:
    return {f"{each.number} on {each.link}": each for each in plan.pilots}


def _named(kind: str, old: Mapping[Any, Any], new: Mapping[Any, Any]) -> Iterator[str]:
    for name in sorted({*old, *new}):
        if name not in new:
            yield f"{kind} {name}: removed"
        elif name not in old:
            yield f"{kind} {name}: added"
        elif old[name] != new[name]:
            for change in _changes(old[name], new[name]):
                yield f"{kind} {name}: {change}"


def _changes(old: Any, new: Any) -> Iterator[str]:  # noqa: ANN401 - any two values of one kind of a plan
    if not dataclasses.is_dataclass(old):
        yield f"{shown(old)} -> {shown(new)}"
        return
    for field in dataclasses.fields(old):
        before, after = getattr(old, field.name), getattr(new, field.name)
        if before != after:
            yield f"{field.name} {shown(before)} -> {shown(after)}"


def _flows(old: Mapping[Any, FlowPlan], new: Mapping[Any, FlowPlan]) -> Iterator[str]:
    for name in sorted({*old, *new}):
        if name not in new or name not in old:
            yield f"flow {name}: {'removed' if name in old else 'added'}"
        elif old[name].steps != new[name].steps:
            yield from (f"flow {name}: {change}" for change in _steps(old[name].steps, new[name].steps))


def _steps(old: tuple[Step, ...], new: tuple[Step, ...]) -> Iterator[str]:
    before, after = {step.id: step for step in old}, {step.id: step for step in new}
    for name in [*before, *(each for each in after if each not in before)]:
        if name not in after:
            yield f"step {name} removed"
        elif name not in before:
            yield f"step {name} added"
        elif type(before[name]) is not type(after[name]):
            yield f"step {name} is now another kind of step"
        else:
            yield from (f"step {name}: {change}" for change in _changes(before[name], after[name]))
    if [each for each in before if each in after] != [each for each in after if each in before]:
        yield "steps are in another order"


def shown(value: object) -> str:
    """A value of a plan in words, on one line; what says nothing is ``nothing``."""
    match value:
        case Utterance():
            text = _spoken(value)
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = ((each.name, getattr(value, each.name)) for each in dataclasses.fields(value))
            text = "(" + ", ".join(f"{name}: {shown(each)}" for name, each in fields if each) + ")"
        case tuple():
            text = ", ".join(shown(each) for each in value)
        case Mapping():
            text = ", ".join(f"{key}: {shown(each)}" for key, each in value.items())
        case bool():
            text = "yes" if value else "no"
        case float():
            text = f"{value:g}"
        case None:
            text = ""
        case _:
            text = str(value)
    return text or "nothing"


def _spoken(utterance: Utterance) -> str:
    """A prompt by its name, another thing with its kind."""
    if utterance.prompt is not None:
        return utterance.prompt
    given = ((each.name, getattr(utterance, each.name)) for each in dataclasses.fields(utterance))
    return " ".join(f"{name} {value}" for name, value in given if value is not None)
