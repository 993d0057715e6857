"""Answering machines' beeps, and tones that are none; both twins."""

from collections.abc import Callable

import numpy as np
import pytest

from media_service.signal.countries import COUNTRIES, Kind, tone
from media_service.signal.tones import Tone, dtmf, pcm
from tests.unit.media_service.signal.twins import (
    Beeps,
    Sound,
    both_beeps,
    clip,
    noise,
    noisy,
    pieces,
    samples_of,
    silence,
    sine,
    through_g711,
)

Make = Callable[[], Beeps]


def heard(make: Make, sound: Sound | bytes, samples: int = 160) -> list[tuple[float, float]]:
    feed = make()
    return [(frequency, at / 8000) for piece in pieces(sound, samples) for frequency, at in feed(piece)]


@both_beeps
@pytest.mark.parametrize("frequency", [523.0, 800.0, 1000.0, 1400.0, 2000.0, 2500.0])
@pytest.mark.parametrize("seconds", [0.15, 0.3, 1.0, 3.9])
def test_a_beep_after_a_greeting(make: Make, frequency: float, seconds: float) -> None:
    greeting = clip("sorry")
    for shift in (0, 53, 111):
        before = np.concatenate([greeting, np.zeros(2400 + shift)])
        sound = np.concatenate([before, sine(frequency, seconds), silence(1.0)])
        (beep,) = heard(make, through_g711(sound))
        assert abs(beep[0] - frequency) < 0.01 * frequency
        assert abs(beep[1] - len(before) / 8000 - seconds) < 0.045


@both_beeps
@pytest.mark.parametrize("frequency", [400.0, 425.0, 440.0])
def test_a_beep_where_exchanges_have_their_tones(make: Make, frequency: float) -> None:
    sound = np.concatenate([clip("sorry"), silence(0.3), sine(frequency, 0.4), silence(1.0)])
    (beep,) = heard(make, sound)
    assert abs(beep[0] - frequency) < 5.0


@both_beeps
@pytest.mark.parametrize("ratio", [30.0, 20.0, 14.0])
def test_a_beep_in_noise(make: Make, ratio: float) -> None:
    chance = np.random.default_rng(2)
    tone_alone = sine(1000.0, 0.5)
    level = float(np.sqrt(np.mean(tone_alone**2)))
    sound = np.concatenate([silence(1.0), tone_alone, silence(1.0)])
    (beep,) = heard(make, sound + chance.normal(0.0, level * 10 ** (-ratio / 20), len(sound)))
    assert abs(beep[0] - 1000.0) < 10.0


@both_beeps
def test_a_soft_beep(make: Make) -> None:
    assert len(heard(make, np.concatenate([silence(0.5), sine(1000.0, 0.4, -30.0), silence(0.5)]))) == 1
    assert heard(make, np.concatenate([silence(0.5), sine(1000.0, 0.4, -40.0), silence(0.5)])) == []


@both_beeps
@pytest.mark.parametrize("seconds", [0.04, 0.1, 4.3, 10.0])
def test_too_short_or_too_long(make: Make, seconds: float) -> None:
    assert heard(make, np.concatenate([silence(0.5), sine(1000.0, seconds), silence(1.0)])) == []


@both_beeps
@pytest.mark.parametrize("frequency", [200.0, 330.0, 2700.0, 3300.0, 2100.0])
def test_other_frequencies_and_the_answer_tone_of_a_fax(make: Make, frequency: float) -> None:
    assert heard(make, np.concatenate([silence(0.5), sine(frequency, 1.0), silence(1.0)])) == []


@both_beeps
def test_what_is_followed_by_sound_is_no_beep(make: Make) -> None:
    assert heard(make, np.concatenate([silence(0.5), sine(1000.0, 0.4), clip("welcome")[400:]])) == []
    assert heard(make, np.concatenate([silence(0.5), sine(1000.0, 0.4), sine(1300.0, 0.4), silence(1.0)])) == []


@both_beeps
def test_a_beep_may_fade(make: Make) -> None:
    times = np.arange(4000)
    for shape in (np.linspace(1.0, 0.4, 4000), np.minimum(1.0, (4000 - times) / 800), np.exp(-times / 3500)):
        (beep,) = heard(make, np.concatenate([silence(0.5), sine(1000.0, 0.5) * shape, silence(1.0)]))
        assert abs(beep[0] - 1000.0) < 5.0


@both_beeps
def test_a_tone_that_slides_or_swells_is_no_beep(make: Make) -> None:
    times = np.arange(4000) / 8000
    sliding = 5000 * np.sin(2 * np.pi * (800 * times + 400 * times**2))
    swelling = sine(1000.0, 0.5) * np.linspace(0.1, 1.0, 4000)
    for sound in (sliding, swelling):
        assert heard(make, np.concatenate([silence(0.5), sound, silence(1.0)])) == []


@both_beeps
def test_speech_music_and_noise_have_no_beep(make: Make) -> None:
    chance = np.random.default_rng(4)
    names = ("agent_greeting", "caller_speech", "closed", "invalid", "menu", "sorry", "welcome", "hold_music")
    speech = np.concatenate([np.concatenate([clip(name), silence(0.5)]) for name in names])
    assert heard(make, speech) == []
    assert heard(make, noisy(chance, speech, 20.0)) == []
    assert heard(make, noise(chance, 10.0, -20.0)) == []


@both_beeps
def test_digits_are_no_beep(make: Make) -> None:
    sound = b"".join(dtmf(digit, 300) + bytes(8000) for digit in "1234567890*#ABCD")
    assert heard(make, sound) == []


@both_beeps
@pytest.mark.parametrize("country", COUNTRIES)
def test_tones_of_exchanges_are_no_beep(make: Make, country: str) -> None:
    for kind in set(Kind) - {Kind.CALL_WAITING}:
        sound = samples_of(pcm(tone(country, kind, 15.0)))
        assert heard(make, np.concatenate([silence(0.5), sound, silence(1.0)])) == [], kind
    waiting = samples_of(pcm(tone(country, Kind.CALL_WAITING, 20.0)))
    assert len(heard(make, np.concatenate([silence(0.5), waiting, silence(1.0)]))) <= 1


@both_beeps
def test_what_repeats_is_told_once_at_most(make: Make) -> None:
    repeated = samples_of(pcm(Tone((1100.0,), (0.5, 3.0), 30.0)))
    assert len(heard(make, np.concatenate([silence(0.5), repeated, silence(1.0)]))) == 1


@both_beeps
def test_pieces_may_have_any_length(make: Make) -> None:
    sound = np.concatenate([silence(0.51), sine(1000.0, 0.4), silence(0.5)])
    whole = heard(make, sound)
    assert len(whole) == 1
    assert [heard(make, sound, samples) for samples in (1, 37, 161, 5000)] == [whole] * 4
