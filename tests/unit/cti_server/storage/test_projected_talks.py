"""Projections of what comes beside the plain way: transfers, hold, ring-all, callbacks, refusals, supervisors."""

import dataclasses

import pytest
import sqlalchemy
from alembic import command
from alembic.config import Config

from cti_server.storage import ActivityRow, ContactRow, SegmentRow, Store
from cti_server.storage.projections import agents, contacts, segments
from cti_server.storage.schema import MIGRATIONS
from cti_server.vocabulary import events as e
from cti_server.vocabulary.events import Event, Recorded
from cti_server.vocabulary.ids import AgentId, ContactId, DeviceNumber, QueueName, StepId
from cti_server.vocabulary.values import (
    Channel,
    Disposition,
    OfferOutcome,
    Origin,
    QueueOutcome,
    ReleasedBy,
    SupervisionRole,
    TransferKind,
)
from tests.unit.cti_server.storage import journals as j
from tests.unit.cti_server.storage.activities import activities
from tests.unit.cti_server.storage.test_projections import contact_of, whole

C = ContactId(1)
SUE = AgentId("sue")
SALES = QueueName("sales")


def given(transfer: TransferKind, number: str, to: AgentId | None = None, by: AgentId = j.ANNA) -> Event:
    return e.ContactTransferred(contact=C, agent=by, transfer=transfer, number=DeviceNumber(number), to=to)


def transferred_twice() -> list[Recorded]:
    """Anna holds and gives it to ben, he to pilot 7000; the caller gives up in the second queue."""
    return j.journal(
        (0.0, j.opened()),
        (1.0, j.queued()),
        (2.0, j.offered()),
        (4.0, j.ended(OfferOutcome.ANSWERED)),
        (4.0, j.answered()),
        (5.0, e.SupervisionStarted(contact=C, supervisor=SUE, role=SupervisionRole.LISTEN)),
        (6.0, e.ContactHeld(contact=C, agent=j.ANNA)),
        (8.0, e.ContactRetrieved(contact=C, agent=j.ANNA)),
        (9.0, e.ContactHeld(contact=C, agent=j.ANNA)),
        (10.0, given(TransferKind.AGENT, "7102", j.BEN)),
        (10.0, j.wrapping()),
        (11.0, e.SupervisionEnded(contact=C, supervisor=SUE)),
        (14.0, j.wrapped()),
        (20.0, given(TransferKind.QUEUE, "7000", by=j.BEN)),
        (20.0, j.wrapping(agent=j.BEN)),
        (23.0, j.queued(queue="care")),
        (
            26.0,
            e.ContactReleased(
                contact=C,
                disposition=Disposition.ANSWERED,
                released_by=ReleasedBy.CUSTOMER,
                left=QueueOutcome.ABANDONED,
            ),
        ),
        (30.0, j.wrapped(agent=j.BEN)),
        (30.0, j.closed()),
    )


def fold_segments(rows: list[Recorded]) -> list[SegmentRow]:
    folded: tuple[SegmentRow, ...] = ()
    for recorded in rows:
        folded = segments.fold(folded, recorded)
    assert [row.number for row in folded] == list(range(1, len(folded) + 1))
    return list(folded)


def told(rows: list[Recorded]) -> list[tuple[str, float, float | None, str | None, str | None]]:
    return [
        (row.kind, row.started, row.ended, row.agent or row.queue or row.flow or row.device, row.outcome)
        for row in fold_segments(rows)
    ]


def test_segments_follow_every_transfer() -> None:
    assert told(transferred_twice()) == [
        ("flow", 0.0, 1.0, "welcome", None),
        ("queue", 1.0, 2.0, "sales", "answered"),
        ("ring", 2.0, 4.0, j.ANNA, "answered"),
        ("talk", 4.0, 10.0, j.ANNA, "transferred to ben"),
        ("supervision", 5.0, 11.0, SUE, "listen"),
        ("talk", 10.0, 20.0, j.BEN, "transferred to 7000"),
        ("wrap-up", 10.0, 14.0, j.ANNA, None),
        ("flow", 20.0, 23.0, "7000", None),
        ("wrap-up", 20.0, 30.0, j.BEN, None),
        ("queue", 23.0, 26.0, "care", "abandoned"),
    ]
    assert [row.hold_seconds for row in fold_segments(transferred_twice()) if row.kind == "talk"] == [3.0, 0.0]


def test_an_answered_contact_stays_answered_and_its_seconds_add_up() -> None:
    row = contact_of(transferred_twice())
    assert (row.disposition, row.agent, row.answered, row.transfers) == ("answered", j.BEN, 4.0, 2)
    assert (row.flow_seconds, row.wait_seconds, row.ring_seconds, row.talk_seconds) == (4.0, 4.0, 2.0, 16.0)
    assert (row.waited, row.hold_seconds, row.wrap_seconds) == (6.0, 3.0, 14.0)
    assert row.ended == row.flow_seconds + row.waited + row.talk_seconds
    assert (row.stage, row.closed, row.wrapping, row.held_since) == ("closed", 30.0, 0, None)


def test_agents_are_let_go_and_taken_by_a_transfer() -> None:
    for agent, expected in (
        (j.ANNA, [("idle", 0.0, 2.0), ("ring", 2.0, 4.0), ("talk", 4.0, 10.0), ("wrap-up", 10.0, 14.0)]),
        (j.BEN, [("idle", 0.0, 10.0), ("talk", 10.0, 20.0), ("wrap-up", 20.0, 30.0)]),
    ):
        on = e.AgentLoggedOn(agent=agent, device=j.PHONE, origin=Origin.PHONE)
        ready = e.AgentBecameReady(agent=agent, origin=Origin.PHONE)
        rows = [Recorded(1, 0.0, None, on), Recorded(2, 0.0, None, ready)]
        rows += [dataclasses.replace(each, seq=each.seq + 2) for each in transferred_twice()]
        folded: tuple[ActivityRow, ...] = ()
        for recorded in rows:
            if type(recorded.event) in agents.KINDS and agents.keys(recorded.event) in {(), (agent,), (j.ANNA, j.BEN)}:
                folded = agents.fold(folded, recorded)
        found = [(row.activity, row.started, row.ended) for row in folded]
        assert found == [*expected, ("idle", expected[-1][2], None)]


def test_where_all_ring_the_queue_comes_back_after_the_last() -> None:
    def ring(offer: int, agent: AgentId) -> Event:
        made = j.offered(offer=offer, agent=agent)
        assert isinstance(made, e.OfferMade)
        return dataclasses.replace(made, shared=True)

    rows = j.journal(
        (0.0, j.opened()),
        (1.0, j.queued()),
        (2.0, ring(1, j.ANNA)),
        (2.0, ring(2, j.BEN)),
        (5.0, j.ended(OfferOutcome.REJECTED, offer=1)),
        (7.0, j.ended(OfferOutcome.NO_ANSWER, offer=2, agent=j.BEN)),
        (9.0, j.released(Disposition.ABANDONED, ReleasedBy.CUSTOMER)),
    )
    assert told(rows)[2:] == [
        ("ring", 2.0, 5.0, j.ANNA, "rejected"),
        ("ring", 2.0, 7.0, j.BEN, "no-answer"),
        ("queue", 7.0, 9.0, "sales", "abandoned"),
    ]
    row = contact_of(rows)
    assert (row.ring_seconds, row.wait_seconds, row.offers) == (5.0, 3.0, 2)


def test_refusals_time_outs_and_forwards_have_segments() -> None:
    refused = e.QueueRefused(contact=C, queue=SALES, outcome=QueueOutcome.SATURATED, reason="full")
    out = e.ForwardRequested(
        contact=C, number=DeviceNumber("5551"), transfer=TransferKind.OUTSIDE, deadline=99.0, step=StepId("t")
    )
    rows = j.journal(
        (0.0, j.opened()),
        (1.0, refused),
        (2.0, j.queued(queue="care")),
        (4.0, e.QueueLeft(contact=C, queue=QueueName("care"), outcome=QueueOutcome.TIMED_OUT)),
        (5.0, out),
        (8.0, e.ForwardFailed(contact=C, reason="busy")),
        (9.0, j.released(Disposition.TIMED_OUT, ReleasedBy.CUSTOMER)),
    )
    assert told(rows) == [
        ("flow", 0.0, 2.0, "welcome", None),
        ("queue", 1.0, 1.0, "sales", "saturated"),
        ("queue", 2.0, 4.0, "care", "timed-out"),
        ("flow", 4.0, 5.0, "welcome", None),
        ("forward", 5.0, 8.0, "care", "failed"),
        ("flow", 8.0, 9.0, "welcome", None),
    ]
    assert contact_of(rows).flow_seconds + contact_of(rows).wait_seconds == 9.0


def test_a_callback_waits_for_its_time_before_it_queues() -> None:
    first = j.opened()
    assert isinstance(first, e.ContactOpened)
    rows = j.journal(
        (0.0, dataclasses.replace(first, channel=Channel.CALLBACK, call=None)),
        (0.0, e.CallbackScheduled(contact=C, queue=SALES, due=60.0, entered=0.0)),
        (60.0, j.queued()),
        (61.0, j.offered()),
        (66.0, j.ended(OfferOutcome.ANSWERED)),
        (66.0, j.answered()),
        (70.0, j.released(Disposition.ANSWERED, ReleasedBy.CUSTOMER)),
    )
    assert told(rows)[:2] == [("scheduled", 0.0, 60.0, "sales", None), ("queue", 60.0, 61.0, "sales", "answered")]
    row = contact_of(rows)
    assert (row.scheduled_seconds, row.flow_seconds, row.waited, row.talk_seconds) == (60.0, 0.0, 6.0, 4.0)


def test_a_pickup_where_nobody_works_is_a_talk_at_that_phone() -> None:
    rows = j.journal(
        (0.0, j.opened()),
        (1.0, j.queued()),
        (3.0, e.ContactPickedUp(contact=C, device=DeviceNumber("7199"), agent=None)),
        (8.0, j.released(Disposition.ANSWERED, ReleasedBy.CUSTOMER)),
    )
    assert fold_segments(rows)[-1].device == "7199"
    assert (contact_of(rows).answered, contact_of(rows).talk_seconds) == (3.0, 5.0)


def test_the_agent_line_is_in_no_report() -> None:
    first = j.opened()
    assert isinstance(first, e.ContactOpened)
    rows = j.journal(
        (0.0, dataclasses.replace(first, internal=True)),
        (4.0, j.released(Disposition.ABANDONED_IN_FLOW, ReleasedBy.CUSTOMER)),
        (4.0, j.closed()),
    )
    assert fold_segments(rows) == []
    kept: tuple[ContactRow, ...] = ()
    for recorded in rows:
        kept = contacts.fold(kept, recorded)
    assert kept == ()


def test_an_agent_with_two_contacts_goes_on_with_the_other() -> None:
    rows = j.journal(
        (0.0, e.AgentLoggedOn(agent=j.ANNA, device=j.PHONE, origin=Origin.PHONE)),
        (1.0, j.offered(contact=1, offer=1)),
        (2.0, j.answered(contact=1)),
        (5.0, j.offered(contact=2, offer=2)),
        (7.0, j.ended(OfferOutcome.REJECTED, contact=2, offer=2)),
        (9.0, j.released(Disposition.ANSWERED, ReleasedBy.AGENT, contact=1)),
    )
    folded: tuple[ActivityRow, ...] = ()
    for recorded in rows:
        folded = agents.fold(folded, recorded)
    assert [(row.activity, row.contact, row.started) for row in folded] == [
        ("away", None, 0.0),
        ("ring", 1, 1.0),
        ("talk", 1, 2.0),
        ("ring", 2, 5.0),
        ("talk", 1, 7.0),
        ("away", None, 9.0),
    ]


@pytest.mark.parametrize("cut", [3, 10, 14])
def test_a_rebuild_of_transfers_equals_what_was_folded_live(store: Store, cut: int) -> None:
    rows = [
        Recorded(1, 0.0, None, e.AgentLoggedOn(agent=j.ANNA, device=j.PHONE, origin=Origin.PHONE)),
        Recorded(2, 0.0, None, e.AgentLoggedOn(agent=j.BEN, device=DeviceNumber("7102"), origin=Origin.PHONE)),
    ]
    rows += [dataclasses.replace(each, seq=each.seq + 2) for each in transferred_twice()]
    for part in (rows[:cut], rows[cut:]):
        store.journal.append(part)
        store.projections.advance()
    live = (*whole(store), activities(store, j.BEN))
    assert live[0] == [contact_of(transferred_twice())]
    assert live[1] == [fold_segments(transferred_twice())]
    assert [row.activity for row in live[3]] == ["away", "talk", "wrap-up", "away"]
    store.projections.rebuild()
    assert (*whole(store), activities(store, j.BEN)) == live


def test_a_database_of_the_first_schema_is_brought_up_to_date(database_url: str) -> None:
    with Store.open(database_url) as store:
        store.journal.append(transferred_twice())
        store.projections.advance()
        expected = whole(store)
        engine = sqlalchemy.create_engine(store._engine.url)
        with engine.begin() as connection:
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS))
            config.set_main_option("path_separator", "os")
            config.attributes["connection"] = connection
            command.downgrade(config, "0001")
            connection.execute(sqlalchemy.text("UPDATE checkpoints SET version = 1"))
        engine.dispose()
    with Store.open(database_url) as store:
        store.projections.advance()
        assert whole(store) == expected
