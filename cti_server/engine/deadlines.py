"""Deadlines: which ring time, wrap-up or timed step is over next. A cache beside the state, built from it anew."""

from enum import IntEnum
from heapq import heapify, heappop, heappush

from cti_server.engine.state import State
from cti_server.vocabulary.events import LinkCameUp, OfferMade, Recorded, StepEntered, VerbEnded, WrapUpStarted
from cti_server.vocabulary.ids import ContactId, OfferId


class Kind(IntEnum):
    """What is over; those of the same moment are handled in this order."""

    OFFER = 1
    WRAP_UP = 2
    STEP = 3


Entry = tuple[float, Kind, int]
"""Deadline in Unix seconds, what it is of, and the number of the offer or contact."""


class Deadlines:
    """A heap of deadlines in which those that no longer count are left until they come to the top."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._heap: list[Entry] = []
        self._rebuild()

    def note(self, recorded: Recorded) -> None:
        """Take up the deadline that an event brought."""
        match recorded.event:
            case OfferMade(offer=offer, deadline=deadline):
                heappush(self._heap, (deadline, Kind.OFFER, offer))
            case WrapUpStarted(contact=contact, deadline=deadline):
                heappush(self._heap, (deadline, Kind.WRAP_UP, contact))
            case StepEntered(contact=number) | VerbEnded(contact=number):
                open_contact = self._state.contacts.get(number)
                if open_contact is not None and open_contact.cursor.deadline is not None:
                    heappush(self._heap, (open_contact.cursor.deadline, Kind.STEP, number))
            case LinkCameUp():
                self._rebuild()
            case _:
                pass

    def next(self) -> float | None:
        """The earliest deadline that counts, Unix seconds."""
        while self._heap:
            if self.current(self._heap[0]):
                return self._heap[0][0]
            heappop(self._heap)
        return None

    def take_due(self, now: float) -> list[Entry]:
        """Remove and return what is over at ``now``, earliest first."""
        due = []
        while (deadline := self.next()) is not None and deadline <= now:
            due.append(heappop(self._heap))
        return due

    def current(self, entry: Entry) -> bool:
        """Whether the deadline still is that of its offer or contact; a ring time waits while the link is down."""
        deadline, kind, number = entry
        if kind is Kind.OFFER:
            offer = self._state.offers.get(OfferId(number))
            if offer is None or offer.deadline != deadline:
                return False
            return self._state.link_up(self._state.contacts[offer.contact].call.link)
        contact = self._state.contacts.get(ContactId(number))
        if contact is None:
            return False
        return deadline == (contact.wrap_up_until if kind is Kind.WRAP_UP else contact.cursor.deadline)

    def _rebuild(self) -> None:
        state = self._state
        heap = [(offer.deadline, Kind.OFFER, int(offer.id)) for offer in state.offers.values()]
        for contact in state.contacts.values():
            if contact.wrap_up_until is not None:
                heap.append((contact.wrap_up_until, Kind.WRAP_UP, contact.id))
            if contact.cursor.deadline is not None:
                heap.append((contact.cursor.deadline, Kind.STEP, contact.id))
        heapify(heap)
        self._heap = heap
