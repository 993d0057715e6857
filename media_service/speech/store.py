"""Spoken texts on disk: made once, used again, the longest unused removed when there are too many."""

import hashlib
import os
from pathlib import Path
from typing import Final

LIMIT: Final = 256 << 20
"""Octets kept; about four and a half hours of speech."""


class SpokenFiles:
    """Files by what is said, in ``folder``; for use on one thread at a time, or on several for different texts."""

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        self._folder = folder
        self._limit = limit

    def path(self, voice: str, language: str, text: str) -> Path:
        """Where a text belongs that is spoken by a voice."""
        digest = hashlib.sha256(f"{voice}\0{language}\0{text}".encode()).hexdigest()
        return self._folder / f"{digest}.wav"

    def find(self, path: Path) -> bool:
        """Whether it is there already; it counts as used now."""
        try:
            os.utime(path)
        except OSError:
            return False
        return True

    def tidy(self, kept: Path) -> None:
        """Remove the longest unused files until the rest is within the limit; ``kept`` stays in any case."""
        files = []
        for file in self._folder.glob("*.wav"):
            try:
                status = file.stat()
            except FileNotFoundError:
                continue
            files.append((status.st_mtime_ns, status.st_size, file))
        size = sum(each[1] for each in files)
        for _, octets, file in sorted(files):
            if size <= self._limit:
                return
            if file != kept:
                file.unlink(missing_ok=True)
                size -= octets
