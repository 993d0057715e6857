"""Entry points are found by group and name, and read once."""

from importlib import metadata
from importlib.metadata import entry_points as read

import pytest

from program import installed

GROUP = "callwright.dialects"


def test_they_are_those_that_are_installed() -> None:
    assert set(installed.entry_points(GROUP)) == set(read(group=GROUP)) != set()
    (one,) = installed.entry_points(GROUP, "openscape_voice")
    assert one.name == "openscape_voice"


def test_none_of_a_group_or_name() -> None:
    assert not installed.entry_points("callwright.nothing")
    assert not installed.entry_points(GROUP, "nothing")


def test_what_is_installed_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(installed.entry_points(GROUP))

    def again() -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(metadata, "entry_points", again)
    assert set(installed.entry_points(GROUP)) == before
