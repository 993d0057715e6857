"""The fold of the events of callbacks: scheduled, dialled, cancelled."""

from typing import Final

from cti_server.contacts.callback import Callback
from cti_server.contacts.contact import Contact
from cti_server.contacts.offers import OfferMove, OfferState, next_offer_state
from cti_server.contacts.stages import ContactMove, next_stage
from cti_server.engine.state import State
from cti_server.vocabulary import events

MARGIN_SECONDS: Final = 5.0
"""What an offer lives on after the customer's ring time: the PBX is to end the call, and then this is the report."""


def scheduled(state: State, recorded: events.Recorded, event: events.CallbackScheduled) -> None:
    """The callback waits for its time; an earlier attempt's call is none of its own any more."""
    contact = state.contacts[event.contact]
    contact.last_seq = recorded.seq
    contact.stage = next_stage(contact.stage, ContactMove.SCHEDULE)
    contact.callback = Callback(
        due=event.due,
        queue=event.queue,
        priority=event.priority,
        agent=event.agent,
        called=event.called,
        origin_contact=event.origin_contact,
        attempt=event.attempt,
        automatic=event.automatic,
    )
    contact.entered = event.entered
    _forget_call(state, contact)
    if contact.party is not None:
        known = state.callbacks.setdefault(contact.party, [])
        if contact.id not in known:
            known.append(contact.id)
    origin = state.contacts.get(event.origin_contact) if event.origin_contact is not None else None
    if origin is not None:
        origin.callbacks_made += event.attempt == 1


def cancelled(state: State, recorded: events.Recorded, event: events.CallbackCancelled) -> None:
    """Its end follows."""
    state.contacts[event.contact].last_seq = recorded.seq


def dialled(state: State, recorded: events.Recorded, event: events.CallbackDialled) -> None:
    """The agent's phone calls the customer; the offer lives as long as the customer may ring."""
    contact = state.contacts[event.contact]
    contact.last_seq = recorded.seq
    _forget_call(state, contact)
    contact.call = event.call
    state.calls.setdefault(event.call.link, {})[event.call.call] = contact.id
    if contact.callback is not None:
        contact.callback.dialled_at = recorded.at
    offer = state.offers.get(contact.offer) if contact.offer is not None else None
    if offer is not None:
        if offer.state is OfferState.HELD:
            offer.state = next_offer_state(offer.state, OfferMove.ALERT)
        offer.deadline = recorded.at + ring_time(state, contact) + MARGIN_SECONDS


def forget(state: State, contact: Contact) -> None:
    """The contact is closed: its party has one callback less."""
    known = state.callbacks.get(contact.party) if contact.party is not None else None
    if known is None or contact.callback is None or contact.party is None:
        return
    known.remove(contact.id)
    if not known:
        del state.callbacks[contact.party]


def ring_time(state: State, contact: Contact) -> float:
    """How long the customer's phone may ring, seconds."""
    queue = state.queue(contact.callback.queue) if contact.callback is not None else None
    return queue.callbacks.ring_time if queue is not None else 45.0


def _forget_call(state: State, contact: Contact) -> None:
    if contact.call is None:
        return
    calls = state.calls.get(contact.call.link, {})
    calls.pop(contact.call.call, None)
    if not calls:
        state.calls.pop(contact.call.link, None)
    contact.call = None
