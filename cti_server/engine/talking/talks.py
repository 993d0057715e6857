"""Talks: what agents do with a customer at the phone, from the answer until the call is over or given on.

The PBX is always right about calls: what is reported here has happened, and the contact follows.
"""

from collections.abc import Mapping

from cti_server.agents.agent import Agent, logged_on
from cti_server.contacts.contact import Contact
from cti_server.engine.calls import end_wrap_up, release
from cti_server.engine.offering import customer_gone, end_offer, leave_media
from cti_server.engine.treatment import run_flow
from cti_server.engine.turn import Turn
from cti_server.vocabulary.commands import (
    ReportConference,
    ReportConsultation,
    ReportHeld,
    ReportPickedUp,
    ReportTransferred,
)
from cti_server.vocabulary.events import (
    CallReplaced,
    ConferenceChanged,
    ConsultationEnded,
    ConsultationStarted,
    ContactAnswered,
    ContactHeld,
    ContactPickedUp,
    ContactRetrieved,
    ContactTransferred,
    PhoneBecameBusy,
    WrapUpStarted,
)
from cti_server.vocabulary.ids import AgentId, DeviceNumber
from cti_server.vocabulary.refusals import Refusal, RefusalCode
from cti_server.vocabulary.values import (
    CallRef,
    ContactStage,
    Disposition,
    OfferOutcome,
    ReleasedBy,
    TransferKind,
    WorkState,
)

RINGING = frozenset({ContactStage.QUEUED, ContactStage.OFFERED})


def held(turn: Turn, command: ReportHeld) -> Refusal | None:
    """The agent put the customer on hold, or came back; what other devices hold is none of ours."""
    contact = _talk_by(turn, command.call, command.device)
    if isinstance(contact, Refusal):
        return contact
    if contact.agent is None or contact.talk.held == command.held:
        return _no_change(contact, "is held already" if command.held else "is not held")
    event = ContactHeld if command.held else ContactRetrieved
    turn.emit(event(contact=contact.id, agent=contact.agent))
    return None


def consultation(turn: Turn, command: ReportConsultation) -> Refusal | None:
    """The agent asks somebody while the customer waits, or does so no more."""
    contact = _talk_by(turn, command.call, command.device)
    if isinstance(contact, Refusal):
        return contact
    under_way = contact.talk.consultation == command.consultation
    if contact.agent is None or under_way != command.over:
        return _no_change(contact, "consults nobody by that call" if command.over else "consults already")
    end_consultation(turn, contact)
    if not command.over:
        turn.emit(
            ConsultationStarted(
                contact=contact.id, agent=contact.agent, number=command.number, call=command.consultation
            )
        )
    return None


def transferred(turn: Turn, command: ReportTransferred) -> Refusal | None:
    """The customer's call was given on, by its agent or by somebody else in it; the contact goes with it."""
    before = command.before or command.call
    contact = turn.state.contact_of(before)
    if contact is None:
        return _unknown_call(before)
    joined, to = None if command.joined is None else turn.state.contact_of(command.joined), command.to
    if joined is not None and joined is not contact:
        if turn.state.pilot(before.link, to) is not None and joined.stage is ContactStage.TALKING:
            # Whoever answered in the queue that was asked talks: the call was sent to the pilot, and is there no more.
            to = _device_of(turn, joined) or to
        _becomes_the_customers(turn, joined, "joined by a transfer")
    _rename(turn, contact, command.call)
    if contact.stage is ContactStage.TALKING and _agent_at(turn, contact, command.device):
        _give_on(turn, contact, to)
    elif not turn.events:
        return _no_change(contact, f"is not talked to at {command.device}")
    return None


def conference(turn: Turn, command: ReportConference) -> Refusal | None:
    """Who talks with the customer now; where its agent is out of it, the contact is somebody else's."""
    contact = _talking(turn, command.call)
    if isinstance(contact, Refusal):
        return contact
    devices = tuple(sorted(command.devices))
    shown = devices if len(devices) > 1 else ()
    if shown != contact.talk.devices:
        if len(shown) > len(contact.talk.devices):
            _take_in(turn, contact, devices)
        end_consultation(turn, contact)
        if contact.talk.held and contact.agent is not None and len(shown) > len(contact.talk.devices):
            # Whom the agent asked came in: nobody is on hold any more, and the PBX has no event of its own for that.
            turn.emit(ContactRetrieved(contact=contact.id, agent=contact.agent))
        turn.emit(ConferenceChanged(contact=contact.id, devices=devices))
    device = _device_of(turn, contact)
    if device is not None and device not in devices:
        _agent_left(turn, contact, devices)
    elif not turn.events:
        return _no_change(contact, "is talked to by the same devices")
    return None


def picked_up(turn: Turn, command: ReportPickedUp) -> Refusal | None:
    """Another phone took the call that rang: its agent has the contact, or nobody's phone has."""
    contact = turn.state.contact_of(command.call)
    if contact is None:
        return _unknown_call(command.call)
    if contact.stage not in RINGING or contact.leaving:
        return _too_late(contact, "does not ring")
    customer_gone(turn, contact, f"picked up at {command.device}")
    taker = turn.state.agent_at(command.device)
    agent = taker.id if taker is not None and _make_free(turn, taker) else None
    turn.emit(ContactPickedUp(contact=contact.id, device=command.device, agent=agent))
    if agent is not None:
        turn.emit(ContactAnswered(contact=contact.id, agent=agent))
    leave_media(turn, contact, f"picked up at {command.device}")
    return None


def follow(turn: Turn, contact: Contact, places: Mapping[DeviceNumber, str]) -> None:
    """After a survey: what became of a talk while nobody saw it; ``places`` are the call's devices and their states."""
    device = _device_of(turn, contact)
    if device is None or contact.agent is None or contact.call is None:
        return
    if device not in places:
        others = tuple(sorted(places))
        end_consultation(turn, contact)
        _agent_left(turn, contact, others)
    elif (places[device] == "hold") != contact.talk.held:
        event = ContactRetrieved if contact.talk.held else ContactHeld
        turn.emit(event(contact=contact.id, agent=contact.agent))


def _take_in(turn: Turn, contact: Contact, devices: tuple[DeviceNumber, ...]) -> None:
    """Whoever answered in a queue that the agent asked takes part now: they were served nothing of their own.

    Their phone has a call that is a colleague's, so that nothing is to ring there before the PBX has said the same.
    """
    own = _device_of(turn, contact)
    for device in devices:
        agent = turn.state.agent_at(device)
        asked = None if agent is None or agent.contact is None else turn.state.contacts.get(agent.contact)
        if asked is None or asked is contact or asked.stage is not ContactStage.TALKING:
            continue
        if asked.call is not None and (asked.call == contact.talk.consultation or turn.number_of(asked.party) == own):
            if device not in turn.state.busy_phones:
                turn.emit(PhoneBecameBusy(device=device))
            _becomes_the_customers(turn, asked, "joined by a conference")


def _becomes_the_customers(turn: Turn, asked: Contact, why: str) -> None:
    """An agent's own call into the centre is a part of the customer's from here on; nobody has it to wrap up."""
    release(turn, asked, ReleasedBy.AGENT, why, disposition=Disposition.TRANSFERRED, work=False)


# --- giving on ------------------------------------------------------------------------------------------------------


def _give_on(turn: Turn, contact: Contact, to: DeviceNumber) -> None:
    """The agent is out; whose the contact is now goes by the number that it went to."""
    agent = contact.agent
    if agent is None or contact.call is None:
        return
    end_consultation(turn, contact)
    queue = turn.state.queue(contact.queue) if contact.queue is not None else None
    wrap_up = 0.0 if queue is None else queue.wrap_up
    taker = turn.state.agent_at(to)
    if turn.state.pilot(contact.call.link, to) is not None:
        seq = turn.emit(ContactTransferred(contact=contact.id, agent=agent, transfer=TransferKind.QUEUE, number=to))
        _let_go(turn, contact, agent, wrap_up, seq)
        run_flow(turn, contact)
    elif taker is not None and taker.id != agent and _make_free(turn, taker):
        given = ContactTransferred(contact=contact.id, agent=agent, transfer=TransferKind.AGENT, number=to, to=taker.id)
        _let_go(turn, contact, agent, wrap_up, turn.emit(given))
    else:
        given = ContactTransferred(contact=contact.id, agent=agent, transfer=TransferKind.OUTSIDE, number=to)
        seq = turn.emit(given)
        release(turn, contact, ReleasedBy.AGENT, "transferred", seq, disposition=Disposition.TRANSFERRED)


def _agent_left(turn: Turn, contact: Contact, others: tuple[DeviceNumber, ...]) -> None:
    """The agent is out of a call that goes on: an agent among the others has it, or a pilot, or the outside."""
    if contact.call is None:
        return
    link = contact.call.link
    to = next((one for one in others if turn.state.agent_at(one) is not None), None)
    to = to or next((one for one in others if turn.state.pilot(link, one) is not None), None)
    if to is None and not others:
        release(turn, contact, ReleasedBy.AGENT, "everybody left")
    else:
        _give_on(turn, contact, to or others[0])


def _let_go(turn: Turn, contact: Contact, agent: AgentId, wrap_up: float, cause: int) -> None:
    """Who talked wraps up, while the contact goes on with others; without a wrap-up the event itself has freed them."""
    if wrap_up > 0:
        turn.emit(WrapUpStarted(contact=contact.id, agent=agent, deadline=turn.now + wrap_up), cause)


def _make_free(turn: Turn, agent: Agent) -> bool:
    """Let an agent take a call that is theirs already; False where they have another one in hand.

    What rings at them for another contact cannot be answered now, and what they wrapped up is done.
    """
    spoken = agent.contact
    if spoken is None:
        return logged_on(agent)
    if agent.work is WorkState.RESERVED and agent.offer is not None:
        offer = turn.state.offers[agent.offer]
        end_offer(turn, offer, OfferOutcome.BUSY, "took another call")
        turn.to_run.append(offer.contact)
    elif agent.work is WorkState.WRAP_UP:
        end_wrap_up(turn, turn.state.contacts[spoken], agent.id)
    return agent.contact is None and logged_on(agent)


def _rename(turn: Turn, contact: Contact, call: CallRef) -> None:
    if contact.call is not None and contact.call != call and turn.state.contact_of(call) is None:
        turn.emit(CallReplaced(contact=contact.id, call=contact.call, by=call))


def end_consultation(turn: Turn, contact: Contact) -> None:
    """The agent consults nobody any more, if they did."""
    if contact.talk.consultation is not None and contact.agent is not None:
        turn.emit(ConsultationEnded(contact=contact.id, agent=contact.agent))


# --- whose talk it is -----------------------------------------------------------------------------------------------


def _talk_by(turn: Turn, call: CallRef, device: DeviceNumber) -> Contact | Refusal:
    contact = _talking(turn, call)
    if isinstance(contact, Refusal) or _agent_at(turn, contact, device):
        return contact
    return _no_change(contact, f"is not talked to at {device}")


def _talking(turn: Turn, call: CallRef) -> Contact | Refusal:
    contact = turn.state.contact_of(call)
    if contact is None:
        return _unknown_call(call)
    return contact if contact.stage is ContactStage.TALKING else _too_late(contact, "does not talk")


def _agent_at(turn: Turn, contact: Contact, device: DeviceNumber) -> bool:
    return _device_of(turn, contact) == device


def _device_of(turn: Turn, contact: Contact) -> DeviceNumber | None:
    """Where the contact's agent talks."""
    agent = None if contact.agent is None else turn.state.agents.get(contact.agent)
    return None if agent is None else agent.device


def _unknown_call(call: CallRef) -> Refusal:
    text = f"call {call.call} on {call.link} is no contact's"
    return Refusal(RefusalCode.UNKNOWN_CALL, text, {"call": call.call, "link": call.link})


def _too_late(contact: Contact, why: str) -> Refusal:
    return Refusal(RefusalCode.TOO_LATE, f"contact {contact.id} {why}", {"contact": contact.id})


def _no_change(contact: Contact, why: str) -> Refusal:
    return Refusal(RefusalCode.NO_CHANGE, f"contact {contact.id} {why}", {"contact": contact.id})
