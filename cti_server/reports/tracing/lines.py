"""Lines of the time line, and how they are told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Any, Final

from cti_server.vocabulary.ids import ContactId

WIDEST_TEXT: Final = 400


class Layer(StrEnum):
    """Where a line comes from; of two at the same moment the one from further outside stands first."""

    SIP = "sip"
    CSTA = "csta"
    CALL = "call"
    MEDIA = "media"
    FLOW = "flow"
    LOOK_UP = "look-up"
    QUEUE = "queue"
    OFFER = "offer"
    TALK = "talk"
    AGENT = "agent"
    CONTACT = "contact"
    SITE = "site"


_ORDER: Final = {layer: place for place, layer in enumerate(Layer)}


@dataclass(frozen=True, slots=True)
class Line:
    """What happened at ``at`` (Unix seconds); ``facts`` say where it stands: row, link and frame, session."""

    at: float
    layer: Layer
    text: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Trace:
    """The answer: lines in the order of time, and what could not be told, in words; no lines: no such contact."""

    contact: ContactId
    lines: list[Line] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def in_order(lines: Sequence[Line]) -> list[Line]:
    """By time; within one moment the outside first, and each layer in its own order."""
    return sorted(lines, key=lambda line: (line.at, _ORDER[line.layer]))


def trace_text(trace: Trace, zone: tzinfo | None = None) -> str:
    """The time line as people read it: time, seconds since the first line, layer, what."""
    if not trace.lines:
        return f"no contact {trace.contact}"
    first = trace.lines[0].at
    rows = [f"Contact {trace.contact}, {datetime.fromtimestamp(first, zone).astimezone(zone):%Y-%m-%d %H:%M:%S %Z}", ""]
    for line in trace.lines:
        at = datetime.fromtimestamp(line.at, zone).strftime("%H:%M:%S.%f")[:-3]
        rows.append(f"{at} {line.at - first:>+9.3f}  {line.layer.value:<8} {_printable(line.text)}")
    rows += ["", *(f"missing: {one}" for one in trace.missing)] if trace.missing else []
    return "\n".join(rows)


def trace_facts(trace: Trace) -> dict[str, Any]:
    """The same for a program."""
    return {
        "contact": trace.contact,
        "lines": [{"at": line.at, "layer": line.layer.value, "text": line.text, **line.facts} for line in trace.lines],
        "missing": list(trace.missing),
    }


def _printable(text: str) -> str:
    shown = "".join(c if c.isprintable() else " " for c in text)
    return shown if len(shown) <= WIDEST_TEXT else shown[: WIDEST_TEXT - 1] + "…"
