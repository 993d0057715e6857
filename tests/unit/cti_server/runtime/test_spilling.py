"""A journal that takes nothing: calls go on, rows are spilled in order, nothing is lost, and operators can see it."""

from collections.abc import Callable, Sequence
from math import inf
from pathlib import Path
from random import Random
from typing import Any

import pytest
from structlog.testing import capture_logs
from twisted.internet.defer import Deferred

from cti_server.engine.engine import Engine, Outcome
from cti_server.engine.state import State
from cti_server.runtime.pump import Pump, PumpSettings
from cti_server.runtime.recorder import Recorder
from cti_server.runtime.waiting import SpillThread
from cti_server.storage import Store
from cti_server.storage.spill import SPILL, Spilled, SpillError, SpillFile, SpillPlace, take_in
from cti_server.vocabulary.commands import Command, ReportLinkDown, ReportLinkUp
from cti_server.vocabulary.events import Recorded
from cti_server.vocabulary.ids import LinkName, PartyId
from tests.fakes.virtual_time import InlineWorker, VirtualClock

PBX = LinkName("pbx")
PARTY = (PartyId(1), "tel:7201")


class Failing:
    """A recorder whose store fails while ``fault`` is set: nothing is written, or (``unlearnt``) all of it."""

    def __init__(self, store: Store) -> None:
        self.recorder = Recorder(store)
        self.fault: Exception | None = None
        self.unlearnt = False
        self.load = self.recorder.load
        self.advance: Callable[[], bool] = self.recorder.advance

    def append(self, rows: Sequence[Recorded], parties: Sequence[tuple[PartyId, str]]) -> None:
        if self.fault is None or self.unlearnt:
            self.recorder.append(rows, parties)
        if self.fault is not None:
            raise self.fault


class Breaking(SpillFile):
    """A spill file on a disk that fails while it is ``broken``."""

    broken = False

    def append(self, rows: Sequence[Recorded], parties: Sequence[tuple[PartyId, str]] = ()) -> SpillPlace:
        if self.broken:
            raise SpillError("the spill file cannot be written: No space left on device")
        return super().append(rows, parties)

    def read(self, place: SpillPlace) -> Spilled:
        if self.broken:
            raise SpillError("the spill file cannot be read: Input/output error")
        return super().read(place)


class Bench:
    def __init__(self, folder: Path, *, spill: bool = True, patience: float = 1.0) -> None:
        self.clock, self.worker, self.spill_worker = VirtualClock(), InlineWorker(), InlineWorker()
        self.path = folder / SPILL
        self.file = Breaking(self.path)
        self.store = Store.open(f"sqlite:///{folder / 'callwright.db'}")
        self.store.become_writer()
        take_in(self.store.journal, self.path)
        self.journal = Failing(self.store)
        _, state = self.journal.load()
        self.parties: list[tuple[PartyId, str]] = []
        self.pump = Pump(
            clock=self.clock,
            state=state,
            worker=self.worker,
            journal=self.journal,
            perform=lambda _effect: None,
            take_parties=self._taken,
            spill=SpillThread(self.spill_worker, self.file) if spill else None,
            settings=PumpSettings(journal_patience=patience),
        )
        self.up = False

    def _taken(self) -> list[tuple[PartyId, str]]:
        taken, self.parties = self.parties, []
        return taken

    def fail(self, text: str = "the database failed: disk full") -> None:
        self.journal.fault = OSError(text)

    def happen(self) -> list[Any]:
        """One more event."""
        answers: list[Any] = []
        self.pump.submit(self.next_command()).addBoth(answers.append)
        return answers

    def next_command(self) -> Command:
        self.up = not self.up
        return ReportLinkUp(link=PBX) if self.up else ReportLinkDown(link=PBX, reason="cable")

    def meet_a_defect(self) -> None:
        """A command that the engine does not survive."""

        class Defective(Engine):
            def handle(self, *_: object) -> Outcome:
                raise ZeroDivisionError

        self.pump._engine = Defective(self.pump.state)
        self.happen()
        self.up = not self.up

    def stall(self) -> None:
        self.fail()
        self.happen()
        self.clock.advance(1.01)
        assert self.pump.stalled

    def stop(self) -> list[Any]:
        done: list[Any] = []
        self.pump.stop().addBoth(done.append)
        return done

    def close(self) -> None:
        self.file.close()
        self.store.close()


@pytest.fixture
def bench(tmp_path: Path) -> Any:
    one = Bench(tmp_path)
    yield one
    one.close()


def events(state: State) -> int:
    return state.seq


def test_calls_go_on_and_their_rows_are_spilled(bench: Bench, tmp_path: Path) -> None:
    bench.happen()
    assert not bench.path.exists()
    bench.parties.append(PARTY)
    bench.stall()
    for _ in range(5):
        assert bench.happen() == [None], "answered although the journal takes nothing"
    standing = bench.pump.standing
    assert (standing.stalled, standing.error) == (True, "the database failed: disk full")
    assert standing.waiting == standing.spilled == bench.pump.state.seq - 1
    assert standing.since is not None
    with Store.open(f"sqlite:///{tmp_path / 'killed.db'}") as copy:
        copy.journal.append(list(bench.store.journal.read()))
        # As the next start would find it after a kill at this moment.
        assert take_in(copy.journal, bench.path) == standing.waiting
        assert copy.journal.last_seq() == bench.pump.state.seq
        assert copy.queries.party(PARTY[0]) == PARTY[1]


def test_the_journal_takes_all_in_order_when_it_is_back(bench: Bench) -> None:
    bench.stall()
    for _ in range(7):
        bench.happen()
    assert bench.path.exists()
    bench.journal.fault = None
    bench.clock.advance(1.0)
    standing = bench.pump.standing
    assert (standing.stalled, standing.waiting, standing.spilled, standing.error) == (False, 0, 0, "")
    assert [row.seq for row in bench.store.journal.read()] == list(range(1, bench.pump.state.seq + 1))
    assert not bench.path.exists()
    bench.happen()
    bench.stall()
    assert bench.path.exists()


def test_a_fault_is_told_once_and_again_when_much_more_waits(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cti_server.runtime.pump.TOLD_AGAIN", 10)
    with capture_logs() as logs:
        bench.stall()
        bench.clock.advance(60.0)
        first = [each for each in logs if each["event"].startswith("journal cannot be written")]
        assert len(first) == 1
        for _ in range(30):
            bench.happen()
            bench.clock.advance(1.0)
    told = [each["rows"] for each in logs if each["event"].startswith("journal cannot be written")]
    assert len(told) in {3, 4}
    assert told == sorted(told)


def test_a_stop_while_it_is_gone_keeps_everything_for_the_next_start(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.stall()
    bench.happen()
    last = bench.pump.state
    with capture_logs() as logs:
        done = bench.stop()
        assert done == []
        bench.clock.advance(5.0)
    assert done == [None]
    assert "stopped with rows in the spill file" in [each["event"].partition(";")[0] for each in logs]
    bench.close()
    again = Bench(tmp_path)
    try:
        assert again.pump.state == last
        assert not again.path.exists()
        assert again.store.journal.verify() == last.seq
    finally:
        again.close()


def test_a_stop_before_patience_is_lost_spills_as_well(bench: Bench) -> None:
    bench.worker.held = True  # a disk that hangs: neither done nor failed
    bench.happen()
    done = bench.stop()
    bench.clock.advance(0.5)
    assert not bench.path.exists()
    bench.clock.advance(5.0)
    assert done == [None]
    assert bench.path.exists()


def test_a_stop_whose_journal_comes_back_in_time_spills_nothing_more(bench: Bench) -> None:
    bench.stall()
    done = bench.stop()
    bench.journal.fault = None
    bench.clock.advance(2.0)
    assert done == [None]
    assert not bench.path.exists()
    assert bench.store.journal.last_seq() == bench.pump.state.seq


@pytest.mark.parametrize("spill", [True, False])
def test_a_stop_goes_on_where_nothing_can_be_kept_anywhere(tmp_path: Path, spill: bool) -> None:
    bench = Bench(tmp_path, spill=spill)
    bench.file.broken = True
    with capture_logs() as logs:
        bench.stall()
        bench.happen()
        done = bench.stop()
        bench.clock.advance(29.0)
        assert done == []
        bench.clock.advance(2.0)
    assert done == [None]
    told = [each["event"] for each in logs if each["log_level"] == "critical"]
    assert "stopped with rows that could be kept nowhere" in told
    assert sum("cannot be spilled either" in each for each in told) == spill
    bench.close()


def test_what_comes_while_the_spill_file_is_written_follows_it(bench: Bench) -> None:
    bench.spill_worker.held = True
    bench.stall()
    bench.happen()
    assert bench.pump.standing.spilled == 0
    bench.spill_worker.release()
    bench.spill_worker.release()
    assert bench.pump.standing.spilled == bench.pump.standing.waiting == bench.pump.state.seq


def test_the_journal_may_be_back_before_the_spill_file_is_written(bench: Bench) -> None:
    bench.spill_worker.held = True
    bench.stall()
    bench.journal.fault = None
    bench.clock.advance(1.0)
    assert bench.pump.standing.waiting == 0
    bench.spill_worker.held = False
    bench.spill_worker.release()
    assert not bench.path.exists()
    assert bench.pump.standing.spilled == 0


# --- a long line, of which the most stands in the file alone ----------------------------------------------------------


@pytest.fixture
def short_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that a short story reaches: what stays in memory, what an append takes, what is read at once."""
    monkeypatch.setattr("cti_server.runtime.waiting.KEPT", 4)
    monkeypatch.setattr("cti_server.runtime.pump.LARGEST_BATCH", 3)
    monkeypatch.setattr("cti_server.runtime.pump.CAUGHT_UP", 6)
    monkeypatch.setattr("cti_server.storage.spill.TAKEN_AT_ONCE", 7)


def in_memory(bench: Bench) -> int:
    return sum(len(entry.rows) for entry in bench.pump._waiting.in_memory)


def all_there(bench: Bench) -> None:
    """The journal has every row, it is sound, and what it folds to is what the pump has."""
    assert bench.store.journal.verify() == bench.pump.state.seq
    assert bench.journal.load()[1] == bench.pump.state
    assert not bench.path.exists()
    assert (bench.pump.standing.waiting, bench.pump.standing.spilled, bench.pump.backlog.seconds) == (0, 0, 0.0)


@pytest.mark.usefixtures("short_memory")
def test_a_long_stall_takes_no_more_memory_than_a_short_one(bench: Bench) -> None:
    bench.stall()
    most = 0
    for number in range(1, 101):
        bench.parties.append((PartyId(number), f"tel:{number}"))
        bench.happen()
        bench.clock.advance(0.1)
        most = max(most, in_memory(bench))
    waiting = bench.pump.standing.waiting
    assert waiting == bench.pump.standing.spilled == bench.pump.state.seq > 100
    assert most <= 12, "the head of the line and the newest entry, a row or two each"
    assert bench.pump.backlog.seconds == pytest.approx(bench.clock.now() - 1_800_000_000.0)
    bench.journal.fault = None
    bench.clock.advance(1.0)
    all_there(bench)
    assert [bench.store.queries.party(PartyId(number)) for number in (1, 50, 100)] == ["tel:1", "tel:50", "tel:100"]


@pytest.mark.usefixtures("short_memory")
def test_calls_wait_for_no_long_line_while_the_journal_catches_up(bench: Bench) -> None:
    bench.stall()
    for _ in range(40):
        bench.happen()
    bench.worker.held = True
    bench.journal.fault = None
    bench.clock.advance(1.0)
    with capture_logs() as logs:
        while bench.pump.standing.waiting > 20:
            bench.worker.step()
            assert bench.happen() == [None], "answered although much waits"
            assert bench.pump.stalled
            assert bench.pump.standing.spilled == bench.pump.standing.waiting
        assert logs == []
        while bench.pump.stalled:
            bench.worker.step()
    assert [each["event"] for each in logs] == ["journal writes again"]
    bench.worker.release()
    all_there(bench)


@pytest.mark.usefixtures("short_memory")
def test_a_state_is_rebuilt_with_what_the_file_alone_has(bench: Bench) -> None:
    bench.stall()
    for _ in range(40):
        bench.happen()
    before = bench.pump.state
    with capture_logs():
        bench.meet_a_defect()
    assert not bench.pump.rebuilding
    assert bench.pump.state == before
    assert bench.pump.state is not before
    bench.journal.fault = None
    bench.clock.advance(1.0)
    all_there(bench)


@pytest.mark.usefixtures("short_memory")
def test_a_file_that_cannot_be_read_is_tried_again(bench: Bench) -> None:
    bench.stall()
    for _ in range(40):
        bench.happen()
    bench.file.broken = True
    bench.journal.fault = None
    with capture_logs() as logs:
        bench.clock.advance(3.0)
    assert bench.pump.standing.waiting > 30
    told = [each for each in logs if "cannot be read" in each["event"]]
    assert {each["log_level"] for each in told} == {"critical"}
    assert bench.happen() == [None], "calls go on"
    bench.file.broken = False
    bench.clock.advance(1.0)
    all_there(bench)


@pytest.mark.usefixtures("short_memory")
def test_who_was_not_answered_yet_is_not_forgotten_with_the_rows(tmp_path: Path) -> None:
    bench = Bench(tmp_path, patience=inf)
    bench.worker.held = True
    asked = [bench.happen() for _ in range(20)]
    done = bench.stop()
    bench.clock.advance(4.9)
    assert (done, bench.pump.standing.spilled) == ([], 0)
    bench.clock.advance(0.2)
    assert (done, bench.pump.standing.spilled) == ([None], bench.pump.state.seq), "spilled, and nobody answered"
    assert asked == [[]] * 20
    bench.worker.release()
    assert asked == [[None]] * 20
    all_there(bench)
    bench.close()


@pytest.mark.usefixtures("short_memory")
def test_a_file_that_somebody_removes_is_read_all_the_same(bench: Bench) -> None:
    bench.stall()
    for _ in range(40):
        bench.happen()
    bench.path.unlink()
    bench.journal.fault = None
    bench.clock.advance(1.0)
    all_there(bench)


HAPPENINGS = {"happen": 12, "journal": 1, "spill": 1, "hold": 1, "defect": 1, "step": 4, "time": 4}


@pytest.mark.usefixtures("short_memory")
@pytest.mark.parametrize("seed", range(25))
def test_whatever_fails_when_the_journal_has_all_in_the_end(tmp_path: Path, seed: int) -> None:
    bench, chance = Bench(tmp_path), Random(seed)
    workers, known = (bench.worker, bench.spill_worker), dict[PartyId, str]()
    with capture_logs():
        for number in range(200):
            match chance.choices(tuple(HAPPENINGS), tuple(HAPPENINGS.values()))[0]:
                case "happen":
                    known[PartyId(number)] = f"tel:{number}"
                    bench.parties.append((PartyId(number), f"tel:{number}"))
                    bench.happen()
                case "journal":
                    bench.journal.fault = None if bench.journal.fault else OSError("disk full")
                    bench.journal.unlearnt = chance.random() < 0.3
                case "spill":
                    bench.file.broken = not bench.file.broken
                case "hold":
                    worker = chance.choice(workers)
                    was_held = worker.held
                    worker.release()
                    worker.held = not was_held
                case "step":
                    chance.choice(workers).step()
                case "defect" if not bench.pump.rebuilding:
                    bench.meet_a_defect()
                case _:
                    bench.clock.advance(chance.choice((0.1, 1.0, 3.0)))
        bench.journal.fault, bench.file.broken = None, False
        for _ in range(5):
            bench.worker.release()
            bench.spill_worker.release()
            bench.clock.advance(2.0)
    all_there(bench)
    assert {party: bench.store.queries.party(party) for party in known} == known
    bench.close()


def test_commits_are_counted(bench: Bench) -> None:
    for _ in range(3):
        bench.happen()
    standing = bench.pump.standing
    assert (standing.commits, standing.rows, standing.stalled) == (3, bench.pump.state.seq, False)
    assert 0 < standing.p50 <= standing.p99 <= standing.slowest


def test_projections_follow_step_by_step_and_end(bench: Bench) -> None:
    steps: list[float] = []

    def advance() -> bool:
        steps.append(bench.clock.now())
        return len(steps) < 4

    bench.journal.advance = advance
    bench.pump.project()
    bench.clock.advance(0.0)
    assert len(steps) == 4


def test_a_stop_does_not_wait_for_projections_that_are_far_behind(bench: Bench) -> None:
    steps: list[bool] = []

    def advance() -> bool:
        steps.append(True)
        return True

    bench.happen()
    bench.journal.advance = advance
    assert bench.stop() == [None]
    assert len(steps) == 100


def test_waiting_for_a_worker_is_a_deferred(bench: Bench) -> None:
    assert isinstance(SpillThread(bench.spill_worker, bench.file).clear(), Deferred)
