"""PocketSphinx: recognition of English by a grammar, in a process that keeps the model loaded."""

import importlib.util
import math
import sys
from pathlib import Path
from typing import Final

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred, fail

from media_service.speech.errors import SpeechError
from media_service.speech.pool import SpeechPool
from media_service.speech.ports import Heard
from media_service.speech.worker import Worker

LANGUAGES: Final = ("en",)
"""Those of the models that come with it."""
PATIENCE: Final = 30.0
MAX_GRAMMAR: Final = 1 << 16


class PocketsphinxRecogniser:
    """A `Recogniser`; raises `SpeechError` where it is not installed.

    ``confidence`` tells how much better the phrase fits than any sounds at all; of what is shorter than 0.7 s, how
    probable it is among all that the grammar allows. From 0.5 on what was understood may be taken for granted; below it
    a caller had better be asked again: something that the grammar does not know may pass for something that it knows.
    """

    def __init__(self, reactor: ReactorBase) -> None:
        if importlib.util.find_spec("pocketsphinx") is None:
            raise SpeechError("pocketsphinx is not installed (pip install 'callwright[speech]')")
        self._pool = SpeechPool(reactor, threads=1)
        self._worker = Worker([sys.executable, "-m", "media_service.speech.workers.sphinx"], timeout=PATIENCE)

    def recognise(self, file: Path, grammar: str, language: str) -> Deferred[Heard]:
        """As `Recogniser.recognise`; a grammar that cannot be read, or a word that is not in the dictionary, fails."""
        if language.partition("-")[0] not in LANGUAGES:
            return fail(SpeechError(f"pocketsphinx understands {', '.join(LANGUAGES)}, not {language}"))
        if len(grammar) > MAX_GRAMMAR:
            return fail(SpeechError(f"a grammar has {MAX_GRAMMAR} characters at most"))
        return self._pool.do(lambda: _heard(self._worker.ask({"file": str(file), "grammar": grammar})))

    def close(self) -> Deferred[None]:
        """End the process."""
        self._worker.close()
        return self._pool.close()


def _heard(answer: dict[str, object]) -> Heard:
    match answer:
        case {"text": str(text), "confidence": float() | int() as confidence} if math.isfinite(confidence):
            return Heard(text, min(max(float(confidence), 0.0), 1.0))
        case _:
            raise SpeechError("pocketsphinx answered nonsense")
