"""The command: what it shows, what it compares, and how it ends."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cti_server.simulation.command import BAD_CONFIG, MISSED, simulate
from cti_server.storage import Store
from cti_server.vocabulary.events import Recorded
from tests.unit.cti_server.simulation.sites import at_work, caller, day, write_site
from tests.unit.cti_server.simulation.test_past import lived


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write_site(tmp_path / "config", 3, wrap_up=10.0)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(simulate, [str(each) for each in arguments])


def figures(*arguments: object) -> dict[str, Any]:
    ended = run(*arguments, "--json")
    assert ended.exit_code == 0, ended.output
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def test_a_made_up_day_is_shown(config: Path) -> None:
    ended = run("--config", config, "--contacts", 60)
    assert ended.exit_code == 0
    assert "made up, seed 1" in ended.stdout
    for figure in ("abandon rate", "service level, abandons negative", "occupancy, slot-weighted", "a00"):
        assert figure in ended.stdout


def test_the_same_seed_gives_the_same_figures(config: Path) -> None:
    def told(seed: int) -> object:
        found = figures("--config", config, "--contacts", 60, "--seed", seed)
        return found["results"][0]["figures"]

    assert told(5) == told(5)
    assert told(5) != told(6)


def test_two_configurations_beside_each_other(config: Path, tmp_path: Path) -> None:
    other = write_site(tmp_path / "more", 6, wrap_up=10.0)
    found = figures("--config", config, "--against", other, "--contacts", 400)
    assert [result["name"] for result in found["results"]] == ["config", "more"]
    assert found["difference"]["changed"] > 0
    answered = [result["figures"]["total"]["answered"] for result in found["results"]]
    assert answered[1] > answered[0]
    shown = run("--config", config, "--against", other, "--contacts", 400).stdout
    assert "contacts fare otherwise" in shown
    assert "difference" in shown


def test_a_configuration_against_itself_differs_in_nothing(config: Path) -> None:
    found = figures("--config", config, "--against", config, "--contacts", 60)
    assert found["difference"]["changed"] == 0
    assert "0 contacts fare otherwise" in run("--config", config, "--against", config, "--contacts", 60).stdout


def test_a_profile_says_how_many_call(config: Path, tmp_path: Path) -> None:
    profile = tmp_path / "profile.yaml"
    profile.write_text("day: 2026-12-24\nhalf_hours: [30, 20]\ntalk: {mean: 20}\n", encoding="utf-8")
    found = figures("--config", config, "--profile", profile)
    assert found["day"].startswith("2026-12-24")
    assert 20 < found["results"][0]["figures"]["contacts"] < 90


def test_a_roster_that_is_too_small_is_told(config: Path) -> None:
    assert "needed" in run("--config", config, "--contacts", 500).stdout


def test_a_day_out_of_the_journal(config: Path, tmp_path: Path) -> None:
    start = datetime(2026, 11, 23).astimezone().timestamp()
    rows = lived(tmp_path / "other", day(caller(1, 40_000.0, talk=30.0), roster=at_work(2)))
    with Store.open(f"sqlite:///{config / 'journal.db'}") as store:
        store.journal.append([Recorded(row.seq, row.at + start, row.cause_seq, row.event) for row in rows])
    found = figures("--config", config, "--day", "2026-11-23")
    assert found["results"][0]["figures"]["outcomes"] == {"answered": 1}


def test_an_empty_day_is_a_failure(config: Path) -> None:
    ended = run("--config", config, "--day", "2026-11-20")
    assert (ended.exit_code, "knows no call of that day" in ended.stderr) == (1, True)


def test_what_is_required_and_not_reached(config: Path) -> None:
    ended = run("--config", config, "--contacts", 500, "--require", 99)
    assert ended.exit_code == MISSED
    assert "below 99 %" in ended.stderr
    assert run("--config", config, "--contacts", 20, "--require", 1).exit_code == 0


@pytest.mark.parametrize("extra", [("--contacts", 5), ("--profile", __file__)])
def test_a_day_that_was_is_not_made_up(config: Path, extra: tuple[object, ...]) -> None:
    ended = run("--config", config, "--day", "2026-11-23", *extra)
    assert ended.exit_code == 2
    assert "--day" in ended.stderr


def test_a_wrong_configuration_is_told_with_its_lines(config: Path) -> None:
    (config / "site" / "queues.yaml").write_text("queues: 7\n", encoding="utf-8")
    ended = run("--config", config)
    assert ended.exit_code == BAD_CONFIG
    assert "queues.yaml:1" in ended.stderr


@pytest.mark.parametrize("text", ["talk: 7\n", "sources: [{pilot: 7999}]\n"])
def test_a_wrong_profile_is_told(config: Path, tmp_path: Path, text: str) -> None:
    profile = tmp_path / "profile.yaml"
    profile.write_text(text, encoding="utf-8")
    ended = run("--config", config, "--profile", profile)
    assert ended.exit_code == BAD_CONFIG
    assert "profile.yaml" in ended.stderr


def test_overflow_shows_what_it_brings(config: Path, tmp_path: Path) -> None:
    people = "  - {id: a00, name: A, groups: [all]}\n  - {id: b00, name: B, groups: [helpers]}\n"
    agents = f"groups: [all, helpers]\nagents:\n{people}"
    other = write_site(tmp_path / "overflow", 1)
    for folder in (config, other):
        (folder / "site" / "agents.yaml").write_text(agents, encoding="utf-8")
    queues = other / "site" / "queues.yaml"
    text = queues.read_text(encoding="utf-8").replace(
        "flow: waiting", "steps: [{after: 15, groups: [helpers]}], flow: waiting"
    )
    queues.write_text(text, encoding="utf-8")
    found = figures("--config", config, "--against", other, "--contacts", 250)
    alone, helped = (result["figures"] for result in found["results"])
    assert alone["agents"]["b00"]["contacts"] == 0
    assert helped["agents"]["b00"]["contacts"] > 50
    assert helped["total"]["level"]["negative"] > alone["total"]["level"]["negative"]
    changes = {(fate["before"], fate["after"]) for fate in found["difference"]["fates"]}
    assert ("abandoned (sales)", "answered (sales)") in changes
