"""Tones: their frequencies, levels, cadences and edges, as a spectrum tells them."""

import math

import numpy as np
import pytest

from media_service.signal.countries import Kind, tone
from media_service.signal.levels import level_of
from media_service.signal.tones import KEYS, Tone, amplitude, dtmf, frequencies_of, pcm
from tests.unit.media_service.signal.twins import Sound, samples_of


def strongest(sound: Sound, how_many: int, rate: int = 8000) -> list[float]:
    """The frequencies of the highest peaks."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 1 << 16))
    found = []
    for _ in range(how_many):
        peak = int(spectrum.argmax())
        found.append(peak * rate / (1 << 16))
        spectrum[max(peak - 200, 0) : peak + 200] = 0.0
    return sorted(found)


@pytest.mark.parametrize("rate", [8000, 16000])
def test_a_tone_has_its_frequency_level_and_length(rate: int) -> None:
    sound = samples_of(pcm(Tone((425.0,), (), 2.0, -13.0), rate))
    assert len(sound) == 2 * rate
    assert strongest(sound[:rate], 1, rate) == pytest.approx([425.0], abs=0.5)
    assert level_of(sound[rate // 2 : rate]) == pytest.approx(-13.0, abs=0.05)


def test_the_loudest_sine_is_at_overload() -> None:
    assert amplitude(3.14) == pytest.approx(32768.0)


def test_frequencies_sound_together() -> None:
    sound = samples_of(pcm(Tone((350.0, 440.0), (), 1.0)))
    assert strongest(sound, 2) == pytest.approx([350.0, 440.0], abs=0.5)


def test_a_cadence_is_kept_for_long() -> None:
    sound = samples_of(pcm(Tone((425.0,), (0.48, 0.52), 60.0)))
    for second in (0, 30, 59):
        on = sound[second * 8000 : second * 8000 + 3840]
        off = sound[second * 8000 + 3840 : (second + 1) * 8000]
        assert level_of(on) == pytest.approx(-13.0, abs=0.3)
        assert not off.any()


def test_edges_are_soft() -> None:
    sound = samples_of(pcm(Tone((1000.0,), (0.1, 0.1), 0.4)))
    assert abs(sound[0]) < 50
    assert abs(sound[799]) < 50
    assert np.abs(np.diff(sound)).max() <= amplitude(-13.0) * 2 * math.sin(math.pi * 1000 / 8000) + 1


def test_a_sequence_sounds_one_frequency_after_the_other() -> None:
    sound = samples_of(pcm(tone("DE", Kind.SPECIAL_INFORMATION, 4.0)))
    for number, frequency in enumerate((950.0, 1400.0, 1800.0)):
        part = sound[2640 * number + 100 : 2640 * (number + 1) - 100]
        assert strongest(part, 1) == pytest.approx([frequency], abs=1.0)
    assert not sound[3 * 2640 : 3 * 2640 + 7900].any()
    assert strongest(sound[3 * 2640 + 8100 : 3 * 2640 + 10500], 1) == pytest.approx([950.0], abs=1.0)


def test_silence_is_a_tone_of_no_frequencies() -> None:
    assert pcm(Tone((), (), 0.5)) == bytes(8000)
    assert pcm(Tone((425.0,), (), 0.0)) == b""


def test_what_is_too_loud_is_clipped() -> None:
    sound = samples_of(pcm(Tone((400.0, 500.0), (), 0.1, 3.0)))
    assert sound.max() == 32767


@pytest.mark.parametrize("digit", "".join(KEYS))
def test_digits_are_the_pairs_of_q_23(digit: str) -> None:
    sound = samples_of(dtmf(digit, 100))
    low, high = frequencies_of(digit)
    assert len(sound) == 800
    assert strongest(sound, 2) == pytest.approx([low, high], abs=6.0)


@pytest.mark.parametrize("digit", ["", "E", "12", "a", "+"])
def test_no_other_digits(digit: str) -> None:
    with pytest.raises(ValueError, match="no digit"):
        dtmf(digit, 100)


@pytest.mark.parametrize(
    "wrong",
    [
        Tone((4000.0,), (), 1.0),
        Tone((0.0,), (), 1.0),
        Tone((425.0,), (), -1.0),
        Tone((425.0,), (0.5, -0.5), 1.0),
        Tone((425.0,), (0.0, 0.5), 1.0),
        Tone((), (0.1, 0.1), 1.0, sequence=True),
    ],
)
def test_tones_that_cannot_be(wrong: Tone) -> None:
    with pytest.raises(ValueError, match=r"."):
        pcm(wrong)
