"""Checks of one flow: its steps fit its kind, all are reached, every path ends, and none turns without waiting."""

from collections.abc import Iterator, Mapping

from cti_server.settings.site import (
    QUEUE_PROCESSING,
    ROUTING,
    DisconnectSettings,
    FlowFile,
    MenuSettings,
    MusicSettings,
    QueueStepSettings,
    StepSettings,
)
from settings_file import Lines, Problem, did_you_mean

_ONLY_IN = {"queue": ROUTING, "position": QUEUE_PROCESSING, "music": QUEUE_PROCESSING}

Edges = Mapping[str, tuple[str, ...]]
"""For each step the steps that may follow it."""


def check_flow(flow: FlowFile, lines: Lines) -> Iterator[Problem]:
    """Give everything that is wrong with one flow."""
    names = list(_check_names(flow, lines))
    yield from names
    targets = list(_check_targets(flow, lines))
    yield from targets
    if names or targets:
        return  # the way through the flow is not certain; what follows would be guessed
    index = {step.id: place for place, step in enumerate(flow.steps)}
    edges = _edges(flow)
    reached = _reach(edges, [flow.steps[0].id])
    for name, place in index.items():
        if name not in reached:
            yield lines.problem("is never reached", "steps", place)
    yield from _check_ends(flow, lines, edges, reached)
    yield from _check_turns(flow, lines)


def _check_names(flow: FlowFile, lines: Lines) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for place, step in enumerate(flow.steps):
        if step.id in first:
            message = f"step {step.id} is given twice (first in line {first[step.id]})"
            yield lines.problem(message, "steps", place, "id")
        first.setdefault(step.id, lines.of("steps", place, "id"))
        if _ONLY_IN.get(step.step, flow.kind) != flow.kind:
            message = f"a {step.step} step has no place in a {flow.kind} flow"
            yield lines.problem(message, "steps", place, "step")


def _named_targets(step: StepSettings) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give each step that ``step`` names, with the path of the name below the step."""
    match step:
        case MenuSettings():
            for digit, target in step.choices.items():
                yield target, ("choices", digit)
            yield step.otherwise, ("otherwise",)
        case QueueStepSettings() | DisconnectSettings():
            return
        case _:
            if step.next is not None:
                yield step.next, ("next",)
    if step.on_failure is not None:
        yield step.on_failure, ("on_failure",)


def _check_targets(flow: FlowFile, lines: Lines) -> Iterator[Problem]:
    known = {step.id for step in flow.steps}
    for place, step in enumerate(flow.steps):
        for target, path in _named_targets(step):
            if target not in known:
                message = f"no step of this flow is called {target!r}{did_you_mean(target, known)}"
                yield lines.problem(message, "steps", place, *path)
    last = flow.steps[-1]
    if not isinstance(last, (MenuSettings, QueueStepSettings, DisconnectSettings)) and last.next is None:
        end = "queue or disconnect" if flow.kind == ROUTING else "go back with next, or disconnect"
        yield lines.problem(f"the flow runs out after this step: it must {end}", "steps", len(flow.steps) - 1)


def _edges(flow: FlowFile) -> Edges:
    edges: dict[str, tuple[str, ...]] = {}
    for place, step in enumerate(flow.steps):
        edges[step.id] = tuple(target for target, _ in _named_targets(step))
        if not isinstance(step, (MenuSettings, QueueStepSettings, DisconnectSettings)) and step.next is None:
            edges[step.id] += (flow.steps[place + 1].id,)
    return edges


def _reach(edges: Edges, start: list[str]) -> set[str]:
    reached: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += edges.get(name, ())
    return reached


def _check_ends(flow: FlowFile, lines: Lines, edges: Edges, reached: set[str]) -> Iterator[Problem]:
    """In a routing flow, a queue or disconnect step must be in reach from everywhere; a queue flow may go round."""
    if flow.kind != ROUTING:
        return
    backwards: dict[str, list[str]] = {}
    for name, targets in edges.items():
        for target in targets:
            backwards.setdefault(target, []).append(name)
    ends = [step.id for step in flow.steps if isinstance(step, (QueueStepSettings, DisconnectSettings))]
    ending = _reach({name: tuple(befores) for name, befores in backwards.items()}, ends)
    for place, step in enumerate(flow.steps):
        if step.id in reached and step.id not in ending:
            yield lines.problem("no path from here comes to an end (queue or disconnect)", "steps", place)


def _check_turns(flow: FlowFile, lines: Lines) -> Iterator[Problem]:
    """Refuse a circle in which nothing waits.

    Music waits, and a menu waits for its caller; but where no media port can be had, a menu goes to ``on_failure`` or
    ``otherwise`` at once, and what has no ``on_failure`` is passed over, so circles of such ways are refused too.
    """
    reported: set[str] = set()
    for failing in (False, True):
        ways = _ways_without_waiting(flow, failing=failing)
        for place, step in enumerate(flow.steps):
            circle = _circle(ways, step.id)
            if circle and not reported & set(circle):
                reported |= set(circle)
                way = " -> ".join([*circle, circle[0]])
                wait = "an answer" if flow.kind == ROUTING else "music or an answer"
                yield lines.problem(f"goes round without waiting for {wait}: {way}", "steps", place)


def _ways_without_waiting(flow: FlowFile, *, failing: bool) -> Edges:
    """For each step the one that follows without anybody's doing, if there is one; ``failing``: as nothing is heard."""
    ways: dict[str, tuple[str, ...]] = {}
    for place, step in enumerate(flow.steps):
        match step:
            case QueueStepSettings() | DisconnectSettings():
                ways[step.id] = ()
            case _ if failing and step.on_failure is not None:
                ways[step.id] = (step.on_failure,)
            case MenuSettings():
                ways[step.id] = (step.otherwise,)
            case MusicSettings():
                ways[step.id] = ()
            case _:
                ways[step.id] = (step.next or flow.steps[place + 1].id,)
    return ways


def _circle(edges: Edges, start: str) -> list[str]:
    """Follow the only way on from ``start``; give the circle when it leads back there (each step has one way here)."""
    way = [start]
    while True:
        targets = edges[way[-1]]
        if not targets:
            return []
        if targets[0] == start:
            return way
        if targets[0] in way:
            return []
        way.append(targets[0])
