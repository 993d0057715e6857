"""Two servers and one lease, whatever is stopped, cut off, set back or lost: never do both act, and one soon does."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from twisted.internet.defer import Deferred, fail, succeed

from cti_server.engine.state import State
from cti_server.runtime.standby.member import Member
from cti_server.storage.errors import DatabaseError, LeaseLostError
from cti_server.storage.pair import Candidate, Standing
from tests.fakes.virtual_time import VirtualClock

LEASE = 3.0
STEP = 0.05
RESTART = 1.0
"""Seconds from a lost lease to the fresh start."""
SOON = 3 * LEASE + RESTART
"""Seconds in which one acts once nothing fails any more."""


@dataclass(frozen=True)
class Row:
    """The lease as the database has it."""

    token: int = 0
    holder: str = ""
    since: float = 0.0
    renewed_at: float = 0.0
    expires_at: float = 0.0


class Database:
    """A lease by a clock of its own, and a copy that may lack the last commits and take its place."""

    def __init__(self) -> None:
        self.time = self.ahead = 0.0
        self.asked = self.instance = 0
        self.row = self.copy = Row()

    def now(self) -> float:
        self.asked += 1
        return 1e6 + self.time + self.ahead + self.asked * 1e-6

    def fail_over(self) -> None:
        self.row, self.instance = self.copy, self.instance + 1


class PaperPair:
    """One server's part, with the same conditions as the statements of `storage.pair`."""

    def __init__(self, database: Database, name: str) -> None:
        self.database = database
        self.candidate = Candidate(name=name, address=name, seconds=LEASE)
        self.reached, self.instance = True, 0
        self.held: tuple[int, float] = (0, 0.0)
        self.stops = 0.0
        """The process is stopped for so long just before it takes the lease, and just after."""

    def _connect(self) -> None:
        known, self.instance = self.instance, self.database.instance
        if not self.reached or known != self.instance:
            raise DatabaseError("the connection is lost")

    def beat(self, _role: str, seq: int, _links: str) -> Standing:
        self._connect()
        row = self.database.row
        return Standing(
            token=row.token,
            holder=row.holder,
            address="",
            rest=row.expires_at - self.database.now(),
            offered_to="",
            last_seq=seq,
            servers=(),
            renewed_at=row.renewed_at,
            lasts=max(0.0, row.expires_at - row.renewed_at),
        )

    def renew(self, seq: int, links: str) -> Standing:
        self._connect()
        row, now = self.database.row, self.database.now()
        if (row.token, row.since) != self.held:
            raise LeaseLostError("another server has taken over")
        self.database.row = replace(row, renewed_at=now, expires_at=now + LEASE)
        return self.beat("active", seq, links)

    def take(self, unchanged: Standing) -> int | None:
        stops, self.stops = self.stops, 0.0
        self.database.time += stops
        self._connect()
        row, now = self.database.row, self.database.now()
        if row.renewed_at != unchanged.renewed_at:
            return None
        self.held = row.token + 1, now
        self.database.row = Row(row.token + 1, self.candidate.name, now, now, now + LEASE)
        self.database.time += stops
        return row.token + 1

    def release(self) -> None:
        return None


class PaperStore:
    """A journal that nobody writes; it is its own recorder, pump and book of parties."""

    durable, state = 0, State()

    def follow(self, *_: object) -> list[Any]:
        return []

    def replace(self, _state: State) -> None:
        return None

    def refill(self, *_: object) -> None:
        return None

    def sum_at(self, _seq: int) -> int:
        return 0

    def next_id(self) -> int:
        return 1

    def latest(self, _limit: int) -> list[Any]:
        return []

    def those(self, _parties: object) -> list[Any]:
        return []


class Thread:
    """Does work at once, and tells what came of it when the process has had another turn."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock

    def run(self, work: Callable[[], Any]) -> Deferred[Any]:
        try:
            done = succeed(work())
        except Exception as fault:  # noqa: BLE001 - whatever it is goes to whoever asked
            done = fail(fault)
        done.pause()
        self._clock.call_later(STEP / 2, done.unpause)
        return done


class Server:
    """A process: it begins, is stopped and goes on, ends and begins afresh."""

    def __init__(self, database: Database, name: str) -> None:
        self.database, self.pair = database, PaperPair(database, name)
        self.running = True
        self.begins_at: float | None = None
        self.begin()

    def begin(self) -> None:
        self.clock, self.begins_at = VirtualClock(), None
        self.seen = self.database.time
        store: Any = PaperStore()
        store.journal = store.parties = store
        opened = SimpleNamespace(store=store, recorder=store, seq=0, state=State(), parties=store)
        thread: Any = Thread(self.clock)
        self.member = Member(
            clock=self.clock,
            storage=thread,
            lease=thread,
            opened=cast("Any", opened),
            pair=cast("Any", self.pair),
            pump=store,
            links=str,
            catch_up=list,
            act=lambda: None,
            begin_anew=self.end,
            steady=lambda: self.database.time,
        )
        self.member.start()

    def end(self, _reason: str = "") -> None:
        self.begins_at = self.database.time + RESTART

    def turn(self) -> None:
        """What is due by now is done, where the process is there and runs."""
        if not self.running:
            return
        if self.begins_at is not None:
            if self.database.time >= self.begins_at:
                self.begin()
            return
        due, self.seen = self.database.time - self.seen, self.database.time
        self.clock.advance(due)

    def acts(self) -> bool:
        return self.running and self.begins_at is None and self.member.may_act() and self.begins_at is None


class Pairs(RuleBasedStateMachine):
    """Everything that can happen to two servers and their database."""

    def __init__(self) -> None:
        super().__init__()
        self.database = Database()
        self.servers = [Server(self.database, "a"), Server(self.database, "b")]
        self.acted = 0

    @rule(seconds=st.floats(STEP, 2 * LEASE))
    def time_goes_by(self, seconds: float) -> None:
        end = self.database.time + seconds
        while self.database.time < end:
            self.database.time += STEP
            self.one_at_the_most()

    @rule(which=st.integers(0, 1))
    def a_process_is_stopped_or_goes_on(self, which: int) -> None:
        self.servers[which].running = not self.servers[which].running

    @rule(which=st.integers(0, 1), seconds=st.floats(0.1, 2 * LEASE))
    def a_process_will_be_stopped_while_it_takes_the_lease(self, which: int, seconds: float) -> None:
        self.servers[which].pair.stops = seconds

    @rule(which=st.integers(0, 1))
    def a_server_is_killed(self, which: int) -> None:
        self.servers[which].end()

    @rule(which=st.integers(0, 1))
    def the_database_is_cut_off_or_there_again(self, which: int) -> None:
        self.servers[which].pair.reached = not self.servers[which].pair.reached

    @rule(seconds=st.floats(-3600, 3600))
    def the_clock_of_the_database_is_set(self, seconds: float) -> None:
        self.database.ahead += seconds

    @rule()
    def the_copy_catches_up(self) -> None:
        self.database.copy = deepcopy(self.database.row)

    @rule()
    def the_database_fails_over(self) -> None:
        self.database.fail_over()

    @precondition(lambda self: self.database.time > 0)
    @rule()
    def nothing_fails_any_more(self) -> None:
        for one in self.servers:
            one.running, one.pair.reached, one.pair.stops = True, True, 0.0
        end = self.database.time + SOON
        while self.database.time < end and not self.acted:
            self.database.time += STEP
            self.one_at_the_most()
        assert self.acted == 1

    @invariant()
    def one_at_the_most(self) -> None:
        for one in self.servers:
            one.turn()
        self.acted = sum(one.acts() for one in self.servers)
        assert self.acted <= 1


Pairs.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestPairs = Pairs.TestCase
