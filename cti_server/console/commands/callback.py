"""Console commands for callbacks: make one, cancel one, list them."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from twisted.internet.defer import Deferred

from cti_server.console.answers import Answer
from cti_server.console.command import Argument, ConsoleCommand, UsageError
from cti_server.console.limits import sees_contact
from cti_server.console.operations import Operations
from cti_server.console.rights import Right
from cti_server.console.submitting import number_of, submit
from cti_server.console.tables import render
from cti_server.vocabulary.commands import CancelCallback, CreateCallback
from cti_server.vocabulary.ids import AgentId, ContactId, QueueName
from cti_server.vocabulary.values import Origin

_NUMBER: Final = re.compile(r"\+?[0-9*#]{1,32}")
_CLOCK: Final = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_MINUTES: Final = re.compile(r"\+([0-9]{1,6})")


def create(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    """``callback create QUEUE NUMBER [AT] [AGENT]``."""
    queue, number, *rest = words
    if not _NUMBER.fullmatch(number):
        raise UsageError(f"number is a telephone number, not {number!r}")
    due = due_at(rest[0], operations.now()) if rest else None
    command = CreateCallback(
        queue=QueueName(queue),
        party=operations.identify(f"tel:{number}"),
        due=due,
        agent=AgentId(rest[1]) if len(rest) > 1 else None,
        origin=Origin.CONSOLE,
    )
    when = "now" if due is None else f"at {_local(due)}"
    return submit(operations, command, f"{number} will be called back {when}")


def cancel(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    """``callback cancel NUMBER [REASON]``."""
    contact = ContactId(number_of("number", words[0]))
    reason = words[1] if len(words) > 1 else "cancelled at the console"
    return submit(operations, CancelCallback(contact=contact, reason=reason), f"callback {contact} is cancelled")


def show(operations: Operations, _words: Sequence[str]) -> str:
    """``show callbacks``: those that are due first come first."""
    contacts = operations.state.contacts.values()
    found = [one for one in contacts if one.callback is not None and sees_contact(operations, one.id)]
    rows = []
    for contact in sorted(found, key=lambda one: (one.callback.due if one.callback else 0.0, one.id)):
        callback = contact.callback
        if callback is None:
            continue
        party = callback.called or contact.party
        address = None if party is None else operations.address(party)
        rows.append(
            (
                int(contact.id),
                callback.queue,
                (address or "").removeprefix("tel:"),
                _local(callback.due),
                str(contact.stage),
                callback.attempt,
                callback.agent,
                None if callback.origin_contact is None else int(callback.origin_contact),
            )
        )
    headings = ("contact", "queue", "number", "due", "stage", "attempt", "for", "from")
    return render(headings, rows, "no callbacks")


def due_at(word: str, now: float, name: str = "at") -> float:
    """When: ``HH:MM`` (the next time it is that late), ``+MINUTES``, or a date with its time; local to this machine.

    Raises:
        UsageError: it is none of them; ``name`` is what the command calls it.
    """
    minutes, clock = _MINUTES.fullmatch(word), _CLOCK.fullmatch(word)
    if minutes is not None:
        return now + 60.0 * int(minutes[1])
    here = datetime.fromtimestamp(now).astimezone()
    if clock is not None:
        then = here.replace(tzinfo=None, hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
        if then.astimezone() <= here:
            then += timedelta(days=1)
        return then.astimezone().timestamp()
    try:
        return datetime.fromisoformat(word).astimezone().timestamp()
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"{name} is HH:MM, +MINUTES or YYYY-MM-DDTHH:MM, not {word!r}") from None


def _local(at: float) -> str:
    try:
        return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return "long past"


def _queues(operations: Operations) -> list[str]:
    return list(operations.state.plan.queues)


def _agents(operations: Operations) -> list[str]:
    return list(operations.state.plan.agents)


def _callbacks(operations: Operations) -> list[str]:
    return [str(one.id) for one in operations.state.contacts.values() if one.callback is not None]


COMMANDS: tuple[ConsoleCommand, ...] = (
    ConsoleCommand(
        words=("show", "callbacks"),
        help="callbacks: when they are due, and how far they are",
        run=show,
        detail="Example: show callbacks",
    ),
    ConsoleCommand(
        words=("callback", "create"),
        help="let a customer be called back",
        run=create,
        arguments=(
            Argument(name="queue", choices=_queues),
            Argument(name="number", masked=True),
            Argument(name="at", optional=True),
            Argument(name="agent", choices=_agents, optional=True),
        ),
        detail="at is HH:MM, +MINUTES or YYYY-MM-DDTHH:MM; now where it is left out. With an agent it waits for them."
        "\nExample: callback create sales +4930123456 14:30",
        right=Right.WORK,
    ),
    ConsoleCommand(
        words=("callback", "cancel"),
        help="take a callback out that nobody is on",
        run=cancel,
        arguments=(Argument(name="number", choices=_callbacks), Argument(name="reason", optional=True)),
        right=Right.WORK,
        detail="Example: callback cancel 18",
    ),
)
