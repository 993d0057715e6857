"""A second server takes over within seconds: callers keep their places, talks go on, never two servers write."""

import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.postgres import PostgresServer, postgres_server
from tests.integration.house import Program
from tests.integration.namespaces import Wire, namespace
from tests.integration.pair_world import WITHIN, PairHouse, pair_house, until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture
def home(tmp_path: Path, postgres: PostgresServer) -> Iterator[PairHouse]:
    with pair_house(tmp_path, postgres) as running:
        yield running


def talk_and_wait(home: PairHouse) -> tuple[Program, Program, list[Program]]:
    """Contact 1 talks with Anna; contacts 2 and 3 wait for her, in this order."""
    anna = home.ready_agent("anna", "7101", home.first)
    talking = home.queue_up_quickly("7201", 1, home.first)
    home.first.expect("ContactAnswered", contact=1, agent="anna")
    waiting = [home.queue_up("7202", 2, home.first), home.queue_up("7203", 3, home.first)]
    return anna, talking, waiting


def hung_up(*phones: Program) -> list[str]:
    return [phone.name for phone in phones if phone.log.find("ended")]


def assert_taken_over(home: PairHouse, anna: Program, talking: Program, waiting: list[Program], began: float) -> None:
    """The second server acts in time; nobody was cut off; the first in the queue is served first."""
    acting = home.second.expect("acting", within=WITHIN + 5)
    assert acting["seen"] - began <= WITHIN
    home.second.expect("link surveyed")
    assert hung_up(talking, *waiting) == []
    states = [row for row in home.rows() if row["kind"] == "ContactReleased"]
    assert states == []
    talking.stop()
    home.second.expect("ContactAnswered", contact=2, agent="anna", within=15)
    assert hung_up(*waiting) == []
    waiting[0].stop()
    home.second.expect("ContactAnswered", contact=3, agent="anna", within=15)
    waiting[1].stop()
    home.second.expect("ContactClosed", contact=3)
    assert anna.running()


def test_a_killed_server(home: PairHouse) -> None:
    anna, talking, waiting = talk_and_wait(home)
    assert home.first.program is not None
    began = time.time()
    home.first.program.kill()
    assert_taken_over(home, anna, talking, waiting, began)
    since = home.first.mark()
    home.first.start()  # as systemd would
    home.first.expect("running", role="standby", since=since)
    home.first.expect("link stands by", since=since)
    assert home.first.log.find("acting", since) == []
    home.assert_one_writer(terms=2)


def test_a_hung_server_is_replaced_and_acts_no_more_when_it_wakes(home: PairHouse) -> None:
    anna, talking, waiting = talk_and_wait(home)
    first = home.first.program
    assert first is not None
    began = time.time()
    first.signal(signal.SIGSTOP)
    assert_taken_over(home, anna, talking, waiting, began)
    since = home.first.mark()
    first.signal(signal.SIGCONT)
    # It notices before it does anything, starts afresh in the same process, and stands by.
    home.first.expect("this server may act no more", since=since)
    home.first.expect("running", role="standby", since=since, within=30)
    assert first.running()
    assert home.first.log.find("CommandSetAside", since) == []
    home.assert_one_writer(terms=2)
    late = home.queue_up_quickly("7204", 4, home.second)
    home.second.expect("ContactAnswered", contact=4, agent="anna", within=15)
    late.stop()


def test_a_server_that_stops_hands_over_at_once(home: PairHouse) -> None:
    anna, talking, waiting = talk_and_wait(home)
    assert home.first.program is not None
    began = time.time()
    assert home.first.program.stop() == 0
    assert_taken_over(home, anna, talking, waiting, began)
    home.assert_one_writer(terms=2)


def test_a_switch_over_drops_nothing_and_goes_both_ways(home: PairHouse) -> None:
    anna, talking, waiting = talk_and_wait(home)
    site = home.second.site()
    assert site["first"]["role"] == "active"
    assert site["second"]["role"] == "standby"
    assert site["second"]["behind"] == 0
    assert "pbx up" in site["second"]["links"]
    refused = home.second.ask("site switchover")
    assert refused.status == 1
    assert "stands by" in refused.text
    assert home.second.ask("agent not-ready anna").status == 1
    since = home.first.mark()
    began = time.time()
    done = home.first.cli("switchover")
    assert done.returncode == 0, done.stderr
    assert "second" in done.stdout
    assert_taken_over(home, anna, talking, waiting, began)
    home.first.expect("running", role="standby", since=since, within=30)
    home.first.expect("link stands by", since=since)
    rows = home.rows()
    turn = next(place for place, row in enumerate(rows) if row["token"] == 2)
    assert rows[turn - 1]["kind"] == "OperationNoted"
    assert rows[turn - 1]["body"]["line"] == "site switchover"
    again = home.second.mark()
    assert home.second.cli("switchover").returncode == 0
    home.first.expect("acting", since=since, within=WITHIN)
    home.second.expect("running", role="standby", since=again, within=30)
    home.assert_one_writer(terms=3)


def test_a_switch_over_is_refused_where_nobody_stands_by(home: PairHouse) -> None:
    assert home.second.program is not None
    until(lambda: "second" in home.first.site(), 10, "the second server has been heard of")
    home.second.program.kill()
    until(lambda: home.first.site().get("second", {}).get("role") == "away", 10, "the second server counts as away")
    done = home.first.cli("switchover")
    assert done.returncode == 1
    assert re.search("no other server stands by", done.stderr)
    assert home.first.site()["first"]["role"] == "active"


def test_a_server_that_is_cut_off_from_the_database(tmp_path: Path) -> None:
    """It sees the PBX, and the other server sees everything: it must have stopped before the other one acts."""
    with namespace(wires=2) as machine:
        to_database, to_pbx = machine.wires
        with postgres_server(to_database.here) as postgres:
            home = PairHouse(tmp_path, postgres.new_database())
            with home.reached_at(to_pbx.here) as sets:
                database = home.url.partition("?")[0].replace("@/", f"@{to_database.here}/")
                home.first.live_in(machine.inside, (*sets, f"database={database}"))
                try:
                    _cut_off(home.start(), to_database)
                finally:
                    home.stop()


def _cut_off(home: PairHouse, to_database: Wire) -> None:
    anna, talking, waiting = talk_and_wait(home)
    began = time.time()
    to_database.cut()
    stopped = home.first.expect("this server may act no more", within=WITHIN)
    assert_taken_over(home, anna, talking, waiting, began)
    acting = home.second.expect("acting")
    assert stopped["timestamp"] < acting["timestamp"]
    since = home.first.mark()
    to_database.join()
    home.first.expect("running", role="standby", since=since, within=40)
    home.assert_one_writer(terms=2)
