"""How rows of a trace look: one aligned line each, coloured by what they are, their messages below where asked for."""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from rich.console import Console as Screen
from rich.text import Text

from csta.captures import Way
from csta.trace import Kind, Mask, Row, plain, short, summary

_STYLES: Final = {
    Kind.REQUEST: "bold",
    Kind.RESPONSE: "green",
    Kind.ERROR: "bold red",
    Kind.EVENT: "cyan",
    Kind.NOTICE: "blue",
    Kind.LOGIN: "magenta",
    Kind.UNKNOWN: "yellow",
    Kind.DAMAGED: "bold red",
    Kind.LINK: "yellow",
}
_ARROWS: Final = {Way.IN: "<-", Way.OUT: "->"}
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_HEADING: Final = (
    f"{'no.':>6} {'time':<12} {'after':>8}    {'id':>4} {'message':<26} {'device':<12} {'call':<14} what it says"
)
_WIDTH_WITHOUT_TERMINAL: Final = 220
_MAX_RAW: Final = 256


def screen(*, colour: bool | None) -> Screen:
    """The terminal, or a wide page without colours where there is none; ``colour`` decides otherwise."""
    terminal = sys.stdout.isatty()
    return Screen(
        width=None if terminal else _WIDTH_WITHOUT_TERMINAL,
        force_terminal=True if colour else None,
        no_color=colour is False,
        color_system="standard" if colour else "auto",
        highlight=False,
        soft_wrap=True,
    )


@dataclass(slots=True)
class RowPrinter:
    """Prints rows as lines for people.

    ``verbose``: 1 shows each message below its line, 2 also the bytes of what could not be decoded, unless masked.
    """

    screen: Screen
    mask: Mask
    verbose: int = 0
    _before: float | None = None

    def heading(self) -> None:
        """Say what the columns are."""
        self.screen.print(
            Text("-> to the switch, <- from the switch; times are local, 'after' is since the line above")
        )
        self.screen.print(Text(_HEADING, style="bold underline"))

    def row(self, row: Row) -> None:
        """Print a row."""
        style = _STYLES[row.kind]
        line = Text(self._columns(row), style=style)
        if row.findings and row.kind is not Kind.DAMAGED:
            line.append(f"  [{len(row.findings)} finding(s)]", style="yellow")
        self._print(line)
        for detail in self._details(row):
            self._print(Text(" " * 10 + detail, style="dim"))

    def _columns(self, row: Row) -> str:
        after = "" if self._before is None else f"+{row.time - self._before:.3f}"
        self._before = row.time
        at = datetime.fromtimestamp(row.time, UTC).astimezone()
        invoke_id = "" if row.invoke_id is None else str(row.invoke_id)
        return (
            f"{row.number:>6} {at:%H:%M:%S}.{at.microsecond // 1000:03d} {after:>8} {_ARROWS.get(row.way, '--')} "
            f"{invoke_id:>4} {clean(row.name):<26} {clean(self.mask.number(row.device)):<12} "
            f"{clean(short(row.call)):<14} {self._saying(row)}"
        )

    def _saying(self, row: Row) -> str:
        parts = []
        if row.answers is not None:
            parts.append(f"to no. {row.answers} after {1000 * (row.latency or 0):.1f} ms")
        if row.kind is Kind.ERROR:
            parts.append(f"{row.text} refused: {row.cause}" if row.text else row.cause)
        elif row.message is not None:
            parts += [row.cause, summary(row.message, self.mask)]
        else:
            parts.append(self.mask.text(row.text))
        return clean("  ".join(part for part in parts if part))

    def _details(self, row: Row) -> Iterator[str]:
        if not self.verbose:
            return
        for finding in row.findings:
            yield clean(f"finding: {self.mask.text(finding)}")
        if row.message is not None:
            yield from tree(plain(row.message, self.mask))
        if self.verbose > 1 and not self.mask.numbers and row.kind in {Kind.DAMAGED, Kind.UNKNOWN}:
            yield f"bytes: {row.raw[:_MAX_RAW].hex(' ')}"

    def _print(self, line: Text) -> None:
        self.screen.print(line, overflow="ignore", no_wrap=True, crop=False)


def tree(content: object, name: str = "", depth: int = 0) -> Iterator[str]:
    """Plain data as indented lines."""
    indent = "  " * depth
    label = f"{name}: " if name else ""
    if isinstance(content, dict):
        if name:
            yield f"{indent}{clean(name)}:"
        for key, one in content.items():
            yield from tree(one, key, depth + bool(name))
    elif isinstance(content, list) and not any(isinstance(one, dict | list) for one in content):
        yield f"{indent}{clean(label + ', '.join(map(str, content)))}"
    elif isinstance(content, list):
        for number, one in enumerate(content, 1):
            yield from tree(one, f"{name} {number}", depth)
    else:
        yield f"{indent}{clean(f'{label}{content}')}"


def as_json(row: Row, mask: Mask) -> str:
    """A row as one line of JSON."""
    content = {
        "number": row.number,
        "time": row.time,
        "link": row.link,
        "peer": row.peer,
        "way": row.way.value,
        "kind": row.kind.value,
        "name": row.name,
        "invokeID": row.invoke_id,
        "calls": list(row.calls),
        "device": mask.number(row.device),
        "devices": [mask.number(one) for one in row.devices],
        "cause": row.cause,
        "answers": row.answers,
        "latency": None if row.latency is None else round(row.latency, 6),
        "findings": [mask.text(one) for one in row.findings],
        "text": mask.text(row.text),
        "message": None if row.message is None else plain(row.message, mask),
    }
    return json.dumps({name: value for name, value in content.items() if value not in (None, "", [])})


def clean(text: str) -> str:
    """Text from outside without control characters, which could work on a terminal."""
    return _CONTROLS.sub("�", text)
