"""Sees what the programs log and lets the story wait for it, with a limit and a reason when it does not come."""

from collections.abc import Callable
from dataclasses import dataclass

from twisted.internet.base import DelayedCall
from twisted.internet.defer import Deferred
from twisted.internet.posixbase import PosixReactorBase

from lab.demo.programs import LogEntry


class StoryFailedError(Exception):
    """Something that the story promises did not happen; the message says what."""


@dataclass(eq=False, slots=True)
class _Wait:
    matches: Callable[[LogEntry], bool]
    found: Deferred[LogEntry]
    limit: DelayedCall


class Witness:
    """Hears the log entries of all programs, in the order in which they come."""

    def __init__(self, reactor: PosixReactorBase, listener: Callable[[LogEntry], None]) -> None:
        self._reactor = reactor
        self._listener = listener
        self._waits: list[_Wait] = []

    def see(self, entry: LogEntry) -> None:
        """Take one log entry."""
        self._listener(entry)
        for wait in [wait for wait in self._waits if wait.matches(entry)]:
            self._waits.remove(wait)
            wait.limit.cancel()
            wait.found.callback(entry)

    def expect(self, what: str, matches: Callable[[LogEntry], bool], within: float) -> Deferred[LogEntry]:
        """Wait for the next entry that matches; what was seen before does not count.

        Fails with `StoryFailedError` naming ``what`` after ``within`` seconds.
        """
        wait = _Wait(matches, Deferred(), self._reactor.callLater(within, lambda: self._give_up(wait, what, within)))
        self._waits.append(wait)
        return wait.found

    def _give_up(self, wait: _Wait, what: str, within: float) -> None:
        self._waits.remove(wait)
        wait.found.errback(StoryFailedError(f"{what}: not seen within {within:g} s"))


def event(kind: str, **facts: object) -> Callable[[LogEntry], bool]:
    """Match a log entry by its event and by the facts that it must have."""

    def matches(entry: LogEntry) -> bool:
        return entry.get("event") == kind and all(entry.get(name) == value for name, value in facts.items())

    return matches
