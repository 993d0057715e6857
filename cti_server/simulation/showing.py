"""What ``callwright simulate`` shows: tables for people, plain values for programs."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, tzinfo
from typing import Any, Final

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cti_server.queues.estimate_accuracy import Accuracy
from cti_server.simulation.difference import Difference
from cti_server.simulation.figures import WITHIN, Figures, QueueFigures
from cti_server.simulation.staffing import Shortage
from cti_server.vocabulary.ids import QueueName

MOST_AGENTS_SHOWN: Final = 40
MOST_SHORTAGES_SHOWN: Final = 20
MOST_FATES_SHOWN: Final = 15

Figure = tuple[str, Callable[[QueueFigures], float | None], str]
"""Name, how it is had from a queue's figures, and its unit: '', 's' or '%'."""

FIGURES: Final[tuple[Figure, ...]] = (
    ("queued", lambda queue: queue.queued, ""),
    ("answered", lambda queue: queue.answered, ""),
    ("abandoned", lambda queue: queue.abandoned, ""),
    ("left otherwise", lambda queue: queue.other, ""),
    ("abandon rate", lambda queue: queue.abandonment, "%"),
    ("mean wait of answered (ASA)", lambda queue: queue.asa, "s"),
    ("mean wait of abandoned", lambda queue: queue.abandoned_after, "s"),
    ("longest wait", lambda queue: queue.longest, "s"),
    ("mean handle time", lambda queue: queue.handle, "s"),
    ("service level, abandons ignored", lambda queue: queue.level.ignored, "%"),
    ("service level, abandons negative", lambda queue: queue.level.negative, "%"),
    ("service level, abandons positive", lambda queue: queue.level.positive, "%"),
    ("service level, only handled", lambda queue: queue.level.handled, "%"),
    ("service level 2", lambda queue: queue.level.left, "%"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one configuration made of the day; ``told``, ``refused`` and ``invented`` are as `World` has them."""

    name: str
    figures: Figures
    shortages: Sequence[Shortage]
    told: dict[QueueName, Accuracy]
    refused: dict[str, int]
    invented: dict[str, int]
    events: int
    seconds: float


def as_tables(day: str, results: Sequence[Result], changed: Difference | None, zone: tzinfo | None) -> RenderableType:
    """Everything, for people: one configuration, or two beside each other with their difference."""
    parts: list[RenderableType] = [Text(_headline(day, results))]
    parts.append(_queues(results, [("all queues", [result.figures.total for result in results])]))
    names = sorted({name for result in results for name in result.figures.queues})
    if len(names) > 1:
        rows = [(str(name), [result.figures.queues.get(name) for result in results]) for name in names]
        parts.append(_queues(results, rows, brief=True))
    parts += [_outcomes(results), _within(results), _agents(results)]
    if changed is not None:
        parts.append(_fates(changed))
    for result in results:
        if result.shortages:
            parts.append(_shortages(result, zone))
        notes = _notes(result)
        if notes:
            parts.append(Text(notes))
    return Group(*parts)


def as_values(day: str, results: Sequence[Result], changed: Difference | None) -> dict[str, Any]:
    """Everything, for programs: times in seconds, shares from 0 to 1."""
    return {
        "day": day,
        "within_s": list(WITHIN),
        "results": [asdict(result) for result in results],
        "difference": None if changed is None else asdict(changed),
    }


def shown(value: float | None, unit: str) -> str:
    """A figure as people read it; a dash where nobody counts."""
    if value is None:
        return "-"
    match unit:
        case "%":
            return f"{value:.1%}"
        case "s":
            return f"{value:.1f} s"
        case _:
            return f"{value:.0f}"


def _headline(day: str, results: Sequence[Result]) -> str:
    speeds = ", ".join(
        f"{result.name}: {result.figures.contacts} contacts, {result.events} events in {result.seconds:.1f} s"
        for result in results
    )
    return f"{day}\n{speeds}\n"


def _table(results: Sequence[Result], *first: str) -> Table:
    table = Table(*first, box=box.SIMPLE_HEAD, pad_edge=False)
    for result in results:
        table.add_column(result.name, justify="right")
    if len(results) == 2:
        table.add_column("difference", justify="right")
    return table


def _with_difference(values: Sequence[float | None], unit: str) -> list[str]:
    cells = [shown(value, unit) for value in values]
    if len(values) == 2:
        before, after = values
        cells.append("-" if before is None or after is None else _signed(after - before, unit))
    return cells


def _signed(value: float, unit: str) -> str:
    return ("+" if value > 0 else "") + (f"{100.0 * value:.1f} points" if unit == "%" else shown(value, unit))


def _queues(
    results: Sequence[Result], rows: Sequence[tuple[str, Sequence[QueueFigures | None]]], *, brief: bool = False
) -> Table:
    table = _table(results, "queue" if brief else "", "" if brief else "all queues")
    chosen = [figure for figure in FIGURES if not brief or figure[0] in BRIEF]
    for name, queues in rows:
        for label, of, unit in chosen:
            values = [None if queue is None else of(queue) for queue in queues]
            table.add_row(name if brief else "", label, *_with_difference(values, unit))
    if not brief:
        for label, shares in (
            ("occupancy, wall clock", [result.figures.occupancy for result in results]),
            ("occupancy, slot-weighted", [result.figures.slot_occupancy for result in results]),
        ):
            table.add_row("", label, *_with_difference(shares, "%"))
    return table


BRIEF: Final = frozenset({"queued", "answered", "abandoned", "mean wait of answered (ASA)"}) | {
    "service level, abandons negative"
}


def _outcomes(results: Sequence[Result]) -> Table:
    table = _table(results, "how the contact ended")
    for outcome in sorted({outcome for result in results for outcome in result.figures.outcomes}):
        table.add_row(outcome, *_with_difference([float(r.figures.outcomes.get(outcome, 0)) for r in results], ""))
    return table


def _within(results: Sequence[Result]) -> Table:
    table = _table(results, "left the queue within")
    for index, limit in enumerate(WITHIN):
        table.add_row(f"{limit} s", *_with_difference([r.figures.total.level.within[index] for r in results], "%"))
    return table


def _agents(results: Sequence[Result]) -> Table:
    table = _table(results, "agent: contacts, occupancy")
    agents = sorted({agent for result in results for agent in result.figures.agents})
    for agent in agents[:MOST_AGENTS_SHOWN]:
        loads = [result.figures.agents.get(agent) for result in results]
        cells = ["-" if load is None else f"{load.contacts}, {shown(load.occupancy, '%')}" for load in loads]
        if len(loads) == 2:
            before, after = loads
            cells.append("-" if before is None or after is None else _signed(after.contacts - before.contacts, ""))
        table.add_row(str(agent), *cells)
    if len(agents) > MOST_AGENTS_SHOWN:
        table.caption = f"and {len(agents) - MOST_AGENTS_SHOWN} more (--json has them all)"
    return table


def _fates(changed: Difference) -> RenderableType:
    table = Table("was", "becomes", "contacts", "for example", box=box.SIMPLE_HEAD, pad_edge=False)
    headline = (
        f"{changed.changed} contacts fare otherwise; of those answered both times {changed.sooner} are answered "
        f"sooner, {changed.later} later, {changed.other_agent} by another agent"
    )
    for fate in changed.fates[:MOST_FATES_SHOWN]:
        table.add_row(fate.before, fate.after, str(fate.count), ", ".join(map(str, fate.numbers)))
    return Group(Text(headline), table) if changed.fates else Text(f"{headline}\n")


def _shortages(result: Result, zone: tzinfo | None) -> Text:
    lines = [f"Roster of {result.name}, half-hours that theory finds short of agents:"]
    for each in result.shortages[:MOST_SHORTAGES_SHOWN]:
        begin, end = (datetime.fromtimestamp(at, zone) for at in (each.at, each.at + 1800.0))
        lines.append(
            f"  {each.queue} {begin:%H:%M}-{end:%H:%M} cannot meet {each.service_level:.0%} in {each.target:g} s with "
            f"{each.rostered:.1f} agents for {each.calls} calls: {each.needed} needed "
            f"({each.reached:.1%}, occupancy {each.occupancy:.0%})"
        )
    if len(result.shortages) > MOST_SHORTAGES_SHOWN:
        lines.append(f"  and {len(result.shortages) - MOST_SHORTAGES_SHOWN} more (--json has them all)")
    return Text("\n".join(lines) + "\n")


def _notes(result: Result) -> str:
    lines = [
        f"{result.name}: {told.count} callers of {queue} were told a wait before they were answered: on average "
        f"{shown(told.bias, 's')} too much, typically {shown(told.rmse, 's')} off, "
        f"{shown(told.coverage, '%')} of the true ones within the range"
        for queue, told in sorted(result.told.items())
    ]
    lines += [
        f"{result.name}: {count} x {kind} answered without knowing what the outside would have said"
        for kind, count in sorted(result.invented.items())
    ]
    open_ones = result.figures.outcomes.get("open", 0)
    if open_ones:
        lines.append(f"{result.name}: {open_ones} contact(s) never came to an end")
    turned_away = result.refused.get("unknown-pilot", 0)
    if turned_away:
        lines.append(f"{result.name}: {turned_away} call(s) came to a number that this configuration does not have")
    return "\n".join(lines)
