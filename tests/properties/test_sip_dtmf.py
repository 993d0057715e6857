"""Digits counted once, whatever happens to their packets."""

import random

from hypothesis import given
from hypothesis import strategies as st

from sip.dtmf import DIGITS, DigitDetector, digit_packets


@given(
    st.lists(st.sampled_from(DIGITS), min_size=1, max_size=8),
    st.integers(0, 2**32 - 1),
    st.randoms(use_true_random=False),
    st.integers(160, 4000),
)
def test_each_digit_counts_once(digits: list[str], start: int, chance: random.Random, duration: int) -> None:
    detector, heard, sequence, timestamp = DigitDetector(), [], 65_530, start
    for digit in digits:
        packets = digit_packets(
            digit, payload_type=101, ssrc=7, sequence=sequence, timestamp=timestamp, duration=duration
        )
        sequence, timestamp = sequence + len(packets), timestamp + duration + 400
        kept = [packet for packet in packets if chance.random() < 0.5] or [chance.choice(packets)]
        kept += chance.choices(kept, k=2)
        chance.shuffle(kept)
        heard += [found for packet in kept if (found := detector.packet(packet))]
    assert heard == digits
