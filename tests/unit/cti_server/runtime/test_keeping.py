"""The room of keeping: rebuilds between appends, backups beside the calls, and what operators are told."""

import itertools
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from cti_server.console.answers import Refused, Told
from cti_server.runtime.keeping import Keeper
from cti_server.settings.supervision.journal import JournalSettings
from cti_server.storage import DatabaseError, Store
from cti_server.storage.backups import writing
from cti_server.storage.backups.writing import verify
from cti_server.storage.figures import CommitTimes
from cti_server.storage.projections import rebuilding
from tests.fakes.virtual_time import InlineWorker, VirtualClock
from tests.unit.cti_server.storage.test_projections import several_contacts, whole


class World:
    def __init__(self, folder: Path) -> None:
        self.clock = VirtualClock()
        self.store = Store.open(f"sqlite:///{folder / 'callwright.db'}")
        self.rows = several_contacts()
        self.store.journal.append(self.rows)
        self.store.projections.advance()
        config = folder / "config"
        config.mkdir()
        (config / "server.yaml").write_text("name: x\n")
        standing = CommitTimes().standing(stalled=True, since=1.0, waiting=3, spilled=2, error="disk full")
        self.pump = SimpleNamespace(standing_by=False, standing=standing)
        self.worker = InlineWorker()
        self.keeper = Keeper(
            SimpleNamespace(  # type: ignore[arg-type]
                store=self.store,
                pump=self.pump,
                worker=self.worker,
                keeping=InlineWorker(),
                clock=self.clock,
                config=config,
                settings=SimpleNamespace(data=folder, journal=JournalSettings()),
            )
        )

    def finished(self, answer: Deferred[Any]) -> Any:
        """What comes of it, however long it takes."""
        found: list[Any] = []
        answer.addBoth(found.append)
        for _ in range(2000):
            if found:
                return found[0]
            self.clock.advance(0.1)
        raise AssertionError("it never ends")


@pytest.fixture
def world(tmp_path: Path) -> Any:
    one = World(tmp_path)
    yield one
    one.store.close()


def test_a_rebuild_goes_step_by_step_and_tells_how_far_it_is(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuilding, "STEP", 1)
    monkeypatch.setattr("cti_server.runtime.keeping.TOLD_EVERY", 0.05)
    told: list[str] = []
    right = whole(world.store)
    answer = world.finished(world.keeper.rebuild(told.append))
    assert isinstance(answer, Told)
    assert answer.facts["folded"] == len(world.rows)
    assert len(told) > 1
    assert "journal rows folded" in told[0]
    assert whole(world.store) == right


def test_only_one_rebuild_at_a_time(world: World) -> None:
    first = world.keeper.rebuild(print)
    second = world.finished(world.keeper.rebuild(print))
    assert isinstance(second, Refused)
    assert second.code == "busy"
    assert isinstance(world.finished(first), Told)
    assert isinstance(world.finished(world.keeper.rebuild(print)), Told)


def test_a_rebuild_that_meets_a_fault_is_left_off(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    count = itertools.count()
    original = rebuilding.Rebuild.step

    def step(self: rebuilding.Rebuild) -> rebuilding.RebuildProgress:
        if next(count) == 2:
            raise DatabaseError("the database failed: gone")
        return original(self)

    monkeypatch.setattr(rebuilding.Rebuild, "step", step)
    right = whole(world.store)
    answer = world.finished(world.keeper.rebuild(print))
    assert isinstance(answer, Refused)
    assert "gone" in answer.text
    assert whole(world.store) == right
    assert isinstance(world.finished(world.keeper.rebuild(print)), Told)


def test_a_stop_ends_a_rebuild_and_the_next_start_clears_it_away(world: World) -> None:
    answer = world.keeper.rebuild(print)
    world.keeper.stop()
    assert isinstance(world.finished(answer), Refused)
    world.keeper.start()
    with world.store._engine.connect() as connection:
        assert not connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE name LIKE '%_rebuilt'").all()


def test_a_server_that_stands_by_rebuilds_nothing(world: World) -> None:
    world.pump.standing_by = True
    answer = world.finished(world.keeper.rebuild(print))
    assert isinstance(answer, Refused)
    assert answer.code == "stands-by"


def test_a_backup_without_a_folder_goes_to_the_backups(world: World, tmp_path: Path) -> None:
    answer = world.finished(world.keeper.back_up("monday.backup"))
    assert isinstance(answer, Told)
    file = tmp_path / "backups" / "monday.backup"
    assert verify(file).files == 1
    assert answer.facts["path"] == str(file)
    again = world.finished(world.keeper.back_up("monday.backup"))
    assert isinstance(again, Refused)
    assert "is there already" in again.text
    assert isinstance(world.finished(world.keeper.back_up(str(tmp_path / "else.backup"))), Told)
    assert (tmp_path / "else.backup").exists()


@pytest.mark.parametrize("after", [0, 1], ids=["while rows are copied", "while it is verified"])
def test_a_stop_waits_for_no_backup_and_leaves_no_half_of_one(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    portions = itertools.count(-after * len(world.rows))

    def breath(_seconds: float) -> None:
        if next(portions) == 0:
            world.keeper.stop()

    monkeypatch.setattr("cti_server.runtime.keeping.time.sleep", breath)
    monkeypatch.setattr(writing, "BATCH", 1)
    answer = world.finished(world.keeper.back_up("monday.backup"))
    assert isinstance(answer, Refused)
    assert "the server stops" in answer.text
    assert list((tmp_path / "backups").iterdir()) == []
    assert isinstance(world.finished(world.keeper.check()), Refused)


def test_a_check_counts_the_rows_or_names_the_damage(world: World) -> None:
    answer = world.finished(world.keeper.check())
    assert answer.facts == {"rows": len(world.rows)}
    with world.store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE journal SET at = 0 WHERE seq = 4")
    damaged = world.finished(world.keeper.check())
    assert isinstance(damaged, Refused)
    assert "row 4" in damaged.text


def test_the_journals_standing_is_told_to_people_and_programs(world: World) -> None:
    answer = world.finished(world.keeper.journal())
    assert answer.facts["last"] == len(world.rows)
    assert answer.facts["behind"] == {"contacts": 0, "segments": 0, "agent_activity": 0}
    assert (answer.facts["waiting"], answer.facts["spilled"], answer.facts["error"]) == (3, 2, "disk full")
    assert "calls go on without the journal" in answer.text
    world.store.close()
    with world.store._engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE checkpoints")
    refused = world.finished(world.keeper.journal())
    assert isinstance(refused, Refused)
    assert refused.facts["waiting"] == 3
