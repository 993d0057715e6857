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
from cti_server.console.command import CHANGING, ConsoleCommand, EndOfSession, TailRequested, UsageError, WatchRequested
from cti_server.console.helping import EVERY, about, listed, overview
from cti_server.console.limits import beyond, looked_up, may_give, offered, past
from cti_server.console.operations import Operations
from cti_server.console.parsing import JSON, SHAPING, Wish, read, split
from cti_server.console.presenting import as_json, as_text
from cti_server.console.shaping import shaped
from cti_server.storage.errors import JournalRemovedError
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
            missing = self._missing(wish)
        except UsageError as wrong:
            return fail(wrong)
        contact = None if missing is not None else past(self._operations, wish.command, wish.arguments)
        looked = succeed(missing) if contact is None else looked_up(self._operations, contact)
        done: Deferred[Answer] = looked.addCallback(self._judged, wish)
        return done.addErrback(_removed).addCallback(lambda answer: (answer, wants_json))

    def _judged(self, refused: Refused | None, wish: Wish) -> Deferred[Answer]:
        return self._run(wish) if refused is None else self._refuse(wish, refused)

    def _run(self, wish: Wish) -> Deferred[Answer]:
        # Of either kind, now or later: what is awaited is shown the same way.
        run = cast("Callable[[Operations, Sequence[str]], Deferred[Answer]]", wish.command.run)
        result = maybeDeferred(run, self._operations, wish.arguments)
        result.addCallback(shaped, wish.filters)
        if wish.command.notes(wish.arguments):
            result.addBoth(self._noted, wish)
        return result

    def _refuse(self, wish: Wish, refused: Refused) -> Deferred[Answer]:
        self._note(wish.masked, refused.code)
        return succeed(refused)

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
        """What the user may do in one screen, all of it with a line each, or some of it at length."""
        may = [one for one in self._commands if may_give(self._operations.actor, one)]
        if not words:
            return overview(may)
        return listed(may) if list(words) == [EVERY] else about(words, self._commands)

    def keeps(self, line: str) -> bool:
        """Whether the line may be kept for another session: there is nothing in it that is masked in the journal."""
        try:
            words, _json = split(line)
            return not words or words[0] in {"help", "?"} or not read(words, self._commands).hides
        except UsageError:
            # What was not understood may hold anything.
            return False

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
                    argument = command.arguments[place]
                    choices |= offered(self._operations, command, argument, completer(self._operations))
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
        if command.rest:
            return self._missing(self._watched(wish))
        return beyond(self._operations, command, wish.arguments)

    def _watched(self, wish: Wish) -> Wish:
        """What is to be done again and again; raises `UsageError` where it changes something or is live itself."""
        inner = read(wish.arguments, self._commands)
        if inner.command.noted or inner.command.right in CHANGING or inner.command.live:
            raise UsageError(f"{inner.command.name} cannot be watched: only what shows something, as show links, can")
        return inner

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


def _removed(failure: Failure) -> Answer:
    """What retention has removed cannot be told, and that is nobody's fault."""
    if not isinstance(failure.value, JournalRemovedError):
        failure.raiseException()
    return Refused(text=failure.getErrorMessage(), code="removed")


def _told(failure: Failure) -> str:
    if not isinstance(failure.value, UsageError):
        failure.raiseException()
    return str(failure.value)


def common_start(words: Sequence[str]) -> str:
    """The longest beginning that all words share."""
    if not words:
        return ""
    first, last = min(words), max(words)
    for index, letter in enumerate(first):
        if index >= len(last) or last[index] != letter:
            return first[:index]
    return first
