"""Understand what a console user writes: find the command, complete words, give help. Knows nothing of telnet."""

import difflib
import shlex
from collections.abc import Sequence

from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from cti_server.console.answers import Answer, Refused, Table, Told
from cti_server.console.command import ConsoleCommand, EndOfSession, TailRequested, UsageError
from cti_server.console.operations import Operations
from cti_server.console.tables import render

LONGEST_LINE = 500


class Shell:
    """One user's way to the commands.

    Args:
        operations: the running system.
        commands: the table of commands.
    """

    def __init__(self, operations: Operations, commands: Sequence[ConsoleCommand]) -> None:
        self._operations = operations
        self._commands = tuple(commands)

    def execute(self, line: str) -> Deferred[str]:
        """Carry out one line; fires with the text to show.

        What the user did wrong is told in the text. Fails with `EndOfSession` or `TailRequested` where the session is
        to do what no text can, and with what the command failed with otherwise.
        """
        try:
            words = _split(line)
            if not words:
                return succeed("")
            if words[0] in {"help", "?"}:
                return succeed(self.help(words[1:]))
            command, arguments = self._find(words)
            command.check(arguments)
            result = command.run(self._operations, arguments)
        except UsageError as wrong:
            return succeed(str(wrong))
        except (EndOfSession, TailRequested) as wish:
            return _failed(wish)
        if isinstance(result, Deferred):
            # Of either kind: what is awaited is shown the same way.
            return result.addErrback(_told).addCallback(shown)
        return succeed(shown(result))

    def help(self, words: Sequence[str]) -> str:
        """All commands with one line each, or one command at length."""
        if not words:
            width = max(len(command.usage) for command in self._commands)
            lines = [f"  {command.usage:<{width}}  {command.help}" for command in self._commands]
            more = "help COMMAND says more. Tab completes words, arrow keys edit and recall lines."
            return "\n".join([*lines, f"  {'help [COMMAND]':<{width}}  this list, or one command at length", "", more])
        found = [one for one in self._commands if list(one.words[: len(words)]) == list(words)]
        if not found:
            return self._unknown(words)
        return "\n\n".join(
            "\n".join(part for part in (one.usage, f"  {one.help}.", _indent(one.detail)) if part) for one in found
        )

    def complete(self, line: str) -> list[str]:
        """What the line's last word may become, sorted; the word is empty where the line ends with a space."""
        words = line.split()
        last = "" if not words or line.endswith(" ") else words.pop()
        if words and words[0] in {"help", "?"}:
            words = words[1:]
            choices = self._next_words(words)
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
        return choices

    def _find(self, words: Sequence[str]) -> tuple[ConsoleCommand, Sequence[str]]:
        for command in sorted(self._commands, key=lambda one: -len(one.words)):
            if list(command.words) == list(words[: len(command.words)]):
                return command, words[len(command.words) :]
        raise UsageError(self._unknown(words))

    def _unknown(self, words: Sequence[str]) -> str:
        said = " ".join(words[:2])
        begun = [command.name for command in self._commands if command.words[0] == words[0]]
        near = begun or difflib.get_close_matches(said, [command.name for command in self._commands], n=3, cutoff=0.5)
        hint = f"; did you mean {', '.join(near)}?" if near else "; help lists the commands"
        return f"no such command: {_visible(said)}{hint}"


def shown(answer: Answer) -> str:
    """An answer as a person reads it."""
    match answer:
        case Table():
            return render(answer.headings, answer.rows, answer.empty)
        case Told():
            return answer.text
        case Refused():
            return f"refused: {answer.text} ({answer.code})"
        case _:
            return answer


def common_start(words: Sequence[str]) -> str:
    """The longest beginning that all words share."""
    if not words:
        return ""
    first, last = min(words), max(words)
    for index, letter in enumerate(first):
        if index >= len(last) or last[index] != letter:
            return first[:index]
    return first


def _split(line: str) -> list[str]:
    if len(line) > LONGEST_LINE:
        raise UsageError(f"the line is too long: {LONGEST_LINE} characters at most")
    try:
        return shlex.split(line)
    except ValueError as wrong:
        raise UsageError(f"cannot read the line: {str(wrong).lower()}") from wrong


def _failed(wish: Exception) -> Deferred[str]:
    deferred: Deferred[str] = Deferred()
    deferred.errback(wish)
    return deferred


def _told(failure: Failure) -> str:
    if not isinstance(failure.value, UsageError):
        failure.raiseException()
    return str(failure.value)


def _indent(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


def _visible(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)[:60]
