"""The properties of the capture readers and of the trace: damaged files are reported, whatever they hold."""

import json
from io import BytesIO
from typing import Final

from csta.captures import CaptureError, Record, Way, parse_record, read_capture, record_line, without_passwords
from csta.trace import OPEN, Mask, Row, Tracer, plain, summary
from tests.fuzz.target import check

_PORTS: Final = (None, frozenset({1040, 7001}))


def run_captures(data: bytes) -> None:
    """A file: pcap, pcapng, or JSON lines."""
    for ports in _PORTS:
        try:
            capture = read_capture(BytesIO(data), ports=ports)
            tracer = Tracer(amid=capture.packets)
            for record in capture.records:
                _record(record)
                for row in tracer.record(record):
                    _row(row)
        except CaptureError as error:
            check(0 < len(str(error)) < 500, f"a report of {len(str(error))} characters")
            return
        check(len(capture.notes) <= 30, "notes without end")


def _record(record: Record) -> None:
    check(record.time >= 0, f"the time {record.time}")
    again = parse_record(record_line(record))
    check(abs(again.time - record.time) <= 1e-4 * max(1.0, record.time / 1e9), f"the time {record.time}")
    check((again.way, again.peer, again.link) == (record.way, record.peer, record.link), f"{record} became {again}")
    if record.way in {Way.IN, Way.OUT}:
        check(again.data == record.data, "bytes that changed")
        check(len(without_passwords(record.data)) == len(record.data), "bytes that went with a password")


def _row(row: Row) -> None:
    if row.message is None:
        return
    for mask in (OPEN, Mask()):
        json.dumps(plain(row.message, mask))
        check("\n" not in summary(row.message, mask), "a summary of several lines")
