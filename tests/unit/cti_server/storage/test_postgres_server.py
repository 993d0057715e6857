"""The private PostgreSQL of the tests says what to install where it is missing."""

from pathlib import Path

import pytest

from tests.fakes.postgres import PostgresMissingError, find_programs


def test_a_missing_postgresql_is_named(tmp_path: Path) -> None:
    with pytest.raises(PostgresMissingError, match="apt-get install postgresql"):
        find_programs(tmp_path)


def test_the_newest_is_taken(tmp_path: Path) -> None:
    for version in ("9.6", "15", "14"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "initdb").touch()
    (tmp_path / "16" / "bin").mkdir(parents=True)
    assert find_programs(tmp_path) == tmp_path / "15" / "bin"
