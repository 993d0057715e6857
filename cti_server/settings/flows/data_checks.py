"""Checks of the names in expressions and texts: each is a fact, a queue's figure, or a datum that some step sets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cti_server.engine.treatment.surroundings import FACTS, FIGURES
from cti_server.flows.expressions import names_in
from cti_server.flows.steps import RecordStep, ScheduleStep
from cti_server.flows.steps.asking.record import RECORDING, RECORDING_SECONDS
from cti_server.flows.steps.deciding.schedule import CLOSED_BECAUSE
from cti_server.flows.steps.pattern import LANGUAGE, DatumName, Expression, Template, names_in_template
from cti_server.settings.flow_checks import Drawn, edges_of
from cti_server.settings.flows.naming import Path, named
from cti_server.vocabulary.plan import Step
from cti_server.vocabulary.values import Utterance
from settings_file import Lines, Problem, did_you_mean

CARRIED: Final = frozenset({"correlator", "user_data"})
"""Data that a PBX may tell with a call."""
QUEUES: Final = "queues."
_TEXTS: Final = ("digits", "date", "time", "amount", "currency", "text")


@dataclass(frozen=True, slots=True)
class Used:
    """A name that a step uses, and where it stands below the step."""

    name: str
    path: Path


def data_set_by(step: Step) -> frozenset[str]:
    """The data that a step may set."""
    own = {str(each.value) for each in named(step) if each.kind is DatumName}
    if isinstance(step, RecordStep):
        own |= {RECORDING, RECORDING_SECONDS}
    if isinstance(step, ScheduleStep):
        own.add(CLOSED_BECAUSE)
    return frozenset(own)


def names_used_by(step: Step) -> Iterator[Used]:
    """The data and facts that a step asks for."""
    own = {RECORDING_SECONDS} if isinstance(step, RecordStep) else set()
    for each in named(step):
        found: frozenset[str] = frozenset()
        if each.kind is Expression:
            found = names_in(each.value)
        elif each.kind is Template:
            found = names_in_template(each.value)
        elif each.kind is Utterance:
            texts = (getattr(each.value, name) or "" for name in _TEXTS)
            found = frozenset(name for text in texts for name in names_in_template(text))
        yield from (Used(name, each.path) for name in sorted(found - own))


def check_data(
    way: Drawn, lines: Lines, *, elsewhere: frozenset[str], expected: Sequence[str], queues: frozenset[str] | None
) -> Iterator[Problem]:
    """Give the names of a flow that nothing stands behind, and data that are used before they can be set.

    ``elsewhere`` are data that other flows set, ``expected`` those that come with the call; ``queues`` the queues that
    there are (None: not known).
    """
    own = frozenset(name for step in way.steps for name in data_set_by(step))
    given = frozenset(FACTS) | elsewhere | frozenset(expected) | CARRIED | {LANGUAGE}
    before = _may_be_set(way)
    for place, step in enumerate(way.steps):
        for used in names_used_by(step):
            fault = None
            if used.name.startswith(QUEUES):
                fault = _figure_fault(used.name, queues)
            elif used.name not in given | own:
                fault = f"nothing is called {used.name!r}{did_you_mean(used.name, given | own)}"
            elif used.name not in given and used.name not in before[step.id]:
                fault = f"{used.name!r} is used before any step sets it"
            if fault is not None:
                yield lines.problem(fault, "steps", place, *used.path)


def _figure_fault(name: str, queues: frozenset[str] | None) -> str | None:
    queue, _, figure = name.removeprefix(QUEUES).rpartition(".")
    if figure not in FIGURES:
        return f"a queue has no figure {figure!r}{did_you_mean(figure, FIGURES)}"
    if queues is not None and queue not in queues:
        return f"no queue is called {queue!r}{did_you_mean(queue, queues)}"
    return None


def _may_be_set(way: Drawn) -> Mapping[str, frozenset[str]]:
    """For each step the data that some way to it sets."""
    edges = edges_of(way)
    sets: dict[str, frozenset[str]] = {str(step.id): data_set_by(step) for step in way.steps}
    before: dict[str, frozenset[str]] = {str(step.id): frozenset() for step in way.steps}
    waiting = [str(step.id) for step in way.steps]
    while waiting:
        name = waiting.pop()
        after = before[name] | sets[name]
        for target in edges[name]:
            if not after <= before[target]:
                before[target] |= after
                waiting.append(target)
    return before
