"""Write docs/commands.md: every command of the console, from the table that the console itself works by.

Run it after a command was added or changed: ``python docs/make_commands.py``.
"""

from pathlib import Path
from typing import Any, Final, cast

from cti_server.console import access
from cti_server.console.command import ConsoleCommand
from cti_server.console.commands.table import COMMANDS

PAGE: Final = Path(__file__).parent / "commands.md"
HEAD: Final = """# The console's commands

Made from the console's own table by `python docs/make_commands.py`: change the table, not this page.
[console.md](console.md) says how to come in, what roles may do, and how lists are filtered. Each command works at all
doors: at the prompt, as `ssh HOST COMMAND`, and as `callwright console COMMAND` in a shell on the server (`show`
also as `callwright show`); `--json` behind any of them gives JSON.

Words in capitals stand for what you write, `[...]` may be left out. *Right* is what the user's roles must give them.
"""


def page() -> str:
    """The whole page."""
    own = access.commands(cast("Any", None))  # what they ask the console is not asked here
    parts = [HEAD]
    subjects: dict[str, list[ConsoleCommand]] = {}
    for command in (*COMMANDS, *own):
        subjects.setdefault(command.words[0], []).append(command)
    for subject, commands in sorted(subjects.items()):
        parts.append(f"\n## {subject}\n")
        parts += [section(command) for command in sorted(commands, key=lambda one: one.words)]
    return "".join(parts)


def section(command: ConsoleCommand) -> str:
    """One command: how it is written, what it does, what it needs."""
    told = f"{command.help[0].upper()}{command.help[1:]}."
    lines = [f"\n**`{command.usage}`**: {told}"]
    if command.detail:
        lines.append(examples_marked(" ".join(line.strip() for line in command.detail.splitlines())))
    if command.filters:
        names = ", ".join("`" + name.replace(" ", "-") + "`" for name in command.filters)
        lines.append(f"Filters: {names}.")
    noted = ", journaled with who" if command.noted else ""
    lines.append(f"*Right: {command.right}{noted}.*")
    return "\n".join(lines) + "\n"


def examples_marked(detail: str) -> str:
    """The detail with its examples, which are its last words, as code."""
    before, mark, examples = detail.rpartition("Example")
    if not mark:
        return detail
    plural, colon, lines = examples.partition(": ")
    return f"{before}{mark}{plural}{colon}" + ", ".join(f"`{each}`" for each in lines.split(", "))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
