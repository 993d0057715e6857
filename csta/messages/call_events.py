"""Call control events (ECMA-269 chapter 17.2).

``local_connection_info`` is the state of the monitored device's own connection after the event. A party that the
switch did not send at all is ``Presentation.NOT_KNOWN``, a redirection device ``NOT_REQUIRED``.
"""

from dataclasses import dataclass

from csta.causes import EventCause
from csta.identifiers import ConnectionID, DeviceID, Party, Presentation
from csta.messages.base import Event
from csta.messages.call_control import ConnectionListItem
from csta.states import ConnectionState


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent(Event):
    """Root of the call control events. ``cause`` is mandatory to send; received without one it is ``None``."""

    local_connection_info: ConnectionState | None = None
    correlator_data: bytes | None = None
    cause: EventCause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceInitiated(CallEvent):
    """A device went off-hook, or is prompted to (ECMA-269 17.2.17)."""

    initiated_connection: ConnectionID
    initiating_device: Party = Presentation.NOT_KNOWN
    called_device: Party | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Originated(CallEvent):
    """A call is being attempted from a device (ECMA-269 17.2.14)."""

    originated_connection: ConnectionID
    calling_device: Party = Presentation.NOT_KNOWN
    called_device: Party = Presentation.NOT_KNOWN
    originating_device: DeviceID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered(CallEvent):
    """A call rings at a device (ECMA-269 17.2.5)."""

    connection: ConnectionID
    alerting_device: Party = Presentation.NOT_KNOWN
    calling_device: Party = Presentation.NOT_KNOWN
    called_device: Party = Presentation.NOT_KNOWN
    last_redirection_device: Party = Presentation.NOT_REQUIRED
    user_data: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued(CallEvent):
    """A call waits at a device (ECMA-269 17.2.15); counts include this call where the switch gives them."""

    queued_connection: ConnectionID
    queue: Party = Presentation.NOT_KNOWN
    calling_device: Party = Presentation.NOT_KNOWN
    called_device: Party = Presentation.NOT_KNOWN
    last_redirection_device: Party = Presentation.NOT_REQUIRED
    number_queued: int | None = None
    calls_in_front: int | None = None
    user_data: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Diverted(CallEvent):
    """A call left a device for another before it was answered there (ECMA-269 17.2.7)."""

    connection: ConnectionID
    diverting_device: Party = Presentation.NOT_KNOWN
    new_destination: Party = Presentation.NOT_KNOWN
    calling_device: Party | None = None
    called_device: Party | None = None
    last_redirection_device: Party = Presentation.NOT_REQUIRED
    user_data: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Established(CallEvent):
    """A device answered (ECMA-269 17.2.8)."""

    established_connection: ConnectionID
    answering_device: Party = Presentation.NOT_KNOWN
    calling_device: Party = Presentation.NOT_KNOWN
    called_device: Party = Presentation.NOT_KNOWN
    last_redirection_device: Party = Presentation.NOT_REQUIRED
    user_data: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(CallEvent):
    """A call cannot be completed at a device (ECMA-269 17.2.9)."""

    failed_connection: ConnectionID
    failing_device: Party = Presentation.NOT_KNOWN
    calling_device: Party | None = None
    called_device: Party = Presentation.NOT_KNOWN
    last_redirection_device: Party = Presentation.NOT_REQUIRED
    user_data: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionCleared(CallEvent):
    """A device left a call (ECMA-269 17.2.4); ``releasing_device`` is the party that hung up."""

    dropped_connection: ConnectionID
    releasing_device: Party = Presentation.NOT_KNOWN
    user_data: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCleared(Event):
    """A call is over for all its devices (ECMA-269 17.2.2)."""

    cleared_call: ConnectionID
    correlator_data: bytes | None = None
    user_data: bytes | None = None
    cause: EventCause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(CallEvent):
    """A device put its call on hold (ECMA-269 17.2.10)."""

    held_connection: ConnectionID
    holding_device: Party = Presentation.NOT_KNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved(CallEvent):
    """A device took its call from hold (ECMA-269 17.2.16)."""

    retrieved_connection: ConnectionID
    retrieving_device: Party = Presentation.NOT_KNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred(CallEvent):
    """A device left its call to two others (ECMA-269 17.2.18; the XML root has one r: TransferedEvent)."""

    primary_old_call: ConnectionID
    secondary_old_call: ConnectionID | None = None
    transferring_device: Party = Presentation.NOT_KNOWN
    transferred_to_device: Party = Presentation.NOT_KNOWN
    transferred_connections: tuple[ConnectionListItem, ...] = ()
    user_data: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conferenced(CallEvent):
    """A device joined its calls, or was joined, into one of several parties (ECMA-269 17.2.3)."""

    primary_old_call: ConnectionID
    secondary_old_call: ConnectionID | None = None
    conferencing_device: Party = Presentation.NOT_KNOWN
    added_party: Party = Presentation.NOT_KNOWN
    conference_connections: tuple[ConnectionListItem, ...] = ()
    user_data: bytes | None = None
