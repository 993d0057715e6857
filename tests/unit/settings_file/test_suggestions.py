"""Suggestions for misspelt names."""

from settings_file import did_you_mean


def test_the_nearest_name_is_suggested() -> None:
    assert did_you_mean("slaes", ["sales", "service"]) == "; did you mean 'sales'?"
    assert did_you_mean("Sales", ["sales"]) == "; did you mean 'sales'?"


def test_nothing_is_suggested_where_nothing_is_near() -> None:
    assert did_you_mean("billing", ["sales", "service"]) == ""
    assert did_you_mean("x" * 10_000, ["sales"]) == ""
    assert did_you_mean("sales", []) == ""
