"""Erlang's formulas against published values and against a plain simulation of the same model."""

from heapq import heapreplace
from math import inf, sqrt
from random import Random

import pytest

from cti_server.simulation.erlang import agents_needed, erlang_a, erlang_b, erlang_c


def test_erlang_b_by_its_sum() -> None:
    assert erlang_b(0, 5.0) == 1.0
    assert erlang_b(2, 1.0) == pytest.approx(0.5 / 2.5)


def test_the_worked_example_of_a_roster() -> None:
    # 100 calls of three minutes in half an hour: 12 agents do not make 80 % in 20 s, 14 make 88.8 % at 71 %.
    assert erlang_c(12, 10.0, 180.0).within < 0.8
    assert agents_needed(10.0, 180.0) == 14
    theory = erlang_c(14, 10.0, 180.0)
    assert theory.within == pytest.approx(0.888, abs=5e-4)
    assert theory.occupancy == pytest.approx(0.714, abs=5e-4)


def test_one_agent_is_m_m_1() -> None:
    theory = erlang_c(1, 0.5, 60.0, target=0.0)
    assert theory.delayed == pytest.approx(0.5)
    assert theory.wait == pytest.approx(60.0)  # rho / (mu - lambda)


def test_who_cannot_keep_up_waits_for_ever() -> None:
    assert erlang_c(10, 10.0, 180.0).wait == inf
    assert erlang_c(10, 12.0, 180.0).within == 0.0


def test_erlang_a_comes_to_erlang_c_for_endless_patience() -> None:
    endless, exact = erlang_a(12, 10.0, 180.0, 1e7), erlang_c(12, 10.0, 180.0)
    assert endless.within == pytest.approx(exact.within, abs=1e-3)
    assert endless.wait == pytest.approx(exact.wait, rel=1e-2)
    assert endless.abandoned == pytest.approx(0.0, abs=1e-4)


@pytest.mark.parametrize(("agents", "load", "patience"), [(20, 24.0, 180.0), (5, 4.0, 60.0), (3, 6.0, 30.0)])
def test_erlang_a_agrees_with_a_simulation(agents: int, load: float, patience: float) -> None:
    chance, callers, now = Random(3), 60_000, 0.0
    free, in_time, gave_up, waited = [0.0] * agents, 0, 0, 0.0
    for _ in range(callers):
        now += chance.expovariate(load / 180.0)
        patient, offered = chance.expovariate(1.0 / patience), max(free[0] - now, 0.0)
        waited += min(patient, offered)
        if patient < offered:
            gave_up += 1
        else:
            in_time += offered <= 20.0
            heapreplace(free, now + offered + chance.expovariate(1.0 / 180.0))
    theory = erlang_a(agents, load, 180.0, patience)
    # Callers after one another are alike: ten times the error that independent ones would have.
    error = 10.0 / sqrt(callers)
    assert theory.within == pytest.approx(in_time / callers, abs=error)
    assert theory.abandoned == pytest.approx(gave_up / callers, abs=error)
    assert theory.wait == pytest.approx(waited / callers, rel=0.05)


def test_long_lines_do_not_overflow() -> None:
    theory = erlang_a(1000, 1500.0, 180.0, 3600.0)
    assert theory.abandoned == pytest.approx(1.0 / 3.0, abs=1e-6)
    assert theory.within == pytest.approx(0.0, abs=1e-6)


def test_fewer_agents_are_needed_for_callers_who_give_up() -> None:
    assert agents_needed(10.0, 180.0, patience=120.0) < agents_needed(10.0, 180.0)
    assert agents_needed(0.0, 180.0) == 0


def test_nobody_calls_or_nobody_works() -> None:
    assert erlang_a(3, 0.0, 180.0, 60.0).within == 1.0
    assert erlang_a(0, 3.0, 180.0, 60.0).abandoned == 1.0


def test_what_is_below_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="below 0"):
        erlang_b(-1, 1.0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        agents_needed(1.0, 180.0, service_level=1.0)
