"""The fold of what happens in a talk: hold, consultation, transfer, conference, pickup, supervision."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from cti_server.agents.states import WorkMove
from cti_server.contacts.contact import Contact
from cti_server.contacts.stages import ContactMove, next_stage
from cti_server.contacts.talk import Talk
from cti_server.engine.fold import trials
from cti_server.engine.fold.cursor import start_flow
from cti_server.engine.fold.queueing import give_place_up
from cti_server.engine.fold.waits import end_wait
from cti_server.engine.retention import went_on
from cti_server.engine.state import State
from cti_server.vocabulary import events
from cti_server.vocabulary.values import QueueOutcome, TransferKind

TalkEvent = (
    events.ContactHeld
    | events.ContactRetrieved
    | events.ConsultationStarted
    | events.ConsultationEnded
    | events.ContactTransferred
    | events.ConferenceChanged
    | events.ContactPickedUp
    | events.SupervisionStarted
    | events.SupervisionEnded
)


def held(state: State, recorded: events.Recorded, event: events.ContactHeld) -> None:
    """The customer waits on hold."""
    _touch(state, recorded, event).talk.held = True


def retrieved(state: State, recorded: events.Recorded, event: events.ContactRetrieved) -> None:
    """Customer and agent talk again."""
    _touch(state, recorded, event).talk.held = False


def consultation_started(state: State, recorded: events.Recorded, event: events.ConsultationStarted) -> None:
    """The agent has a second call."""
    talk = _touch(state, recorded, event).talk
    talk.consultation, talk.consulted = event.call, event.number


def consultation_ended(state: State, recorded: events.Recorded, event: events.ConsultationEnded) -> None:
    """The agent has the customer's call alone."""
    talk = _touch(state, recorded, event).talk
    talk.consultation = talk.consulted = None


def transferred(state: State, recorded: events.Recorded, event: events.ContactTransferred) -> None:
    """The contact is another agent's, or stands at the beginning of the pilot's flow; its entry into the centre stays.

    The agent who gave it on is let go here, or by the wrap-up that follows; where it went outside, by its end.
    """
    contact = _touch(state, recorded, event)
    queue = None if contact.queue is None else state.queue(contact.queue)
    contact.talk = Talk(supervisors=contact.talk.supervisors)
    if event.transfer is TransferKind.OUTSIDE:
        return
    if queue is None or queue.wrap_up <= 0:
        state.agents[event.agent].engage(WorkMove.FREE, contact.id, contact.channel, recorded.at)
    contact.agent = event.to
    if event.to is not None:
        state.agents[event.to].engage(WorkMove.ANSWER, contact.id, contact.channel, recorded.at)
    elif event.transfer is TransferKind.QUEUE:
        _begin_anew(state, contact, event)


def _begin_anew(state: State, contact: Contact, event: events.ContactTransferred) -> None:
    pilot = None if contact.call is None else state.pilot(contact.call.link, event.number)
    flow = None if pilot is None else state.newest_flow(pilot.flow)
    contact.stage = next_stage(contact.stage, ContactMove.TRANSFER)
    contact.queue = contact.queued_at = contact.requirement = contact.came_from = contact.turned_away = None
    if flow is not None:
        contact.cursor = start_flow(state, flow.name, flow.version)
    went_on(state)


def conference_changed(state: State, recorded: events.Recorded, event: events.ConferenceChanged) -> None:
    """These talk with the customer now; where it is one alone, it is no conference."""
    _touch(state, recorded, event).talk.devices = event.devices if len(event.devices) > 1 else ()


def picked_up(state: State, recorded: events.Recorded, event: events.ContactPickedUp) -> None:
    """Somebody talks with the customer; where an agent does, `ContactAnswered` follows and does the rest."""
    contact = _touch(state, recorded, event)
    if event.agent is None:
        contact.stage = next_stage(contact.stage, ContactMove.ANSWER)
        contact.answered_at, contact.media_requested = recorded.at, False
        end_wait(state, contact, recorded.at, answered=True)
        give_place_up(state, contact, QueueOutcome.ANSWERED, recorded.at)
        trials.went_well(state, contact)


def supervision_started(state: State, recorded: events.Recorded, event: events.SupervisionStarted) -> None:
    """The supervisor takes part."""
    _touch(state, recorded, event).talk.supervisors[event.supervisor] = event.role


def supervision_ended(state: State, recorded: events.Recorded, event: events.SupervisionEnded) -> None:
    """The supervisor takes no part any more, or never did."""
    _touch(state, recorded, event).talk.supervisors.pop(event.supervisor, None)


def _touch(state: State, recorded: events.Recorded, event: TalkEvent) -> Contact:
    contact = state.contacts[event.contact]
    contact.last_seq = recorded.seq
    return contact


FOLDS: Final[Mapping[type[events.Event], Callable[[State, events.Recorded, Any], None]]] = MappingProxyType(
    {
        events.ContactHeld: held,
        events.ContactRetrieved: retrieved,
        events.ConsultationStarted: consultation_started,
        events.ConsultationEnded: consultation_ended,
        events.ContactTransferred: transferred,
        events.ConferenceChanged: conference_changed,
        events.ContactPickedUp: picked_up,
        events.SupervisionStarted: supervision_started,
        events.SupervisionEnded: supervision_ended,
    }
)
