"""Filter, sort and cut a table as the user wishes: ``status=ready sort=-waiting limit=10``."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from cti_server.console.answers import Answer, Cell, Table
from cti_server.console.command import UsageError
from cti_server.console.tables import spell

_LONGEST_NUMBER = 6


def shaped(answer: Answer, filters: Sequence[tuple[str, str]]) -> Answer:
    """The table with the rows that are wanted; any other answer as it is.

    Raises:
        UsageError: ``sort`` names no column, or ``limit`` is no number.
    """
    if not filters or not isinstance(answer, Table):
        return answer
    rows = list(answer.rows)
    for name, value in filters:
        if name == "sort":
            rows = _sorted(answer, rows, value)
        elif name != "limit":
            place = _place(answer, name)
            rows = [row for row in rows if _matches(row[place], value)]
    for name, value in filters:
        if name == "limit":
            if not value.isdecimal() or len(value) > _LONGEST_NUMBER:
                raise UsageError(f"limit is a number, not {value!r}")
            rows = rows[: int(value)]
    return Table(headings=answer.headings, rows=rows, empty=answer.empty, unseen=answer.unseen)


def _matches(cell: Cell, wanted: str) -> bool:
    """Whether the cell, or one of the words in it, is what is wanted; ``*`` stands for anything, commas for or."""
    text = ("" if cell is None else str(cell) if isinstance(cell, str | int) else spell(cell)).lower()
    words = {text, *text.replace(",", " ").split()}
    choices = [one.strip().lower() for one in wanted.split(",")]
    return any(fnmatchcase(word, choice) for word in words for choice in choices)


def _sorted(table: Table, rows: list[Sequence[Cell]], wanted: str) -> list[Sequence[Cell]]:
    place = _place(table, wanted.removeprefix("-"))

    def key(row: Sequence[Cell]) -> tuple[bool, bool, float, str]:
        cell = row[place]
        number = cell if isinstance(cell, int | float) else 0.0
        return cell is None, isinstance(cell, str), float(number), cell.lower() if isinstance(cell, str) else ""

    return sorted(rows, key=key, reverse=wanted.startswith("-"))


def _place(table: Table, name: str) -> int:
    names = [heading.replace(" ", "-") for heading in table.headings]
    if name not in names:
        raise UsageError(f"there is no column {name}; there are {', '.join(names)}")
    return names.index(name)
