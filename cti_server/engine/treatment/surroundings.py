"""What a flow component sees of its contact and of the site (`flows.component.Here`), worked out when asked for."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from cti_server.agents.agent import Agent
from cti_server.contacts.contact import Contact, in_line
from cti_server.engine.matching import Matching
from cti_server.engine.state import State, place_of
from cti_server.flows.calendar import LocalTime, local_time
from cti_server.flows.component import AgentGlance
from cti_server.queues.estimate import Estimate, WaitModel
from cti_server.queues.estimate_share import shares
from cti_server.routing.fitting import groups_of, skills_of
from cti_server.vocabulary.ids import AgentId, CalendarName, ContactId, DeviceNumber, QueueName
from cti_server.vocabulary.parties import revealed
from cti_server.vocabulary.plan import AgentPlan, CalendarPlan, QueuePlan, Step
from cti_server.vocabulary.requirements import fits
from cti_server.vocabulary.values import AgentStatus, Channel, Value, WorkState

SAMPLED_AGENTS: Final = 500
"""So many agents of a queue are looked at to see with which queues they are shared."""
SAMPLED_QUEUES: Final = 50
"""With so many queues, at the most, in which somebody waits."""
QUEUES: Final = "queues"


@dataclass(frozen=True, slots=True)
class ToldEstimate:
    """An estimated wait that a component looked at, in seconds, and what it rests on."""

    low: float
    likely: float
    high: float
    basis: str
    position: int
    eligible: float
    handle: float
    cause: str | None


@dataclass(slots=True, eq=False)
class Surroundings:
    """A component's view for one reaction; it notes whether the position or the estimated wait were looked at.

    ``source`` is the caller's number, which stands in no datum: data refer to the caller's party.
    """

    _state: State
    _matching: Matching
    at: Contact
    now: float
    step: Step
    attempt: int
    memory: Mapping[str, Value]
    source: str | None = None
    told_position: int | None = None
    told_estimate: ToldEstimate | None = None
    _estimates: dict[QueueName, Estimate] = field(default_factory=dict)

    @property
    def contact(self) -> ContactId:
        """The contact's number."""
        return self.at.id

    @property
    def channel(self) -> Channel:
        """The contact's channel."""
        return self.at.channel

    @property
    def queued(self) -> bool:
        """Whether the contact waits in a queue."""
        return in_line(self.at)

    @property
    def media_service(self) -> str:
        """The media service that the caller hears."""
        session = self.at.session
        return "" if session is None else session.service

    @property
    def data(self) -> Mapping[str, Value]:
        """The contact's data."""
        return MappingProxyType(revealed(self.at.data, self.at.party, self.source))

    def value(self, name: str) -> Value:
        """A fact or a datum by its name; facts go before data."""
        fact = FACTS.get(name)
        if fact is not None:
            return fact(self)
        front, _, rest = name.partition(".")
        if front == QUEUES and rest:
            queue, _, figure = rest.rpartition(".")
            return self._figure(QueueName(queue), figure)
        return revealed(self.at.data.get(name), self.at.party, self.source)

    def is_open(self, calendar: CalendarName) -> tuple[bool, str]:
        """Whether the calendar is open now, and why."""
        return self._state.is_open(calendar, self.now)

    def queue(self, name: QueueName) -> QueuePlan | None:
        """A queue of the plan."""
        return self._state.queue(name)

    def agent(self, agent: AgentId) -> AgentGlance | None:
        """An agent of the plan."""
        plan = self._state.plan.agents.get(agent)
        return None if plan is None else self._glance(plan)

    def agent_by_number(self, number: str) -> AgentGlance | None:
        """The agent who keys in this number."""
        plan = next((each for each in self._state.plan.agents.values() if number and each.number == number), None)
        return None if plan is None else self._glance(plan)

    def caller_device(self) -> DeviceNumber | None:
        """The device that calls."""
        return DeviceNumber(self.source) if self.source else None

    def reasons(self) -> Mapping[str, str]:
        """Reason codes for being not ready, by their digits."""
        return self._state.plan.reasons

    def queues_of(self, agent: AgentId) -> Sequence[QueueName]:
        """Queues that the agent can be offered contacts of, by name."""
        plan, known = self._state.plan.agents.get(agent), self._state.agents.get(agent)
        if plan is None:
            return ()
        groups, skills = groups_of(plan, known), skills_of(plan, known)
        return tuple(
            sorted(
                name
                for name, queue in self._state.plan.queues.items()
                if any(fits(step.need, groups, skills) for step in queue.requirement.steps)
            )
        )

    # --- facts ------------------------------------------------------------

    def local(self) -> LocalTime:
        """Local time by the calendar of the contact's queue, else by the first of the plan's calendars."""
        return local_time(self._calendar(), self.now)

    def position(self) -> int | None:
        """The contact's place in line as of now, from 1."""
        contact = self.at
        if contact.queue is None or not in_line(contact):
            return None
        self.told_position = self._state.lines[contact.queue].position(place_of(contact))
        return self.told_position

    def waited(self) -> float | None:
        """Seconds in the queue."""
        since = self.at.queued_at
        return None if since is None or not in_line(self.at) else max(self.now - since, 0.0)

    def own_estimate(self) -> Estimate | None:
        """The wait that is left for the contact, never more than what is left of what it was told, but for a cause."""
        contact, waited = self.at, self.waited()
        if contact.queue is None or waited is None:
            return None
        estimate = self._estimates.get(contact.queue)
        if estimate is None:
            model = self._model(contact.queue)
            line = self._state.lines[contact.queue]
            position = line.position(place_of(contact))
            _, told = self._state.told.get(contact.id, (None, None))
            estimate = model.estimate(
                position, waited, self.now, told, priority=contact.priority, head=self._longest(contact.queue)
            )
            self._estimates[contact.queue] = estimate
            if estimate.known:
                self.told_estimate = ToldEstimate(
                    low=estimate.low,
                    likely=estimate.likely,
                    high=estimate.high,
                    basis=str(estimate.basis),
                    position=position,
                    eligible=model.eligible,
                    handle=model.handle_mean,
                    cause=None if estimate.cause is None else str(estimate.cause),
                )
        return estimate if estimate.known else None

    def _calendar(self) -> CalendarPlan:
        plan = self._state.plan
        queue = plan.queues.get(self.at.queue) if self.at.queue is not None else None
        if queue is not None and queue.calendar is not None and queue.calendar in plan.calendars:
            return plan.calendars[queue.calendar]
        first = min(plan.calendars, default=None)
        return UTC if first is None else plan.calendars[first]

    def _figure(self, name: QueueName, figure: str) -> Value:
        queue = self._state.queue(name)
        work = FIGURES.get(figure)
        return None if queue is None or work is None else work(self, queue)

    def waiting(self, queue: QueuePlan) -> int:
        """Contacts in line."""
        line = self._state.lines.get(queue.name)
        return 0 if line is None else len(line.places)

    def longest(self, queue: QueuePlan) -> float:
        """Seconds for which the first of those who came first has waited; 0 where nobody waits."""
        return self._longest(queue.name) or 0.0

    def staffed(self, queue: QueuePlan) -> int:
        """Fitting agents who are logged on."""
        return len(self._matching.pool_of(queue).present)

    def ready(self, queue: QueuePlan) -> int:
        """Fitting agents who are ready, at work or not."""
        present = self._matching.pool_of(queue).present
        return sum(self._state.agents[each].status is AgentStatus.READY for each in present)

    def free(self, queue: QueuePlan) -> int:
        """Fitting agents who could be offered a call now."""
        return self._matching.pool_of(queue).free

    def service_level(self, queue: QueuePlan) -> float | None:
        """Share of contacts answered within the queue's answer time, abandons counting against it; 0 to 1."""
        line = self._state.lines.get(queue.name)
        if line is None:
            return None
        limit = self.now - queue.service_level
        late = sum(since is not None and since < limit for since in self._queued_at(queue.name))
        return line.counters.service_level(late)

    def wait_likely(self, queue: QueuePlan) -> float | None:
        """The wait of somebody who would join the line now, seconds."""
        estimate = self._model(queue.name).estimate(
            self.waiting(queue) + 1, 0.0, self.now, head=self._longest(queue.name)
        )
        return estimate.likely if estimate.known else None

    def _longest(self, name: QueueName) -> float | None:
        since = [each for each in self._queued_at(name) if each is not None]
        return max(self.now - min(since), 0.0) if since else None

    def _queued_at(self, name: QueueName) -> Sequence[float | None]:
        line = self._state.lines.get(name)
        contacts = self._state.contacts
        return () if line is None else [contacts[place[2]].queued_at for place in line.places]

    def _model(self, name: QueueName) -> WaitModel:
        """The queue's model, with its agents as of now; a copy, because only the fold changes the state's own."""
        model = replace(self._state.waits.get(name, WaitModel()))
        queue = self._state.queue(name)
        if queue is not None:
            model.agents(self._share(queue), self._matching.pool_of(queue).free, self.now)
        return model

    def _share(self, queue: QueuePlan) -> float:
        """The agents that the queue can count on, those who serve several queues in part."""
        state, matching = self._state, self._matching
        present = [each for each in matching.pool_of(queue).present if _counts(state.agents[each])]
        busy = [
            name
            for name, line in state.lines.items()
            if line.places and name != queue.name and name in state.plan.queues
        ][:SAMPLED_QUEUES]
        if not present or not busy:
            return float(len(present))
        members = {name: set(matching.pool_of(state.plan.queues[name]).present) for name in busy}
        sample = present[:SAMPLED_AGENTS]
        pools = Counter((queue.name, *(name for name in busy if agent in members[name])) for agent in sample)
        load = {name: self._load(name) for name in (queue.name, *busy)}
        share = shares(((names, float(count)) for names, count in pools.items()), load)
        return share.get(queue.name, 0.0) * len(present) / len(sample)

    def _load(self, name: QueueName) -> float:
        model, line = self._state.waits.get(name), self._state.lines.get(name)
        handle = model.handle_mean if model is not None and model.handle_mean > 0.0 else 1.0
        return handle * max(len(line.places) if line is not None else 0, 1)

    def _glance(self, plan: AgentPlan) -> AgentGlance:
        agent = self._state.agents.get(plan.id) or Agent(id=plan.id)
        held = self._state.contacts.get(agent.contact) if agent.contact is not None else None
        return AgentGlance(
            plan=plan,
            status=agent.status,
            work=agent.work,
            reason=agent.reason,
            device=agent.device,
            since=agent.status_since,
            wrap_up_until=held.wrap_up_until if held is not None and agent.work is WorkState.WRAP_UP else None,
        )


UTC: Final = CalendarPlan(name=CalendarName(""), zone="UTC", hours=())
"""The clock of a plan without calendars."""


def _counts(agent: Agent) -> bool:
    """Whether the agent counts for the waits of a queue: ready, or with a contact in hand."""
    return agent.status is AgentStatus.READY or agent.work is not WorkState.IDLE


def _part(name: str) -> Callable[[Surroundings], Value]:
    def part(here: Surroundings) -> Value:
        estimate = here.own_estimate()
        return None if estimate is None else float(getattr(estimate, name))

    return part


FACTS: Final[Mapping[str, Callable[[Surroundings], Value]]] = MappingProxyType(
    {
        "source": lambda here: here.source,
        "destination": lambda here: here.at.pilot,
        "channel": lambda here: here.at.channel.value,
        "queue": lambda here: here.at.queue,
        "priority": lambda here: here.at.priority if here.queued else None,
        "position": Surroundings.position,
        "waited": Surroundings.waited,
        "age": lambda here: max(here.now - here.at.opened_at, 0.0),
        "wait_low": _part("low"),
        "wait_likely": _part("likely"),
        "wait_high": _part("high"),
        "hour": lambda here: here.local().hour,
        "minute": lambda here: here.local().minute,
        "weekday": lambda here: here.local().weekday,
    }
)
"""Facts by their names in expressions."""

FIGURES: Final[Mapping[str, Callable[[Surroundings, QueuePlan], Value]]] = MappingProxyType(
    {
        "waiting": Surroundings.waiting,
        "longest": Surroundings.longest,
        "staffed": Surroundings.staffed,
        "ready": Surroundings.ready,
        "free": Surroundings.free,
        "service_level": Surroundings.service_level,
        "wait_likely": Surroundings.wait_likely,
    }
)
"""Figures of a queue by their names behind ``queues.NAME.``."""
