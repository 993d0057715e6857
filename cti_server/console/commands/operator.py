"""Console commands of operators: move, pull and hang up contacts, close queues, drain links."""

from collections.abc import Sequence
from typing import Final

from twisted.internet.defer import Deferred

from cti_server.console.answers import Answer
from cti_server.console.command import Argument, ConsoleCommand
from cti_server.console.commands.callback import due_at
from cti_server.console.operations import Operations
from cti_server.console.rights import Right
from cti_server.console.submitting import number_of, submit
from cti_server.console.tables import local_time, printable
from cti_server.engine.views import agent_views
from cti_server.vocabulary.ids import AgentId, ContactId, LinkName, QueueName
from cti_server.vocabulary.operator_commands import (
    CloseContact,
    DrainLink,
    HangUpContact,
    MoveContact,
    PullContact,
    SetQueue,
)
from cti_server.vocabulary.values import AgentStatus, ContactStage, DoorState, Origin

LONGEST_WHY: Final = 200
_HAND: Final = Origin.CONSOLE
_DOORS: Final = {"open": DoorState.OPEN, "close": DoorState.CLOSED, "automatic": DoorState.AUTOMATIC}


def move(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    """``contact move CONTACT QUEUE``."""
    contact, queue = _contact(words[0]), QueueName(words[1])
    command = MoveContact(contact=contact, queue=queue, origin=_HAND)
    return submit(operations, command, f"contact {contact} waits in {queue} now", {"contact": contact, "queue": queue})


def requeue(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    """``contact requeue CONTACT``."""
    contact = _contact(words[0])
    command = MoveContact(contact=contact, queue=None, origin=_HAND)
    return submit(operations, command, f"contact {contact} begins anew in its queue", {"contact": contact})


def pull(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    """``contact pull CONTACT AGENT``."""
    contact, agent = _contact(words[0]), AgentId(words[1])
    command = PullContact(contact=contact, agent=agent, origin=_HAND)
    return submit(operations, command, f"contact {contact} rings at {agent}", {"contact": contact, "agent": agent})


def hang_up(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    """``contact hangup CONTACT``."""
    contact = _contact(words[0])
    command = HangUpContact(contact=contact, origin=_HAND)
    return submit(operations, command, f"contact {contact} is being let go of", {"contact": contact})


def close(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    """``contact close CONTACT [WHY]``."""
    contact, why = _contact(words[0]), printable(words[1])[:LONGEST_WHY] if len(words) > 1 else ""
    command = CloseContact(contact=contact, why=why, origin=_HAND)
    return submit(
        operations,
        command,
        f"contact {contact} is over here; its call is left to the PBX, unless it is at a media port",
        {"contact": contact},
    )


def set_queue(operations: Operations, door: str, words: Sequence[str]) -> Deferred[Answer]:
    """``queue open|close QUEUE [UNTIL]``, ``queue automatic QUEUE``."""
    queue, *rest = words
    until = due_at(rest[0], operations.now(), "until") if rest else None
    command = SetQueue(queue=QueueName(queue), state=_DOORS[door], until=until, origin=_HAND)
    done = {"open": "is open by hand", "close": "is closed by hand", "automatic": "goes by its calendar again"}[door]
    ending = "" if until is None else f" until {local_time(until)}"
    return submit(operations, command, f"queue {queue} {done}{ending}", {"queue": queue, "state": str(command.state)})


def drain_link(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    """``link drain LINK``."""
    command = DrainLink(link=LinkName(words[0]), draining=True, origin=_HAND)
    text = f"link {words[0]} drains: new calls stay with the PBX, those that are here go on"
    return submit(operations, command, text, {"link": words[0], "draining": True})


def resume_link(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    """``link resume LINK``."""
    command = DrainLink(link=LinkName(words[0]), draining=False, origin=_HAND)
    return submit(operations, command, f"link {words[0]} takes calls", {"link": words[0], "draining": False})


def _contact(word: str) -> ContactId:
    return ContactId(number_of("contact", word))


def _open(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    return set_queue(operations, "open", words)


def _close(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    return set_queue(operations, "close", words)


def _automatic(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    return set_queue(operations, "automatic", words)


def _standing(operations: Operations) -> list[str]:
    over = {ContactStage.WRAP_UP, ContactStage.CLOSED}
    contacts = operations.state.contacts.values()
    return [str(one.id) for one in contacts if one.stage not in over and operations.actor.sees(one.queue)]


def _waiting(operations: Operations) -> list[str]:
    contacts = operations.state.contacts.values()
    return [str(one.id) for one in contacts if one.stage is ContactStage.QUEUED and operations.actor.sees(one.queue)]


def _queues(operations: Operations) -> list[str]:
    return [name for name in operations.state.plan.queues if operations.actor.sees(name)]


def _ready(operations: Operations) -> list[str]:
    return [one.id for one in agent_views(operations.state) if one.status is AgentStatus.READY]


def _links(operations: Operations) -> list[str]:
    return sorted({*operations.state.links, *(pilot.link for pilot in operations.state.plan.pilots)})


_UNTIL: Final = Argument(name="until", optional=True)
_QUEUE: Final = Argument(name="queue", choices=_queues)
_LINK: Final = Argument(name="link", choices=_links)

COMMANDS: tuple[ConsoleCommand, ...] = (
    ConsoleCommand(
        words=("contact", "move"),
        help="let a waiting contact wait in another queue",
        run=move,
        arguments=(Argument(name="contact", choices=_waiting), _QUEUE),
        detail="It keeps its priority; its place goes by when it came into the centre. Refused where that queue takes\n"
        "nobody now, and while the contact rings at somebody.\nExample: contact move 17 service",
        right=Right.WORK,
    ),
    ConsoleCommand(
        words=("contact", "requeue"),
        help="let a waiting contact begin anew in its queue",
        run=requeue,
        arguments=(Argument(name="contact", choices=_waiting),),
        detail="What callers hear begins anew, and who fits is as at first. Example: contact requeue 17",
        right=Right.WORK,
    ),
    ConsoleCommand(
        words=("contact", "pull"),
        help="give a waiting contact to an agent now",
        run=pull,
        arguments=(Argument(name="contact", choices=_waiting), Argument(name="agent", choices=_ready)),
        detail="The agent must be ready and free, and need not be in the queue's groups. Whoever does not answer\n"
        "loses it again: it is everybody's 10 s after the ringing ended. Example: contact pull 17 anna",
        right=Right.WORK,
    ),
    ConsoleCommand(
        words=("contact", "hangup"),
        help="end a customer's call",
        run=hang_up,
        arguments=(Argument(name="contact", choices=_standing),),
        detail="The PBX is asked to clear the call; the contact is over when it says so. A contact without a call is\n"
        "over at once. Example: contact hangup 17",
        right=Right.WORK,
    ),
    ConsoleCommand(
        words=("contact", "close"),
        help="let a stuck contact be over here, and leave its call alone",
        run=close,
        arguments=(Argument(name="contact", choices=_standing), Argument(name="why", optional=True)),
        detail="For a contact whose call is gone and whose end was never told. The PBX is not asked to clear the\n"
        "call: contact hangup does that. A call that still waits at a pilot comes back as a new contact; one at\n"
        "a media port is hung up there, so that nobody hears music for ever and the port is free.\n"
        "Example: contact close 17 'no such call at the PBX'",
        right=Right.WORK,
    ),
    ConsoleCommand(
        words=("queue", "close"),
        help="let a queue take nobody, by hand",
        run=_close,
        arguments=(_QUEUE, _UNTIL),
        detail="Whoever waits goes on waiting; flows treat new ones as the queue's closed callers. until is HH:MM,\n"
        "+MINUTES or YYYY-MM-DDTHH:MM; without it, until it is set again. Example: queue close sales 17:30",
        right=Right.ROUTE,
    ),
    ConsoleCommand(
        words=("queue", "open"),
        help="let a queue take contacts whatever its calendar says",
        run=_open,
        arguments=(_QUEUE, _UNTIL),
        detail="Example: queue open sales +30",
        right=Right.ROUTE,
    ),
    ConsoleCommand(
        words=("queue", "automatic"),
        help="let a queue go by its calendar again",
        run=_automatic,
        arguments=(_QUEUE,),
        detail="Example: queue automatic sales",
        right=Right.ROUTE,
    ),
    ConsoleCommand(
        words=("link", "drain"),
        help="take no new calls that arrive over a link",
        run=drain_link,
        arguments=(_LINK,),
        detail="They are no contacts then: the PBX keeps them at the pilot, where its own overflow applies. Calls\n"
        "that are here go on. Holds over a restart, until link resume. Example: link drain pbx",
        right=Right.SYSTEM,
    ),
    ConsoleCommand(
        words=("link", "resume"),
        help="take calls over a link again",
        run=resume_link,
        arguments=(_LINK,),
        detail="Calls that wait at the pilots are found at the next survey. Example: link resume pbx",
        right=Right.SYSTEM,
    ),
)
