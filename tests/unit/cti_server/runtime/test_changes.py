"""Changes of the configuration: shown, made as a whole, refused, journaled, undone, taken up by parts that can."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from structlog.testing import capture_logs
from twisted.internet.defer import Deferred, succeed

from cti_server.console.answers import Answer, Refused, Table, Told
from cti_server.console.rights import Actor, Right
from cti_server.console.service import Console
from cti_server.engine.engine import Engine
from cti_server.runtime.changes import Changes, ConsoleRules, LogLevel
from cti_server.runtime.running import Running
from cti_server.settings import ServerSettings, load_settings
from cti_server.storage.errors import CodecError
from cti_server.vocabulary.commands import Command, LoadPlan
from cti_server.vocabulary.events import Recorded, TrialStopped
from cti_server.vocabulary.ids import FlowName, TrialName
from cti_server.vocabulary.refusals import Refusal
from cti_server.vocabulary.values import ChangeKind, TrialFigures
from program.levels import IN_FORCE, LEVELS
from tests.fakes.virtual_time import InlineWorker, VirtualClock
from tests.unit.cti_server.settings.configs import Config

OPS = Actor(user="ops", door="ssh", peer="10.0.0.1", rights=frozenset(Right))


class PumpOnPaper:
    """An engine whose events are durable at once."""

    def __init__(self, clock: VirtualClock) -> None:
        self.engine, self.clock = Engine(), clock
        self.rows: dict[int, Recorded] = {}
        self.before_submit: list[Command] = []
        self.listeners: list[Callable[[list[Recorded]], None]] = []

    @property
    def state(self) -> Any:
        return self.engine.state

    def submit(self, command: Command) -> Deferred[Refusal | None]:
        for other in (*self.before_submit, command):
            outcome = self.engine.handle(other, self.clock.now())
            self.rows |= {one.seq: one for one in outcome.events}
            for listener in self.listeners:
                listener(list(outcome.events))
        self.before_submit = []
        return succeed(outcome.refusal)

    def listen(self, listener: Callable[[list[Recorded]], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def row(self, seq: int) -> Recorded | None:
        return self.rows.get(seq)


class Part:
    """Takes up the black box's settings."""

    live = ("black_box",)

    def __init__(self) -> None:
        self.heard: list[ServerSettings] = []

    def reconfigure(self, settings: ServerSettings) -> None:
        self.heard.append(settings)


class PickyPart(Part):
    """Keeps more than three files and no fewer."""

    def reconfigure(self, settings: ServerSettings) -> None:
        super().reconfigure(settings)
        if settings.black_box.files <= 3:
            raise RuntimeError(f"{settings.name}: cannot")


class World:
    def __init__(self, home: Path) -> None:
        self.config = Config(home)
        self.clock = VirtualClock()
        self.pump = PumpOnPaper(self.clock)
        self.parts: list[object] = [PickyPart(), Part(), object()]
        loaded = load_settings(self.config.home)
        assert loaded.plan is not None
        assert loaded.settings is not None
        self.pump.submit(LoadPlan(plan=loaded.plan, kind=ChangeKind.START, by="server", why="start"))
        running = SimpleNamespace(
            pump=self.pump,
            clock=self.clock,
            config=self.config.home,
            settings=loaded.settings,
            store=SimpleNamespace(journal=self.pump),
            worker=InlineWorker(),
            stories=InlineWorker(),
        )
        self.changes = Changes(cast("Running", running), lambda: self.parts)
        self.changes.start()

    def wrap_up(self, before: float, after: float) -> None:
        self.config.edit("site/queues.yaml", f"wrap_up: {before:g}", f"wrap_up: {after:g}")

    @property
    def running(self) -> float:
        return float(self.pump.state.plan.queues["sales"].wrap_up)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def now(answer: Deferred[Answer]) -> Answer:
    found: list[Answer] = []
    answer.addCallback(found.append)
    assert found, "it was not answered at once"
    return found[0]


def told(answer: Deferred[Answer]) -> Told:
    found = now(answer)
    assert isinstance(found, Told), found
    return found


def refused(answer: Deferred[Answer]) -> Refused:
    found = now(answer)
    assert isinstance(found, Refused), found
    return found


def test_what_runs_as_the_files_say_needs_no_change(world: World) -> None:
    assert told(world.changes.plan()).facts["same"] is True
    assert told(world.changes.apply(OPS, "")).text == "nothing to change: what runs is what the files say"
    assert len(world.pump.state.changes) == 1


def test_a_plan_is_shown_without_being_made(world: World) -> None:
    world.wrap_up(8, 9)
    shown = told(world.changes.plan())
    assert shown.facts["changes"] == ["queue sales: wrap_up 8 -> 9"]
    assert "queue sales: wrap_up 8 -> 9" in shown.text
    assert world.running == 8


def test_what_was_shown_is_made_and_journaled_with_who_and_why(world: World) -> None:
    world.wrap_up(8, 9)
    digest = told(world.changes.plan()).facts["digest"]
    done = told(world.changes.apply(OPS, "more time", digest))
    assert done.text.endswith("loaded: plan 2 is in force")
    last = world.pump.state.changes[-1]
    assert (world.running, last.by, last.why, last.kind) == (9, "ops", "more time", ChangeKind.APPLY)


def test_what_has_become_another_change_is_refused(world: World) -> None:
    world.wrap_up(8, 9)
    digest = told(world.changes.plan()).facts["digest"]
    world.wrap_up(9, 10)
    assert refused(world.changes.apply(OPS, "", digest)).code == "plan-changed"
    assert world.running == 8


def test_who_was_faster_keeps_the_plan_that_was_loaded_meanwhile(world: World) -> None:
    world.wrap_up(8, 9)
    other = load_settings(world.config.home).plan
    assert other is not None
    world.wrap_up(9, 10)
    world.pump.before_submit = [LoadPlan(plan=other, by="somebody")]
    assert refused(world.changes.apply(OPS, "")).code == "plan-changed"
    assert world.running == 9


def test_wrong_files_change_nothing_and_every_problem_is_told(world: World) -> None:
    world.wrap_up(8, 9)
    world.config.edit("site/queues.yaml", "groups: [sales]", "groups: [nobody]")
    world.config.edit("server.yaml", "port: 11040", "prot: 11040")
    for answer in (world.changes.plan(), world.changes.apply(OPS, ""), world.changes.reload(OPS)):
        found = refused(answer)
        assert found.code == "wrong-files"
        assert len(found.facts["problems"]) >= 2
        assert "the system stays as it was" in found.text
    assert world.running == 8


def test_an_undo_brings_back_what_was_and_another_undoes_it(world: World) -> None:
    world.wrap_up(8, 9)
    told(world.changes.apply(OPS, ""))
    undone = told(world.changes.undo(OPS, "too long"))
    assert (world.running, undone.facts["back_to"], undone.facts["files_differ"]) == (8, 1, True)
    assert "the files say something else now" in undone.text
    again = told(world.changes.undo(OPS, "it was right"))
    assert (world.running, again.facts["back_to"], again.facts["files_differ"]) == (9, 2, False)
    kinds = [(one.number, one.kind, one.back_to, one.why) for one in world.pump.state.changes]
    assert kinds[2:] == [(3, ChangeKind.UNDO, 1, "too long"), (4, ChangeKind.UNDO, 2, "it was right")]


def test_an_undo_goes_back_as_far_as_is_wished_and_shows_it_first(world: World) -> None:
    for value in (9, 10):
        world.wrap_up(value - 1, value)
        told(world.changes.apply(OPS, ""))
    assert told(world.changes.plan("1")).facts["changes"] == ["queue sales: wrap_up 10 -> 8"]
    assert told(world.changes.plan("before")).facts["changes"] == ["queue sales: wrap_up 10 -> 9"]
    assert world.running == 10
    told(world.changes.undo(OPS, "", "1"))
    assert world.running == 8


def test_after_an_undo_the_files_come_into_force_by_an_apply_even_where_they_say_the_same(world: World) -> None:
    world.wrap_up(8, 9)
    told(world.changes.apply(OPS, ""))
    told(world.changes.undo(OPS, ""))
    assert "stands until the files are applied" in told(world.changes.plan()).text
    world.wrap_up(9, 8)
    assert world.pump.state.undone
    told(world.changes.apply(OPS, "files follow"))
    assert not world.pump.state.undone


@pytest.mark.parametrize("which", ["7", "0", "-1", "one", "1" * 40, "²"])
def test_plans_that_nobody_knows_are_refused(world: World, which: str) -> None:
    assert refused(world.changes.undo(OPS, "", which)).code == "unknown-plan"
    assert refused(world.changes.plan(which)).code == "unknown-plan"
    assert refused(world.changes.difference(which)).code == "unknown-plan"


def test_there_is_nothing_before_the_first_plan(world: World) -> None:
    assert refused(world.changes.undo(OPS, "")).text == "there is no plan of before"


def test_a_plan_that_the_journal_cannot_tell_any_more_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.wrap_up(8, 9)
    told(world.changes.apply(OPS, ""))
    rows, world.pump.rows = world.pump.rows, {}
    assert refused(world.changes.undo(OPS, "")).text == "plan 1 is not in the journal"
    world.pump.rows = rows

    def garbled(_seq: int) -> Recorded | None:
        raise CodecError("no step of this kind")

    monkeypatch.setattr(world.pump, "row", garbled)
    assert refused(world.changes.undo(OPS, "")).text == "plan 1 cannot be read: no step of this kind"
    assert world.running == 9


def test_the_history_is_the_newest_first(world: World) -> None:
    world.wrap_up(8, 9)
    told(world.changes.apply(OPS, "why not"))
    told(world.changes.undo(OPS, ""))
    table = now(world.changes.changes(2))
    assert isinstance(table, Table)
    assert [(row[0], row[2], row[3], row[4]) for row in table.rows] == [
        (3, "undo to 1", "ops", None),
        (2, "apply", "ops", "why not"),
    ]


def test_a_change_is_told_against_the_plan_before_it_or_another(world: World) -> None:
    for value in (9, 10):
        world.wrap_up(value - 1, value)
        told(world.changes.apply(OPS, ""))
    assert told(world.changes.difference("2")).facts["changes"] == ["queue sales: wrap_up 8 -> 9"]
    assert told(world.changes.difference("3", "1")).facts["changes"] == ["queue sales: wrap_up 8 -> 10"]
    assert told(world.changes.difference("1")).text == "plan 1 is the first that is known"


def test_settings_are_taken_up_by_the_parts_that_can_and_the_rest_needs_a_restart(world: World) -> None:
    world.config.edit("server.yaml", "name: callwright", "name: other")
    world.config.edit("server.yaml", "files: 8", "files: 5")
    shown = told(world.changes.plan())
    assert [(one["path"], one["restart"]) for one in shown.facts["settings"]] == [
        ("black_box.files", False),
        ("name", True),
    ]
    assert "server.yaml name: callwright -> other (needs a restart)" in shown.text
    told(world.changes.apply(OPS, ""))
    part = world.parts[1]
    assert isinstance(part, Part)
    assert [one.black_box.files for one in part.heard] == [5]
    after = told(world.changes.plan())
    assert [one["path"] for one in after.facts["settings"]] == ["name"]
    told(world.changes.apply(OPS, ""))
    assert len(part.heard) == 1


def files_of(world: World) -> list[list[int]]:
    """What each part was told to keep, in its order."""
    return [[one.black_box.files for one in part.heard] for part in world.parts if isinstance(part, Part)]


def test_where_one_part_cannot_take_up_its_settings_everything_is_as_before(world: World) -> None:
    world.config.edit("server.yaml", "files: 8", "files: 3")
    world.wrap_up(8, 9)
    answer = refused(world.changes.apply(OPS, "less"))
    assert (answer.code, answer.facts["part"]) == ("part-unable", "PickyPart")
    assert files_of(world) == [[3, 8], [3, 8]]
    assert (world.running, len(world.pump.state.changes)) == (8, 1)
    shown = told(world.changes.plan())
    assert [one["path"] for one in shown.facts["settings"]] == ["black_box.files"]
    assert "queue sales: wrap_up 8 -> 9" in shown.text
    world.config.edit("server.yaml", "files: 3", "files: 5")
    told(world.changes.apply(OPS, "a little less"))
    assert (files_of(world)[1][-1], world.running) == (5, 9)


def test_where_the_plan_is_refused_the_parts_go_back(world: World) -> None:
    plan = load_settings(world.config.home).plan
    assert plan is not None
    world.config.edit("server.yaml", "files: 8", "files: 5")
    world.wrap_up(8, 9)
    other = replace(plan, version="other")
    world.pump.before_submit = [LoadPlan(plan=other, kind=ChangeKind.APPLY, by="ben", why="")]
    assert refused(world.changes.apply(OPS, "")).code == "plan-changed"
    assert files_of(world) == [[5, 8], [5, 8]]
    assert world.running == 8
    assert [one["path"] for one in told(world.changes.plan()).facts["settings"]] == ["black_box.files"]


def test_a_reload_changes_the_level_of_the_log(world: World) -> None:
    before = IN_FORCE.shown()[""]
    world.parts.append(LogLevel())
    world.config.edit("server.yaml", "level: info", "level: error")
    try:
        done: list[object] = []
        world.changes.hang_up().addCallback(done.append)
        assert done == [None]
        assert IN_FORCE.shown() == {"": "error"}
    finally:
        IN_FORCE.configure(LEVELS[before])


def test_roles_at_the_console_are_taken_up_by_the_console(world: World) -> None:
    heard: list[object] = []
    console = SimpleNamespace(reconfigure=heard.append)
    world.changes.include(ConsoleRules(cast("Console", console)))
    world.config.edit("server.yaml", "  port: 7823\n", "  port: 7823\n  idle_minutes: 7\n")
    shown = told(world.changes.plan()).facts["settings"]
    assert [(one["path"], one["restart"]) for one in shown] == [("console.idle_minutes", False)]
    told(world.changes.apply(OPS, ""))
    settings = load_settings(world.config.home).settings
    assert settings is not None
    assert heard == [settings.console]


def test_a_server_that_stood_by_goes_by_the_settings_that_it_began_with(world: World) -> None:
    world.changes.prepare()
    world.config.edit("server.yaml", "name: callwright", "name: other")
    world.changes.start()
    assert [one["path"] for one in told(world.changes.plan()).facts["settings"]] == ["name"]


def test_files_that_say_something_else_than_what_runs_are_warned_of(world: World) -> None:
    with capture_logs() as lines:
        world.changes.start()
        assert lines == []
        world.wrap_up(8, 9)
        world.changes.start()
    assert [line["event"] for line in lines] == ["running plan differs from files; it stands until they are applied"]


@pytest.mark.parametrize(("by", "warned"), [("", True), ("ops", False)])
def test_a_guard_that_stops_a_trial_is_warned_of(world: World, by: str, warned: bool) -> None:
    stopped = TrialStopped(trial=TrialName("sales"), flow=FlowName("new"), reason="bad", by=by, figures=TrialFigures())
    with capture_logs() as lines:
        for listener in world.pump.listeners:
            listener([Recorded(1, 0.0, None, stopped)])
    assert any("trial stopped by its guard" in line["event"] for line in lines) == warned


def test_it_ends_at_once_and_watches_no_more(world: World) -> None:
    assert world.changes.stop().called
    assert world.pump.listeners == []
