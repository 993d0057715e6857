"""The views for integrators: the contract is kept, they say what the tables say, and they show nobody's address."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from cti_server.storage import Store
from cti_server.storage.contracted.changes import CHANGES
from cti_server.storage.contracted.page import columns_page, contract
from cti_server.storage.contracted.shape import SCHEMA
from cti_server.storage.contracted.sql import _TYPES, _create, all_views, create_views, drop_views
from cti_server.storage.contracted.views import CONTACTS, VIEWS
from cti_server.vocabulary import events
from cti_server.vocabulary.ids import AgentId, ContactId, DeviceNumber, PartyId
from cti_server.vocabulary.values import Disposition, Origin, ReleasedBy
from tests.unit.cti_server.storage import journals as j
from tests.unit.cti_server.storage.activities import activities

RECORDED = Path(__file__).parent / "contract_v1.json"


def rows(store: Store, query: str) -> list[dict[str, Any]]:
    with store._engine.connect() as connection:
        if store._engine.dialect.name == "postgresql":
            connection.execute(text(f"SET search_path TO {SCHEMA}"))
        return [dict(row) for row in connection.execute(text(query)).mappings()]


def filled(store: Store) -> None:
    store.become_writer()
    store.journal.append(j.offered_twice_and_answered(), [(PartyId(1), "tel:+4915112345678")])
    store.projections.advance()


def test_what_was_promised_is_kept_and_columns_are_only_added() -> None:
    recorded = json.loads(RECORDED.read_text())
    now = contract()
    assert recorded.keys() <= now.keys(), "a view or a kind of change is gone"
    for name, columns in recorded.items():
        kept = dict(list(now[name].items())[: len(columns)])
        assert list(kept.items()) == list(columns.items()), f"{name}: columns keep name, kind and place"
    assert now == recorded, "something was added: record it by writing contract() to contract_v1.json"


def test_the_database_shows_these_columns_of_these_types(store: Store) -> None:
    for view in all_views(store._engine.dialect.name):
        wanted = [column.name for column in view.columns]
        with store._engine.connect() as connection:
            if store._engine.dialect.name == "postgresql":
                query = text(
                    "SELECT column_name, data_type FROM information_schema.columns "
                    "WHERE table_schema = :schema AND table_name = :name ORDER BY ordinal_position"
                )
                found = connection.execute(query, {"schema": SCHEMA, "name": view.name}).all()
                assert [tuple(row) for row in found] == [(one.name, _TYPES[one.kind]) for one in view.columns]
            else:
                found = connection.execute(text(f"PRAGMA table_info({view.name})")).all()
                assert [row.name for row in found] == wanted


def test_the_views_say_what_the_tables_say(store: Store) -> None:
    filled(store)
    contact = store.queries.contacts(1)[0]
    (row,) = rows(store, "SELECT * FROM v1_contacts")
    assert {name: getattr(contact, name) for name in row} == row
    segments = rows(store, "SELECT * FROM v1_segments ORDER BY number")
    assert [(one["kind"], one["agent"], one["outcome"]) for one in segments] == [
        (one.kind, one.agent, one.outcome) for one in store.queries.segments(contact.contact)
    ]


def test_an_agent_is_shown_as_they_are_now(store: Store) -> None:
    store.become_writer()
    day = j.an_agents_day()
    store.journal.append(day[:-1])
    store.projections.advance()
    shown = {"agent": "anna", "activity": "idle", "since": 80.0, "reason": "", "contact": None}
    assert rows(store, "SELECT * FROM v1_agents") == [shown]
    store.journal.append(day[-1:])
    store.projections.advance()
    gone = {"agent": "anna", "activity": "logged-off", "since": 100.0, "reason": "", "contact": None}
    assert rows(store, "SELECT * FROM v1_agents") == [gone]
    activity = rows(store, "SELECT * FROM v1_agent_activity WHERE agent = 'anna' ORDER BY seq")
    assert [one["activity"] for one in activity] == [one.activity for one in activities(store, j.ANNA)]


def test_a_role_that_is_given_the_views_sees_nothing_else(store: Store) -> None:
    if store._engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no roles")
    filled(store)
    with store._engine.begin() as connection:
        for line in (
            "CREATE ROLE reader NOLOGIN",
            f"GRANT USAGE ON SCHEMA {SCHEMA} TO reader",
            f"GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO reader",
            f"REVOKE SELECT ON {SCHEMA}.v1_parties FROM reader",
        ):
            connection.execute(text(line))
    try:
        with store._engine.connect() as connection:
            connection.execute(text("SET ROLE reader"))
            assert connection.scalar(text(f"SELECT COUNT(*) FROM {SCHEMA}.v1_changes")) == len(
                j.offered_twice_and_answered()
            )
            for table in (f"{SCHEMA}.v1_parties", "journal", "contacts", "parties"):
                with pytest.raises(ProgrammingError, match="permission denied"), connection.begin_nested():
                    connection.execute(text(f"SELECT * FROM {table}"))
            with pytest.raises(ProgrammingError, match="permission denied"), connection.begin_nested():
                connection.execute(text(f"DELETE FROM {SCHEMA}.v1_contacts"))
    finally:
        with store._engine.begin() as connection:
            connection.execute(text("DROP OWNED BY reader"))
            connection.execute(text("DROP ROLE reader"))


def test_a_quarter_of_an_hour_of_a_queue_adds_up(store: Store) -> None:
    filled(store)
    (row,) = rows(store, "SELECT * FROM v1_queue_intervals")
    contact = store.queries.contacts(1)[0]
    assert (row["queue"], row["queued"], row["answered"], row["abandoned"]) == ("sales", 1, 1, 0)
    assert row["started"] == contact.queued // 900 * 900
    assert row["wait_seconds"] == pytest.approx(contact.waited)
    assert row["longest_wait"] == pytest.approx(contact.waited)


def test_an_address_is_in_the_view_of_parties_alone(store: Store) -> None:
    filled(store)
    personal = [view.name for view in VIEWS if view.personal]
    assert personal == ["v1_parties"]
    for view in all_views(store._engine.dialect.name):
        shown = str(rows(store, f"SELECT * FROM {view.name}"))
        assert ("15112345678" in shown) is view.personal, view.name
    store.become_writer()
    store.erase("tel:+4915112345678")
    assert rows(store, "SELECT * FROM v1_parties") == [{"party": 1, "address": None}]


def test_a_former_releases_views_get_the_new_columns_and_keep_their_readers(store: Store, database_url: str) -> None:
    filled(store)
    postgresql = store._engine.dialect.name == "postgresql"
    former = replace(CONTACTS, columns=CONTACTS.columns[:-1])
    with store._engine.begin() as connection:
        drop_views(connection)
        for index in ("contacts_interval", "contacts_closed", "segments_started"):
            connection.execute(text(f"DROP INDEX {index}"))
        connection.execute(text("ALTER TABLE contacts DROP COLUMN short"))
        connection.execute(text("DROP TABLE retention"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0005'"))
        connection.exec_driver_sql(_create(former, connection))
        if postgresql:
            connection.execute(text("CREATE ROLE former NOLOGIN"))
            connection.execute(text(f"GRANT USAGE ON SCHEMA {SCHEMA} TO former"))
            connection.execute(text(f"GRANT SELECT ON {SCHEMA}.v1_contacts TO former"))
    store.close()
    with Store.open(database_url) as newer:
        (row,) = rows(newer, "SELECT * FROM v1_contacts")
        assert list(row)[-1] == "short"
        assert not row["short"]
        if postgresql:
            with newer._engine.begin() as connection:
                connection.execute(text("SET LOCAL ROLE former"))
                assert connection.scalar(text(f"SELECT COUNT(*) FROM {SCHEMA}.v1_contacts")) == 1
            with newer._engine.begin() as connection:
                connection.execute(text("DROP OWNED BY former"))
                connection.execute(text("DROP ROLE former"))


def test_short_calls_are_told_apart_from_the_others_who_gave_up(store: Store) -> None:
    store.become_writer()
    happened: list[tuple[float, events.Event]] = []
    ends = [("abandoned", True), ("abandoned", False), ("answered", True)]
    for contact, (disposition, short) in enumerate(ends, 1):
        gone = events.ContactReleased(
            contact=ContactId(contact),
            disposition=Disposition(disposition),
            released_by=ReleasedBy.CUSTOMER,
            short=short,
        )
        happened += [(1.0, j.opened(contact)), (2.0, j.queued(contact)), (4.0, gone), (4.0, j.closed(contact))]
    store.journal.append(j.journal(*happened))
    store.projections.advance()
    assert [bool(row["short"]) for row in rows(store, "SELECT short FROM v1_contacts ORDER BY contact")] == [
        True,
        False,
        True,
    ]
    (interval,) = rows(store, "SELECT * FROM v1_queue_intervals")
    assert (interval["queued"], interval["abandoned"], interval["short"]) == (3, 2, 1)
    told = rows(store, "SELECT body FROM v1_changes WHERE kind = 'contact.released' ORDER BY seq")
    bodies = [one["body"] if isinstance(one["body"], dict) else json.loads(one["body"]) for one in told]
    assert [body["short"] for body in bodies] == [True, False, True]


def plan(store: Store, query: str) -> str:
    """How the database goes about a question, where there were many rows: few are not worth an index to PostgreSQL."""
    with store._engine.connect() as connection:
        if store._engine.dialect.name == "postgresql":
            connection.execute(text(f"SET search_path TO {SCHEMA}"))
            for way in ("enable_seqscan", "enable_bitmapscan"):
                connection.execute(text(f"SET {way} = off"))
            return "\n".join(connection.scalars(text(f"EXPLAIN {query}")))
        return "\n".join(row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {query}")))


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("SELECT SUM(queued) FROM v1_queue_intervals WHERE started >= 900 AND started < 1800", "contacts_interval"),
        ("SELECT * FROM v1_contacts WHERE closed IS NULL", "contacts_closed"),
        ("SELECT * FROM v1_contacts WHERE closed >= 10 AND closed < 20", "contacts_closed"),
        ("SELECT * FROM v1_contacts WHERE arrived >= 10 AND arrived < 20", "contacts_arrived"),
        ("SELECT * FROM v1_segments WHERE started >= 10 AND started < 20", "segments_started"),
        ("SELECT * FROM v1_changes WHERE contact = 1 ORDER BY seq", "journal_contact"),
    ],
)
def test_what_the_document_calls_cheap_goes_by_an_index(store: Store, query: str, index: str) -> None:
    filled(store)
    found = plan(store, query)
    searched = "Index Cond" if store._engine.dialect.name == "postgresql" else "SEARCH"
    assert f"{index} " in found, found
    assert searched in found, found


def test_agents_are_found_without_reading_all_that_they_ever_did(store: Store) -> None:
    store.become_writer()
    many = [AgentId(f"agent{number % 7}") for number in range(21)]
    on = [events.AgentLoggedOn(agent=one, device=DeviceNumber("71"), origin=Origin.CONSOLE) for one in many]
    store.journal.append(j.journal(*enumerate(on)))
    store.projections.advance()
    shown = rows(store, "SELECT agent, since FROM v1_agents ORDER BY agent")
    assert [(one["agent"], one["since"]) for one in shown] == [(f"agent{n}", 14.0 + n) for n in range(7)]
    if store._engine.dialect.name == "sqlite":
        whole = [line for line in plan(store, "SELECT * FROM v1_agents").splitlines() if line.startswith("SCAN")]
        assert all(line.split()[1] in {"known", "named", "CONSTANT", "(subquery"} for line in whole), whole


def test_the_views_can_be_taken_away_and_made_anew_around_a_migration(store: Store) -> None:
    filled(store)
    with store._engine.begin() as connection:
        drop_views(connection)
        create_views(connection)
    assert len(rows(store, "SELECT * FROM v1_contacts")) == 1


def test_every_change_names_an_event_and_fields_that_it_has() -> None:
    for change in CHANGES:
        event = getattr(events, change.event)
        for field in change.fields:
            assert field.path[0] in event.__dataclass_fields__, f"{change.name}.{field.name}"


def test_the_page_for_integrators_lists_every_column_and_field() -> None:
    page = (Path(__file__).parents[5] / "docs" / "integrators.md").read_text(encoding="utf-8")
    assert page.endswith(columns_page()), "run python docs/make_integrators.py"
