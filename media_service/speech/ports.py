"""What the media service asks of speech engines, wherever they run."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from twisted.internet.defer import Deferred


@dataclass(frozen=True, slots=True)
class Heard:
    """What was understood: ``text`` as the grammar has it, empty where nothing fits; ``confidence`` 0 to 1."""

    text: str
    confidence: float


class Synthesiser(Protocol):
    """Makes speech of text."""

    def say(self, text: str, language: str) -> Deferred[Path]:
        """A WAV file (8 kHz, mono, PCM16) that says ``text``; fails with `SpeechError`.

        The file stays for a while, not for ever: play it now.
        """

    def close(self) -> Deferred[None]:
        """End the engine's processes; what is under way fails."""


class Recogniser(Protocol):
    """Understands speech."""

    def recognise(self, file: Path, grammar: str, language: str) -> Deferred[Heard]:
        """What is said in a WAV file (8 kHz, mono, PCM16) by a JSGF grammar; fails with `SpeechError`."""

    def close(self) -> Deferred[None]:
        """End the engine's processes; what is under way fails."""
