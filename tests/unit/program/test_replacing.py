"""A file of secrets is replaced as a whole, and stays the file of the program that reads it."""

import os
from pathlib import Path

import pytest

from program.replacing import replace_secret

NOBODY, NO_GROUP = 65_534, 65_533


def test_what_was_there_is_replaced_as_a_whole_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "users"
    replace_secret(file, "anna:1\nben:2\n")
    replace_secret(file, "anna:3\n")
    assert file.read_text(encoding="utf-8") == "anna:3\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "users").mkdir()
    (tmp_path / "users" / "kept").touch()
    with pytest.raises(OSError, match="directory"):
        replace_secret(tmp_path / "users", "anna:1\n")
    assert [one.name for one in tmp_path.iterdir()] == ["users"]


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone gives files away")
def test_root_leaves_it_to_whom_it_belonged(tmp_path: Path) -> None:
    os.chown(tmp_path, NOBODY, NO_GROUP)
    file = tmp_path / "users"
    replace_secret(file, "anna:1\n")
    assert (file.stat().st_uid, file.stat().st_gid) == (NOBODY, NO_GROUP)
    os.chown(tmp_path, 0, 0)
    replace_secret(file, "anna:2\n")
    assert (file.stat().st_uid, file.stat().st_gid) == (NOBODY, NO_GROUP)


def test_whoever_is_not_root_gives_nothing_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[object] = []
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(os, "fchown", lambda *words: given.append(words))
    replace_secret(tmp_path / "users", "anna:1\n")
    assert given == []
