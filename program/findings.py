"""What a look at a machine or a service found: one line each, for people and for the program that asked."""

from dataclasses import dataclass
from typing import Final, Self

GOOD: Final = "ok "
BAD: Final = "BAD"
_WIDTH: Final = 13
"""Columns of what was looked at; a longer name pushes the text aside."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: ``what`` without two spaces in a row, and what was found of it."""

    what: str
    good: bool
    text: str

    def __str__(self) -> str:
        return f"{GOOD if self.good else BAD}  {self.what:<{_WIDTH}}  {self.text}"

    @classmethod
    def read(cls, line: str) -> Self | None:
        """The finding of a line that `__str__` made; ``None`` where the line is none."""
        mark, rest = line[: len(GOOD)], line[len(GOOD) :].strip()
        what, _, text = rest.partition("  ")
        if mark not in (GOOD, BAD) or not what:
            return None
        return cls(what, mark == GOOD, text.strip())
