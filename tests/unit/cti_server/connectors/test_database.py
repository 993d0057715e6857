"""Look-ups in real databases: SQLite, and PostgreSQL from Debian's package."""

import asyncio
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from cti_server.connectors.database.connector import DatabaseConnector
from cti_server.vocabulary.ids import SecretId
from cti_server.vocabulary.outside import DatabaseLookUp, RequestOutcome, RequestResult
from cti_server.vocabulary.values import Value
from tests.fakes.postgres import PostgresServer
from tests.unit.cti_server.connectors.asking import Now, question, site

ROWS = [("+4989123", "Müller", True, 12.5, "4711"), ("+4989124", "O'Brien", False, 0.0, "1")]
QUERIES = [
    {"name": "customer", "sql": "select name, vip, balance from customers where phone = :phone"},
    {"name": "by-pin", "sql": "select name from customers where pin = :pin"},
    {"name": "all", "sql": "select name from customers order by name"},
    {"name": "nonsense", "sql": "select nothing from nowhere"},
]
SLOW = {
    "sqlite": "with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n",
    "postgresql": "select count(*) from generate_series(1, 2000000000)",
}
BIG = {
    "sqlite": "with recursive n(x) as (select 1 union all select x + 1 from n) select x from n",
    "postgresql": "select x from generate_series(1, 2000000000) as x",
}
WRITING = {
    "sqlite": "with gone as (select 1) insert into customers select 'x', 'x', 1, 1, '1' from gone",
    "postgresql": "with gone as (delete from customers returning name) select name from gone",
}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.integration)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    server: PostgresServer | None = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
    found = f"sqlite:///{tmp_path / 'customers.db'}" if server is None else server.new_database()
    engine = create_engine(found.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        columns = "phone varchar(20), name varchar(50), vip boolean, balance double precision, pin varchar(9)"
        connection.execute(text(f"create table customers ({columns})"))
        for row in ROWS:
            values = dict(zip("abcde", row, strict=True))
            connection.execute(text("insert into customers values (:a, :b, :c, :d, :e)"), values)
    engine.dispose()
    return found


def connector(tmp_path: Path, url: str, now: Now | None = None, **more: Any) -> DatabaseConnector:
    kind = url.partition(":")[0]
    (tmp_path / "url").write_text(url + "\n")
    extra = [{"name": "slow", "sql": SLOW[kind], "timeout": 0.3}, {"name": "big", "sql": BIG[kind], "timeout": 0.5}]
    writing = {"name": "writing", "sql": WRITING[kind]}
    settings = {"name": "crm", "url": {"file": "url"}, "queries": [*QUERIES, *extra, writing], **more}
    return DatabaseConnector(site(tmp_path, now, databases=[settings]))


def look_up(one: DatabaseConnector, query: str, **parameters: Value) -> RequestOutcome:
    async def ask() -> RequestOutcome:
        try:
            return await one.ask(question(DatabaseLookUp(query=query, parameters=parameters)))
        finally:
            await one.stop()

    return asyncio.run(ask())


def test_the_first_row_comes_back_as_values(tmp_path: Path, url: str) -> None:
    outcome = look_up(connector(tmp_path, url), "customer", phone="+4989123", unused=1)
    assert outcome.result is RequestResult.DONE
    assert outcome.values == {"name": "Müller", "vip": True, "balance": 12.5}


def test_what_a_caller_keys_in_is_never_sql(tmp_path: Path, url: str) -> None:
    outcome = look_up(connector(tmp_path, url), "customer", phone="' or '1'='1")
    assert outcome == RequestOutcome(result=RequestResult.NOTHING_FOUND)


def test_a_look_up_cannot_write(tmp_path: Path, url: str) -> None:
    outcome = look_up(connector(tmp_path, url), "writing")
    assert outcome.result is RequestResult.FAILED
    assert look_up(connector(tmp_path, url), "all").values == {"name": "Müller"}


def test_secret_digits_reach_the_database_and_no_text(tmp_path: Path, url: str) -> None:
    one = connector(tmp_path, url)

    async def ask() -> list[RequestOutcome]:
        wishes = [DatabaseLookUp(query="by-pin", secrets={"pin": SecretId(name)}) for name in ("s1", "gone")]
        found = [await one.ask(question(wish)) for wish in wishes]
        await one.stop()
        return found

    right, forgotten = asyncio.run(ask())
    assert right.values == {"name": "Müller"}
    assert forgotten.result is RequestResult.FAILED
    assert "forgotten" in forgotten.detail


@pytest.mark.parametrize(("query", "said"), [("customer", "needs phone"), ("nonsense", "query nonsense"), ("x", "'x'")])
def test_what_is_wrong_is_told(tmp_path: Path, url: str, query: str, said: str) -> None:
    outcome = look_up(connector(tmp_path, url), query)
    assert outcome.result is RequestResult.FAILED
    assert said in outcome.detail


def test_a_slow_query_ends_at_its_time_and_the_loop_goes_on(tmp_path: Path, url: str) -> None:
    one = connector(tmp_path, url)

    async def ask() -> tuple[RequestOutcome, int, float]:
        beats, began = 0, time.monotonic()
        task = asyncio.create_task(one.ask(question(DatabaseLookUp(query="slow"))))
        while not task.done():
            await asyncio.sleep(0.01)
            beats += 1
        took = time.monotonic() - began
        outcome = task.result()
        again = await one.ask(question(DatabaseLookUp(query="all")))
        assert again.result is RequestResult.DONE
        await one.stop()
        return outcome, beats, took

    outcome, beats, took = asyncio.run(ask())
    assert outcome.result is RequestResult.TIMED_OUT
    assert beats >= 10
    assert took < 3


def test_only_the_first_row_of_a_huge_result_is_fetched(tmp_path: Path, url: str) -> None:
    outcome = look_up(connector(tmp_path, url), "big")
    if url.startswith("sqlite"):
        assert outcome.values == {"x": 1}
    else:
        # generate_series is worked out as a whole by this server before its first row; what counts is that it ends.
        assert outcome.result in {RequestResult.DONE, RequestResult.TIMED_OUT}


def test_those_beyond_the_limit_are_refused_at_once(tmp_path: Path, url: str) -> None:
    one = connector(tmp_path, url, threads=1, waiting=1)

    async def ask() -> list[RequestOutcome]:
        wishes = [one.ask(question(DatabaseLookUp(query="slow"))) for _ in range(3)]
        found = await asyncio.gather(*wishes)
        await one.stop()
        return list(found)

    results = [one.result for one in asyncio.run(ask())]
    assert results == [RequestResult.TIMED_OUT, RequestResult.TIMED_OUT, RequestResult.REFUSED]


def test_a_database_that_is_away_opens_the_circuit(tmp_path: Path) -> None:
    now = Now()
    (tmp_path / "url").write_text(f"sqlite:///{tmp_path / 'missing' / 'file.db'}")
    breaker = {"failures": 2, "pause": 10}
    settings = {"name": "crm", "url": {"file": "url"}, "queries": QUERIES[2:3], "breaker": breaker}
    one = DatabaseConnector(site(tmp_path, now, databases=[settings]))

    async def ask() -> list[RequestResult]:
        found = [(await one.ask(question(DatabaseLookUp(query="all")))).result for _ in range(3)]
        assert not one.statuses()[0].up
        sqlite3.connect(tmp_path / "here.db").close()
        now.seconds += 10
        found.append((await one.ask(question(DatabaseLookUp(query="all")))).result)
        await one.stop()
        return found

    failed, refused = RequestResult.FAILED, RequestResult.REFUSED
    assert asyncio.run(ask()) == [failed, failed, refused, failed]
    assert not (tmp_path / "missing").exists()


def test_a_password_is_in_no_text(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://user:hunter2@127.0.0.1:1/none")
    settings = {"name": "crm", "url": {"file": "url"}, "queries": QUERIES[2:3]}
    outcome = look_up(DatabaseConnector(site(tmp_path, databases=[settings])), "all")
    assert outcome.result is RequestResult.FAILED
    assert "hunter2" not in outcome.detail
