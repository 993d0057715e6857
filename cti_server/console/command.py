"""What a console command is: its words, its arguments with what completes them, its help and its function."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from twisted.internet.defer import Deferred

from cti_server.console.answers import Answer
from cti_server.console.operations import Operations
from cti_server.console.rights import Right

CHANGING: Final = frozenset({Right.WORK, Right.ROUTE, Right.SYSTEM, Right.OUTSIDE})
"""Rights to change something."""
Completer = Callable[[Operations], Sequence[str]]
Result = Answer | Deferred[Answer] | Deferred[str]


class UsageError(Exception):
    """The command was not written as it must be; the text says what is wrong."""


class EndOfSession(Exception):  # noqa: N818 - not an error: the user leaves
    """The user wants to leave."""


class TailRequested(Exception):  # noqa: N818 - not an error: the shell is to show live events
    """The user wants to see events as they happen; ``filters`` say which."""

    def __init__(self, filters: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.filters = dict(filters or {})


class WatchRequested(Exception):  # noqa: N818 - not an error: the shell is to show something again and again
    """The user wants to see what a command answers again and again, in place.

    ``lines`` are that command in its ways (sorted otherwise), of which `turn` takes the next; ``seconds`` is how long
    each stands. ``only`` are words that narrow it, of which `narrow` takes the next.
    """

    def __init__(self, *lines: str, seconds: float = 1.0, only: Sequence[str] = ("",)) -> None:
        super().__init__()
        self._lines = lines
        self._only = tuple(only)
        self._place = self._chosen = 0
        self.seconds = seconds

    @property
    def shown(self) -> str:
        """The line to carry out."""
        return f"{self._lines[self._place]} {self._only[self._chosen]}".strip()

    @property
    def title(self) -> str:
        """What stands above."""
        keys = ["s sorts otherwise"] if len(self._lines) > 1 else []
        keys += ["f shows one queue"] if len(self._only) > 1 else []
        return f"{self.shown}   every {self.seconds:g} s; {', '.join([*keys, 'q ends'])}"

    def turn(self) -> None:
        """Go on to the next way."""
        self._place = (self._place + 1) % len(self._lines)

    def narrow(self) -> None:
        """Show the next part alone, or all again after the last."""
        self._chosen = (self._chosen + 1) % len(self._only)


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One word after a command's own; ``choices`` gives what it may be, for completion.

    What is ``masked`` (numbers and addresses of customers, secrets) is neither journaled nor logged.
    """

    name: str
    choices: Completer | None = None
    optional: bool = False
    masked: bool = False

    @property
    def spelling(self) -> str:
        """As shown in help: ``AGENT``, or ``[REASON]`` where it may be left out."""
        return f"[{self.name.upper()}]" if self.optional else self.name.upper()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleCommand:
    """One entry of the table of commands; a new command is a new entry and nothing else.

    ``run`` gets the operations and the arguments' words. It returns what is shown, now or later, and raises
    `UsageError` where the words make no sense. ``right`` is what whoever gives the command must have.

    ``filters`` are headings of the answered table: each may be given as ``HEADING=VALUE`` after the arguments, and with
    them ``sort=HEADING``, ``sort=-HEADING`` and ``limit=ROWS``. ``options`` may be given as ``NAME=VALUE`` as well, and
    come to ``run`` as such words after the arguments. With ``rest`` all that follows the arguments comes to ``run``.
    """

    words: tuple[str, ...]
    help: str
    run: Callable[[Operations, Sequence[str]], Result]
    arguments: tuple[Argument, ...] = ()
    detail: str = ""
    right: Right = Right.WATCH
    filters: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    rest: bool = False
    live: bool = False
    """Whether it goes on until the user ends it, or ends the session: it cannot be watched."""
    audited: bool | None = None
    """Whether its use is journaled with who; None: where its right is one to change something."""
    bare_shows: bool = False
    """Whether it only shows something where it is given without arguments: that is not journaled."""

    @property
    def name(self) -> str:
        """The command's own words."""
        return " ".join(self.words)

    @property
    def usage(self) -> str:
        """The command with its arguments."""
        named = (f"[{name}=...]" for name in self.options)
        return " ".join([*self.words, *(argument.spelling for argument in self.arguments), *named])

    @property
    def noted(self) -> bool:
        """Whether its use is journaled with who."""
        return self.right in CHANGING if self.audited is None else self.audited

    def notes(self, words: Sequence[str]) -> bool:
        """Whether its use with these arguments is journaled with who."""
        return self.noted and not (self.bare_shows and not words)

    def check(self, words: Sequence[str]) -> None:
        """Raises `UsageError` where there are too few or too many arguments."""
        needed = sum(not argument.optional for argument in self.arguments)
        if len(words) < needed:
            raise UsageError(f"{self.arguments[len(words)].name} is missing: {self.usage}")
        if len(words) > len(self.arguments) and not self.rest:
            raise UsageError(f"too many words: {self.usage}")
