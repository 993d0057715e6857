"""Captures: what went over CSTA links, byte for byte and with its time, in files that tools read back.

A capture file is JSON lines, written by a running server or a proxy; packet captures (pcap, pcapng) are read too.
"""

from csta.captures.errors import CaptureError
from csta.captures.lines import CaptureHeader, header_line, parse_header, parse_record, record_line
from csta.captures.pcap import Packet, read_packets
from csta.captures.reading import Capture, read_capture
from csta.captures.records import Record, Tap, Way
from csta.captures.redaction import without_passwords
from csta.captures.segments import Segment, segment_of
from csta.captures.streams import USUAL_PORTS, StreamReader

__all__ = [
    "USUAL_PORTS",
    "Capture",
    "CaptureError",
    "CaptureHeader",
    "Packet",
    "Record",
    "Segment",
    "StreamReader",
    "Tap",
    "Way",
    "header_line",
    "parse_header",
    "parse_record",
    "read_capture",
    "read_packets",
    "record_line",
    "segment_of",
    "without_passwords",
]
