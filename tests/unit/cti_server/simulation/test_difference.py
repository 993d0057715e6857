"""Whose fate changed between two configurations."""

from dataclasses import replace
from pathlib import Path

from cti_server.simulation.difference import Changed, difference
from cti_server.simulation.world import World
from tests.unit.cti_server.simulation.sites import at_work, caller, day, plan_of, write_site


def test_more_agents_let_fewer_give_up(tmp_path: Path) -> None:
    one, two = (plan_of(write_site(tmp_path / str(agents), agents)) for agents in (1, 2))
    callers = [caller(1, 100.0, talk=100.0), caller(2, 110.0, patience=30.0), caller(3, 120.0, talk=10.0)]
    before = World(one, day(*callers, roster=at_work(1))).run()
    after = World(two, day(*callers, roster=at_work(2))).run()
    found = difference(before, after)
    assert found.fates == (Changed(before="abandoned (sales)", after="answered (sales)", count=1, numbers=(2,)),)
    assert (found.changed, found.sooner, found.later, found.other_agent) == (1, 0, 0, 0)


def test_the_same_is_no_difference(tmp_path: Path) -> None:
    plan = plan_of(write_site(tmp_path / "c", 1))
    lived = [World(plan, day(caller(1, 100.0), roster=at_work(1))).run() for _ in range(2)]
    found = difference(*lived)
    assert (found.changed, found.fates, found.sooner, found.later, found.other_agent) == (0, (), 0, 0, 0)


def test_whom_one_configuration_turns_away(tmp_path: Path) -> None:
    plan = plan_of(write_site(tmp_path / "c", 1))
    without = replace(plan, pilots=(), version="without")
    callers = day(caller(1, 100.0), roster=at_work(1))
    found = difference(World(plan, callers).run(), World(without, callers).run())
    assert [(each.before, each.after) for each in found.fates] == [("answered (sales)", "refused")]
