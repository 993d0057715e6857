"""``callwright csta trace``: from a file, from the running server's black box, or of what passes a proxy."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from signal import SIGINT, signal
from threading import Event
from typing import BinaryIO, Final

import click

from csta.captures import Capture, CaptureError, CaptureHeader, Record, parse_header, parse_record, read_capture
from csta.dialects.dialect import Dialect, Profile
from csta.errors import SessionError
from csta.trace import Mask, Row, Tracer, Wanted, select
from cti_server.cli.csta.screen import RowPrinter, as_json, screen
from cti_server.telemetry.blackbox import files_of

_POLL_SECONDS: Final = 0.2
_MAX_ROWS: Final = 2_000_000
"""Rows of a file that are held at once; later ones are not looked at, which is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How rows are shown."""

    json: bool = False
    colour: bool | None = None
    verbose: int = 0
    numbers: bool = True
    user_data: bool = True


class Show:
    """Prints rows as they are wanted, for people or programs; ``tracer`` tells which numbers are the site's own."""

    def __init__(self, tracer: Tracer, look: Look) -> None:
        self.mask = Mask(numbers=look.numbers, user_data=look.user_data, known=tracer.monitored)
        self._look = look
        self._printer = RowPrinter(screen(colour=look.colour), self.mask, look.verbose)
        self._begun = False
        self.shown = 0

    def row(self, row: Row) -> None:
        """Show one."""
        self.shown += 1
        if self._look.json:
            click.echo(as_json(row, self.mask))
            return
        if not self._begun:
            self._begun = True
            self._printer.heading()
        self._printer.row(row)

    def remark(self, text: str) -> None:
        """Say something that is no row, where it does not disturb programs."""
        click.echo(text, err=True)


def dialect_named(name: str) -> Dialect | None:
    """The installed dialect of that name, or None."""
    for point in entry_points(group="callwright.dialects", name=name):
        dialect: Dialect = point.load()
        return dialect
    return None


def chosen_dialect(name: str, profile: str) -> tuple[Dialect | None, Profile | None]:
    """The dialect and profile by their names; None for an empty name.

    Raises:
        click.UsageError: there is none of this name; the text lists those that there are.
    """
    if not name:
        return None, None
    dialect = dialect_named(name)
    if dialect is None:
        names = ", ".join(sorted(point.name for point in entry_points(group="callwright.dialects")))
        raise click.UsageError(f"no dialect is called {name!r}; there are {names}")
    try:
        return dialect, dialect.profile(profile or None)
    except SessionError as wrong:
        raise click.UsageError(str(wrong)) from wrong


def tracer_for(header: CaptureHeader, dialect: str, profile: str, *, amid: bool) -> Tracer:
    """A tracer by what a capture's header says, or what the command line says instead.

    A dialect of the header that is not installed here is passed over: numbers are then shown as they were sent.
    """
    found: Dialect | None
    if dialect:
        found, spoken = chosen_dialect(dialect, profile)
    else:
        found = dialect_named(header.dialect) if header.dialect else None
        spoken = None if found is None else found.profile(header.profile if header.profile in found.profiles else None)
    normalise: Callable[[str], str] = str if found is None else found.normalise_device
    return Tracer(profile=spoken, normalise=normalise, amid=amid)


def opened(files: Iterable[Path], ports: frozenset[int] | None) -> Iterator[Capture]:
    """The captures of files; of a directory, those in it.

    Raises:
        click.ClickException: one cannot be read, or is no capture.
    """
    for path in files:
        inside = sorted(path.glob("*.capture")) if path.is_dir() else [path]
        if not inside:
            raise click.ClickException(f"{path}: no *.capture file in it")
        for file in inside:
            try:
                with file.open("rb") as content:
                    yield read_capture(content, ports=ports)
            except (OSError, CaptureError) as wrong:
                raise click.ClickException(f"{file}: {getattr(wrong, 'strerror', None) or wrong}") from wrong


def trace_files(
    files: Iterable[Path], wanted: Wanted, look: Look, *, dialect: str, profile: str, ports: frozenset[int] | None
) -> None:
    """Show what the files hold: first everything is read, then a call is found by all its names."""
    tracer: Tracer | None = None
    rows: list[Row] = []
    notes: list[str] = []
    for capture in opened(files, ports):
        if tracer is None:
            # A file of a ring, too, may begin in the middle of things.
            tracer = tracer_for(capture.header, dialect, profile, amid=True)
        for record in capture.records:
            rows += tracer.record(record)
            if len(rows) > _MAX_ROWS:
                notes.append(f"only the first {_MAX_ROWS} rows were looked at")
                break
        notes += capture.notes
    if tracer is None:
        raise click.UsageError("which FILE?")
    show = Show(tracer, look)
    for row in select(rows, wanted):
        show.row(row)
    waiting = tracer.unanswered
    show.remark(f"{show.shown} of {len(rows)} row(s); {len(waiting)} request(s) without an answer{_numbers(waiting)}")
    for note in notes:
        show.remark(f"note: {note}")


def _numbers(rows: list[Row]) -> str:
    if not rows:
        return ""
    text = ", ".join(str(row.number) for row in rows[:10])
    return f": no. {text}{' ...' if len(rows) > 10 else ''}"


def follow(directory: Path, link: str) -> Iterator[Record | None]:
    """Records of a link's black box as they are written, beginning with those of its newest file; None: none now.

    Raises:
        click.ClickException: there is no file of this link.
    """
    files = files_of(directory, link)
    if not files:
        raise click.ClickException(
            f"no capture of link {link!r} in {directory}: does the server run, and is its black_box on?"
        )
    current = files[-1]
    while True:
        with current.open("rb") as content:
            content.readline()
            yield from _lines_of(content, partial(_has_next, current, directory, link))
        current = _after(current, directory, link) or current


def _lines_of(content: BinaryIO, ended: Callable[[], bool]) -> Iterator[Record | None]:
    """Records of one file, until a next one was begun and nothing more is in this one."""
    rest = b""
    while True:
        # In this order: once there is a next file, nothing more is written into this one.
        last = ended()
        line = rest + content.readline()
        if line.endswith(b"\n"):
            rest = b""
            yield from _record(line)
            continue
        if last:
            return
        rest = line
        yield None


def _has_next(file: Path, directory: Path, link: str) -> bool:
    return _after(file, directory, link) is not None


def _after(file: Path, directory: Path, link: str) -> Path | None:
    """The file after this one; the oldest where this one is gone already."""
    files = files_of(directory, link)
    if file not in files:
        return files[0] if files else None
    return next(iter(files[files.index(file) + 1 :]), None)


def _record(line: bytes) -> Iterator[Record]:
    try:
        yield parse_record(line)
    except CaptureError:
        click.echo("a line of the black box is damaged; it is left out", err=True)


def trace_live(directory: Path, link: str, wanted: Wanted, look: Look) -> None:
    """Show what the running server sends and receives, from now on, until Ctrl-C."""
    files = files_of(directory, link)
    header = CaptureHeader()
    if files:
        with files[-1].open("rb") as content:
            header = parse_header(content.readline())
    tracer = tracer_for(header, "", "", amid=True)
    show = Show(tracer, look)
    past = True
    with _until_interrupted() as interrupted:
        for record in follow(directory, link):
            if interrupted.is_set():
                break
            if record is None:
                if past:
                    past = False
                    show.remark(f"following {link} in {directory}; Ctrl-C ends")
                interrupted.wait(_POLL_SECONDS)
                continue
            for row in tracer.record(record):
                # What was before is only learnt from: who is monitored, what waits for an answer.
                if not past and wanted.takes(row):
                    show.row(row)
    show.remark(f"{show.shown} row(s)")


@contextmanager
def _until_interrupted() -> Iterator[Event]:
    """Set by Ctrl-C, which as an exception could be lost in a callback that nobody waits for."""
    interrupted = Event()
    before = signal(SIGINT, lambda _number, _frame: interrupted.set())
    try:
        yield interrupted
    finally:
        signal(SIGINT, before)
