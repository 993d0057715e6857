"""Reconciling: what the PBX and the media services say exists is compared with the state, and the state follows."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Final

from cti_server.contacts.contact import Contact, standing
from cti_server.contacts.offers import Offer, OfferState
from cti_server.engine.calls import call_arrived, forwarded, lose_media, media_joined, release, verb_ended
from cti_server.engine.offering import accept_answer, end_unanswered, leave_media, offer_alerting, offer_answered
from cti_server.engine.talking import talks
from cti_server.engine.treatment import repeat_step, run_flow, within_limits
from cti_server.engine.turn import Turn
from cti_server.vocabulary.commands import (
    ReportCallArrived,
    ReportCalls,
    ReportForwarded,
    ReportMediaJoined,
    ReportOfferAlerting,
    ReportOfferAnswered,
    ReportPickedUp,
    ReportSessions,
    ReportVerbEnded,
)
from cti_server.vocabulary.events import CallReplaced, CallsSurveyed, SessionsSurveyed
from cti_server.vocabulary.ids import CallId, ContactId, DeviceNumber, LinkName
from cti_server.vocabulary.parties import hidden
from cti_server.vocabulary.values import (
    ContactStage,
    Handover,
    OfferOutcome,
    ReleasedBy,
    SurveyedCall,
    SurveyedSession,
    VerbOutcome,
    VerbResult,
)

CONNECTED: Final = frozenset({"connected", "hold"})
"""ECMA-269 connection states of a device that has answered."""

PRESENT: Final = CONNECTED | {"alerting", "queued"}
"""ECMA-269 connection states of a device at which a call is or waits."""

OUTSIDE: Final = "outside-"
"""What devices are called that are none of the site's own, with a number to tell those of one call apart."""

Places = Mapping[DeviceNumber, str]
"""The devices of one surveyed call and their connection states."""


def calls_surveyed(turn: Turn, command: ReportCalls) -> None:
    """Let every contact of the link follow its call, and open contacts for calls at pilots that are not known."""
    calls = _concerning(turn, command.calls)
    survey = CallsSurveyed(link=command.link, calls=calls)
    link = turn.state.links.get(command.link)
    if link is not None and link.up and not link.surveyed:
        turn.emit(survey)
    else:
        turn.survey = survey
    found = {call.call.call: call for call in calls if call.call.link == command.link}
    contacts = sorted((turn.state.contacts[one] for one in turn.state.calls.get(command.link, {}).values()), key=_age)
    there = [(one, call) for one in contacts if (call := _call_of(turn, one, found)) is not None]
    for contact in contacts:
        if contact.call is not None and contact.call.call not in found:
            # Before the others are followed: who talked with them may have been given one of those.
            release(turn, contact, ReleasedBy.UNKNOWN, "gone when the link came back")
    for contact, call in there:
        if contact.talk.consultation is not None and contact.talk.consultation.call not in found:
            talks.end_consultation(turn, contact)
        _follow(turn, contact, _places(call))
    for call in calls:
        _open_unknown(turn, call)


def sessions_surveyed(turn: Turn, command: ReportSessions) -> None:
    """Let every contact in a session of the service follow it, and join those whose session came unnoticed."""
    sessions = _of_contacts(turn, [each for each in command.sessions if each.session.service == command.service])
    turn.survey = SessionsSurveyed(service=command.service, sessions=sessions)
    found = {each.session: each for each in sessions}
    for contact in sorted(turn.state.contacts.values(), key=lambda each: each.id):
        if contact.session is not None and contact.session.service == command.service:
            session = found.get(contact.session)
            if session is None:
                lose_media(turn, contact, "gone when the media service was asked", failed=True)
            else:
                _follow_session(turn, contact, session)
    for session in sorted(found.values(), key=lambda each: each.session.session):
        _join_unnoticed(turn, session)


# --- what of a survey concerns contacts -----------------------------------------------------------------------------


def _concerning(turn: Turn, calls: Iterable[SurveyedCall]) -> tuple[SurveyedCall, ...]:
    """The calls that anything can come of; what is decided looks at nothing else, so that it can be decided anew.

    Agents' private calls are not among them. Others than the site's own devices have no number here: which stands for
    which is of no account, and customers' numbers have no place in a journal.
    """
    state = turn.state
    consultations = {one.talk.consultation for one in state.contacts.values()} - {None}
    awaited = {offer.device for offer in state.offers.values()}
    awaited.update(*(_consulted_at(turn, one) for one in state.contacts.values()))
    known = awaited | set(state.devices) | {offer.device for offer in state.past_offers.values()}
    for one in state.contacts.values():
        known.update(one.talk.devices if one.port is None else (*one.talk.devices, one.port))
    found = []
    for call in calls:
        opens = state.contact_of(call.call) is None
        at_pilot = any(state.pilot(call.call.link, device) is not None for device in _places(call))
        if not opens or at_pilot or call.call in consultations or awaited & set(_places(call)):
            found.append(_without_others(turn, call, known, opens=opens and at_pilot))
    return tuple(found)


def _without_others(turn: Turn, call: SurveyedCall, known: AbstractSet[DeviceNumber], *, opens: bool) -> SurveyedCall:
    """The call with its devices that count; who calls, and what is known of the call, only where it may open one."""
    others: dict[DeviceNumber, DeviceNumber] = {}
    connections = []
    for one in call.connections:
        if one.state not in PRESENT:
            continue
        if not (one.ours or one.device in known or turn.state.pilot(call.call.link, one.device) is not None):
            other = others.setdefault(one.device, DeviceNumber(f"{OUTSIDE}{len(others) + 1}"))
            connections.append(replace(one, device=other))
        else:
            connections.append(one)
    if not opens:
        return SurveyedCall(call.call, tuple(connections))
    data = hidden(within_limits(call.data), call.party, turn.number_of(call.party))
    return SurveyedCall(call.call, tuple(connections), call.party, data)


def _of_contacts(turn: Turn, sessions: Iterable[SurveyedSession]) -> tuple[SurveyedSession, ...]:
    """The contacts' sessions as far as they are looked at: of verbs that nobody waits for only how they ended."""
    verbs = {one.session: one.cursor.verb for one in turn.state.contacts.values() if one.session is not None}
    found = []
    for each in sessions:
        if each.session not in verbs and (each.call is None or turn.state.contact_of(each.call) is None):
            continue
        asked = each.verb is not None and verbs.get(each.session) == each.verb
        if each.outcome is None or asked:
            found.append(each)
        else:
            found.append(replace(each, outcome=VerbOutcome(each.outcome.result)))
    return tuple(found)


def _places(call: SurveyedCall) -> Places:
    return {each.device: each.state for each in call.connections if each.state in PRESENT}


def _moved_call(turn: Turn, contact: Contact, found: Mapping[CallId, SurveyedCall]) -> SurveyedCall | None:
    """The call under the new identifier that a transfer to an agent gave it while the link was down.

    Only a single call that nobody knows, at the very device that the contact was to ring at, is taken for it. A phone
    that rang already rang for the call under its known name, unless a media port had consulted the agent.
    """
    offers = [turn.state.offers[number] for number in contact.offers]
    devices = {
        offer.device
        for offer in offers
        if offer.device not in turn.state.busy_phones
        and (offer.state is not OfferState.ALERTING or offer.shared or _consulted(turn, contact))
    }
    if contact.call is None or not devices:
        return None
    unknown = [
        call for call in found.values() if turn.state.contact_of(call.call) is None and devices & set(_places(call))
    ]
    if len(unknown) != 1:
        return None
    turn.emit(CallReplaced(contact=contact.id, call=contact.call, by=unknown[0].call))
    return unknown[0]


def _age(contact: Contact) -> ContactId:
    return contact.id


def _call_of(turn: Turn, contact: Contact, found: Mapping[CallId, SurveyedCall]) -> SurveyedCall | None:
    """The contact's call, by whatever identifier; None where it is over."""
    if contact.call is None:
        return None
    return found.get(contact.call.call) or _moved_call(turn, contact, found) or _given_on(turn, contact, found)


def _given_on(turn: Turn, contact: Contact, found: Mapping[CallId, SurveyedCall]) -> SurveyedCall | None:
    """The call under the identifier that it has since its agent gave it on to whom they had consulted."""
    agent = turn.state.agents.get(contact.agent) if contact.agent is not None else None
    consulted = _consulted_at(turn, contact)
    if contact.call is None or agent is None or agent.device is None or not consulted:
        return None
    taken = [
        call
        for call in found.values()
        if consulted & set(_places(call))
        and agent.device not in _places(call)
        and turn.state.contact_of(call.call) is None
    ]
    if len(taken) != 1:
        return None
    turn.emit(CallReplaced(contact=contact.id, call=contact.call, by=taken[0].call))
    return taken[0]


def _consulted_at(turn: Turn, contact: Contact) -> set[DeviceNumber]:
    """The phones of those whom the contact's agent consults: of a queue, who has answered there or is asked to.

    A pilot is none: others call it, too.
    """
    talk = contact.talk
    if talk.consultation is None or talk.consulted is None:
        return set()
    asked = turn.state.contact_of(talk.consultation)
    if asked is None:
        return set() if turn.state.pilot(talk.consultation.link, talk.consulted) is not None else {talk.consulted}
    agent = None if asked.agent is None else turn.state.agents.get(asked.agent)
    there = {turn.state.offers[number].device for number in asked.offers}
    return there if agent is None or agent.device is None else there | {agent.device}


def _consulted(turn: Turn, contact: Contact) -> bool:
    queue = turn.state.queue(contact.queue) if contact.queue is not None else None
    return queue is not None and queue.move is Handover.CONSULTATION


def _follow(turn: Turn, contact: Contact, places: Places) -> None:
    match contact.stage:
        case ContactStage.OFFERED:
            _follow_offered(turn, contact, places)
        case ContactStage.TREATED | ContactStage.QUEUED:
            if not (_answered_meanwhile(turn, contact, places) or _taken_meanwhile(turn, contact, places)):
                _follow_in_flow(turn, contact, places)
        case ContactStage.FORWARDED:
            _follow_forwarded(turn, contact, places)
        case ContactStage.TALKING:
            talks.follow(turn, contact, places)
        case _:
            pass


def _follow_offered(turn: Turn, contact: Contact, places: Places) -> None:
    """Whoever of those who ring has answered has the contact; else each of them rings on, or is asked for again.

    Of a callback the agent's phone says nothing: it is off-hook before the customer answers. Dialling follows that.
    """
    if contact.callback is not None:
        return
    offers = [turn.state.offers[number] for number in contact.offers]
    taken = next((offer for offer in offers if places.get(offer.device) in CONNECTED), None)
    if taken is not None:
        accept_answer(turn, taken)
        talks.follow(turn, contact, places)  # they may have put the customer on hold since
        return
    if all(offer.device not in places for offer in offers) and (
        _answered_meanwhile(turn, contact, places) or _taken_meanwhile(turn, contact, places)
    ):
        return
    for offer in offers:
        _follow_ringing(turn, contact, offer, places)


def _follow_ringing(turn: Turn, contact: Contact, offer: Offer, places: Places) -> None:
    if offer.device in places:
        if offer.state is OfferState.HELD:
            at_port = contact.port is not None and contact.port in places
            offer_alerting(turn, ReportOfferAlerting(offer=offer.id, media_stays=at_port))
    elif offer.state is OfferState.ALERTING:
        end_unanswered(turn, offer, OfferOutcome.UNREACHABLE, "the call does not ring there any more")
    else:
        turn.move_to_agent(contact, offer)


def _follow_forwarded(turn: Turn, contact: Contact, places: Places) -> None:
    """A call that two talk in, neither of them a media port, has reached its number; else its time will tell."""
    ours = contact.port is not None and contact.port in places
    talking = [device for device, state in places.items() if state in CONNECTED]
    if not ours and len(talking) == len(places) > 1 and not _strayed(turn, contact, places):
        reached = "found there when the link came back"
        forwarded(turn, ReportForwarded(contact=contact.id, reached=True, reason=reached))


def _strayed(turn: Turn, contact: Contact, places: Places) -> bool:
    """Whether the call is at a pilot or at an agent's phone that is not the customer's own."""
    link = contact.call.link if contact.call is not None else LinkName("")
    others = places.keys() - {turn.number_of(contact.party)}
    return any(
        turn.state.pilot(link, device) is not None or turn.state.agent_at(device) is not None for device in others
    )


def _answered_meanwhile(turn: Turn, contact: Contact, places: Places) -> bool:
    """Whether an agent whose offer had ended is found talking with the contact."""
    for number in reversed(contact.past_offers):
        past = turn.state.past_offers[number]
        if places.get(past.device) in CONNECTED:
            answered = offer_answered(turn, ReportOfferAnswered(offer=number)) is None
            if answered:
                talks.follow(turn, contact, places)
            return answered
    return False


def _taken_meanwhile(turn: Turn, contact: Contact, places: Places) -> bool:
    """Whether the customer is found talking with somebody who was not asked: who answered gave the call on.

    Only a talk is taken for one: all devices of the call are connected, and none is the media port. An agent's phone
    that is not the customer's own tells it by itself; any other only where the call cannot be at a port or a pilot.
    """
    ours = contact.port is not None and contact.port in places
    if contact.call is None or ours or len(places) < 2 or not CONNECTED.issuperset(places.values()):
        return False
    customer = turn.number_of(contact.party)
    others = [each for each in sorted(places) if each != customer]
    takers = [each for each in others if turn.state.agent_at(each) is not None]
    if not takers and _strayed(turn, contact, places):
        return False
    if not takers and _left_us(turn, contact):
        takers = others
    return bool(takers) and talks.picked_up(turn, ReportPickedUp(call=contact.call, device=takers[0])) is None


def _left_us(turn: Turn, contact: Contact) -> bool:
    """Whether a call that is not at the port where it was last known to be can be at no other one either.

    A port that a call was sent to is not known before it has answered, and those of a media service that is away are
    not known at all: after such a wish only a phone that the call itself rang at says that it has left them.
    """
    if contact.media_requested:
        return False
    rung = [turn.state.offers[number] for number in contact.offers if not _consulted(turn, contact)]
    rang = any(offer.state is OfferState.ALERTING and not offer.shared for offer in rung)
    return contact.session is not None or rang or not contact.media_seq


def _follow_in_flow(turn: Turn, contact: Contact, places: Places) -> None:
    """A call at a pilot or at an agent's phone must be brought to a media port, as must one that is still waited for.

    Asking twice is harmless; a request that fell into the time without a link would else be lost.
    """
    if contact.leaving and contact.cursor.verb is None:
        turn.release_call(contact)
        return
    if _strayed(turn, contact, places):
        leave_media(turn, contact, "the call is not at the media port")
    if contact.cursor.request is not None:
        repeat_step(turn, contact)  # what was asked may have got lost with us
        return
    if contact.cursor.entered or contact.session is not None:
        return
    if contact.stage is ContactStage.QUEUED:
        turn.to_run.append(contact.id)  # an agent may be free for it
    else:
        run_flow(turn, contact)


def _open_unknown(turn: Turn, call: SurveyedCall) -> None:
    if turn.state.contact_of(call.call) is not None:
        return
    for device in sorted(_places(call)):
        if turn.state.pilot(call.call.link, device) is not None:
            arrived = ReportCallArrived(call=call.call, pilot=device, party=call.party, data=call.data)
            call_arrived(turn, arrived)
            return


def _follow_session(turn: Turn, contact: Contact, session: SurveyedSession) -> None:
    verb = contact.cursor.verb
    if verb is None:
        return
    if session.verb != verb:
        repeat_step(turn, contact)
    elif session.outcome is not None:
        verb_ended(turn, ReportVerbEnded(contact=contact.id, verb=verb, outcome=session.outcome))


def _join_unnoticed(turn: Turn, session: SurveyedSession) -> None:
    """An answered session of a call whose contact waits for media: the report of it got lost."""
    contact = turn.state.contact_of(session.call) if session.call is not None else None
    answered = session.outcome is not None and session.outcome.result is VerbResult.FINISHED
    if contact is not None and standing(contact) and contact.media_requested and contact.session is None and answered:
        joined = ReportMediaJoined(
            contact=contact.id, session=session.session, port=session.port, traceparent=session.traceparent
        )
        media_joined(turn, joined)
