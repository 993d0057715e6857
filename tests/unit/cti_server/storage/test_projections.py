"""Projections against journals written by hand: exact seconds, on both databases, rebuilt and in any batches."""

import dataclasses
import itertools
from collections.abc import Sequence

import pytest
import sqlalchemy
from hypothesis import given
from hypothesis import strategies as st

from cti_server.storage import ActivityRow, ContactRow, SegmentRow, Store
from cti_server.storage.projections import agents, contacts, runner, segments
from cti_server.vocabulary.events import AgentBecameNotReady, AgentBecameReady, AgentLoggedOff, AgentLoggedOn, Recorded
from cti_server.vocabulary.ids import ContactId, OfferId
from cti_server.vocabulary.values import Disposition, OfferOutcome, Origin, ReleasedBy
from tests.unit.cti_server.storage import journals as j
from tests.unit.cti_server.storage.activities import activities
from tests.unit.cti_server.storage.altering import altered

CONTACT = ContactId(1)


def contact_of(rows: Sequence[Recorded]) -> ContactRow:
    folded: tuple[ContactRow, ...] = ()
    for recorded in rows:
        folded = contacts.fold(folded, recorded)
    return folded[0]


def segments_of(rows: Sequence[Recorded]) -> list[tuple[str, float, float | None, str | None, str | None]]:
    folded: tuple[SegmentRow, ...] = ()
    for recorded in rows:
        folded = segments.fold(folded, recorded)
    assert [row.number for row in folded] == list(range(1, len(folded) + 1))
    return [(row.kind, row.started, row.ended, row.agent, row.outcome) for row in folded]


def activities_of(rows: Sequence[Recorded]) -> list[tuple[str, float, float | None]]:
    folded: tuple[ActivityRow, ...] = ()
    for recorded in rows:
        folded = agents.fold(folded, recorded)
    return [(row.activity, row.started, row.ended) for row in folded]


def test_an_answered_contact_has_exact_seconds() -> None:
    assert contact_of(j.offered_twice_and_answered()) == ContactRow(
        contact=CONTACT,
        channel="voice",
        pilot="7000",
        party=1,
        flow="welcome",
        arrived=100.0,
        stage="closed",
        since=208.0,
        queued=112.5,
        answered=139.0,
        ended=200.0,
        closed=208.0,
        queue="sales",
        agent=j.ANNA,
        disposition="answered",
        released_by="agent",
        cause_text="normalClearing",
        offers=2,
        flow_seconds=12.5,
        wait_seconds=7.5 + 3.0,
        ring_seconds=12.0 + 4.0,
        talk_seconds=61.0,
        wrap_seconds=8.0,
    )


def test_a_contact_that_was_offered_and_returned_has_its_segments() -> None:
    assert segments_of(j.offered_twice_and_answered()) == [
        ("flow", 100.0, 112.5, None, None),
        ("queue", 112.5, 120.0, None, None),
        ("ring", 120.0, 132.0, j.BEN, "no-answer"),
        ("queue", 132.0, 135.0, None, "answered"),
        ("ring", 135.0, 139.0, j.ANNA, "answered"),
        ("talk", 139.0, 200.0, j.ANNA, None),
        ("wrap-up", 200.0, 208.0, j.ANNA, None),
    ]


def test_an_offer_may_end_after_the_answer() -> None:
    rows = j.journal(
        (0.0, j.opened()),
        (1.0, j.queued()),
        (2.0, j.offered()),
        (5.0, j.answered()),
        (5.0, j.ended(OfferOutcome.ANSWERED)),
        (9.0, j.released(Disposition.ANSWERED, ReleasedBy.CUSTOMER)),
        (9.0, j.closed()),
    )
    assert segments_of(rows)[2:] == [("ring", 2.0, 5.0, j.ANNA, "answered"), ("talk", 5.0, 9.0, j.ANNA, None)]
    assert contact_of(rows).ring_seconds == 3.0


def test_a_late_answer_leaves_the_queue() -> None:
    rows = j.journal(
        (0.0, j.opened()),
        (1.0, j.queued()),
        (2.0, j.offered()),
        (5.0, j.ended(OfferOutcome.NO_ANSWER)),
        (5.5, j.answered()),
        (9.0, j.released(Disposition.ANSWERED, ReleasedBy.CUSTOMER)),
    )
    assert segments_of(rows)[3:] == [("queue", 5.0, 5.5, None, "answered"), ("talk", 5.5, 9.0, j.ANNA, None)]
    assert contact_of(rows).wait_seconds == 1.5


@pytest.mark.parametrize(
    ("before", "kinds", "disposition"),
    [
        ([(1.0, j.queued())], ["flow", "queue"], Disposition.ABANDONED),
        ([], ["flow"], Disposition.ABANDONED_IN_FLOW),
        (
            [(1.0, j.queued()), (2.0, j.offered()), (4.0, j.ended(OfferOutcome.CALLER_GONE))],
            ["flow", "queue", "ring"],
            Disposition.ABANDONED,
        ),
    ],
)
def test_a_caller_who_hangs_up_leaves_no_open_segment(
    before: list[tuple[float, j.Event]], kinds: list[str], disposition: Disposition
) -> None:
    rows = j.journal((0.0, j.opened()), *before, (4.0, j.released(disposition, ReleasedBy.CUSTOMER)), (4.0, j.closed()))
    found = segments_of(rows)
    assert [kind for kind, *_ in found] == kinds
    assert found[-1][2] == 4.0
    row = contact_of(rows)
    assert (row.disposition, row.agent, row.answered, row.ended) == (str(disposition), None, None, 4.0)
    assert row.flow_seconds + row.wait_seconds + row.ring_seconds == 4.0


def test_events_of_a_contact_that_never_opened_leave_nothing() -> None:
    assert segments_of(j.journal((0.0, j.queued()), (1.0, j.closed()))) == []
    assert contacts.fold((), j.journal((0.0, j.queued()))[0]) == ()


def test_an_agents_day_is_without_gaps() -> None:
    assert activities_of(j.an_agents_day()) == [
        ("away", 0.0, 10.0),
        ("idle", 10.0, 20.0),
        ("ring", 20.0, 25.0),
        ("talk", 25.0, 60.0),
        ("wrap-up", 60.0, 64.0),
        ("wrap-up", 64.0, 68.0),
        ("busy", 68.0, 80.0),
        ("idle", 80.0, 100.0),
    ]


def test_an_agent_who_does_not_answer_is_away() -> None:
    on = AgentLoggedOn(agent=j.ANNA, device=j.PHONE, origin=Origin.PHONE)
    rows = j.journal(
        (0.0, on),
        (1.0, AgentBecameReady(agent=j.ANNA, origin=Origin.PHONE)),
        (2.0, j.offered()),
        (9.0, j.ended(OfferOutcome.NO_ANSWER)),
        (9.0, AgentBecameNotReady(agent=j.ANNA, origin=Origin.SYSTEM, reason="no-answer")),
    )
    assert activities_of(rows) == [("away", 0.0, 1.0), ("idle", 1.0, 2.0), ("ring", 2.0, 9.0), ("away", 9.0, None)]


EVENTS_OF_A_DAY = st.sampled_from(
    [
        AgentLoggedOn(agent=j.ANNA, device=j.PHONE, origin=Origin.PHONE),
        AgentLoggedOff(agent=j.ANNA, origin=Origin.PHONE),
        AgentBecameNotReady(agent=j.ANNA, origin=Origin.PHONE),
        *(recorded.event for recorded in j.an_agents_day()),
    ]
)


@given(st.lists(st.tuples(st.integers(0, 5), EVENTS_OF_A_DAY), max_size=40))
def test_an_agents_stretches_never_overlap_nor_gape(steps: list[tuple[int, j.Event]]) -> None:
    now, rows = 0.0, []
    for wait, event in steps:
        now += wait
        rows.append((now, event))
    folded: tuple[ActivityRow, ...] = ()
    for recorded in j.journal(*rows):
        if getattr(recorded.event, "agent", j.ANNA) == j.ANNA:
            folded = agents.fold(folded, recorded)
    assert len({row.seq for row in folded}) == len(folded)
    logged_off = {at for at, event in rows if isinstance(event, AgentLoggedOff)}
    for first, second in itertools.pairwise(folded):
        assert first.ended is not None
        assert first.ended == second.started or first.ended in logged_off
        assert first.ended <= second.started


def whole(store: Store) -> tuple[list[ContactRow], list[list[SegmentRow]], list[ActivityRow]]:
    found = store.queries.contacts(100)
    return found, [store.queries.segments(row.contact) for row in found], activities(store, j.ANNA)


def renumbered(rows: Sequence[Recorded], start: int, contact: int) -> list[Recorded]:
    changed = []
    for seq, recorded in enumerate(rows, start):
        event = recorded.event
        names = {field.name for field in dataclasses.fields(event)}
        if "contact" in names:
            event = dataclasses.replace(event, contact=ContactId(contact))  # type: ignore[call-arg] # it has the field
        if "offer" in names:
            event = dataclasses.replace(event, offer=OfferId(contact * 100 + event.offer))  # type: ignore[call-arg, attr-defined] # it has the field
        changed.append(Recorded(seq, recorded.at, None, event))
    return changed


def several_contacts() -> list[Recorded]:
    rows = j.an_agents_day()
    for contact in range(2, 6):
        rows += renumbered(j.offered_twice_and_answered(), len(rows) + 1, contact)
    return rows


@pytest.mark.parametrize("batch", [1, 2, 7, 1000])
def test_any_batches_and_a_rebuild_give_the_same_tables(
    store: Store, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = several_contacts()
    store.journal.append(rows[:20])
    assert store.projections.advance() == 20
    assert store.projections.lag() == 0
    store.journal.append(rows[20:])
    assert store.projections.lag() == len(rows) - 20
    monkeypatch.setattr(runner, "BATCH", batch)
    assert store.projections.advance() == len(rows) - 20
    first = whole(store)
    assert len(first[0]) == 5
    assert store.projections.advance() == 0
    assert store.projections.rebuild() == len(rows)
    assert whole(store) == first
    assert first[0][1:] == [contact_of(renumbered(j.offered_twice_and_answered(), 1, n)) for n in range(2, 6)]


def test_a_projection_of_another_version_is_rebuilt(store: Store) -> None:
    store.journal.append(several_contacts())
    store.projections.advance()
    first = whole(store)
    with altered(store) as connection:
        connection.execute(sqlalchemy.text("UPDATE checkpoints SET version = 0 WHERE projection = 'segments'"))
        connection.execute(sqlalchemy.text("UPDATE segments SET kind = 'wrong'"))
    store.projections.advance()
    assert whole(store) == first


def test_queries_of_nothing(store: Store) -> None:
    assert store.queries.contacts(10) == []
    assert store.queries.contact(CONTACT) is None
    assert store.queries.segments(CONTACT) == []


def test_the_newest_contacts_are_given_the_oldest_first(store: Store) -> None:
    store.journal.append(several_contacts())
    store.projections.advance()
    assert [row.contact for row in store.queries.contacts(2)] == [4, 5]
    assert store.queries.contact(ContactId(4)) == store.queries.contacts(2)[0]
