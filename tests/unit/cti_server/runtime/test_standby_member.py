"""One of two servers on paper: it follows, takes the lease, acts, and hands over where somebody can take it."""

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred

from cti_server.console.answers import Answer, Refused, Table, Told
from cti_server.console.rights import EVERYTHING
from cti_server.engine.state import LinkState, State
from cti_server.runtime.opening import Opened
from cti_server.runtime.pump import STANDS_BY, Pump
from cti_server.runtime.recorder import Recorder
from cti_server.runtime.standby.member import Member
from cti_server.storage.errors import CodecError, DatabaseError, JournalRemovedError, LeaseLostError
from cti_server.storage.pair import Candidate, Pair, ServerSeen, Standing
from cti_server.storage.parties import PartyBook
from cti_server.storage.store import Store
from cti_server.vocabulary.commands import ReportLinkUp
from cti_server.vocabulary.events import LinkCameUp, Recorded
from cti_server.vocabulary.ids import LinkName, PartyId
from tests.fakes.virtual_time import InlineWorker, VirtualClock

UP = ReportLinkUp(link=LinkName("pbx"))
A = ServerSeen(name="a", address="a.net", role="standby", lasts=9.0, age=0.1, seq=0, links="pbx up")
B = replace(A, name="b", address="b.net", role="active", age=0.2)


class PaperStore:
    """Journal, snapshots, parties: lists. Also the lease, which the other server holds."""

    def __init__(self) -> None:
        self.rows: list[Recorded] = []
        self.saved: list[int] = []
        self.journal = self.snapshots = self.projections = self.parties = self
        self.candidate = Candidate(name="a", address="a.net", seconds=4.0)
        self.fault: Exception | None = None
        self.gone = 0
        self.snapshot: tuple[int, Callable[[], State]] | None = None
        self.token = 1
        self.rest = 3.0
        self.servers = (A, B)
        self.given_to: list[str] = []

    def append(self, rows: Any, _parties: object = ()) -> None:
        self.rows += rows

    def read(self, after: int = 0) -> list[Recorded]:
        if after < self.gone:
            raise JournalRemovedError(f"journal rows up to {self.gone} were removed by retention")
        return [row for row in self.rows if row.seq > after]

    def last_seq(self) -> int:
        return len(self.rows)

    def sum_at(self, seq: int) -> int | None:
        if seq == 0:
            return 0
        return None if not self.gone < seq <= len(self.rows) else hash(str(self.rows[seq - 1].event))

    def save(self, seq: int, _state: State) -> None:
        self.saved.append(seq)

    def newest(self, _before: int | None = None) -> tuple[int, Callable[[], State]] | None:
        return self.snapshot

    latest_snapshot = newest

    def advance(self) -> int:
        return 0

    def next_id(self) -> int:
        return 42

    def latest(self, _limit: int = 0) -> Any:
        return [] if _limit else None

    def those(self, _parties: object) -> list[tuple[PartyId, str]]:
        return []

    def beat(self, _role: str, seq: int, _links: str) -> Standing:
        if self.fault is not None:
            raise self.fault
        servers = tuple(replace(one, seq=seq) if one.name == "a" else one for one in self.servers)
        holder = "b" if self.token == 1 else "a"
        return Standing(
            token=self.token,
            holder=holder,
            address=f"{holder}.net",
            rest=self.rest,
            offered_to="",
            last_seq=len(self.rows),
            servers=servers,
        )

    def renew(self, seq: int, links: str) -> Standing:
        return self.beat("active", seq, links)

    def take(self, _unchanged: Standing | None = None) -> int | None:
        self.token, self.rest = 2, 4.0
        self.servers = (replace(A, role="active"), replace(B, role="standby"))
        return self.token

    def hand_over(self, to: str) -> None:
        if self.fault is not None:
            raise self.fault
        self.given_to.append(to)

    def release(self) -> None:
        self.given_to.append("")


class World:
    """A member with paper around it."""

    def __init__(self) -> None:
        self.clock, self.worker, self.store = VirtualClock(), InlineWorker(), PaperStore()
        self.acted = self.kept_alone = 0
        self.slept = 0.0
        self.catch_up: Callable[[], None] = self._take_in
        self.anew: list[str] = []
        recorder = Recorder(cast("Any", self.store))
        seq, state = recorder.load()
        self.parties = PartyBook(1)
        pair = cast("Pair", self.store)
        opened = Opened(cast("Store", self.store), recorder, seq, state, self.parties, pair)
        self.pump = Pump(
            clock=self.clock,
            state=state,
            worker=self.worker,
            journal=recorder,
            perform=lambda _effect: None,
            standing_by=True,
        )
        self.member = Member(
            clock=self.clock,
            storage=self.worker,
            lease=self.worker,
            opened=opened,
            pair=pair,
            pump=self.pump,
            links=lambda: "pbx up",
            catch_up=self._catch_up,
            act=self.act,
            begin_anew=self.anew.append,
            steady=lambda: self.clock.now() + self.slept,
        )
        self.member.start()
        self.clock.advance(4.5)

    def _catch_up(self) -> None:
        self.catch_up()

    def _take_in(self) -> None:
        if self.kept_alone:
            self.other_writes(self.kept_alone)

    def act(self) -> None:
        self.acted += 1
        self.pump.act()

    def take_over(self) -> None:
        self.store.rest = -0.1
        self.clock.advance(1.0)
        assert self.acted == 1

    def other_writes(self, count: int) -> None:
        first = len(self.store.rows) + 1
        self.store.rows += [
            Recorded(seq, float(seq), None, LinkCameUp(link=LinkName(f"pbx-{seq}")))
            for seq in range(first, first + count)
        ]

    def switch_over(self) -> Answer:
        answer: Answer = result(self.member.switch_over(EVERYTHING))
        return answer


def result(deferred: Deferred[Any]) -> Any:
    found: list[Any] = []
    deferred.addCallback(found.append)
    assert found, "it has not fired"
    return found[0]


@pytest.fixture
def world() -> World:
    return World()


def test_it_follows_row_by_row_and_takes_no_commands(world: World) -> None:
    heard: list[Recorded] = []
    world.pump.listen(heard.extend)
    world.other_writes(3)
    world.clock.advance(1.0)
    assert [row.seq for row in heard] == [1, 2, 3]
    assert set(world.pump.state.links) == {"pbx-1", "pbx-2", "pbx-3"}
    assert (world.member.behind, world.member.acting, world.member.may_act()) == (0, False, False)
    assert result(world.pump.submit(UP)) == STANDS_BY
    assert world.acted == 0


def test_it_acts_with_the_last_row_and_the_other_ones_parties(world: World) -> None:
    world.other_writes(7000)  # more than one look reads
    world.take_over()
    assert world.pump.state.seq == 7000
    assert world.member.may_act()
    assert world.parties.identify("tel:+49") == PartyId(42)
    assert result(world.pump.submit(UP)) is None
    assert world.store.rows[-1].seq == 7001


def test_what_was_kept_alone_is_taken_in_first(world: World) -> None:
    world.kept_alone = 2
    world.take_over()
    assert world.pump.state.seq == 2


def test_a_database_that_is_away_is_looked_for_again(world: World) -> None:
    world.store.fault = DatabaseError("away")
    world.clock.advance(10.0)
    world.other_writes(1)
    world.store.fault = None
    world.clock.advance(1.0)
    assert world.pump.state.seq == 1


def test_rows_that_a_lesser_copy_of_the_database_does_not_have_are_forgotten(world: World) -> None:
    world.other_writes(5)
    world.clock.advance(1.0)
    del world.store.rows[3:]
    world.clock.advance(1.0)
    assert world.pump.state.seq == 3
    world.take_over()
    assert world.pump.state.seq == 3


def test_rows_that_go_between_reading_them_and_looking_at_the_lease_never_were(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Recorded] = []
    world.pump.listen(heard.extend)
    world.other_writes(2)
    world.clock.advance(1.0)
    world.other_writes(3)
    beat = world.store.beat

    def failed_over(role: str, seq: int, links: str) -> Standing:
        del world.store.rows[2:]
        return beat(role, seq, links)

    monkeypatch.setattr(world.store, "beat", failed_over)
    world.clock.advance(0.25)
    assert set(world.pump.state.links) == {"pbx-1", "pbx-2"}
    assert [row.seq for row in heard] == [1, 2]
    monkeypatch.setattr(world.store, "beat", beat)
    world.other_writes(1)
    world.clock.advance(1.0)
    assert [row.seq for row in heard] == [1, 2, 3]


def test_one_whose_next_rows_were_removed_meanwhile_goes_on_from_a_snapshot(world: World) -> None:
    world.other_writes(2)
    world.clock.advance(1.0)
    world.store.fault = DatabaseError("gone")
    world.clock.advance(1.0)
    world.other_writes(4)
    state = State(seq=5, links={LinkName("pbx-5"): LinkState(up=True, since=5.0)})
    world.store.gone, world.store.snapshot = 4, (5, lambda: copy.deepcopy(state))
    world.store.fault = None
    world.clock.advance(1.0)
    assert set(world.pump.state.links) == {"pbx-5", "pbx-6"}
    assert world.member.behind == 0
    world.clock.advance(4.5)
    world.take_over()


def test_a_row_that_says_otherwise_now_has_all_read_anew(world: World) -> None:
    """The database failed over to a copy without row 5, and the other server has written another one since."""
    world.other_writes(5)
    world.clock.advance(1.0)
    world.store.rows[4] = Recorded(5, 5.0, None, LinkCameUp(link=LinkName("trunk")))
    world.other_writes(1)
    world.clock.advance(1.0)
    assert set(world.pump.state.links) == {"pbx-1", "pbx-2", "pbx-3", "pbx-4", "trunk", "pbx-6"}


def test_what_was_kept_alone_and_cannot_be_read_does_not_keep_anybody_from_acting(world: World) -> None:
    def torn() -> None:
        raise CodecError("of a newer program")

    world.catch_up = torn
    world.take_over()


def test_a_server_that_has_read_for_too_long_does_not_begin_to_act(world: World) -> None:
    def slowly() -> None:
        world.slept += 4.0

    world.catch_up = slowly
    world.store.rest = -0.1
    world.clock.advance(1.0)
    assert world.acted == 0
    assert world.anew


def test_a_lost_lease_begins_the_program_anew(world: World) -> None:
    world.take_over()
    world.store.fault = LeaseLostError("b has taken over")
    world.clock.advance(1.5)
    assert world.anew == ["b has taken over"]
    assert not world.member.may_act()


def test_it_tells_people_who_acts(world: World) -> None:
    standing = world.member.standing()
    assert isinstance(standing, Table)
    facts = [dict(zip(standing.headings, row, strict=True)) for row in standing.rows]
    assert [(one["server"], one["role"], one["token"]) for one in facts] == [("a", "standby", None), ("b", "active", 1)]
    world.store.servers = (A, replace(B, age=60.0))
    world.clock.advance(1.0)
    assert world.member.lag() == (True, 0)
    standing = world.member.standing()
    assert isinstance(standing, Table)
    assert [row[1] for row in standing.rows] == ["standby", "away"]


def test_a_switch_over_finishes_what_is_in_hand_and_names_the_other_one(world: World) -> None:
    world.take_over()
    world.clock.advance(1.5)
    answer = world.switch_over()
    assert isinstance(answer, Told)
    assert answer.facts == {"from": "a", "to": "b"}
    assert world.store.given_to == ["b"]
    assert world.store.saved == [len(world.store.rows)]
    assert type(world.store.rows[-1].event).__name__ == "OperationNoted"
    assert not world.member.may_act()
    assert world.anew == []
    world.clock.advance(1.0)
    assert world.anew == ["b was asked to take over"]
    refused = world.switch_over()
    assert isinstance(refused, Refused)
    assert refused.code == "under-way"


def silent(world: World) -> None:
    world.store.servers = (world.store.servers[0], replace(world.store.servers[1], age=9.0))


def far_behind(world: World) -> None:
    world.other_writes(2000)


@pytest.mark.parametrize(("trouble", "code"), [(silent, "nobody"), (far_behind, "behind")])
def test_a_switch_over_is_refused_where_nobody_could_take_it(
    world: World, trouble: Callable[[World], None], code: str
) -> None:
    world.take_over()
    trouble(world)
    world.clock.advance(2.0)
    answer = world.switch_over()
    assert isinstance(answer, Refused)
    assert answer.code == code
    assert world.store.given_to == []
    assert world.member.may_act()


def test_one_that_stands_by_says_who_acts(world: World) -> None:
    answer = world.switch_over()
    assert isinstance(answer, Refused)
    assert "b at b.net acts" in answer.text


def test_a_handing_over_that_fails_begins_anew_all_the_same(world: World) -> None:
    world.take_over()
    world.clock.advance(1.5)
    world.store.fault = DatabaseError("away")
    answer = world.switch_over()
    assert isinstance(answer, Refused)
    assert answer.code == "failed"
    world.clock.advance(1.0)
    assert len(world.anew) == 1
