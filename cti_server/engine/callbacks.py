"""Callbacks: contacts that wait for their time, are offered like calls, and are dialled from the agent's phone."""

from dataclasses import dataclass, replace
from typing import Final

from cti_server.contacts.contact import Contact
from cti_server.contacts.offers import Offer
from cti_server.engine.fold.callbacks import ring_time
from cti_server.engine.turn import Turn
from cti_server.flows.component import MakeCallback
from cti_server.vocabulary.commands import (
    CancelCallback,
    CreateCallback,
    ReportCallbackDialled,
    ReportCallbackUnanswered,
)
from cti_server.vocabulary.effects import DialCustomer, WithdrawOffer
from cti_server.vocabulary.events import (
    CallbackCancelled,
    CallbackDialled,
    CallbackScheduled,
    ContactClosed,
    ContactOpened,
    ContactQueued,
    ContactReleased,
    OfferEnded,
    QueueLeft,
)
from cti_server.vocabulary.ids import AgentId, ContactId, DeviceNumber, PartyId, QueueName
from cti_server.vocabulary.plan import CallbackRules
from cti_server.vocabulary.refusals import Refusal, RefusalCode
from cti_server.vocabulary.requirements import Requirement
from cti_server.vocabulary.values import (
    Channel,
    ContactStage,
    Disposition,
    OfferOutcome,
    QueueOutcome,
    ReleasedBy,
)

FARTHEST_SECONDS: Final = 366 * 86_400.0
"""How far ahead a callback may be due; what lies behind that is a slip of the pen."""
DEFAULT_PRIORITY: Final = 5
_WAITING: Final = frozenset({ContactStage.SCHEDULED, ContactStage.QUEUED, ContactStage.OFFERED})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wished:
    """A callback that is to be; ``entered`` and ``due`` in Unix seconds."""

    queue: QueueName
    party: PartyId | None
    due: float
    entered: float
    pilot: DeviceNumber
    agent: AgentId | None = None
    priority: int = DEFAULT_PRIORITY
    called: PartyId | None = None
    origin: ContactId | None = None
    automatic: bool = False


# --- creating -----------------------------------------------------------------------------


def create(turn: Turn, command: CreateCallback) -> Refusal | None:
    """A callback wished for from outside the flows; due now where no time is given."""
    due = turn.now if command.due is None else command.due
    priority = DEFAULT_PRIORITY if command.priority is None else command.priority
    if not 1 <= priority <= 10:
        return _refused(f"priority is 1 (highest) to 10, not {priority}")
    return _open(
        turn,
        _Wished(
            queue=command.queue,
            party=command.party,
            due=due,
            entered=turn.now,
            pilot=DeviceNumber(""),
            agent=command.agent,
            priority=priority,
        ),
    )


def create_callback(turn: Turn, contact: Contact, wish: MakeCallback) -> Refusal | None:
    """A callback wished for by the contact's flow: to the number given, else to the caller's own."""
    called: PartyId | None = None
    if wish.number and wish.number != turn.number_of(contact.party):
        if turn.identify is None:
            return _refused("there is nothing here that keeps numbers", RefusalCode.NO_NUMBER)
        called = turn.identify(f"tel:{wish.number}")
    return _open(
        turn,
        _Wished(
            queue=wish.queue,
            party=contact.party,
            due=turn.now if wish.due is None else wish.due,
            entered=contact.entered if wish.keep_place else turn.now,
            pilot=contact.pilot,
            agent=wish.agent,
            priority=contact.priority if wish.priority is None else wish.priority,
            called=called,
            origin=contact.id,
        ),
    )


def after_release(turn: Turn, contact: Contact) -> None:
    """A call that was given up in a queue becomes a callback where the queue wants that (CB3).

    Not where it waited shorter than the queue's ``shortest_wait``, nor where a callback of the same customer waits for
    the same queue: that one keeps its place. Nor where an agent had asked the queue from the phone they work at.
    """
    queue = turn.state.queue(contact.queue) if contact.queue is not None else None
    if (
        queue is None
        or not queue.callbacks.on_abandon
        or contact.disposition is not Disposition.ABANDONED
        or contact.channel is not Channel.VOICE
        or contact.party is None
        or contact.queued_at is None
        or turn.now - contact.queued_at < queue.callbacks.shortest_wait
        or turn.number_of(contact.party) in turn.state.devices
        or any(one.callback is not None and one.callback.queue == queue.name for one in _of(turn, contact.party))
    ):
        return
    _open(
        turn,
        _Wished(
            queue=queue.name,
            party=contact.party,
            due=turn.now + queue.callbacks.delay,
            entered=contact.entered,
            pilot=contact.pilot,
            priority=contact.priority,
            origin=contact.id,
            automatic=True,
        ),
    )


def _open(turn: Turn, wish: _Wished) -> Refusal | None:
    queue = turn.state.plan.queues.get(wish.queue)
    flow = turn.state.newest_flow(queue.flow) if queue is not None else None
    if queue is None or flow is None:
        return _refused(f"no queue {wish.queue} in the plan", RefusalCode.UNKNOWN_QUEUE)
    if wish.agent is not None and wish.agent not in turn.state.plan.agents:
        return _refused(f"no agent {wish.agent} in the plan", RefusalCode.UNKNOWN_AGENT)
    if wish.party is None and wish.called is None:
        return _refused("there is no number to call back", RefusalCode.NO_NUMBER)
    if not wish.due <= turn.now + FARTHEST_SECONDS:
        return _refused("a callback can be due within a year")
    contact_id = ContactId(turn.state.last_contact + 1)
    opened = ContactOpened(
        contact=contact_id,
        channel=Channel.CALLBACK,
        call=None,
        pilot=wish.pilot,
        party=wish.party,
        flow=flow.name,
        flow_version=flow.version,
    )
    turn.emit(opened)
    scheduled = CallbackScheduled(
        contact=contact_id,
        queue=wish.queue,
        due=wish.due,
        entered=wish.entered,
        agent=wish.agent,
        priority=wish.priority,
        called=wish.called,
        origin_contact=wish.origin,
        automatic=wish.automatic,
    )
    turn.emit(scheduled)
    if wish.due <= turn.now:
        _queue(turn, turn.state.contacts[contact_id])
    return None


# --- its time, its end -----------------------------------------------------------------------


def become_due(turn: Turn, contact: Contact) -> None:
    """Its time has come: it takes its place in the queue, unless the customer waits in a call of their own just now."""
    if contact.callback is None:
        return
    if contact.party is not None and _calls_us(turn, contact.party):
        rules = _rules(turn, contact)
        _schedule(turn, contact, turn.now + max(rules.retry, 60.0), contact.callback.attempt)
        return
    _queue(turn, contact)


def _queue(turn: Turn, contact: Contact) -> None:
    callback = contact.callback
    queue = turn.state.queue(callback.queue) if callback is not None else None
    flow = turn.state.newest_flow(queue.flow) if queue is not None else None
    if callback is None or queue is None or flow is None:
        turn.emit(CallbackCancelled(contact=contact.id, reason="its queue is in the plan no more"), contact.last_seq)
        _close(turn, contact, Disposition.CLOSED, "no queue")
        return
    reserved = Requirement(queue.requirement.steps, agent=callback.agent) if callback.agent is not None else None
    turn.emit(
        ContactQueued(
            contact=contact.id,
            queue=queue.name,
            priority=callback.priority,
            flow=flow.name,
            flow_version=flow.version,
            requirement=reserved,
        ),
        contact.last_seq,
    )


def cancel(turn: Turn, command: CancelCallback) -> Refusal | None:
    """Take a callback out that nobody is on."""
    contact = turn.state.contacts.get(command.contact)
    if contact is None or contact.callback is None:
        text = f"no callback {command.contact}"
        return Refusal(RefusalCode.UNKNOWN_CONTACT, text, {"contact": command.contact})
    if not _idle(contact):
        return Refusal(RefusalCode.TOO_LATE, f"an agent is on callback {contact.id}", {"contact": contact.id})
    _cancel(turn, contact, command.reason)
    return None


def customer_served(turn: Turn, contact: Contact) -> None:
    """A call was answered: the automatic callbacks of the same customer are not needed any more (CB3)."""
    if contact.party is None or contact.callback is not None:
        return
    for other in _of(turn, contact.party):
        if other.callback is not None and other.callback.automatic and _idle(other):
            _cancel(turn, other, f"the customer rang again and was served as contact {contact.id}")


def _cancel(turn: Turn, contact: Contact, reason: str) -> None:
    seq = turn.emit(CallbackCancelled(contact=contact.id, reason=reason))
    _end_offers(turn, contact, reason)
    _leave_queue(turn, contact, seq)
    _close(turn, contact, Disposition.CALLED_BACK, reason)


def _close(turn: Turn, contact: Contact, disposition: Disposition, text: str) -> None:
    released = ContactReleased(
        contact=contact.id, disposition=disposition, released_by=ReleasedBy.SYSTEM, cause_text=text
    )
    turn.emit(ContactClosed(contact=contact.id), turn.emit(released))


# --- dialling -----------------------------------------------------------------------------


def dial(turn: Turn, contact: Contact, offer: Offer) -> None:
    """Ask for the customer to be called from the offered agent's phone."""
    called = contact.callback.called if contact.callback is not None else None
    turn.effects.append(
        DialCustomer(
            cause=offer.seq,
            contact=contact.id,
            offer=offer.id,
            device=offer.device,
            party=contact.party if called is None else called,
            ring_time=ring_time(turn.state, contact),
        )
    )


def dialled(turn: Turn, command: ReportCallbackDialled) -> Refusal | None:
    """The agent took the offer: their phone calls the customer."""
    offer = turn.state.offers.get(command.offer)
    contact = turn.state.contacts.get(offer.contact) if offer is not None else None
    if offer is None or contact is None or contact.callback is None:
        text = f"offer {command.offer} is none of an open callback"
        return Refusal(RefusalCode.TOO_LATE, text, {"offer": command.offer})
    if contact.callback.dialled_at is not None:
        return Refusal(RefusalCode.NO_CHANGE, f"callback {contact.id} is dialled already", {"contact": contact.id})
    if turn.state.contact_of(command.call) is not None:
        text = f"call {command.call.call} on {command.call.link} is a contact's already"
        return Refusal(RefusalCode.ALREADY_KNOWN, text, {"call": command.call.call})
    turn.emit(CallbackDialled(contact=contact.id, agent=offer.agent, call=command.call))
    return None


def dial_over(turn: Turn, offer: Offer) -> bool:
    """Whether the offer whose time is over is a dialled callback's: then it was the customer who did not answer."""
    contact = turn.state.contacts[offer.contact]
    if contact.callback is None or contact.callback.dialled_at is None:
        return False
    _not_reached(turn, contact, "the customer does not answer", permanent=False)
    return True


def unanswered(turn: Turn, command: ReportCallbackUnanswered) -> Refusal | None:
    """The customer was not reached."""
    contact = turn.state.contacts.get(command.contact)
    if contact is None or contact.callback is None:
        text = f"no callback {command.contact}"
        return Refusal(RefusalCode.UNKNOWN_CONTACT, text, {"contact": command.contact})
    if contact.stage is not ContactStage.OFFERED:
        return Refusal(RefusalCode.TOO_LATE, f"callback {contact.id} is not being dialled", {"contact": contact.id})
    _not_reached(turn, contact, command.reason, permanent=command.permanent)
    return None


def call_ended(turn: Turn, contact: Contact, cause_text: str) -> bool:
    """Whether the call that ended was a callback's whose customer had not answered: that one is tried again."""
    if contact.callback is None or contact.stage is not ContactStage.OFFERED:
        return False
    _not_reached(turn, contact, cause_text or "the call ended before the customer answered", permanent=False)
    return True


def _not_reached(turn: Turn, contact: Contact, reason: str, *, permanent: bool) -> None:
    """Let the agent go, then wait for the next attempt; after the last one the callback is over."""
    rules = _rules(turn, contact)
    attempt = contact.callback.attempt if contact.callback is not None else rules.attempts
    seq = _end_offers(turn, contact, reason)
    _leave_queue(turn, contact, seq)
    if permanent or attempt >= rules.attempts:
        _close(turn, contact, Disposition.NOT_REACHED, reason)
    else:
        _schedule(turn, contact, turn.now + rules.retry, attempt + 1)


def _schedule(turn: Turn, contact: Contact, due: float, attempt: int) -> None:
    callback = contact.callback
    if callback is None:
        return
    again = replace(callback, due=due, attempt=attempt, dialled_at=None)
    turn.emit(
        CallbackScheduled(
            contact=contact.id,
            queue=again.queue,
            due=again.due,
            entered=contact.entered,
            agent=again.agent,
            priority=again.priority,
            called=again.called,
            origin_contact=again.origin_contact,
            attempt=again.attempt,
            automatic=again.automatic,
        )
    )


def _end_offers(turn: Turn, contact: Contact, reason: str) -> int | None:
    """End what rings for the contact, by nobody's fault, and let the phones be still."""
    seq = None
    for offer in [turn.state.offers[number] for number in contact.offers]:
        ended = OfferEnded(
            offer=offer.id,
            contact=contact.id,
            agent=offer.agent,
            outcome=OfferOutcome.CALL_NOT_MOVED,
            reason=reason,
        )
        seq = turn.emit(ended)
        turn.effects.append(WithdrawOffer(cause=seq, contact=contact.id, offer=offer.id, device=offer.device))
    return seq


def _leave_queue(turn: Turn, contact: Contact, cause: int | None) -> None:
    if contact.stage is ContactStage.QUEUED and contact.queue is not None:
        turn.emit(QueueLeft(contact=contact.id, queue=contact.queue, outcome=QueueOutcome.CALLBACK), cause)


# --- looking -----------------------------------------------------------------------------


def _idle(contact: Contact) -> bool:
    """Whether the callback waits and nobody's phone calls the customer yet."""
    return contact.stage in _WAITING and contact.callback is not None and contact.callback.dialled_at is None


def _of(turn: Turn, party: PartyId) -> list[Contact]:
    """The customer's open callbacks, oldest first."""
    return [turn.state.contacts[one] for one in turn.state.callbacks.get(party, ())]


def _calls_us(turn: Turn, party: PartyId) -> bool:
    """Whether the customer is in a call with us that stands.

    Who calls is looked up once for all callbacks that are due in one wake-up, in which no call begins or ends.
    """
    if turn.callers is None:
        turn.callers = frozenset(
            one.party
            for one in turn.state.contacts.values()
            if one.party is not None
            and one.callback is None
            and one.channel is Channel.VOICE
            and one.released_at is None
        )
    return party in turn.callers


def _rules(turn: Turn, contact: Contact) -> CallbackRules:
    queue = turn.state.queue(contact.callback.queue) if contact.callback is not None else None
    return queue.callbacks if queue is not None else CallbackRules()


def _refused(text: str, code: RefusalCode = RefusalCode.NOT_POSSIBLE) -> Refusal:
    return Refusal(code, text)
