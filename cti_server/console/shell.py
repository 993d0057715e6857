"""Understand what a console user writes: find the command, check the right, complete words, give help.

Knows nothing of telnet, SSH or sockets.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, cast

import structlog
from twisted.internet.defer import Deferred, fail, maybeDeferred, succeed
from twisted.python.failure import Failure

from cti_server.console.answers import Answer, Refused
from cti_server.console.command import ConsoleCommand, EndOfSession, TailRequested, UsageError, WatchRequested
from cti_server.console.limits import beyond
from cti_server.console.operations import Operations
from cti_server.console.parsing import JSON, SHAPING, Wish, read, split, unknown
from cti_server.console.presenting import as_json, as_text
from cti_server.console.shaping import shaped
from cti_server.vocabulary.operator_commands import NoteOperation

DONE: Final = 0
NOT_DONE: Final = 1
NOT_UNDERSTOOD: Final = 2
FAILED: Final = "the command failed; the log says why"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a one-shot command came to: its exit status, and what is written."""

    status: int
    text: str


class Shell:
    """One user's way to the commands.

    Args:
        operations: the running system, seen by the user.
        commands: the table of commands.
    """

    def __init__(self, operations: Operations, commands: Sequence[ConsoleCommand]) -> None:
        self._operations = operations
        self._commands = tuple(commands)
        self.log = structlog.get_logger(room="console")

    def answer(self, line: str) -> Deferred[tuple[Answer, bool]]:
        """Carry out one line; fires with its answer and whether JSON was wanted.

        Fails with `UsageError` where the line makes no sense, with `EndOfSession`, `TailRequested` or `WatchRequested`
        where the session is to do what no answer can, and with what the command failed with otherwise.
        """
        try:
            words, wants_json = split(line)
            if not words:
                return succeed(("", wants_json))
            if words[0] in {"help", "?"}:
                return succeed((self.help(words[1:]), wants_json))
            wish = read(words, self._commands, as_json=wants_json)
        except UsageError as wrong:
            return fail(wrong)
        missing = self._missing(wish)
        if missing is not None:
            self._note(wish.masked, missing.code)
            return succeed((missing, wants_json))
        # Of either kind, now or later: what is awaited is shown the same way.
        run = cast("Callable[[Operations, Sequence[str]], Deferred[Answer]]", wish.command.run)
        result = maybeDeferred(run, self._operations, wish.arguments)
        result.addCallback(shaped, wish.filters)
        if wish.command.noted:
            result.addBoth(self._noted, wish)
        return result.addCallback(lambda answer: (answer, wants_json))

    def execute(self, line: str, width: int | None = None) -> Deferred[str]:
        """Carry out one line for a person; fires with the text to show.

        What the user did wrong is told in the text. Fails as `answer` does otherwise.
        """
        done = self.answer(line)
        return done.addCallbacks(lambda found: _written(found, width), _told)

    def perform(self, line: str, *, form: str = "text", width: int | None = None) -> Deferred[Done]:
        """Carry out one line for a program; never fails."""
        done = self.answer(line)
        return done.addCallbacks(
            lambda found: _done(found, form, width), self._not_done, errbackArgs=(line, form)
        ).addErrback(self._defect)

    def help(self, words: Sequence[str]) -> str:
        """All commands with one line each, or one command at length."""
        if not words:
            may = [one for one in self._commands if self._operations.actor.may(one.right)]
            width = min(44, max((len(command.usage) for command in may), default=0))
            lines = [f"  {command.usage:<{width}}  {command.help}" for command in may]
            more = (
                "help COMMAND says more. Tab completes words, arrow keys edit and recall lines; words may be cut.\n"
                "--json at the end of a line gives JSON."
            )
            return "\n".join([*lines, f"  {'help [COMMAND]':<{width}}  this list, or one command at length", "", more])
        found = [one for one in self._commands if list(one.words[: len(words)]) == list(words)]
        if not found:
            try:
                found = [read(words, self._commands).command]
            except UsageError:
                return unknown(words, self._commands)
        return "\n\n".join(_at_length(one) for one in found)

    def complete(self, line: str) -> list[str]:
        """What the line's last word may become, sorted; the word is empty where the line ends with a space."""
        words = line.split()
        last = "" if not words or line.endswith(" ") else words.pop()
        if words and words[0] in {"help", "?"}:
            choices = self._next_words(words[1:])
        else:
            choices = self._next_words(words) | self._arguments(words)
            if not words:
                choices.add("help")
        return sorted(choice for choice in choices if choice.startswith(last))

    def _next_words(self, words: Sequence[str]) -> set[str]:
        place = len(words)
        return {
            command.words[place]
            for command in self._commands
            if len(command.words) > place and list(command.words[:place]) == list(words)
        }

    def _arguments(self, words: Sequence[str]) -> set[str]:
        choices: set[str] = set()
        for command in self._commands:
            place = len(words) - len(command.words)
            if place < 0 or list(command.words) != list(words[: len(command.words)]):
                continue
            if place < len(command.arguments):
                completer = command.arguments[place].choices
                if completer is not None:
                    choices.update(completer(self._operations))
            shaping = (*command.options, *command.filters, *(SHAPING if command.filters else ()))
            choices.update(f"{name.replace(' ', '-')}=" for name in shaping)
        return choices

    def _missing(self, wish: Wish) -> Refused | None:
        """Why the user may not give the command, or None where they may."""
        command, actor = wish.command, self._operations.actor
        if not actor.may(command.right):
            return Refused(
                text=f"{command.name} needs the right {command.right}; whoami says what you may", code="not-allowed"
            )
        return beyond(self._operations, command, wish.arguments)

    def _noted(self, result: Answer | Failure, wish: Wish) -> Answer | Failure:
        if isinstance(result, Failure):
            outcome = "not-understood" if isinstance(result.value, UsageError) else "failed"
        else:
            outcome = result.code if isinstance(result, Refused) else "done"
        self._note(wish.masked, outcome)
        return result

    def _note(self, line: str, outcome: str) -> None:
        actor = self._operations.actor
        noted = NoteOperation(user=actor.user, door=actor.door, peer=actor.peer, line=line, outcome=outcome)
        self._operations.submit(noted).addErrback(self._unnoted)

    def _unnoted(self, failure: Failure) -> None:
        self.log.error("what was done at the console cannot be journaled", reason=failure.getErrorMessage())

    def _not_done(self, failure: Failure, line: str, form: str) -> Done:
        if isinstance(failure.value, UsageError):
            told = Refused(text=str(failure.value), code="not-understood")
            return Done(status=NOT_UNDERSTOOD, text=as_json(told) if _json(line, form) else str(failure.value))
        if isinstance(failure.value, EndOfSession):
            return Done(status=DONE, text="")
        if isinstance(failure.value, TailRequested | WatchRequested):
            return Done(status=NOT_UNDERSTOOD, text="this needs a terminal: log in to the console")
        return self._defect(failure)

    def _defect(self, failure: Failure) -> Done:
        self.log.error("console command failed", exception=failure.getTraceback())
        return Done(status=NOT_DONE, text=FAILED)


def _done(found: tuple[Answer, bool], form: str, width: int | None) -> Done:
    answer, wants_json = found
    status = NOT_DONE if isinstance(answer, Refused) else DONE
    return Done(status=status, text=as_json(answer) if wants_json or form == "json" else as_text(answer, width))


def _json(line: str, form: str) -> bool:
    return form == "json" or JSON in line.split()


def _written(found: tuple[Answer, bool], width: int | None) -> str:
    answer, wants_json = found
    return as_json(answer) if wants_json else as_text(answer, width)


def _told(failure: Failure) -> str:
    if not isinstance(failure.value, UsageError):
        failure.raiseException()
    return str(failure.value)


def _at_length(command: ConsoleCommand) -> str:
    parts = [command.usage, f"  {command.help}.", _indent(command.detail)]
    if command.filters:
        filters = ", ".join(name.replace(" ", "-") for name in command.filters)
        parts.append(f"  Filters: {filters} (as NAME=VALUE, with * and commas), sort=NAME or sort=-NAME, limit=ROWS.")
    parts.append(f"  Needs the right {command.right}.")
    return "\n".join(part for part in parts if part)


def common_start(words: Sequence[str]) -> str:
    """The longest beginning that all words share."""
    if not words:
        return ""
    first, last = min(words), max(words)
    for index, letter in enumerate(first):
        if index >= len(last) or last[index] != letter:
            return first[:index]
    return first


def _indent(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
