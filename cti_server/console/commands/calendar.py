"""Console commands for calendars: see which are open, and open or close one by hand."""

from collections.abc import Sequence
from datetime import datetime

from twisted.internet.defer import Deferred

from cti_server.console.answers import Answer
from cti_server.console.command import Argument, ConsoleCommand, UsageError
from cti_server.console.commands.callback import due_at
from cti_server.console.operations import Operations
from cti_server.console.rights import Right
from cti_server.console.submitting import submit
from cti_server.console.tables import render
from cti_server.engine.state import State
from cti_server.flows.calendar import next_opening
from cti_server.vocabulary.commands import SetCalendar
from cti_server.vocabulary.ids import CalendarName
from cti_server.vocabulary.values import DoorState, Origin

_STATES = tuple(state.value for state in DoorState)
_NOW = {
    DoorState.OPEN: "is open by hand",
    DoorState.CLOSED: "is closed by hand",
    DoorState.AUTOMATIC: "goes by its hours again",
}


def set_calendar(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    """``calendar CALENDAR open|closed|automatic [UNTIL]``."""
    name, wanted, *rest = words
    if wanted not in _STATES:
        raise UsageError(f"state is one of {', '.join(_STATES)}, not {wanted!r}")
    state = DoorState(wanted)
    if rest and state is DoorState.AUTOMATIC:
        raise UsageError("until goes with open or closed alone")
    until = due_at(rest[0], operations.now(), "until") if rest else None
    command = SetCalendar(calendar=CalendarName(name), state=state, until=until, origin=Origin.CONSOLE)
    told = "" if until is None else f" until {_local(until)}"
    return submit(operations, command, f"calendar {name} {_NOW[state]}{told}")


def show_calendars(operations: Operations, _words: Sequence[str]) -> str:
    """``show calendars``: whether each is open now, why, when a closed one opens, and which queues go by it."""
    state, now = operations.state, operations.now()
    rows = []
    for name in sorted(state.plan.calendars):
        is_open, reason = state.is_open(name, now)
        door = state.doors.get(name)
        until = None if door is None or door.until is None or door.until <= now else _local(door.until)
        queues = ", ".join(each.name for each in state.plan.queues.values() if each.calendar == name)
        opens = None if is_open else _opens(state, name, now)
        rows.append((name, "open" if is_open else "closed", reason, until, opens, queues or None))
    return render(("calendar", "now", "because", "until", "opens", "queues"), rows, "no calendars")


def _opens(state: State, name: CalendarName, now: float) -> str | None:
    """When a closed calendar opens by its hours; None where somebody has to open it, or it does not within a year."""
    door = state.doors.get(name)
    held = door is not None and (door.until is None or now < door.until)
    since = door.until if held and door is not None else now
    opens = None if since is None else next_opening(state.plan.calendars[name], since)
    return None if opens is None else _local(opens)


def _local(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _calendars(operations: Operations) -> list[str]:
    return sorted(operations.state.plan.calendars)


def _states(_operations: Operations) -> list[str]:
    return list(_STATES)


COMMANDS: tuple[ConsoleCommand, ...] = (
    ConsoleCommand(
        words=("show", "calendars"),
        help="which calendars are open now, why, and when the others open",
        run=show_calendars,
        detail="Example: show calendars",
    ),
    ConsoleCommand(
        words=("calendar",),
        help="open or close a calendar by hand",
        run=set_calendar,
        arguments=(
            Argument(name="calendar", choices=_calendars),
            Argument(name="state", choices=_states),
            Argument(name="until", optional=True),
        ),
        detail="state is open, closed or automatic (by its hours again). until is HH:MM, +MINUTES or\n"
        "YYYY-MM-DDTHH:MM; without it, until it is set again. Whoever waits in a queue already goes on waiting."
        "\nExample: calendar office closed +60",
        right=Right.ROUTE,
    ),
)
