"""Calls and media: what the PBX and the media services report about a customer's call."""

from cti_server.contacts.contact import Contact, disposition_of, in_flow, in_line, standing
from cti_server.contacts.offers import OfferState
from cti_server.engine import callbacks
from cti_server.engine.fold.queueing import gave_up_soon
from cti_server.engine.offering import customer_gone, leave_media
from cti_server.engine.treatment import fail_treatment, forward_failed, run_flow, verb_done, within_limits
from cti_server.engine.trials.choosing import flow_at_pilot
from cti_server.engine.turn import Turn
from cti_server.queues.counters import outcome_of
from cti_server.vocabulary.commands import (
    FinishContact,
    OpenContact,
    ReportCallArrived,
    ReportCallEnded,
    ReportCallReplaced,
    ReportForwarded,
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
    QueueLeft,
    VerbEnded,
    WrapUpEnded,
    WrapUpStarted,
)
from cti_server.vocabulary.ids import AgentId, ContactId, DeviceNumber
from cti_server.vocabulary.parties import hidden
from cti_server.vocabulary.refusals import Refusal, RefusalCode
from cti_server.vocabulary.values import SPOKEN, CallRef, Channel, ContactStage, Disposition, QueueOutcome, ReleasedBy


def call_arrived(turn: Turn, command: ReportCallArrived) -> Refusal | None:
    """Open a contact and start its flow."""
    call = command.call
    known = turn.state.contact_of(call)
    if known is not None:
        text = f"call {call.call} on {call.link} is contact {known.id}"
        return Refusal(RefusalCode.ALREADY_KNOWN, text, {"contact": known.id})
    pilot = turn.state.pilot(call.link, command.pilot)
    if call.link in turn.state.draining:
        text = f"link {call.link} drains: the PBX keeps call {call.call}"
        return Refusal(RefusalCode.NOT_POSSIBLE, text, {"link": call.link})
    contact_id = ContactId(turn.state.last_contact + 1)
    flow, trial = (None, None) if pilot is None else flow_at_pilot(turn.state, pilot, contact_id)
    if flow is None:
        text = f"no pilot {command.pilot} on {call.link} in the plan"
        return Refusal(RefusalCode.UNKNOWN_PILOT, text, {"pilot": command.pilot, "link": call.link})
    turn.emit(
        ContactOpened(
            contact=contact_id,
            channel=Channel.VOICE,
            call=call,
            pilot=command.pilot,
            party=command.party,
            flow=flow.name,
            flow_version=flow.version,
            data=hidden(within_limits(command.data), command.party, turn.number_of(command.party)),
            internal=pilot.agent_line if pilot is not None else False,
            trial=trial,
        )
    )
    run_flow(turn, turn.state.contacts[contact_id])
    return None


def open_contact(turn: Turn, command: OpenContact) -> Refusal | None:
    """Open a contact of a channel without calls and start the flow of the address that it came to."""
    facts = {"channel": command.channel.value, "destination": command.destination}
    if command.channel in SPOKEN:
        return Refusal(RefusalCode.NOT_POSSIBLE, f"a {command.channel} contact begins otherwise", facts)
    name = turn.state.plan.destinations.get(command.destination)
    flow = turn.state.newest_flow(name) if name is not None else None
    if flow is None:
        text = f"no destination {command.destination} in the plan"
        return Refusal(RefusalCode.UNKNOWN_DESTINATION, text, facts)
    contact_id = ContactId(turn.state.last_contact + 1)
    turn.emit(
        ContactOpened(
            contact=contact_id,
            channel=command.channel,
            call=None,
            pilot=DeviceNumber(command.destination),
            party=command.party,
            flow=flow.name,
            flow_version=flow.version,
            data=hidden(within_limits(command.data), command.party, turn.number_of(command.party)),
        )
    )
    run_flow(turn, turn.state.contacts[contact_id])
    return None


def finish_contact(turn: Turn, command: FinishContact) -> Refusal | None:
    """A contact without a call is over."""
    contact = turn.state.contacts.get(command.contact)
    if contact is None:
        return _unknown_contact(command.contact)
    if contact.channel in SPOKEN:
        text = f"contact {contact.id} is over when its call is"
        return Refusal(RefusalCode.NOT_POSSIBLE, text, {"contact": contact.id})
    if not standing(contact):
        return _too_late(contact, "is over already")
    if command.by is ReleasedBy.AGENT and contact.stage is not ContactStage.TALKING:
        return _too_late(contact, "is no agent's")
    release(turn, contact, command.by, "finished")
    return None


def close_over(turn: Turn) -> None:
    """End the contacts without a call whose flow has come to its end in this turn."""
    for number in turn.over:
        contact = turn.state.contacts.get(number)
        if contact is not None and standing(contact):
            release(turn, contact, ReleasedBy.SYSTEM, "the flow is at its end")
    turn.over.clear()


def forwarded(turn: Turn, command: ReportForwarded) -> Refusal | None:
    """The call is at the number outside, so that nothing is left to do for it; or its flow goes on."""
    contact = turn.state.contacts.get(command.contact)
    if contact is None:
        return _unknown_contact(command.contact)
    if contact.stage is not ContactStage.FORWARDED:
        return _too_late(contact, "is not on its way to a number outside")
    if not command.reached:
        forward_failed(turn, contact, command.reason)
        return None
    if contact.queue is not None:
        turn.emit(QueueLeft(contact=contact.id, queue=contact.queue, outcome=QueueOutcome.TRANSFERRED))
    release(turn, contact, ReleasedBy.SYSTEM, command.reason, disposition=Disposition.TRANSFERRED)
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


def release(
    turn: Turn,
    contact: Contact,
    by: ReleasedBy,
    cause_text: str,
    cause: int | None = None,
    *,
    disposition: Disposition | None = None,
    work: bool = True,
) -> None:
    """End the contact by the stage that it stands in, or by the ``disposition`` given; wrap-up follows a talk.

    Without ``work`` there is none to be wrapped up. The contact is closed when nobody wraps it up any more.
    """
    if callbacks.call_ended(turn, contact, cause_text):
        return
    talked = contact.stage is ContactStage.TALKING and work
    found = disposition or disposition_of(contact)
    left = None
    if contact.answered_at is not None:
        left = outcome_of(found) if in_line(contact) else None
        found = Disposition.ANSWERED  # and stays so, whatever came after the talk
    short = in_line(contact) and gave_up_soon(turn.state, contact, left or outcome_of(found), turn.now)
    cause = customer_gone(turn, contact, cause_text, cause)
    released = ContactReleased(
        contact=contact.id, disposition=found, released_by=by, cause_text=cause_text, left=left, short=short
    )
    seq = turn.emit(released, cause)
    queue = turn.state.queue(contact.queue) if contact.queue is not None else None
    if talked and contact.agent is not None and queue is not None and queue.wrap_up > 0:
        deadline = turn.now + queue.wrap_up
        turn.emit(WrapUpStarted(contact=contact.id, agent=contact.agent, deadline=deadline), seq)
    elif not contact.wrapping:
        turn.emit(ContactClosed(contact=contact.id), seq)
    callbacks.after_release(turn, contact)


def end_wrap_up(turn: Turn, contact: Contact, agent: AgentId, cause: int | None = None) -> None:
    """The agent is done with the contact, which is closed where it is over and nobody else wraps it up."""
    seq = turn.emit(WrapUpEnded(contact=contact.id, agent=agent), cause)
    if not standing(contact) and not contact.wrapping:
        turn.emit(ContactClosed(contact=contact.id), seq)


def media_joined(turn: Turn, command: ReportMediaJoined) -> Refusal | None:
    """The contact can be spoken to: its flow goes on, unless an agent or a number outside rings meanwhile."""
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
    port = DeviceNumber(command.port)
    traceparent = command.traceparent
    turn.emit(MediaJoined(contact=contact.id, session=command.session, port=port, traceparent=traceparent))
    if contact.leaving and contact.cursor.verb is None:
        turn.release_call(contact)
    elif in_flow(contact):
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
    # Who keys in the very number that they call from.
    outcome = hidden(command.outcome, contact.party, turn.number_of(contact.party))
    ended = VerbEnded(contact=contact.id, verb=command.verb, outcome=outcome)
    turn.emit(ended, command.cause or contact.cursor.entered_seq)
    verb_done(turn, contact, outcome)
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
