"""Calls and media: what the PBX and the media services report about a customer's call."""

from cti_server.contacts.contact import Contact, disposition_of, standing
from cti_server.contacts.offers import OfferState
from cti_server.engine.offering import end_offer, leave_media
from cti_server.engine.treatment import fail_treatment, run_flow, verb_done
from cti_server.engine.turn import Turn
from cti_server.vocabulary.commands import (
    ReportCallArrived,
    ReportCallEnded,
    ReportCallReplaced,
    ReportMediaJoined,
    ReportMediaLost,
    ReportMediaRefused,
    ReportVerbEnded,
)
from cti_server.vocabulary.events import (
    CallReplaced,
    ContactClosed,
    ContactOpened,
    ContactReleased,
    MediaJoined,
    MediaLeft,
    MediaRefused,
    VerbEnded,
    WrapUpEnded,
    WrapUpStarted,
)
from cti_server.vocabulary.ids import AgentId, ContactId, DeviceNumber
from cti_server.vocabulary.refusals import Refusal, RefusalCode
from cti_server.vocabulary.values import CallRef, Channel, ContactStage, OfferOutcome, ReleasedBy


def call_arrived(turn: Turn, command: ReportCallArrived) -> Refusal | None:
    """Open a contact and start its flow."""
    call = command.call
    known = turn.state.contact_of(call)
    if known is not None:
        text = f"call {call.call} on {call.link} is contact {known.id}"
        return Refusal(RefusalCode.ALREADY_KNOWN, text, {"contact": known.id})
    pilot = turn.state.pilot(call.link, command.pilot)
    flow = turn.state.newest_flow(pilot.flow) if pilot is not None else None
    if flow is None:
        text = f"no pilot {command.pilot} on {call.link} in the plan"
        return Refusal(RefusalCode.UNKNOWN_PILOT, text, {"pilot": command.pilot, "link": call.link})
    contact_id = ContactId(turn.state.last_contact + 1)
    turn.emit(
        ContactOpened(
            contact=contact_id,
            channel=Channel.VOICE,
            call=call,
            pilot=command.pilot,
            party=command.party,
            flow=flow.name,
            flow_version=flow.version,
        )
    )
    run_flow(turn, turn.state.contacts[contact_id])
    return None


def call_replaced(turn: Turn, command: ReportCallReplaced) -> Refusal | None:
    """Follow the call under its new identifier."""
    contact = turn.state.contact_of(command.call)
    if contact is None:
        return _unknown_call(command.call)
    if turn.state.contact_of(command.by) is not None:
        text = f"call {command.by.call} on {command.by.link} is known already"
        return Refusal(RefusalCode.ALREADY_KNOWN, text, {"call": command.by.call})
    turn.emit(CallReplaced(contact=contact.id, call=command.call, by=command.by))
    return None


def call_ended(turn: Turn, command: ReportCallEnded) -> Refusal | None:
    """The customer's call is over."""
    contact = turn.state.contact_of(command.call)
    if contact is None:
        return _unknown_call(command.call)
    release(turn, contact, command.released_by, command.cause_text)
    return None


def release(turn: Turn, contact: Contact, by: ReleasedBy, cause_text: str, cause: int | None = None) -> None:
    """End the contact by the stage that it stands in; wrap-up follows a talk."""
    talked = contact.stage is ContactStage.TALKING
    disposition = disposition_of(contact)
    if contact.offer is not None:
        offer = turn.state.offers[contact.offer]
        cause = end_offer(turn, offer, OfferOutcome.CALLER_GONE, cause_text, cause)
    released = ContactReleased(contact=contact.id, disposition=disposition, released_by=by, cause_text=cause_text)
    seq = turn.emit(released, cause)
    queue = turn.state.queue(contact.queue) if contact.queue is not None else None
    if talked and contact.agent is not None and queue is not None and queue.wrap_up > 0:
        deadline = turn.now + queue.wrap_up
        turn.emit(WrapUpStarted(contact=contact.id, agent=contact.agent, deadline=deadline), seq)
    else:
        turn.emit(ContactClosed(contact=contact.id), seq)


def end_wrap_up(turn: Turn, contact: Contact, agent: AgentId, cause: int | None = None) -> None:
    """The agent is done with the contact."""
    seq = turn.emit(WrapUpEnded(contact=contact.id, agent=agent), cause)
    turn.emit(ContactClosed(contact=contact.id), seq)


def media_joined(turn: Turn, command: ReportMediaJoined) -> Refusal | None:
    """The contact can be spoken to: its flow goes on, unless an agent rings meanwhile."""
    contact = turn.state.contacts.get(command.contact)
    if contact is None:
        return _unknown_contact(command.contact)
    if contact.session == command.session:
        text = f"contact {contact.id} is in session {command.session.session} already"
        return Refusal(RefusalCode.ALREADY_KNOWN, text, {"contact": contact.id})
    alerting = contact.offer is not None and turn.state.offers[contact.offer].state is OfferState.ALERTING
    if alerting or not _in_flow_or_queue(contact):
        return _too_late(contact, "is not on its way to a media port")
    leave_media(turn, contact, "joined another session")
    turn.emit(MediaJoined(contact=contact.id, session=command.session, port=DeviceNumber(command.port)))
    if contact.offer is None:
        run_flow(turn, contact)
    return None


def media_refused(turn: Turn, command: ReportMediaRefused) -> Refusal | None:
    """There is no media port: the flow goes on without sound."""
    contact = turn.state.contacts.get(command.contact)
    if contact is None:
        return _unknown_contact(command.contact)
    stale = command.cause is not None and command.cause < contact.media_seq
    if stale or not contact.media_requested:
        return _too_late(contact, "does not wait for a media port")
    turn.emit(MediaRefused(contact=contact.id, reason=command.reason))
    if contact.offer is None:
        run_flow(turn, contact, may_request=False)
    return None


def media_lost(turn: Turn, command: ReportMediaLost) -> Refusal | None:
    """The session is over and the call is not."""
    contact = turn.state.contacts.get(command.contact)
    if contact is None:
        return _unknown_contact(command.contact)
    if contact.session != command.session:
        return _too_late(contact, f"is not in session {command.session.session}")
    lose_media(turn, contact, command.reason, failed=command.failed)
    return None


def lose_media(turn: Turn, contact: Contact, reason: str, *, failed: bool) -> None:
    """Leave the session; unless an agent rings, media is asked for again, or the release that was under way.

    Where the session ``failed`` the flow goes on by the rule of the step that was heard.
    """
    if contact.session is None:
        return
    turn.emit(MediaLeft(contact=contact.id, session=contact.session, reason=reason))
    if contact.leaving:
        turn.release_call(contact)
    elif contact.stage in {ContactStage.TREATED, ContactStage.QUEUED}:
        if failed:
            fail_treatment(turn, contact, reason)
        else:
            run_flow(turn, contact)


def verb_ended(turn: Turn, command: ReportVerbEnded) -> Refusal | None:
    """The media service is done with what the contact's step asked of it."""
    contact = turn.state.contacts.get(command.contact)
    if contact is None:
        return _unknown_contact(command.contact)
    if contact.cursor.verb != command.verb:
        return _too_late(contact, f"does not wait for verb {command.verb}")
    ended = VerbEnded(contact=contact.id, verb=command.verb, outcome=command.outcome)
    turn.emit(ended, command.cause or contact.cursor.entered_seq)
    verb_done(turn, contact, command.outcome)
    return None


def _in_flow_or_queue(contact: Contact) -> bool:
    return standing(contact) and contact.stage is not ContactStage.TALKING


def _unknown_call(call: CallRef) -> Refusal:
    text = f"call {call.call} on {call.link} is no contact's"
    return Refusal(RefusalCode.UNKNOWN_CALL, text, {"call": call.call, "link": call.link})


def _unknown_contact(contact: ContactId) -> Refusal:
    return Refusal(RefusalCode.UNKNOWN_CONTACT, f"no open contact {contact}", {"contact": contact})


def _too_late(contact: Contact, why: str) -> Refusal:
    return Refusal(RefusalCode.TOO_LATE, f"contact {contact.id} {why}", {"contact": contact.id})
