"""Told waits against known true ones, in the benchmark's models with few callers: near the best that can be had."""

import pytest

from bench.waits import BARE, SITE, Case, measure

BY_NAME = {(case.name, "site" if case.away else "bare"): case for case in (*BARE, *SITE)}


@pytest.mark.parametrize("case", BARE, ids=lambda case: case.name)
def test_the_error_is_near_the_floor_and_the_range_holds_what_it_says(case: Case) -> None:
    row = measure(case, (1, 2), 4_000)
    assert row["told"] > 1_000
    assert 0.75 <= row["coverage"] <= 0.85
    assert abs(row["callwright_bias_s"]) < 0.1 * row["mean_wait_s"]
    if "floor_rmse_s" in row:
        assert row["callwright_rmse_s"] <= 1.12 * row["floor_rmse_s"]
    assert row["callwright_rmse_s"] <= 0.85 * row["asterisk_rmse_s"]


@pytest.mark.parametrize("name", ["M/M/s", "changing arrivals", "two skills", "two skills, uneven"])
def test_on_a_site_with_wrap_up_and_breaks_the_rivals_are_far_behind(name: str) -> None:
    assert measure(BY_NAME[name, "site"], (1, 2), 4_000)["ratio"] <= 0.75


def test_the_same_seeds_give_the_same_figures() -> None:
    assert measure(BARE[0], (3,), 1_000) == measure(BARE[0], (3,), 1_000)
