"""The lines that each user gave, kept over sessions and restarts: a file for each, for the server's user alone."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

MOST_LINES: Final = 200
LARGEST_FILE: Final = 200 * 600


class Histories:
    """Reads and writes the files; every method blocks, and none raises: a history is a comfort.

    Args:
        folder: directory of the files, made where it is missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, user: str) -> list[str]:
        """The user's lines, oldest first; none where they cannot be read."""
        try:
            text = (self._folder / user).read_bytes()[-LARGEST_FILE:].decode("utf-8", "replace")
        except OSError:
            return []
        return [line for line in text.splitlines() if line.strip()][-MOST_LINES:]

    def write(self, user: str, lines: Sequence[str]) -> bool:
        """Keep the user's newest lines; False where they cannot be written."""
        text = "".join(f"{line}\n" for line in lines[-MOST_LINES:])
        draft = self._folder / f".{user}.new"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.write(text)
            draft.replace(self._folder / user)
        except OSError:
            return False
        return True
