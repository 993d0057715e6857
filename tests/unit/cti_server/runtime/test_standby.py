"""The right to act and the following of another server, on a virtual clock."""

from collections.abc import Callable
from pathlib import Path

import pytest
from twisted.internet.defer import Deferred, fail, succeed

from cti_server.runtime.standby.tenure import Tenure
from cti_server.settings import ServerSettings
from cti_server.settings.supervision.standby import StandbySettings
from cti_server.storage.errors import DatabaseError, LeaseLostError
from cti_server.storage.pair import Candidate, Standing
from tests.fakes.virtual_time import VirtualClock

SECONDS = 4.0
STANDING = Standing(token=1, holder="a", address="a", rest=SECONDS, offered_to="", last_seq=0, servers=())


class PaperPair:
    """A lease on paper: `renew` does what the test says."""

    candidate = Candidate(name="a", address="a", seconds=SECONDS)

    def __init__(self) -> None:
        self.renewed: list[tuple[int, str]] = []
        self.fault: Exception | None = None

    def renew(self, seq: int, links: str) -> Standing:
        if self.fault is not None:
            raise self.fault
        self.renewed.append((seq, links))
        return STANDING


class Thread:
    """A worker that can be slow: it answers at once, or when the test says."""

    def __init__(self) -> None:
        self.slow = False
        self.waiting: list[tuple[Callable[[], object], Deferred[object]]] = []

    def run(self, work: Callable[[], object]) -> Deferred[object]:
        if self.slow:
            done: Deferred[object] = Deferred()
            self.waiting.append((work, done))
            return done
        try:
            return succeed(work())
        except Exception as fault:  # noqa: BLE001 - whatever it is goes to whoever asked
            return fail(fault)

    def finish(self) -> None:
        waiting, self.waiting = self.waiting, []
        for work, done in waiting:
            done.callback(work())


class Holder:
    """A tenure on a virtual clock, and what it said."""

    def __init__(self) -> None:
        self.clock, self.pair, self.thread = VirtualClock(), PaperPair(), Thread()
        self.asleep = 0.0
        self.lost: list[str] = []
        self.tenure = Tenure(
            clock=self.clock,
            worker=self.thread,  # type: ignore[arg-type]  # its results are of any type here
            pair=self.pair,  # type: ignore[arg-type]  # paper
            facts=lambda: (7, "pbx up"),
            lost=self.lost.append,
            steady=self.steady,
        )
        self.tenure.begin(self.steady())

    def steady(self) -> float:
        return self.clock.now() + self.asleep


@pytest.fixture
def holder() -> Holder:
    return Holder()


def test_it_is_renewed_four_times_in_its_length(holder: Holder) -> None:
    for _ in range(8):
        holder.clock.advance(SECONDS / 4)
    assert len(holder.pair.renewed) == pytest.approx(9, abs=1)
    assert holder.pair.renewed[-1] == (7, "pbx up")
    assert holder.tenure.may_act()
    assert holder.tenure.standing == STANDING
    assert holder.lost == []


def test_it_ends_before_the_lease_does_where_the_database_is_gone(holder: Holder) -> None:
    holder.pair.fault = DatabaseError("gone")
    holder.clock.advance(0.85 * SECONDS)
    assert holder.tenure.may_act()
    holder.clock.advance(0.149 * SECONDS)
    assert not holder.tenure.may_act()
    assert len(holder.lost) == 1
    assert "ran out" in holder.lost[0]
    holder.pair.fault = None
    holder.clock.advance(10 * SECONDS)
    assert not holder.tenure.may_act()
    assert len(holder.lost) == 1


def test_a_process_that_slept_notices_when_it_is_asked(holder: Holder) -> None:
    holder.clock.advance(1.0)
    holder.asleep = SECONDS
    assert not holder.tenure.may_act()  # no timer has had its turn yet
    assert len(holder.lost) == 1


def test_an_answer_counts_from_before_it_was_asked_for(holder: Holder) -> None:
    holder.thread.slow = True
    holder.clock.advance(0.5 * SECONDS)
    holder.thread.finish()  # asked for at a quarter of the length
    holder.clock.advance(0.6 * SECONDS)
    assert holder.tenure.may_act()
    holder.clock.advance(0.1 * SECONDS)
    assert not holder.tenure.may_act()


def test_an_answer_that_comes_too_late_brings_nothing_back(holder: Holder) -> None:
    holder.thread.slow = True
    holder.clock.advance(2 * SECONDS)
    assert len(holder.lost) == 1
    holder.thread.finish()
    assert not holder.tenure.may_act()


def test_another_holder_ends_it_at_once(holder: Holder) -> None:
    holder.pair.fault = LeaseLostError("another server has taken over")
    holder.clock.advance(SECONDS / 4 + 0.01)
    assert holder.lost == ["another server has taken over"]
    assert not holder.tenure.may_act()


def test_an_end_on_purpose_is_no_loss(holder: Holder) -> None:
    holder.tenure.end()
    holder.clock.advance(3 * SECONDS)
    assert not holder.tenure.may_act()
    assert holder.lost == []


def test_a_standby_needs_postgresql() -> None:
    with pytest.raises(ValueError, match="needs a PostgreSQL database"):
        ServerSettings(data=Path("run"), standby=StandbySettings())
    paired = ServerSettings(data=Path("run"), database="postgresql://a:5432,b/db", standby=StandbySettings(name="one"))
    assert paired.standby is not None
    assert paired.standby.own_name == "one"
    assert paired.standby.own_address
    assert StandbySettings().own_name
