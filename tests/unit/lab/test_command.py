"""The command line: exit codes, problems, and scripts of phones."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from lab.__main__ import main
from lab.script import Press
from tests.unit.lab.test_settings import shipped


def test_check_tells_that_all_is_right(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["check", "--config", str(shipped(tmp_path))])

    assert result.exit_code == 0
    assert "all right, 11 extensions, 2 pilots" in result.output


@pytest.mark.parametrize("command", [["check"], ["pbx"], ["phone", "--extension", "7201"]])
def test_wrong_settings_end_every_command_with_2_and_the_line(tmp_path: Path, command: list[str]) -> None:
    file = shipped(tmp_path)
    file.write_text(file.read_text().replace("[7101, 7102]", "[7109]"))

    result = CliRunner().invoke(main, [*command, "--config", str(file)])

    assert result.exit_code == 2
    assert f"{file}:" in result.output
    assert "7109 is no extension" in result.output


def test_every_command_has_help_with_an_example() -> None:
    for command in ([], ["pbx"], ["phone"], ["uacsta"]):
        result = CliRunner().invoke(main, [*command, "--help"])
        assert result.exit_code == 0
        assert "callwright-lab " in result.output.partition("Example")[2]


def test_presses_are_read_and_nonsense_is_refused() -> None:
    assert Press.parse("12#@3.5") == Press("12#", 3.5)
    for text in ("1", "@3", "x@3", "1@", "1@-2", "1@nan", "1@1e9"):
        with pytest.raises(ValueError, match="is not DIGITS@SECONDS"):
            Press.parse(text)
    result = CliRunner().invoke(main, ["phone", "--extension", "7201", "--press", "one@3"])
    assert result.exit_code == 2
    assert "'one@3' is not DIGITS@SECONDS" in result.output


@pytest.mark.parametrize("header", ["traceparent", "no name: x", ": x", "x: a\rb"])
def test_a_header_that_is_none_is_refused(header: str) -> None:
    result = CliRunner().invoke(main, ["phone", "--extension", "7201", "--header", header])
    assert result.exit_code == 2
    assert "Invalid value for '--header'" in result.output


@pytest.mark.parametrize("phone", ["nonsense", "sip:", "sip:127.0.0.1:5060", "tel:7201"])
def test_a_phone_to_be_controlled_is_named_with_its_address(phone: str) -> None:
    result = CliRunner().invoke(main, ["uacsta", phone])
    assert result.exit_code == 2
    assert "Invalid value for PHONE" in result.output
