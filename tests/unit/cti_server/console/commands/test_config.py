"""Console commands for the configuration and for trials of flows."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from twisted.internet.defer import Deferred, succeed

from cti_server.console.answers import Answer, Told
from cti_server.console.command import UsageError
from cti_server.console.commands import config, trial
from cti_server.console.commands.table import COMMANDS
from cti_server.console.faces import Faces
from cti_server.console.presenting import as_json
from cti_server.console.rights import Actor, Right
from cti_server.console.shell import Shell
from cti_server.vocabulary.commands import LoadPlan, ReportLinkUp
from tests.fakes.virtual_time import VirtualClock
from tests.scenarios.engine.story import LINK
from tests.scenarios.engine.test_trials import queue_trial, trial_site
from tests.unit.cti_server.console.test_console import FakeOperations

Say = Callable[[str], str]
OWN = ("config", "trial", "show trials", "reload")


class ChangesOnPaper:
    """Notes what it is asked for."""

    def __init__(self) -> None:
        self.heard: list[tuple[object, ...]] = []

    def _note(self, *what: object) -> Deferred[Answer]:
        self.heard.append(what)
        return succeed(Told(text=" ".join(map(str, what))))

    def plan(self, back: str | None = None) -> Deferred[Answer]:
        return self._note("plan", back)

    def apply(self, actor: Actor, why: str, expected: str | None = None) -> Deferred[Answer]:
        return self._note("apply", actor.user, why, expected)

    def undo(self, actor: Actor, why: str, to: str | None = None) -> Deferred[Answer]:
        return self._note("undo", actor.user, why, to)

    def reload(self, actor: Actor, why: str = "reload") -> Deferred[Answer]:
        return self._note("reload", actor.user, why)

    def changes(self, limit: int) -> Deferred[Answer]:
        return self._note("changes", limit)

    def difference(self, number: str, other: str | None = None) -> Deferred[Answer]:
        return self._note("difference", number, other)

    def stopped_trials(self) -> list[tuple[str, str]]:
        return []


@pytest.fixture
def changes() -> ChangesOnPaper:
    return ChangesOnPaper()


@pytest.fixture
def operations(changes: ChangesOnPaper) -> FakeOperations:
    made = FakeOperations(VirtualClock())
    made.faces = Faces(changes=changes)
    made.submit(LoadPlan(plan=trial_site(queue=queue_trial(100, abandoned=50, least=9))))
    made.submit(ReportLinkUp(link=LINK))
    return made


@pytest.fixture
def say(operations: FakeOperations) -> Say:
    shell = Shell(operations, COMMANDS)

    def said(line: str) -> str:
        found: list[str] = []
        shell.execute(line).addCallback(found.append)
        return found[0]

    return said


def test_what_is_said_comes_to_the_room_with_who_says_it(say: Say, changes: ChangesOnPaper) -> None:
    for line in (
        "config plan",
        "config plan back=before",
        'config apply why="longer hours" expect=abc',
        "config apply",
        "config undo to=3 why=oops",
        "config history",
        "config history 7",
        "config diff 4",
        "config diff 4 1",
        "reload",
    ):
        say(line)
    user = changes.heard[2][1]
    assert user
    assert changes.heard == [
        ("plan", None),
        ("plan", "before"),
        ("apply", user, "longer hours", "abc"),
        ("apply", user, "", None),
        ("undo", user, "oops", "3"),
        ("changes", 20),
        ("changes", 7),
        ("difference", "4", None),
        ("difference", "4", "1"),
        ("reload", user, "reload"),
    ]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("config history many", "count is digits, not 'many'"),
        ("config history 0", "count is 1 to 500"),
        ("config diff", "plan is missing"),
        ("config show", "kind is missing"),
        ("config show door front", "kind is one of queue, agent"),
        ("config show queue nowhere", "the plan in force has no queue nowhere"),
        ("config apply why=" + "x" * 201, "why is 200 characters at most"),
        ("trial stop nothing", "the plan has no trial nothing"),
        ("trial finish", "trial is missing"),
    ],
)
def test_what_makes_no_sense_is_told(say: Say, changes: ChangesOnPaper, line: str, answer: str) -> None:
    assert answer in say(line)
    assert changes.heard == []


def test_a_reason_stands_on_one_line_of_the_log(operations: FakeOperations, changes: ChangesOnPaper) -> None:
    config.apply(operations, ["why=two\nlines\x1b[2J"])
    assert changes.heard[0][2] == "two lines [2J"


def test_a_part_of_the_plan_is_shown_to_people_and_programs(operations: FakeOperations, say: Say) -> None:
    shown = say("config show queue sales")
    assert "  ring_time: 12" in shown.splitlines()
    assert "  groups: sales" in shown.splitlines()
    facts = json.loads(as_json(config.show(operations, ["queue", "sales"])))
    assert (facts["ring_time"], facts["groups"]) == (12.0, ["sales"])
    assert "flow: welcome" in say("config show pilot pbx/7000")
    with pytest.raises(UsageError):
        config.show(operations, ["door", "front"])


def test_a_trial_is_shown_and_ended_by_hand(operations: FakeOperations, say: Say) -> None:
    assert "waiting-2" in say("show trials")
    assert "runs" in say("show trials state=runs")
    assert say('trial stop sales "the old one is better"').startswith("trial sales is stopped")
    assert "stopped" in say("show trials")
    assert "the old one is better" in say("show trials")
    assert "already" in say("trial stop sales")
    assert say("trial finish sales").startswith("trial sales is finished")
    assert "finished" in say("show trials")


def test_without_trials_that_is_said(operations: FakeOperations, say: Say) -> None:
    plan = replace(trial_site("none"))
    operations.submit(LoadPlan(plan=plan))
    assert say("show trials") == "no flow is on trial"


def test_a_server_without_the_room_refuses(operations: FakeOperations, say: Say) -> None:
    operations.faces = Faces()
    for line in ("config plan", "config apply", "config undo", "config history", "config diff 1"):
        assert "refused" in say(line)


def test_what_changes_something_needs_the_right_to_route_and_every_command_has_an_example() -> None:
    for command in (*config.COMMANDS, *trial.COMMANDS):
        changing = command.name in {"config apply", "config undo", "reload", "trial stop", "trial finish"}
        assert (command.right is Right.ROUTE) == changing
        assert f"Example: {command.name}" in command.detail
