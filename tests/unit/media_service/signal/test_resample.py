"""Between 8 and 16 kHz: what passes, what does not, in pieces of any length; both twins."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from media_service.signal.levels import level_of
from media_service.signal.resample import BETA, DELAY, SIDE, Halfband
from media_service.signal.tones import Tone, pcm, to_pcm
from tests.unit.media_service.signal.twins import both_halfbands, clip, halfband_in_c, samples_of

Make = Callable[[], Any]


def test_the_taps_are_those_of_the_design() -> None:
    places = np.arange(1, 2 * DELAY, 2)
    ideal = np.sin(np.pi * places / 2) / (np.pi * places) * np.kaiser(4 * DELAY - 1, BETA)[2 * DELAY :: 2]
    assert pytest.approx(ideal * 0.25 / ideal.sum(), abs=1e-9) == SIDE


@both_halfbands
@pytest.mark.parametrize("frequency", [200.0, 1000.0, 2000.0, 3400.0])
def test_speech_passes_both_ways(make: Make, frequency: float) -> None:
    tone = Tone((frequency,), (), 1.0)
    up = samples_of(make().up(pcm(tone)))
    down = samples_of(make().down(pcm(tone, 16000)))
    assert (len(up), len(down)) == (16000, 8000)
    assert level_of(up[4000:12000]) == pytest.approx(-13.0, abs=0.05)
    assert level_of(down[2000:6000]) == pytest.approx(-13.0, abs=0.05)
    expected = samples_of(pcm(tone, 16000))
    assert np.abs(up[4000:12000] - expected[4000 - 2 * DELAY : 12000 - 2 * DELAY]).max() < 60


@both_halfbands
@pytest.mark.parametrize("frequency", [4600.0, 6000.0, 7500.0])
def test_what_would_fold_back_does_not_pass(make: Make, frequency: float) -> None:
    down = samples_of(make().down(pcm(Tone((frequency,), (), 1.0), 16000)))
    assert level_of(down[2000:6000]) < -13.0 - 50.0


@both_halfbands
def test_mirror_images_are_gone(make: Make) -> None:
    up = samples_of(make().up(pcm(Tone((1000.0,), (), 1.0))))
    spectrum = np.abs(np.fft.rfft(up[4000:12000] * np.hanning(8000)))
    assert spectrum[3500:4500].max() < spectrum.max() / 300  # 7000 Hz, at 2 Hz a line


@both_halfbands
def test_pieces_give_what_the_whole_gives(make: Make) -> None:
    pcm16 = to_pcm(clip("num_7"))
    for way, step in (("up", 74), ("up", 2), ("down", 148), ("down", 4), ("down", 2560)):
        whole, parts = getattr(make(), way), getattr(make(), way)
        length = len(pcm16) - len(pcm16) % step
        got = b"".join(parts(pcm16[at : at + step]) for at in range(0, length, step))
        assert got == whole(pcm16[:length])


@both_halfbands
def test_an_odd_number_of_samples_is_refused(make: Make) -> None:
    with pytest.raises(ValueError, match="halved"):
        make().down(bytes(6))
    assert make().up(b"") == b""


def test_both_twins_give_the_same_samples() -> None:
    loud = to_pcm(3.0 * clip("menu"))
    up, native_up = Halfband().up(loud), halfband_in_c().up(loud)
    assert np.abs(samples_of(up) - samples_of(native_up)).max() <= 1
    down, native_down = Halfband().down(up), halfband_in_c().down(up)
    assert np.abs(samples_of(down) - samples_of(native_down)).max() <= 1
