"""Console commands about what is kept: how the journal stands, rebuilding the reports, backups, checking."""

from collections.abc import Sequence

from twisted.internet.defer import Deferred

from cti_server.console.answers import Answer, Refused
from cti_server.console.command import Argument, ConsoleCommand, Result
from cti_server.console.faces import Keeping
from cti_server.console.operations import Operations
from cti_server.console.rights import Right

NOT_HERE = Refused(text="this server keeps nothing", code="not-here")


def show_journal(operations: Operations, _words: Sequence[str]) -> Result:
    """``journal``, ``show journal``."""
    keeping = operations.faces.keeping
    return NOT_HERE if keeping is None else keeping.journal()


def check_journal(operations: Operations, _words: Sequence[str]) -> Result:
    """``journal check``."""
    keeping = operations.faces.keeping
    return NOT_HERE if keeping is None else keeping.check()


def rebuild(operations: Operations, _words: Sequence[str]) -> Result:
    """``journal rebuild``."""
    keeping: Keeping | None = operations.faces.keeping
    if keeping is None:
        return NOT_HERE
    rebuilt: Deferred[Answer] = keeping.rebuild(operations.progress)
    return rebuilt


def back_up(operations: Operations, words: Sequence[str]) -> Result:
    """``backup FILE``."""
    keeping = operations.faces.keeping
    return NOT_HERE if keeping is None else keeping.back_up(words[0])


_STANDING = (
    "rows: the last row's number; reports behind by: journal rows that each table has still to fold;\n"
    "a commit takes: what callers' next steps wait for; not durable yet: rows that the database has not taken.\n"
)

COMMANDS: tuple[ConsoleCommand, ...] = (
    ConsoleCommand(
        words=("journal",),
        help="how the journal stands: rows, size, snapshots, reports, commits",
        run=show_journal,
        detail=_STANDING + "Example: journal",
    ),
    ConsoleCommand(
        words=("show", "journal"),
        help="how the journal stands: rows, size, snapshots, reports, commits",
        run=show_journal,
        detail=_STANDING + "Example: show journal",
    ),
    ConsoleCommand(
        words=("journal", "check"),
        help="hold every row of the journal to its check sum",
        run=check_journal,
        right=Right.SYSTEM,
        detail="Names the first row that is damaged or missing, and what to do. Calls go on meanwhile.\n"
        "Example: journal check",
    ),
    ConsoleCommand(
        words=("journal", "rebuild"),
        help="fold the tables for reports anew from the journal, while calls go on",
        run=rebuild,
        right=Right.SYSTEM,
        detail="Reports stay readable and keep up meanwhile. Can be repeated; one that was left off changes nothing.\n"
        "Example: journal rebuild",
    ),
    ConsoleCommand(
        words=("backup",),
        help="write everything that is kept to a new file on the server's machine",
        run=back_up,
        arguments=(Argument(name="file"),),
        right=Right.SYSTEM,
        detail="Journal, customers' addresses, snapshot and configuration with its secrets: guard the file.\n"
        "Without a folder it goes to backups/ in the data folder. callwright restore brings it back.\n"
        "Example: backup monday.backup",
    ),
)
