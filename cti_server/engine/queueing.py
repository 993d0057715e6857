"""Queueing: whether a queue takes a contact, for whom it waits there, and how that changes while it waits."""

from typing import Final

from cti_server.agents.agent import logged_on
from cti_server.contacts.contact import Contact, in_line
from cti_server.engine.fold.queueing import AGEING, requirement_of, step_reached
from cti_server.engine.trials.choosing import flow_in_queue
from cti_server.engine.turn import Turn
from cti_server.vocabulary.commands import ChangePriority
from cti_server.vocabulary.events import (
    ContactQueued,
    PriorityChanged,
    QueueLeft,
    QueueRefused,
    RequirementChanged,
    RequirementRelaxed,
)
from cti_server.vocabulary.ids import QueueName, StepId
from cti_server.vocabulary.plan import QueuePlan
from cti_server.vocabulary.refusals import Refusal, RefusalCode
from cti_server.vocabulary.requirements import Requirement
from cti_server.vocabulary.values import SPOKEN, QueueOutcome

HIGHEST_PRIORITY: Final = 1
LOWEST_PRIORITY: Final = 10
DEFAULT_PRIORITY: Final = 5


def enqueue(
    turn: Turn,
    contact: Contact,
    name: QueueName,
    *,
    priority: int | None = None,
    requirement: Requirement | None = None,
    step: StepId | None = None,
) -> QueueOutcome | None:
    """Put the contact into a queue, out of the one in which it waits; None where it waits there now.

    Else the outcome with which the queue turned it away, which is recorded; a contact that waits elsewhere stays
    there. A queue that the plan does not know turns everybody away as closed.
    """
    queue = turn.state.queue(name)
    flow, trial = (None, None) if queue is None else flow_in_queue(turn.state, queue, contact.id)
    if queue is None or flow is None:
        return QueueOutcome.CLOSED
    refused = refusal_of(turn, contact, queue, requirement)
    if refused is not None:
        outcome, reason = refused
        turn.emit(QueueRefused(contact=contact.id, queue=name, outcome=outcome, reason=reason))
        return outcome
    if contact.queue is not None and in_line(contact):
        priority = contact.priority if priority is None else priority
        turn.emit(QueueLeft(contact=contact.id, queue=contact.queue, outcome=QueueOutcome.REQUEUED))
    turn.emit(
        ContactQueued(
            contact=contact.id,
            queue=name,
            priority=_within_bounds(DEFAULT_PRIORITY if priority is None else priority),
            flow=flow.name,
            flow_version=flow.version,
            step=step,
            trial=trial,
            requirement=requirement if requirement is not None else for_last_agent(turn, contact, queue),
        )
    )
    turn.to_run.append(contact.id)
    return None


def refusal_of(
    turn: Turn, contact: Contact, queue: QueuePlan, requirement: Requirement | None = None
) -> tuple[QueueOutcome, str] | None:
    """Why the queue does not take the contact now, with the reason in words; None if it does.

    A contact that waits in this queue already and is to begin anew there takes no place beside its own.
    """
    is_open, why = turn.state.queue_is_open(queue, turn.now)
    if not is_open:
        return QueueOutcome.CLOSED, why
    limits = queue.limits
    if limits.waiting is None and limits.per_agent is None and not limits.staffed:
        return None
    line = turn.state.lines.get(queue.name)
    in_queue = 0 if line is None else len(line.places)
    if in_line(contact) and contact.queue == queue.name:
        in_queue -= 1
    staffed = len(turn.matching.pool_for(queue, requirement, contact.channel).present)
    if limits.staffed and not staffed:
        return QueueOutcome.BLOCKED, "no fitting agent is logged on"
    if limits.waiting is not None and in_queue >= limits.waiting:
        return QueueOutcome.SATURATED, f"{in_queue} wait, and {limits.waiting} may"
    if limits.per_agent is not None and in_queue >= limits.per_agent * staffed:
        return QueueOutcome.SATURATED, f"{in_queue} wait, and {limits.per_agent:g} may for each of {staffed} agents"
    return None


def for_last_agent(turn: Turn, contact: Contact, queue: QueuePlan) -> Requirement | None:
    """The queue's requirement with its customer's last agent before it, if there was one lately who works now."""
    if queue.last_agent <= 0 or contact.party is None or contact.channel not in SPOKEN:
        return None
    agent_id, until = turn.state.served.get(queue.name, {}).get(contact.party, (None, 0.0))
    if agent_id is None or turn.now > until or agent_id not in turn.state.plan.agents:
        return None
    if not logged_on(turn.state.agents.get(agent_id)):
        return None
    return Requirement(queue.requirement.steps, agent=agent_id, agent_until=queue.last_agent_wait)


def change_priority(turn: Turn, contact: Contact, priority: int, reason: str) -> None:
    """Give a contact in line another priority, if it is another one."""
    priority = _within_bounds(priority)
    if in_line(contact) and priority != contact.priority:
        turn.emit(PriorityChanged(contact=contact.id, priority=priority, reason=reason))


def change_requirement(turn: Turn, contact: Contact, requirement: Requirement, reason: str) -> None:
    """Let a contact in line need something else."""
    if in_line(contact) and requirement != requirement_of(turn.state, contact):
        turn.emit(RequirementChanged(contact=contact.id, requirement=requirement, reason=reason))


def relax(turn: Turn, contact: Contact) -> None:
    """The time of the requirement's next step has come."""
    if contact.queued_at is None:
        return
    # The deadline was the sum of two numbers; what is a hair short of it has come all the same.
    waited = turn.now - contact.queued_at + 1e-6
    step = step_reached(requirement_of(turn.state, contact), waited)
    if in_line(contact) and step > contact.relaxed:
        turn.emit(RequirementRelaxed(contact=contact.id, step=step), contact.last_seq)


def age(turn: Turn, contact: Contact) -> None:
    """The contact has waited so long that its priority rises by one."""
    if in_line(contact) and contact.priority > HIGHEST_PRIORITY:
        changed = PriorityChanged(contact=contact.id, priority=contact.priority - 1, reason=AGEING)
        turn.emit(changed, contact.last_seq)


def priority_wished(turn: Turn, command: ChangePriority) -> Refusal | None:
    """A supervisor gives a waiting contact another priority."""
    contact = turn.state.contacts.get(command.contact)
    if contact is None:
        text = f"no open contact {command.contact}"
        return Refusal(RefusalCode.UNKNOWN_CONTACT, text, {"contact": command.contact})
    facts = {"contact": contact.id}
    if not in_line(contact):
        return Refusal(RefusalCode.TOO_LATE, f"contact {contact.id} does not wait in a queue", facts)
    if not HIGHEST_PRIORITY <= command.priority <= LOWEST_PRIORITY:
        text = f"a priority is {HIGHEST_PRIORITY} (highest) to {LOWEST_PRIORITY}, not {command.priority}"
        return Refusal(RefusalCode.NO_CHANGE, text, facts)
    if command.priority == contact.priority:
        return Refusal(RefusalCode.NO_CHANGE, f"contact {contact.id} has priority {contact.priority} already", facts)
    change_priority(turn, contact, command.priority, f"by {command.origin}")
    return None


def _within_bounds(priority: int) -> int:
    return min(max(priority, HIGHEST_PRIORITY), LOWEST_PRIORITY)
