"""What a console command is: its words, its arguments with what completes them, its help and its function."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from twisted.internet.defer import Deferred

from cti_server.console.answers import Answer
from cti_server.console.operations import Operations
from cti_server.console.rights import Right

Completer = Callable[[Operations], Sequence[str]]
Result = Answer | Deferred[Answer] | Deferred[str]


class UsageError(Exception):
    """The command was not written as it must be; the text says what is wrong."""


class EndOfSession(Exception):  # noqa: N818 - not an error: the user leaves
    """The user wants to leave."""


class TailRequested(Exception):  # noqa: N818 - not an error: the shell is to show live events
    """The user wants to see events as they happen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One word after a command's own; ``choices`` gives what it may be, for completion."""

    name: str
    choices: Completer | None = None
    optional: bool = False

    @property
    def spelling(self) -> str:
        """As shown in help: ``AGENT``, or ``[REASON]`` where it may be left out."""
        return f"[{self.name.upper()}]" if self.optional else self.name.upper()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleCommand:
    """One entry of the table of commands; a new command is a new entry and nothing else.

    ``run`` gets the operations and the arguments' words. It returns what is shown, now or later, and raises
    `UsageError` where the words make no sense. ``right`` is what whoever gives the command must have.
    """

    words: tuple[str, ...]
    help: str
    run: Callable[[Operations, Sequence[str]], Result]
    arguments: tuple[Argument, ...] = ()
    detail: str = ""
    right: Right = Right.WATCH

    @property
    def name(self) -> str:
        """The command's own words."""
        return " ".join(self.words)

    @property
    def usage(self) -> str:
        """The command with its arguments."""
        return " ".join([*self.words, *(argument.spelling for argument in self.arguments)])

    def check(self, words: Sequence[str]) -> None:
        """Raises `UsageError` where there are too few or too many arguments."""
        needed = sum(not argument.optional for argument in self.arguments)
        if len(words) < needed:
            raise UsageError(f"{self.arguments[len(words)].name} is missing: {self.usage}")
        if len(words) > len(self.arguments):
            raise UsageError(f"too many words: {self.usage}")
