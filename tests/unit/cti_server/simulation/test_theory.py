"""Waits simulated through the engine agree with Erlang's theory, within what chance allows."""

from collections.abc import Iterator
from math import inf, sqrt
from pathlib import Path
from random import Random

import pytest

from cti_server.simulation.day import Arrival
from cti_server.simulation.erlang import Theory, erlang_a, erlang_c
from cti_server.simulation.ledger import Life
from cti_server.simulation.world import World
from tests.unit.cti_server.simulation.sites import at_work, caller, day, plan_of, write_site

AGENTS, HANDLE, CALLERS, BATCHES = 10, 180.0, 4_000, 20
WARM_UP = CALLERS // 20


def callers(load: float, patience: float, seed: int) -> Iterator[Arrival]:
    """Poisson arrivals, exponential talks; the phone is answered at once, so that the wait is that of the line."""
    chance, now = Random(seed), 0.0
    for number in range(1, CALLERS + 1):
        now += chance.expovariate(load / HANDLE)
        patient = chance.expovariate(1.0 / patience) if patience < inf else inf
        yield caller(number, now, talk=chance.expovariate(1.0 / HANDLE), ring=0.0, patience=patient)


def batched(values: list[float]) -> tuple[float, float]:
    """Mean and its standard error, from the means of batches: callers after one another wait alike."""
    size = len(values) // BATCHES
    means = [sum(values[index * size : (index + 1) * size]) / size for index in range(BATCHES)]
    mean = sum(means) / BATCHES
    return mean, sqrt(sum((each - mean) ** 2 for each in means) / (BATCHES - 1) / BATCHES)


def simulated(folder: Path, load: float, patience: float, seed: int) -> list[Life]:
    plan = plan_of(write_site(folder, AGENTS))
    ledger = World(plan, day(*callers(load, patience, seed), roster=at_work(AGENTS))).run()
    return [ledger.lives[number] for number in range(WARM_UP + 1, CALLERS + 1)]


def agree(found: list[float], expected: float, offset: float = 0.0) -> None:
    """Within four standard errors: one such test in some ten thousand would fail by chance."""
    mean, error = batched(found)
    assert mean - offset == pytest.approx(expected, abs=4.0 * error + 1e-3)


@pytest.mark.parametrize(("load", "patience"), [(8.0, inf), (9.0, 180.0), (12.0, 120.0)])
def test_waits_agree_with_theory(tmp_path: Path, load: float, patience: float) -> None:
    theory: Theory = (
        erlang_c(AGENTS, load + RING_LOAD * load, HANDLE + RING)
        if patience == inf
        else erlang_a(AGENTS, load + RING_LOAD * load, HANDLE + RING, patience)
    )
    lives = simulated(tmp_path / "c", load, patience, seed=11)
    answered = [float(life.answered_at is not None) for life in lives]
    agree([life.wait or 0.0 for life in lives], theory.wait, offset=RING * sum(answered) / len(answered))
    agree([1.0 - each for each in answered], theory.abandoned)
    agree([float((life.wait or 0.0) > RING + 1e-6) for life in lives], theory.delayed)
    in_time = [float(life.answered_at is not None and (life.wait or 0.0) <= 20.0 + RING) for life in lives]
    agree(in_time, theory.within)


RING = 0.3
"""A phone rings for a moment before it can be answered: part of the agent's time, and of nobody's place in the line."""
RING_LOAD = RING / HANDLE
