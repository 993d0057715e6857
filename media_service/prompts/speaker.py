"""Turns everything that a verb can utter into sounds for the engine: clips, tones, silence, synthesised text."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Final

from twisted.internet.defer import Deferred, fail, succeed

from media_service.control.actions import Utterance
from media_service.prompts.catalogue import Catalogue
from media_service.prompts.errors import PromptError
from media_service.prompts.utterances import kind_of
from media_service.signal.countries import tone
from media_service.signal.tones import Tone
from media_service.speech.errors import SpeechError
from media_service.speech.ports import Synthesiser

Sound = Path | Tone
InThread = Callable[[Callable[[], tuple[Path, ...]]], Deferred[tuple[Path, ...]]]
"""Runs a function that takes its time and gives its result later."""

MAX_SILENCE: Final = 600.0


class Speaker:
    """Speaks by a catalogue, in the tones of one country, and with a synthesiser where there is one.

    ``in_thread`` is where files of the site's own are converted when they have changed; without it that is done on
    the spot.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        synthesiser: Synthesiser | None = None,
        country: str = "DE",
        in_thread: InThread | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._synthesiser = synthesiser
        self._country = country
        self._in_thread = in_thread or _at_once

    def speak(self, utterances: tuple[Utterance, ...], language: str = "") -> Deferred[tuple[Sound, ...]]:
        """Give the sounds in their order; fails with `PromptError`. Fired already where nothing has to be made first.

        ``language`` is that of clips and synthesis, empty for the catalogue's own.
        """
        language = language or self._catalogue.language
        try:
            if all(utterance.prompt is not None for utterance in utterances):  # nearly always: no coroutine for that
                names = tuple(name for each in utterances for name in self._catalogue.names(each, language))
                if self._catalogue.is_ready(names, language):
                    return succeed(tuple(self._catalogue.file(name, language) for name in names))
        except PromptError:
            return fail()
        return Deferred.fromCoroutine(self._speak(utterances, language))

    async def _speak(self, utterances: tuple[Utterance, ...], language: str) -> tuple[Sound, ...]:
        for utterance in utterances:
            kind_of(utterance)
        sounds: list[Sound] = []
        for utterance in utterances:
            match utterance:
                case Utterance(text=str(text)):
                    sounds.append(await self._synthesised(text, language))
                case Utterance(tone=str(kind)):
                    sounds.append(self._tone(kind))
                case Utterance(silence=float() | int() as seconds):
                    sounds.append(_silence(seconds))
                case _:
                    sounds += await self._files(self._catalogue.names(utterance, language), language)
        return tuple(sounds)

    async def _files(self, names: tuple[str, ...], language: str) -> tuple[Path, ...]:
        def find() -> tuple[Path, ...]:
            return tuple(self._catalogue.file(name, language) for name in names)

        if self._catalogue.is_ready(names, language):
            return find()
        try:
            return await self._in_thread(find)
        except SpeechError as error:
            raise PromptError(f"changed prompts cannot be taken in: {error}") from error

    async def _synthesised(self, text: str, language: str) -> Path:
        if self._synthesiser is None:
            raise PromptError("text cannot be spoken: no speech synthesis is set up")
        try:
            return await self._synthesiser.say(text, language)
        except SpeechError as error:
            raise PromptError(f"text cannot be spoken: {error}") from error

    def _tone(self, kind: str) -> Tone:
        try:
            return tone(self._country, kind)
        except (KeyError, ValueError) as error:
            raise PromptError(f"there is no tone {kind!r} in {self._country}") from error


def _silence(seconds: float) -> Tone:
    if not (math.isfinite(seconds) and 0 < seconds <= MAX_SILENCE):
        raise PromptError(f"{seconds} s of silence are not between 0 and {MAX_SILENCE:g}")
    return Tone(frequencies=(), cadence=(), seconds=float(seconds))


def _at_once(work: Callable[[], tuple[Path, ...]]) -> Deferred[tuple[Path, ...]]:
    return succeed(work())
