"""Which engines speak texts and understand callers: those that the settings name, each in processes of its own."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from twisted.internet.base import ReactorBase

from media_service.settings.model import SpeechSettings
from media_service.speech.espeak import EspeakEngine
from media_service.speech.piper import PiperEngine
from media_service.speech.pocketsphinx import PocketsphinxRecogniser
from media_service.speech.ports import Recogniser, Synthesiser
from media_service.speech.store import SpokenFiles
from media_service.speech.synthesis import StoredSynthesiser, VoiceEngine


@dataclass(frozen=True, slots=True)
class Speech:
    """The engines; ``None`` where there is none."""

    synthesiser: Synthesiser | None
    recogniser: Recogniser | None


def voices_of(settings: SpeechSettings) -> tuple[VoiceEngine, ...]:
    """The engines that speak, in the order in which they are asked; raises `SpeechError` where one is missing."""
    if settings.synthesiser is None:
        return ()
    espeak = EspeakEngine()
    return (PiperEngine(settings.piper_voice), espeak) if settings.synthesiser == "piper" else (espeak,)


def make_speech(reactor: ReactorBase, settings: SpeechSettings) -> Speech:
    """The engines that the settings name; raises `SpeechError` where one is missing on this machine."""
    voices = voices_of(settings)
    folder = settings.cache or Path(tempfile.gettempdir()) / "callwright-speech"
    synthesiser = StoredSynthesiser(reactor, voices, SpokenFiles(folder)) if voices else None
    recogniser = PocketsphinxRecogniser(reactor) if settings.recogniser == "pocketsphinx" else None
    return Speech(synthesiser, recogniser)


def describe_speech(settings: SpeechSettings) -> str:
    """One line for people; raises `SpeechError` as `make_speech` for what can be told without starting anything."""
    voices_of(settings)
    return f"speaks by {settings.synthesiser or 'clips alone'}, understands by {settings.recogniser or 'digits alone'}"
