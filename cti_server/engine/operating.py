"""What operators wish of the engine: move, pull and hang up contacts, close queues, drain links, note who did what."""

from dataclasses import replace

from cti_server.agents.agent import logged_on
from cti_server.contacts.contact import Contact, standing, waiting
from cti_server.engine.calls import release
from cti_server.engine.fold.queueing import requirement_of
from cti_server.engine.queueing import change_requirement, enqueue, refusal_of
from cti_server.engine.site import door_refusal
from cti_server.engine.turn import Turn
from cti_server.routing.fitting import obstacle, rule_of
from cti_server.vocabulary.effects import EndMedia
from cti_server.vocabulary.events import ContactDismissed, LinkDrained, OperationNoted, QueueSet
from cti_server.vocabulary.ids import ContactId
from cti_server.vocabulary.operator_commands import (
    CloseContact,
    DrainLink,
    HangUpContact,
    MoveContact,
    NoteOperation,
    PullContact,
    SetQueue,
)
from cti_server.vocabulary.refusals import Refusal, RefusalCode
from cti_server.vocabulary.values import SPOKEN, ContactStage, ReleasedBy

PULL_SECONDS = 10.0
"""How much longer than it rings at the agent a pulled contact is for them alone."""


def note_operation(turn: Turn, command: NoteOperation) -> None:
    """Keep who did what; nothing comes of it."""
    turn.emit(
        OperationNoted(
            user=command.user, door=command.door, peer=command.peer, line=command.line, outcome=command.outcome
        )
    )


def move_contact(turn: Turn, command: MoveContact) -> Refusal | None:
    """The contact leaves its queue (requeued) and waits in the other one with the priority that it has.

    Its place there goes by when it came into the centre, as ever. A queue that takes nobody now refuses the wish, and
    nothing of it is counted.
    """
    contact = turn.state.contacts.get(command.contact)
    if contact is None:
        return _unknown(command.contact)
    if not waiting(contact) or contact.queue is None:
        return _too_late(contact, "does not wait in a queue")
    name = contact.queue if command.queue is None else command.queue
    queue = turn.state.queue(name)
    if queue is None:
        return Refusal(RefusalCode.UNKNOWN_QUEUE, f"no queue {name} in the plan", {"queue": name})
    if command.queue == contact.queue:
        text = f"contact {contact.id} waits in {name} already; requeue lets it begin there anew"
        return Refusal(RefusalCode.NO_CHANGE, text, {"contact": contact.id, "queue": name})
    refused = refusal_of(turn, contact, queue)
    if refused is None:
        outcome = enqueue(turn, contact, name)
        refused = None if outcome is None else (outcome, "it takes nobody now")
    if refused is None:
        return None
    text = f"queue {name} does not take contact {contact.id}: {refused[0]}, {refused[1]}"
    return Refusal(RefusalCode.NOT_POSSIBLE, text, {"contact": contact.id, "queue": name})


def pull_contact(turn: Turn, command: PullContact) -> Refusal | None:
    """The contact is for the agent alone for as long as it rings there, then for whom it was meant for before.

    The agent need not be in the queue's groups, and must be free: who is busy, away or not ready is not disturbed.
    """
    contact = turn.state.contacts.get(command.contact)
    if contact is None:
        return _unknown(command.contact)
    queue = None if contact.queue is None else turn.state.queue(contact.queue)
    if not waiting(contact) or queue is None or contact.queued_at is None:
        return _too_late(contact, "does not wait in a queue")
    agent = turn.state.agents.get(command.agent)
    facts: dict[str, str | int | float] = {"contact": contact.id, "agent": command.agent}
    if agent is None or not logged_on(agent):
        return Refusal(RefusalCode.NOT_LOGGED_ON, f"agent {command.agent} is not logged on", facts)
    plan = turn.state.plan.agents.get(agent.id)
    hindrance = obstacle(agent, contact.channel, rule_of(plan, turn.state.plan.rules), turn.state.phone_of(agent))
    if hindrance is not None:
        return Refusal(RefusalCode.NOT_POSSIBLE, f"agent {agent.id} cannot take it now: {hindrance}", facts)
    if not turn.state.call_is_certain(contact):
        return Refusal(RefusalCode.NOT_POSSIBLE, f"the link of contact {contact.id} is down", facts)
    until = turn.now - contact.queued_at + queue.ring_time + PULL_SECONDS
    wanted = replace(requirement_of(turn.state, contact), agent=agent.id, agent_until=until)
    change_requirement(turn, contact, wanted, f"pulled by {command.origin}")
    return None


def hang_up(turn: Turn, command: HangUpContact) -> Refusal | None:
    """Ask for the end of the customer's call; the contact is over when the PBX says so."""
    contact = turn.state.contacts.get(command.contact)
    if contact is None:
        return _unknown(command.contact)
    if not standing(contact):
        return _too_late(contact, "is over already")
    facts = {"contact": contact.id}
    if contact.call is None:
        if contact.channel in SPOKEN:
            text = f"contact {contact.id} is a callback without a call: callback cancel takes it out"
            return Refusal(RefusalCode.NOT_POSSIBLE, text, facts)
        release(turn, contact, ReleasedBy.SYSTEM, f"ended by {command.origin}")
        return None
    if not turn.state.link_up(contact.call.link):
        return Refusal(RefusalCode.NOT_POSSIBLE, f"link {contact.call.link} is down", facts)
    if contact.stage in {ContactStage.TREATED, ContactStage.QUEUED} and not contact.leaving:
        turn.emit(ContactDismissed(contact=contact.id, origin=command.origin))
    turn.release_call(contact)
    return None


def close_contact(turn: Turn, command: CloseContact) -> Refusal | None:
    """The contact is over here, for one whose call's end was never told; nothing is wrapped up.

    The PBX is not asked to clear the call. Where it stands still at a pilot, the next survey finds it as a new contact.
    A media session that is still up is ended: nobody would ever speak to whoever is there, nor free its port.
    """
    contact = turn.state.contacts.get(command.contact)
    if contact is None:
        return _unknown(command.contact)
    if not standing(contact):
        return _too_late(contact, "is over already")
    if contact.channel in SPOKEN and contact.call is None:
        text = f"contact {contact.id} is a callback without a call: callback cancel takes it out"
        return Refusal(RefusalCode.NOT_POSSIBLE, text, {"contact": contact.id})
    reason = f"closed by {command.origin}"
    session = contact.session
    release(turn, contact, ReleasedBy.SYSTEM, f"{reason}: {command.why}" if command.why else reason, work=False)
    if session is not None:
        turn.effects.append(EndMedia(cause=contact.last_seq, contact=contact.id, session=session))
    return None


def set_queue(turn: Turn, command: SetQueue) -> Refusal | None:
    """A queue is opened or closed by hand, or goes by its calendar again."""
    name, facts = command.queue, {"queue": command.queue}
    if name not in turn.state.plan.queues:
        return Refusal(RefusalCode.UNKNOWN_QUEUE, f"no queue {name} in the plan", facts)
    refusal = door_refusal(turn, command, f"queue {name}", "calendar", facts, by_hand=name in turn.state.queue_doors)
    if refusal is None:
        turn.emit(QueueSet(queue=name, state=command.state, until=command.until, origin=command.origin))
    return refusal


def drain_link(turn: Turn, command: DrainLink) -> Refusal | None:
    """New calls over the link are left to the PBX, or taken again; calls that are contacts go on."""
    name, facts = command.link, {"link": command.link}
    if name not in turn.state.links and all(pilot.link != name for pilot in turn.state.plan.pilots):
        return Refusal(RefusalCode.NOT_POSSIBLE, f"no link {name}", facts)
    if command.draining == (name in turn.state.draining):
        standing_now = "drains" if command.draining else "takes calls"
        return Refusal(RefusalCode.NO_CHANGE, f"link {name} {standing_now} already", facts)
    turn.emit(LinkDrained(link=name, draining=command.draining, origin=command.origin))
    return None


def _unknown(contact: ContactId) -> Refusal:
    return Refusal(RefusalCode.UNKNOWN_CONTACT, f"no open contact {contact}", {"contact": contact})


def _too_late(contact: Contact, why: str) -> Refusal:
    return Refusal(RefusalCode.TOO_LATE, f"contact {contact.id} {why}", {"contact": contact.id})
