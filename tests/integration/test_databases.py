"""The same call on SQLite and on PostgreSQL: one line of the config is changed, and the reports are equal."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.postgres import PostgresServer, postgres_server
from tests.integration.house import House, house

pytestmark = pytest.mark.timeout(120)

CLOCKED = ("arrived", "since", "queued", "answered", "ended", "closed", "started")
LASTING = ("flow_seconds", "wait_seconds", "ring_seconds", "talk_seconds", "wrap_seconds", "waited")


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


def whole_call(home: House) -> list[dict[str, Any]]:
    """A caller is served by Anna, another gives up waiting; the report's rows."""
    since = home.mark()
    with home.console() as console:
        console.ask("agent logon anna 7101")
        console.ask("agent ready anna")
    caller = home.caller("7201", "--press", "1@0.3", "--hang-up-after", "4")
    home.expect("ContactOpened", since=since, contact=1)
    other = home.caller("7202", "--press", "2@0.3", "--hang-up-after", "1.5")
    home.expect("ContactAnswered", since=since, contact=1, agent="anna", within=20)
    home.expect("ContactQueued", since=since, contact=2, queue="service")
    assert caller.wait() == 0
    assert other.wait() == 0
    home.expect("ContactClosed", since=since, contact=1)
    return home.ended_contacts(2)


def without_clock(row: dict[str, Any]) -> dict[str, Any]:
    """What of a report's row does not depend on when it was, segments included."""
    kept = {name: value for name, value in row.items() if name not in {*CLOCKED, *LASTING, "segments"}}
    return {**kept, "segments": [{k: v for k, v in one.items() if k not in CLOCKED} for one in row.get("segments", ())]}


def test_the_database_is_one_line_of_the_config(tmp_path: Path, postgres: PostgresServer) -> None:
    with house(tmp_path, changes={"wrap_up: 8": "wrap_up: 1"}) as home:
        home.agent("7101")
        on_sqlite = whole_call(home)
        before = (home.config / "server.yaml").read_text().splitlines()
        assert home.stop_server() == 0
        home.set_database(postgres.new_database())
        after = (home.config / "server.yaml").read_text().splitlines()
        assert sum(one != other for one, other in zip(before, after, strict=True)) == 1
        home.start_server()
        on_postgres = whole_call(home)
    assert [without_clock(row) for row in on_postgres] == [without_clock(row) for row in on_sqlite]
    assert [row["disposition"] for row in on_sqlite] == ["answered", "abandoned"]
    for one, other in zip(on_sqlite, on_postgres, strict=True):
        for name in LASTING:
            assert one[name] == pytest.approx(other[name], abs=1.0), name
