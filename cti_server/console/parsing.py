"""Read a console line: words, the command that they name (abbreviated, too), its filters and options."""

import difflib
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cti_server.console.command import ConsoleCommand, UsageError

LONGEST_LINE: Final = 500
JSON: Final = "--json"
MASK: Final = "***"
SHAPING: Final = ("sort", "limit")
"""What else may be said of a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A line that was understood: the command with what stands after it."""

    command: ConsoleCommand
    arguments: tuple[str, ...]
    filters: tuple[tuple[str, str], ...] = ()
    as_json: bool = False

    @property
    def hides(self) -> bool:
        """Whether there is something in it that nobody else is to read."""
        return any(one.masked for one, _word in zip(self.command.arguments, self.arguments, strict=False))

    @property
    def masked(self) -> str:
        """The line as it may be kept: with full words, and without what nobody else is to read."""
        kept = [
            MASK if place < len(self.command.arguments) and self.command.arguments[place].masked else word
            for place, word in enumerate(self.arguments)
        ]
        shaping = [f"{name}={value}" for name, value in self.filters]
        return " ".join([*self.command.words, *(shlex.quote(word) for word in kept), *shaping])


def split(line: str) -> tuple[list[str], bool]:
    """The line's words, quotes taken off, and whether JSON is wanted; raises `UsageError` where it cannot be read."""
    if len(line) > LONGEST_LINE:
        raise UsageError(f"the line is too long: {LONGEST_LINE} characters at most")
    try:
        words = shlex.split(line)
    except ValueError as wrong:
        raise UsageError(f"cannot read the line: {str(wrong).lower()}") from wrong
    plain = [word for word in words if word != JSON]
    return plain, len(plain) < len(words)


def read(
    words: Sequence[str], commands: Sequence[ConsoleCommand], *, as_json: bool = False, checked: bool = True
) -> Wish:
    """The wish that the words are; raises `UsageError` where they are none.

    What is not ``checked`` may have too few arguments, or too many: its command is what is asked for.
    """
    command = find(words, commands)
    rest = words[len(command.words) :]
    if command.rest or not checked:
        if checked:
            command.check(rest)
        return Wish(command=command, arguments=tuple(rest), as_json=as_json)
    shaping = {name.replace(" ", "-") for name in command.filters} | (set(SHAPING) if command.filters else set())
    plain: list[str] = []
    options: list[str] = []
    filters: list[tuple[str, str]] = []
    for word in rest:
        name, equals, value = word.partition("=")
        if equals and name in command.options:
            options.append(word)
        elif equals and name in shaping:
            filters.append((name, value))
        elif equals and shaping and name.isidentifier():
            known = ", ".join(sorted({*shaping, *command.options}))
            raise UsageError(f"{name} is nothing to filter by; there are {known}")
        else:
            plain.append(word)
    command.check(plain)
    return Wish(command=command, arguments=(*plain, *options), filters=tuple(filters), as_json=as_json)


def find(words: Sequence[str], commands: Sequence[ConsoleCommand]) -> ConsoleCommand:
    """The command that the words begin with; each word may be cut where what is left is clear.

    Raises:
        UsageError: there is none, or more than one.
    """
    left = list(commands)
    found: ConsoleCommand | None = None
    place = 0
    while True:
        found = next((one for one in left if len(one.words) == place), found) if place else None
        nexts = {one.words[place] for one in left if len(one.words) > place}
        if place == len(words) or not nexts:
            break
        near = [words[place]] if words[place] in nexts else sorted(one for one in nexts if one.startswith(words[place]))
        if len(near) > 1 and found is None:
            begun = " ".join(left[0].words[:place])
            raise UsageError(f"{words[place]} may be {', '.join(f'{begun} {one}'.strip() for one in near)}")
        if len(near) != 1 or not words[place]:
            break
        left = [one for one in left if len(one.words) > place and one.words[place] == near[0]]
        place += 1
    if found is None or len(found.words) > len(words):
        raise UsageError(unknown(words, commands))
    return found


def unknown(words: Sequence[str], commands: Sequence[ConsoleCommand]) -> str:
    """That there is no such command, and which may be meant."""
    said = " ".join(words[:2])
    begun = [command.name for command in commands if command.words[0] == words[0]]
    near = begun or difflib.get_close_matches(said, [command.name for command in commands], n=3, cutoff=0.5)
    hint = f"; did you mean {', '.join(near)}?" if near else "; help lists the commands"
    return f"no such command: {visible(said)}{hint}"


def visible(text: str) -> str:
    """The text without what a terminal would act on, 60 characters at most."""
    return "".join(c if c.isprintable() else "?" for c in text)[:60]
