"""The one loop: a command is handled, its events made durable, then its effects carried out and its sender answered."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from time import perf_counter
from typing import TypeVar

import structlog
from twisted.internet.defer import Deferred, fail, succeed
from twisted.python.failure import Failure

from cti_server.engine.apply import apply
from cti_server.engine.engine import Engine, Outcome
from cti_server.engine.state import State
from cti_server.runtime.oversight.measures import Backlog, Measures
from cti_server.runtime.threads import Worker
from cti_server.runtime.waiting import Entry, Journal, Spill, Waiting
from cti_server.runtime.waking import Waker
from cti_server.storage.errors import JournalConflictError
from cti_server.storage.figures import CommitTimes, JournalStanding
from cti_server.vocabulary.commands import Command, WakeUp
from cti_server.vocabulary.effects import Effect
from cti_server.vocabulary.events import Recorded
from cti_server.vocabulary.ids import PartyId
from cti_server.vocabulary.refusals import Refusal, RefusalCode
from program.clock import Clock, Timer

Answer = Deferred[Refusal | None]
Listener = Callable[[Sequence[Recorded]], None]
LARGEST_BATCH = 1000
CAUGHT_UP = 2 * LARGEST_BATCH
"""Rows that may wait when a journal that stalled counts as one that does not any more."""
HOPELESSLY_LATE = 30.0
"""Seconds; a deadline that is past by more was lost."""
TOLD_AGAIN = 1000
"""Rows that wait when the journal's fault is told again; and then whenever they are twice as many."""
STEPS_AT_STOP = 100
"""Steps by which the projections are moved on at the stop; the rest is for the next start."""
STANDS_BY = Refusal(RefusalCode.STANDS_BY, "this server stands by and changes nothing; the other one does")
T = TypeVar("T")


class PumpError(Exception):
    """Root of what a command's sender can be failed with."""


class CommandSetAsideError(PumpError):
    """The command met a defect in the engine and was set aside; the log has the trace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PumpSettings:
    """Times of the pump in seconds.

    ``journal_patience`` is how long effects wait for their events to be durable before calls go on without, infinity
    where they never do; ``retry_delay`` the pause after a failed append; ``idle_wake`` the least pause after a wake-
    up that did nothing; ``projection_delay`` how long the projections stay behind, so that they are moved on by many
    rows at once and seldom stand before the next append. At a stop the journal is waited for ``stop_patience``, then
    what it does not take is spilled; after ``stop_limit`` the stop goes on even where that fails too.
    """

    journal_patience: float = 1.0
    retry_delay: float = 1.0
    idle_wake: float = 0.05
    projection_delay: float = 0.5
    stop_patience: float = 5.0
    stop_limit: float = 30.0


class Pump:
    """Owns the engine; nothing else calls `Engine.handle`.

    Args:
        clock: now and timers.
        state: what the journal folds to.
        worker: the storage thread.
        journal: what is called there.
        perform: carries an effect out; called only when the effect's events are durable or patience is at its end.
        take_parties: the addresses that got a party id since it was last called, to be kept with the next rows.
        make_engine: an engine around a state.
        spill: where rows are kept while the journal takes none; without one they are in memory alone.
        standing_by: whether another server acts, whose rows are handed to `follow` until `act` is called.
        contradicted: called where the journal says otherwise than this state, with what it says: only a state that is
            read anew can go on. Without it the append is tried again and again.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        state: State,
        worker: Worker,
        journal: Journal,
        perform: Callable[[Effect], None],
        take_parties: Callable[[], list[tuple[PartyId, str]]] = list,
        make_engine: Callable[[State], Engine] = Engine,
        settings: PumpSettings | None = None,
        spill: Spill | None = None,
        standing_by: bool = False,
        contradicted: Callable[[str], None] | None = None,
    ) -> None:
        self._contradicted = contradicted
        self._standing_by = standing_by
        self._clock = clock
        self._worker = worker
        self._journal = journal
        self._perform = perform
        self._take_parties = take_parties
        self._make_engine = make_engine
        self._settings = settings or PumpSettings()
        self._engine = make_engine(state)
        self._inbox: deque[tuple[Command, Answer]] = deque()
        self._waiting = Waiting(clock, spill, self._settings.retry_delay, self._tell_drained, self._write)
        self._times = CommitTimes()
        self._error = ""
        self._told = self._steps_at_stop = 0
        self._stalled_since: float | None = None
        self._giving_up = False
        self._handling = self._rebuilding = self._stopping = self._advancing = self._stalled = False
        self._in_flight = self._durable = 0
        self._patience: Timer | None = None
        self._waker = Waker(clock, self._settings.idle_wake, lambda: self.tell(WakeUp()))
        self._retry: Timer | None = None
        self._projecting: Timer | None = None
        self._last_wake_idle = False
        self._listeners: list[Listener] = []
        self._drained: list[Deferred[None]] = []
        self._measures: Measures | None = None
        self.log = structlog.get_logger()

    @property
    def state(self) -> State:
        """The engine's state, to be read only; another object after a defect, so never to be kept."""
        return self._engine.state

    @property
    def durable(self) -> int:
        """Number of the newest row that is known to be durable; 0 before there was one."""
        return self._durable

    @property
    def stalled(self) -> bool:
        """Whether calls go on without their events being durable."""
        return self._stalled

    @property
    def standing_by(self) -> bool:
        """Whether another server acts."""
        return self._standing_by

    @property
    def rebuilding(self) -> bool:
        """Whether the state is folded anew after a defect, and commands wait for that."""
        return self._rebuilding

    @property
    def ailing(self) -> str | None:
        """What only a new start would put right, in words; a journal that stalls is not: a start would not help it."""
        deadline = self._engine.next_deadline
        if deadline is None or self._standing_by or self._stopping or self._rebuilding:
            return None
        late = self._clock.now() - deadline
        return f"what was due {late:.0f} s ago is not done" if late > HOPELESSLY_LATE else None

    @property
    def backlog(self) -> Backlog:
        """What is decided and not durable."""
        since = self._waiting.since
        return Backlog(self._waiting.rows, 0.0 if since is None else max(self._clock.now() - since, 0.0))

    @property
    def standing(self) -> JournalStanding:
        """How the journal stands: what waits, what failed, how long commits take."""
        return self._times.standing(
            stalled=self._stalled,
            since=self._stalled_since,
            waiting=self._waiting.rows,
            spilled=self._waiting.spilled_rows,
            error=self._error,
        )

    def project(self) -> None:
        """Move the projections on as far as the journal goes, beside the calls."""
        if not self._standing_by and not self._stopping and self._projecting is None:
            self._projecting = self._clock.call_later(0.0, self._advance)

    def measure(self, measures: Measures) -> None:
        """Tell ``measures`` how long the work takes from now on."""
        self._measures = measures

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Hand every released row to ``listener``, in order; the function that is returned ends it."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    def submit(self, command: Command) -> Answer:
        """Put a command to the engine; fires when its events are durable (or patience is at its end).

        Fires with the refusal, or None where the command was granted. Fails with `CommandSetAsideError` where the
        command met a defect, and with `PumpError` where the pump has stopped.
        """
        if self._standing_by:
            return succeed(STANDS_BY)
        if self._stopping:
            return fail(PumpError("the server is stopping"))
        answer: Answer = Deferred()
        self._inbox.append((command, answer))
        self._drain_inbox()
        return answer

    def tell(self, command: Command) -> None:
        """Put an observation to the engine whose sender needs no answer; a refusal is logged for those who debug."""
        answer = self.submit(command)
        answer.addCallback(self._note_refusal, type(command).__name__)
        answer.addErrback(self._forget)

    def follow(self, rows: Sequence[Recorded]) -> None:
        """Fold rows that the server which acts has made durable, and hand them to those who listen.

        Raises:
            Exception: a row does not fit the state; `replace` it.
        """
        for row in rows:
            apply(self._engine.state, row)
        for listener in list(self._listeners):
            self._guarded(listener, rows)

    def replace(self, state: State) -> None:
        """Go on from another state; only while the server stands by."""
        self._engine = self._make_engine(state)

    def act(self) -> None:
        """Take commands from now on; the state is that of the journal's last row."""
        # The engine is made anew: what it knows of a state beside it, it learns when it is made.
        self._engine = self._make_engine(self._engine.state)
        self._standing_by = False
        self.project()

    def stop(self) -> Deferred[None]:
        """Take no more commands; fires when everything that was decided is durable, in the spill file if need be."""
        self._stopping = True
        self._waker.stop()
        done: Deferred[None] = Deferred()
        self._drained.append(done)
        if self._projecting is not None:
            self._advance()
        if self._waiting:
            self._clock.call_later(self._settings.stop_patience, self._give_up)
            self._clock.call_later(self._settings.stop_limit, self._abandon)
        self._tell_drained()
        return done

    # --- handling ---------------------------------------------------------------------------------------------------

    def _drain_inbox(self) -> None:
        if self._handling or self._rebuilding:
            return
        self._handling = True
        try:
            while self._inbox and not self._rebuilding:
                command, answer = self._inbox.popleft()
                self._handle(command, answer)
        finally:
            self._handling = False
        self._write()
        self._arm()

    def _handle(self, command: Command, answer: Answer) -> None:
        now, began = self._clock.now(), perf_counter()
        try:
            outcome = self._engine.handle(command, now)
        except Exception as defect:
            if self._measures is not None:
                self._measures.set_aside()
            self.log.critical("defect in the engine: command set aside, state is rebuilt", command=repr(command))
            self.log.exception("defect in the engine", kind=type(defect).__name__)
            answer.errback(CommandSetAsideError(f"{type(command).__name__} was set aside: {defect}"))
            self._rebuild()
            return
        if self._measures is not None:
            self._measures.decided(perf_counter() - began)
        self._last_wake_idle = isinstance(command, WakeUp) and not outcome.events and not outcome.effects
        if not outcome.events and not outcome.effects:
            answer.callback(outcome.refusal)
            return
        self._take(outcome, answer, now)

    def _take(self, outcome: Outcome, answer: Answer, now: float) -> None:
        entry = Entry(outcome.events, outcome.effects, answer, outcome.refusal, now, self._take_parties())
        self._waiting.take(entry)
        if self._stalled:
            self._release([entry])

    def _arm(self) -> None:
        wanted = not self._stopping and not self._rebuilding
        self._waker.arm(self._engine.next_deadline if wanted else None, idle=self._last_wake_idle)

    # --- making durable ---------------------------------------------------------------------------------------------

    def _write(self) -> None:
        if self._in_flight or self._retry is not None or not self._waiting:
            return
        if self._patience is None and not self._stalled and isfinite(self._settings.journal_patience):
            self._patience = self._clock.call_later(self._settings.journal_patience, self._lose_patience)
        batch = self._waiting.first(LARGEST_BATCH)
        if not batch:
            return
        self._in_flight = len(batch)
        rows = [row for entry in batch for row in entry.rows]
        parties = [party for entry in batch for party in entry.parties]
        if not rows and not parties:
            self._written()
            return
        began = perf_counter()
        done = self._worker.run(lambda: self._journal.append(rows, parties))
        done.addCallback(lambda _: self._measured(perf_counter() - began, len(rows)))
        done.addCallbacks(lambda _: self._written(), self._not_written)
        done.addErrback(self._report, "releasing effects")

    def _measured(self, seconds: float, rows: int) -> None:
        self._times.note(seconds, rows)
        if self._measures is not None:
            self._measures.appended(seconds, rows)

    def _written(self) -> None:
        # Behind a long line of others what comes now would wait for all of them: it is not made to until they are few.
        behind = self._stalled and self._waiting.rows > CAUGHT_UP
        batch = self._waiting.settle(self._in_flight, keep_on=behind)
        self._in_flight = 0
        self._error, self._told = "", 0
        self._durable = next((entry.rows[-1].seq for entry in reversed(batch) if entry.rows), self._durable)
        self._cancel(self._patience)
        self._patience = None
        if self._stalled and not behind:
            self._stalled, self._stalled_since = False, None
            self.log.warning("journal writes again", waiting=self._waiting.rows)
        self._release(batch)
        self._write()
        if self._stopping:
            self._advance()
        elif self._projecting is None:
            self._projecting = self._clock.call_later(self._settings.projection_delay, self._advance)
        self._tell_drained()

    def _not_written(self, failure: Failure) -> None:
        self._error = failure.getErrorMessage()
        # Once, and again when twice as much waits: a fault that lasts for hours must not fill the log as well.
        if self._told == 0 or self._waiting.rows >= self._told:
            self._told = max(TOLD_AGAIN, 2 * self._waiting.rows)
            self.log.critical(
                "journal cannot be written; it is tried again, rows stay in order",
                reason=self._error,
                rows=self._waiting.rows,
            )
        self._in_flight = 0
        again = self._write_again
        if isinstance(failure.value, JournalConflictError) and self._contradicted is not None:
            # What waits here is kept beside the journal first, where there is a place for it.
            self._waiting.keep()
            again = self._give_in
        self._retry = self._clock.call_later(self._settings.retry_delay, again)

    def _give_in(self) -> None:
        self._retry = None
        if self._contradicted is not None:
            self._contradicted(f"the database lost rows, or another server wrote them: {self._error}")

    def _write_again(self) -> None:
        self._retry = None
        self._write()

    def _lose_patience(self) -> None:
        self._patience = None
        self._stalled, self._stalled_since = True, self._clock.now()
        self.log.critical(
            "journal is slower than calls can wait; calls go on before their events are durable",
            seconds=self._settings.journal_patience,
            waiting=self._waiting.rows,
        )
        self._release(self._waiting.in_memory)
        self._waiting.keep()

    def _release(self, entries: Sequence[Entry]) -> None:
        """Carry out the effects first: callers wait for them, and nobody for the log."""
        fresh = [entry for entry in entries if not entry.released]
        for entry in fresh:
            entry.released = True
        for entry in fresh:
            for effect in entry.effects:
                self._guarded(self._perform, effect)
        for entry in fresh:
            for listener in list(self._listeners):
                self._guarded(listener, entry.rows)
            answer, entry.answer, entry.effects = entry.answer, None, ()
            if answer is not None:
                answer.callback(entry.refusal)

    def _advance(self) -> None:
        self._cancel(self._projecting)
        self._projecting = None
        if self._advancing:
            return
        self._advancing = True
        done = self._worker.run(self._journal.advance)
        done.addErrback(self._report, "projections")
        done.addBoth(self._advanced)

    def _advanced(self, more: object) -> None:
        self._advancing = False
        self._steps_at_stop += self._stopping
        if more is True and self._steps_at_stop < STEPS_AT_STOP:
            self._advance()
        self._tell_drained()

    # --- defects ----------------------------------------------------------------------------------------------------

    def _rebuild(self) -> None:
        self._rebuilding = True
        self._waker.stop()
        done = self._worker.run(self._journal.load)
        # A state that what waits does not fit is no state to go on from, either.
        done.addCallback(self._decided_since).addCallback(self._rebuilt).addErrback(self._not_rebuilt)

    def _decided_since(self, loaded: tuple[int, State]) -> Deferred[tuple[int, State]]:
        """What was decided but is not durable yet stays decided: its effects may be under way."""
        seq, state = loaded
        return self._waiting.replay(seq, lambda row: apply(state, row)).addCallback(lambda _: loaded)

    def _rebuilt(self, loaded: tuple[int, State]) -> None:
        seq, state = loaded
        self._engine = self._make_engine(state)
        self._rebuilding = False
        self.log.warning("state rebuilt from snapshot and journal", seq=seq)
        self._drain_inbox()

    def _not_rebuilt(self, failure: Failure) -> None:
        self.log.critical("state cannot be rebuilt; it is tried again", reason=failure.getErrorMessage())
        self._clock.call_later(self._settings.retry_delay, self._rebuild)

    def _guarded(self, action: Callable[[T], object], argument: T) -> None:
        try:
            action(argument)
        except Exception:
            self.log.exception("defect behind the pump", argument=repr(argument))

    def _report(self, failure: Failure, what: str) -> None:
        self.log.error("defect behind the pump", what=what, exception=failure.getTraceback())

    def _note_refusal(self, refusal: Refusal | None, command: str) -> None:
        if refusal is not None:
            self.log.debug("refused", command=command, code=str(refusal.code), text=refusal.text)

    @staticmethod
    def _forget(_failure: Failure) -> None:
        return None

    @staticmethod
    def _cancel(timer: Timer | None) -> None:
        if timer is not None and timer.active():
            timer.cancel()

    # --- stop -------------------------------------------------------------------------------------------------------

    def _give_up(self) -> None:
        """The server is to stop, and the journal takes nothing."""
        self._giving_up = True
        self._waiting.keep()
        self._tell_drained()

    def _abandon(self) -> None:
        if self._drained:
            self.log.critical("stopped with rows that could be kept nowhere", rows=self._waiting.rows)
            self._tell_stopped()

    def _tell_drained(self) -> None:
        kept = self._giving_up and self._waiting.all_spilled
        if not self._stopping or ((self._waiting or self._in_flight or self._advancing) and not kept):
            return
        if self._waiting and self._drained:
            self.log.critical(
                "stopped with rows in the spill file; the next start takes them in", rows=self._waiting.rows
            )
        self._tell_stopped()

    def _tell_stopped(self) -> None:
        waiting, self._drained = self._drained, []
        for done in waiting:
            done.callback(None)
