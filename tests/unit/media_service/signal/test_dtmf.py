"""Digits in sound, held against the limits of Q.24 and TIA-464; both twins."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media_service.signal.dtmf import DtmfDetector
from media_service.signal.resample import Halfband
from media_service.signal.tones import Tone, dtmf, frequencies_of, pcm
from tests.unit.media_service.signal.twins import (
    CLIPS,
    Digits,
    Sound,
    both_digits,
    clip,
    noise,
    noisy,
    pieces,
    samples_of,
    silence,
    sine,
    through_g711,
)

ALL = "0123456789*#ABCD"
Make = Callable[[], Digits]


def pair(
    digit: str, seconds: float, low: float = -8.0, high: float = -6.0, off: tuple[float, float] = (0.0, 0.0)
) -> Sound:
    """A tone pair without soft edges, ``off`` by shares of its frequencies, each tone at a phase of its own."""
    one, other = frequencies_of(digit)
    return sine(one * (1 + off[0]), seconds, low, phase=0.7) + sine(other * (1 + off[1]), seconds, high, phase=2.1)


def heard(make: Make, sound: Sound | bytes, samples: int = 160) -> str:
    feed = make()
    return "".join(feed(piece) for piece in pieces(sound, samples))


def share_heard(make: Make, one: Callable[[str], Sound]) -> float:
    """Share of all digits, at eight places against the looks' grid each, that are heard, and once."""
    good = 0
    for digit in ALL:
        for shift in range(0, 40, 5):
            around = np.concatenate([np.zeros(320 + shift), one(digit), np.zeros(480)])
            good += heard(make, around) == digit
    return good / (len(ALL) * 8)


@both_digits
def test_all_digits_of_forty_milliseconds_forty_apart(make: Make) -> None:
    sound = np.concatenate([np.concatenate([pair(digit, 0.04), silence(0.04)]) for digit in ALL * 3])
    assert heard(make, np.concatenate([sound, silence(0.1)])) == ALL * 3


@both_digits
def test_the_same_digit_again_is_a_second_one_after_a_pause_alone(make: Make) -> None:
    twice = np.concatenate([pair("5", 0.05), silence(0.04), pair("5", 0.05), silence(0.1)])
    broken = np.concatenate([pair("5", 0.05), silence(0.01), pair("5", 0.05), silence(0.1)])
    assert heard(make, twice) == "55"
    assert heard(make, broken) == "5"
    assert heard(make, np.concatenate([pair("5", 3.0), silence(0.1)])) == "5"


@both_digits
@pytest.mark.parametrize("milliseconds", [40, 45, 70])
def test_long_enough(make: Make, milliseconds: int) -> None:
    assert share_heard(make, lambda digit: pair(digit, milliseconds / 1000)) == 1.0


@both_digits
@pytest.mark.parametrize("milliseconds", [10, 20, 23, 25])
def test_too_short(make: Make, milliseconds: int) -> None:
    assert share_heard(make, lambda digit: pair(digit, milliseconds / 1000)) == 0.0


@both_digits
@pytest.mark.parametrize("off", [(0.015, 0.015), (0.015, -0.015), (-0.015, 0.015), (-0.015, -0.015)])
def test_frequencies_one_and_a_half_percent_off_are_taken(make: Make, off: tuple[float, float]) -> None:
    assert share_heard(make, lambda digit: pair(digit, 0.04, off=off)) == 1.0


@both_digits
@pytest.mark.parametrize("off", [(0.035, 0.0), (-0.035, 0.0), (0.0, 0.035), (0.0, -0.035), (0.035, -0.035)])
def test_frequencies_three_and_a_half_percent_off_are_refused(make: Make, off: tuple[float, float]) -> None:
    assert share_heard(make, lambda digit: pair(digit, 0.1, off=off)) == 0.0


@both_digits
@pytest.mark.parametrize(("low", "high"), [(-8.0, -16.0), (-16.0, -8.0 - 4.0), (-10.0, -10.0), (-12.0, -8.0)])
def test_twist_within_limits(make: Make, low: float, high: float) -> None:
    assert share_heard(make, lambda digit: pair(digit, 0.04, low, high)) == 1.0


@both_digits
@pytest.mark.parametrize(("low", "high"), [(-8.0, -19.0), (-16.0, -9.0)])
def test_twist_far_beyond_limits(make: Make, low: float, high: float) -> None:
    assert share_heard(make, lambda digit: pair(digit, 0.1, low, high)) == 0.0


@both_digits
@pytest.mark.parametrize("level", [0.0, -10.0, -25.0])
def test_levels_that_must_be_taken_even_through_a_law(make: Make, level: float) -> None:
    assert share_heard(make, lambda digit: through_g711(pair(digit, 0.04, level, level))) == 1.0


@both_digits
@pytest.mark.parametrize("level", [-36.0, -45.0, -55.0])
def test_levels_that_are_refused(make: Make, level: float) -> None:
    assert share_heard(make, lambda digit: pair(digit, 0.1, level, level)) == 0.0


@both_digits
@pytest.mark.parametrize("ratio", [24.0, 15.0, 12.0])
def test_in_noise(make: Make, ratio: float) -> None:
    chance = np.random.default_rng(7)
    assert share_heard(make, lambda digit: noisy(chance, pair(digit, 0.04), ratio)) >= 0.99


@both_digits
def test_a_thousand_digits_in_noise_fifteen_decibels_below(make: Make) -> None:
    chance = np.random.default_rng(11)
    sent = "".join(chance.choice(list(ALL), 1000))
    sound = np.concatenate([np.concatenate([pair(digit, 0.05), silence(0.05)]) for digit in sent])
    assert heard(make, noisy(chance, sound, 15.0 - 3.0)) == sent  # half of it is silence


@both_digits
@pytest.mark.parametrize("dial", [(350.0, 440.0), (425.0,), (440.0,)])
def test_with_a_dial_tone_behind(make: Make, dial: tuple[float, ...]) -> None:
    sound = np.concatenate([np.concatenate([pair(digit, 0.05), silence(0.05)]) for digit in ALL])
    level = -21.0 if len(dial) == 1 else -18.0
    behind = samples_of(pcm(Tone(dial, (), len(sound) / 8000, level)))
    assert heard(make, sound + behind[: len(sound)]) == ALL


@both_digits
def test_no_digit_in_six_minutes_of_speech_and_music(make: Make) -> None:
    clips = sorted(file.stem for file in CLIPS.glob("*.wav"))
    speech = np.concatenate([clip(name) for name in clips])
    seconds = 0.0
    for speed in (0.75, 0.9, 1.0, 1.15, 1.3):
        places = np.arange(0.0, len(speech) - 1, speed)
        seconds += len(places) / 8000
        sped = np.interp(places, np.arange(len(speech)), speech)
        assert heard(make, 1.5 * sped, samples=4000) == ""
    assert seconds > 340


@both_digits
def test_no_digit_in_noise_or_in_tones_of_an_exchange(make: Make) -> None:
    chance = np.random.default_rng(3)
    assert heard(make, noise(chance, 20.0, -13.0)) == ""
    for frequencies in ((350.0, 440.0), (440.0, 480.0), (480.0, 620.0), (950.0, 1400.0), (1100.0,), (2100.0,)):
        assert heard(make, pcm(Tone(frequencies, (0.5, 0.5), 4.0, -10.0))) == ""


@both_digits
def test_a_pair_that_is_rich_in_harmonics_is_no_digit(make: Make) -> None:
    def rich(digit: str) -> Sound:
        low, high = frequencies_of(digit)
        return pair(digit, 0.1) + sine(2 * high, 0.1, -15.0) + sine(2 * low, 0.1, -17.0)

    assert heard(make, np.concatenate([np.concatenate([rich(d), silence(0.1)]) for d in "14*ABCD"])) == ""


@both_digits
@settings(deadline=None, max_examples=25)
@given(digits=st.text(ALL, max_size=6), samples=st.integers(1, 700), shift=st.integers(0, 200))
def test_pieces_may_have_any_length(make: Make, digits: str, samples: int, shift: int) -> None:
    sound = b"".join(bytes(640) + dtmf(digit, 60) + bytes(640) for digit in digits)
    assert heard(make, bytes(2 * shift) + sound + bytes(640), samples) == digits


def test_the_place_of_a_digit_is_told() -> None:
    detector = DtmfDetector()
    (found,) = detector.feed(bytes(2 * 4000) + dtmf("7", 80) + bytes(800))
    assert found.digit == "7"
    assert abs(found.at_sample - 4000) <= 60
    assert 220 <= found.samples <= 400


def test_sixteen_kilohertz() -> None:
    detector = DtmfDetector(rate=16000)
    (found,) = detector.feed(Halfband().up(bytes(8000) + dtmf("D", 80) + bytes(8000)))
    assert found.digit == "D"
    assert abs(found.at_sample - 8000) <= 150
    with pytest.raises(ValueError, match="44100"):
        DtmfDetector(rate=44100)
