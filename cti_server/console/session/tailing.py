"""Live events: those that the filters want, of what the user may see, and never more than the terminal takes."""

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Final

from cti_server.console.limits import queue_of
from cti_server.console.operations import Operations
from cti_server.console.rights import Right
from cti_server.console.tables import printable
from cti_server.telemetry.event_lines import EventLines
from cti_server.vocabulary.events import OperationNoted, Recorded
from cti_server.vocabulary.ids import ContactId

FILTERS: Final = ("contact", "agent", "queue", "link", "kind")


class Tail:
    """Shows rows as lines; while the terminal is slow it counts them instead.

    Args:
        operations: the running system, seen by the user.
        filters: what a row must be about: contact, agent, queue, link, or the kind of event; ``*`` stands for anything.
        write: writes a line.
    """

    def __init__(self, operations: Operations, filters: Mapping[str, str], write: Callable[[str], None]) -> None:
        self._operations = operations
        self._filters = {name: value.lower().split(",") for name, value in filters.items()}
        self._write = write
        contacts = operations.state.contacts
        self._lines = EventLines({one.id: one.call for one in contacts.values() if one.call is not None})
        self._left_out = 0
        self._slow = False
        self._stop = operations.listen(self._rows)

    def stop(self) -> None:
        """Show no more."""
        self._stop()

    def pause(self) -> None:
        """The terminal takes no more for now."""
        self._slow = True

    def resume(self) -> None:
        """The terminal takes more again; says how much was left out."""
        self._slow = False
        if self._left_out:
            self._write(f"... {self._left_out} event(s) left out: the terminal is too slow")
        self._left_out = 0

    def _rows(self, rows: Sequence[Recorded]) -> None:
        for row in rows:
            facts = self._lines.facts(row)
            if not self._wanted(row, facts):
                continue
            if self._slow:
                self._left_out += 1
                continue
            told = " ".join(f"{name}={value}" for name, value in facts.items())
            self._write(f"{type(row.event).__name__:<20} {printable(told)}")

    def _wanted(self, row: Recorded, facts: Mapping[str, str | int | float]) -> bool:
        actor = self._operations.actor
        if isinstance(row.event, OperationNoted) and not actor.may(Right.USERS):
            return False
        about = {**facts, "kind": type(row.event).__name__}
        contact = self._operations.state.contacts.get(ContactId(int(facts.get("contact", 0))))
        belongs = None if contact is None else queue_of(contact)
        if belongs is not None:
            about.setdefault("queue", belongs)
        if contact is not None and contact.call is not None:
            about.setdefault("link", contact.call.link)
        queue = about.get("queue")
        if actor.queues is not None and not actor.sees(None if queue is None else str(queue)):
            return False
        return all(
            any(fnmatchcase(str(about.get(name, "")).lower(), each.strip()) for each in wanted)
            for name, wanted in self._filters.items()
        )
