"""From CSTA events and the mirror to commands: a pure function of what was seen."""

from collections.abc import Iterable, Sequence

from csta.calls import Call
from csta.causes import EventCause
from csta.identifiers import ConnectionID, DeviceID, Party
from csta.messages import Event, agents, call_events
from csta.states import ConnectionState
from cti_server.agents.agent import Agent
from cti_server.channels.voice.talks.following import conference_left, follow, taken_elsewhere, transferred
from cti_server.channels.voice.view import View, alive, number_of
from cti_server.contacts.contact import Contact
from cti_server.contacts.offers import Offer, OfferState
from cti_server.vocabulary.commands import (
    Command,
    LogAgentOff,
    LogAgentOn,
    ReportCallArrived,
    ReportCallEnded,
    ReportMediaRefused,
    ReportOfferAlerting,
    ReportOfferAnswered,
    ReportOfferFailed,
    SetAgentNotReady,
    SetAgentReady,
)
from cti_server.vocabulary.ids import AgentId, DeviceNumber
from cti_server.vocabulary.values import (
    AgentStatus,
    Channel,
    ContactStage,
    OfferOutcome,
    Origin,
    ReleasedBy,
    SurveyedCall,
    SurveyedConnection,
    Value,
    WorkState,
)

_OUTCOMES = {
    EventCause.BUSY: OfferOutcome.BUSY,
    EventCause.RECALL_BUSY: OfferOutcome.BUSY,
    EventCause.ACD_BUSY: OfferOutcome.BUSY,
    EventCause.CALL_NOT_ANSWERED: OfferOutcome.NO_ANSWER,
    EventCause.ALERT_TIME_EXPIRED: OfferOutcome.NO_ANSWER,
    EventCause.RECALL_NO_ANSWER: OfferOutcome.NO_ANSWER,
    EventCause.TIMEOUT: OfferOutcome.NO_ANSWER,
    EventCause.CALL_CANCELLED: OfferOutcome.REJECTED,
    EventCause.BLOCKED: OfferOutcome.REJECTED,
    EventCause.DO_NOT_DISTURB: OfferOutcome.REJECTED,
    EventCause.RESOURCES_NOT_AVAILABLE: OfferOutcome.CALL_NOT_MOVED,
    EventCause.RECALL_RESOURCES_NOT_AVAILABLE: OfferOutcome.CALL_NOT_MOVED,
    EventCause.CALL_INTERCEPTION_RESOURCES_NOT_AVAILABLE: OfferOutcome.CALL_NOT_MOVED,
    EventCause.NETWORK_CONGESTION: OfferOutcome.CALL_NOT_MOVED,
    EventCause.NETWORK_OUT_OF_ORDER: OfferOutcome.CALL_NOT_MOVED,
    EventCause.NETWORK_NOT_OBTAINABLE: OfferOutcome.CALL_NOT_MOVED,
    EventCause.TRUNKS_BUSY: OfferOutcome.CALL_NOT_MOVED,
    EventCause.SELECTED_TRUNK_BUSY: OfferOutcome.CALL_NOT_MOVED,
    EventCause.INVALID_CONNECTION: OfferOutcome.CALL_NOT_MOVED,
    EventCause.INVALID_CONNECTION_STATE: OfferOutcome.CALL_NOT_MOVED,
}
WORK = "work-after-call"
"""The reason of who pressed the work key without a contact to be wrapped up."""
_FORCED = frozenset({EventCause.FORCED_PAUSE, EventCause.FORCED_TRANSITION})
Arrival = call_events.Queued | call_events.Delivered
_RECALLS = frozenset({EventCause.RECALL, EventCause.RECALL_BUSY, EventCause.RECALL_NO_ANSWER})
_MOVED_ON = frozenset({EventCause.REDIRECTED, EventCause.SINGLE_STEP_TRANSFER, EventCause.TRANSFER})


def translate(event: Event, view: View, caller: str | None) -> Sequence[Command]:
    """The commands that the event stands for; most events stand for none.

    Args:
        event: what the PBX said; the mirror has it folded in already.
        view: the link as it stands after the event.
        caller: number of the call's calling device before the event, where it was known.
    """
    found: Sequence[Command] = ()
    match event:
        case call_events.Queued(queued_connection=at, cause=cause) if cause in _RECALLS:
            found = _came_back(at, number_of(event.last_redirection_device), cause, view)
        case (
            call_events.Queued(queued_connection=at, queue=pilot)
            | call_events.Delivered(connection=at, alerting_device=pilot)
        ):
            found = (*follow(event, view), *_arrived(at, pilot, number_of(event.calling_device) or caller, view, event))
        case call_events.Failed():
            found = (*follow(event, view), *_failed(event, view))
        case call_events.ConnectionCleared():
            found = (*follow(event, view), *_connection_cleared(event, view, caller))
        case call_events.CallCleared(cleared_call=gone):
            found = (*follow(event, view), *_over(gone.call_id, view, ReleasedBy.UNKNOWN, event.cause))
        case call_events.Transferred():
            found = transferred(event, view)
        case agents.AgentEvent():
            found = _agent(event, view)
        case _:
            found = follow(event, view)
    return found


def progress(call_id: str, view: View) -> Sequence[Command]:
    """What the mirror says of the contact's offer: its phone rings, or was answered, maybe after the offer's end."""
    contact = view.contact_of(call_id)
    if contact is None or contact.stage not in {ContactStage.QUEUED, ContactStage.OFFERED}:
        return ()
    if contact.channel is Channel.CALLBACK:
        return ()  # its call is the agent's own
    for offer in _offers(contact, view):
        at = view.connection_state(call_id, offer.device)
        if at is ConnectionState.CONNECTED:
            return (ReportOfferAnswered(cause=offer.seq, offer=offer.id),)
        if at is ConnectionState.ALERTING and offer.state is OfferState.HELD:
            return (ReportOfferAlerting(cause=offer.seq, offer=offer.id),)
    return taken_elsewhere(contact, call_id, view)


def surveyed(call: Call, view: View, ringing: Iterable[SurveyedConnection]) -> SurveyedCall:
    """A call as a survey shows it; ``ringing`` are phones that ring for it by calls of their own.

    Who calls, and what the PBX told with the call, is told of calls that are no contact's yet: a survey opens those
    that are at a pilot. What a PBX told while nobody listened no snapshot tells again.
    """
    ours = view.devices.pilots | view.devices.ports | view.devices.phones
    connections = [
        SurveyedConnection(DeviceNumber(device), str(one.state), device in ours)
        for device, one in call.connections.items()
        if one.state is not ConnectionState.NULL
    ]
    caller = number_of(call.calling)
    at_pilot = any(one.device in view.devices.pilots for one in connections)
    opens = at_pilot and view.contact_of(call.call_id) is None
    party = view.identify(f"tel:{caller}") if opens and caller is not None else None
    data = _told(call) if opens else {}
    return SurveyedCall(view.ref(call.call_id), (*connections, *ringing), party, data)


def outcome_of(cause: EventCause | None) -> OfferOutcome:
    """An offer's end by the PBX's reason; what is neither that nor the call's own trouble means unreachable."""
    return OfferOutcome.UNREACHABLE if cause is None else _OUTCOMES.get(cause, OfferOutcome.UNREACHABLE)


def _offers(contact: Contact, view: View) -> list[Offer]:
    """The open offers first, then the ended ones, newest first."""
    ids = list(contact.offers)
    ids += [offer for offer in reversed(contact.past_offers) if offer not in ids]
    found = (view.state.offers.get(offer) or view.state.past_offers.get(offer) for offer in ids)
    return [offer for offer in found if offer is not None]


def _arrived(
    at: ConnectionID, pilot: Party, caller: str | None, view: View, event: Arrival | None = None
) -> Sequence[Command]:
    number = number_of(pilot) or at.device_id
    if number not in view.devices.pilots or view.contact_of(at.call_id) is not None:
        return ()
    party = None if caller is None else view.identify(f"tel:{caller}")
    data = {} if event is None else _told(event)
    return (ReportCallArrived(call=view.ref(at.call_id), pilot=DeviceNumber(number), party=party, data=data),)


def _told(event: Arrival | Call) -> dict[str, Value]:
    """What the PBX tells with a call; octets as text where they are, else in hexadecimal.

    Not the caller's number: that is the party's.
    """
    data: dict[str, Value] = {}
    for name, octets in (("correlator", event.correlator_data), ("user_data", event.user_data)):
        if octets:
            data[name] = _text(octets)
    return data


def _text(octets: bytes) -> str:
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        return octets.hex()
    return text if text.isprintable() else octets.hex()


def _came_back(at: ConnectionID, tried: str | None, cause: EventCause | None, view: View) -> Sequence[Command]:
    """The PBX could not deliver the call and put it back into its pilot's queue."""
    contact = view.contact_of(at.call_id)
    if contact is None:
        return _arrived(at, DeviceID(at.device_id), view.caller(at.call_id), view)
    offer = None if contact.offer is None else view.state.offers.get(contact.offer)
    if offer is not None and tried == offer.device:
        text = f"back at {at.device_id}: {_word(cause)}"
        return (ReportOfferFailed(cause=offer.seq, offer=offer.id, outcome=outcome_of(cause), reason=text),)
    return ()


def _failed(event: call_events.Failed, view: View) -> Sequence[Command]:
    at = event.failed_connection
    contact = view.contact_of(at.call_id)
    if contact is None:
        return ()
    device = number_of(event.failing_device) or at.device_id
    offer = None if contact.offer is None else view.state.offers.get(contact.offer)
    if offer is not None and offer.device == device:
        outcome = outcome_of(event.cause)
        return (ReportOfferFailed(cause=offer.seq, offer=offer.id, outcome=outcome, reason=_word(event.cause)),)
    if device in view.devices.ports and contact.media_requested:
        reason = f"port {device}: {_word(event.cause)}"
        return (ReportMediaRefused(cause=contact.media_seq or None, contact=contact.id, reason=reason),)
    return ()


def _connection_cleared(event: call_events.ConnectionCleared, view: View, caller: str | None) -> Sequence[Command]:
    at = event.dropped_connection
    contact = view.contact_of(at.call_id)
    if contact is None:
        return ()
    if contact.stage is ContactStage.TALKING and at.device_id in contact.talk.devices:
        rest = conference_left(at, contact, view)
        if rest:
            return rest
    agent = None if contact.agent is None else view.state.agents.get(contact.agent)
    over = (
        at.device_id == caller
        or not alive(view.call(at.call_id))
        or (
            contact.stage is ContactStage.TALKING
            and agent is not None
            and agent.device == at.device_id
            and event.cause not in _MOVED_ON
        )
    )
    if not over:
        return ()
    released_by = _side(number_of(event.releasing_device) or at.device_id, caller, view, contact)
    return _over(at.call_id, view, released_by, event.cause)


def _over(call_id: str, view: View, released_by: ReleasedBy, cause: EventCause | None) -> Sequence[Command]:
    if view.contact_of(call_id) is None:
        return ()
    text = "" if cause is None else str(cause)
    return (ReportCallEnded(call=view.ref(call_id), released_by=released_by, cause_text=text),)


def _side(device: str, caller: str | None, view: View, contact: Contact) -> ReleasedBy:
    if contact.channel is Channel.CALLBACK:
        # It was the agent who called.
        return ReleasedBy.AGENT if device in view.devices.phones else ReleasedBy.CUSTOMER
    if device == caller:
        return ReleasedBy.CUSTOMER
    if device in view.devices.phones:
        return ReleasedBy.AGENT
    if device in view.devices.ports or device in view.devices.pilots:
        return ReleasedBy.SYSTEM
    return ReleasedBy.CUSTOMER if caller is None and device else ReleasedBy.UNKNOWN


def _agent(event: agents.AgentEvent, view: View) -> Sequence[Command]:
    device = number_of(event.agent_device)
    if device is None:
        return ()
    there = view.state.agent_at(DeviceNumber(device))
    agent = AgentId(event.agent_id) if event.agent_id else None if there is None else there.id
    if agent is None:
        return ()
    found: Command | None = None
    match event:
        case agents.AgentLoggedOn():
            found = LogAgentOn(agent=agent, device=DeviceNumber(device), origin=Origin.PHONE)
        case agents.AgentLoggedOff():
            found = LogAgentOff(agent=agent, origin=Origin.PHONE)
        case agents.AgentReady():
            found = SetAgentReady(agent=agent, origin=Origin.PHONE)
        case agents.AgentNotReady(cause=cause):
            # The event has no reason code (ECMA-323, AgentNotReadyEvent), but says where it was not the agent's wish.
            reason = "" if cause not in _FORCED else str(cause)
            found = SetAgentNotReady(agent=agent, origin=Origin.PHONE, reason=reason)
        case agents.AgentWorkingAfterCall() if there is not None and _wants_time(there):
            found = SetAgentNotReady(agent=agent, origin=Origin.PHONE, reason=WORK)
        case _:
            pass
    return () if found is None else (found,)


def _wants_time(agent: Agent) -> bool:
    """Whether the work key means anything new: who talks or wraps up is to work after the call anyway."""
    return agent.status is AgentStatus.READY and agent.work is WorkState.IDLE


def _word(cause: EventCause | None) -> str:
    return "no reason given" if cause is None else str(cause)
