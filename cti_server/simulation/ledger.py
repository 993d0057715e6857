"""The ledger: what became of each caller and where each agent's time went, kept from the engine's events."""

from dataclasses import dataclass, field

from cti_server.simulation.day import Arrival
from cti_server.vocabulary import events
from cti_server.vocabulary.events import Recorded
from cti_server.vocabulary.ids import AgentId, ContactId, QueueName
from cti_server.vocabulary.values import AgentStatus, OfferOutcome


@dataclass(slots=True, kw_only=True)
class Life:
    """What became of one caller; times are Unix seconds.

    ``queue`` is the last queue, ``queued_at`` when they came into the first; ``rang_at`` is when the last offer was
    made, which is the answered one where there is one; ``disposition`` is None while the contact is open;
    ``called_back_at`` is when the caller answered a callback that came of the call.
    """

    arrival: Arrival
    contact: ContactId
    queue: QueueName | None = None
    queued_at: float | None = None
    rang_at: float | None = None
    answered_at: float | None = None
    ended_at: float | None = None
    closed_at: float | None = None
    agent: AgentId | None = None
    disposition: str | None = None
    offers: int = 0
    called_back_at: float | None = None

    @property
    def wait(self) -> float | None:
        """Seconds from the first queue to the answer, or to the end of a call that was not answered."""
        if self.queued_at is None:
            return None
        until = self.answered_at if self.answered_at is not None else self.ended_at
        return None if until is None else until - self.queued_at

    @property
    def fate(self) -> str:
        """What the caller would say had happened: how it ended, and in which queue."""
        ended = self.disposition or "open"
        called_back = ", called back" if self.called_back_at is not None else ""
        return (f"{ended} ({self.queue})" if self.queue is not None else ended) + called_back


@dataclass(slots=True, kw_only=True)
class WorkTime:
    """An agent's day in seconds: logged on = on contacts + idle (ready) + away; ring counts as on a contact.

    ``slots`` sums the time of each contact in hand, so that two at once count twice; ``contacts`` were answered.
    """

    on_contacts: float = 0.0
    slots: float = 0.0
    idle: float = 0.0
    away: float = 0.0
    contacts: int = 0
    unanswered: int = 0
    status: AgentStatus = AgentStatus.LOGGED_OFF
    since: float = 0.0
    in_hand: set[ContactId] = field(default_factory=set)

    def advance(self, now: float) -> None:
        """Book the time since the last change."""
        seconds, self.since = now - self.since, now
        if self.in_hand:
            self.on_contacts += seconds
            self.slots += seconds * len(self.in_hand)
        elif self.status is AgentStatus.READY:
            self.idle += seconds
        elif self.status is AgentStatus.NOT_READY:
            self.away += seconds

    @property
    def logged_on(self) -> float:
        """Seconds logged on."""
        return self.on_contacts + self.idle + self.away


class Ledger:
    """Takes every recorded event; ``lives`` are by the caller's number, ``agents`` by id."""

    def __init__(self) -> None:
        self.lives: dict[int, Life] = {}
        self.agents: dict[AgentId, WorkTime] = {}
        self.events = 0
        self._open: dict[ContactId, Life] = {}
        self._origins: dict[ContactId, Life] = {}

    def open(self, contact: ContactId, arrival: Arrival) -> None:
        """The caller has become a contact."""
        life = Life(arrival=arrival, contact=contact)
        self.lives[arrival.number] = self._open[contact] = self._origins[contact] = life

    def life(self, contact: ContactId) -> Life | None:
        """The life of an open contact."""
        return self._open.get(contact)

    def note(self, recorded: Recorded) -> None:
        """Book an event."""
        self.events += 1
        event = recorded.event
        self._note_agent(recorded)
        self._note_callback(recorded)
        life = self._open.get(getattr(event, "contact", ContactId(0)))
        if life is None:
            return
        match event:
            case events.ContactQueued(queue=queue):
                life.queue = queue
                life.queued_at = recorded.at if life.queued_at is None else life.queued_at
            case events.OfferMade():
                life.offers += 1
                life.rang_at = recorded.at if life.answered_at is None else life.rang_at
            case events.ContactAnswered(agent=agent):
                life.agent = agent
                life.answered_at = recorded.at if life.answered_at is None else life.answered_at
            case events.ContactReleased(disposition=disposition):
                life.ended_at, life.disposition = recorded.at, disposition.value
            case events.ContactClosed():
                life.closed_at = recorded.at
                self._close(life, recorded.at)
            case _:
                pass

    def finish(self, now: float) -> None:
        """Book what is still going on at the end."""
        for work in self.agents.values():
            work.advance(now)

    def _close(self, life: Life, now: float) -> None:
        del self._open[life.contact]
        if life.agent is not None:
            self._let_go(life.agent, life.contact, now)

    def _note_callback(self, recorded: Recorded) -> None:
        """A callback is a contact of its own; it is booked with the call that it came of."""
        match recorded.event:
            case events.CallbackScheduled(contact=contact, origin_contact=origin) if origin in self._origins:
                self._origins[contact] = self._origins[origin]
            case events.ContactAnswered(contact=contact) if contact in self._origins and contact not in self._open:
                life = self._origins[contact]
                life.called_back_at = recorded.at if life.called_back_at is None else life.called_back_at
            case _:
                pass

    def _note_agent(self, recorded: Recorded) -> None:
        match recorded.event:
            case events.AgentLoggedOn(agent=agent):
                self._status(agent, AgentStatus.NOT_READY, recorded.at)
            case events.AgentBecameNotReady(agent=agent):
                self._status(agent, AgentStatus.NOT_READY, recorded.at)
            case events.AgentBecameReady(agent=agent):
                self._status(agent, AgentStatus.READY, recorded.at)
            case events.AgentLoggedOff(agent=agent):
                self._status(agent, AgentStatus.LOGGED_OFF, recorded.at)
            case events.OfferMade(agent=agent, contact=contact):
                self._work(agent, recorded.at).in_hand.add(contact)
            case events.OfferEnded(agent=agent, contact=contact, outcome=outcome):
                if outcome is not OfferOutcome.ANSWERED:
                    self._let_go(agent, contact, recorded.at)
                    self.agents[agent].unanswered += outcome is OfferOutcome.NO_ANSWER
            case events.ContactAnswered(agent=agent, contact=contact):
                work = self._work(agent, recorded.at)
                work.in_hand.add(contact)
                work.contacts += 1
            case events.WrapUpEnded(agent=agent, contact=contact):
                self._let_go(agent, contact, recorded.at)
            case _:
                pass

    def _work(self, agent: AgentId, now: float) -> WorkTime:
        work = self.agents.setdefault(agent, WorkTime(since=now))
        work.advance(now)
        return work

    def _status(self, agent: AgentId, status: AgentStatus, now: float) -> None:
        self._work(agent, now).status = status

    def _let_go(self, agent: AgentId, contact: ContactId, now: float) -> None:
        self._work(agent, now).in_hand.discard(contact)
