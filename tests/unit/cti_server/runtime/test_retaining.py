"""When the journal's oldest rows are removed: at the quiet time, between appends, and with nothing in the way."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs

from cti_server.runtime.retaining import LOOK_SECONDS, Retaining
from cti_server.settings.supervision.journal import JournalSettings
from cti_server.storage import Store
from cti_server.storage.retention import removing
from tests.fakes.virtual_time import InlineWorker, VirtualClock
from tests.scenarios.engine.story import START, Story
from tests.unit.cti_server.storage.retention.lives import DAY, kept, weeks

KEEP = 7


class At(VirtualClock):
    """A clock that stands at a time of the story's own calendar."""

    def __init__(self, at: float) -> None:
        super().__init__()
        self._offset = at - super().now()

    def now(self) -> float:
        return super().now() + self._offset


class World:
    def __init__(self, folder: Path, story: Story, settings: JournalSettings, hour: int) -> None:
        midnight = time.mktime((*time.localtime(START + (KEEP + 4) * DAY)[:3], 0, 0, 0, 0, 0, -1))
        self.clock = At(midnight + hour * 3600.0)
        self.store = Store.open(f"sqlite:///{folder / 'callwright.db'}")
        kept(self.store, story, len(story.journal))
        self.pump = SimpleNamespace(standing_by=False, stalled=False)
        self.keeper = SimpleNamespace(busy=False)
        self.worker = InlineWorker()
        running: Any = SimpleNamespace(
            settings=SimpleNamespace(journal=settings),
            store=self.store,
            pump=self.pump,
            worker=self.worker,
            clock=self.clock,
        )
        keeper: Any = self.keeper
        self.room = Retaining(running, keeper)
        self.room.start()

    @property
    def gone(self) -> int:
        return self.store.journal.start().seq


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(removing, "STEP", 20)
    former = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    yield
    if former is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = former
    time.tzset()


@pytest.fixture(scope="module")
def story() -> Story:
    return weeks()


def passed(world: World, seconds: float) -> None:
    """Time goes by in small steps."""
    end = world.clock.now() + seconds
    while world.clock.now() < end:
        world.clock.advance(0.5)


def test_what_is_older_goes_at_the_quiet_time_and_the_log_says_so_once(tmp_path: Path, story: Story) -> None:
    world = World(tmp_path, story, JournalSettings(keep=KEEP), hour=1)
    with world.store, capture_logs() as logs:
        passed(world, LOOK_SECONDS + 60)
        assert world.gone == 0, "it is not the time"
        world.clock.advance(3600.0)
        passed(world, 120.0)
        assert world.gone > 20
        assert next(world.store.journal.read(after=world.gone)).at >= world.clock.now() - KEEP * DAY - 4000
        passed(world, LOOK_SECONDS * 2)
        told = [line for line in logs if line["event"] == "journal rows removed by retention"]
        assert [(line["rows"], line["begins_behind"], line["days"]) for line in told] == [
            (world.gone, world.gone, KEEP)
        ]


def test_nothing_goes_where_it_is_not_wanted(tmp_path: Path, story: Story) -> None:
    world = World(tmp_path, story, JournalSettings(), hour=3)
    with world.store:
        passed(world, LOOK_SECONDS * 2)
        assert world.gone == 0
        world.room.stop()


@pytest.mark.parametrize("what", ["standing_by", "stalled", "busy"])
def test_what_is_in_the_way_holds_it_up_and_it_goes_on_behind_it(tmp_path: Path, story: Story, what: str) -> None:
    world = World(tmp_path, story, JournalSettings(keep=KEEP), hour=3)
    place = world.keeper if what == "busy" else world.pump
    with world.store:
        setattr(place, what, True)
        passed(world, LOOK_SECONDS + 10)
        assert world.gone == 0
        setattr(place, what, False)
        passed(world, LOOK_SECONDS)
        assert world.gone > 0


def test_a_stop_ends_it_between_two_steps(tmp_path: Path, story: Story) -> None:
    world = World(tmp_path, story, JournalSettings(keep=KEEP), hour=3)
    with world.store:
        while not world.gone:
            world.clock.advance(0.05)
        world.room.stop()
        before = world.gone
        passed(world, LOOK_SECONDS * 2)
        assert world.gone == before
        assert world.store.journal.verify() == len(story.journal) - before


def test_a_fault_is_told_and_the_next_round_goes_on(tmp_path: Path, story: Story) -> None:
    world = World(tmp_path, story, JournalSettings(keep=KEEP), hour=3)
    with world.store, capture_logs() as logs:
        with world.store._engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE journal RENAME TO elsewhere")
        passed(world, LOOK_SECONDS + 10)
        assert [line["event"] for line in logs] == ["the journal's oldest rows cannot be removed"]
        with world.store._engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO journal")
        passed(world, LOOK_SECONDS + 10)
        assert world.gone > 0


@pytest.mark.parametrize(
    ("first", "last", "hours"),
    [(2, 5, {2, 3, 4}), (22, 1, {22, 23, 0}), (3, 3, set(range(24))), (0, 23, set(range(23)))],
)
def test_the_quiet_time_may_go_over_midnight(first: int, last: int, hours: set[int]) -> None:
    settings = JournalSettings(remove_from=first, remove_until=last)
    assert {hour for hour in range(24) if settings.may_remove_at(hour)} == hours
