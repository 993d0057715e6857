"""Looks at every prompt of a language: is it there, can it be played, does it sound as it should."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from media_service.prompts.catalogue import FAINTEST, LOUDEST, Catalogue
from media_service.prompts.errors import PromptError
from media_service.prompts.languages import GRAMMARS
from media_service.prompts.texts import read_texts
from media_service.speech.errors import SpeechError
from media_service.speech.sound import Measurements, load, measure

MOST_SILENCE: Final = 0.5
"""Seconds of silence at an end, beyond which a sentence falls apart into its clips."""
LONGEST_CLIP: Final = 3.0
"""Seconds that a part of a sentence may take."""

BUILT_IN: Final = "built-in"
OWN: Final = "own"


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt of one language: where it stands, what it says, what it is like and what is wrong with it.

    ``file`` is the file that somebody laid down, ``None`` where there is none; ``text`` is empty where nobody knows.
    """

    language: str
    name: str
    place: str
    file: Path | None
    text: str
    sound: Measurements | None
    problems: tuple[str, ...]


def examine(catalogue: Catalogue, language: str) -> Iterator[Prompt]:
    """Every prompt of a language: those with a file, those with a text, and those that its grammar asks for.

    Raises `PromptError` where the texts cannot be read.
    """
    texts = read_texts(catalogue.directory, language).all
    laid = catalogue.own.names(language) if catalogue.own is not None else {}
    if catalogue.own is not None:
        texts |= read_texts(catalogue.own.folder, language).all
    grammar = GRAMMARS.get(language)
    clips = grammar.clips if grammar is not None else frozenset()
    built_in = {file.stem: file for file in sorted((catalogue.directory / language).glob("*.wav"))}
    for name in sorted({*texts, *laid, *built_in, *clips}):
        place, file = (OWN, laid[name]) if name in laid else (BUILT_IN, built_in.get(name))
        problems = [] if name in texts or name not in clips else ["has no text"]
        sound = None
        if file is None:
            problems.append("has no file")
        else:
            sound, found = _listen(catalogue, language, name, place, file)
            problems += found
            if sound is not None and name in clips and sound.seconds > LONGEST_CLIP and " " not in texts.get(name, " "):
                problems.append(f"takes {sound.seconds:.1f} s, for one word")
        yield Prompt(language, name, place, file, texts.get(name, ""), sound, tuple(problems))


def _listen(
    catalogue: Catalogue, language: str, name: str, place: str, file: Path
) -> tuple[Measurements | None, list[str]]:
    try:
        samples, rate = load(file)
    except SpeechError as error:
        return None, [str(error)]
    laid = measure(samples, rate)
    problems = [f"is clipped in {laid.clipped} places"] if laid.clipped else []
    try:
        played = catalogue.file(name, language)
    except PromptError as error:
        return laid, [*problems, str(error)]
    if place == OWN and catalogue.own is not None and catalogue.own.find(language, name) is None:
        return laid, [*problems, f"is not used: {file} has nothing but silence in it"]
    samples, rate = load(played)
    sound = measure(samples, rate)
    if place == BUILT_IN and rate not in {8000, 16000}:
        problems.append(f"has {rate} samples a second, where 8000 or 16000 are wanted")
    if not FAINTEST <= sound.level <= LOUDEST:
        problems.append(f"has a level of {sound.level:.0f} dBFS, where {FAINTEST:.0f} to {LOUDEST:.0f} is wanted")
    for where, seconds in (("before", sound.before), ("after", sound.after)):
        if seconds > MOST_SILENCE:
            problems.append(f"has {seconds:.1f} s of silence {where} it")
    return sound, problems
