"""Levels in dBm0."""

import numpy as np
import pytest

from media_service.signal.levels import LOWEST, level_of
from tests.unit.media_service.signal.twins import sine


def test_silence_and_a_constant_offset_are_no_sound() -> None:
    assert level_of(np.zeros(160)) == LOWEST
    assert level_of(np.full(160, 500.0)) == LOWEST
    assert level_of(np.zeros(0)) == LOWEST


@pytest.mark.parametrize("level", [3.0, -13.0, -40.0])
def test_a_sine_has_its_level(level: float) -> None:
    assert level_of(sine(1000.0, 0.02, level)) == pytest.approx(level, abs=0.01)
    assert level_of(sine(1000.0, 0.02, level) + 300.0) == pytest.approx(level, abs=0.01)


def test_nothing_is_below_the_lowest() -> None:
    assert level_of(sine(1000.0, 0.02, -90.0)) == LOWEST
