"""Traces: records of a capture become rows, each a decoded message with what it is about, masked where it is shown."""

from csta.trace.cutting import Cutter, Damage
from csta.trace.filters import CallFollower, Wanted, select
from csta.trace.masking import OPEN, Mask, plain, short, summary
from csta.trace.rows import Kind, Row
from csta.trace.tracer import Tracer

__all__ = [
    "OPEN",
    "CallFollower",
    "Cutter",
    "Damage",
    "Kind",
    "Mask",
    "Row",
    "Tracer",
    "Wanted",
    "plain",
    "select",
    "short",
    "summary",
]
