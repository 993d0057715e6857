"""The spill file: rows that the database does not take now, kept on this machine's disk until it does.

One JSON object a line: the row as the journal has it, the parties that came with it, and a check sum over all of it,
each with that of the line before. A line is durable when `append` has returned. A kill in the middle of one leaves a
torn line, which nobody was told to be durable; what stands before it is whole.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import structlog

from cti_server.storage.checksums import NOTHING, body_sum
from cti_server.storage.codec import decode_event
from cti_server.storage.errors import CodecError, JournalConflictError, StorageError
from cti_server.storage.journal import Journal, row_of
from cti_server.vocabulary.events import Recorded
from cti_server.vocabulary.ids import PartyId

SPILL = "journal.spill"
"""Name of the file, in the data directory."""
TAKEN_AT_ONCE = 1000
"""Lines that are read at once."""
READ_BYTES = 1 << 20
MOST_LINE = 16 << 20
"""Longest line that is read, in bytes; no row comes near it."""

_LOG: structlog.stdlib.BoundLogger = structlog.get_logger("storage")


class SpillError(StorageError):
    """The spill file cannot be written, or read again."""


@dataclass(frozen=True, slots=True)
class SpillPlace:
    """A place between two lines of the file, in bytes, and the check sum of the line before it."""

    offset: int = 0
    total: int = NOTHING


@dataclass(frozen=True, slots=True)
class Spilled:
    """Some of what the file has: rows in their order, parties that came with them, and where the next line begins."""

    rows: tuple[Recorded, ...]
    parties: list[tuple[PartyId, str]]
    place: SpillPlace


@dataclass(frozen=True, slots=True)
class _Line:
    row: Recorded | None
    parties: tuple[tuple[PartyId, str], ...]


class SpillFile:
    """One file that rows are added to; all methods block.

    Readable by its owner alone, as it has customers' addresses in it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None
        self._sum = NOTHING
        self._size = 0

    def append(self, rows: Sequence[Recorded], parties: Sequence[tuple[PartyId, str]] = ()) -> SpillPlace:
        """Add rows, and the parties that came with them: durable on return; give where they begin.

        Raises:
            SpillError: the file cannot be written; what this call has written of it is taken back.
        """
        entries: list[dict[str, Any]] = [{"row": row_of(row)} for row in rows]
        if parties:
            entries.insert(0, {"row": None, "parties": list(parties)})
        try:
            descriptor = self._opened()
            place = SpillPlace(self._size, self._sum)
            lines, total = [], self._sum
            for entry in entries:
                body = msgspec.json.encode(entry)
                total = body_sum(total, body)
                lines.append(b"%d %s\n" % (total, body))
            self._write(descriptor, b"".join(lines))
        except OSError as error:
            raise SpillError(f"the spill file {self.path} cannot be written: {error.strerror}") from error
        self._sum = total
        return place

    def read(self, place: SpillPlace) -> Spilled:
        """Read on from a place in what this run has added: at most `TAKEN_AT_ONCE` lines; none where it ends there.

        It reads what it has open: the file may have been moved or removed meanwhile.

        Raises:
            SpillError: it cannot be read, or is not what was written.
        """
        rows, parties, offset, total = list[Recorded](), list[tuple[PartyId, str]](), place.offset, place.total
        for line in self._whole_lines(place.offset):
            stated, _, body = line.partition(b" ")
            total = body_sum(total, body)
            if stated != b"%d" % total:
                raise SpillError(f"the spill file {self.path} is damaged at byte {offset}")
            offset += len(line) + 1
            read = _read(body)
            parties += read.parties
            rows += () if read.row is None else (read.row,)
        return Spilled(tuple(rows), parties, SpillPlace(offset, total))

    def _whole_lines(self, offset: int) -> list[bytes]:
        if self._descriptor is None:
            raise SpillError(f"the spill file {self.path} is not there any more")
        size = READ_BYTES
        try:
            while True:
                data = os.pread(self._descriptor, min(size, self._size - offset), offset)
                whole, feed, _ = data.rpartition(b"\n")
                if feed or len(data) < size:
                    return whole.split(b"\n")[:TAKEN_AT_ONCE] if feed else []
                size *= 2
        except OSError as error:
            raise SpillError(f"the spill file {self.path} cannot be read: {error.strerror}") from error

    def remove(self) -> None:
        """Take the file away: everything in it is durable elsewhere.

        Raises:
            SpillError: it cannot be removed.
        """
        self.close()
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise SpillError(f"the spill file {self.path} cannot be removed: {error.strerror}") from error

    def close(self) -> None:
        """Leave the file as it is."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _opened(self) -> int:
        if self._descriptor is None:
            if self.path.exists():
                # Of a former run, and not taken in: never written over.
                _LOG.error("a spill file that nobody has taken in is set aside", file=str(_set_aside(self.path)))
            flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC
            self._descriptor = os.open(self.path, flags, 0o600)
            self._sum, self._size = NOTHING, 0
        return self._descriptor

    def _write(self, descriptor: int, data: bytes) -> None:
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fdatasync(descriptor)
        except OSError:
            os.ftruncate(descriptor, self._size)
            os.lseek(descriptor, self._size, os.SEEK_SET)
            raise
        self._size += len(data)


def take_in(journal: Journal, path: Path) -> int:
    """Append what a former run has spilled to the journal, and remove the file; give how many rows it had.

    Rows that the journal has already are passed over. Where the rows contradict the journal, because another server has
    gone on with it meanwhile, the file is set aside under another name with a loud word, and the start goes on.

    Raises:
        DatabaseError: the database does not take them now either; the file stays.
        OSError: the file cannot be read.
    """
    if not path.exists():
        return 0
    taken = 0
    try:
        for rows, parties in _portions(_lines(path)):
            journal.append(rows, parties)
            taken += len(rows)
    except JournalConflictError as conflict:
        aside = _set_aside(path)
        _LOG.critical(
            "spilled rows do not continue the journal; they are set aside", file=str(aside), why=str(conflict)
        )
        return taken
    path.unlink()
    _LOG.warning("rows of a former run that could not be written then are in the journal now", rows=taken)
    return taken


def _portions(lines: Iterator[_Line]) -> Iterator[tuple[list[Recorded], list[tuple[PartyId, str]]]]:
    rows: list[Recorded] = []
    parties: list[tuple[PartyId, str]] = []
    for line in lines:
        parties += line.parties
        rows += () if line.row is None else (line.row,)
        if len(rows) >= TAKEN_AT_ONCE:
            yield rows, parties
            rows, parties = [], []
    if rows or parties:
        yield rows, parties


def _lines(path: Path) -> Iterator[_Line]:
    """The lines up to the first that is not whole."""
    total = NOTHING
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(MOST_LINE), b""), 1):
            stated, _, body = line.rstrip(b"\n").partition(b" ")
            total = body_sum(total, body)
            if stated != b"%d" % total or not line.endswith(b"\n"):
                _LOG.error("the spill file is torn; what stands before is taken in", file=str(path), line=number)
                return
            yield _read(body)


def _read(body: bytes) -> _Line:
    try:
        entry = msgspec.json.decode(body)
        row = entry["row"]
        parties = tuple((PartyId(int(party)), str(address)) for party, address in entry.get("parties", ()))
        if row is None:
            return _Line(None, parties)
        event = decode_event(row["kind"], row["version"], row["body"])
        return _Line(Recorded(row["seq"], row["at"], row["cause_seq"], event), parties)
    except (msgspec.MsgspecError, KeyError, TypeError, ValueError) as error:
        raise CodecError(f"a line of the spill file cannot be understood: {error}") from error


def _set_aside(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.{number}")).exists():
        number += 1
    return path.rename(aside)
