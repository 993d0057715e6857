"""What theory says of a queue: Erlang's formulas B, C and A, and the agents that a target needs.

``load`` is in Erlang (arrivals per second times mean handle seconds), ``handle`` and ``patience`` are mean seconds.
Formulas: Erlang C is M/M/s; Erlang A is M/M/s+M, where callers give up after an exponential patience (Palm; Garnett,
Mandelbaum and Reiman, 2002).
"""

from dataclasses import dataclass
from math import exp, expm1, inf, lgamma, log
from typing import Final

MOST_AGENTS: Final = 100_000
LOG_NEGLIGIBLE: Final = -32.0
HARDLY: Final = 1e-9
STEPS: Final = 60
"""Steps of Simpson's rule, an even number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Theory:
    """A queue in its steady state: shares from 0 to 1, mean ``wait`` over all callers in seconds.

    ``delayed`` have to wait, ``abandoned`` give up, ``within`` are answered within the target time, of all who came.
    ``occupancy`` is the share of the agents' time that is spent on contacts. ``wait`` is infinite where agents cannot
    keep up.
    """

    delayed: float
    abandoned: float
    within: float
    wait: float
    occupancy: float


def erlang_b(agents: int, load: float) -> float:
    """Share of callers who find all agents busy where nobody waits. Raises ValueError for what is below nothing."""
    _check(agents, load)
    blocked = 1.0
    for number in range(1, agents + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked


def erlang_c(agents: int, load: float, handle: float, target: float = 20.0) -> Theory:
    """M/M/s: callers wait for as long as it takes; ``target`` is the answer time to be reached, seconds."""
    blocked = erlang_b(agents, load)
    if agents <= load:
        return Theory(delayed=1.0, abandoned=0.0, within=0.0, wait=inf, occupancy=1.0)
    used = load / agents
    delayed = blocked / (1.0 - used * (1.0 - blocked))
    spare = agents - load
    return Theory(
        delayed=delayed,
        abandoned=0.0,
        within=1.0 - delayed * exp(-spare * target / handle),
        wait=delayed * handle / spare,
        occupancy=used,
    )


def erlang_a(agents: int, load: float, handle: float, patience: float, target: float = 20.0) -> Theory:
    """M/M/s+M: callers give up after a patience of this mean. ``within`` is of all who came, those who gave up too.

    Solved from the birth-and-death chain: whom a caller finds ahead, and from there the chance of an answer in time.
    """
    _check(agents, load)
    if load == 0.0 or agents == 0:
        lost = 0.0 if load == 0.0 else 1.0
        wait = patience if lost else 0.0
        return Theory(delayed=lost, abandoned=lost, within=1.0 - lost, wait=wait, occupancy=0.0)
    waiting = _waiting_shares(agents, load, handle, patience)
    blocked = erlang_b(agents, load)
    below = waiting[0] * (1.0 - blocked) / blocked  # those with a free agent, relative to the same
    whole = below + sum(waiting)
    queue = sum(number * share for number, share in enumerate(waiting)) / whole
    delayed = sum(waiting) / whole
    wait = queue * handle / load
    abandoned = wait / patience
    answered = 1.0 - delayed
    for ahead, share in enumerate(waiting):
        chance = _answered_within(ahead, agents / handle, 1.0 / patience, target)
        if chance < HARDLY:
            break  # the longer the line, the smaller the chance
        answered += share / whole * chance
    return Theory(
        delayed=delayed,
        abandoned=abandoned,
        within=answered,
        wait=wait,
        occupancy=load * (1.0 - abandoned) / agents,
    )


def agents_needed(
    load: float, handle: float, *, service_level: float = 0.8, target: float = 20.0, patience: float | None = None
) -> int:
    """The least number of agents with whom ``service_level`` of the callers are answered within ``target`` seconds.

    Erlang C without a ``patience``, Erlang A with one. Raises ValueError for a service level that is none.
    """
    if not 0.0 < service_level < 1.0:
        raise ValueError(f"service level {service_level} is not between 0 and 1")
    low, high = 0, max(int(load) + 1, 1)
    while _reached(high, load, handle, target, patience) < service_level:
        low, high = high, high * 2
        if high > MOST_AGENTS:
            raise ValueError(f"a load of {load:g} Erlang needs more than {MOST_AGENTS} agents")
    while high - low > 1:
        middle = (low + high) // 2
        if _reached(middle, load, handle, target, patience) < service_level:
            low = middle
        else:
            high = middle
    return high if load > 0.0 else 0


def _reached(agents: int, load: float, handle: float, target: float, patience: float | None) -> float:
    if patience is None:
        return erlang_c(agents, load, handle, target).within
    return erlang_a(agents, load, handle, patience, target).within


def _waiting_shares(agents: int, load: float, handle: float, patience: float) -> list[float]:
    """Chances of 0, 1, 2 ... callers in line, relative to that of the most frequent one; 0: all agents are just busy.

    Reckoned in logarithms: on the way to a long line the chances rise by more than a float can hold.
    """
    logs, number = [0.0], 0
    largest = 0.0
    while logs[-1] > largest + LOG_NEGLIGIBLE:
        number += 1
        logs.append(logs[-1] + log((load / handle) / (agents / handle + number / patience)))
        largest = max(largest, logs[-1])
    return [exp(each - largest) for each in logs]


def _answered_within(ahead: int, completions: float, giving_up: float, target: float) -> float:
    """Chance that a caller with ``ahead`` others in line is answered within ``target`` seconds.

    The line ahead shrinks at the rates ``completions + i giving_up``. With ``c = completions / giving_up`` the time
    until the caller is served has the density ``g c(c+1)...(c+n)/n! (1-exp(-gt))^n exp(-gct)``, ``n`` being ``ahead``
    and ``g`` ``giving_up``; that the caller is still there costs another ``exp(-gt)``. Summed by Simpson's rule, in
    logarithms, since the factors of long lines do not fit into a float.
    """
    if target <= 0.0:
        return 0.0
    ratio = completions / giving_up
    factor = log(giving_up) + lgamma(ratio + ahead + 1.0) - lgamma(ratio) - lgamma(ahead + 1.0)
    width = target / STEPS
    total = exp(factor) if ahead == 0 else 0.0
    for index in range(1, STEPS + 1):
        at = index * width
        weight = 1.0 if index == STEPS else 4.0 if index % 2 else 2.0
        gone = log(-expm1(-giving_up * at))
        total += weight * exp(factor + ahead * gone - (completions + giving_up) * at)
    return min(total * width / 3.0, 1.0)


def _check(agents: int, load: float) -> None:
    if agents < 0 or load < 0.0:
        raise ValueError(f"{agents} agents and a load of {load:g} Erlang: neither is below 0")
