"""Captures: what went over CSTA links, byte for byte and with its time, in files that tools read back.

A capture file is JSON lines, written by a running server or a proxy; packet captures (pcap, pcapng) are read too.
"""

from csta.captures.errors import CaptureError
from csta.captures.records import Record, Tap, Way

__all__ = ["CaptureError", "Record", "Tap", "Way"]
