"""The call control events (ECMA-269 17.2) as this switch makes them: one function reports one thing that happened."""

from dataclasses import dataclass

from csta import messages
from csta.causes import EventCause
from csta.identifiers import ConnectionID, DeviceID, Presentation
from csta.messages import ConnectionListItem
from lab.switch.call import Call, Party
from lab.switch.exchange import Exchange


def initiated(exchange: Exchange, call: Call, party: Party, cause: EventCause) -> None:
    """A device began a call (ServiceInitiated)."""
    event = messages.ServiceInitiated(
        monitor_cross_ref_id="",
        initiated_connection=call.connection(party),
        initiating_device=DeviceID(party.device),
        cause=cause,
    )
    exchange.announce_call(call, event)


def originated(exchange: Exchange, call: Call, party: Party, cause: EventCause) -> None:
    """A device has said whom to call (Originated)."""
    event = messages.Originated(
        monitor_cross_ref_id="",
        originated_connection=call.connection(party),
        calling_device=DeviceID(party.device),
        called_device=DeviceID(call.called),
        cause=cause,
    )
    exchange.announce_call(call, event)


def delivered(exchange: Exchange, call: Call, target: Party, cause: EventCause) -> None:
    """A call rings at a device (Delivered)."""
    event = messages.Delivered(
        monitor_cross_ref_id="",
        connection=call.connection(target),
        alerting_device=DeviceID(target.device),
        calling_device=DeviceID(call.calling.number),
        called_device=DeviceID(call.called),
        last_redirection_device=redirection(call),
        user_data=call.user_data,
        cause=cause,
    )
    exchange.announce_call(call, event)


def network_reached(exchange: Exchange, call: Call, target: Party) -> None:
    """A call went out over a trunk (NetworkReached); without signalling nothing more is heard of its far end."""
    event = messages.NetworkReached(
        monitor_cross_ref_id="",
        outbound_connection=call.connection(target),
        network_interface_used=DeviceID(target.device),
        calling_device=DeviceID(call.calling.number),
        called_device=DeviceID(call.called),
        last_redirection_device=redirection(call),
        user_data=call.user_data,
        cause=EventCause.NORMAL,
    )
    exchange.announce_call(call, event)


def established(exchange: Exchange, call: Call, target: Party, cause: EventCause) -> None:
    """A device answered (Established)."""
    event = messages.Established(
        monitor_cross_ref_id="",
        established_connection=call.connection(target),
        answering_device=DeviceID(target.device),
        calling_device=DeviceID(call.calling.number),
        called_device=DeviceID(call.called),
        last_redirection_device=redirection(call),
        user_data=call.user_data,
        cause=cause,
    )
    exchange.announce_call(call, event)


def queued(exchange: Exchange, call: Call, target: Party, cause: EventCause) -> None:
    """A call waits at a device (Queued)."""
    event = messages.Queued(
        monitor_cross_ref_id="",
        queued_connection=call.connection(target),
        queue=DeviceID(target.device),
        calling_device=DeviceID(call.calling.number),
        called_device=DeviceID(call.called),
        last_redirection_device=redirection(call),
        user_data=call.user_data,
        cause=cause,
    )
    exchange.announce_call(call, event)


def failed(exchange: Exchange, call: Call, target: Party, cause: EventCause) -> None:
    """A call cannot be completed at a device (Failed)."""
    event = messages.Failed(
        monitor_cross_ref_id="",
        failed_connection=call.connection(target),
        failing_device=DeviceID(target.device),
        calling_device=DeviceID(call.calling.number),
        called_device=DeviceID(call.called),
        last_redirection_device=redirection(call),
        cause=cause,
    )
    exchange.announce_call(call, event)


def diverted(exchange: Exchange, call: Call, device: str, to: str, cause: EventCause) -> None:
    """A call left a device for another (Diverted)."""
    event = messages.Diverted(
        monitor_cross_ref_id="",
        connection=ConnectionID(call.call_id, device),
        diverting_device=DeviceID(device),
        new_destination=DeviceID(to),
        calling_device=DeviceID(call.calling.number),
        called_device=DeviceID(call.called),
        cause=cause,
    )
    exchange.announce_call(call, event, *(party.device for party in call.parties), device)


def cleared(exchange: Exchange, call: Call, dropped: str, releasing: str, cause: EventCause, *told: str) -> None:
    """A device left a call (ConnectionCleared); ``told`` are the devices that were in it."""
    event = messages.ConnectionCleared(
        monitor_cross_ref_id="",
        dropped_connection=ConnectionID(call.call_id, dropped),
        releasing_device=DeviceID(releasing),
        cause=cause,
    )
    exchange.announce_call(call, event, *told)


def held(exchange: Exchange, call: Call, party: Party, cause: EventCause) -> None:
    """A device put its call on hold (Held)."""
    event = messages.Held(
        monitor_cross_ref_id="",
        held_connection=call.connection(party),
        holding_device=DeviceID(party.device),
        cause=cause,
    )
    exchange.announce_call(call, event)


def retrieved(exchange: Exchange, call: Call, party: Party, cause: EventCause) -> None:
    """A device took its call from hold (Retrieved)."""
    event = messages.Retrieved(
        monitor_cross_ref_id="",
        retrieved_connection=call.connection(party),
        retrieving_device=DeviceID(party.device),
        cause=cause,
    )
    exchange.announce_call(call, event)


@dataclass(frozen=True, slots=True)
class Joined:
    """How ``call`` came of one or two others: ``by`` which device, who was added or transferred to, the old names."""

    call: Call
    by: str
    to: str
    primary: ConnectionID
    secondary: ConnectionID | None
    connections: tuple[ConnectionListItem, ...]


def transferred(exchange: Exchange, joined: Joined, cause: EventCause) -> None:
    """A device left its call, or its two, to others (Transferred)."""
    event = messages.Transferred(
        monitor_cross_ref_id="",
        primary_old_call=joined.primary,
        secondary_old_call=joined.secondary,
        transferring_device=DeviceID(joined.by),
        transferred_to_device=DeviceID(joined.to),
        transferred_connections=joined.connections,
        user_data=joined.call.user_data,
        cause=cause,
    )
    exchange.announce_call(joined.call, event, *(party.device for party in joined.call.parties), joined.by)


def conferenced(exchange: Exchange, joined: Joined, cause: EventCause) -> None:
    """A device joined its calls into one, or added another to its call (Conferenced)."""
    event = messages.Conferenced(
        monitor_cross_ref_id="",
        primary_old_call=joined.primary,
        secondary_old_call=joined.secondary,
        conferencing_device=DeviceID(joined.by),
        added_party=DeviceID(joined.to),
        conference_connections=joined.connections,
        user_data=joined.call.user_data,
        cause=cause,
    )
    exchange.announce_call(joined.call, event)


def redirection(call: Call) -> DeviceID | Presentation:
    """The device that last sent the call on."""
    return Presentation.NOT_REQUIRED if call.last_redirection is None else DeviceID(call.last_redirection)


def service(exchange: Exchange, number: str, *, in_service: bool) -> None:
    """A device went out of service, or is back (ECMA-269 chapter 23)."""
    kind = messages.BackInService if in_service else messages.OutOfService
    event = kind(monitor_cross_ref_id="", device=DeviceID(number), cause=EventCause.NORMAL)
    exchange.announce([number], lambda _device: event)
