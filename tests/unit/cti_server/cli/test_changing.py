"""The commands plan, apply, undo and reload: what they ask the server, whom they ask, and their exit statuses."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cti_server.cli import changing
from cti_server.cli.command import main
from cti_server.cli.door import DoorError, Reply
from tests.unit.cti_server.settings.configs import REPOSITORY

CONFIG = ("--config", str(REPOSITORY / "config"))
SHOWN = {
    "text": "queue sales: wrap_up 8 -> 9\n\ndigest abc",
    "same": False,
    "empty": False,
    "undone": False,
    "digest": "abc",
}
SAME = {"text": "nothing to change", "same": True, "empty": True, "undone": False, "digest": "abc"}
DONE = {"text": "loaded: plan 2 is in force", "number": 2}


class Door:
    """Answers as it was told, and notes what was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers: dict[str, tuple[int, Any]] = {}

    def ask(self, _settings: object, line: str, **_more: object) -> Reply:
        self.asked.append(line)
        status, found = next(
            (answer for begin, answer in self.answers.items() if line.startswith(begin)), (0, {"text": "done"})
        )
        return Reply(status=status, text=found if isinstance(found, str) else json.dumps(found))


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    made = Door()
    monkeypatch.setattr(changing, "ask", made.ask)
    return made


Call = Callable[..., Result]


@pytest.fixture
def call() -> Call:
    def called(*words: str, keys: str | None = None) -> Result:
        return CliRunner().invoke(main, [*words, *CONFIG], input=keys)

    return called


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody sits at a terminal."""

    def confirm(question: str) -> None:
        if not changing.click.confirm(question):
            raise changing.click.exceptions.Exit(1)

    monkeypatch.setattr(changing, "_confirm", confirm)


def test_a_plan_is_shown_and_its_exit_status_tells_more_on_request(door: Door, call: Call) -> None:
    door.answers["config plan"] = 0, SHOWN
    shown = call("plan")
    assert (shown.exit_code, shown.stdout) == (0, SHOWN["text"] + "\n")
    assert call("plan", "--detailed").exit_code == 3
    assert json.loads(call("plan", "--json").stdout) == SHOWN
    door.answers["config plan"] = 0, SAME
    assert call("plan", "--detailed").exit_code == 0
    call("plan", "--back", "3")
    assert door.asked[-1] == "config plan back=3"


def test_wrong_files_are_told_before_the_server_is_asked(door: Door, call: Call, tmp_path: Any) -> None:
    done = CliRunner().invoke(main, ["plan", "--config", str(tmp_path)])
    assert done.exit_code == 2
    assert door.asked == []


@pytest.mark.parametrize(("code", "status"), [("wrong-files", 2), ("plan-changed", 1), ("not-allowed", 1)])
def test_what_the_server_refuses_is_told_with_its_own_status(door: Door, call: Call, code: str, status: int) -> None:
    door.answers["config apply"] = 1, {"refused": code, "text": "because"}
    done = call("apply", "--yes")
    assert (done.exit_code, done.stderr) == (status, "because\n")


def test_an_apply_is_confirmed_and_agrees_to_what_was_shown_alone(door: Door, call: Call, terminal: None) -> None:
    door.answers = {"config plan": (0, SHOWN), "config apply": (0, DONE)}
    refused = call("apply", keys="n\n")
    assert refused.exit_code == 1
    assert door.asked == ["config plan"]
    done = call("apply", "--why", "it's time", keys="y\n")
    assert done.exit_code == 0
    assert "wrap_up 8 -> 9" in done.stdout
    assert "plan 2 is in force" in done.stdout
    assert door.asked[-1] == """config apply 'why=it'"'"'s time' expect=abc"""


def test_nothing_is_asked_where_nothing_changes_but_an_undo_that_stands_is_ended(
    door: Door, call: Call, terminal: None
) -> None:
    door.answers["config plan"] = 0, SAME
    assert call("apply").exit_code == 0
    assert door.asked == ["config plan"]
    door.answers["config plan"] = 0, {**SAME, "undone": True}
    assert call("apply", keys="y\n").exit_code == 0
    assert door.asked[-1] == "config apply expect=abc"


def test_without_a_terminal_nothing_is_changed_unless_it_is_said(door: Door, call: Call) -> None:
    door.answers["config plan"] = 0, SHOWN
    for command in ("apply", "undo"):
        done = call(command)
        assert (done.exit_code, "say --yes" in done.stderr) == (1, True)
    assert all(line.startswith("config plan") for line in door.asked)
    assert call("apply", "--yes", "--expect", "xyz").exit_code == 0
    assert door.asked[-1] == "config apply expect=xyz"


def test_an_undo_is_shown_first_and_goes_back_as_far_as_is_wished(door: Door, call: Call, terminal: None) -> None:
    door.answers["config plan"] = 0, SHOWN
    assert call("undo", keys="y\n").exit_code == 0
    assert call("undo", "--to", "4", "--why", "oops", keys="y\n").exit_code == 0
    assert door.asked == ["config plan back=before", "config undo", "config plan back=4", "config undo why=oops to=4"]


def test_a_reload_asks_nobody(door: Door, call: Call) -> None:
    assert call("reload").exit_code == 0
    assert door.asked == ["reload"]


def test_a_server_that_is_not_there_is_told(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: object, **_more: object) -> Reply:
        raise DoorError("no server runs here")

    monkeypatch.setattr(changing, "ask", nobody)
    for command in (("plan",), ("apply", "--yes"), ("undo", "--yes"), ("reload",)):
        done = call(*command)
        assert (done.exit_code, "no server runs here" in done.stderr) == (1, True)


def test_an_answer_that_is_no_json_is_shown_as_it_is(door: Door, call: Call) -> None:
    door.answers["reload"] = 2, "no such command"
    done = call("reload")
    assert (done.exit_code, done.stderr) == (1, "no such command\n")
    door.answers["reload"] = 0, "[1, 2]"
    assert call("reload").stdout == "[1, 2]\n"
