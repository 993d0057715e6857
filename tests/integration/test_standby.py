"""A second server takes over within seconds: callers keep their places, talks go on, never two servers write."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.postgres import PostgresServer, postgres_server
from tests.integration.house import HOST, Program, free_ports
from tests.integration.namespaces import Wire, may_make_namespaces, namespace
from tests.integration.pair_world import WITHIN, PairHouse, Server, pair_house, until
from tests.integration.severable import SeverableLine

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture
def home(tmp_path: Path, postgres: PostgresServer) -> Iterator[PairHouse]:
    with pair_house(tmp_path, postgres) as running:
        yield running


class Round:
    """Anna talks with one caller and two wait for her, in this order, while the server changes."""

    def __init__(self, home: PairHouse, number: int, acts: Server, follows: Server) -> None:
        self.home, self.acts, self.follows = home, acts, follows
        self.since = follows.mark()
        self.talk = 3 * number + 1
        phones = ("7201", "7202", "7203")
        self.talking = home.queue_up_quickly(phones[0], self.talk, acts)
        acts.expect("ContactAnswered", contact=self.talk, agent="anna", within=15)
        self.waiting = [home.queue_up(phone, self.talk + place, acts) for place, phone in enumerate(phones[1:], 1)]
        self.began = time.time()

    def taken_over(self) -> None:
        """The other server acts in time; nobody was cut off; the first in the queue is served first."""
        by, since = self.follows, self.since
        acting = by.expect("acting", within=WITHIN + 5, since=since)
        assert acting["seen"] - self.began <= WITHIN
        by.expect("link surveyed", since=since)
        assert hung_up(self.talking, *self.waiting) == []
        contacts = range(self.talk, self.talk + 3)
        over = [row for row in self.home.rows() if row["kind"] == "ContactReleased" and row["contact"] in contacts]
        assert over == []
        self.talking.stop()
        by.expect("ContactAnswered", contact=self.talk + 1, agent="anna", within=15, since=since)
        assert hung_up(*self.waiting) == []
        self.waiting[0].stop()
        by.expect("ContactAnswered", contact=self.talk + 2, agent="anna", within=15, since=since)
        self.waiting[1].stop()
        by.expect("ContactClosed", contact=self.talk + 2, since=since)


def hung_up(*phones: Program) -> list[str]:
    return [phone.name for phone in phones if phone.log.find("ended")]


def process(server: Server) -> Program:
    assert server.program is not None
    return server.program


def stands_by(server: Server, since: int) -> None:
    server.expect("running", role="standby", since=since, within=30)
    server.expect("link stands by", since=since)


def killed(_home: PairHouse, now: Round) -> None:
    process(now.acts).kill()
    now.taken_over()
    since = now.acts.mark()
    now.acts.start()  # as systemd would
    stands_by(now.acts, since)
    assert now.acts.log.find("acting", since) == []


def hung(_home: PairHouse, now: Round) -> None:
    """It notices before it does anything, starts afresh in the same process, and stands by."""
    since = now.acts.mark()
    process(now.acts).signal(signal.SIGSTOP)
    now.taken_over()
    process(now.acts).signal(signal.SIGCONT)
    now.acts.expect("this server may act no more", since=since)
    stands_by(now.acts, since)
    assert process(now.acts).running()
    assert now.acts.log.find("CommandSetAside", since) == []


def switched_over(home: PairHouse, now: Round) -> None:
    site = now.follows.site()
    assert (site[now.acts.name]["role"], site[now.follows.name]["role"]) == ("active", "standby")
    assert site[now.follows.name]["behind"] == 0
    assert "pbx up" in site[now.follows.name]["links"]
    refused = now.follows.ask("site switchover")
    assert refused.status == 1
    assert "stands by" in refused.text
    assert now.follows.ask("agent not-ready anna").status == 1
    last = home.rows()[-1]["token"]
    since = now.acts.mark()
    now.began = time.time()
    done = now.acts.cli("switchover")
    assert done.returncode == 0, done.stderr
    assert now.follows.name in done.stdout
    now.taken_over()
    stands_by(now.acts, since)
    said = [row for row in home.rows() if row["token"] == last][-1]
    assert (said["kind"], said["body"]["line"]) == ("OperationNoted", "site switchover")


def stopped(_home: PairHouse, now: Round) -> None:
    assert process(now.acts).stop() == 0
    now.taken_over()


def test_a_server_is_killed_and_hangs_and_hands_over_and_stops(home: PairHouse) -> None:
    """One after the other, each with callers who notice nothing; at the end one is alone."""
    anna = home.ready_agent("anna", "7101", home.first)
    acts, follows = home.first, home.second
    for number, fate in enumerate((killed, hung, switched_over, stopped)):
        fate(home, Round(home, number, acts, follows))
        acts, follows = follows, acts
        assert anna.running()
        home.assert_one_writer(terms=number + 2)
    assert process(acts).running()
    until(lambda: acts.site().get(follows.name, {}).get("role") == "away", 10, "the other one counts as away")
    refused = acts.cli("switchover")
    assert refused.returncode == 1
    assert "no other server stands by" in refused.stderr
    assert acts.site()[acts.name]["role"] == "active"


def test_a_server_that_is_cut_off_from_the_database(tmp_path: Path) -> None:
    """It sees the PBX, and the other server sees everything: it must have stopped before the other one acts.

    The first server runs on a machine of its own, a network namespace, whose line is cut without a word. Where this
    user may make none, its line to the database is one that closes what is open and refuses what is new.
    """
    if may_make_namespaces():
        _cut_off_in_a_namespace(tmp_path)
    else:
        _cut_off_at_a_line(tmp_path)


def _cut_off_in_a_namespace(folder: Path) -> None:
    with namespace(wires=2) as machine:
        to_database, to_pbx = machine.wires
        with postgres_server(to_database.here) as postgres:
            home = PairHouse(folder, postgres.new_database())
            with home.reached_at(to_pbx.here) as sets:
                database = home.url.partition("?")[0].replace("@/", f"@{to_database.here}/")
                home.first.live_in(machine.inside, (*sets, f"database={database}"))
                try:
                    _cut_off(home.start(), to_database)
                finally:
                    home.stop()


def _cut_off_at_a_line(folder: Path) -> None:
    port = free_ports({"database": 0})["database"]
    with postgres_server(HOST, port) as postgres, SeverableLine(HOST, port) as line:
        home = PairHouse(folder, postgres.new_database())
        database = home.url.partition("?")[0].replace("@/", f"@{HOST}:{line.port}/")
        home.first.live_in((), (f"database={database}",))
        try:
            _cut_off(home.start(), line)
        finally:
            home.stop()


def _cut_off(home: PairHouse, to_database: Wire | SeverableLine) -> None:
    home.ready_agent("anna", "7101", home.first)
    now = Round(home, 0, home.first, home.second)
    to_database.cut()
    stopped_at = home.first.expect("this server may act no more", within=WITHIN)
    now.taken_over()
    acting = home.second.expect("acting")
    assert stopped_at["timestamp"] < acting["timestamp"]
    since = home.first.mark()
    to_database.join()
    home.first.expect("running", role="standby", since=since, within=40)
    home.assert_one_writer(terms=2)
