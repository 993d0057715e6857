"""Lines of the black box: the CSTA frames of the contact's calls, by all identifiers that the calls ever had."""

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import BinaryIO, Final

from csta.captures import CaptureError, CaptureHeader, Record, parse_header, parse_record
from csta.dialects.dialect import Dialect
from csta.trace import Kind, Mask, Row, Tracer, Wanted, select, short, summary
from cti_server.reports.tracing.lines import Layer, Line
from cti_server.telemetry.blackbox import files_of

BEFORE: Final = 5.0
AFTER: Final = 10.0
"""Seconds around the contact in which frames of its calls are looked for; identifiers of calls are used again later."""
MOST_ROWS: Final = 200_000
MOST_LINES: Final = 2_000
_LINES_AT_ONCE: Final = 500
_PAUSE_SECONDS: Final = 0.001
_LARGEST_LINE: Final = 4 << 20
_TIME: Final = b'{"t": '


@dataclass(slots=True)
class Found:
    """Frames as lines, and what is missing."""

    lines: list[Line] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def frames(
    directory: Path,
    link: str,
    calls: Collection[str],
    since: float,
    until: float,
    *,
    ours: Callable[[str], bool] = lambda _number: False,
) -> Found:
    """The frames of ``calls`` between two times (Unix seconds), and of what the calls became by transfers. Blocks.

    ``ours`` are numbers that may be shown whole; of others the first three digits are.
    """
    found = Found()
    files = files_of(directory, link)
    if not files:
        found.missing.append(f"CSTA of {link}: the black box has no file of this link")
        return found
    window = _Window(since - BEFORE, until + AFTER)
    rows, tracer = _rows(files, window, found)
    if window.oldest is None or window.oldest > since:
        found.missing.append(f"CSTA of {link}: the black box does not reach back to the beginning of the contact")
    if tracer is None:
        return found
    mask = Mask(known=lambda number: ours(number) or tracer.monitored(number))
    taken = select(rows, Wanted(calls=calls))
    for row in taken[:MOST_LINES]:
        found.lines.append(Line(row.time, Layer.CSTA, _text(row, mask), _facts(row)))
    if len(taken) > MOST_LINES:
        found.missing.append(f"CSTA of {link}: only the first {MOST_LINES} of {len(taken)} frames are shown")
    for row in rows:
        if row.kind is Kind.LINK and since <= row.time <= until:
            found.lines.append(Line(row.time, Layer.CSTA, f"{row.link}: {row.name} {row.text}".rstrip(), _facts(row)))
    return found


@dataclass(slots=True)
class _Window:
    since: float
    until: float
    oldest: float | None = None
    position: int = 0

    def takes(self, at: float) -> bool:
        if self.oldest is None:
            self.oldest = at
        return self.since <= at <= self.until


def _rows(files: list[Path], window: _Window, found: Found) -> tuple[list[Row], Tracer | None]:
    tracer: Tracer | None = None
    rows: list[Row] = []
    for file in files:
        try:
            with file.open("rb") as content:
                header = parse_header(content.readline(_LARGEST_LINE))
                tracer = tracer or _tracer(header)
                for record in _records(content, window):
                    rows += tracer.record(record)
                    if len(rows) > MOST_ROWS:
                        found.missing.append(f"CSTA of {header.link}: more than {MOST_ROWS} frames lie in its time")
                        return rows, tracer
        except (OSError, CaptureError) as wrong:
            found.missing.append(f"{file.name}: {getattr(wrong, 'strerror', None) or wrong}")
    return rows, tracer


def _records(content: BinaryIO, window: _Window) -> Iterator[Record]:
    """The records of the window; others are passed over by the beginning of their line alone."""
    number = 0
    while line := content.readline(_LARGEST_LINE):
        number += 1
        if number % _LINES_AT_ONCE == 0:
            time.sleep(_PAUSE_SECONDS)  # the calls have the interpreter meanwhile
        at = _time_of(line)
        if at is None or not window.takes(at):
            if at is not None and at > window.until:
                return
            continue
        try:
            yield parse_record(line)
        except CaptureError:
            continue  # the last line of a file that is being written


def _time_of(line: bytes) -> float | None:
    if not line.startswith(_TIME):
        return None
    try:
        return float(line[len(_TIME) : line.index(b",")])
    except ValueError:
        return None


def _tracer(header: CaptureHeader) -> Tracer:
    dialect = _dialect(header.dialect)
    if dialect is None:
        return Tracer(amid=True)
    profile = dialect.profile(header.profile if header.profile in dialect.profiles else None)
    return Tracer(profile=profile, normalise=dialect.normalise_device, amid=True)


def _dialect(name: str) -> Dialect | None:
    for point in entry_points(group="callwright.dialects", name=name):
        dialect: Dialect = point.load()
        return dialect
    return None


def _text(row: Row, mask: Mask) -> str:
    way = {"in": "<-", "out": "->"}.get(row.way.value, "--")
    told = "" if row.message is None else summary(row.message, mask)
    cause = f" ({row.cause})" if row.cause else ""
    answers = f" answers no. {row.answers} after {row.latency:.3f} s" if row.answers and row.latency is not None else ""
    where = f" at {mask.number(row.device)}" if row.device else ""
    return f"{way} {row.link} {row.name}{where} call {short(row.call)} {told}{cause}{answers} {row.text}".rstrip()


def _facts(row: Row) -> dict[str, object]:
    return {
        "link": row.link,
        "frame": row.number,
        "way": row.way.value,
        "message": row.name,
        "invoke_id": row.invoke_id,
        "calls": list(row.calls),
    }
