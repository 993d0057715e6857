from pathlib import Path

from click.testing import CliRunner

from media_service.__main__ import main

ROOT = Path(__file__).parent.parent.parent.parent


def test_check_says_every_problem_and_exits_with_2(tmp_path: Path) -> None:
    file = tmp_path / "media.yaml"
    file.write_text("nmae: x\nports: []\n")
    result = CliRunner().invoke(main, ["--config", str(file), "--check"])
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    assert f"{file}:1: nmae: unknown key; did you mean 'name'?" in lines
    assert any(line.startswith(f"{file}:2: ports: ") for line in lines)
    assert len(lines) == 4  # name and prompts are missing as well


def test_check_of_a_missing_file(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["--config", str(tmp_path / "none.yaml"), "--check"])
    assert result.exit_code == 2
    assert "cannot be read" in result.stderr


def test_check_of_a_right_file(tmp_path: Path) -> None:
    file = tmp_path / "media.yaml"
    (tmp_path / "passwords").write_text("secret")
    text = (
        f"name: x\nports: [{{number: 7001-7002, password_file: passwords}}]\nprompts: {{directory: {ROOT}/prompts}}\n"
    )
    file.write_text(text)
    result = CliRunner().invoke(main, ["--config", str(file), "--check"])
    assert result.exit_code == 0
    assert "all right, 2 media ports" in result.stdout
    assert "packet engine  native" in result.stdout or "packet engine  pure (Python" in result.stdout


def test_check_tells_an_engine_that_was_chosen(tmp_path: Path) -> None:
    file = tmp_path / "media.yaml"
    (tmp_path / "passwords").write_text("secret")
    file.write_text(
        "name: x\nengine: pure\n"
        f"ports: [{{number: 7001, password_file: passwords}}]\nprompts: {{directory: {ROOT}/prompts}}\n"
    )
    result = CliRunner().invoke(main, ["--config", str(file), "--check"])
    assert "packet engine  pure (Python, a process of its own), as the settings say" in result.stdout


def test_help_has_an_example() -> None:
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    assert "callwright-media --config config/media.yaml --check" in result.stdout


def test_check_of_a_trunk_tells_what_would_run(tmp_path: Path) -> None:
    file = tmp_path / "media.yaml"
    file.write_text(
        f"name: x\ntrunk: {{peers: [192.0.2.1], numbers: [ivr], lines: 5}}\nprompts: {{directory: {ROOT}/prompts}}\n"
    )
    result = CliRunner().invoke(main, ["--config", str(file), "--check"])
    assert result.exit_code == 0
    assert "0 media ports and 5 lines of the trunk" in result.stdout
    assert "codecs wished for: PCMA, PCMU, G722, opus; SRTP optional" in result.stdout
    assert "speaks by clips alone, understands by digits alone" in result.stdout
