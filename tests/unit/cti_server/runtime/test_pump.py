"""The pump: journal first, then effects; group commit; stalled disks and defects survived."""

from collections.abc import Sequence
from math import inf
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from cti_server.engine.apply import apply
from cti_server.engine.engine import Engine, Outcome
from cti_server.engine.state import State
from cti_server.runtime.pump import HOPELESSLY_LATE, CommandSetAsideError, Pump, PumpError, PumpSettings
from cti_server.storage.errors import JournalConflictError
from cti_server.vocabulary.commands import Command, LoadPlan, LogAgentOn, ReportLinkUp, SetAgentReady, WakeUp
from cti_server.vocabulary.effects import Effect, ShowAgentStatus
from cti_server.vocabulary.events import Recorded
from cti_server.vocabulary.ids import AgentId, DeviceNumber, GroupName, LinkName, PartyId
from cti_server.vocabulary.plan import AgentPlan, SitePlan
from cti_server.vocabulary.values import AgentStatus, Origin
from tests.fakes.virtual_time import InlineWorker, VirtualClock

ANNA = AgentId("anna")
PLAN = SitePlan(
    version="1",
    groups=(GroupName("sales"),),
    agents={ANNA: AgentPlan(id=ANNA, name="Anna", groups=(GroupName("sales"),))},
)
LOG_ON = LogAgentOn(agent=ANNA, device=DeviceNumber("7101"), origin=Origin.CONSOLE)
READY = SetAgentReady(agent=ANNA, origin=Origin.CONSOLE)


class MemoryJournal:
    def __init__(self) -> None:
        self.batches: list[list[Recorded]] = []
        self.parties: list[tuple[PartyId, str]] = []
        self.failures = 0
        self.fault: Exception = OSError("disk full")
        self.advanced = 0

    @property
    def rows(self) -> list[Recorded]:
        return [row for batch in self.batches for row in batch]

    def load(self) -> tuple[int, State]:
        state = State()
        for row in self.rows:
            apply(state, row)
        return state.seq, state

    def append(self, rows: Sequence[Recorded], parties: Sequence[tuple[PartyId, str]]) -> None:
        if self.failures:
            self.failures -= 1
            raise self.fault
        self.batches.append(list(rows))
        self.parties += parties

    def advance(self) -> int:
        self.advanced += 1
        return 0


class Trap(Command):
    """A command that the engine breaks on, after it has spoilt its state."""


class FragileEngine(Engine):
    def handle(self, command: Command, now: float) -> Outcome:
        if isinstance(command, Trap):
            self.state.agents.clear()
            raise ZeroDivisionError("a defect")
        return super().handle(command, now)


class Bench:
    def __init__(self, **settings: float) -> None:
        self.clock = VirtualClock()
        self.worker = InlineWorker()
        self.journal = MemoryJournal()
        self.performed: list[Effect] = []
        self.new_parties: list[tuple[PartyId, str]] = []
        self.heard: list[int] = []
        self.contradictions: list[str] = []
        self.pump = Pump(
            clock=self.clock,
            state=State(),
            worker=self.worker,
            journal=self.journal,
            perform=self.performed.append,
            take_parties=self._take,
            make_engine=FragileEngine,
            settings=PumpSettings(**settings),
            contradicted=self.contradictions.append,
        )
        self.pump.listen(lambda rows: self.heard.extend(row.seq for row in rows))
        self.pump.tell(LoadPlan(plan=PLAN))

    def _take(self) -> list[tuple[PartyId, str]]:
        taken, self.new_parties = self.new_parties, []
        return taken

    def submit(self, command: Command) -> list[Any]:
        answers: list[Any] = []
        self.pump.submit(command).addBoth(answers.append)
        return answers


def test_effects_and_answers_wait_until_their_events_are_durable() -> None:
    bench = Bench()
    bench.worker.held = True
    answers = bench.submit(LOG_ON)
    assert bench.performed == []
    assert answers == []
    bench.worker.release()
    assert answers == [None]
    assert isinstance(bench.performed[0], ShowAgentStatus)
    assert bench.performed[0].status is AgentStatus.NOT_READY
    assert bench.heard == [row.seq for row in bench.journal.rows]


def test_commands_that_come_while_the_disk_works_are_one_commit() -> None:
    bench = Bench()
    bench.worker.held = True
    bench.submit(LOG_ON)
    bench.submit(READY)
    bench.submit(ReportLinkUp(link=LinkName("pbx")))
    bench.worker.release()
    assert [len(batch) for batch in bench.journal.batches] == [1, 1, 2]


def test_a_journal_that_says_otherwise_is_no_journal_to_try_again() -> None:
    """The database failed over to a copy that lacks the last rows: nothing of what waits is carried out."""
    bench = Bench(journal_patience=inf, retry_delay=1.0)
    bench.journal.failures, bench.journal.fault = 1, JournalConflictError("row 2 cannot follow row 0")
    answers = bench.submit(LOG_ON)
    assert bench.contradictions == []
    bench.clock.advance(2.0)
    assert len(bench.contradictions) == 1
    assert "row 2 cannot follow row 0" in bench.contradictions[0]
    bench.clock.advance(100.0)
    assert (answers, bench.performed, bench.pump.stalled) == ([], [], False)


def test_patience_without_end_never_lets_calls_go_on_before_their_events_are_durable() -> None:
    bench = Bench(journal_patience=inf, retry_delay=1.0)
    bench.journal.failures = 1000
    answers = bench.submit(LOG_ON)
    bench.clock.advance(500.0)
    assert (answers, bench.performed, bench.pump.stalled) == ([], [], False)
    bench.journal.failures = 0
    bench.clock.advance(2.0)
    assert answers == [None]


def test_a_refusal_is_answered_at_once_and_journals_nothing() -> None:
    bench = Bench()
    before = len(bench.journal.rows)
    (refusal,) = bench.submit(READY)
    assert refusal.code == "not-logged-on"
    assert len(bench.journal.rows) == before


def test_new_parties_go_with_the_rows_of_their_command() -> None:
    bench = Bench()
    bench.new_parties.append((PartyId(1), "tel:7201"))
    bench.submit(LOG_ON)
    assert bench.journal.parties == [(1, "tel:7201")]


def test_a_defect_sets_the_command_aside_and_rebuilds_the_state() -> None:
    bench = Bench()
    bench.submit(LOG_ON)
    (failure,) = bench.submit(Trap())
    assert isinstance(failure.value, CommandSetAsideError)
    assert bench.pump.state.agents[ANNA].status is AgentStatus.NOT_READY
    assert bench.submit(READY) == [None]


def test_a_rebuild_that_ends_in_a_state_that_does_not_fit_is_done_again() -> None:
    bench = Bench(retry_delay=1.0, journal_patience=1000)
    bench.submit(LOG_ON)
    whole = bench.journal.load
    bench.journal.load = lambda: (0, State())  # type: ignore[method-assign]
    bench.worker.held = True
    bench.journal.failures = 1
    bench.submit(READY)
    bench.submit(Trap())
    late = bench.submit(ReportLinkUp(link=LinkName("pbx")))
    bench.worker.release()
    assert bench.pump.rebuilding
    bench.journal.load = whole  # type: ignore[method-assign]
    bench.clock.advance(2.0)
    assert not bench.pump.rebuilding
    assert late == [None]


def test_a_defect_keeps_what_was_decided_and_is_not_durable_yet() -> None:
    bench = Bench(journal_patience=1000)
    bench.worker.held = True
    bench.submit(LOG_ON)
    bench.submit(READY)
    bench.submit(Trap())
    late = bench.submit(ReportLinkUp(link=LinkName("pbx")))
    assert late == []
    bench.worker.release()
    assert bench.pump.state.agents[ANNA].status is AgentStatus.READY
    assert late == [None]
    assert [row.seq for row in bench.journal.rows] == list(range(1, len(bench.journal.rows) + 1))


def test_calls_go_on_when_the_disk_stalls_and_rows_follow_in_order() -> None:
    bench = Bench(journal_patience=1.0)
    bench.worker.held = True
    first = bench.submit(LOG_ON)
    bench.clock.advance(0.9)
    assert first == []
    bench.clock.advance(0.2)
    assert first == [None]
    assert bench.pump.stalled
    assert bench.submit(READY) == [None]
    assert len(bench.journal.rows) == 1
    bench.worker.release()
    assert not bench.pump.stalled
    assert [row.seq for row in bench.journal.rows] == [1, 2, 3]
    assert bench.heard == [1, 2, 3]


def test_a_failing_disk_is_tried_again_in_order() -> None:
    bench = Bench(journal_patience=5.0, retry_delay=1.0)
    bench.journal.failures = 2
    answers = bench.submit(LOG_ON)
    bench.submit(READY)
    assert answers == []
    bench.clock.advance(1.1)
    assert answers == []
    bench.clock.advance(1.1)
    assert answers == [None]
    assert [row.seq for row in bench.journal.rows] == [1, 2, 3]


def test_a_listener_or_effect_that_fails_disturbs_nothing_else() -> None:
    bench = Bench()

    def broken(_rows: object) -> None:
        raise ValueError("broken listener")

    bench.pump.listen(broken)
    assert bench.submit(LOG_ON) == [None]
    assert len(bench.performed) == 1


def test_the_timer_wakes_the_engine_at_its_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    woken: list[float] = []
    deadline: list[float | None] = [bench.clock.now() + 3]
    monkeypatch.setattr(FragileEngine, "next_deadline", property(lambda _self: deadline[0]))

    def handle(_self: Engine, command: Command, now: float) -> Outcome:
        if isinstance(command, WakeUp):
            woken.append(now)
            deadline[0] = None
        return Outcome((), ())

    monkeypatch.setattr(FragileEngine, "handle", handle)
    bench.submit(READY)
    bench.clock.advance(2.9)
    assert woken == []
    bench.clock.advance(0.2)
    assert len(woken) == 1


def test_only_a_deadline_that_is_long_past_is_an_ailment(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    deadline: list[float | None] = [None]
    monkeypatch.setattr(FragileEngine, "next_deadline", property(lambda _self: deadline[0]))
    assert bench.pump.ailing is None
    deadline[0] = bench.clock.now() - HOPELESSLY_LATE
    assert bench.pump.ailing is None
    deadline[0] -= 5
    assert bench.pump.ailing == "what was due 35 s ago is not done"
    bench.pump.stop()
    assert bench.pump.ailing is None


def test_a_deadline_that_stays_due_does_not_spin(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(idle_wake=0.5)
    woken: list[float] = []
    monkeypatch.setattr(FragileEngine, "next_deadline", property(lambda _self: bench.clock.now() - 1))

    def handle(_self: Engine, command: Command, now: float) -> Outcome:
        woken.append(now)
        return Outcome((), ())

    monkeypatch.setattr(FragileEngine, "handle", handle)
    bench.submit(READY)
    bench.clock.advance(2)
    assert 2 <= len(woken) <= 6


def test_stopping_waits_for_durability_and_takes_no_more_commands() -> None:
    bench = Bench()
    bench.worker.held = True
    bench.submit(LOG_ON)
    stopped: list[None] = []
    done: Deferred[None] = bench.pump.stop()
    done.addCallback(stopped.append)
    assert stopped == []
    (failure,) = bench.submit(READY)
    assert isinstance(failure.value, PumpError)
    bench.worker.release()
    assert stopped == [None]
    assert len(bench.journal.rows) == 2
