"""Trace identifiers that all can work out, of a site's name and a contact's number: the same after any restart."""

from hashlib import sha256
from typing import Final

from cti_server.vocabulary.ids import ContactId
from program.trace_context import TraceContext


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
    return str(TraceContext(trace, span_id(trace, ROOT)))


ROOT: Final = "contact"
"""Place of the span that a whole contact is."""
