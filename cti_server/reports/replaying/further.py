"""What may have begun a turn whose first event does not say it: the events behind the first one do."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import Any, Final

from cti_server.engine.state import State
from cti_server.reports.replaying.of_contacts import consultation, device_of
from cti_server.reports.replaying.of_site import of_agent
from cti_server.vocabulary import commands, events, operator_commands
from cti_server.vocabulary.commands import Command
from cti_server.vocabulary.events import Event, Recorded
from cti_server.vocabulary.values import CallRef, OfferOutcome, Origin

MOST_LOOKED_AT: Final = 12
"""Rows of a turn in which what tells its command is looked for."""

Candidates = Iterator[Command]


def further(state: State, rows: Sequence[Recorded]) -> Candidates:
    """The commands that events of this turn tell of, the first event's among them."""
    for row in islice(rows, MOST_LOOKED_AT):
        if row.at != rows[0].at:
            return
        told = _TELLING.get(type(row.event))
        if told is not None:
            yield from told(state, rows, row.event)


def _transferred(state: State, rows: Sequence[Recorded], event: events.ContactTransferred) -> Candidates:
    """Who gave it on, by which call, and which other call of ours it was joined with, stands before the transfer."""
    contact, device = state.contacts.get(event.contact), device_of(state, event.contact)
    if contact is None or contact.call is None or device is None:
        return
    now, joined = contact.call, _joined(state, rows, event)
    for row in rows:
        if isinstance(row.event, events.CallReplaced) and row.event.contact == event.contact:
            now = row.event.by
        if row.event is event:
            break
    yield commands.ReportTransferred(
        cause=rows[0].cause_seq,
        call=now,
        device=device,
        to=event.number,
        connected=event.to is not None,
        before=contact.call,
        joined=joined,
    )


def _joined(state: State, rows: Sequence[Recorded], event: events.ContactTransferred) -> CallRef | None:
    """The call of the contact that ended because it became one with the one that was given on."""
    for row in rows:
        if row.event is event:
            return None
        if isinstance(row.event, events.ContactReleased) and row.event.contact != event.contact:
            other = state.contacts.get(row.event.contact)
            return None if other is None else other.call
    return None


def _replaced(state: State, rows: Sequence[Recorded], event: events.CallReplaced) -> Candidates:
    """A call that goes on after another one of ours was joined with it, and nobody gave it on."""
    first = rows[0].event
    other = state.contacts.get(first.contact) if isinstance(first, events.ContactReleased) else None
    contact, device = state.contacts.get(event.contact), device_of(state, event.contact)
    if other is not None and other is not contact and device is not None:
        yield commands.ReportTransferred(
            cause=rows[0].cause_seq,
            call=event.by,
            device=device,
            to=device,
            connected=True,
            before=event.call,
            joined=other.call,
        )


def _conference(state: State, rows: Sequence[Recorded], event: events.ConferenceChanged) -> Candidates:
    contact = state.contacts.get(event.contact)
    if contact is not None and contact.call is not None:
        yield commands.ReportConference(cause=rows[0].cause_seq, call=contact.call, devices=event.devices)


def _released(state: State, rows: Sequence[Recorded], event: events.ContactReleased) -> Candidates:
    contact = state.contacts.get(event.contact)
    if contact is not None and contact.call is not None:
        yield commands.ReportConference(cause=rows[0].cause_seq, call=contact.call, devices=())
    if rows[0].event is not event:
        yield commands.FinishContact(cause=rows[0].cause_seq, contact=event.contact, by=event.released_by)
        yield commands.ReportForwarded(
            cause=rows[0].cause_seq, contact=event.contact, reached=True, reason=event.cause_text
        )
    for origin in Origin:
        closed = f"closed by {origin}"
        if event.cause_text == closed or event.cause_text.startswith(f"{closed}: "):
            why = event.cause_text[len(closed) + 2 :]
            yield operator_commands.CloseContact(cause=rows[0].cause_seq, contact=event.contact, why=why, origin=origin)


def _picked_up(state: State, rows: Sequence[Recorded], event: events.ContactPickedUp) -> Candidates:
    contact = state.contacts.get(event.contact)
    if contact is not None and contact.call is not None:
        yield commands.ReportPickedUp(cause=rows[0].cause_seq, call=contact.call, device=event.device)


def _consulted(state: State, rows: Sequence[Recorded], event: events.ConsultationStarted) -> Candidates:
    yield from consultation(state, rows[0], event.contact, event.number, event.call)


def _queued(_state: State, rows: Sequence[Recorded], event: events.ContactQueued) -> Candidates:
    first = rows[0].event
    if isinstance(first, events.QueueLeft) and first.contact == event.contact:
        queue = None if event.queue == first.queue else event.queue
        yield operator_commands.MoveContact(
            cause=rows[0].cause_seq, contact=event.contact, queue=queue, origin=Origin.CONSOLE
        )


def _scheduled(_state: State, rows: Sequence[Recorded], event: events.CallbackScheduled) -> Candidates:
    first = rows[0].event
    if isinstance(first, events.ContactOpened) and first.contact == event.contact and first.party is not None:
        yield commands.CreateCallback(
            cause=rows[0].cause_seq,
            queue=event.queue,
            party=first.party,
            due=event.due,
            agent=event.agent,
            priority=event.priority,
        )


def _offer_ended(_state: State, rows: Sequence[Recorded], event: events.OfferEnded) -> Candidates:
    if event.outcome is OfferOutcome.ANSWERED and rows[0].event is not event:
        yield commands.ReportOfferAnswered(cause=rows[0].cause_seq, offer=event.offer)


def _answered(state: State, rows: Sequence[Recorded], event: events.ContactAnswered) -> Candidates:
    """An answer that came when its offer had ended already."""
    contact = state.contacts.get(event.contact)
    for number in reversed(contact.past_offers) if contact is not None else ():
        if state.past_offers[number].agent == event.agent:
            yield commands.ReportOfferAnswered(cause=rows[0].cause_seq, offer=number)


def _not_ready(_state: State, rows: Sequence[Recorded], event: events.AgentBecameNotReady) -> Candidates:
    if rows[0].event is not event:
        yield from of_agent(rows[0].cause_seq, event.agent, event.reason)


# The class of the event decides the function's third argument, which the type of a table cannot say.
_TELLING: Final[Mapping[type[Event], Callable[[State, Sequence[Recorded], Any], Candidates]]] = MappingProxyType(
    {
        events.ContactTransferred: _transferred,
        events.CallReplaced: _replaced,
        events.ConferenceChanged: _conference,
        events.ContactReleased: _released,
        events.ContactPickedUp: _picked_up,
        events.ConsultationStarted: _consulted,
        events.ContactQueued: _queued,
        events.CallbackScheduled: _scheduled,
        events.OfferEnded: _offer_ended,
        events.ContactAnswered: _answered,
        events.AgentBecameNotReady: _not_ready,
    }
)
