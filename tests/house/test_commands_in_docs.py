"""Commands that pages, alarms and help texts name exist; every command of the shell shows an example."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import click
import pytest
from click.testing import CliRunner

from cti_server.cli.command import main
from cti_server.cli.plugged import SECTIONS
from cti_server.console import access
from cti_server.console.command import UsageError
from cti_server.console.commands.table import COMMANDS
from cti_server.console.parsing import find
from cti_server.telemetry.alarms.catalogue import CATALOGUE
from lab.__main__ import main as lab
from media_service.__main__ import main as media

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
CONSOLE = (*COMMANDS, *access.commands(cast("Any", None)))  # what they ask the console is not asked here
FIRST_WORDS = {command.words[0] for command in CONSOLE}


def commands_of(group: click.Group, before: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Each command with its words, those of groups within groups, too."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands_of(command, (*before, name))
        else:
            yield (*before, name), command


SHELL = dict(commands_of(main))
PROGRAMS = {
    **{("callwright", *words): command for words, command in SHELL.items()},
    **{("callwright-lab", *words): command for words, command in commands_of(lab)},
    ("callwright-media",): media,
}


@pytest.mark.parametrize("words", SHELL, ids=" ".join)
def test_every_command_shows_an_example(words: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(main, [*words, "--help"])
    assert shown.exit_code == 0
    assert "Example" in shown.output
    assert f"callwright {' '.join(words)}" in re.sub(r"\s+", " ", shown.output)


@pytest.mark.parametrize("words", PROGRAMS, ids=" ".join)
def test_the_help_of_every_program_says_what_each_option_is_and_shows_an_example(words: tuple[str, ...]) -> None:
    command = PROGRAMS[words]
    text = command.get_help(click.Context(command, terminal_width=200))
    assert re.search(rf"Examples?:.*{re.escape(' '.join(words))}", text, re.DOTALL)
    said = {one.opts[0]: one.help or "" for one in command.params if isinstance(one, click.Option)}
    assert [name for name, told in said.items() if not re.fullmatch(r"[A-Z0-9'].*[.:)]", told, re.DOTALL)] == []


def test_the_overview_has_every_command_in_one_line() -> None:
    shown = CliRunner().invoke(main, ["--help"], terminal_width=80)
    told = {name for section in SECTIONS.values() for name in section}
    assert told == {words[0] for words in SHELL}
    assert "More:" not in shown.output
    for section in SECTIONS.values():
        for name, words in section.items():
            assert re.search(rf"^  {name} +{re.escape(words)}$", shown.output, re.MULTILINE), name


def shell_lines(text: str) -> list[list[str]]:
    """What follows ``callwright`` in the code of a page: in blocks at the beginning of lines, in spans."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    found = [line for block in blocks for line in re.findall(r"^(?:\$ )?callwright (.*)$", block, re.MULTILINE)]
    found += re.findall(r"`callwright ([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    lexers = [shlex.shlex(line, posix=True, punctuation_chars=True) for line in found]
    return [split(lexer) for lexer in lexers]


def split(lexer: shlex.shlex) -> list[str]:
    """The words up to a comment, pipe or redirection."""
    lexer.whitespace_split = True
    words = []
    for word in lexer:
        if word in {"<", ">", "|", "||", "&&", "&", ";"}:
            break
        words.append(word)
    return words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_of_the_shell_that_a_page_names_exist(page: Path) -> None:
    for words in shell_lines(page.read_text(encoding="utf-8")):
        assert known(words), " ".join(words)


def known(words: list[str]) -> bool:
    """Whether there is such a command with such options, and such a command of the console where it is for that."""
    if not words or not re.fullmatch(r"[a-z-]+", words[0]) or words[0].startswith("-"):
        return True  # a placeholder, or --help
    taken = next((key for key in SHELL if list(key) == words[: len(key)]), None)
    if taken is None:
        return words in [list(key[: len(words)]) for key in SHELL]
    command = SHELL[taken]
    rest = [word for word in words[len(taken) :] if word != "..."]
    options = {name for one in command.params for name in (*one.opts, *one.secondary_opts)} | {"--help", "--json"}
    if rest == [] and taken in {("show",), ("console",)}:
        return True
    if taken == ("show",) or (taken == ("console",) and rest and not rest[0].isupper()):
        return is_console(["show", *rest] if taken == ("show",) else rest)
    return all(word.partition("=")[0] in options for word in rest if word.startswith("--"))


def is_console(words: list[str]) -> bool:
    """Whether the console knows such a command."""
    try:
        find([word for word in words if not word.startswith("--")], CONSOLE)
    except UsageError:
        return False
    return True


@pytest.mark.parametrize("kind", CATALOGUE)
def test_what_an_alarm_advises_can_be_said_at_the_console(kind: str) -> None:
    for said in re.findall(r"`([a-z][a-z ]*[a-z])(?: [A-Z ]+)?`", CATALOGUE[kind].advice):
        words = said.split()
        if words[0] in FIRST_WORDS:
            assert is_console(words), said
