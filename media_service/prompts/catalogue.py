"""Finds the files of prompts, the site's own before the built-in ones, and checks that they can be played."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np

from media_service.codecs.wav import MAX_FILE_OCTETS, WavError, read_pcm
from media_service.control.actions import Utterance
from media_service.prompts.errors import PromptError
from media_service.prompts.languages import GRAMMARS
from media_service.prompts.own import OwnPrompts
from media_service.prompts.utterances import checked_name, clips_of
from media_service.speech.sound import measure

FAINTEST: Final = -50.0
LOUDEST: Final = -6.0
"""Levels (dBFS, root mean square of what is not silence) outside which a prompt is not heard, or is distorted."""

MAX_PATHS: Final = 10_000
"""Names whose paths are kept."""

_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?", re.ASCII)


class Catalogue:
    """The prompts of every language: ``directory``/``language``/``name``.wav.

    ``own`` is a folder of the same form with files in any format: what is there goes before ``directory``, and is kept
    in ``cache`` as it is played. ``language`` is the one where none is asked for.
    """

    def __init__(self, directory: Path, language: str, *, own: Path | None = None, cache: Path | None = None) -> None:
        """Refuses with `PromptError` a language tag that is none."""
        self.language = _checked(language)
        self.directory = directory
        self._paths: dict[tuple[str, str], Path] = {}
        """Of prompts that were there when they were first asked for; what plays them looks again."""
        self.own = OwnPrompts(own, cache or own / ".cache") if own is not None else None

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that have a folder, sorted."""
        folders = [self.directory, *([self.own.folder] if self.own is not None else [])]
        names = {each.name for folder in folders if folder.is_dir() for each in folder.iterdir() if each.is_dir()}
        return tuple(sorted(name for name in names if _LANGUAGE.fullmatch(name)))

    def file(self, name: str, language: str = "") -> Path:
        """The file to be played for a prompt; raises `PromptError` for a name that is none or has no file.

        A file of the site's own that has changed is converted here, which takes a moment: see `is_ready`.
        """
        name, language = checked_name(name), _checked(language or self.language)
        if self.own is not None and (found := self.own.find(language, name)) is not None:
            return found
        path = self._paths.get((language, name))
        if path is None:
            path = self.directory / language / f"{name}.wav"
            if not path.is_file():
                raise PromptError(f"prompt {name} has no file {path}")
            if len(self._paths) < MAX_PATHS:
                self._paths[language, name] = path
        return path

    def is_ready(self, names: Iterable[str], language: str = "") -> bool:
        """Whether `file` answers at once for all of these, without a conversion."""
        own, language = self.own, _checked(language or self.language)
        return own is None or all(own.is_converted(language, checked_name(name)) for name in names)

    def files(self, utterances: Iterable[Utterance], language: str = "") -> tuple[Path, ...]:
        """The files to be played one after the other; raises `PromptError` where something cannot be said by clips."""
        return tuple(self.file(name, language) for each in utterances for name in self.names(each, language))

    def names(self, utterance: Utterance, language: str = "") -> tuple[str, ...]:
        """The prompts of an utterance; raises `PromptError` for an impossible one."""
        language = _checked(language or self.language)
        return clips_of(utterance, language, GRAMMARS.get(language))

    def problems(self, names: Iterable[str], language: str = "") -> list[str]:
        """What is wrong with these prompts and with the clips of the language: one line each, empty for nothing."""
        language = _checked(language or self.language)
        grammar = GRAMMARS.get(language)
        wanted = dict.fromkeys([*names, *(sorted(grammar.clips) if grammar is not None else ())])
        return [problem for name in wanted if (problem := self._problem(name, language))]

    def _problem(self, name: str, language: str) -> str:
        try:
            path = self.file(name, language)
        except PromptError as error:
            return str(error)
        try:
            check(path)
        except PromptError as error:
            return f"prompt {name}: {error}"
        return ""


def check(path: Path) -> None:
    """Raise `PromptError` for a file that cannot be played well: its format, its length or its level is wrong."""
    try:
        with path.open("rb") as stream:
            linear, rate = read_pcm(stream.read(MAX_FILE_OCTETS + 1))
    except OSError as error:
        raise PromptError(f"{path} cannot be read: {error.strerror}") from error
    except WavError as error:
        raise PromptError(f"{path} is no mono 16-bit PCM WAV file of 8 or 16 kHz: {error}") from error
    if not linear:
        raise PromptError(f"{path} is empty")
    level = measure(np.frombuffer(linear, "<i2") / 32768, rate).level
    if not FAINTEST <= level <= LOUDEST:
        raise PromptError(f"{path} has a level of {level:.0f} dBFS, where {FAINTEST:.0f} to {LOUDEST:.0f} is wanted")


def _checked(language: str) -> str:
    if not _LANGUAGE.fullmatch(language):
        raise PromptError(f"{language!r} is no language tag such as en")
    return language
