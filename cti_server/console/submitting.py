"""What the commands that put a wish to the engine have in common: numbers, and the answer in words."""

from collections.abc import Mapping
from typing import Any

from twisted.internet.defer import Deferred

from cti_server.console.answers import Answer, Refused, Told
from cti_server.console.command import UsageError
from cti_server.console.operations import Operations
from cti_server.vocabulary.commands import Command
from cti_server.vocabulary.refusals import Refusal

_LONGEST = 18
"""Digits of a number that the journal can hold."""


def submit(
    operations: Operations, command: Command, done: str, facts: Mapping[str, Any] | None = None
) -> Deferred[Answer]:
    """Put the command to the engine; fires with ``done``, or with why it was refused."""

    def told(refusal: Refusal | None) -> Answer:
        return Told(text=done, facts=facts or {}) if refusal is None else refused(refusal)

    return operations.submit(command).addCallback(told)


def refused(refusal: Refusal) -> Refused:
    """A refusal of the engine as an answer."""
    return Refused(text=refusal.text, code=str(refusal.code))


def number_of(what: str, word: str) -> int:
    """The word as a number; raises `UsageError` where it is none."""
    if not (word.isascii() and word.isdecimal()) or len(word) > _LONGEST:
        raise UsageError(f"{what} is digits, not {word!r}")
    return int(word)
