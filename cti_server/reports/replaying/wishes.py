"""From the first event of a turn back to the commands that may have led to it: the journal keeps events alone.

Where one event can come of several commands, all are given; whoever decides anew takes the one whose whole turn fits.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from cti_server.engine.state import State
from cti_server.vocabulary import commands, events
from cti_server.vocabulary.commands import Command
from cti_server.vocabulary.events import Event, Recorded
from cti_server.vocabulary.ids import AgentId
from cti_server.vocabulary.values import CallRef, OfferOutcome, Origin, ReleasedBy

Candidates = Iterator[Command]


def wishes(state: State, row: Recorded) -> Candidates:
    """The commands that may have begun a turn with this event, as the state was before it; the likeliest first.

    `WakeUp` comes last for every event: deadlines begin turns, too, and a turn of which the beginning is known already
    goes on as after one.
    """
    known = _KNOWN.get(type(row.event))
    if known is not None:
        yield from known(state, row, row.event)
    yield commands.WakeUp(cause=row.cause_seq)


def outside(event: Event) -> bool:
    """Whether such an event tells a fact from outside, which no code decided and none can decide anew."""
    return type(event) in _OUTSIDE


def certain(event: Event) -> bool:
    """Whether a turn that begins with such an event can come of the commands given here alone.

    Of others it may have come in a way that the journal does not tell: that they come out otherwise proves nothing.
    """
    return type(event) in _CERTAIN


def _opened(_state: State, row: Recorded, event: events.ContactOpened) -> Candidates:
    if event.call is not None:
        yield commands.ReportCallArrived(
            cause=row.cause_seq, call=event.call, pilot=event.pilot, party=event.party, data=event.data
        )
    else:
        yield commands.OpenContact(
            cause=row.cause_seq, channel=event.channel, destination=event.pilot, party=event.party, data=event.data
        )


def _replaced(_state: State, row: Recorded, event: events.CallReplaced) -> Candidates:
    yield commands.ReportCallReplaced(cause=row.cause_seq, call=event.call, by=event.by)


def _joined(_state: State, row: Recorded, event: events.MediaJoined) -> Candidates:
    yield commands.ReportMediaJoined(cause=row.cause_seq, contact=event.contact, session=event.session, port=event.port)


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
    yield from _of_agent(cause, event.agent)


def _released(state: State, row: Recorded, event: events.ContactReleased) -> Candidates:
    contact = state.contacts.get(event.contact)
    if contact is not None and contact.call is not None:
        yield commands.ReportCallEnded(
            cause=row.cause_seq, call=contact.call, released_by=event.released_by, cause_text=event.cause_text
        )
    yield commands.ReportForwarded(cause=row.cause_seq, contact=event.contact, reached=True, reason=event.cause_text)
    yield commands.FinishContact(cause=row.cause_seq, contact=event.contact, by=event.released_by)


def _queue_left(_state: State, row: Recorded, event: events.QueueLeft) -> Candidates:
    yield commands.ReportForwarded(cause=row.cause_seq, contact=event.contact, reached=True)


def _forward_failed(_state: State, row: Recorded, event: events.ForwardFailed) -> Candidates:
    yield commands.ReportForwarded(cause=row.cause_seq, contact=event.contact, reached=False, reason=event.reason)


def _logged_on(_state: State, row: Recorded, event: events.AgentLoggedOn) -> Candidates:
    yield commands.LogAgentOn(cause=row.cause_seq, agent=event.agent, device=event.device, origin=event.origin)


def _logged_off(_state: State, row: Recorded, event: events.AgentLoggedOff) -> Candidates:
    yield commands.LogAgentOff(cause=row.cause_seq, agent=event.agent, origin=event.origin)


def _ready(_state: State, row: Recorded, event: events.AgentBecameReady) -> Candidates:
    yield commands.SetAgentReady(cause=row.cause_seq, agent=event.agent, origin=event.origin)


def _not_ready(_state: State, row: Recorded, event: events.AgentBecameNotReady) -> Candidates:
    yield commands.SetAgentNotReady(cause=row.cause_seq, agent=event.agent, origin=event.origin, reason=event.reason)


def _wrap_up_ended(_state: State, row: Recorded, event: events.WrapUpEnded) -> Candidates:
    yield from _of_agent(row.cause_seq, event.agent)


def _of_agent(cause: int | None, agent: AgentId) -> Candidates:
    for origin in Origin:
        yield commands.SetAgentReady(cause=cause, agent=agent, origin=origin)
        yield commands.EndWrapUp(cause=cause, agent=agent, origin=origin)
        yield commands.SetAgentNotReady(cause=cause, agent=agent, origin=origin)


def _skills(_state: State, row: Recorded, event: events.AgentSkillsChanged) -> Candidates:
    yield commands.ChangeAgentSkills(cause=row.cause_seq, agent=event.agent, skills=event.skills, origin=event.origin)


def _groups(_state: State, row: Recorded, event: events.AgentGroupsChanged) -> Candidates:
    yield commands.ChangeAgentGroups(cause=row.cause_seq, agent=event.agent, groups=event.groups, origin=event.origin)


def _phone_free(_state: State, row: Recorded, event: events.PhoneBecameFree) -> Candidates:
    yield commands.ReportPhoneBusy(cause=row.cause_seq, device=event.device, busy=False)


def _phone_busy(_state: State, row: Recorded, event: events.PhoneBecameBusy) -> Candidates:
    yield commands.ReportPhoneBusy(cause=row.cause_seq, device=event.device, busy=True)


def _phone_silent(_state: State, row: Recorded, event: events.PhoneWentOutOfService) -> Candidates:
    yield commands.ReportPhoneService(cause=row.cause_seq, device=event.device, in_service=False)


def _phone_back(_state: State, row: Recorded, event: events.PhoneCameIntoService) -> Candidates:
    yield commands.ReportPhoneService(cause=row.cause_seq, device=event.device, in_service=True)


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


def _calendar(_state: State, row: Recorded, event: events.CalendarSet) -> Candidates:
    yield commands.SetCalendar(
        cause=row.cause_seq, calendar=event.calendar, state=event.state, until=event.until, origin=event.origin
    )


# The class of the event decides the function's third argument, which the type of a table cannot say.
_KNOWN: Final[Mapping[type[Event], Callable[[State, Recorded, Any], Candidates]]] = MappingProxyType(
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
        events.AgentLoggedOn: _logged_on,
        events.AgentLoggedOff: _logged_off,
        events.AgentBecameReady: _ready,
        events.AgentBecameNotReady: _not_ready,
        events.WrapUpEnded: _wrap_up_ended,
        events.AgentSkillsChanged: _skills,
        events.AgentGroupsChanged: _groups,
        events.PhoneBecameBusy: _phone_busy,
        events.PhoneBecameFree: _phone_free,
        events.PhoneWentOutOfService: _phone_silent,
        events.PhoneCameIntoService: _phone_back,
        events.PriorityChanged: _priority,
        events.ContactHeld: _held,
        events.ContactRetrieved: _held,
        events.ContactPickedUp: _picked_up,
        events.ConferenceChanged: _conference,
        events.CallbackCancelled: _cancelled,
        events.CalendarSet: _calendar,
    }
)

_CERTAIN: Final[frozenset[type[Event]]] = frozenset(
    {
        events.AgentBecameNotReady,
        events.AgentBecameReady,
        events.AgentGroupsChanged,
        events.AgentLoggedOn,
        events.AgentSkillsChanged,
        events.ContactOpened,
        events.ForwardFailed,
        events.MediaJoined,
        events.MediaRefused,
        events.OfferAlerted,
        events.PhoneBecameBusy,
        events.PhoneBecameFree,
        events.PhoneCameIntoService,
        events.RequestEnded,
        events.VerbEnded,
    }
)

_OUTSIDE: Final[frozenset[type[Event]]] = frozenset(
    {
        *_KNOWN,
        events.CallbackDialled,
        events.CallsSurveyed,
        events.ConsultationEnded,
        events.ConsultationStarted,
        events.ContactTransferred,
        events.LinkCameUp,
        events.LinkWentDown,
        events.PlanLoaded,
        events.SupervisionEnded,
        events.SupervisionStarted,
        events.WrapUpExtended,
    }
) - {events.PriorityChanged, events.OfferEnded, events.WrapUpEnded, events.QueueLeft}
