#!/usr/bin/env python3
"""Composes what is not speech: hold music and the tones that the lab plays, as 8 kHz mono 16-bit WAV files.

Speech is made by `callwright prompts make`. Files that are there already stay, unless --force is given.
"""

import argparse
import array
import math
import random
import sys
from collections.abc import Iterable
from pathlib import Path

from media_service.codecs.wav import write_wav

RATE = 8000
PEAK = 0.69
"""No sample is louder: 3.2 dB below full scale."""
FOLDER = Path(__file__).resolve().parent


# Music: a slow four-four at 80 beats a minute in C, eight bars, 24 s. Everything is laid into a ring: what still
# sounds at the end goes on at the beginning, and the loop has no seam.

BEAT = RATE * 60 // 80
BARS = [  # bass note, chord (as MIDI numbers)
    (36, (60, 64, 67, 71)),
    (45, (57, 60, 64, 67)),
    (38, (57, 60, 62, 65)),
    (43, (55, 59, 62, 65)),
    (40, (59, 62, 64, 67)),
    (45, (57, 60, 64, 67)),
    (41, (57, 60, 64, 65)),
    (43, (55, 59, 62, 67)),
]
MELODY = [  # beat at which it begins, length in beats, note
    *((0, 1.5, 76), (1.5, 0.5, 79), (2, 2, 72), (4, 1, 76), (5, 1, 74), (6, 1.5, 72), (7.5, 0.5, 69)),
    *((8, 2, 77), (10, 1, 74), (11, 1, 72), (12, 1.5, 71), (13.5, 0.5, 74), (14, 2, 67)),
    *((16, 1, 79), (17, 1, 76), (18, 2, 74), (20, 0.5, 72), (20.5, 0.5, 74), (21, 1, 76), (22, 2, 81)),
    *((24, 1.5, 77), (25.5, 0.5, 76), (26, 1, 72), (27, 1, 69), (28, 2, 71), (30, 1, 74), (31, 1, 79)),
]
LENGTH = 4 * len(BARS) * BEAT


def frequency(note: float) -> float:
    """Hertz of a MIDI note number."""
    return 440.0 * 2 ** ((note - 69) / 12)


def lay(ring: list[float], start: float, wave: Iterable[float]) -> None:
    """Add a sound to the ring from beat ``start``."""
    position = round(start * BEAT)
    for offset, sample in enumerate(wave):
        ring[(position + offset) % LENGTH] += sample


def pad(note: int, beats: float, level: float) -> Iterable[float]:
    """A soft chord voice: two voices slightly apart, swelling and fading."""
    length = round(beats * BEAT) + RATE // 2
    for moment in range(length):
        swell = min(moment / (0.4 * RATE), (length - moment) / (0.5 * RATE), 1.0)
        angle = 2 * math.pi * frequency(note) * moment / RATE
        yield level * swell * (math.sin(angle) + 0.6 * math.sin(1.003 * angle) + 0.2 * math.sin(2 * angle))


def bell(note: int, beats: float, level: float) -> Iterable[float]:
    """The melody's voice: an electric piano, its overtones dying away first."""
    length = round(beats * BEAT) + RATE
    for moment in range(length):
        time = moment / RATE
        ending = min((length - moment) / 400, 1.0) * min(moment / 40, 1.0)
        angle = 2 * math.pi * frequency(note) * time
        strike = math.exp(-6 * time) * math.sin(2 * angle)
        yield level * ending * math.exp(-1.4 * time) * math.sin(angle + 1.2 * strike)


def pluck(note: int, beats: float, level: float, chance: random.Random) -> Iterable[float]:
    """A plucked string (Karplus and Strong): a burst of noise that runs through its own echo."""
    string = [chance.uniform(-1, 1) for _ in range(round(RATE / frequency(note)))]
    for moment in range(round(beats * BEAT)):
        place = moment % len(string)
        sample = string[place]
        string[place] = 0.4975 * (sample + string[(place + 1) % len(string)])
        yield level * sample * min((beats * BEAT - moment) / 200, 1.0)


def music() -> list[float]:
    """One round of the hold music."""
    chance = random.Random(1)  # noqa: S311 - noise for a string; the same in every run
    ring = [0.0] * LENGTH
    for bar, (bass, chord) in enumerate(BARS):
        for note in chord:
            lay(ring, 4 * bar, pad(note, 4, 0.045))
        for beat in (0.0, 2.5):
            lay(ring, 4 * bar + beat, pluck(bass + 12, 1.9, 0.22, chance))
        for eighth in range(8):
            note = chord[(0, 2, 1, 3, 2, 1, 3, 2)[eighth]]
            lay(ring, 4 * bar + eighth / 2, pluck(note + 12, 1.4, 0.10, chance))
    for start, beats, note in MELODY:
        lay(ring, start, bell(note, beats, 0.20))
    highest = max(abs(sample) for sample in ring)
    return [0.55 * sample / highest for sample in ring]


# Tones


def tone(hertz: float, seconds: float) -> list[float]:
    """A sine with soft edges, at -13 dBFS or so."""
    length = round(seconds * RATE)
    edge = RATE // 200
    return [
        0.3 * min(moment / edge, (length - moment) / edge, 1.0) * math.sin(2 * math.pi * hertz * moment / RATE)
        for moment in range(length)
    ]


def pause(seconds: float) -> list[float]:
    """Silence."""
    return [0.0] * round(seconds * RATE)


def tones() -> dict[str, list[float]]:
    """One round of each tone (ITU-T E.180)."""
    return {
        "ringback": [*tone(425, 1.0), *pause(4.0)],
        "busy": [*tone(425, 0.48), *pause(0.48)],
        "confirmation": [*tone(425, 0.12), *pause(0.04), *tone(850, 0.16), *pause(0.1)],
    }


def save(file: Path, samples: Iterable[float]) -> None:
    """Write samples between -1 and 1."""
    linear = array.array("h", (round(32767 * max(-PEAK, min(PEAK, sample))) for sample in samples))
    if sys.byteorder == "big":
        linear.byteswap()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(write_wav(linear.tobytes()))
    sys.stdout.write(f"{file.relative_to(FOLDER)}  {len(linear) / RATE:.2f} s\n")


def main() -> None:
    """Make what is missing, or everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--force", action="store_true", help="make files that are there already, too")
    options = parser.parse_args()
    file = FOLDER / "en" / "hold_music.wav"
    if options.force or not file.exists():
        save(file, music())
    for name, samples in tones().items():
        file = FOLDER / "tones" / f"{name}.wav"
        if options.force or not file.exists():
            save(file, samples)


if __name__ == "__main__":
    main()
