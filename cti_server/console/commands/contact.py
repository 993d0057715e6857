"""Console commands that tell a contact's whole life, and why it waited."""

from collections.abc import Sequence
from datetime import datetime

from twisted.internet.defer import Deferred

from cti_server.console.answers import Answer, unknown_contact
from cti_server.console.operations import History, Operations
from cti_server.console.submitting import number_of
from cti_server.console.tables import printable, render, seconds
from cti_server.telemetry.event_lines import EventLines
from cti_server.vocabulary.events import OfferMade
from cti_server.vocabulary.ids import AgentId, ContactId

_IN_COLUMNS = ("seq", "because", "contact", "call", "passed_over")


def show_contact(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    """``contact NUMBER``."""
    contact = ContactId(number_of("a contact's number", words[0]))
    told: Deferred[Answer] = operations.history(contact).addCallback(
        lambda history: tell(contact, history, operations.now()) if history.rows else unknown_contact(contact)
    )
    return told


def tell_why(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    """``why CONTACT [AGENT]``."""
    agent = AgentId(words[1]) if len(words) > 1 else None
    contact = ContactId(number_of("a contact's number", words[0]))
    told: Deferred[Answer] = operations.why(contact, agent).addCallback(
        lambda text: unknown_contact(contact) if text is None else text
    )
    return told


def tell(contact: ContactId, history: History, now: float) -> str:
    """The contact's events with times and causes, decisions with who was passed over, then its segments.

    There must be events.
    """
    lines = EventLines()
    start = history.rows[0].at
    table: list[tuple[str | int | float | None, ...]] = []
    for row in history.rows:
        facts = lines.facts(row)
        text = " ".join(f"{name}={value}" for name, value in facts.items() if name not in _IN_COLUMNS)
        table.append((row.seq, _time(row.at), f"+{row.at - start:.3f}", row.cause_seq, type(row.event).__name__, ""))
        table[-1] = (*table[-1][:5], text)
    events = _events(table)
    decisions = [
        f"  {row.seq}: offer {row.event.offer} to {row.event.agent}; passed over {one.agent}: {one.reason}"
        for row in history.rows
        if isinstance(row.event, OfferMade)
        for one in row.event.passed_over
    ]
    segments = render(
        ("segment", "with", "from", "lasted"),
        [
            (
                one.kind,
                one.handler,
                _time(one.started),
                seconds((now if one.ended is None else one.ended) - one.started) + ("" if one.ended else " so far"),
            )
            for one in history.segments
        ],
        "no segments yet",
    )
    parts = [f"Contact {contact}", events]
    if decisions:
        parts += ["", "Decisions", *decisions]
    return "\n".join([*parts, "", "Segments", segments])


def _events(table: Sequence[tuple[str | int | float | None, ...]]) -> str:
    """Like any table, but the facts at the end of a line may be as long as they are."""
    left = render(("seq", "time", "after", "because", "event"), [row[:5] for row in table]).splitlines()
    width = max(len(line) for line in left)
    facts = ["facts", "-----", *(printable(str(row[5])) for row in table)]
    return "\n".join(f"{line:<{width}}  {fact}".rstrip() for line, fact in zip(left, facts, strict=True))


def _time(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%H:%M:%S.%f")[:-3]
