"""Finds the file of a prompt and checks that it can be played."""

import math
import operator
import re
import sys
from array import array
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from media_service.codecs.wav import MAX_FILE_OCTETS, WavError, read_wav
from media_service.control.messages import Utterance
from media_service.prompts.errors import PromptError
from media_service.prompts.numbers import CLIPS, SPELLERS

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?", re.ASCII)
_FULL_SCALE: Final = 32768
_FAINTEST: Final = -50.0
_LOUDEST: Final = -6.0
"""Levels (dBFS, root mean square over the file) outside which a prompt cannot be heard or is distorted."""


class Catalogue:
    """The prompts of one language, in ``directory``/``language``/``name``.wav."""

    def __init__(self, directory: Path, language: str) -> None:
        """Refuses with `PromptError` a language tag that is none."""
        if not _LANGUAGE.fullmatch(language):
            raise PromptError(f"{language!r} is no language tag such as en")
        self.language = language
        self._folder = directory / language

    def file(self, name: str) -> Path:
        """Where a prompt stands; raises `PromptError` for a name that is none or has no file."""
        path = self._path(name)
        if not path.is_file():
            raise PromptError(f"prompt {name} has no file {path}")
        return path

    def files(self, utterances: Iterable[Utterance]) -> tuple[Path, ...]:
        """The files to be played one after the other; raises `PromptError` where something cannot be said."""
        return tuple(self.file(name) for utterance in utterances for name in self.names(utterance))

    def names(self, utterance: Utterance) -> tuple[str, ...]:
        """The prompts of an utterance; raises `PromptError` for an impossible one."""
        match utterance:
            case Utterance(prompt=str(name), number=None):
                return (name,)
            case Utterance(prompt=None, number=int(number)):
                if self.language not in SPELLERS:
                    raise PromptError(f"numbers cannot be spoken in {self.language}")
                return SPELLERS[self.language](number)
            case _:
                raise PromptError("an utterance is either a prompt or a number")

    def problems(self, names: Iterable[str]) -> list[str]:
        """What is wrong with these prompts and with the clips of the numbers: one line each, empty for nothing."""
        wanted = dict.fromkeys([*names, *CLIPS.get(self.language, ())])
        return [problem for name in wanted if (problem := self._problem(name))]

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise PromptError(f"{name!r} is no prompt name (a-z, 0-9, _ and -)")
        return self._folder / f"{name}.wav"

    def _problem(self, name: str) -> str:
        try:
            path = self.file(name)
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
            linear = read_wav(stream.read(MAX_FILE_OCTETS + 1))
    except OSError as error:
        raise PromptError(f"{path} cannot be read: {error.strerror}") from error
    except WavError as error:
        raise PromptError(f"{path} is not 8 kHz mono 16-bit PCM WAV: {error}") from error
    if not linear:
        raise PromptError(f"{path} is empty")
    level = _level(linear)
    if not _FAINTEST <= level <= _LOUDEST:
        raise PromptError(f"{path} has a level of {level:.0f} dBFS, where {_FAINTEST:.0f} to {_LOUDEST:.0f} is wanted")


def _level(linear: bytes) -> float:
    """Root mean square in dBFS; minus infinity for silence."""
    samples = array("h", linear)
    if sys.byteorder == "big":
        samples.byteswap()
    mean = sum(map(operator.mul, samples, samples)) / len(samples)
    return 10 * math.log10(mean / _FULL_SCALE**2) if mean else -math.inf
