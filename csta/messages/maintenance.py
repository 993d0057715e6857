"""Device maintenance events (ECMA-269 chapter 23)."""

from dataclasses import dataclass

from csta.causes import EventCause
from csta.identifiers import Party, Presentation
from csta.messages.base import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceEvent(Event):
    """Root of the maintenance events."""

    device: Party = Presentation.NOT_KNOWN
    cause: EventCause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BackInService(MaintenanceEvent):
    """A device works again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfService(MaintenanceEvent):
    """A device does not work; its monitors and calls may be gone."""
