"""Deadlines: what is over next by time alone. A cache beside the state, built from it anew."""

from collections.abc import Callable, Iterator, Mapping
from enum import IntEnum
from heapq import heapify, heappop, heappush
from types import MappingProxyType
from typing import Final

from cti_server.contacts.contact import Contact, in_line
from cti_server.engine.fold.queueing import requirement_of
from cti_server.engine.state import State
from cti_server.vocabulary import events
from cti_server.vocabulary.ids import AgentId, ContactId, OfferId
from cti_server.vocabulary.values import ContactStage


class Kind(IntEnum):
    """What is over; those of the same moment are handled in this order."""

    OFFER = 1
    WRAP_UP = 2
    STEP = 3
    RELAX = 4
    AGEING = 5
    LONGEST = 6
    CALLBACK = 7


SLACK: Final = 1024
"""So many entries may be in the heap, beside twice as many as counted when it was built, before it is built anew."""

Entry = tuple[float, Kind, int, str]
"""Deadline in Unix seconds, what it is of, the number of the offer or contact, and of a wrap-up the agent."""


def step_over(state: State, contact: Contact) -> float | None:
    """When the timed step of the contact's flow is over."""
    del state
    return contact.cursor.deadline


def relaxes(state: State, contact: Contact) -> float | None:
    """When the next step of the contact's requirement is reached."""
    if contact.queued_at is None or not in_line(contact):
        return None
    requirement = requirement_of(state, contact)
    if contact.relaxed < 0:
        return None if requirement.agent_until is None else contact.queued_at + requirement.agent_until
    following = contact.relaxed + 1
    return contact.queued_at + requirement.steps[following].after if following < len(requirement.steps) else None


def ages(state: State, contact: Contact) -> float | None:
    """When the contact's priority rises by waiting."""
    queue = state.queue(contact.queue) if contact.queue is not None else None
    if queue is None or queue.ageing is None or contact.aged_at is None or contact.priority <= 1:
        return None
    return contact.aged_at + queue.ageing if in_line(contact) else None


def waited_longest(state: State, contact: Contact) -> float | None:
    """When the contact has to leave its queue, unless an agent rings for it then, or its call is being released.

    Nobody hears a callback wait, and it has no flow to go on with: it stays until it is dealt with.
    """
    if contact.stage is not ContactStage.QUEUED or contact.leaving or contact.callback is not None:
        return None
    queue = state.queue(contact.queue) if contact.queue is not None else None
    if queue is None or queue.limits.longest is None or contact.queued_at is None:
        return None
    return contact.queued_at + queue.limits.longest


def callback_due(state: State, contact: Contact) -> float | None:
    """When the time of a callback comes."""
    del state
    if contact.callback is None or contact.stage is not ContactStage.SCHEDULED:
        return None
    return contact.callback.due


Timer = Callable[[State, Contact], float | None]


def step_ends(state: State, contact: Contact) -> float | None:
    """When the contact's step is over; the time to reach a number outside waits while the link is down."""
    link = contact.call.link if contact.call is not None else None
    if contact.stage is ContactStage.FORWARDED and link is not None and not state.link_up(link):
        return None
    return step_over(state, contact)


TIMERS: Final[Mapping[Kind, Timer]] = MappingProxyType(
    {
        Kind.STEP: step_ends,
        Kind.RELAX: relaxes,
        Kind.AGEING: ages,
        Kind.LONGEST: waited_longest,
        Kind.CALLBACK: callback_due,
    }
)

IN_QUEUE: Final = (Kind.RELAX, Kind.AGEING, Kind.LONGEST)

# What may have another deadline after an event, beside offers and wrap-ups, which tell theirs themselves.
TOUCHED: Final[Mapping[type[events.Event], tuple[Kind, ...]]] = MappingProxyType(
    {
        events.StepEntered: (Kind.STEP, Kind.LONGEST),
        events.VerbEnded: (Kind.STEP,),
        events.ForwardRequested: (Kind.STEP,),
        events.ForwardFailed: (Kind.STEP, Kind.LONGEST),
        events.ContactQueued: IN_QUEUE,
        events.OfferEnded: (Kind.STEP, Kind.LONGEST),
        events.RequirementRelaxed: (Kind.RELAX,),
        events.RequirementChanged: (Kind.RELAX,),
        events.PriorityChanged: (Kind.AGEING,),
        events.CallbackScheduled: (Kind.CALLBACK,),
    }
)


class Deadlines:
    """A heap of deadlines in which those that no longer count are left until they come to the top."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._heap: list[Entry] = []
        self._most = SLACK
        self._rebuild()

    def note(self, recorded: events.Recorded) -> None:
        """Take up the deadline that an event brought."""
        match recorded.event:
            case events.OfferMade(offer=offer, deadline=deadline):
                heappush(self._heap, (deadline, Kind.OFFER, offer, ""))
            case (
                events.WrapUpStarted(contact=contact, agent=agent, deadline=deadline)
                | events.WrapUpExtended(contact=contact, agent=agent, deadline=deadline)
            ):
                heappush(self._heap, (deadline, Kind.WRAP_UP, contact, agent))
            case events.CallbackDialled(contact=contact):
                for number in self._state.contacts[contact].offers if contact in self._state.contacts else ():
                    heappush(self._heap, (self._state.offers[number].deadline, Kind.OFFER, number, ""))
            case events.LinkCameUp() | events.PlanLoaded():
                self._rebuild()
            case event:
                kinds = TOUCHED.get(type(event))
                if kinds is not None:
                    self._push(getattr(event, "contact", ContactId(0)), kinds)
        if len(self._heap) > self._most:
            # A step entered again and again while its contact waits leaves as many entries of the longest wait.
            self._rebuild()

    def next(self) -> float | None:
        """The earliest deadline that counts, Unix seconds."""
        while self._heap:
            if self.current(self._heap[0]):
                return self._heap[0][0]
            heappop(self._heap)
        return None

    @property
    def entries(self) -> int:
        """How many are kept, those that do not count any more among them."""
        return len(self._heap)

    def take_due(self, now: float) -> list[Entry]:
        """Remove and return what is over at ``now``, earliest first."""
        due = []
        while (deadline := self.next()) is not None and deadline <= now:
            due.append(heappop(self._heap))
        return due

    def current(self, entry: Entry) -> bool:
        """Whether the deadline still is that of its offer or contact; a ring time waits while the link is down."""
        deadline, kind, number, agent = entry
        if kind is Kind.OFFER:
            offer = self._state.offers.get(OfferId(number))
            if offer is None or offer.deadline != deadline:
                return False
            call = self._state.contacts[offer.contact].call
            return call is None or self._state.link_up(call.link)
        contact = self._state.contacts.get(ContactId(number))
        if contact is None:
            return False
        if kind is Kind.WRAP_UP:
            return contact.wrapping.get(AgentId(agent)) == deadline
        return TIMERS[kind](self._state, contact) == deadline

    def _push(self, number: ContactId, kinds: tuple[Kind, ...]) -> None:
        contact = self._state.contacts.get(number)
        if contact is None:
            return
        for kind in kinds:
            deadline = TIMERS[kind](self._state, contact)
            if deadline is not None:
                heappush(self._heap, (deadline, kind, number, ""))

    def _rebuild(self) -> None:
        heap: list[Entry] = [(offer.deadline, Kind.OFFER, int(offer.id), "") for offer in self._state.offers.values()]
        for contact in self._state.contacts.values():
            heap += _entries(self._state, contact)
        heapify(heap)
        self._heap, self._most = heap, SLACK + 2 * len(heap)


def _entries(state: State, contact: Contact) -> Iterator[Entry]:
    for agent, deadline in contact.wrapping.items():
        yield deadline, Kind.WRAP_UP, contact.id, agent
    for kind, timer in TIMERS.items():
        due = timer(state, contact)
        if due is not None:
            yield due, kind, contact.id, ""
