"""Prompts in memory: each file is read once and encoded once per encoding, however many ports play it."""

import os
import stat
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Final, Generic, Protocol, TypeVar

from media_service.codecs.wav import MAX_FILE_OCTETS, SAMPLE_OCTETS, WavError, read_pcm
from media_service.engine.disk import Disk
from media_service.engine.interface import Tone
from media_service.signal.tones import pcm

CACHE_OCTETS: Final = 128 << 20
"""Audio kept for files that nobody plays at the moment; about an hour and a half with two encodings."""
_RATE: Final = 8000

Source = str | Tone
"""The absolute path of a WAV file, or a tone to be made."""


class Audio(Protocol):
    """What a library keeps: any form of a file's audio that knows its length."""

    @property
    def samples(self) -> int:
        """Length in samples at 8 kHz."""


C = TypeVar("C", bound=Audio)
_Stamp = tuple[int, int]
"""Modification time in nanoseconds and length: another stamp, another recording."""


class Library(Generic[C]):
    """Clips by file or tone, read again when the file has changed, the least recently used given up first.

    ``make`` turns PCM16 samples and their rate (8000 or 16000) into a clip, on the file thread. What the system
    knows of a file that was looked at within the last ``warm`` seconds is at hand: the next look is on the spot.
    """

    def __init__(
        self, disk: Disk, make: Callable[[bytes, int], C], limit: int = CACHE_OCTETS, *, warm: float = 0.0
    ) -> None:
        self._disk = disk
        self._make = make
        self._limit = limit
        self._warm = warm
        self._looked_at: dict[Source, float] = {}
        self._clips: OrderedDict[Source, tuple[_Stamp, C]] = OrderedDict()
        self._held = 0

    def load(self, files: tuple[Source, ...], done: Callable[[list[C] | str], None]) -> None:
        """Call ``done`` with the clips in their order, or with what is wrong and with which file.

        Later, unless all files are in memory, warm and unchanged: then at once.
        """
        now = time.monotonic()
        if self._warm and all(self._is_at_hand(file, now) for file in files):
            done([self._clips[file][1] for file in files])
            return
        known = {file: self._clips[file] for file in files if file in self._clips}

        def work() -> Callable[[], None]:
            try:
                fresh = _read_changed(files, known, self._make)
            except OSError as error:
                reason = f"{error.filename}: {error.strerror}"
                return lambda: done(reason)
            except WavError as error:
                reason = str(error)
                return lambda: done(reason)
            return lambda: done(self._keep(files, fresh, now))

        self._disk.submit(work)

    def _is_at_hand(self, file: Source, now: float) -> bool:
        if now - self._looked_at.get(file, -self._warm) >= self._warm:
            return False
        try:
            return _stamp(file) == self._clips[file][0]
        except (OSError, WavError):
            return False  # the file thread says what is wrong with it

    def _keep(self, files: tuple[Source, ...], fresh: dict[Source, tuple[_Stamp, C]], looked_at: float) -> list[C]:
        for file, entry in fresh.items():
            self._held += _weight(entry[1]) - (_weight(self._clips[file][1]) if file in self._clips else 0)
            self._clips[file] = entry
            self._clips.move_to_end(file)
            self._looked_at[file] = looked_at
        clips = [fresh[file][1] for file in files]
        while self._held > self._limit and len(self._clips) > 1:
            file, (_, given_up) = self._clips.popitem(last=False)
            del self._looked_at[file]
            self._held -= _weight(given_up)
        return clips


def _weight(clip: Audio) -> int:
    """Octets with both encodings made."""
    return clip.samples * (SAMPLE_OCTETS + 2)


def _read_changed(
    files: tuple[Source, ...], known: dict[Source, tuple[_Stamp, C]], make: Callable[[bytes, int], C]
) -> dict[Source, tuple[_Stamp, C]]:
    """Every file's entry, from memory where its stamp is still the same."""
    entries: dict[Source, tuple[_Stamp, C]] = {}
    for file in files:
        if file in entries:
            continue
        stamp = _stamp(file)
        if file in known and known[file][0] == stamp:
            entries[file] = known[file]
        elif isinstance(file, Tone):
            entries[file] = stamp, make(_made(file), _RATE)
        else:
            entries[file] = stamp, make(*_read(file))
    return entries


def _stamp(file: Source) -> _Stamp:
    if isinstance(file, Tone):
        return 0, 0
    status = os.stat(file)  # noqa: PTH116 - at every play, and Path.stat costs five times as much
    if not stat.S_ISREG(status.st_mode):
        raise WavError(f"{file}: not a file")
    return status.st_mtime_ns, status.st_size


def _made(tone: Tone) -> bytes:
    try:
        return pcm(tone, _RATE)
    except ValueError as error:
        raise WavError(f"{tone}: {error}") from error


def _read(file: str) -> tuple[bytes, int]:
    with Path(file).open("rb") as stream:
        content = stream.read(MAX_FILE_OCTETS + 1)
    try:
        return read_pcm(content)
    except WavError as error:
        raise WavError(f"{file}: {error}") from error
