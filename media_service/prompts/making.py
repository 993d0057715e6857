"""Speaks prompts that have no file yet, by a voice on this machine: eSpeak NG for every language, or Piper."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Protocol

from media_service.prompts.errors import PromptError
from media_service.speech.errors import SpeechError
from media_service.speech.sound import convert
from media_service.speech.voices import ESPEAK_VOICES

WORD_PACE: Final = 1.25
"""Piper mumbles single words: they are spoken this much slower."""
ESPEAK_PACE: Final = 185
"""Words a minute."""
PATIENCE: Final = 600.0
"""Seconds that a voice may take."""


class Voice(Protocol):
    """Speaks texts into files."""

    def speak(self, texts: Mapping[str, str], language: str, folder: Path) -> Iterator[tuple[str, Path]]:
        """Each name with a file in ``folder`` that says its text; raises `PromptError`."""


class EspeakVoice:
    """eSpeak NG: every language, a robot's voice."""

    def speak(self, texts: Mapping[str, str], language: str, folder: Path) -> Iterator[tuple[str, Path]]:
        """One process for each text."""
        program = shutil.which("espeak-ng")
        if program is None:
            raise PromptError("espeak-ng is not installed (Debian: apt install espeak-ng)")
        if language not in ESPEAK_VOICES:
            raise PromptError(f"there is no voice for {language}")
        for name, text in texts.items():
            file = folder / f"{name}.wav"
            _run([program, "-v", ESPEAK_VOICES[language], "-s", str(ESPEAK_PACE), "-w", str(file), "--stdin"], text)
            yield name, file


class PiperVoice:
    """Piper with one voice, an .onnx file: a human sound, in the voice's language alone."""

    def __init__(self, model: Path) -> None:
        self._model = model

    def speak(self, texts: Mapping[str, str], language: str, folder: Path) -> Iterator[tuple[str, Path]]:
        """One process for all single words, and one for the rest: it takes seconds to load a voice."""
        if not self._model.name.startswith(f"{language}_"):
            raise PromptError(f"voice {self._model.stem} does not speak {language}")
        for pace in (WORD_PACE, 1.0):
            part = {name: text for name, text in texts.items() if (" " not in text) == (pace == WORD_PACE)}
            if not part:
                continue
            spoken = folder / f"pace-{pace}"
            command = [sys.executable, "-m", "piper", "--model", str(self._model), "--output-dir", str(spoken)]
            _run(
                [*command, "--length-scale", str(pace)],
                "".join(f"{' '.join(each.split())}\n" for each in part.values()),
            )
            files = sorted(spoken.glob("*.wav"), key=lambda file: int(file.stem))  # named by the time of their making
            if len(files) != len(part):
                raise PromptError(f"piper made {len(files)} files of {len(part)} texts")
            yield from zip(part, files, strict=True)


def make(texts: Mapping[str, str], language: str, folder: Path, voice: Voice) -> Iterator[Path]:
    """Speak ``texts`` into ``folder``/``name``.wav as telephone sound, and tell each file as it is there."""
    if not texts:
        return
    with tempfile.TemporaryDirectory() as raw:
        for name, file in voice.speak(texts, language, Path(raw)):
            target = folder / f"{name}.wav"
            try:
                convert(file, target)
            except SpeechError as error:
                raise PromptError(f"{name} ({texts[name]!r}): {error}") from error
            file.unlink()
            yield target


def _run(command: list[str], text: str) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program; the text goes to its standard input
            command, input=text.encode(), capture_output=True, check=False, timeout=PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PromptError(f"{command[0]}: {error}") from error
    if done.returncode:
        raise PromptError(f"{command[0]} failed: {done.stderr.decode(errors='replace').strip()[-500:]}")
