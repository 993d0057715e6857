"""Reads captures of every kind from a file: JSON lines of our own, pcap, pcapng."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from csta.captures.errors import CaptureError
from csta.captures.lines import MAX_LINE_BYTES, CaptureHeader, parse_header, parse_record
from csta.captures.looks import TLS_RECORD, looks_like_csta
from csta.captures.pcap import MAGICS, read_packets
from csta.captures.records import Record, Way
from csta.captures.segments import segment_of
from csta.captures.streams import StreamReader

_MAX_NOTES: Final = 20
_MAX_PENDING: Final = 64
_LOOKS: Final = 8
"""So many pieces of a connection are looked at before it is taken for something else."""


@dataclass(slots=True)
class Capture:
    """A capture that is being read. ``notes`` grow while ``records`` is read: what was odd, one line each."""

    header: CaptureHeader
    records: Iterator[Record]
    notes: list[str] = field(default_factory=list)
    packets: bool = False
    """Whether it was made from packets, so that it may begin in the middle of things."""

    def note(self, text: str) -> None:
        """Remember something odd; only the first twenty are kept."""
        if len(self.notes) < _MAX_NOTES:
            self.notes.append(text)


def read_capture(file: BinaryIO, *, ports: frozenset[int] | None = None) -> Capture:
    """Read a capture from an open file, lazily and in its order.

    ``ports`` are the switch's, for packet captures; without them every connection that begins like CSTA is taken.

    Raises:
        CaptureError: It is none; while its records are read also where it is damaged beyond use.
    """
    start = file.read(4)
    file.seek(0)
    if not start:
        raise CaptureError("the file is empty")
    if start in MAGICS:
        capture = Capture(CaptureHeader(), iter(()), packets=True)
        capture.records = _of_packets(file, ports, capture)
        return capture
    if not start.startswith(b"{"):
        raise CaptureError("no capture: neither JSON lines nor pcap nor pcapng")
    capture = Capture(parse_header(file.readline(MAX_LINE_BYTES + 1)), iter(()))
    capture.records = _of_lines(file, capture)
    return capture


def _of_lines(file: BinaryIO, capture: Capture) -> Iterator[Record]:
    number = 1
    while line := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        try:
            yield parse_record(line)
        except CaptureError as wrong:
            capture.note(f"line {number}: {wrong}")


def _of_packets(file: BinaryIO, ports: frozenset[int] | None, capture: Capture) -> Iterator[Record]:
    reader = StreamReader(ports)
    choice = _Choice(everything=ports is not None)
    try:
        for packet in read_packets(file):
            segment = segment_of(packet)
            if segment is None:
                continue
            for record in reader.segment(segment):
                yield from choice.record(record)
    except CaptureError as wrong:
        capture.note(str(wrong))
    if choice.encrypted:
        capture.note(f"{len(choice.encrypted)} connection(s) are encrypted (TLS): use a capture of the server itself")
    if choice.passed_over:
        capture.note(f"{choice.passed_over} other TCP connection(s) passed over; --port takes one by its number")
    if reader.passed_over:
        capture.note(f"{reader.passed_over} segment(s) of more connections than are followed at once")


class _Choice:
    """Passes on the connections that carry CSTA by the look of their first bytes; what came before those waits."""

    def __init__(self, *, everything: bool) -> None:
        self._everything = everything
        self._waiting: dict[tuple[str, str], list[Record]] = {}
        self._looks: dict[tuple[str, str], int] = {}
        self._taken: set[tuple[str, str]] = set()
        self.encrypted: set[tuple[str, str]] = set()
        """Connections that carried TLS."""

    @property
    def passed_over(self) -> int:
        """Connections that carried bytes of something else."""
        return len(self._looks.keys() - self._taken - self.encrypted)

    def record(self, record: Record) -> list[Record]:
        """Take a record; return those that are of CSTA connections."""
        key = (record.link, record.peer)
        if self._everything or key in self._taken:
            return [record]
        if record.way not in {Way.IN, Way.OUT}:
            return self._wait(key, record)
        looks = self._looks[key] = self._looks.get(key, 0) + 1
        if looks > _LOOKS:
            self._waiting.pop(key, None)
            return []
        if looks == 1 and TLS_RECORD.match(record.data):
            self.encrypted.add(key)
        if looks_like_csta(record.data):
            self._taken.add(key)
            return [*self._waiting.pop(key, []), record]
        return self._wait(key, record)

    def _wait(self, key: tuple[str, str], record: Record) -> list[Record]:
        pending = self._waiting.setdefault(key, [])
        if len(pending) < _MAX_PENDING and self._looks.get(key, 0) <= _LOOKS:
            pending.append(record)
        return []
