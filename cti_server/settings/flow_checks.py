"""Checks of one flow: its steps fit its kind, all are reached, every path ends, and none turns without waiting."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cti_server.flows.component import FAILED, Component, FlowKind
from cti_server.settings.flows.components import library
from cti_server.settings.flows.flow_file import PART, ROUTING, FlowFile
from cti_server.settings.flows.naming import named
from cti_server.settings.flows.step_models import step_of
from cti_server.vocabulary.ids import StepId
from cti_server.vocabulary.plan import Step
from settings_file import Lines, Problem, did_you_mean

Edges = Mapping[str, tuple[str, ...]]
"""For each step the steps that may follow it."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A flow's steps with their components, ready to be walked; ``ways`` are each step's exits by name.

    An exit that leads below the last step leads to None: the flow is at its end there.
    """

    kind: str
    steps: tuple[Step, ...]
    components: tuple[Component, ...]
    ways: tuple[Mapping[str, str | None], ...]


def drawn(flow: FlowFile) -> Drawn:
    """Resolve every exit of every step."""
    steps = tuple(step_of(each) for each in flow.steps)
    by_settings = library().by_settings()
    components = tuple(by_settings[type(step)] for step in steps)
    ways: list[Mapping[str, str | None]] = []
    for place, (step, component) in enumerate(zip(steps, components, strict=True)):
        below = steps[place + 1].id if place + 1 < len(steps) else None
        ways.append({name: target or below for name, target in component.exits(step).items()})
    return Drawn(flow.kind, steps, components, tuple(ways))


def check_flow(flow: FlowFile, lines: Lines) -> Iterator[Problem]:
    """Give everything that is wrong with one flow by itself."""
    way = drawn(flow)
    names = list(_check_names(way, lines))
    yield from names
    targets = list(_check_targets(way, lines))
    yield from targets
    if names or targets:
        return  # the way through the flow is not certain; what follows would be guessed
    edges = edges_of(way)
    reached = reach(edges, [way.steps[0].id])
    for place, step in enumerate(way.steps):
        if step.id not in reached:
            yield lines.problem("is never reached", "steps", place)
    yield from _check_ends(way, lines, edges, reached)
    yield from _check_turns(way, lines)


def edges_of(way: Drawn) -> Edges:
    """For each step those that may follow it."""
    return {
        step.id: tuple(dict.fromkeys(target for target in exits.values() if target is not None))
        for step, exits in zip(way.steps, way.ways, strict=True)
    }


def reach(edges: Edges, start: Sequence[str]) -> set[str]:
    """All that can be come to from ``start``, itself included."""
    reached: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += edges.get(name, ())
    return reached


def _check_names(way: Drawn, lines: Lines) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for place, (step, component) in enumerate(zip(way.steps, way.components, strict=True)):
        if step.id in first:
            message = f"step {step.id} is given twice (first in line {first[step.id]})"
            yield lines.problem(message, "steps", place, "id")
        first.setdefault(step.id, lines.of("steps", place, "id"))
        if FlowKind(way.kind) not in component.kinds:
            message = f"a {component.name} step has no place in a {way.kind} flow"
            yield lines.problem(message, "steps", place, "step")


def _check_targets(way: Drawn, lines: Lines) -> Iterator[Problem]:
    known = {step.id for step in way.steps}
    for place, step in enumerate(way.steps):
        for each in named(step):
            if each.kind is StepId and each.value not in known:
                message = f"no step of this flow is called {each.value!r}{did_you_mean(each.value, known)}"
                yield lines.problem(message, "steps", place, *each.path)
    if way.kind != PART and None in way.ways[-1].values():
        end = "queue or disconnect" if way.kind == ROUTING else "go back with next, or disconnect"
        yield lines.problem(f"the flow runs out after this step: it must {end}", "steps", len(way.steps) - 1)


def _check_ends(way: Drawn, lines: Lines, edges: Edges, reached: set[str]) -> Iterator[Problem]:
    """An end must be in reach from everywhere; only a queue-processing flow may go round until an agent answers."""
    if way.kind not in {ROUTING, PART}:
        return
    backwards: dict[str, list[str]] = {}
    for name, targets in edges.items():
        for target in targets:
            backwards.setdefault(target, []).append(name)
    ends = [
        step.id
        for step, component, exits in zip(way.steps, way.components, way.ways, strict=True)
        if component.ends or (way.kind == PART and None in exits.values())
    ]
    ending = reach({name: tuple(befores) for name, befores in backwards.items()}, ends)
    end = "queue or disconnect" if way.kind == ROUTING else "the last step, or disconnect"
    for place, step in enumerate(way.steps):
        if step.id in reached and step.id not in ending:
            yield lines.problem(f"no path from here comes to an end ({end})", "steps", place)


def _check_turns(way: Drawn, lines: Lines) -> Iterator[Problem]:
    """Refuse a circle in which nothing waits.

    Music waits, and a menu waits for its caller; but where no media port can be had, a menu goes to ``on_failure`` or
    ``otherwise`` at once, and what has no ``on_failure`` is passed over, so circles of such ways are refused too.
    """
    reported: set[str] = set()
    for failing in (False, True):
        ways = _ways_without_waiting(way, failing=failing)
        for place, step in enumerate(way.steps):
            circle = _circle(ways, step.id)
            if circle and not reported & set(circle):
                reported |= set(circle)
                round_ = " -> ".join([*circle, circle[0]])
                wait = "an answer" if way.kind == ROUTING else "music or an answer"
                yield lines.problem(f"goes round without waiting for {wait}: {round_}", "steps", place)


def _ways_without_waiting(way: Drawn, *, failing: bool) -> Edges:
    """For each step those that may follow without anybody's doing; ``failing``: as nothing is heard."""
    ways: dict[str, tuple[str, ...]] = {}
    for step, component, exits in zip(way.steps, way.components, way.ways, strict=True):
        if failing and FAILED in exits:
            chosen = [exits[FAILED]]
        elif component.waits:
            chosen = []
        else:
            chosen = [target for name, target in exits.items() if name != FAILED]
        ways[step.id] = tuple(target for target in chosen if target is not None)
    return ways


def _circle(edges: Edges, start: str) -> list[str]:
    """The shortest way from ``start`` back to itself, without the return; empty where there is none."""
    before: dict[str, str] = {}
    waiting = [start]
    for name in waiting:
        for target in edges[name]:
            if target == start:
                return _way_to(before, name, start)
            if target not in before:
                before[target] = name
                waiting.append(target)
    return []


def _way_to(before: Mapping[str, str], name: str, start: str) -> list[str]:
    way = [name]
    while way[-1] != start:
        way.append(before[way[-1]])
    return way[::-1]
