"""Many timers, one deadline."""

import pytest

from sip.timers import Timers


def test_timers_run_in_their_order_and_once() -> None:
    timers, ran = Timers(), []
    for when in (3.0, 1.0, 2.0):
        timers.at(when, lambda now, when=when: ran.append((when, now)))
    assert timers.next_deadline() == 1.0
    timers.run(2.5)
    assert ran == [(1.0, 2.5), (2.0, 2.5)]
    timers.run(9.0)
    timers.run(9.0)
    assert len(ran) == 3
    assert timers.next_deadline() is None


def test_a_timer_may_cancel_another_that_is_due_too_and_set_a_new_one() -> None:
    timers, ran = Timers(), []
    second = timers.at(2.0, lambda now: ran.append("second"))

    def first(now: float) -> None:
        second.cancel()
        second.cancel()
        timers.at(now, lambda _now: ran.append("new"))

    timers.at(1.0, first)
    timers.run(5.0)
    assert ran == []
    timers.run(5.0)
    assert ran == ["new"]


def test_cancelled_timers_do_not_pile_up() -> None:
    timers = Timers()
    kept = timers.at(1e9, lambda _now: None)
    for _ in range(10_000):
        timers.at(5.0, lambda _now: None).cancel()
    assert len(timers._heap) < 200
    assert timers.next_deadline() == 1e9
    kept.cancel()
    assert timers.next_deadline() is None


def test_an_action_that_raises_leaves_the_others_in_their_place() -> None:
    timers, ran = Timers(), []

    def defect(_now: float) -> None:
        raise RuntimeError("a defect")

    timers.at(1.0, defect)
    timers.at(2.0, lambda now: ran.append("second"))
    with pytest.raises(RuntimeError):
        timers.run(5.0)
    timers.run(5.0)
    assert ran == ["second"]
