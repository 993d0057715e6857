"""A day read back out of its events is the day that was: callers, patience, handle times and roster."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from math import inf
from pathlib import Path

import pytest

from cti_server.simulation.day import Arrival, Day, Duty
from cti_server.simulation.past import EmptyDayError, day_of, read_day
from cti_server.simulation.world import World
from cti_server.storage import Store
from cti_server.vocabulary.events import Recorded
from tests.unit.cti_server.simulation.sites import at_work, caller, day, plan_of, write_site

START = datetime(2026, 11, 23, tzinfo=UTC).timestamp()


class Keeping(World):
    """A world that keeps what the engine records, as a journal would."""

    def __init__(self, *arguments: object) -> None:
        self.kept: list[Recorded] = []
        super().__init__(*arguments)  # type: ignore[arg-type]  # handed on as they are

    def _note(self, recorded: Recorded) -> None:
        self.kept.append(recorded)
        super()._note(recorded)


def lived(folder: Path, original: Day) -> list[Recorded]:
    world = Keeping(plan_of(write_site(folder, 2, wrap_up=20.0, second_queue=True)), original)
    world.run()
    return world.kept


def callers() -> Iterator[Arrival]:
    yield caller(1, 100.0, digits=("1",), talk=60.0, wrap_up=5.0, ring=4.0)
    yield caller(2, 110.0, digits=("7", "2"), talk=200.0, ring=6.0)
    yield caller(3, 120.0, digits=("", "1"), patience=25.0)
    yield caller(4, 130.0, digits=("2",), flow_patience=3.0)
    yield caller(5, 300.0, digits=("2",), talk=30.0, missed=1)


def test_what_was_seen_comes_back(tmp_path: Path) -> None:
    roster = at_work(2, (900.0, "a01", Duty.AWAY), (1000.0, "a01", Duty.READY), (2000.0, "a00", Duty.OFF))
    read = day_of(lived(tmp_path / "c", day(*callers(), roster=roster)), name="x", start=0.0, end=86_400.0, seed=1)
    one, two, three, four, five = read.arrivals
    assert [arrival.at for arrival in read.arrivals] == [100.0, 110.0, 120.0, 130.0, 300.0]
    assert (one.talk, one.wrap_up, one.ring, one.digits) == (60.0, 5.0, 4.0, ("1",))
    assert (two.talk, two.wrap_up, two.digits) == (200.0, None, ("7", "2"))
    assert (three.patience, three.digits) == (25.0, ("", "1"))
    assert four.flow_patience == 3.0
    assert (five.missed, five.ring, five.talk) == (1, 5.0, 30.0)
    duties = [(entry.at, entry.agent, entry.duty) for entry in read.roster]
    assert (900.0, "a01", Duty.AWAY) in duties
    assert (2000.0, "a00", Duty.OFF) in duties


def test_the_day_that_was_read_ends_as_it_ended(tmp_path: Path) -> None:
    original = day(*callers(), roster=at_work(2))
    plan = plan_of(write_site(tmp_path / "d", 2, wrap_up=20.0, second_queue=True))
    first = World(plan, original).run()
    again = World(plan, day_of(lived(tmp_path / "c", original), name="x", start=0.0, end=86_400.0, seed=1)).run()
    fates = [(life.fate, life.agent, life.wait) for _, life in sorted(first.lives.items())]
    assert [(life.fate, life.agent, life.wait) for _, life in sorted(again.lives.items())] == fates


def test_who_was_answered_would_have_waited_longer(tmp_path: Path) -> None:
    rows = lived(tmp_path / "c", day(*callers(), roster=at_work(2)))
    one = day_of(rows, name="x", start=0.0, end=86_400.0, seed=1).arrivals[0]
    assert 4.0 < one.patience < inf
    other = day_of(rows, name="x", start=0.0, end=86_400.0, seed=2).arrivals[0]
    assert other.patience != one.patience


def test_where_nobody_gave_up_patience_is_endless(tmp_path: Path) -> None:
    rows = lived(tmp_path / "c", day(caller(1, 100.0, digits=("1",)), roster=at_work(2)))
    assert day_of(rows, name="x", start=0.0, end=86_400.0, seed=1).arrivals[0].patience == inf


def test_who_was_at_work_the_evening_before_is_so_at_midnight(tmp_path: Path) -> None:
    rows = lived(tmp_path / "c", day(caller(1, 5000.0, digits=("1",)), roster=at_work(2)))
    read = day_of(rows, name="x", start=4000.0, end=90_000.0, seed=1)
    assert [(entry.at, entry.agent, entry.duty) for entry in read.roster] == [
        (4000.0, "a00", Duty.READY),
        (4000.0, "a01", Duty.READY),
    ]


def test_a_day_is_found_in_a_journal(tmp_path: Path) -> None:
    moved = [Recorded(r.seq, r.at + START, r.cause_seq, r.event) for r in lived_days(tmp_path)]
    with Store.open(f"sqlite:///{tmp_path / 'journal.db'}") as store:
        store.journal.append(moved)
        second = read_day(store.journal, date(2026, 11, 24), UTC, 1)
        assert [arrival.at - START for arrival in second.arrivals] == [90_000.0]
        assert [entry.at - START for entry in second.roster] == [86_400.0, 86_400.0]
        with pytest.raises(EmptyDayError):
            read_day(store.journal, date(2026, 11, 27), UTC, 1)


def lived_days(tmp_path: Path) -> list[Recorded]:
    """Two days of one caller each; the agents stay at work."""
    two = day(caller(1, 100.0, digits=("1",)), caller(2, 90_000.0, digits=("2",)), roster=at_work(2))
    return lived(tmp_path / "c", two)
