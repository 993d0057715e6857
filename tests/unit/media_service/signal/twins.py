"""The detectors in Python and in C behind one face, so that every test is a test of both."""

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from media_service.codecs.g711 import a_law_from_linear, linear_from_a_law
from media_service.codecs.wav import read_wav
from media_service.signal.beep import BeepDetector
from media_service.signal.dtmf import DtmfDetector
from media_service.signal.resample import Halfband
from media_service.signal.speech import SpeechDetector
from media_service.signal.tones import amplitude, to_pcm

CLIPS = Path(__file__).parents[4] / "prompts" / "en"
RATE = 8000

Sound = npt.NDArray[np.float64]
Digits = Callable[[bytes], str]
Changes = Callable[[bytes], list[tuple[bool, int]]]
Beeps = Callable[[bytes], list[tuple[float, int]]]


def native() -> Any:
    try:
        return importlib.import_module("media_service.engine.native._signal")
    except ImportError:
        pytest.skip("the native twin is not built")


def digits_in_python() -> Digits:
    detector = DtmfDetector()
    return lambda pcm: "".join(found.digit for found in detector.feed(pcm))


def digits_in_c() -> Digits:
    feed: Digits = native().Dtmf().feed
    return feed


def speech_in_python() -> Changes:
    detector = SpeechDetector()
    return lambda pcm: [(change.speaking, change.at_sample) for change in detector.feed(pcm)]


def speech_in_c() -> Changes:
    feed: Changes = native().Vad().feed
    return feed


def beeps_in_python() -> Beeps:
    detector = BeepDetector()
    return lambda pcm: [(beep.frequency, beep.at_sample) for beep in detector.feed(pcm)]


def beeps_in_c() -> Beeps:
    feed: Beeps = native().Beep().feed
    return feed


def halfband_in_python() -> Any:
    return Halfband()


def halfband_in_c() -> Any:
    return native().Halfband()


both_digits = pytest.mark.parametrize("make", [digits_in_python, digits_in_c], ids=["python", "c"])
both_speech = pytest.mark.parametrize("make", [speech_in_python, speech_in_c], ids=["python", "c"])
both_beeps = pytest.mark.parametrize("make", [beeps_in_python, beeps_in_c], ids=["python", "c"])
both_halfbands = pytest.mark.parametrize("make", [halfband_in_python, halfband_in_c], ids=["python", "c"])


def pieces(sound: Sound | bytes, samples: int = 160) -> Iterator[bytes]:
    """The sound as it comes from the wire: 20 ms at a time."""
    pcm = sound if isinstance(sound, bytes) else to_pcm(sound)
    for at in range(0, len(pcm), 2 * samples):
        yield pcm[at : at + 2 * samples]


def samples_of(pcm: bytes) -> Sound:
    return np.frombuffer(pcm, dtype="<i2").astype(np.float64)


def clip(name: str) -> Sound:
    return samples_of(read_wav((CLIPS / f"{name}.wav").read_bytes()))


def silence(seconds: float) -> Sound:
    return np.zeros(round(seconds * RATE))


def sine(frequency: float, seconds: float, level: float = -13.0, phase: float = 0.0) -> Sound:
    """A sine that begins and ends abruptly."""
    times = np.arange(round(seconds * RATE)) / RATE
    sound: Sound = amplitude(level) * np.sin(2.0 * np.pi * frequency * times + phase)
    return sound


def noise(chance: np.random.Generator, seconds: float, level: float) -> Sound:
    """White noise of a level in dBm0."""
    return chance.normal(0.0, amplitude(level) / np.sqrt(2.0), round(seconds * RATE))


def noisy(chance: np.random.Generator, sound: Sound, ratio: float) -> Sound:
    """The sound in white noise ``ratio`` dB below it."""
    power = float(np.sqrt(np.mean(sound**2)))
    return sound + chance.normal(0.0, power * 10.0 ** (-ratio / 20.0), len(sound))


def through_g711(sound: Sound) -> Sound:
    return samples_of(linear_from_a_law(a_law_from_linear(to_pcm(sound))))
