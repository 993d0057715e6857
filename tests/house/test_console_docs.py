"""The page of the console's commands is made from their table, and each of them shows an example."""

import importlib.util
import re
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


def test_codes_of_refusals_are_spelt_alike() -> None:
    texts = [file.read_text(encoding="utf-8") for file in (ROOT / "cti_server").rglob("*.py")]
    codes = {code for text in texts for code in re.findall(r"\bcode=\"([^\"]*)\"", text)}
    assert len(codes) > 10
    assert [code for code in sorted(codes) if not re.fullmatch(r"[a-z]+(-[a-z]+)*", code)] == []
