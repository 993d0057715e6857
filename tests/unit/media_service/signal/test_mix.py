"""Sums of sounds."""

import numpy as np

from media_service.signal.mix import mix
from media_service.signal.tones import to_pcm
from tests.unit.media_service.signal.twins import samples_of


def test_sums_are_kept_within_sixteen_bits() -> None:
    one, other = to_pcm(np.array([30000.0, -30000.0, 5.0])), to_pcm(np.array([10000.0, -10000.0, 6.0, 7.0]))
    assert list(samples_of(mix([one, other]))) == [32767, -32768, 11, 7]
    assert mix([]) == b""
    assert mix([one]) == one
