"""A site's own prompts: files of any format that go before the built-in ones, converted once into a cache."""

import os
import time
from pathlib import Path
from typing import Final

import structlog

from media_service.speech.errors import SpeechError
from media_service.speech.sound import convert

SUFFIXES: Final = frozenset({".wav", ".mp3", ".flac", ".ogg", ".oga", ".opus", ".aif", ".aiff", ".au"})
_RACE: Final = 2_000_000_000
"""A folder listed within so many nanoseconds of its last change may have changed again unseen: it is listed anew."""

_log = structlog.get_logger("prompts")


class OwnPrompts:
    """Finds ``folder``/``language``/``name``.<any of `SUFFIXES`> and gives it as a WAV file of telephone sound.

    A file that is replaced is taken from the next play on, under another name in ``cache``. A file that cannot be used
    is reported once, in the log, and passed over until it changes.
    """

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder = folder
        self._cache = cache
        self._listings: dict[str, tuple[int, int, dict[str, Path]]] = {}
        self._unfit: dict[Path, tuple[int, int]] = {}

    def source(self, language: str, name: str) -> Path | None:
        """The file that somebody laid down for a prompt."""
        return self._listing(language).get(name)

    def names(self, language: str) -> dict[str, Path]:
        """All prompts that have a file, with their files."""
        return dict(self._listing(language))

    def is_converted(self, language: str, name: str) -> bool:
        """Whether `find` answers without a conversion."""
        source = self.source(language, name)
        stamp = _stamp(source) if source is not None else None
        if source is None or stamp is None or self._unfit.get(source) == stamp:
            return True
        return self._target(language, name, stamp).is_file()

    def find(self, language: str, name: str) -> Path | None:
        """A prompt as telephone sound, converted first where need be; ``None`` where there is no file of any use."""
        source = self.source(language, name)
        stamp = _stamp(source) if source is not None else None
        if source is None or stamp is None or self._unfit.get(source) == stamp:
            return None
        target = self._target(language, name, stamp)
        if target.is_file():
            return target
        try:
            convert(source, target)
        except SpeechError as error:
            self._unfit[source] = stamp
            _log.warning("own prompt cannot be used", prompt=name, language=language, reason=str(error))
            return None
        return target

    def tidy(self) -> None:
        """Remove from the cache what belongs to no file any more; only at start, for what plays may still be there."""
        if not self._cache.is_dir():
            return
        wanted = {
            self._target(language.name, name, stamp)
            for language in _folders(self.folder)
            for name, source in self._listing(language.name).items()
            if (stamp := _stamp(source)) is not None
        }
        for file in self._cache.glob("*/*.wav"):
            if file not in wanted:
                file.unlink(missing_ok=True)

    def _target(self, language: str, name: str, stamp: tuple[int, int]) -> Path:
        return self._cache / language / f"{name}-{stamp[0]:x}-{stamp[1]:x}.wav"

    def _listing(self, language: str) -> dict[str, Path]:
        folder = self.folder / language
        stamp = _stamp(folder)
        if stamp is None:
            return {}
        known = self._listings.get(language)
        if known is not None and known[0] == stamp[0] and known[1] - known[0] > _RACE:
            return known[2]
        listed_at = time.time_ns()
        try:
            with os.scandir(folder) as entries:
                files = sorted(Path(entry.path) for entry in entries if entry.is_file())
        except OSError as error:
            _log.warning("own prompts cannot be read", folder=str(folder), reason=error.strerror)
            return {}
        found: dict[str, Path] = {}
        for file in files:
            if file.suffix.lower() in SUFFIXES:
                found.setdefault(file.stem, file)
        self._listings[language] = (stamp[0], listed_at, found)
        return found


def _stamp(path: Path) -> tuple[int, int] | None:
    """Modification time (ns) and length: another stamp, another recording."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _folders(folder: Path) -> list[Path]:
    return [each for each in folder.iterdir() if each.is_dir()] if folder.is_dir() else []
