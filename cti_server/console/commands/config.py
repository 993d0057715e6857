"""Console commands for the configuration: what its files would change, bringing them into force, and going back."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from twisted.internet.defer import Deferred

from cti_server.console.answers import Answer, Refused, Told
from cti_server.console.command import Argument, ConsoleCommand, UsageError
from cti_server.console.faces import Changes
from cti_server.console.operations import Operations
from cti_server.console.rights import Right
from cti_server.console.submitting import number_of
from cti_server.settings.difference import shown
from cti_server.settings.plan import plain
from cti_server.vocabulary.plan import SitePlan

MOST_SHOWN: Final = 500
USUALLY_SHOWN: Final = 20
LONGEST_WHY: Final = 200
_NONE: Final = Refused(text="this server cannot change its configuration while it runs", code="not-possible")

KINDS: Final[Mapping[str, Callable[[SitePlan], Mapping[Any, Any]]]] = {
    "queue": lambda plan: plan.queues,
    "agent": lambda plan: plan.agents,
    "flow": lambda plan: plan.flows,
    "calendar": lambda plan: plan.calendars,
    "rule": lambda plan: plan.rules,
    "pilot": lambda plan: {f"{each.link}/{each.number}": each for each in plan.pilots},
}
"""What of the plan can be shown, by name."""


def plan(operations: Operations, words: Sequence[str]) -> Answer | Deferred[Answer]:
    """``config plan [back=NUMBER|before]``."""
    changes = operations.faces.changes
    return _NONE if changes is None else changes.plan(_options(words).get("back"))


def apply(operations: Operations, words: Sequence[str]) -> Answer | Deferred[Answer]:
    """``config apply [why=TEXT] [expect=DIGEST]``."""
    given = _options(words)
    changes = operations.faces.changes
    return _NONE if changes is None else changes.apply(operations.actor, _why(given), given.get("expect"))


def undo(operations: Operations, words: Sequence[str]) -> Answer | Deferred[Answer]:
    """``config undo [why=TEXT] [to=NUMBER]``."""
    given = _options(words)
    to = given.get("to")
    changes = operations.faces.changes
    return _NONE if changes is None else changes.undo(operations.actor, _why(given), to)


def reload(operations: Operations, _words: Sequence[str]) -> Deferred[str] | Deferred[Answer]:
    """``reload``."""
    changes = operations.faces.changes
    return operations.reload() if changes is None else changes.reload(operations.actor)


def history(operations: Operations, words: Sequence[str]) -> Answer | Deferred[Answer]:
    """``config history [COUNT]``."""
    count = number_of("count", words[0]) if words else USUALLY_SHOWN
    if not 1 <= count <= MOST_SHOWN:
        raise UsageError(f"count is 1 to {MOST_SHOWN}")
    changes: Changes | None = operations.faces.changes
    return _NONE if changes is None else changes.changes(count)


def difference(operations: Operations, words: Sequence[str]) -> Answer | Deferred[Answer]:
    """``config diff PLAN [OTHER]``."""
    changes = operations.faces.changes
    return _NONE if changes is None else changes.difference(words[0], words[1] if len(words) > 1 else None)


def show(operations: Operations, words: Sequence[str]) -> Answer:
    """``config show KIND NAME``."""
    kind, name = words
    if kind not in KINDS:
        raise UsageError(f"kind is one of {', '.join(KINDS)}, not {kind!r}")
    found = KINDS[kind](operations.state.plan).get(name)
    if found is None:
        return Refused(text=f"the plan in force has no {kind} {name}", code="unknown", facts={kind: name})
    lines = [f"{field.name}: {shown(getattr(found, field.name))}" for field in dataclasses.fields(found)]
    return Told(text="\n".join([f"{kind} {name}", *(f"  {line}" for line in lines)]), facts=plain(found))


def _options(words: Sequence[str]) -> dict[str, str]:
    return {name: value for name, _, value in (word.partition("=") for word in words)}


def _why(given: Mapping[str, str]) -> str:
    why = "".join(letter if letter.isprintable() else " " for letter in given.get("why", ""))
    if len(why) > LONGEST_WHY:
        raise UsageError(f"why is {LONGEST_WHY} characters at most")
    return why


def _numbers(operations: Operations) -> list[str]:
    return [str(one.number) for one in operations.state.changes]


def _names(operations: Operations) -> list[str]:
    return sorted({name for kind in KINDS.values() for name in kind(operations.state.plan)})


COMMANDS: tuple[ConsoleCommand, ...] = (
    ConsoleCommand(
        words=("config", "plan"),
        help="what the files would change of the running system, and whom that touches now",
        run=plan,
        options=("back",),
        detail="Nothing is changed. With back= what going back would change: to a plan by its number, or to the one\n"
        "before the last change.\nExample: config plan\nExample: config plan back=before",
        right=Right.WATCH,
    ),
    ConsoleCommand(
        words=("config", "apply"),
        help="bring the files into force, as a whole or not at all",
        run=apply,
        options=("why", "expect"),
        detail="With expect= the digest that config plan told: refused where the change is another one by now.\n"
        'Example: config apply why="longer opening hours" expect=3f9a0c1d22ab',
        right=Right.ROUTE,
    ),
    ConsoleCommand(
        words=("config", "undo"),
        help="bring the plan of before the last change into force again",
        run=undo,
        options=("why", "to"),
        detail="With to= that of another number (config history). The files stay as they are; what runs stands over a\n"
        "restart, too, until they are applied.\n"
        'Example: config undo why="callers hear nothing"\nExample: config undo to=3',
        right=Right.ROUTE,
    ),
    ConsoleCommand(
        words=("config", "history"),
        help="the plans that were in force, the newest first: when, by whom, why",
        run=history,
        arguments=(Argument(name="count", optional=True),),
        detail="count is how many, 20 where it is left out.\nExample: config history 5",
        right=Right.WATCH,
    ),
    ConsoleCommand(
        words=("config", "diff"),
        help="what a change changed, or what differs between two plans",
        run=difference,
        arguments=(Argument(name="plan", choices=_numbers), Argument(name="other", choices=_numbers, optional=True)),
        detail="Against the plan before it; or from the plan with the second number to the first.\n"
        "Example: config diff 4\nExample: config diff 4 1",
        right=Right.WATCH,
    ),
    ConsoleCommand(
        words=("config", "show"),
        help="a part of the plan in force",
        run=show,
        arguments=(
            Argument(name="kind", choices=lambda _operations: tuple(KINDS)),
            Argument(name="name", choices=_names),
        ),
        detail="kind is queue, agent, flow, calendar, rule or pilot; a pilot's name is LINK/NUMBER.\n"
        "Example: config show queue sales",
        right=Right.WATCH,
    ),
    ConsoleCommand(
        words=("reload",),
        help="read the files anew and bring them into force",
        run=reload,
        detail="Shows every problem, or what changes. Contacts finish on the flow version that they began with.\n"
        "Example: reload",
        right=Right.ROUTE,
    ),
)
