"""The fold of the events of a contact's life: call, media, flow, queue, offers, answer and end."""

from dataclasses import replace

from cti_server.agents.states import WorkMove
from cti_server.contacts.contact import Contact, in_line
from cti_server.contacts.stages import ContactMove, next_stage
from cti_server.engine.fold import callbacks, trials
from cti_server.engine.fold.cursor import back_to_queue_step, start_flow, suspend
from cti_server.engine.fold.queueing import give_place_up, remember_agent, take_place
from cti_server.engine.fold.waits import end_handling, end_wait
from cti_server.engine.retention import went_on
from cti_server.engine.state import State
from cti_server.queues.counters import outcome_of
from cti_server.queues.estimate import WaitModel
from cti_server.vocabulary import events
from cti_server.vocabulary.values import ContactStage, QueueOutcome

ContactEvent = (
    events.CallReplaced
    | events.MediaRequested
    | events.MediaRefused
    | events.MediaJoined
    | events.MediaLeft
    | events.QueueLeft
    | events.ContactQueued
    | events.ContactAnswered
    | events.ContactReleased
    | events.ContactClosed
)


def opened(state: State, recorded: events.Recorded, event: events.ContactOpened) -> None:
    """The contact stands before its flow's first step."""
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
        cursor=start_flow(state, event.flow, event.flow_version),
        entered=recorded.at,
        internal=event.internal,
        data=dict(event.data),
        trial=event.trial,
    )
    trials.take_part(state, event.trial)
    if event.call is not None:
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
    suspend(cursor)


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
    if contact.cursor.action is not None or contact.cursor.verb is not None:
        suspend(contact.cursor)


def queued(state: State, recorded: events.Recorded, event: events.ContactQueued) -> None:
    """The contact takes its place; the queue-processing flow is at its first step."""
    contact = _touch(state, recorded, event)
    contact.stage = next_stage(contact.stage, ContactMove.QUEUE)
    # Whom an operator lets wait elsewhere still came from the step that had put them into their first queue.
    moved = event.step is None and contact.turned_away is QueueOutcome.REQUEUED
    if not moved or contact.came_from is None:
        contact.came_from = replace(contact.cursor, step=event.step or contact.cursor.step)
    contact.cursor = start_flow(state, event.flow, event.flow_version)
    take_place(state, recorded, event, contact)
    contact.queue_trial = event.trial
    trials.take_part(state, event.trial)
    state.waits.setdefault(event.queue, WaitModel()).arrived(recorded.at, event.priority)
    went_on(state)


def queue_left(state: State, recorded: events.Recorded, event: events.QueueLeft) -> None:
    """The place is given up; after a time-out the flow goes on where the contact came from."""
    contact = _touch(state, recorded, event)
    end_wait(state, contact, recorded.at)
    give_place_up(state, contact, event.outcome, recorded.at)
    trials.left_queue(state, contact)
    contact.stage = next_stage(contact.stage, ContactMove.LEAVE)
    contact.queue, contact.requirement, contact.turned_away = None, None, event.outcome
    if event.outcome is QueueOutcome.TIMED_OUT:
        back_to_queue_step(contact)
    if event.outcome is not QueueOutcome.REQUEUED:
        # Who is requeued is in a queue again at once: it may be this one, which nobody else keeps.
        went_on(state)


def answered(state: State, recorded: events.Recorded, event: events.ContactAnswered) -> None:
    """Customer and agent talk; flow and queue are behind the contact."""
    contact = _touch(state, recorded, event)
    contact.stage = next_stage(contact.stage, ContactMove.ANSWER)
    contact.agent, contact.answered_at = event.agent, recorded.at
    contact.media_requested = False
    suspend(contact.cursor)
    end_wait(state, contact, recorded.at, answered=True)
    give_place_up(state, contact, QueueOutcome.ANSWERED, recorded.at)
    trials.went_well(state, contact)
    state.agents[event.agent].engage(WorkMove.ANSWER, event.contact, contact.channel, recorded.at)


def released(state: State, recorded: events.Recorded, event: events.ContactReleased) -> None:
    """The call is gone."""
    contact = _touch(state, recorded, event)
    if contact.stage is ContactStage.TALKING:
        remember_agent(state, contact, recorded.at)
    if in_line(contact):
        outcome = event.left or outcome_of(event.disposition)
        end_wait(state, contact, recorded.at, abandoned=outcome is QueueOutcome.ABANDONED)
        give_place_up(state, contact, outcome, recorded.at)
    trials.released(state, contact, event.disposition)
    contact.stage = next_stage(contact.stage, ContactMove.RELEASE)
    contact.released_at, contact.disposition = recorded.at, event.disposition
    contact.session = contact.port = None
    contact.media_requested = False
    suspend(contact.cursor)
    _forget_call(state, contact)


def closed(state: State, recorded: events.Recorded, event: events.ContactClosed) -> None:
    """The contact leaves the state; an agent without wrap-up is idle again."""
    contact = _touch(state, recorded, event)
    contact.stage = next_stage(contact.stage, ContactMove.CLOSE)
    if contact.agent is not None and contact.id in state.agents[contact.agent].engagements:
        state.agents[contact.agent].engage(WorkMove.FREE, contact.id, contact.channel, recorded.at)
        end_handling(state, contact, contact.agent, recorded.at)
    for offer in contact.past_offers:
        del state.past_offers[offer]
    callbacks.forget(state, contact)
    del state.contacts[contact.id]
    state.closed += 1
    went_on(state)


def _touch(state: State, recorded: events.Recorded, event: ContactEvent) -> Contact:
    contact = state.contacts[event.contact]
    contact.last_seq = recorded.seq
    return contact


def _forget_call(state: State, contact: Contact) -> None:
    if contact.call is None:
        return
    calls = state.calls[contact.call.link]
    calls.pop(contact.call.call, None)
    if not calls:
        del state.calls[contact.call.link]
