"""The circuit breaker: opens after failures in a row, lets one try, closes again."""

from hypothesis import given
from hypothesis import strategies as st

from cti_server.connectors.breaker import Breaker, BreakerState


def test_it_opens_after_failures_in_a_row_alone() -> None:
    breaker = Breaker(failures=3, pause=10)
    for ended_well in (False, False, True, False, False):
        assert breaker.lets_through(0)
        breaker.succeeded() if ended_well else breaker.failed(0)
    assert breaker.state(0) is BreakerState.CLOSED
    breaker.failed(0)
    assert breaker.state(9.9) is BreakerState.OPEN
    assert not breaker.lets_through(9.9)


def test_half_open_lets_one_try_at_a_time() -> None:
    breaker = Breaker(failures=1, pause=10)
    breaker.failed(0)
    assert breaker.state(10) is BreakerState.HALF_OPEN
    assert breaker.lets_through(10)
    assert not breaker.lets_through(10)
    breaker.failed(11)
    assert not breaker.lets_through(20.9)
    assert breaker.lets_through(21)
    breaker.succeeded()
    assert breaker.lets_through(21)
    assert breaker.lets_through(21)


def test_late_failures_do_not_prolong_the_pause() -> None:
    breaker = Breaker(failures=1, pause=10)
    assert breaker.lets_through(0)
    assert breaker.lets_through(0)
    breaker.failed(0)
    breaker.failed(8)
    assert breaker.lets_through(10)


@given(st.lists(st.tuples(st.floats(0, 5), st.booleans())), st.integers(1, 4))
def test_it_never_stays_open_for_ever(steps: list[tuple[float, bool]], failures: int) -> None:
    breaker, now = Breaker(failures=failures, pause=3), 0.0
    for seconds, well in steps:
        now += seconds
        if breaker.lets_through(now):
            breaker.succeeded() if well else breaker.failed(now)
    assert breaker.lets_through(now + 3)
