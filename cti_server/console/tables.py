"""Aligned tables of plain text, as wide as what is in them."""

from collections.abc import Sequence

from cti_server.console.answers import Cell

LARGEST_CELL = 60


def render(headings: Sequence[str], rows: Sequence[Sequence[Cell]], empty: str = "none") -> str:
    """The rows below their headings; numbers stand at the right. ``empty`` is said where there are no rows."""
    if not rows:
        return empty
    lines = [[spell(cell) for cell in row] for row in rows]
    widths = [max(len(heading), *(len(line[i]) for line in lines)) for i, heading in enumerate(headings)]
    right = [all(isinstance(row[i], int | float | None) for row in rows) for i in range(len(headings))]
    table = [list(headings), ["-" * width for width in widths], *lines]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if end else cell.ljust(width)
            for cell, width, end in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in table
    )


def spell(cell: Cell) -> str:
    """A cell as text: no value is ``-``, seconds have one decimal, control characters are made visible."""
    if cell is None or cell == "":
        return "-"
    if isinstance(cell, float):
        return f"{cell:.1f}"
    text = "".join(c if c.isprintable() else "?" for c in str(cell))
    return text if len(text) <= LARGEST_CELL else text[: LARGEST_CELL - 1] + "…"


def seconds(value: float) -> str:
    """A span as people say it: ``8 s``, ``2:05``, ``1:02:05``."""
    whole = max(0, int(value))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
