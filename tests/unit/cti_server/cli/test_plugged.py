"""Plugged-in commands are found, listed and imported late; what cannot be loaded says so."""

from importlib.metadata import EntryPoint, EntryPoints

import click
import pytest
from click.testing import CliRunner

from cti_server.cli import plugged
from cti_server.cli.plugged import GROUP, PluggedGroup

GUEST = click.Command("guest", callback=lambda: click.echo("here"), help="A guest.")
NO_COMMAND = 7


def _plug(monkeypatch: pytest.MonkeyPatch, *places: tuple[str, str]) -> click.Group:
    found = EntryPoints(EntryPoint(name, value, GROUP) for name, value in places)
    monkeypatch.setattr(plugged, "entry_points", found.select)
    group = PluggedGroup("house")
    group.add_command(click.Command("own", callback=lambda: click.echo("own")))
    return group


def test_a_plugged_in_command_is_listed_and_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    house = _plug(monkeypatch, ("guest", f"{__name__}:GUEST"))
    assert "A guest." in CliRunner().invoke(house, ["--help"]).output
    assert CliRunner().invoke(house, ["guest"]).output == "here\n"


def test_the_groups_own_command_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    house = _plug(monkeypatch, ("own", f"{__name__}:GUEST"))
    assert CliRunner().invoke(house, ["own"]).output == "own\n"


@pytest.mark.parametrize("value", [f"{__name__}:ABSENT", "no.such.module:thing", f"{__name__}:NO_COMMAND"])
def test_what_cannot_be_loaded_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    answer = CliRunner().invoke(_plug(monkeypatch, ("guest", value)), ["guest"])
    assert answer.exit_code == 1
    assert value in answer.output


def test_a_misspelt_command_is_told_with_the_one_that_was_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = CliRunner().invoke(_plug(monkeypatch, ("guest", f"{__name__}:GUEST")), ["gest"])
    assert answer.exit_code == 2
    assert "there is no command 'gest'; did you mean 'guest'?" in answer.output
