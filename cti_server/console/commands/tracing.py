"""Console commands that tell a contact's whole way, decide it anew, and say how much is written down."""

from collections.abc import Sequence
from typing import Final

from twisted.internet.defer import Deferred

from cti_server.console.answers import Answer, Refused
from cti_server.console.command import Argument, ConsoleCommand
from cti_server.console.faces import Tracing
from cti_server.console.operations import Operations
from cti_server.console.rights import Right
from cti_server.console.submitting import number_of
from cti_server.vocabulary.ids import ContactId

LEVELS: Final = ("debug", "info", "warning", "error", "critical", "configured")
ROOMS: Final = (
    "channels",
    "connectors",
    "console",
    "csta",
    "libraries",
    "program",
    "runtime",
    "storage",
    "telemetry",
    "web",
)
_ABSENT: Final = Refused(text="this server runs without its tracing room", code="no-tracing")


def trace(operations: Operations, words: Sequence[str]) -> Answer | Deferred[Answer]:
    """``trace CONTACT``."""
    contact, tracing = _contact(words[0]), operations.faces.tracing
    return _ABSENT if tracing is None else tracing.trace(contact)


def replay(operations: Operations, words: Sequence[str]) -> Answer | Deferred[Answer]:
    """``replay CONTACT``."""
    contact, tracing = _contact(words[0]), operations.faces.tracing
    return _ABSENT if tracing is None else tracing.replay(contact)


def log_level(operations: Operations, words: Sequence[str]) -> Answer:
    """``log level [ROOM] [LEVEL]``; a single word that is a level is meant for all rooms."""
    tracing = operations.faces.tracing
    if tracing is None:
        return _ABSENT
    if len(words) == 1 and words[0] in LEVELS:
        return tracing.log_level(None, words[0])
    room = words[0] if words else None
    return tracing.log_level(None if room == "all" else room, words[1] if len(words) > 1 else None)


def record_on(operations: Operations, words: Sequence[str]) -> Answer:
    """``record on [LINK]``."""
    return _record(operations.faces.tracing, words, on=True)


def record_off(operations: Operations, words: Sequence[str]) -> Answer:
    """``record off [LINK]``."""
    return _record(operations.faces.tracing, words, on=False)


def show_recorded(operations: Operations, _words: Sequence[str]) -> Answer:
    """``record``."""
    tracing = operations.faces.tracing
    return _ABSENT if tracing is None else tracing.recorded()


def _record(tracing: Tracing | None, words: Sequence[str], *, on: bool) -> Answer:
    return _ABSENT if tracing is None else tracing.record(words[0] if words else None, on=on)


def _contact(word: str) -> ContactId:
    return ContactId(number_of("a contact's number", word))


def _contacts(operations: Operations) -> list[str]:
    return [str(contact) for contact in operations.state.contacts]


def _links(operations: Operations) -> list[str]:
    return [link.name for link in operations.links()]


def _rooms(_operations: Operations) -> Sequence[str]:
    return (*ROOMS, "all")


COMMANDS: tuple[ConsoleCommand, ...] = (
    ConsoleCommand(
        words=("trace",),
        help="a contact's whole way: SIP, CSTA, flow, queue and agent on one time line",
        run=trace,
        arguments=(Argument(name="contact", choices=_contacts),),
        detail="Numbers of callers are shortened and digits hidden. What could not be found is said below the lines.\n"
        "Example: trace 17",
        right=Right.REPORT,
    ),
    ConsoleCommand(
        words=("replay",),
        help="decide anew all that was decided about a contact, and compare",
        run=replay,
        arguments=(Argument(name="contact", choices=_contacts),),
        detail="The journal is folded up to each decision and the same code decides again, beside the calls. Says\n"
        "'the same, bit for bit', or shows the first difference.\n"
        "Example: replay 17",
        right=Right.REPORT,
    ),
    ConsoleCommand(
        words=("log", "level"),
        help="show how much each room logs, or change it until the server ends",
        run=log_level,
        arguments=(
            Argument(name="room", choices=_rooms, optional=True),
            Argument(name="level", choices=lambda _operations: LEVELS, optional=True),
        ),
        detail="A level alone is meant for all rooms; a room alone logs as configured again.\n"
        "Examples: log level, log level channels debug, log level channels, log level configured",
        right=Right.SYSTEM,
        bare_shows=True,
    ),
    ConsoleCommand(
        words=("record",),
        help="which links the black box records",
        run=show_recorded,
        audited=False,
        detail="Example: record",
        right=Right.SYSTEM,
    ),
    ConsoleCommand(
        words=("record", "on"),
        help="record a link's frames, or those of all links, until the server ends",
        run=record_on,
        arguments=(Argument(name="link", choices=_links, optional=True),),
        detail="Example: record on pbx",
        right=Right.SYSTEM,
    ),
    ConsoleCommand(
        words=("record", "off"),
        help="record a link's frames no more, or those of no link, until the server ends",
        run=record_off,
        arguments=(Argument(name="link", choices=_links, optional=True),),
        detail="Example: record off pbx",
        right=Right.SYSTEM,
    ),
)
