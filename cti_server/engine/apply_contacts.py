"""The fold of the events of a contact's life: call, media, flow, queue, offers, answer and end."""

from typing import Final

from cti_server.agents.states import WorkMove
from cti_server.contacts.contact import Contact, Cursor
from cti_server.contacts.offers import Offer, OfferMove, next_offer_state
from cti_server.contacts.stages import ContactMove, next_stage
from cti_server.engine.retention import forget_unused
from cti_server.engine.state import State, current_step, place_of
from cti_server.flows.walk import first_step
from cti_server.queues.line import Line
from cti_server.vocabulary import events
from cti_server.vocabulary.faults import UnknownEventError
from cti_server.vocabulary.ids import FlowName
from cti_server.vocabulary.plan import DisconnectStep
from cti_server.vocabulary.values import ContactStage, OfferOutcome, VerbResult, WorkState

ContactEvent = (
    events.CallReplaced
    | events.MediaRequested
    | events.MediaRefused
    | events.MediaJoined
    | events.MediaLeft
    | events.TreatmentFailed
    | events.StepEntered
    | events.VerbEnded
    | events.ContactQueued
    | events.OfferMade
    | events.OfferAlerted
    | events.OfferEnded
    | events.ContactAnswered
    | events.ContactReleased
    | events.ContactClosed
)

RETRY_SECONDS: Final = 2.0
"""How long a flow stands still after a verb was stopped or failed, so that a broken prompt cannot make it spin.

A verb also ends so when the caller hangs up or the call is moved: then the report of that comes within this time, and
the contact is found where it stood.
"""


def opened(state: State, recorded: events.Recorded, event: events.ContactOpened) -> None:
    """The contact stands before its flow's first step."""
    if event.call is None:
        raise UnknownEventError(f"contact {event.contact} has no call")
    state.last_contact = event.contact
    state.contacts[event.contact] = Contact(
        id=event.contact,
        channel=event.channel,
        call=event.call,
        pilot=event.pilot,
        party=event.party,
        opened_at=recorded.at,
        opened_seq=recorded.seq,
        last_seq=recorded.seq,
        cursor=_start(state, event.flow, event.flow_version),
    )
    state.calls.setdefault(event.call.link, {})[event.call.call] = event.contact


def call_replaced(state: State, recorded: events.Recorded, event: events.CallReplaced) -> None:
    """The contact is found under the new identifier alone."""
    contact = _touch(state, recorded, event)
    _forget_call(state, contact)
    contact.call = event.by
    state.calls.setdefault(event.by.link, {})[event.by.call] = event.contact


def media_requested(state: State, recorded: events.Recorded, event: events.MediaRequested) -> None:
    """The cursor waits before the step that is to be heard."""
    contact = _touch(state, recorded, event)
    contact.media_requested, contact.media_seq = True, recorded.seq
    cursor = contact.cursor
    if event.step is not None and event.step != cursor.step:
        cursor.step, cursor.attempt = event.step, 1
    _suspend(cursor)


def media_refused(state: State, recorded: events.Recorded, event: events.MediaRefused) -> None:
    """The request is answered."""
    _touch(state, recorded, event).media_requested = False


def media_joined(state: State, recorded: events.Recorded, event: events.MediaJoined) -> None:
    """The contact has a session."""
    contact = _touch(state, recorded, event)
    contact.media_requested = False
    contact.session, contact.port = event.session, event.port


def media_left(state: State, recorded: events.Recorded, event: events.MediaLeft) -> None:
    """The contact has no session; a step that was under way is to be entered again."""
    contact = _touch(state, recorded, event)
    contact.session = contact.port = None
    _suspend(contact.cursor)


def treatment_failed(state: State, recorded: events.Recorded, event: events.TreatmentFailed) -> None:
    """The cursor stands where it stood, waiting for nothing, until the step's rule leads it on."""
    _suspend(_touch(state, recorded, event).cursor)


def step_entered(state: State, recorded: events.Recorded, event: events.StepEntered) -> None:
    """The cursor stands in the step."""
    contact = _touch(state, recorded, event)
    contact.cursor = Cursor(
        flow=event.flow,
        flow_version=event.flow_version,
        step=event.step,
        entered=True,
        attempt=event.attempt,
        verb=event.verb,
        deadline=event.deadline,
        position=event.position,
        entered_seq=recorded.seq,
    )
    if event.verb is not None:
        contact.verbs += 1
    # A step that awaits neither a verb nor a time is the last one, whatever its class: the flow has run out.
    awaits_nothing = event.verb is None and event.deadline is None
    contact.leaving = awaits_nothing or isinstance(current_step(state, contact), DisconnectStep)


def verb_ended(state: State, recorded: events.Recorded, event: events.VerbEnded) -> None:
    """The step's verb is done; after one that was stopped or failed the flow stands still for a moment."""
    cursor = _touch(state, recorded, event).cursor
    cursor.verb, cursor.ended = None, event.outcome.result
    if cursor.deadline is None and event.outcome.result in {VerbResult.STOPPED, VerbResult.FAILED}:
        cursor.deadline = recorded.at + RETRY_SECONDS


def queued(state: State, recorded: events.Recorded, event: events.ContactQueued) -> None:
    """The contact takes its place; the queue-processing flow is at its first step."""
    contact = _touch(state, recorded, event)
    contact.stage = next_stage(contact.stage, ContactMove.QUEUE)
    contact.queue, contact.priority, contact.queued_at = event.queue, event.priority, recorded.at
    contact.cursor = _start(state, event.flow, event.flow_version)
    line = state.lines.setdefault(event.queue, Line())
    line.join(place_of(contact))
    line.counters.received += 1
    forget_unused(state)


def offer_made(state: State, recorded: events.Recorded, event: events.OfferMade) -> None:
    """Agent and contact are held for each other; the queue flow is suspended."""
    contact = _touch(state, recorded, event)
    contact.stage = next_stage(contact.stage, ContactMove.OFFER)
    contact.offer = event.offer
    contact.media_requested = False  # the call is wanted elsewhere now; an answer to that request is out of date
    _suspend(contact.cursor)
    state.last_offer = event.offer
    state.offers[event.offer] = Offer(
        id=event.offer,
        contact=event.contact,
        agent=event.agent,
        device=event.device,
        made_at=recorded.at,
        deadline=event.deadline,
        seq=recorded.seq,
    )
    agent = state.agents[event.agent]
    agent.work_on(WorkMove.RESERVE, recorded.at)
    agent.offer, agent.contact = event.offer, event.contact
    _line(state, contact).counters.offers += 1


def offer_alerted(state: State, recorded: events.Recorded, event: events.OfferAlerted) -> None:
    """The phone rings."""
    _touch(state, recorded, event)
    offer = state.offers[event.offer]
    offer.state = next_offer_state(offer.state, OfferMove.ALERT)


def offer_ended(state: State, recorded: events.Recorded, event: events.OfferEnded) -> None:
    """The agent is let go unless they answered; the contact is back at its place unless its fate is decided."""
    contact = _touch(state, recorded, event)
    offer = state.offers.pop(event.offer)
    offer.state = next_offer_state(offer.state, OfferMove.END)
    state.past_offers[event.offer] = offer
    contact.past_offers.append(event.offer)
    contact.offer = None
    agent = state.agents[event.agent]
    agent.offer = None
    if event.outcome is OfferOutcome.ANSWERED:
        return
    agent.work_on(WorkMove.RETURN, recorded.at)
    agent.contact = None
    if event.outcome is not OfferOutcome.CALLER_GONE:
        contact.stage = next_stage(contact.stage, ContactMove.RETURN)
        _line(state, contact).counters.unanswered += 1


def answered(state: State, recorded: events.Recorded, event: events.ContactAnswered) -> None:
    """Customer and agent talk; flow and queue are behind the contact."""
    contact = _touch(state, recorded, event)
    contact.stage = next_stage(contact.stage, ContactMove.ANSWER)
    contact.agent, contact.answered_at = event.agent, recorded.at
    contact.media_requested = False
    _suspend(contact.cursor)
    line = _line(state, contact)
    line.leave(place_of(contact))
    line.counters.answered += 1
    agent = state.agents[event.agent]
    agent.work_on(WorkMove.ANSWER, recorded.at)
    agent.contact = event.contact


def released(state: State, recorded: events.Recorded, event: events.ContactReleased) -> None:
    """The call is gone."""
    contact = _touch(state, recorded, event)
    if contact.stage in {ContactStage.QUEUED, ContactStage.OFFERED}:
        line = _line(state, contact)
        line.leave(place_of(contact))
        line.counters.book_end(event.disposition)
    contact.stage = next_stage(contact.stage, ContactMove.RELEASE)
    contact.released_at, contact.disposition = recorded.at, event.disposition
    contact.session = contact.port = None
    contact.media_requested = False
    _suspend(contact.cursor)
    _forget_call(state, contact)


def closed(state: State, recorded: events.Recorded, event: events.ContactClosed) -> None:
    """The contact leaves the state; an agent without wrap-up is idle again."""
    contact = _touch(state, recorded, event)
    contact.stage = next_stage(contact.stage, ContactMove.CLOSE)
    if contact.agent is not None and state.agents[contact.agent].work is not WorkState.IDLE:
        state.agents[contact.agent].work_on(WorkMove.FREE, recorded.at)
    for offer in contact.past_offers:
        del state.past_offers[offer]
    del state.contacts[contact.id]
    state.closed += 1
    forget_unused(state)


def _touch(state: State, recorded: events.Recorded, event: ContactEvent) -> Contact:
    contact = state.contacts[event.contact]
    contact.last_seq = recorded.seq
    return contact


def _start(state: State, name: FlowName, version: str) -> Cursor:
    flow = state.flow(name, version)
    first = first_step(flow) if flow is not None else None
    return Cursor(flow=name, flow_version=version, step=first.id if first is not None else None)


def _suspend(cursor: Cursor) -> None:
    cursor.entered = False
    cursor.verb = cursor.deadline = cursor.position = cursor.ended = None


def _line(state: State, contact: Contact) -> Line:
    if contact.queue is None:
        raise UnknownEventError(f"contact {contact.id} is in no queue")
    return state.lines[contact.queue]


def _forget_call(state: State, contact: Contact) -> None:
    calls = state.calls[contact.call.link]
    calls.pop(contact.call.call, None)
    if not calls:
        del state.calls[contact.call.link]
