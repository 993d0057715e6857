"""The live error of told waits."""

from random import Random

import pytest

from cti_server.queues.estimate_accuracy import NARROWEST, WIDEST, Accuracy, Told


def told(low: float, likely: float, high: float) -> Told:
    return Told(at=100.0, low=low, likely=likely, high=high, position=3, eligible=2.0, handle=60.0)


def test_nothing_is_known_before_the_first() -> None:
    accuracy = Accuracy()
    assert (accuracy.bias, accuracy.rmse, accuracy.coverage) == (None, None, None)


def test_the_sums_are_those_of_the_outcomes() -> None:
    accuracy = Accuracy()
    accuracy.book_answered(told(10.0, 30.0, 60.0), 120.0)  # 20 s: told 10 s too much
    accuracy.book_answered(told(10.0, 30.0, 60.0), 170.0)  # 70 s: told 40 s too little, and outside
    assert (accuracy.count, accuracy.inside, accuracy.told, accuracy.true) == (2, 1, 60.0, 90.0)
    assert accuracy.bias == -15.0
    assert accuracy.rmse == pytest.approx(((10.0**2 + 40.0**2) / 2) ** 0.5)
    assert accuracy.coverage == 0.5


def test_of_those_who_gave_up_only_the_late_ones_tell_something() -> None:
    accuracy = Accuracy()
    accuracy.book_abandoned(told(10.0, 30.0, 60.0), 150.0)
    assert (accuracy.late_abandons, accuracy.spread) == (0, 1.0)
    accuracy.book_abandoned(told(10.0, 30.0, 60.0), 161.0)
    assert accuracy.late_abandons == 1
    assert accuracy.spread > 1.0
    assert accuracy.count == 0


@pytest.mark.parametrize(("deviation", "expected"), [(2.0, 2.0), (1.0, 1.0), (0.6, 0.6)])
def test_the_width_finds_its_place(deviation: float, expected: float) -> None:
    accuracy, chance = Accuracy(), Random(1)
    widths = []
    for _ in range(6000):
        width = 12.815515655 * accuracy.spread
        accuracy.book_answered(told(100 - width, 100.0, 100 + width), 200.0 + chance.gauss(0.0, 10.0 * deviation))
        widths.append(accuracy.spread)
    assert sum(widths[1000:]) / 5000 == pytest.approx(expected, rel=0.1)


def test_the_width_has_bounds() -> None:
    narrow, wide = Accuracy(), Accuracy()
    for _ in range(1000):
        narrow.book_answered(told(0.0, 30.0, 60.0), 130.0)
        wide.book_answered(told(0.0, 30.0, 60.0), 930.0)
    assert (narrow.spread, wide.spread) == (NARROWEST, WIDEST)
