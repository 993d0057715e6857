"""What the commands that put a wish to the engine have in common: numbers, and the answer in words."""

from twisted.internet.defer import Deferred

from cti_server.console.command import UsageError
from cti_server.console.operations import Operations
from cti_server.vocabulary.commands import Command
from cti_server.vocabulary.refusals import Refusal

_LONGEST = 18
"""Digits of a number that the journal can hold."""


def submit(operations: Operations, command: Command, done: str) -> Deferred[str]:
    """Put the command to the engine; fires with ``done``, or with why it was refused."""

    def told(refusal: Refusal | None) -> str:
        return done if refusal is None else f"refused: {refusal.text} ({refusal.code})"

    return operations.submit(command).addCallback(told)


def number_of(what: str, word: str) -> int:
    """The word as a number; raises `UsageError` where it is none."""
    if not (word.isascii() and word.isdecimal()) or len(word) > _LONGEST:
        raise UsageError(f"{what} is digits, not {word!r}")
    return int(word)
