"""The figures of a simulated day: service level in all variants, waits, abandonment, handle times, occupancy, load."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cti_server.routing.fitting import rule_of
from cti_server.simulation.ledger import Ledger, Life, WorkTime
from cti_server.vocabulary.ids import AgentId, QueueName
from cti_server.vocabulary.plan import SitePlan
from cti_server.vocabulary.values import Disposition

WITHIN: tuple[int, ...] = (15, 20, 25, 30, 45, 60, 90, 120, 180, 240, 300, 600)
"""Seconds for which the share of those who left the queue is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLevel:
    """The same day by every definition that is in use; shares from 0 to 1, None where nobody counts.

    With A answered and B abandoned within the target time T, and N contacts with a service-level event (answered,
    abandoned, or T elapsed): ``ignored`` A / (N - B), ``negative`` A / N, ``positive`` (A + B) / N, ``handled``
    A / all answered, ``left`` (A + B) / (answered + abandoned). ``within`` is, for each X of `WITHIN`, the share of
    those queued who were removed from the queue within X seconds: answered, abandoned, or given a callback.
    """

    ignored: float | None
    negative: float | None
    positive: float | None
    handled: float | None
    left: float | None
    within: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFigures:
    """A queue's day, or that of all together; times are seconds, shares from 0 to 1, None where nobody counts.

    A contact counts in the last queue that it was in. ``asa`` is the mean time from the first queue to the answer (ring
    included) of those answered; ``abandonment`` abandoned / queued; ``handle`` the mean of ring, talk and wrap-up.
    """

    queued: int
    answered: int
    abandoned: int
    other: int
    level: ServiceLevel
    asa: float | None
    longest: float | None
    abandonment: float | None
    abandoned_after: float | None
    handle: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFigures:
    """An agent's day, in seconds; occupancy is on contacts / (on contacts + idle), by the wall clock and by slots."""

    contacts: int
    unanswered: int
    logged_on: float
    on_contacts: float
    idle: float
    away: float
    occupancy: float | None
    slot_occupancy: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All figures of a day; ``outcomes`` count the callers by disposition, those who were in no queue too."""

    contacts: int
    outcomes: Mapping[str, int]
    total: QueueFigures
    queues: Mapping[QueueName, QueueFigures]
    agents: Mapping[AgentId, AgentFigures]
    occupancy: float | None
    slot_occupancy: float | None


def figures_of(ledger: Ledger, plan: SitePlan) -> Figures:
    """All figures of a day that was lived through under ``plan``."""
    lives = list(ledger.lives.values())
    by_queue: dict[QueueName, list[Life]] = {name: [] for name in plan.queues}
    for life in lives:
        if life.queue is not None:
            by_queue.setdefault(life.queue, []).append(life)
    targets = {name: plan.queues[name].service_level for name in by_queue if name in plan.queues}
    slots = {agent: slots_of(plan, agent) for agent in ledger.agents}
    on, idle = _sum(work.on_contacts for work in ledger.agents.values()), _sum(w.idle for w in ledger.agents.values())
    taken = sum(work.slots for work in ledger.agents.values())
    offered = sum((work.on_contacts + work.idle) * slots[agent] for agent, work in ledger.agents.items())
    return Figures(
        contacts=len(lives),
        outcomes=dict(Counter(life.disposition or "open" for life in lives)),
        total=_queue_figures([life for each in by_queue.values() for life in each], targets),
        queues={name: _queue_figures(each, targets) for name, each in sorted(by_queue.items())},
        agents={agent: _agent_figures(work, slots[agent]) for agent, work in sorted(ledger.agents.items())},
        occupancy=_share(on, on + idle),
        slot_occupancy=_share(taken, offered),
    )


def slots_of(plan: SitePlan, agent: AgentId) -> int:
    """How many contacts at once the agent's contact-handling rule allows."""
    return rule_of(plan.agents.get(agent), plan.rules).most


def _queue_figures(lives: list[Life], targets: Mapping[QueueName, float]) -> QueueFigures:
    answered = [life for life in lives if life.answered_at is not None]
    abandoned = [life for life in lives if _abandoned(life)]
    waits = [life.wait for life in answered if life.wait is not None]
    handled = [_handle(life) for life in answered if life.closed_at is not None]
    return QueueFigures(
        queued=len(lives),
        answered=len(answered),
        abandoned=len(abandoned),
        other=len(lives) - len(answered) - len(abandoned),
        level=_service_level(lives, targets),
        asa=_share(_sum(waits), len(waits)),
        longest=max((life.wait for life in lives if life.wait is not None), default=None),
        abandonment=_share(len(abandoned), len(lives)),
        abandoned_after=_share(_sum(life.wait or 0.0 for life in abandoned), len(abandoned)),
        handle=_share(_sum(handled), len(handled)),
    )


def _service_level(lives: list[Life], targets: Mapping[QueueName, float]) -> ServiceLevel:
    answered = abandoned = in_time = gone_in_time = events = 0
    for life in lives:
        target = targets.get(life.queue, 0.0) if life.queue is not None else 0.0
        wait = life.wait
        early = wait is not None and wait <= target
        if life.answered_at is not None:
            answered += 1
            in_time += early
        elif _abandoned(life):
            abandoned += 1
            gone_in_time += early
        elif early:
            continue  # left by another way before there was a service-level event
        events += 1
    left = [life.wait for life in lives if life.wait is not None and (life.answered_at is not None or _removed(life))]
    return ServiceLevel(
        ignored=_share(in_time, events - gone_in_time),
        negative=_share(in_time, events),
        positive=_share(in_time + gone_in_time, events),
        handled=_share(in_time, answered),
        left=_share(in_time + gone_in_time, answered + abandoned),
        within=tuple(_share(sum(wait <= limit for wait in left), len(lives)) for limit in WITHIN),
    )


def _agent_figures(work: WorkTime, slots: int) -> AgentFigures:
    available = work.on_contacts + work.idle
    return AgentFigures(
        contacts=work.contacts,
        unanswered=work.unanswered,
        logged_on=work.logged_on,
        on_contacts=work.on_contacts,
        idle=work.idle,
        away=work.away,
        occupancy=_share(work.on_contacts, available),
        slot_occupancy=_share(work.slots, available * slots),
    )


def _abandoned(life: Life) -> bool:
    return life.answered_at is None and life.disposition == Disposition.ABANDONED


def _removed(life: Life) -> bool:
    return life.disposition in {Disposition.ABANDONED, Disposition.CALLED_BACK}


def _handle(life: Life) -> float:
    """Ring, talk and wrap-up of the caller's contact, seconds."""
    begun = life.rang_at if life.rang_at is not None else life.answered_at
    return (life.closed_at or 0.0) - (begun or 0.0)


def _sum(values: Iterable[float]) -> float:
    return float(sum(values))


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
