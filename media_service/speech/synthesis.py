"""Speech synthesis: checks the text, takes what was spoken before, and lets one of several engines speak the rest."""

import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred, fail, succeed

from media_service.speech.errors import SpeechError
from media_service.speech.pool import SpeechPool
from media_service.speech.sound import convert
from media_service.speech.store import SpokenFiles

MAX_TEXT: Final = 2000
"""Characters of one text; some two minutes of speech."""


class VoiceEngine(Protocol):
    """Something that speaks; its methods run on threads that may wait."""

    def voice(self, language: str) -> str | None:
        """The voice for a language, ``None`` where there is none; does not wait."""

    def speak(self, text: str, language: str, file: Path) -> None:
        """Write an audio file of any format; raises `SpeechError`."""

    def close(self) -> None:
        """End its processes at once."""


class StoredSynthesiser:
    """The `Synthesiser` that asks the first of ``engines`` that speaks the language, and keeps what it spoke."""

    def __init__(self, reactor: ReactorBase, engines: Sequence[VoiceEngine], store: SpokenFiles) -> None:
        self._engines = engines
        self._store = store
        self._pool = SpeechPool(reactor)
        self._making: dict[Path, list[Deferred[Path]]] = {}

    def say(self, text: str, language: str) -> Deferred[Path]:
        """As `Synthesiser.say`; fired already where the text was spoken before."""
        spoken = " ".join("".join(map(_printable, text)).split())
        if not spoken or len(spoken) > MAX_TEXT:
            return fail(SpeechError(f"a text has 1 to {MAX_TEXT} characters, not {len(spoken)}"))
        for engine in self._engines:
            voice = engine.voice(language)
            if voice is not None:
                return self._say(engine, voice, spoken, language)
        return fail(SpeechError(f"there is no voice for {language}"))

    def close(self) -> Deferred[None]:
        """End the engines and the threads."""
        for engine in self._engines:
            engine.close()
        return self._pool.close()

    def _say(self, engine: VoiceEngine, voice: str, text: str, language: str) -> Deferred[Path]:
        path = self._store.path(voice, language, text)
        if path in self._making:
            waiting: Deferred[Path] = Deferred()
            self._making[path].append(waiting)
            return waiting
        if self._store.find(path):
            return succeed(path)
        self._making[path] = []

        def work() -> Path:
            raw = path.with_suffix(".raw.wav")
            raw.parent.mkdir(parents=True, exist_ok=True)
            try:
                engine.speak(text, language, raw)
                convert(raw, path)
            finally:
                raw.unlink(missing_ok=True)
            self._store.tidy(path)
            return path

        return self._pool.do(work).addBoth(self._made, path)

    def _made(self, result: Path, path: Path) -> Path:
        """Tell those, too, who asked for the same text meanwhile; ``result`` may be a failure."""
        for waiting in self._making.pop(path):
            waiting.callback(result)
        return result


def _printable(character: str) -> str:
    """Control characters and the like mean something to some engines: a space stands for them."""
    return " " if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} else character
