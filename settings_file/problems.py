"""A problem in a settings file, and the lines on which its values stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath

Path = tuple[str | int, ...]
"""Keys and list indexes (from 0) that lead from the top of a document to a value."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """What is wrong in ``file`` at ``line`` (from 1) with the value at ``path`` (empty: the file as a whole)."""

    file: FilePath
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        """``file:line: path: message``, as compilers write it and editors jump to it."""
        where = f"{self.file}:{self.line}: "
        return f"{where}{self.path}: {self.message}" if self.path else f"{where}{self.message}"


def path_text(path: Sequence[str | int]) -> str:
    """Write a path as people do: ``links[0].port``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


@dataclass(frozen=True, slots=True)
class Lines:
    """Line (from 1) of every value of one document by its path; a path not in the file has its nearest parent's."""

    file: FilePath
    by_path: Mapping[Path, int] = field(default_factory=dict)

    def of(self, *path: str | int) -> int:
        """Line of the value at ``path``, or of its nearest parent that the file has."""
        for end in range(len(path), -1, -1):
            line = self.by_path.get(path[:end])
            if line is not None:
                return line
        return 1

    def problem(self, message: str, *path: str | int) -> Problem:
        """Build a problem of the value at ``path``.

        An index that the file does not have is left out: one value is written where a list may stand.
        """
        while path and isinstance(path[-1], int) and path not in self.by_path:
            path = path[:-1]
        return Problem(self.file, self.of(*path), path_text(path), message)
