"""What may have been reported or wished of a contact, told from the first event of the turn that it began."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from cti_server.engine.state import State
from cti_server.reports.replaying.of_site import of_agent
from cti_server.vocabulary import commands, events, operator_commands
from cti_server.vocabulary.commands import Command
from cti_server.vocabulary.events import Event, Recorded
from cti_server.vocabulary.ids import ContactId, DeviceNumber
from cti_server.vocabulary.values import CallRef, Channel, OfferOutcome, Origin, ReleasedBy

Candidates = Iterator[Command]


def _opened(_state: State, row: Recorded, event: events.ContactOpened) -> Candidates:
    if event.call is not None:
        yield commands.ReportCallArrived(
            cause=row.cause_seq, call=event.call, pilot=event.pilot, party=event.party, data=event.data
        )
    elif event.channel is not Channel.CALLBACK:
        yield commands.OpenContact(
            cause=row.cause_seq, channel=event.channel, destination=event.pilot, party=event.party, data=event.data
        )


def _replaced(_state: State, row: Recorded, event: events.CallReplaced) -> Candidates:
    yield commands.ReportCallReplaced(cause=row.cause_seq, call=event.call, by=event.by)


def _joined(_state: State, row: Recorded, event: events.MediaJoined) -> Candidates:
    yield commands.ReportMediaJoined(
        cause=row.cause_seq,
        contact=event.contact,
        session=event.session,
        port=event.port,
        traceparent=event.traceparent,
    )


def _refused(_state: State, row: Recorded, event: events.MediaRefused) -> Candidates:
    yield commands.ReportMediaRefused(cause=row.cause_seq, contact=event.contact, reason=event.reason)


def _left(_state: State, row: Recorded, event: events.MediaLeft) -> Candidates:
    for failed in (False, True):
        yield commands.ReportMediaLost(
            cause=row.cause_seq, contact=event.contact, session=event.session, reason=event.reason, failed=failed
        )


def _verb(_state: State, row: Recorded, event: events.VerbEnded) -> Candidates:
    yield commands.ReportVerbEnded(cause=row.cause_seq, contact=event.contact, verb=event.verb, outcome=event.outcome)


def _request(_state: State, row: Recorded, event: events.RequestEnded) -> Candidates:
    yield commands.ReportRequestEnded(
        cause=row.cause_seq, contact=event.contact, request=event.request, outcome=event.outcome
    )


def _alerted(_state: State, row: Recorded, event: events.OfferAlerted) -> Candidates:
    for stays in (False, True):
        yield commands.ReportOfferAlerting(cause=row.cause_seq, offer=event.offer, media_stays=stays)


def _offer_ended(state: State, row: Recorded, event: events.OfferEnded) -> Candidates:
    cause, contact = row.cause_seq, state.contacts.get(event.contact)
    if event.outcome is OfferOutcome.ANSWERED:
        yield commands.ReportOfferAnswered(cause=cause, offer=event.offer)
        return
    yield commands.ReportOfferFailed(cause=cause, offer=event.offer, outcome=event.outcome, reason=event.reason)
    if contact is not None and contact.call is not None:
        for by in ReleasedBy:
            yield commands.ReportCallEnded(cause=cause, call=contact.call, released_by=by, cause_text=event.reason)
    for permanent in (False, True):
        yield commands.ReportCallbackUnanswered(
            cause=cause, contact=event.contact, reason=event.reason, permanent=permanent
        )
    yield commands.CancelCallback(cause=cause, contact=event.contact, reason=event.reason)
    yield from of_agent(cause, event.agent)


def _released(state: State, row: Recorded, event: events.ContactReleased) -> Candidates:
    contact = state.contacts.get(event.contact)
    if contact is not None and contact.call is not None:
        yield commands.ReportCallEnded(
            cause=row.cause_seq, call=contact.call, released_by=event.released_by, cause_text=event.cause_text
        )
    yield commands.ReportForwarded(cause=row.cause_seq, contact=event.contact, reached=True, reason=event.cause_text)
    yield commands.FinishContact(cause=row.cause_seq, contact=event.contact, by=event.released_by)
    for origin in Origin:
        if event.cause_text == f"ended by {origin}":
            yield operator_commands.HangUpContact(cause=row.cause_seq, contact=event.contact, origin=origin)


def _queue_left(_state: State, row: Recorded, event: events.QueueLeft) -> Candidates:
    yield commands.ReportForwarded(cause=row.cause_seq, contact=event.contact, reached=True)


def _forward_failed(_state: State, row: Recorded, event: events.ForwardFailed) -> Candidates:
    yield commands.ReportForwarded(cause=row.cause_seq, contact=event.contact, reached=False, reason=event.reason)


def _priority(_state: State, row: Recorded, event: events.PriorityChanged) -> Candidates:
    for origin in Origin:
        yield commands.ChangePriority(
            cause=row.cause_seq, contact=event.contact, priority=event.priority, origin=origin
        )


def _held(state: State, row: Recorded, event: events.ContactHeld | events.ContactRetrieved) -> Candidates:
    contact, agent = state.contacts.get(event.contact), state.agents.get(event.agent)
    if contact is not None and isinstance(contact.call, CallRef) and agent is not None and agent.device is not None:
        held = isinstance(event, events.ContactHeld)
        yield commands.ReportHeld(cause=row.cause_seq, call=contact.call, device=agent.device, held=held)


def _picked_up(state: State, row: Recorded, event: events.ContactPickedUp) -> Candidates:
    contact = state.contacts.get(event.contact)
    if contact is not None and contact.call is not None:
        yield commands.ReportPickedUp(cause=row.cause_seq, call=contact.call, device=event.device)


def _conference(state: State, row: Recorded, event: events.ConferenceChanged) -> Candidates:
    contact = state.contacts.get(event.contact)
    if contact is not None and contact.call is not None:
        yield commands.ReportConference(cause=row.cause_seq, call=contact.call, devices=event.devices)


def _cancelled(_state: State, row: Recorded, event: events.CallbackCancelled) -> Candidates:
    yield commands.CancelCallback(cause=row.cause_seq, contact=event.contact, reason=event.reason)


def _dialled(state: State, row: Recorded, event: events.CallbackDialled) -> Candidates:
    contact = state.contacts.get(event.contact)
    for number in contact.offers if contact is not None else ():
        if state.offers[number].agent == event.agent:
            yield commands.ReportCallbackDialled(cause=row.cause_seq, offer=number, call=event.call)


def _consulted(state: State, row: Recorded, event: events.ConsultationStarted) -> Candidates:
    yield from consultation(state, row, event.contact, event.number, event.call)


def _consulted_no_more(state: State, row: Recorded, event: events.ConsultationEnded) -> Candidates:
    contact = state.contacts.get(event.contact)
    if contact is not None and contact.talk.consultation is not None:
        number = contact.talk.consulted or DeviceNumber("")
        yield from consultation(state, row, event.contact, number, contact.talk.consultation, over=True)


def consultation(
    state: State, row: Recorded, number: ContactId, to: DeviceNumber, call: CallRef, *, over: bool = False
) -> Candidates:
    """The report that the contact's agent consults somebody by a call, or that this is ``over``."""
    contact, device = state.contacts.get(number), device_of(state, number)
    if contact is not None and contact.call is not None and device is not None:
        yield commands.ReportConsultation(
            cause=row.cause_seq, call=contact.call, device=device, number=to, consultation=call, over=over
        )


def device_of(state: State, number: ContactId) -> DeviceNumber | None:
    """Where the contact's agent talks."""
    contact = state.contacts.get(number)
    agent = None if contact is None or contact.agent is None else state.agents.get(contact.agent)
    return None if agent is None else agent.device


def _supervised(_state: State, row: Recorded, event: events.SupervisionStarted | events.SupervisionEnded) -> Candidates:
    role = event.role if isinstance(event, events.SupervisionStarted) else None
    reason = event.reason if isinstance(event, events.SupervisionEnded) else ""
    yield commands.ReportSupervision(
        cause=row.cause_seq, contact=event.contact, supervisor=event.supervisor, role=role, reason=reason
    )


def _required(_state: State, row: Recorded, event: events.RequirementChanged) -> Candidates:
    for origin in Origin:
        if event.requirement.agent is not None and event.reason == f"pulled by {origin}":
            yield operator_commands.PullContact(
                cause=row.cause_seq, contact=event.contact, agent=event.requirement.agent, origin=origin
            )


def _let_go(_state: State, row: Recorded, event: events.ContactDismissed) -> Candidates:
    yield operator_commands.HangUpContact(cause=row.cause_seq, contact=event.contact, origin=event.origin)


# The class of the event decides the function's third argument, which the type of a table cannot say.
OF_CONTACTS: Final[Mapping[type[Event], Callable[[State, Recorded, Any], Candidates]]] = MappingProxyType(
    {
        events.ContactOpened: _opened,
        events.CallReplaced: _replaced,
        events.MediaJoined: _joined,
        events.MediaRefused: _refused,
        events.MediaLeft: _left,
        events.VerbEnded: _verb,
        events.RequestEnded: _request,
        events.OfferAlerted: _alerted,
        events.OfferEnded: _offer_ended,
        events.ContactReleased: _released,
        events.QueueLeft: _queue_left,
        events.ForwardFailed: _forward_failed,
        events.PriorityChanged: _priority,
        events.ContactHeld: _held,
        events.ContactRetrieved: _held,
        events.ContactPickedUp: _picked_up,
        events.ConferenceChanged: _conference,
        events.ConsultationStarted: _consulted,
        events.ConsultationEnded: _consulted_no_more,
        events.CallbackCancelled: _cancelled,
        events.CallbackDialled: _dialled,
        events.SupervisionStarted: _supervised,
        events.SupervisionEnded: _supervised,
        events.RequirementChanged: _required,
        events.ContactDismissed: _let_go,
    }
)
"""By the first event of a turn, what may have been reported or wished of a contact."""
