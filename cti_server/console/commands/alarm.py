"""Console commands for oversight: alarms, and how each part of the server stands."""

from collections.abc import Sequence

from cti_server.console.answers import Answer, Refused
from cti_server.console.command import Argument, ConsoleCommand
from cti_server.console.operations import Operations
from cti_server.console.rights import Right

NOBODY_WATCHES = Refused(text="this server runs without oversight", code="no-oversight")


def show_alarms(operations: Operations, _words: Sequence[str]) -> Answer:
    """``show alarms``."""
    oversight = operations.faces.oversight
    return NOBODY_WATCHES if oversight is None else oversight.alarms()


def show_health(operations: Operations, _words: Sequence[str]) -> Answer:
    """``show health``."""
    oversight = operations.faces.oversight
    return NOBODY_WATCHES if oversight is None else oversight.health()


def acknowledge(operations: Operations, words: Sequence[str]) -> Answer:
    """``alarm ack ALARM``."""
    oversight = operations.faces.oversight
    return NOBODY_WATCHES if oversight is None else oversight.acknowledge(words[0], operations.actor)


def _raised(operations: Operations) -> Sequence[str]:
    oversight = operations.faces.oversight
    return () if oversight is None else oversight.names()


COMMANDS: tuple[ConsoleCommand, ...] = (
    ConsoleCommand(
        words=("show", "alarms"),
        help="the alarms that are raised, and what to do about each",
        run=show_alarms,
        filters=("severity", "alarm"),
        detail="Critical ones first. docs/alarms.md says when each is raised and over.\n"
        "Example: show alarms severity=CRITICAL",
    ),
    ConsoleCommand(
        words=("show", "health"),
        help="how each part of the server stands",
        run=show_health,
        filters=("part", "state"),
        detail="needed: without it the server is not ready for calls, as /ready tells.\nExample: show health state=BAD",
    ),
    ConsoleCommand(
        words=("alarm", "ack"),
        help="note that you see to an alarm: it is told no more",
        run=acknowledge,
        arguments=(Argument(name="alarm", choices=_raised),),
        detail="It stays raised until its cause is gone.\nExample: alarm ack link-down:pbx",
        right=Right.WORK,
    ),
)
