"""One of two servers: follows until the lease is its own, acts while it is, and hands it over when that is wished."""

from collections.abc import Callable
from typing import Final

import structlog
from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from cti_server.console.answers import Answer, Refused, Span, Table, Told
from cti_server.console.rights import Actor
from cti_server.runtime.opening import Opened
from cti_server.runtime.pump import Pump
from cti_server.runtime.standby.following import Following, Look
from cti_server.runtime.standby.tenure import Facts, Steady, Tenure, boot_time
from cti_server.runtime.threads import Worker
from cti_server.storage.pair import Pair, ServerSeen, Standing
from cti_server.vocabulary.operator_commands import NoteOperation
from program.clock import Clock

SILENT_SECONDS: Final = 3.0
"""A server that was not heard of for so long counts as away."""
MOST_BEHIND: Final = 1000
"""So many rows a server may be behind that is to take over on purpose: it folds them in well under a second."""
FAREWELL_SECONDS: Final = 0.3
"""From the answer to who wished the switch-over to the fresh start, so that it is read."""


class Member:
    """This server in its pair; the face ``cluster`` of the console.

    Args:
        clock: timers.
        storage: the storage thread.
        lease: the thread of the lease.
        opened: the store and the pair.
        pump: stands by until ``act``.
        links: this server's links in words.
        catch_up: appends what this server kept when it stood alone; on the storage thread, with the lease.
        act: begin to act, as after a restart; the state is that of the last row.
        begin_anew: end this process's work at once and start it afresh; with the reason.
        steady: seconds that only go forward.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        storage: Worker,
        lease: Worker,
        opened: Opened,
        pair: Pair,
        pump: Pump,
        links: Callable[[], str],
        catch_up: Callable[[], object],
        act: Callable[[], None],
        begin_anew: Callable[[str], None],
        steady: Steady = boot_time,
    ) -> None:
        self._clock = clock
        self._storage = storage
        self._opened = opened
        self._pair = pair
        self._pump = pump
        self._links = links
        self._act = act
        self._begin_anew = begin_anew
        self._acting = self._handing_over = False
        self._last_seq = opened.seq
        self._following = Following(
            clock=clock,
            worker=storage,
            pair=pair,
            opened=opened,
            pump=pump,
            facts=self._facts,
            catch_up=catch_up,
            taken=self._taken,
            steady=steady,
        )
        facts: Facts = self._facts
        self._tenure = Tenure(clock=clock, worker=lease, pair=pair, facts=facts, lost=self._lost, steady=steady)
        self.log = structlog.get_logger(server=pair.candidate.name)

    @property
    def name(self) -> str:
        """This server's name in its pair."""
        return self._pair.candidate.name

    @property
    def acting(self) -> bool:
        """Whether this server is the active one."""
        return self._acting

    @property
    def behind(self) -> int:
        """Rows that this server had still to fold when it last looked; 0 where it acts."""
        return 0 if self._acting else self._following.behind

    @property
    def seq(self) -> int:
        """Number of the last row that this server has folded before it acts."""
        return self._last_seq if self._acting else self._following.seq

    def start(self) -> None:
        """Follow, until the lease is ours."""
        self.log.info("standing by", seq=self._opened.seq, lease=self._pair.candidate.seconds)
        self._following.start()

    def may_act(self) -> bool:
        """Whether anything may be asked of the outside now."""
        return self._acting and self._tenure.may_act()

    def stop(self) -> None:
        """Follow no more; the lease is renewed until `release`."""
        self._following.stop()

    def release(self) -> None:
        """Give the lease back where it is ours, even where this server was about to act only.

        On the storage thread, once everything is durable.
        """
        self._tenure.end()
        self._pair.release()

    # --- for people -------------------------------------------------------------------------------------------------

    def standing(self) -> Answer:
        """Which server writes, who stands by, how far behind it is."""
        found = self._standing()
        if found is None:
            return Told(text="the database was not reached yet", facts={"server": self.name})
        rows = [self._line(found, one) for one in found.servers]
        headings = ("server", "role", "address", "for", "silent", "row", "behind", "token", "links")
        return Table(headings=headings, rows=rows, empty="no server was heard of yet")

    def lag(self) -> tuple[bool, int] | None:
        """Whether a second server stands by and is heard of, and how many rows it is behind; for alarms."""
        found = self._standing()
        if found is None:
            return None
        others = [one for one in found.servers if one.role == "standby" and one.age <= SILENT_SECONDS]
        behind = [max(0, found.last_seq - one.seq) for one in others]
        return bool(others), min(behind, default=0)

    def switch_over(self, actor: Actor) -> Deferred[Answer]:
        """Let the server that stands by take over, on purpose; refused where none can."""
        found = self._standing()
        if not self._acting or found is None:
            holder = "" if found is None else f"; {found.holder} at {found.address} acts: ask there"
            return succeed(Refused(text=f"{self.name} stands by{holder}", code="stands-by"))
        if self._handing_over:
            return succeed(Refused(text="a switch-over is under way already", code="under-way"))
        others = [one for one in found.servers if one.name != self.name and one.role == "standby"]
        there = [one for one in others if one.age <= SILENT_SECONDS]
        if not there:
            return succeed(Refused(text="no other server stands by", code="nobody", facts={"seen": len(others)}))
        to = min(there, key=lambda one: found.last_seq - one.seq)
        behind = found.last_seq - to.seq
        if behind > MOST_BEHIND:
            text = f"{to.name} is {behind} rows behind; it is asked to catch up first (at most {MOST_BEHIND})"
            return succeed(Refused(text=text, code="behind", facts={"behind": behind}))
        return self._hand_over(to, actor)

    def _hand_over(self, to: ServerSeen, actor: Actor) -> Deferred[Answer]:
        self._handing_over = True
        self.log.warning("switch-over", to=to.name, by=actor.user, door=actor.door)
        # Journaled here, because afterwards there is no writer here that could.
        said = "site switchover"
        self._pump.tell(
            NoteOperation(user=actor.user, door=actor.door, peer=actor.peer, line=said, outcome=f"to {to.name}")
        )
        done = self._pump.stop()
        done.addCallback(lambda _: self._storage.run(self._opened.recorder.save))
        done.addCallback(lambda _: self._storage.run(lambda: self._give_away(to.name)))
        return done.addCallbacks(self._handed_over, self._not_handed_over, callbackArgs=(to,))

    def _give_away(self, to: str) -> None:
        """On the storage thread."""
        self._tenure.end()
        self._pair.hand_over(to)

    def _handed_over(self, _none: None, to: ServerSeen) -> Answer:
        self._clock.call_later(FAREWELL_SECONDS, lambda: self._begin_anew(f"{to.name} was asked to take over"))
        text = f"{to.name} at {to.address} takes over; {self.name} starts afresh and stands by"
        return Told(text=text, facts={"from": self.name, "to": to.name})

    def _not_handed_over(self, failure: Failure) -> Answer:
        reason = failure.getErrorMessage()
        self._clock.call_later(FAREWELL_SECONDS, lambda: self._begin_anew(f"the switch-over failed: {reason}"))
        return Refused(text=f"the lease could not be handed over: {reason}; {self.name} starts afresh", code="failed")

    def _line(self, found: Standing, one: ServerSeen) -> tuple[str | int | float | None, ...]:
        holds = one.name == found.holder
        role = one.role if one.age <= max(SILENT_SECONDS, self._pair.candidate.seconds) else "away"
        token = found.token if holds else None
        behind = max(0, found.last_seq - one.seq)
        return (
            one.name,
            role,
            one.address,
            Span(one.lasts),
            Span(max(0.0, one.age)),
            one.seq,
            behind,
            token,
            one.links,
        )

    def _standing(self) -> Standing | None:
        return self._tenure.standing if self._acting else self._following.standing

    # --- between the two --------------------------------------------------------------------------------------------

    def _facts(self) -> tuple[int, str]:
        if self._acting:
            return self._pump.durable or self._last_seq, self._links()
        return self._following.seq, self._links()

    def _taken(self, look: Look) -> None:
        self._acting = True
        self._last_seq = look.seq
        if look.known is not None:
            self._opened.parties.refill(look.known.next_id, look.known.parties)
        self._tenure.standing = look.standing
        self._tenure.begin(look.since)
        self.log.warning("acting", token=look.token, seq=look.seq, after=look.standing.holder or None)
        # Not where reading has taken so long that the right to act has run out meanwhile.
        if self._tenure.may_act():
            self._act()

    def _lost(self, reason: str) -> None:
        self.log.critical("this server may act no more", reason=reason)
        self._begin_anew(reason)
