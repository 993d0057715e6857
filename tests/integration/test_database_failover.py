"""PostgreSQL with a copy: the first one crashes, the copy is promoted, and the server finds it by the same URL."""

from pathlib import Path

import pytest

from tests.fakes.postgres import PostgresServer, postgres_server
from tests.integration.house import HOST, free_ports
from tests.integration.pair_world import PairHouse

pytestmark = [pytest.mark.integration, pytest.mark.timeout(150)]


def url_of(primary: PostgresServer, copy: PostgresServer) -> str:
    """Both hosts in one URL, as an administrator writes it."""
    name = primary.new_database().partition("?")[0].rpartition("/")[2]
    hosts = f"{HOST}:{primary.port},{HOST}:{copy.port}"
    return f"postgresql://callwright@{hosts}/{name}?target_session_attrs=read-write"


def test_the_database_fails_over_while_a_caller_waits(tmp_path: Path) -> None:
    ports = free_ports({"primary": 0, "copy": 0})
    with (
        postgres_server(HOST, ports["primary"]) as primary,
        postgres_server(HOST, ports["copy"], copies=primary) as copy,
    ):
        home = PairHouse(tmp_path, url_of(primary, copy))
        try:
            home.start_pbx()
            home.start_media()
            server = home.first.start().ready()
            caller = home.queue_up("7201", 1, server)
            known = [(row["seq"], row["kind"]) for row in home.rows()]
            since = server.mark()
            primary.crash()
            server.expect("this server may act no more", since=since, within=10)
            copy.promote()
            server.expect("acting", since=since, within=40)
            server.expect("link surveyed", since=since)
            assert not caller.log.find("ended")
            anna = home.ready_agent("anna", "7101", server)
            server.expect("ContactAnswered", contact=1, agent="anna", since=since, within=15)
            assert [(row["seq"], row["kind"]) for row in home.rows()][: len(known)] == known
            home.assert_one_writer(terms=2)
            assert anna.running()
        finally:
            home.stop()
