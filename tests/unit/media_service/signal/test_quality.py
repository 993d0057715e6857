"""The E-model by its standards' own numbers, in both twins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_service.signal.quality import CODECS, mos, rating
from tests.unit.media_service.signal.twins import native

NUMBERS = {"PCMA": 0, "PCMU": 0, "G722": 1, "opus": 2, "L16": 3}
"""As signal.h counts codecs."""


def test_the_best_is_the_best() -> None:
    assert rating(0.0, 0.0) == pytest.approx(93.2)
    assert mos(0.0, 0.0) == pytest.approx(4.41, abs=0.005)  # G.107 annex B


@pytest.mark.parametrize(
    ("delay", "loss", "expected"),
    [
        (0.1, 0.0, 90.8),  # 2.4 for 100 ms
        (0.2, 0.0, 93.2 - 4.8 - 0.11 * 22.7),
        (0.0, 0.01, 93.2 - 95.0 / 26.1),
        (0.0, 0.05, 93.2 - 95.0 * 5.0 / 30.1),
        (0.4, 0.20, 93.2 - 9.6 - 0.11 * 222.7 - 95.0 * 20.0 / 45.1),
    ],
)
def test_ratings_by_hand(delay: float, loss: float, expected: float) -> None:
    assert rating(delay, loss) == pytest.approx(expected, abs=1e-6)


def test_opinions_by_the_table_of_g_107_annex_b() -> None:
    # R 90 -> 4.34, 80 -> 4.03, 70 -> 3.60, 60 -> 3.10, 50 -> 2.58
    for r, opinion in ((90.0, 4.34), (80.0, 4.03), (70.0, 3.60), (60.0, 3.10), (50.0, 2.58)):
        broken = 93.2 - r
        loss = broken * 25.1 / (95.0 - broken) / 100.0
        assert mos(0.0, loss) == pytest.approx(opinion, abs=0.01)


@given(
    st.floats(-1.0, 10.0),
    st.floats(-0.5, 1.5),
    st.sampled_from(sorted(CODECS)),
    st.floats(0.5, 8.0),
)
def test_opinions_stay_in_bounds_and_only_fall(delay: float, loss: float, codec: str, burst: float) -> None:
    opinion = mos(delay, loss, codec, burst)
    assert 1.0 <= opinion <= 4.5
    assert mos(delay + 0.1, loss, codec, burst) <= opinion
    assert mos(delay, loss + 0.05, codec, burst) <= opinion
    assert mos(delay, loss, codec, burst + 1.0) <= opinion + 1e-12


def test_an_unknown_codec_counts_as_g_711() -> None:
    assert mos(0.1, 0.02, "iLBC") == mos(0.1, 0.02, "PCMA")


def test_both_twins_think_the_same() -> None:
    estimate = native().mos_estimate
    for codec, number in NUMBERS.items():
        for delay in (-1.0, 0.0, 0.05, 0.1773, 0.3, 2.0):
            for loss in (-0.1, 0.0, 0.005, 0.03, 0.3, 1.0, 2.0):
                assert estimate(delay, loss, number) == pytest.approx(mos(delay, loss, codec))
    assert estimate(0.0, 0.0, 99) == pytest.approx(mos(0.0, 0.0))
