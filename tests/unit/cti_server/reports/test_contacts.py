"""The report of contacts in its three forms, from a journal written by hand."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC

import pytest

from cti_server.reports import contacts_csv, contacts_json, contacts_text, read_contact, read_contacts
from cti_server.reports.contacts import shown_address, shown_seconds
from cti_server.storage import Store
from cti_server.vocabulary.events import Recorded
from cti_server.vocabulary.ids import ContactId, PartyId
from cti_server.vocabulary.values import Disposition, ReleasedBy
from tests.unit.cti_server.storage import journals as j


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.open("sqlite://") as opened:
        rows = j.offered_twice_and_answered()
        rows += [
            Recorded(len(rows) + place, at, None, event)
            for place, (at, event) in enumerate(
                [
                    (300.0, j.opened(2)),
                    (301.0, j.queued(2, "[red]service")),
                    (341.0, j.released(Disposition.ABANDONED, ReleasedBy.CUSTOMER, 2)),
                    (341.0, j.closed(2)),
                    (400.0, j.opened(3)),
                ],
                1,
            )
        ]
        opened.journal.append(rows, [(PartyId(1), "tel:+4989123"), (PartyId(2), "=cmd|'/c calc'!A0")])
        opened.projections.advance()
        yield opened


def test_the_text_shows_times_outcomes_and_segments(store: Store) -> None:
    text = contacts_text(store.queries, zone=UTC)
    assert "\x1b" not in text
    words = [line.split() for line in text.splitlines()]
    first = next(line for line in words if line[:1] == ["1"])
    assert first[:11] == [
        "1",
        "00:01:40",
        "+4989123",
        "sales",
        "anna",
        "12.5",
        "26.5",
        "16.0",
        "61.0",
        "8.0",
        "answered",
    ]
    for expected in (
        "12.5 flow welcome",
        "12.0 ring ben: no-answer",
        "3.0 queue sales",
        "61.0 talk anna",
        "abandoned",
        "[red]service",
        "now: flow",
        "... flow welcome",
    ):
        assert expected in " ".join(text.split()), expected


def test_no_contacts_is_said() -> None:
    with Store.open("sqlite://") as empty:
        assert contacts_text(empty.queries) == "No contacts yet.\n"


def test_json_has_everything(store: Store) -> None:
    found = json.loads(contacts_json(store.queries))
    assert [(each["contact"], each["disposition"], each["address"]) for each in found] == [
        (1, "answered", "tel:+4989123"),
        (2, "abandoned", "=cmd|'/c calc'!A0"),
        (3, None, None),
    ]
    assert [each["kind"] for each in found[0]["segments"]] == [
        "flow",
        "queue",
        "ring",
        "queue",
        "ring",
        "talk",
        "wrap-up",
    ]
    assert found[1]["wait_seconds"] == 40.0


def test_csv_has_one_row_per_segment_and_no_formulas(store: Store) -> None:
    rows = list(csv.DictReader(io.StringIO(contacts_csv(store.queries))))
    assert len(rows) == 7 + 2 + 1
    assert rows[0]["address"] == "tel:+4989123"
    assert rows[7]["address"] == "'=cmd|'/c calc'!A0"
    assert (rows[2]["segment_kind"], rows[2]["segment_agent"], rows[2]["segment_outcome"]) == (
        "ring",
        "ben",
        "no-answer",
    )


def test_one_contact_is_found_or_not(store: Store) -> None:
    found = read_contact(store.queries, ContactId(2))
    assert found is not None
    assert found.contact.disposition == "abandoned"
    assert read_contact(store.queries, ContactId(99)) is None
    assert [each.contact.contact for each in read_contacts(store.queries, limit=1)] == [3]


def test_an_erased_customer_is_shown_as_unknown(store: Store) -> None:
    store.erase("tel:+4989123")
    assert read_contacts(store.queries)[0].address is None


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.0, "0.0"), (59.96, "60.0"), (3599.0, "3599.0"), (3600.0, "1:00:00"), (90061.0, "1:01:01:01")],
)
def test_seconds(seconds: float, shown: str) -> None:
    assert shown_seconds(seconds) == shown


def test_addresses() -> None:
    assert shown_address(None) == "-"
    assert shown_address("tel:+49") == "+49"
    assert len(shown_address("x" * 100)) == 24
