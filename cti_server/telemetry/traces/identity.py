"""Trace identifiers that all can work out, of a site's name and a contact's number: the same after any restart."""

import re
from hashlib import sha256
from typing import Final

from cti_server.vocabulary.ids import ContactId

_TRACEPARENT: Final = re.compile(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?")
_NOTHING: Final = re.compile(r"0+")
_LARGEST: Final = 200


def trace_id(site: str, contact: ContactId) -> int:
    """128 bits, never 0 (W3C Trace Context 3.2.2.3)."""
    return int.from_bytes(sha256(f"callwright/{site}/contact/{contact}".encode()).digest()[:16]) or 1


def in_share(trace: int, share: float) -> bool:
    """Whether a trace is one of the ``share`` (0 to 1) that are sent: by its lower 64 bits, the same everywhere."""
    return (trace & ((1 << 64) - 1)) < round(share * (1 << 64))


def span_id(trace: int, place: str) -> int:
    """64 bits, never 0 (W3C Trace Context 3.2.2.4); ``place`` tells the spans of a trace apart."""
    return int.from_bytes(sha256(f"{trace:032x}/{place}".encode()).digest()[:8]) or 1


def traceparent(site: str, contact: ContactId) -> str:
    """What is handed on with a call: the contact's trace with its whole span as the parent (W3C Trace Context 3.2)."""
    trace = trace_id(site, contact)
    return f"00-{trace:032x}-{span_id(trace, ROOT):016x}-01"


def parse_traceparent(text: str) -> tuple[int, int] | None:
    """Trace and span of a header that came from outside; None for one that says nothing (W3C Trace Context 4.3)."""
    match = _TRACEPARENT.fullmatch(text.strip()[:_LARGEST])
    if match is None or _NOTHING.fullmatch(match[1]) or _NOTHING.fullmatch(match[2]):
        return None
    return int(match[1], 16), int(match[2], 16)


ROOT: Final = "contact"
"""Place of the span that a whole contact is."""
