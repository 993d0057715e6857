"""The ways in which switches differ in their BER: what a dialect's profile says to the codec."""

from dataclasses import dataclass
from enum import Enum, auto


class EventNumbering(Enum):
    """Which tags stand for which events in an event report."""

    ECMA_285 = auto()
    """CSTA III: a tag for the group, within it one for the event."""
    ECMA_218 = auto()
    """CSTA II: one tag for the event, in another order."""


@dataclass(frozen=True, slots=True)
class BerRules:
    """How messages are sent; in receiving, both forms of device identifiers are understood always.

    ``bare_devices``: a device identifier is the bare CHOICE of CSTA I and II, not a SEQUENCE around it. Where a tag in
    a received message could be such a device or an element behind it, this decides.
    """

    event_numbering: EventNumbering = EventNumbering.ECMA_285
    bare_devices: bool = False
