"""Aligned tables of plain text, as wide as what is in them or as the terminal is."""

from collections.abc import Sequence
from datetime import datetime

from cti_server.console.answers import Cell, Moment, Span

LARGEST_CELL = 60
NARROWEST = 4
"""Columns are not made narrower than this to fit a terminal, but where even that does not do."""


def render(
    headings: Sequence[str], rows: Sequence[Sequence[Cell]], empty: str = "none", width: int | None = None
) -> str:
    """The rows below their headings; numbers stand at the right. ``empty`` is said where there are no rows.

    With ``width`` no line is longer: the widest columns of text are cut, and what is cut ends with an ellipsis.
    """
    if not rows:
        return empty
    lines = [[spell(cell) for cell in row] for row in rows]
    right = [all(isinstance(row[i], int | float | None) for row in rows) for i in range(len(headings))]
    widths = [max(len(heading), *(len(line[i]) for line in lines)) for i, heading in enumerate(headings)]
    if width is not None:
        widths = _fitting(widths, [max(len(line[i]) for line in lines) for i in range(len(headings))], right, width)
    table = [list(headings), ["-" * each for each in widths], *lines]
    told = [
        "  ".join(
            _cut(cell, each).rjust(each) if end else _cut(cell, each).ljust(each)
            for cell, each, end in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in table
    ]
    return "\n".join(told if width is None else [_cut(line, max(1, width)) for line in told])


def _fitting(widths: Sequence[int], filled: Sequence[int], right: Sequence[bool], width: int) -> list[int]:
    """The widths, made narrower until all fit: headings wider than what is below them, then text, then numbers."""
    fitted = list(widths)
    gaps = 2 * (len(fitted) - 1)
    every = range(len(fitted))
    least = [max(below, NARROWEST) for below in filled]
    text = [NARROWEST if not end else each for end, each in zip(right, least, strict=True)]
    for limits in (least, text, [NARROWEST] * len(fitted)):
        while sum(fitted) + gaps > width:
            widest = max((i for i in every if fitted[i] > limits[i]), key=lambda i: fitted[i], default=None)
            if widest is None:
                break
            fitted[widest] -= 1
    return fitted


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def spell(cell: Cell) -> str:
    """A cell as text: no value is ``-``, spans as people say them, moments in local time; unprintable is ``?``."""
    if cell is None or cell == "":
        return "-"
    if isinstance(cell, Span):
        return seconds(cell)
    if isinstance(cell, Moment):
        return local_time(cell)
    if isinstance(cell, float):
        return f"{cell:.1f}"
    return _cut(printable(str(cell)), LARGEST_CELL)


def printable(text: str) -> str:
    """The text in one line, without what a terminal would act on: whatever customers sent may be in it."""
    return text if text.isprintable() else "".join(c if c.isprintable() else " " if c == "\t" else "?" for c in text)


def printable_lines(text: str) -> str:
    """The text with its lines, and each as `printable` has it."""
    return "\n".join(map(printable, text.split("\n")))


def seconds(value: float) -> str:
    """A span as people say it: ``8 s``, ``2:05``, ``1:02:05``."""
    whole = max(0, int(value))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def local_time(at: float) -> str:
    """A moment in local time, to the second."""
    try:
        return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return "long past"
