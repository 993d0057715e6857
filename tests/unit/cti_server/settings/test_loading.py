"""The demo's config is right; what is broken across its files is said at its line, all at once."""

from pathlib import Path

import pytest

from cti_server.flows.steps import MusicStep
from cti_server.settings import load_settings
from cti_server.vocabulary.plan import PilotPlan
from tests.unit.cti_server.settings.configs import REPOSITORY, Config


def test_the_demos_config_has_no_problems() -> None:
    loaded = load_settings(REPOSITORY / "config")
    assert [str(problem) for problem in loaded.problems] == []
    assert loaded.settings is not None
    assert loaded.plan is not None
    assert [(link.name, link.host, link.port, link.extensions) for link in loaded.settings.links] == [
        ("pbx", "127.0.0.1", 11040, ("7101", "7102", "7301"))
    ]
    assert [(each.name, each.port) for each in loaded.settings.media_services] == [("media-1", 7801)]
    assert loaded.settings.database == f"sqlite:///{REPOSITORY / 'run' / 'callwright.db'}"
    assert loaded.settings.console.users == REPOSITORY / "config" / "secrets" / "console-users"
    assert loaded.plan.pilots == (PilotPlan(link="pbx", number="7000", flow="welcome"),)
    assert {name: (queue.ring_time, queue.wrap_up) for name, queue in loaded.plan.queues.items()} == {
        "sales": (12.0, 8.0),
        "service": (12.0, 8.0),
    }
    assert {name: agent.groups for name, agent in loaded.plan.agents.items()} == {
        "anna": ("sales", "service"),
        "ben": ("sales",),
        "guest": ("sales", "service"),
    }
    assert loaded.plan.flows["waiting"].steps[1] == MusicStep(
        id="listen", music="hold_music", seconds=30.0, next="tell_position"
    )


def test_every_config_file_names_its_schema_for_editors() -> None:
    config = REPOSITORY / "config"
    files = [config / "server.yaml", *config.glob("site/*.yaml"), *config.glob("flows/*.yaml")]
    assert len(files) >= 6
    for file in files:
        first = file.read_text().splitlines()[0]
        key, _, schema = first.partition("$schema=")
        assert key == "# yaml-language-server: "
        assert (file.parent / schema).exists()


def test_all_files_problems_are_shown_at_once(config: Config) -> None:
    config.edit("server.yaml", "port: 11040", "prot: 11040")
    config.edit("site/agents.yaml", "groups: [sales]", "groups: [slaes]")
    config.edit("site/queues.yaml", "strategy: longest-idle\n", "strategy: longest-idel\n")
    config.edit("site/pilots.yaml", "flow: welcome", "flow: welcom")
    config.edit("flows/welcome.yaml", "queue: service", "queue: servise")
    config.edit("flows/waiting.yaml", "seconds: 30", "seconds: soon")
    soon = "input should be a valid number, unable to parse string as a number (given: 'soon')"
    link = config.at("server.yaml", "- name: pbx")
    assert config.problems() == [
        f"{config.at('flows/waiting.yaml', 'soon')}: steps[1].seconds: {soon}",
        (
            f"{config.at('flows/welcome.yaml', 'servise')}: steps[4].queue: "
            "no queue is called 'servise'; did you mean 'service'?"
        ),
        f"{link}: links[0].port: is missing",
        f"{config.at('server.yaml', 'prot: 11040')}: links[0].prot: unknown key; did you mean 'port'?",
        (
            f"{config.at('site/agents.yaml', 'slaes')}: agents[1].groups[0]: "
            "no group is called 'slaes'; did you mean 'sales'?"
        ),
        (
            f"{config.at('site/queues.yaml', 'idel')}: queues[0].strategy: "
            "no strategy is called 'longest-idel'; did you mean 'longest-idle'?"
        ),
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        (
            "server.yaml",
            "openscape_voice\n    host",
            "openscape_voise\n    host",
            "no dialect is called 'openscape_voise'; did you mean 'openscape_voice'?",
        ),
        ("server.yaml", "- voice", "- vioce", "no channel is called 'vioce'; did you mean 'voice'?"),
        ("server.yaml", "[7101, 7102, 7301]", "[7101, 7101]", "extension 7101 is given twice (first in line 50)"),
        ("server.yaml", "[7101, 7102, 7301]", "[7101, 7000]", "is an agent's extension on the same link"),
        (
            "server.yaml",
            "# database: postgresql://callwright@",
            "database: postgresql://callwright:secret@",
            "has a password in it; put that into a PGPASSFILE file or PGPASSWORD instead",
        ),
        (
            "server.yaml",
            "# database: postgresql://",
            "database: oracle://",
            "must begin with sqlite:/// (a file) or postgresql:// (a server)",
        ),
        (
            "server.yaml",
            "level: info",
            "level: inform",
            "must be one of 'debug', 'info', 'warning' or 'error', not 'inform'; did you mean 'info'?",
        ),
        ("site/agents.yaml", "id: ben", "id: anna", "agent anna is given twice (first in line 18)"),
        (
            "site/agents.yaml",
            "  - service\n",
            "  - sales\n  - service\n",
            "group sales is given twice (first in line 7)",
        ),
        (
            "site/agents.yaml",
            "[sales, service]",
            "[sales, service, sales]",
            "group sales is given twice (first in line 20)",
        ),
        (
            "site/queues.yaml",
            "name: service",
            "name: sales\n    # again",
            "queue sales is given twice (first in line 17)",
        ),
        (
            "site/queues.yaml",
            "groups: [service]",
            "groups: [servce]",
            "no group is called 'servce'; did you mean 'service'?",
        ),
        ("site/queues.yaml", "ring_time: 12", "ring_time: 0", "input should be greater than or equal to 1 (given: 0)"),
        ("site/queues.yaml", "wrap_up: 8", "wrap_up: 8000", "input should be less than or equal to 3600 (given: 8000)"),
        (
            "site/queues.yaml",
            "flow: waiting",
            "flow: welcome",
            "flow welcome is a routing-strategy flow; a queue-processing flow is needed here",
        ),
        (
            "site/pilots.yaml",
            "flow: welcome",
            "flow: waiting",
            "flow waiting is a queue-processing flow; a routing-strategy flow is needed here",
        ),
        ("site/pilots.yaml", "link: pbx", "link: pdx", "no link is called 'pdx'; did you mean 'pbx'?"),
        (
            "site/pilots.yaml",
            "number: 7000",
            "number: lobby",
            "string should match pattern '^\\+?[0-9*#]+$' (given: 'lobby')",
        ),
        (
            "flows/waiting.yaml",
            "name: waiting",
            "name: welcome",
            "flow welcome is given twice (first in waiting.yaml:8)",
        ),
    ],
)
def test_a_broken_name_or_value_is_said(config: Config, file: str, old: str, new: str, problem: str) -> None:
    config.edit(file, old, new)
    assert problem in config.messages()


def test_a_pilot_given_twice(config: Config) -> None:
    config.edit("site/pilots.yaml", "pilots:\n", "pilots:\n  - {link: pbx, number: 7000, flow: welcome}\n")
    first = config.at("site/pilots.yaml", "{link").partition(":")[2]
    second = config.at("site/pilots.yaml", "    number: 7000")
    assert config.problems() == [
        f"{second}: pilots[1].number: pilot 7000 on link pbx is given twice (first in line {first})"
    ]


def test_one_broken_file_causes_no_wrong_blame_in_others(config: Config) -> None:
    for file in ("server.yaml", "site/agents.yaml", "site/queues.yaml", "flows/welcome.yaml"):
        config.write(file, "{broken")
    assert [each.partition(":")[0] for each in config.problems()] == [
        "flows/welcome.yaml",
        "server.yaml",
        "site/agents.yaml",
        "site/queues.yaml",
    ]


def test_missing_files_are_problems(tmp_path: Path) -> None:
    loaded = load_settings(tmp_path / "nowhere")
    assert loaded.settings is None
    assert {problem.message for problem in loaded.problems} == {"cannot be read: No such file or directory"}
    assert len(loaded.problems) == 4


def test_a_flow_file_with_another_ending_is_not_passed_over_silently(config: Config) -> None:
    (config.home / "flows" / "welcome.yaml").rename(config.home / "flows" / "welcome.yml")
    assert config.problems() == [
        "flows/welcome.yml:1: is not read: the name of a flow file ends in .yaml",
        f"{config.at('site/pilots.yaml', 'flow: welcome')}: pilots[0].flow: no flow is called 'welcome'",
    ]


def test_sqlite_paths_are_relative_to_the_file(config: Config) -> None:
    config.edit(
        "server.yaml", "# database: postgresql://callwright@db.example.net/callwright", "database: sqlite:///x.db"
    )
    loaded = load_settings(config.home)
    assert loaded.settings is not None
    assert loaded.settings.database == f"sqlite:///{config.home / 'x.db'}"
