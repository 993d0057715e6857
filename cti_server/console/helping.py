"""The console's help: an overview of all commands in one screen, a list of some, and one at length."""

import textwrap
from collections.abc import Sequence
from typing import Final

from cti_server.console.command import ConsoleCommand, UsageError
from cti_server.console.parsing import read, unknown
from cti_server.console.rights import Right

EVERY: Final = "all"
WIDTH: Final = 79
_MOST_AT_LENGTH: Final = 2
_GROUPS: Final = {
    Right.WATCH: "see what goes on",
    Right.REPORT: "see what was",
    Right.WORK: "act on contacts and agents",
    Right.ROUTE: "act on queues and the plan",
    Right.SYSTEM: "act on the system",
    Right.OUTSIDE: "act on connectors",
    Right.USERS: "users",
}
_MORE: Final = (
    "help COMMAND says more, help show lists what begins so, help all lists all.\n"
    "Tab completes words, arrow keys edit and recall lines; words may be cut;\n"
    "--json at the end of a line gives JSON."
)


def overview(commands: Sequence[ConsoleCommand]) -> str:
    """The names of all commands, by what they are for, in one screen of 80 columns and 24 rows."""
    lines: list[str] = []
    for right, title in _GROUPS.items():
        names = [command.name.replace(" ", "\u00a0") for command in commands if command.right is right]
        if names:
            told = f"{title}: {', '.join(names)}"
            lines += textwrap.wrap(told, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    return "\n".join([*lines, "", _MORE]).replace("\u00a0", " ")


def listed(commands: Sequence[ConsoleCommand]) -> str:
    """A line for each command."""
    width = min(44, max((len(command.usage) for command in commands), default=0))
    return "\n".join(f"  {command.usage:<{width}}  {command.help}" for command in commands)


def about(words: Sequence[str], commands: Sequence[ConsoleCommand]) -> str:
    """What the words name, at length, or as a list where they begin many; raises `UsageError` where that is nothing."""
    found = [one for one in commands if list(one.words[: len(words)]) == list(words)]
    if not found:
        try:
            found = [read(words, commands, checked=False).command]
        except UsageError as wrong:
            raise UsageError(unknown(words, commands)) from wrong
    exact = [one for one in found if list(one.words) == list(words)]
    if len(found) <= _MOST_AT_LENGTH:
        return "\n\n".join(map(at_length, found))
    return "\n\n".join([*map(at_length, exact), listed([one for one in found if one not in exact])])


def at_length(command: ConsoleCommand) -> str:
    """Everything that is to be said of one command."""
    parts = [command.usage, f"  {command.help}.", _indent(command.detail)]
    if command.filters:
        filters = ", ".join(name.replace(" ", "-") for name in command.filters)
        parts.append(f"  Filters: {filters} (as NAME=VALUE, with * and commas), sort=NAME or sort=-NAME, limit=ROWS.")
    parts.append(f"  Needs the right {command.right}.")
    return "\n".join(part for part in parts if part)


def _indent(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
