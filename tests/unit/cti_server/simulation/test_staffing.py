"""Half-hours that are short of agents are found, by the worked example of a roster."""

from pathlib import Path
from random import Random

import pytest

from cti_server.simulation.day import Duty
from cti_server.simulation.staffing import shortages
from cti_server.simulation.world import World
from cti_server.vocabulary.ids import AgentId
from tests.unit.cti_server.simulation.sites import at_work, caller, day, plan_of, write_site


def test_a_hundred_calls_of_three_minutes_need_fourteen(tmp_path: Path) -> None:
    plan = plan_of(write_site(tmp_path / "c", 14))
    chance = Random(4)
    # 180 s with a phone that is answered at once, so that the handle time is the talk and the moment of ringing.
    callers = [
        caller(n, 1800.0 + 17.9 * n, talk=179.7, ring=0.0, patience=1e5 + chance.random()) for n in range(1, 101)
    ]
    for agents, expected in ((12, [(12.0, 14)]), (14, [])):
        whole = day(*callers, roster=at_work(agents))
        found = shortages(World(plan, whole).run(), whole, plan)
        assert [(each.rostered, each.needed) for each in found] == expected
    whole = day(*callers, roster=at_work(12))
    short = shortages(World(plan, whole).run(), whole, plan)[0]
    assert (short.at, short.calls, short.queue) == (1800.0, 100, "sales")
    assert short.reached == pytest.approx(0.888, abs=2e-3)
    assert short.occupancy == pytest.approx(0.714, abs=2e-3)


def test_agents_on_a_break_are_missed(tmp_path: Path) -> None:
    plan = plan_of(write_site(tmp_path / "c", 14))
    callers = [caller(n, 1800.0 + 17.9 * n, talk=179.7, ring=0.0) for n in range(1, 101)]
    breaks = [(1800.0, AgentId(f"a{n:02}"), Duty.AWAY) for n in range(4)]
    backs = [(2700.0, AgentId(f"a{n:02}"), Duty.READY) for n in range(4)]
    whole = day(*callers, roster=at_work(14, *breaks, *backs))
    found = shortages(World(plan, whole).run(), whole, plan)
    assert [(each.rostered, each.needed) for each in found] == [(12.0, 14)]


def test_nobody_called(tmp_path: Path) -> None:
    plan = plan_of(write_site(tmp_path / "c", 1))
    whole = day(roster=at_work(1))
    assert shortages(World(plan, whole).run(), whole, plan) == []
