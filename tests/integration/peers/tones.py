"""Telephones told apart in a conference: each says a tone of its own, and what is heard is a set of tones."""

from itertools import groupby
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from media_service.codecs.g711 import SAMPLE_RATE

WINDOW = 0.2
AUDIBLE = 300.0
"""Amplitude (of 32768) above which a tone is heard; `tone_file` writes ten times as much."""


def tone_file(folder: Path, frequency: int, seconds: float = 30.0) -> Path:
    """A sine as a WAV file of 8 kHz."""
    at = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    file = folder / f"tone{frequency}.wav"
    soundfile.write(file, (10 * AUDIBLE * np.sin(2 * np.pi * frequency * at)).astype(np.int16), SAMPLE_RATE)
    return file


def tones_heard(heard: NDArray[np.int16], frequencies: tuple[int, ...]) -> list[frozenset[int]]:
    """Which of the tones were heard, piece by piece of 0.2 s."""
    length = round(WINDOW * SAMPLE_RATE)
    at = np.arange(length) / SAMPLE_RATE
    shape = np.hanning(length) * 4 / length
    pieces = [heard[begin : begin + length] * shape for begin in range(0, len(heard) - length + 1, length)]
    waves = {frequency: np.exp(-2j * np.pi * frequency * at) for frequency in frequencies}
    return [frozenset(each for each, wave in waves.items() if abs(np.dot(one, wave)) > AUDIBLE) for one in pieces]


def scenes(heard: NDArray[np.int16], frequencies: tuple[int, ...], least: float = 0.8) -> list[frozenset[int]]:
    """The sets of tones that were heard for ``least`` seconds at least, one after the other, silence left out.

    What is shorter is the change from one to the next, or a phone that stutters.
    """
    held = [(tones, len(list(run))) for tones, run in groupby(tones_heard(heard, frequencies))]
    long = [tones for tones, count in held if tones and count * WINDOW >= least]
    return [tones for tones, _ in groupby(long)]
