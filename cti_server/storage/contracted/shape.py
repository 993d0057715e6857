"""What a contracted view is: its columns with their kinds and meanings, and where each comes from."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SCHEMA: Final = "callwright_v1"
"""The views' own schema on PostgreSQL, so that a role can be given these and nothing else."""
CHANNEL: Final = "callwright_changes"
"""What a client LISTENs to on PostgreSQL to be woken when there are new changes."""


class Kind(StrEnum):
    """What a column holds, on either database."""

    INTEGER = "integer"
    NUMBER = "number"
    """Seconds, or Unix seconds for a point in time."""
    TEXT = "text"
    BOOLEAN = "boolean"
    """SQLite shows 0 and 1."""
    JSON = "json"
    """A JSON object: ``jsonb`` on PostgreSQL, text on SQLite."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: ``source`` is the expression that it comes from, its own name where that is left out."""

    name: str
    kind: Kind
    meaning: str
    source: str = ""

    @property
    def expression(self) -> str:
        """What stands in the view's SELECT."""
        return self.source or self.name


@dataclass(frozen=True, slots=True)
class View:
    """A view: what a row of it is, its columns, and what follows its SELECT (``FROM ...``)."""

    name: str
    row: str
    columns: tuple[Column, ...]
    rest: str
    personal: bool = False
    """Whether it holds personal data, so that it is granted apart."""


def number(name: str, meaning: str, source: str = "") -> Column:
    """A column of seconds, or of a point in time."""
    return Column(name, Kind.NUMBER, meaning, source)


def integer(name: str, meaning: str, source: str = "") -> Column:
    """A column of whole numbers."""
    return Column(name, Kind.INTEGER, meaning, source)


def text(name: str, meaning: str, source: str = "") -> Column:
    """A column of text."""
    return Column(name, Kind.TEXT, meaning, source)


def boolean(name: str, meaning: str, source: str = "") -> Column:
    """A column of yes and no."""
    return Column(name, Kind.BOOLEAN, meaning, source)
