"""The command line: right words, right exit status."""

import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cti_server.cli import main
from cti_server.settings import ServerSettings
from cti_server.storage.store import Store

ROOT = Path(__file__).parents[4]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "config", tmp_path / "config", ignore=shutil.ignore_patterns("secrets"))
    (tmp_path / "prompts").symlink_to(ROOT / "prompts")
    return tmp_path / "config"


def call(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(main, list(words), input=typed)


@pytest.mark.parametrize("command", ["run", "check", "contacts", "contact", "console-user", "doctor"])
def test_every_command_has_help_with_an_example(command: str) -> None:
    result = call(command, "--help")
    assert result.exit_code == 0
    assert f"Example: callwright {command}" in result.output


def test_a_good_configuration_is_counted(config: Path) -> None:
    result = call("check", "--config", str(config))
    assert result.exit_code == 0, result.output
    assert "1 link(s), 1 pilot(s), 2 queue(s), 3 agent(s), 2 flow(s)" in result.output


def test_every_problem_is_told_at_once_with_its_place(config: Path) -> None:
    queues = config / "site" / "queues.yaml"
    queues.write_text(queues.read_text().replace("wrap_up: 8", "wrapup: 8"))
    welcome = config / "flows" / "welcome.yaml"
    welcome.write_text(welcome.read_text().replace("say: welcome", "say: welcom"))
    result = call("check", "--config", str(config))
    assert result.exit_code == 2
    found = [re.match(rf"{re.escape(str(config))}/(\S+?):(\d+): (\S+): .", line) for line in result.output.splitlines()]
    assert [one[1] for one in found if one] == ["flows/welcome.yaml", "site/queues.yaml", "site/queues.yaml"]
    assert call("run", "--config", str(config)).exit_code == 2


@pytest.mark.parametrize("wish", ["console.port=x", "console.prt=1", "links.none.port=1", "console.port"])
def test_a_wrong_override_is_refused(config: Path, wish: str) -> None:
    result = call("check", "--config", str(config), "--set", wish)
    assert result.exit_code == 2
    assert "--set" in result.output


def test_an_override_by_name_is_taken(config: Path) -> None:
    assert call("check", "--config", str(config), "--set", "links.pbx.port=11041").exit_code == 0


def test_a_console_user_is_added(config: Path) -> None:
    words = ("console-user", "anna", "--config", str(config), "--password-stdin")
    assert call(*words, typed="long enough\n").exit_code == 0
    assert "new password" in call(*words, typed="long enough too\n").output
    assert call(*words, typed="short\n").exit_code == 1
    assert (config / "secrets" / "console-users").read_text().startswith("anna:$argon2id$")


def test_contacts_of_an_empty_database(config: Path) -> None:
    Store.open(ServerSettings().resolved(config).database).close()
    result = call("contacts", "--config", str(config), "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.output) == []
    assert call("contacts", "--config", str(config)).exit_code == 0
    unknown = call("contact", "1", "--config", str(config))
    assert unknown.exit_code == 1
    assert "no contact 1: callwright contacts shows the newest" in unknown.output


LOOKING = (
    ("contacts",),
    ("contact", "1"),
    ("why", "1"),
    ("trace", "1"),
    ("replay", "1"),
    ("feed",),
    ("check-journal",),
    ("rebuild",),
    ("backup", "--to", "monday.backup"),
)


@pytest.mark.parametrize("words", LOOKING, ids=lambda words: words[0])
def test_a_database_that_is_not_there_is_not_made_by_looking_at_it(config: Path, words: tuple[str, ...]) -> None:
    result = call(*words, "--config", str(config))
    assert result.exit_code == 1
    assert "no server has run with this configuration" in result.output
    assert not list(config.parent.rglob("*.db"))
    assert not Path("monday.backup").exists()


def test_a_folder_that_is_not_there_is_one_line_and_not_four(tmp_path: Path) -> None:
    for words in (("check",), ("run",), ("show", "queues"), ("contacts",)):
        result = call(*words, "--config", str(tmp_path / "cofnig"))
        assert result.exit_code == 2
        assert result.output == (
            f"there is no folder {tmp_path / 'cofnig'}; --config names the one with server.yaml, site/ and flows/\n"
        )


def test_a_flow_that_is_not_there_is_told_with_those_that_are(config: Path) -> None:
    for name, told in (("welcom", "did you mean 'welcome'?"), ("nonesuch", "there are waiting, welcome")):
        result = call("flow", "draw", name, "--config", str(config))
        assert result.exit_code == 1
        assert f"no flow is called {name!r}; {told}" in result.output


def test_a_pin_is_for_an_agent_of_the_plan(config: Path) -> None:
    result = call("agent-pin", "ana", "--pin-stdin", "--config", str(config), typed="4711\n")
    assert result.exit_code == 1
    assert "no agent is called 'ana'; did you mean 'anna'?" in result.output
    assert not list((config / "secrets").glob("*pins"))
    assert call("agent-pin", "anna", "--pin-stdin", "--config", str(config), typed="4711\n").exit_code == 0


def test_an_override_says_what_may_stand_there(config: Path) -> None:
    result = call("check", "--config", str(config), "--set", "log.level=loud")
    assert result.exit_code == 2
    assert "--set log.level: must be one of 'debug', 'info', 'warning' or 'error', not 'loud'" in result.output
