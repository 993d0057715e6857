"""What a terminal of so many columns and rows shows: pages of long output, and a screen that is drawn in place."""

from collections.abc import Callable, Sequence
from typing import Final

USUAL: Final = (80, 24)
SMALLEST: Final = 5
LARGEST: Final = 1000
"""Columns and rows that are believed of a terminal."""
MORE: Final = "-- more: space a page, Enter a line, q no more --"


def believed(width: int, height: int) -> tuple[int, int]:
    """The size that a terminal says it has, within reason; what it does not say (0) is as usual."""
    return tuple(  # type: ignore[return-value]  # two of them go in
        min(max(said or usual, SMALLEST), LARGEST) for said, usual in zip((width, height), USUAL, strict=True)
    )


class Pages:
    """Long output, shown page by page."""

    def __init__(self, text: str, height: int) -> None:
        self._lines = text.split("\n")
        self._height = max(1, height - 1)

    @property
    def left(self) -> bool:
        """Whether there is more."""
        return bool(self._lines)

    def page(self) -> str:
        """The next page."""
        return self._take(self._height)

    def line(self) -> str:
        """The next line."""
        return self._take(1)

    def _take(self, count: int) -> str:
        taken, self._lines = self._lines[:count], self._lines[count:]
        return "\n".join(taken)


class Canvas:
    """A screen that is drawn in place: only what is other than before is written.

    Args:
        write: writes bytes to the terminal.
    """

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self._shown: list[str] = []
        self.width, self.height = USUAL

    def begin(self, width: int, height: int) -> None:
        """Clear the screen, which has that many columns and rows."""
        self.width, self.height = width, height
        self._shown = []
        self._write(b"\x1b[2J\x1b[H\x1b[?25l")

    def end(self) -> None:
        """Go below what is shown, with the cursor to be seen again."""
        self._write(f"\x1b[{min(len(self._shown) + 1, self.height)};1H\x1b[K\x1b[?25h".encode())

    def draw(self, lines: Sequence[str]) -> None:
        """Show the lines, cut to the screen; writes the changed part of each line alone."""
        wanted = [line[: self.width] for line in lines[: self.height - 1]]
        out: list[str] = []
        for row in range(max(len(wanted), len(self._shown))):
            new = wanted[row] if row < len(wanted) else ""
            old = self._shown[row] if row < len(self._shown) else ""
            if new != old:
                out.append(_change(row, old, new))
        self._shown = wanted
        if out:
            self._write("".join(out).encode("utf-8", "replace"))


def _change(row: int, old: str, new: str) -> str:
    """What makes the new line of the old one: from the first column that differs to the last."""
    start = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    if len(old) != len(new):
        return f"\x1b[{row + 1};{start + 1}H{new[start:]}\x1b[K"
    end = next(i for i in range(len(new), start, -1) if old[i - 1] != new[i - 1])
    return f"\x1b[{row + 1};{start + 1}H{new[start:end]}"
