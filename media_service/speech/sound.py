"""Brings any recording to the sound of the telephone: 8 kHz, mono, 16 bit, trimmed and levelled; and measures one."""

import math
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from media_service.codecs.wav import write_wav
from media_service.speech.errors import SpeechError

RATE: Final = 8000
LEVEL: Final = -20.0
"""Level of speech that was levelled, dBFS: root mean square of what is not silence."""
PEAK: Final = -3.0
"""No sample is louder (dBFS), whatever the level."""
MAX_SECONDS: Final = 1800.0
MAX_SAMPLES: Final = 90_000_000
MAX_OCTETS: Final = 512 << 20
"""The longest recording (half an hour, in at most so many samples), and the largest file, that is taken in."""
_BLOCK: Final = 1 << 18

_SILENCE: Final = -40.0
"""A frame this far (dB) below the loudest one is silence, at the ends and for the level."""
_FAINTEST: Final = -80.0
_HEAD, _TAIL, _EDGE = RATE // 80, RATE // 25, RATE // 200
"""Silence left before and after, and how long the sound takes to rise and fall, so that it does not click."""

Samples = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Measurements:
    """What a recording is like; levels in dBFS, times in seconds.

    ``level`` is the root mean square of what is not silence, minus infinity for silence alone; ``clipped`` counts runs
    of three samples and more at full scale; ``before`` and ``after`` are the silences at its ends.
    """

    seconds: float
    level: float
    peak: float
    clipped: int
    before: float
    after: float


def load(source: Path) -> tuple[Samples, int]:
    """The samples (-1 to 1) of one channel, mixed from all, and their rate.

    Any format that libsndfile reads: WAV (PCM, A-law, µ-law, ADPCM), AIFF, FLAC, Ogg, MP3. Raises `SpeechError` for
    what cannot be read, is empty, or is longer than `MAX_SECONDS`.
    """
    try:
        if source.stat().st_size > MAX_OCTETS:
            raise SpeechError(f"{source} is larger than {MAX_OCTETS >> 20} MiB")
        with soundfile.SoundFile(source) as file:
            rate = int(file.samplerate)
            if not RATE // 4 <= rate <= 384_000:
                raise SpeechError(f"{source} has {rate} samples a second")
            mono = _mono(file, min(int(MAX_SECONDS * rate), MAX_SAMPLES))
    except OSError as error:
        raise SpeechError(f"{source} cannot be read: {error.strerror or error}") from error
    except (soundfile.SoundFileError, RuntimeError) as error:
        raise SpeechError(f"{source} is no audio file that can be read: {error}") from error
    if mono is None:
        raise SpeechError(f"{source} is longer than {MAX_SECONDS:.0f} s, or has more than {MAX_SAMPLES} samples")
    if not len(mono):
        raise SpeechError(f"{source} is empty")
    return np.nan_to_num(mono), rate


def _mono(file: soundfile.SoundFile, most: int) -> Samples | None:
    """All channels mixed, block by block, for the sake of memory; ``None`` for more than ``most`` samples."""
    blocks: list[Samples] = [np.zeros(0, np.float32)]
    read = 0
    while len(block := file.read(_BLOCK, dtype="float32", always_2d=True)):
        read += len(block)
        if read > most:
            return None
        blocks.append(np.asarray(block.mean(axis=1), dtype=np.float32))
    return np.concatenate(blocks)


def telephone_sound(samples: Samples, rate: int) -> bytes:
    """PCM16 at 8 kHz, with little silence at its ends and its level at `LEVEL`; `SpeechError` where all is silence."""
    narrow: Samples = samples if rate == RATE else np.asarray(soxr.resample(samples, rate, RATE, "HQ"))
    narrow = narrow.astype(np.float64) - narrow.mean(dtype=np.float64)
    start, end, level = _speech(narrow, RATE)
    if level < _FAINTEST:
        raise SpeechError("there is nothing but silence in it")
    speech = narrow[start:end].copy()
    edge = min(_EDGE, len(speech) // 2)
    slope = np.linspace(0.0, 1.0, edge, endpoint=False)
    speech[:edge] *= slope
    speech[len(speech) - edge :] *= slope[::-1]
    gain = min(10 ** ((LEVEL - level) / 20), 10 ** (PEAK / 20) / max(float(np.abs(speech).max()), 1e-9))
    whole = np.concatenate([np.zeros(_HEAD), speech * gain, np.zeros(_TAIL)])
    return np.round(whole * 32767).astype("<i2").tobytes()


def convert(source: Path, target: Path) -> None:
    """Write ``source`` as telephone sound into the WAV file ``target``, at once or not at all; raises `SpeechError`."""
    samples, rate = load(source)
    try:
        linear = telephone_sound(samples, rate)
    except SpeechError as error:
        raise SpeechError(f"{source}: {error}") from error
    save(target, write_wav(linear))


def save(target: Path, content: bytes) -> None:
    """Write a file so that nobody ever sees a part of it; raises `SpeechError` where it cannot be written."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".part")
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            part.chmod(0o644)
            part.replace(target)
        except OSError:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SpeechError(f"{target} cannot be written: {error.strerror or error}") from error


def measure(samples: Samples, rate: int = RATE) -> Measurements:
    """Measure samples of one channel (-1 to 1)."""
    start, end, level = _speech(samples, rate)
    highest = float(np.abs(samples).max()) if len(samples) else 0.0
    full = np.concatenate([[0], (np.abs(samples) >= 0.999).astype(np.int8), [0]])
    steps = np.flatnonzero(np.diff(full))
    return Measurements(
        seconds=len(samples) / rate,
        level=level,
        peak=20 * math.log10(highest) if highest else -math.inf,
        clipped=int(((steps[1::2] - steps[::2]) >= 3).sum()),
        before=start / rate,
        after=(len(samples) - end) / rate,
    )


def _speech(samples: Samples, rate: int) -> tuple[int, int, float]:
    """Where sound begins and ends, and its level without the silences; nothing but silence: (0, 0, -inf)."""
    frame = rate // 100
    frames = len(samples) // frame
    padded = samples if frames else np.concatenate([samples, np.zeros(frame - len(samples))])
    frames = max(frames, 1)
    power = (padded[: frames * frame].reshape(frames, frame) ** 2).mean(axis=1)
    loudest = float(power.max())
    if loudest <= 0:
        return 0, 0, -math.inf
    loud = np.flatnonzero(power > max(loudest * 10 ** (_SILENCE / 10), 10 ** (_FAINTEST / 10)))
    if not len(loud):
        return 0, 0, -math.inf
    end = len(samples) if loud[-1] == frames - 1 else (int(loud[-1]) + 1) * frame
    return int(loud[0]) * frame, end, 10 * math.log10(float(power[loud].mean()))
