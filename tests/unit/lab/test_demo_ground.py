"""What the demo stands on: passwords that last, and a config that it says the fault of."""

from pathlib import Path

import pytest

from lab.demo.ground import GroundError, keep_passwords

EXTENSIONS = "extensions:\n  - {number: 7001}\n  - {number: 7101, agent: anna}\n"


def test_passwords_are_made_once_and_kept_from_others(tmp_path: Path) -> None:
    (tmp_path / "lab.yaml").write_text(EXTENSIONS)
    first = keep_passwords(tmp_path)
    assert sorted(first) == ["7001", "7101"]
    assert first["7001"] != first["7101"]
    (tmp_path / "lab.yaml").write_text(EXTENSIONS + "  - {number: 7102}\n")
    second = keep_passwords(tmp_path)
    assert {number: second[number] for number in first} == first
    assert (tmp_path / "secrets" / "media-ports").read_text().startswith(f"7001: {first['7001']}\n")
    assert all(file.stat().st_mode & 0o077 == 0 for file in (tmp_path / "secrets").iterdir())


def test_a_file_that_is_no_yaml_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "lab.yaml").write_text("name: lab\npilots: {\n")
    with pytest.raises(GroundError, match=r"lab\.yaml:3: "):
        keep_passwords(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(GroundError, match=r"lab\.yaml: No such file"):
        keep_passwords(tmp_path)


@pytest.mark.parametrize("text", ["extensions:\n", "extensions: [7001, {name: x}]\n", "[]\n"])
def test_what_only_the_lab_can_judge_is_left_to_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "lab.yaml").write_text(text)
    assert keep_passwords(tmp_path) == {}
