"""A queue's line of waiting contacts: the order in which they are served, and their positions."""

from bisect import bisect_left, insort
from dataclasses import dataclass, field

from cti_server.queues.counters import QueueCounters
from cti_server.vocabulary.ids import ContactId

Place = tuple[int, float, ContactId]
"""Sort key of a waiting contact: priority (1 first), entry into the centre (Unix seconds), contact number."""


@dataclass(slots=True)
class Line:
    """The contacts that are queued or ringing at an agent, first to be served first, and the queue's counters.

    A contact that rings keeps its place, so that a position told to a caller behind it never rises when the agent
    does not answer.
    """

    places: list[Place] = field(default_factory=list)
    counters: QueueCounters = field(default_factory=QueueCounters)

    def join(self, place: Place) -> None:
        """Take a place in order."""
        insort(self.places, place)

    def leave(self, place: Place) -> None:
        """Give the place up; a place that is not held is left alone."""
        index = bisect_left(self.places, place)
        if index < len(self.places) and self.places[index] == place:
            del self.places[index]

    def position(self, place: Place) -> int:
        """The place as people count it, from 1."""
        return bisect_left(self.places, place) + 1
