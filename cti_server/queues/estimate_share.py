"""The agents that a queue can count on where agents serve several queues: each is shared out by the queues' load."""

from collections.abc import Iterable, Mapping
from typing import Final

from cti_server.vocabulary.ids import QueueName

ROUNDS: Final = 8
"""Rounds of levelling; the more of them change the estimates by less than a hundredth."""
LEAST: Final = 1e-3
"""Load and agents below this count as this, so that an idle queue divides by nothing."""

Pool = tuple[tuple[QueueName, ...], float]
"""Queues that are served by the same agents, and how many such agents there are."""


def shares(pools: Iterable[Pool], load: Mapping[QueueName, float]) -> dict[QueueName, float]:
    """Agents that each queue can count on: those of its own, and its part of those whom it shares.

    ``load`` is what waits in each queue (contacts, or contacts times their handle time). Whoever serves several queues
    takes the contact that came first, so that shared agents go where the wait is longer until waits are level: their
    parts are moved towards the queues with more load per agent. The parts of an agent add up to one.
    """
    shared = [(queues, count) for queues, count in pools if queues and count > 0.0]
    weights = {queue: max(load.get(queue, 0.0), LEAST) for queues, _ in shared for queue in queues}
    result: dict[QueueName, float] = {}
    for _ in range(ROUNDS):
        result = _dealt(shared, weights)
        weights = {
            queue: weight * (max(load.get(queue, 0.0), LEAST) / max(result[queue], LEAST)) ** 0.5
            for queue, weight in weights.items()
        }
    return result


def _dealt(pools: list[Pool], weights: Mapping[QueueName, float]) -> dict[QueueName, float]:
    result = dict.fromkeys(weights, 0.0)
    for queues, count in pools:
        whole = sum(weights[queue] for queue in queues)
        for queue in queues:
            result[queue] += count * weights[queue] / whole
    return result
