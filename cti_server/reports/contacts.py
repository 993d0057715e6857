"""The table of contacts with their segments: as text for people, as JSON and CSV for programs."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, tzinfo

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cti_server.storage import ContactRow, SegmentRow
from cti_server.storage.queries import Queries
from cti_server.vocabulary.ids import ContactId, PartyId

_DAY = 86_400.0
_LONGEST_ADDRESS = 24


@dataclass(frozen=True, slots=True)
class ContactReport:
    """One contact with its segments and its customer's address, ``None`` where that is unknown or erased."""

    contact: ContactRow
    segments: tuple[SegmentRow, ...]
    address: str | None


def read_contacts(queries: Queries, limit: int = 50) -> list[ContactReport]:
    """Read the newest ``limit`` contacts, the oldest of them first, as far as the projections have advanced. Blocks."""
    return [_report(queries, row) for row in queries.contacts(limit)]


def read_contact(queries: Queries, contact: ContactId) -> ContactReport | None:
    """Read one contact, or ``None`` where there is none of this number. Blocks."""
    row = queries.contact(contact)
    return None if row is None else _report(queries, row)


def _report(queries: Queries, row: ContactRow) -> ContactReport:
    address = None if row.party is None else queries.party(PartyId(row.party))
    return ContactReport(row, tuple(queries.segments(row.contact)), address)


def contacts_table(queries: Queries, limit: int = 50, zone: tzinfo | None = None) -> Table:
    """Build the table of the newest contacts: one row each, the segments below one another. Blocks.

    What a contact waited is its time in queues, ringing included; the part of it that was ringing stands beside it.
    Times of day are those of ``zone``, or local ones without it.
    """
    return _table(read_contacts(queries, limit), zone)


def _table(reports: Sequence[ContactReport], zone: tzinfo | None) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_lines=True, pad_edge=False, collapse_padding=True)
    for heading in ("no.", "arrived", "customer", "queue", "agent"):
        table.add_column(heading, overflow="fold")
    for heading in ("flow", "waited", "(ring)", "talk", "wrap-up"):
        table.add_column(heading, justify="right")
    table.add_column("outcome")
    table.add_column("segments, in seconds", no_wrap=True, min_width=28)
    for report in reports:
        row = report.contact
        seconds = (row.flow_seconds, row.waited, row.ring_seconds, row.talk_seconds, row.wrap_seconds)
        cells = [
            str(row.contact),
            datetime.fromtimestamp(row.arrived, zone).astimezone(zone).strftime("%H:%M:%S"),
            shown_address(report.address),
            row.queue or "-",
            row.agent or "-",
            *(shown_seconds(each) for each in seconds),
            shown_outcome(row),
            "\n".join(map(shown_segment, report.segments)),
        ]
        # Text, not markup: an address or a name may hold brackets.
        table.add_row(*(Text(cell) for cell in cells))
    return table


def shown_address(address: str | None) -> str:
    """An address as people read it: without ``tel:``, shortened where it is very long."""
    text = (address or "-").removeprefix("tel:")
    return text if len(text) <= _LONGEST_ADDRESS else f"{text[: _LONGEST_ADDRESS - 1]}…"


def shown_seconds(seconds: float) -> str:
    """Seconds with one digit; from an hour on as ``h:mm:ss``, from a day on as ``d:hh:mm:ss``."""
    if seconds < 3600:
        return f"{seconds:.1f}"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if seconds < _DAY:
        return f"{hours}:{minutes:02}:{rest:02}"
    days, hours = divmod(hours, 24)
    return f"{days}:{hours:02}:{minutes:02}:{rest:02}"


def shown_outcome(row: ContactRow) -> str:
    """How the contact ended, or what it does now."""
    if row.disposition is None:
        return f"now: {row.stage}"
    return f"{row.disposition} (released by {row.released_by})"


def shown_segment(segment: SegmentRow) -> str:
    """One segment in a line: its length, kind and handler."""
    handler = {"flow": segment.flow, "queue": segment.queue}.get(segment.kind, segment.agent) or segment.device or ""
    length = "..." if segment.ended is None else shown_seconds(segment.ended - segment.started)
    outcome = f": {segment.outcome}" if segment.outcome else ""
    hold = f" ({shown_seconds(segment.hold_seconds)} on hold)" if segment.hold_seconds else ""
    return f"{length:>6}  {segment.kind} {handler}{outcome}{hold}".rstrip()


def contacts_text(
    queries: Queries, limit: int = 50, width: int = 140, zone: tzinfo | None = None, *, colour: bool = False
) -> str:
    """Give the table as text of at most ``width`` columns. Blocks."""
    reports = read_contacts(queries, limit)
    if not reports:
        return "No contacts yet.\n"
    target = io.StringIO()
    Console(file=target, width=width, force_terminal=colour, no_color=not colour, legacy_windows=False).print(
        _table(reports, zone)
    )
    return "".join(f"{line.rstrip()}\n" for line in target.getvalue().splitlines())


def contacts_json(queries: Queries, limit: int = 50) -> str:
    """Give a JSON list of the newest contacts with ``waited``, ``address`` and ``segments``; Unix seconds. Blocks."""
    values = [
        {
            **asdict(each.contact),
            "waited": each.contact.waited,
            "address": each.address,
            "segments": [asdict(row) for row in each.segments],
        }
        for each in read_contacts(queries, limit)
    ]
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def contacts_csv(queries: Queries, limit: int = 50) -> str:
    """Give one CSV row per segment with its contact's facts before it (RFC 4180); Unix seconds. Blocks."""
    target = io.StringIO()
    contact_fields = [field.name for field in fields(ContactRow)]
    segment_fields = [field.name for field in fields(SegmentRow) if field.name != "contact"]
    writer = csv.writer(target)
    writer.writerow([*contact_fields, "address", *(f"segment_{name}" for name in segment_fields)])
    for report in read_contacts(queries, limit):
        facts = [getattr(report.contact, name) for name in contact_fields]
        for segment in report.segments:
            values = [*facts, report.address, *(getattr(segment, name) for name in segment_fields)]
            writer.writerow([_harmless(value) for value in values])
    return target.getvalue()


def _harmless(value: object) -> object:
    """Text from outside that a spreadsheet would take for a formula gets an apostrophe before it; numbers pass."""
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} and not value[1:].isdigit():
        return f"'{value}"
    return value
