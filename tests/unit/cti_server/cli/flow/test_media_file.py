"""What `callwright check` says where the plan wants more than the media service's file has."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from cti_server.cli.command import main
from cti_server.settings.flows.media_file import media_file
from tests.unit.cti_server.settings.configs import Config


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(tmp_path)


def checked(config: Config) -> str:
    result = CliRunner().invoke(main, ["check", "--config", str(config.home)])
    assert result.exit_code == 0, result.output
    return result.output


RING_ALL = ("groups: [sales]", "groups: [sales]\n    ring_all: true\n    limits: {waiting: 30}")
FOUR = "ports:\n  - number: 7001-7003\n  - number: 7004\n"


def test_ring_all_without_second_calls_and_too_few_ports_are_told(config: Config) -> None:
    config.edit("site/queues.yaml", *RING_ALL)
    config.write("media.yaml", f"registrar: {{host: 127.0.0.1}}\n{FOUR}")
    said = checked(config)
    assert "registrar.second_call is not set, so that the phones of sales ring in turn" in said
    assert "4 ports, but 30 callers may wait at once" in said


def test_enough_is_not_warned_of(config: Config) -> None:
    config.edit("site/queues.yaml", *RING_ALL)
    config.write("media.yaml", f"registrar: {{second_call: true}}\n{FOUR}trunk: {{lines: 26}}\n")
    assert "warning" not in checked(config)


@pytest.mark.parametrize("text", [None, "ports: {", "- 1\n", "ports: 7\nregistrar: no\n"])
def test_a_file_that_says_nothing_of_ports_is_the_media_services_business(config: Config, text: str | None) -> None:
    if text is not None:
        config.write("media.yaml", text)
    assert "ports, but" not in checked(config)


@pytest.mark.parametrize(
    ("ports", "count"),
    [("[{number: 7001}]", 1), ("[{number: 7001-7010}]", 10), ("[{number: 7010-7001}]", 0), ("[{number: x-y}, 3]", 0)],
)
def test_ports_are_counted(config: Config, ports: str, count: int) -> None:
    config.write("media.yaml", f"ports: {ports}\n")
    found = media_file(config.home)
    assert found is not None
    assert found.ports == count
