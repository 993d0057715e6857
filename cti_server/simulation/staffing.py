"""The roster against the callers: where a half-hour has fewer agents than its target needs, by Erlang's formulas."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from cti_server.queues.estimate_share import shares
from cti_server.simulation.day import Day, Duty
from cti_server.simulation.erlang import Theory, agents_needed, erlang_a, erlang_c
from cti_server.simulation.ledger import Ledger, Life
from cti_server.vocabulary.ids import AgentId, QueueName
from cti_server.vocabulary.plan import SitePlan
from cti_server.vocabulary.requirements import fits

HALF_HOUR: Final = 1800.0
USUAL_SERVICE_LEVEL: Final = 0.8
ROUNDING: Final = 0.05
"""Agents short of this many are not told as missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """A half-hour (``at``: its start, Unix seconds) in which a queue cannot meet its target.

    ``rostered`` are there, those of several queues counted by their share; ``needed`` would reach ``reached`` (0 to 1)
    with an ``occupancy``; the target is ``service_level`` (0 to 1) within ``target`` seconds.
    """

    at: float
    queue: QueueName
    calls: int
    rostered: float
    needed: int
    reached: float
    occupancy: float
    service_level: float
    target: float


def shortages(
    ledger: Ledger, day: Day, plan: SitePlan, *, service_level: float = USUAL_SERVICE_LEVEL
) -> list[Shortage]:
    """Every half-hour of the day and queue whose agents are fewer than theory asks for, in order of time.

    Arrivals and handle times are those that the day brought to each queue, patience that of the whole day: Erlang A
    where callers gave up, Erlang C where nobody did.
    """
    lives = [life for life in ledger.lives.values() if life.queued_at is not None and life.queue is not None]
    handle = _mean_handle(lives)
    patience = _mean_patience(lives)
    found: list[Shortage] = []
    if handle is None:
        return found
    duties = _on_duty(day)
    for slot in sorted({_slot(life.queued_at or 0.0) for life in lives}):
        calls: dict[QueueName, int] = {}
        for life in lives:
            if life.queue is not None and _slot(life.queued_at or 0.0) == slot:
                calls[life.queue] = calls.get(life.queue, 0) + 1
        staff = _staff(plan, duties.get(slot, {}), {queue: float(count) for queue, count in calls.items()})
        for queue, count in sorted(calls.items()):
            target = plan.queues[queue].service_level if queue in plan.queues else 20.0
            load = count * handle / HALF_HOUR
            if _reach(int(staff.get(queue, 0.0)), load, handle, patience, target).within >= service_level:
                continue
            needed = agents_needed(load, handle, service_level=service_level, target=target, patience=patience)
            if needed - staff.get(queue, 0.0) > ROUNDING:
                reached = _reach(needed, load, handle, patience, target)
                found.append(
                    Shortage(
                        at=slot * HALF_HOUR,
                        queue=queue,
                        calls=count,
                        rostered=staff.get(queue, 0.0),
                        needed=needed,
                        reached=reached.within,
                        occupancy=reached.occupancy,
                        service_level=service_level,
                        target=target,
                    )
                )
    return found


def _reach(agents: int, load: float, handle: float, patience: float | None, target: float) -> Theory:
    if patience is None:
        return erlang_c(agents, load, handle, target)
    return erlang_a(agents, load, handle, patience, target)


def _slot(at: float) -> int:
    return int(at // HALF_HOUR)


def _mean_handle(lives: Iterable[Life]) -> float | None:
    times = [
        life.closed_at - life.rang_at
        for life in lives
        if life.answered_at is not None and life.closed_at is not None and life.rang_at is not None
    ]
    return sum(times) / len(times) if times else None


def _mean_patience(lives: Iterable[Life]) -> float | None:
    waited = gave_up = 0.0
    for life in lives:
        waited += life.wait or 0.0
        gave_up += life.answered_at is None
    return waited / gave_up if gave_up and waited else None


def _on_duty(day: Day) -> dict[int, dict[AgentId, float]]:
    """For each half-hour the part of it that each agent is ready in."""
    duties: dict[int, dict[AgentId, float]] = {}
    since: dict[AgentId, float] = {}
    for entry in day.roster:
        began = since.pop(entry.agent, None)
        if began is not None:
            _book(duties, entry.agent, began, entry.at)
        if entry.duty is Duty.READY:
            since[entry.agent] = entry.at
    for agent, began in since.items():
        _book(duties, agent, began, day.start + 2.0 * 86_400.0)
    return duties


def _book(duties: dict[int, dict[AgentId, float]], agent: AgentId, began: float, ended: float) -> None:
    for slot in range(_slot(began), _slot(ended) + 1):
        part = min(ended, (slot + 1) * HALF_HOUR) - max(began, slot * HALF_HOUR)
        if part > 0.0:
            of_slot = duties.setdefault(slot, {})
            of_slot[agent] = of_slot.get(agent, 0.0) + part / HALF_HOUR


def _staff(plan: SitePlan, parts: Mapping[AgentId, float], load: Mapping[QueueName, float]) -> dict[QueueName, float]:
    """Agents that each queue can count on; those of several queues are shared out by the callers of each."""
    pools: dict[tuple[QueueName, ...], float] = {}
    for agent, part in parts.items():
        queues = tuple(queue for queue in sorted(load) if _serves(plan, agent, queue))
        pools[queues] = pools.get(queues, 0.0) + part
    return shares(pools.items(), load)


def _serves(plan: SitePlan, agent: AgentId, queue: QueueName) -> bool:
    known, wanted = plan.agents.get(agent), plan.queues.get(queue)
    if known is None or wanted is None:
        return False
    return any(fits(step.need, frozenset(known.groups), known.skills) for step in wanted.requirement.steps)
