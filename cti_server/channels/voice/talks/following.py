"""What agents do with a customer at the phone, from CSTA events to commands: a pure function of what was seen."""

from collections.abc import Sequence

from csta.causes import EventCause
from csta.identifiers import ConnectionID, DeviceID
from csta.messages import BackInService, Event, OutOfService, call_events
from csta.messages.structures import ConnectionListItem
from csta.states import ConnectionState
from cti_server.channels.voice.view import View, number_of
from cti_server.contacts.contact import Contact
from cti_server.vocabulary.commands import (
    Command,
    ReportCallEnded,
    ReportCallReplaced,
    ReportConference,
    ReportConsultation,
    ReportHeld,
    ReportPhoneService,
    ReportPickedUp,
    ReportTransferred,
)
from cti_server.vocabulary.ids import DeviceNumber
from cti_server.vocabulary.values import ContactStage, ReleasedBy

_RINGING = frozenset({ContactStage.QUEUED, ContactStage.OFFERED})
_TALKS = frozenset({ConnectionState.CONNECTED, ConnectionState.HOLD})


def follow(event: Event, view: View) -> Sequence[Command]:
    """The commands that the event stands for, beside those of `translate`; the mirror has it folded in already."""
    found: Sequence[Command] = ()
    match event:
        case call_events.Held(held_connection=at):
            found = _held(at, view, held=True)
        case call_events.Retrieved(retrieved_connection=at):
            found = _held(at, view, held=False)
        case (
            call_events.Originated(originated_connection=at)
            | call_events.Delivered(connection=at)
            | call_events.Established(established_connection=at)
        ):
            found = _consults(at.call_id, view)
        case call_events.ConnectionCleared(dropped_connection=at):
            found = _consultation_left(at, view)
        case call_events.CallCleared(cleared_call=at) | call_events.Failed(failed_connection=at):
            found = _consultation_over(at.call_id, view)
        case call_events.Conferenced():
            found = _conferenced(event, view)
        case call_events.Diverted(cause=EventCause.CALL_PICKUP):
            found = _picked_up(event, view)
        case OutOfService() | BackInService():
            found = _service(event, view)
        case _:
            pass
    return found


def transferred(event: call_events.Transferred, view: View) -> Sequence[Command]:
    """The customer's call has a new name: it is the one that was held, or, after a consultation, either of the two.

    Where it was the contact's agent who gave it on, the contact goes with it; else it is the port that handed it over.
    """
    olds = [one for one in (event.primary_old_call, event.secondary_old_call) if one is not None]
    known = [(old, contact) for old in olds if (contact := view.contact_of(old.call_id)) is not None]
    if not known:
        return ()
    items = event.transferred_connections
    device = number_of(event.transferring_device)
    old, contact = next((one for one in known if _gives_on(one[1], device, view)), known[0])
    new = _new_call(items, old.call_id)
    if not _gives_on(contact, device, view):
        return () if new is None else (ReportCallReplaced(call=view.ref(old.call_id), by=view.ref(new)),)
    call = old.call_id if new is None else new
    giver = view.agent_device(contact)
    others = [one.call_id for one in olds if one.call_id != old.call_id]
    to = number_of(event.transferred_to_device) or _other_end(items, old.call_id, giver)
    if giver is None or to is None:
        return () if new is None else (ReportCallReplaced(call=view.ref(old.call_id), by=view.ref(new)),)
    return (
        ReportTransferred(
            call=view.ref(call),
            device=giver,
            to=DeviceNumber(to),
            connected=view.connection_state(call, to) is ConnectionState.CONNECTED,
            before=view.ref(old.call_id),
            joined=view.ref(others[0]) if others else None,
        ),
    )


def conference_left(at: ConnectionID, contact: Contact, view: View) -> Sequence[Command]:
    """Somebody beside the customer left a conference that goes on."""
    rest = tuple(
        device
        for device in contact.talk.devices
        if device != at.device_id and view.connection_state(at.call_id, device) is not ConnectionState.NULL
    )
    return (ReportConference(call=view.ref(at.call_id), devices=rest),) if rest else ()


def taken_elsewhere(contact: Contact, call_id: str, view: View) -> Sequence[Command]:
    """Whether a phone that it was not offered to has the call that rings: it was picked up there."""
    call = view.call(call_id)
    offered = {offer.device for offer in view.state.offers.values() if offer.contact == contact.id}
    if call is None or contact.stage not in _RINGING or not offered:
        return ()
    caller = view.caller(call_id)
    for device, connection in call.connections.items():
        taken = connection.state is ConnectionState.CONNECTED and device in view.devices.phones
        if taken and device != caller and device not in offered:
            return (ReportPickedUp(call=view.ref(call_id), device=DeviceNumber(device)),)
    return ()


def _service(event: OutOfService | BackInService, view: View) -> Sequence[Command]:
    number = number_of(event.device)
    if number is None or number not in view.devices.phones:
        return ()
    return (ReportPhoneService(device=DeviceNumber(number), in_service=isinstance(event, BackInService)),)


# --- hold and consultation ------------------------------------------------------------------------------------------


def _held(at: ConnectionID, view: View, *, held: bool) -> Sequence[Command]:
    contact = view.contact_of(at.call_id)
    if contact is None or view.agent_device(contact) != at.device_id or contact.talk.held == held:
        return ()
    if contact.talk.supervisors:
        return ()  # the agent's phone is on its way into the supervisors' room, or out of it
    return (ReportHeld(call=view.ref(at.call_id), device=DeviceNumber(at.device_id), held=held),)


def _consults(call_id: str, view: View) -> Sequence[Command]:
    """A call that a phone makes which talks with a customer already: the agent asks somebody."""
    call = view.call(call_id)
    calling = None if call is None else number_of(call.calling)
    contact = None if calling is None else view.talk_at(calling)
    if call is None or calling is None or contact is None or contact.call is None:
        return ()
    if contact.call.call == call_id or contact.talk.consultation is not None:
        return ()
    if view.connection_state(call_id, calling) is ConnectionState.NULL:
        return ()
    number = number_of(call.called) or next((one for one in call.connections if one != calling), "")
    if number in view.devices.ports:
        return ()  # likewise
    return (
        ReportConsultation(
            call=contact.call,
            device=DeviceNumber(calling),
            number=DeviceNumber(number),
            consultation=view.ref(call_id),
        ),
    )


def _consultation_left(at: ConnectionID, view: View) -> Sequence[Command]:
    contact = view.talk_at(at.device_id)
    if contact is None or contact.talk.consultation != view.ref(at.call_id):
        return ()
    return _over(contact, view)


def _consultation_over(call_id: str, view: View) -> Sequence[Command]:
    call = view.ref(call_id)
    for agent in view.state.agents.values():
        contact = None if agent.contact is None else view.state.contacts.get(agent.contact)
        if contact is not None and contact.talk.consultation == call:
            left = agent.device is None or view.connection_state(call_id, agent.device) is ConnectionState.NULL
            return _over(contact, view) if left else ()
    return ()


def _over(contact: Contact, view: View) -> Sequence[Command]:
    device, talk = view.agent_device(contact), contact.talk
    if device is None or talk.consultation is None or contact.call is None:
        return ()
    number = talk.consulted or DeviceNumber("")
    return (
        ReportConsultation(call=contact.call, device=device, number=number, consultation=talk.consultation, over=True),
    )


# --- conference and pickup ------------------------------------------------------------------------------------------


def _conferenced(event: call_events.Conferenced, view: View) -> Sequence[Command]:
    """One call of several parties: the contact's is among the calls that it was made of."""
    olds = [one.call_id for one in (event.primary_old_call, event.secondary_old_call) if one is not None]
    talks = [(old, contact) for old in olds if (contact := view.contact_of(old)) is not None]
    talks = [(old, contact) for old, contact in talks if contact.stage is ContactStage.TALKING]
    if not talks:
        return ()
    device = number_of(event.conferencing_device)
    old, contact = next((one for one in talks if view.agent_device(one[1]) == device), talks[0])
    items = event.conference_connections
    call = _new_call(items, old) or old
    ours: set[str | None] = {view.agent_device(contact), *contact.talk.devices}
    olds_of = [item.old_connection for item in items if item.old_connection is not None]
    customers: set[str | None] = {one.device_id for one in olds_of if one.call_id == old}
    customers -= ours
    everybody = {item.new_connection.device_id for item in items if item.new_connection is not None}
    # A media port in the talk is no party: it is there for those who supervise it.
    devices = everybody - (customers or {view.caller(call)}) - view.devices.ports
    replaced = (ReportCallReplaced(call=view.ref(old), by=view.ref(call)),) if call != old else ()
    told = ReportConference(call=view.ref(call), devices=tuple(DeviceNumber(one) for one in sorted(devices)))
    return (*replaced, told)


def _picked_up(event: call_events.Diverted, view: View) -> Sequence[Command]:
    """A phone that nobody monitors took the call: that is the last that we hear of it."""
    at, to = event.connection, event.new_destination
    contact = view.contact_of(at.call_id)
    if contact is None or contact.stage not in _RINGING or not isinstance(to, DeviceID):
        return ()
    if to.number in view.devices.phones:
        return ()  # its own monitor tells when it has the call
    taken = ReportPickedUp(call=view.ref(at.call_id), device=DeviceNumber(to.number))
    gone = ReportCallEnded(call=taken.call, released_by=ReleasedBy.UNKNOWN, cause_text=str(EventCause.CALL_PICKUP))
    return (taken, gone)


# --- transfer -------------------------------------------------------------------------------------------------------


def _gives_on(contact: Contact, device: str | None, view: View) -> bool:
    """Whether it is the contact's agent who gives the call on."""
    if contact.stage is not ContactStage.TALKING:
        return False
    giver = view.agent_device(contact)
    if device is not None or giver is None or contact.call is None:
        return giver is not None and giver == device
    return view.connection_state(contact.call.call, giver) not in _TALKS  # the PBX does not say who


def _new_call(items: Sequence[ConnectionListItem], old: str) -> str | None:
    """The name of the call that came of it, where it is another one."""
    found = (item.new_connection.call_id for item in items if item.new_connection is not None)
    return next((call for call in found if call != old), None)


def _other_end(items: Sequence[ConnectionListItem], old: str, giver: str | None) -> str | None:
    """Who came in, by the list of connections: not from the customer's call, and not who gave it on."""
    for item in items:
        of_customer = item.old_connection is not None and item.old_connection.call_id == old
        if item.new_connection is not None and not of_customer and item.new_connection.device_id != giver:
            return item.new_connection.device_id
    return None
