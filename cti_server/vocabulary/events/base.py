"""The root of all events, and an event with its place in the journal."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Root of all events."""

    VERSION: ClassVar[int] = 1


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event with its place in the journal: ``seq`` counts from 1, ``at`` is Unix seconds.

    ``cause_seq`` is the event that led to this one; walking it answers "why".
    """

    seq: int
    at: float
    cause_seq: int | None
    event: Event
