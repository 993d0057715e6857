"""Device maintenance events (ECMA-269 chapter 23)."""

from csta.causes import EventCause
from csta.identifiers import Party, Presentation
from csta.messages.base import Event
from csta.messages.parameters import CAUSE
from csta.schema.elements import element, message, structure
from csta.schema.kinds import SUBJECT, Need


@structure
class MaintenanceEvent(Event):
    """Root of the maintenance events."""

    device: Party = element(SUBJECT, need=Need.TO_SEND, default=Presentation.NOT_KNOWN)
    cause: EventCause | None = element(CAUSE, default=None)


@message(event=(5, 0))
class BackInService(MaintenanceEvent):
    """A device works again."""


@message(event=(5, 1))
class DeviceCapsChanged(MaintenanceEvent):
    """What a device can do changed; its information should be asked for again."""


@message(event=(5, 2))
class OutOfService(MaintenanceEvent):
    """A device does not work; its monitors and calls may be gone."""


@message(event=(5, 3))
class PartiallyInService(MaintenanceEvent):
    """A device works, but not with everything that it has."""
