"""The page of the console's commands is made from their table, and each of them shows an example."""

import importlib.util
from pathlib import Path

from cti_server.console.commands.table import COMMANDS

ROOT = Path(__file__).parent.parent.parent


def test_the_page_of_commands_is_current() -> None:
    spec = importlib.util.spec_from_file_location("make_commands", ROOT / "docs" / "make_commands.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert page == module.page(), "run python docs/make_commands.py"


def test_every_command_shows_an_example() -> None:
    assert [command.name for command in COMMANDS if "Example" not in command.detail] == []


def test_no_two_commands_have_the_same_words() -> None:
    words = [command.words for command in COMMANDS]
    assert len(set(words)) == len(words)
