"""Standing by: the journal is read behind the server that acts, and the lease taken when that one is silent."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog
from twisted.python.failure import Failure

from cti_server.engine.state import State
from cti_server.runtime.opening import Known, Opened, known_parties
from cti_server.runtime.pump import Pump
from cti_server.runtime.standby.silence import Silence
from cti_server.runtime.standby.tenure import Facts, Steady, boot_time
from cti_server.runtime.threads import Worker
from cti_server.storage.errors import DatabaseError
from cti_server.storage.pair import Pair, Standing
from cti_server.vocabulary.events import Recorded
from program.clock import Clock, Timer

PAUSE_SECONDS: Final = 0.2
"""Between two looks at the journal and the lease."""
MOST_ROWS: Final = 5000
"""Rows that are read in one look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look found: new rows, how both servers stand, and where the lease was taken, what that needs.

    ``since`` is what the steady clock said before the lease was asked for; ``state`` is there where all was read anew;
    ``total`` is the check sum of row ``seq``.
    """

    rows: list[Recorded]
    seq: int
    total: int | None
    standing: Standing
    token: int | None = None
    since: float = 0.0
    known: Known | None = None
    state: State | None = None


class Following:
    """Looks again and again until the lease is ours.

    Args:
        clock: timers.
        worker: the storage thread.
        pair: the lease.
        opened: the store, and what was read of it.
        pump: whose state follows.
        facts: what the other server is told of this one's links.
        catch_up: called on the storage thread once the lease is taken, before the last rows are read.
        taken: called once, with the last look: from here on this server is to act.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        worker: Worker,
        pair: Pair,
        opened: Opened,
        pump: Pump,
        facts: Facts,
        catch_up: Callable[[], object],
        taken: Callable[[Look], None],
        steady: Steady = boot_time,
    ) -> None:
        self._clock = clock
        self._worker = worker
        self._pair = pair
        self._opened = opened
        self._pump = pump
        self._facts = facts
        self._catch_up = catch_up
        self._taken = taken
        self._steady = steady
        self._silence = Silence(steady, pair.candidate.seconds)
        self._total: int | None = None
        self._timer: Timer | None = None
        self._stopped = self._cut_off = self._read_anew = False
        self.seq = opened.seq
        self.standing: Standing | None = None
        self.log = structlog.get_logger()

    @property
    def behind(self) -> int:
        """How many rows this server had still to fold when it last looked."""
        return 0 if self.standing is None else max(0, self.standing.last_seq - self.seq)

    def start(self) -> None:
        """Begin to look."""
        self._look_again(0.0)

    def stop(self) -> None:
        """Look no more, and leave the lease alone."""
        self._stopped = True
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def _look_again(self, delay: float) -> None:
        if not self._stopped:
            self._timer = self._clock.call_later(delay, self._look)

    def _look(self) -> None:
        _, links = self._facts()
        done = self._worker.run(lambda: self._read(links))
        done.addCallback(self._saw).addErrback(self._failed)

    def _read(self, links: str) -> Look:
        """On the storage thread."""
        recorder, journal, state = self._opened.recorder, self._opened.store.journal, None
        seq, rows = self.seq, list[Recorded]()
        total = journal.sum_at(seq)
        if self._read_anew or total is None or (self._total is not None and total != self._total):
            # The database was replaced by a copy that says otherwise: what was folded of it never was. Or retention has
            # removed what was not read here yet.
            seq, state = recorder.load()
        rows += recorder.follow(seq, MOST_ROWS)
        seq = rows[-1].seq if rows else seq
        standing = self._pair.beat("standby", seq, links)
        if standing.last_seq < seq:
            seq, state = recorder.load()
            rows.clear()
        since = self._steady()
        token = self._take(standing, enough=len(rows) < MOST_ROWS)
        if token is None:
            return Look(rows=rows, seq=seq, total=journal.sum_at(seq), standing=standing, state=state)
        self._take_in()
        # Nobody else can append any more: what is there now is all.
        while more := recorder.follow(seq, MOST_ROWS):
            rows += more
            seq = more[-1].seq
        known = known_parties(self._opened.store, state or self._pump.state)
        return Look(
            rows=rows,
            seq=seq,
            total=journal.sum_at(seq),
            standing=standing,
            state=state,
            token=token,
            since=since,
            known=known,
        )

    def _take(self, standing: Standing, *, enough: bool) -> int | None:
        """The lease, where nobody has it and enough was read."""
        free = self._silence.see(standing)
        return self._pair.take(standing) if free and enough and not self._stopped else None

    def _take_in(self) -> None:
        try:
            self._catch_up()
        except DatabaseError:
            raise
        except Exception:
            self.log.exception("what this server kept when it stood alone cannot be taken in; its file stays")

    def _saw(self, look: Look) -> None:
        if self._cut_off:
            self._cut_off = False
            self.log.info("the database is there again", behind=look.standing.last_seq - look.seq)
        if look.state is not None:
            self._pump.replace(look.state)
            self._read_anew = False
        self._fold(look)
        self.standing = look.standing
        if look.token is None:
            self._look_again(0.0 if look.standing.last_seq > look.seq else PAUSE_SECONDS)
        elif not self._stopped:
            self._taken(look)

    def _fold(self, look: Look) -> None:
        try:
            self._pump.follow(look.rows)
        except Exception:
            # A lease that was taken with a state that is not true runs out, and is taken again with a true one.
            self._read_anew = True
            raise
        self.seq, self._total = look.seq, look.total

    def _failed(self, failure: Failure) -> None:
        self._silence.forget()
        if self._read_anew:
            self.log.error("the journal cannot be followed; all is read anew", exception=failure.getTraceback())
        elif not self._cut_off:
            self._cut_off = True
            self.log.warning("the database is not reached; it is tried again", reason=failure.getErrorMessage())
        self._look_again(PAUSE_SECONDS)
