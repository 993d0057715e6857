"""eSpeak NG: a voice for every language, by a process for each text."""

import shutil
from pathlib import Path
from typing import Final

from media_service.speech.errors import SpeechError
from media_service.speech.program import run
from media_service.speech.voices import ESPEAK_VOICES

PACE: Final = 165
"""Words a minute."""
PATIENCE: Final = 15.0


class EspeakEngine:
    """A `VoiceEngine`; raises `SpeechError` where the program is not installed."""

    def __init__(self) -> None:
        program = shutil.which("espeak-ng")
        if program is None:
            raise SpeechError("espeak-ng is not installed (Debian: apt install espeak-ng)")
        self._program = program

    def voice(self, language: str) -> str | None:
        """The voice of a language; that of ``pt`` for ``pt-PT`` as well."""
        name = ESPEAK_VOICES.get(language.partition("-")[0])
        return None if name is None else f"espeak-ng {name} {PACE}"

    def speak(self, text: str, language: str, file: Path) -> None:
        """Write a WAV file of 22050 Hz."""
        voice = ESPEAK_VOICES[language.partition("-")[0]]
        # Markup is not asked for (-m), so whatever the text holds is read out.
        run([self._program, "-v", voice, "-s", str(PACE), "-w", str(file), "--stdin"], text, timeout=PATIENCE)

    def close(self) -> None:
        """There is nothing that lives on."""
