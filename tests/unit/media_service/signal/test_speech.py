"""Speech in silence and noise, and all that is none; both twins."""

from collections.abc import Callable

import numpy as np
import pytest

from media_service.signal.countries import COUNTRIES, Kind, tone
from media_service.signal.speech import SpeechDetector
from media_service.signal.tones import dtmf, pcm, to_pcm
from tests.unit.media_service.signal.twins import (
    Changes,
    Sound,
    both_speech,
    clip,
    noise,
    pieces,
    samples_of,
    silence,
    through_g711,
)

Make = Callable[[], Changes]


def heard(make: Make, sound: Sound | bytes, samples: int = 160) -> list[tuple[bool, float]]:
    feed = make()
    return [(speaking, at / 8000) for piece in pieces(sound, samples) for speaking, at in feed(piece)]


@both_speech
@pytest.mark.parametrize("name", ["caller_speech", "welcome", "menu", "num_7", "num_20"])
@pytest.mark.parametrize("ratio", [60.0, 30.0, 20.0])
def test_speech_begins_and_ceases_where_it_does(make: Make, name: str, ratio: float) -> None:
    spoken = clip(name)
    sound = np.concatenate([silence(1.0), spoken, silence(1.0)])
    level = float(np.sqrt(np.mean(spoken**2)))
    chance = np.random.default_rng(5)
    changes = heard(make, sound + chance.normal(0.0, level * 10 ** (-ratio / 20), len(sound)))

    assert [speaking for speaking, _ in changes] == [True, False] * (len(changes) // 2)
    assert 0.98 <= changes[0][1] <= 1.2
    end = 1.0 + len(spoken) / 8000
    assert end - 0.5 <= changes[-1][1] <= end + 0.1


@both_speech
@pytest.mark.parametrize(("ratio", "latest"), [(10.0, 1.3), (5.0, 1.5)])
def test_long_speech_is_heard_in_loud_noise(make: Make, ratio: float, latest: float) -> None:
    chance = np.random.default_rng(6)
    sound = np.concatenate([silence(1.0), clip("caller_speech"), silence(1.0)])
    level = float(np.sqrt(np.mean(clip("caller_speech") ** 2)))
    changes = heard(make, sound + chance.normal(0.0, level * 10 ** (-ratio / 20), len(sound)))
    assert 0.98 <= changes[0][1] <= latest


@both_speech
def test_a_change_is_told_soon(make: Make) -> None:
    feed = make()
    spoken = np.concatenate([silence(1.0), clip("caller_speech"), silence(1.0)])
    told = [(number * 0.02, change) for number, piece in enumerate(pieces(spoken)) for change in feed(piece)]
    (begun_at, (_, onset)), *_, (ceased_at, (_, end)) = told
    assert begun_at - onset / 8000 <= 0.35
    assert ceased_at - end / 8000 <= 0.45


@both_speech
def test_pauses_within_a_sentence_do_not_end_it(make: Make) -> None:
    spoken = clip("num_7")
    changes = heard(make, np.concatenate([silence(0.5), spoken, silence(0.2), spoken, silence(1.0)]))
    assert [speaking for speaking, _ in changes] == [True, False]


@both_speech
def test_silence_and_noise_are_no_speech(make: Make) -> None:
    chance = np.random.default_rng(8)
    assert heard(make, silence(5.0)) == []
    for level in (-60.0, -40.0, -25.0, -15.0):
        assert heard(make, noise(chance, 10.0, level)) == []
        assert heard(make, np.concatenate([silence(2.0), noise(chance, 5.0, level), silence(2.0)])) == []


@both_speech
@pytest.mark.parametrize(("on", "off"), [(100, 0.1), (200, 0.1), (400, 0.2), (2000, 0.5)])
def test_digits_are_no_speech(make: Make, on: int, off: float) -> None:
    sound = np.concatenate([np.concatenate([samples_of(dtmf(d, on)), silence(off)]) for d in "1234567890*#"])
    assert heard(make, np.concatenate([silence(0.5), through_g711(sound), silence(0.5)])) == []


@both_speech
@pytest.mark.parametrize("country", COUNTRIES)
def test_tones_of_exchanges_are_no_speech(make: Make, country: str) -> None:
    for kind in set(Kind) - {Kind.CONFIRMATION}:
        sound = samples_of(pcm(tone(country, kind, 10.0)))
        assert heard(make, np.concatenate([silence(0.5), sound, silence(0.5)])) == [], kind


@both_speech
def test_the_music_on_hold_is_no_speech(make: Make) -> None:
    assert heard(make, clip("hold_music")) == []


@both_speech
def test_speech_over_a_steady_noise_that_has_set_in(make: Make) -> None:
    chance = np.random.default_rng(9)
    spoken = np.concatenate([silence(4.0), clip("caller_speech"), silence(1.0)])
    changes = heard(make, spoken + noise(chance, len(spoken) / 8000, -35.0))
    assert changes[0][0]
    assert 3.95 <= changes[0][1] <= 4.3


@both_speech
def test_pieces_may_have_any_length(make: Make) -> None:
    sound = np.concatenate([silence(0.5), clip("welcome"), silence(0.8)])
    whole = heard(make, sound)
    assert [heard(make, sound, samples) for samples in (1, 37, 161, 5000)] == [whole] * 4


def test_times_can_be_chosen() -> None:
    slow = SpeechDetector(begin=0.8, end=2.0)
    spoken = np.concatenate([silence(0.5), clip("num_7"), silence(3.0)])
    assert slow.feed(to_pcm(spoken)) == []
    assert [c.speaking for c in slow.feed(to_pcm(np.concatenate([clip("caller_speech"), silence(1.5)])))] == [True]
    assert [c.speaking for c in slow.feed(to_pcm(silence(0.9)))] == [False]
