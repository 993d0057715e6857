"""The drain of a line against the sums that it stands for, and its quantiles against known ones."""

from math import log

import pytest

from cti_server.queues.estimate_drain import TENTH, Drain, drain


@pytest.mark.parametrize("ahead", [0, 3, 7, 8, 50, 400])
@pytest.mark.parametrize("giving_up", [0.0, 1e-4, 1 / 180, 1 / 20])
def test_it_is_the_sum_over_those_ahead(ahead: int, giving_up: float) -> None:
    rates = [0.1 + index * giving_up for index in range(ahead + 1)]
    found = drain(ahead=ahead, completions=0.1, giving_up=giving_up)
    assert found.mean == pytest.approx(sum(1 / rate for rate in rates), rel=2e-3)
    assert found.variance == pytest.approx(sum(1 / rate**2 for rate in rates), rel=2e-3)


def test_callers_of_higher_priority_cost_busy_periods() -> None:
    # One agent, a contact a minute, half a higher caller a minute: the head's turn takes 1 / (1 - 0.5) minutes.
    found = drain(ahead=0, completions=1.0, giving_up=0.0, overtaking=0.5)
    assert found.mean == pytest.approx(2.0)
    assert found.variance == pytest.approx(1.5 / 0.5**3)


def test_overtaking_by_more_than_can_be_served_stays_finite() -> None:
    assert drain(ahead=5, completions=1.0, giving_up=0.0, overtaking=3.0).mean == pytest.approx(60.0)


def test_quantiles_of_one_exponential_time() -> None:
    one = Drain(100.0, 10_000.0)
    assert one.quantile(TENTH) == pytest.approx(100.0 * log(10.0), rel=0.02)
    assert one.quantile(0.0) == pytest.approx(100.0 * log(2.0), rel=0.02)
    assert one.quantile(-TENTH) == pytest.approx(-100.0 * log(0.9), rel=0.1)


def test_quantiles_below_nothing_are_nothing() -> None:
    assert Drain(10.0, 1000.0).quantile(-TENTH) == 0.0
    assert Drain(0.0, 0.0).quantile(TENTH) == 0.0


def test_an_uncertain_rate_widens() -> None:
    assert Drain(100.0, 100.0).loosened(0.04).variance == pytest.approx(500.0)
