"""A phone's calls as the events of its monitors: each step of a call is one event, seen from the phone."""

from collections.abc import Iterator

from csta import messages as m
from csta.causes import EventCause
from csta.identifiers import ConnectionID, DeviceID, Party, Presentation
from csta.messages import Event
from csta.states import ConnectionState
from lab.phone import Talk, TalkStep

_FAILURES = {
    404: EventCause.DEST_NOT_OBTAINABLE,
    408: EventCause.CALL_NOT_ANSWERED,
    480: EventCause.DEST_NOT_OBTAINABLE,
    486: EventCause.BUSY,
    600: EventCause.BUSY,
    603: EventCause.BUSY,
}


def events_of(talk: Talk, step: TalkStep, own: ConnectionID) -> Iterator[Event]:
    """What one step of one call is reported as; ``own`` is the phone's connection."""
    phone = DeviceID(own.device_id)
    other: Party = DeviceID(talk.other.number) if talk.other.number else Presentation.NOT_KNOWN
    calling, called = (other, phone) if talk.incoming else (phone, other)
    target = own if talk.incoming else ConnectionID(own.call_id, talk.other.number)
    new = EventCause.CONSULTATION if talk.consulted else EventCause.NEW_CALL
    match step:
        case TalkStep.DIALLED:
            yield m.Originated(
                monitor_cross_ref_id="",
                originated_connection=own,
                calling_device=phone,
                called_device=other,
                local_connection_info=ConnectionState.CONNECTED,
                cause=new,
            )
        case TalkStep.RINGING:
            yield m.Delivered(
                monitor_cross_ref_id="",
                connection=target,
                alerting_device=called,
                calling_device=calling,
                called_device=called,
                local_connection_info=ConnectionState.ALERTING if talk.incoming else ConnectionState.CONNECTED,
                cause=new,
            )
        case TalkStep.ANSWERED:
            yield m.Established(
                monitor_cross_ref_id="",
                established_connection=target,
                answering_device=called,
                calling_device=calling,
                called_device=called,
                local_connection_info=ConnectionState.CONNECTED,
                cause=EventCause.NORMAL,
            )
        case TalkStep.REFUSED:
            yield m.Failed(
                monitor_cross_ref_id="",
                failed_connection=own,
                failing_device=other,
                calling_device=phone,
                called_device=other,
                local_connection_info=ConnectionState.FAIL,
                cause=_FAILURES.get(talk.status, EventCause.NETWORK_OUT_OF_ORDER),
            )
        case _:
            yield from _later(talk, step, own)


def _later(talk: Talk, step: TalkStep, own: ConnectionID) -> Iterator[Event]:
    phone = DeviceID(own.device_id)
    match step:
        case TalkStep.HELD:
            yield m.Held(
                monitor_cross_ref_id="",
                held_connection=own,
                holding_device=phone,
                local_connection_info=ConnectionState.HOLD,
                cause=EventCause.NORMAL,
            )
        case TalkStep.RETRIEVED:
            yield m.Retrieved(
                monitor_cross_ref_id="",
                retrieved_connection=own,
                retrieving_device=phone,
                local_connection_info=ConnectionState.CONNECTED,
                cause=EventCause.NORMAL,
            )
        case _:
            other: Party = DeviceID(talk.other.number) if talk.other.number else Presentation.NOT_KNOWN
            yield m.ConnectionCleared(
                monitor_cross_ref_id="",
                dropped_connection=own,
                releasing_device=phone if talk.leaving else other,
                local_connection_info=ConnectionState.NULL,
                cause=EventCause.NORMAL_CLEARING,
            )
