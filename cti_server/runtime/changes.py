"""Changes of the configuration while the system runs: shown first, then made as a whole, journaled, and undone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

import structlog
from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from cti_server.console.answers import Answer, Moment, Refused, Table, Told
from cti_server.console.rights import EVERYTHING, Actor
from cti_server.console.service import Console
from cti_server.engine.state import PlanChange, State
from cti_server.runtime.running import Running
from cti_server.settings import Loaded, ServerSettings, load_settings, plan_difference
from cti_server.settings.changes.proposal import Proposal, propose
from cti_server.settings.changes.server_difference import SettingChange, server_difference
from cti_server.storage.errors import StorageError
from cti_server.vocabulary.commands import LoadPlan
from cti_server.vocabulary.events import PlanLoaded, Recorded, TrialStopped
from cti_server.vocabulary.plan import SitePlan
from cti_server.vocabulary.refusals import Refusal
from cti_server.vocabulary.values import ChangeKind, TrialEnd
from program.levels import IN_FORCE, LEVELS

WRONG_FILES: Final = "wrong-files"
NO_CHANGE: Final = "no-change"
PLAN_CHANGED: Final = "plan-changed"
UNKNOWN_PLAN: Final = "unknown-plan"
PART_UNABLE: Final = "part-unable"
MOST_SHOWN: Final = 500


@runtime_checkable
class Reconfigurable(Protocol):
    """A part of the server that takes up parts of ``server.yaml`` without a restart."""

    @property
    def live(self) -> tuple[str, ...]:
        """The paths that it takes up, such as ``log.level``."""

    def reconfigure(self, settings: ServerSettings) -> None:
        """Work by these settings from now on."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What the files say, in full, and what that would change."""

    loaded: Loaded
    plan: SitePlan
    proposal: Proposal


class LogLevel:
    """The level of the log, which a reload may change; what was set by hand at the console is forgotten then."""

    live = ("log.level",)

    def reconfigure(self, settings: ServerSettings) -> None:
        """Log at the level that the settings say."""
        IN_FORCE.configure(LEVELS[settings.log.level])


class ConsoleRules:
    """Who may do what at the console, and for how long; its doors stay as they were opened.

    Args:
        console: takes other settings.
    """

    live = ("console.roles", "console.queues", "console.idle_minutes", "console.sessions")

    def __init__(self, console: Console) -> None:
        self._console = console

    def reconfigure(self, settings: ServerSettings) -> None:
        """Go by the roles and limits that the settings say."""
        self._console.reconfigure(settings.console)


class Changes:
    """Implements `cti_server.console.faces.Changes`; a room beside routing.

    Args:
        running: the running server.
        parts: whatever of the server may be reconfigured, asked for anew each time.
    """

    def __init__(self, running: Running, parts: Callable[[], Sequence[object]] = tuple) -> None:
        self._running = running
        self._parts = parts
        self._more: list[Reconfigurable] = []
        self._began = self._settings = running.settings
        self._prepared = False
        self._stop_listening: Callable[[], None] | None = None
        self.log = structlog.get_logger()

    # --- a room beside routing

    def prepare(self) -> None:
        """The server stands by: remember what the files say now, by which it works."""
        self._prepared = True
        self._load().addCallback(self._remember).addErrback(self._failed)

    def start(self) -> None:
        """Remember what the files say, unless that is done; tell where it is something else than what runs."""
        if self._stop_listening is None:
            self._stop_listening = self._running.pump.listen(self._watch)
        done = self._load()
        if not self._prepared:
            done.addCallback(self._remember)
        done.addCallback(self._compare).addErrback(self._failed)

    def stop(self) -> Deferred[None]:
        """Watch no more."""
        if self._stop_listening is not None:
            self._stop_listening()
        return succeed(None)

    def _watch(self, rows: Sequence[Recorded]) -> None:
        """What a guard did by itself, nobody has asked for: it is told loudly."""
        for row in rows:
            if isinstance(row.event, TrialStopped) and not row.event.by:
                self.log.warning("trial stopped by its guard", trial=row.event.trial, reason=row.event.reason)

    def _remember(self, loaded: Loaded) -> Loaded:
        if loaded.settings is not None:
            self._began = self._settings = loaded.settings
        return loaded

    def _compare(self, loaded: Loaded) -> None:
        state = self._state
        if loaded.plan is not None and loaded.plan.version != state.plan.version:
            self.log.warning(
                "running plan differs from files; it stands until they are applied",
                running=state.plan.version,
                files=loaded.plan.version,
                undone=state.undone,
            )

    def include(self, part: Reconfigurable) -> None:
        """Let a part that is made later take up its settings as well."""
        self._more.append(part)

    # --- the face

    def plan(self, back: str | None = None) -> Deferred[Answer]:
        """What the files would change, and whom that touches now; with ``back`` what going back would.

        ``back`` is the number of a plan, or ``before``: the one before the last change.
        """
        if back is not None:
            return self._go_back(back, self._told)
        return self._read(lambda read: succeed(self._told(read.proposal)))

    def apply(self, actor: Actor, why: str, expected: str | None = None) -> Deferred[Answer]:
        """Bring the files into force, all or nothing; refused where ``expected`` is not the digest that `plan` told."""

        def agreed(read: _Read) -> Deferred[Answer]:
            found = read.proposal
            if expected is not None and expected != found.digest:
                text = f"the change is another one by now (digest {found.digest}, and not {expected}): look at it anew"
                return succeed(Refused(text=text, code=PLAN_CHANGED, facts=found.facts()))
            if found.empty and not found.undone:
                return succeed(self._told(found))
            return self._bring(read, actor, why)

        return self._read(agreed)

    def undo(self, actor: Actor, why: str, to: str | None = None) -> Deferred[Answer]:
        """Bring the plan of before the last change into force again, or that of number ``to``."""

        def back(target: PlanChange, plan: SitePlan) -> Deferred[Answer]:
            proposal = propose(self._state, plan, self._running.clock.now())
            command = LoadPlan(
                plan=plan,
                by=actor.user,
                why=why,
                kind=ChangeKind.UNDO,
                expected=self._state.plan.version,
                back_to=target.number,
            )

            def done(refusal: Refusal | None) -> Deferred[Answer]:
                if refusal is not None:
                    return succeed(_refused(refusal))
                self.log.warning("plan undone", by=actor.user, why=why, back_to=target.number)
                return self._load().addCallback(self._after_undo, target, proposal)

            return self._running.pump.submit(command).addCallback(done)

        return self._find(to or "before", back)

    def reload(self, actor: Actor, why: str = "reload") -> Deferred[Answer]:
        """Bring the files into force without having been shown them."""
        return self.apply(actor, why)

    def changes(self, limit: int) -> Deferred[Answer]:
        """The newest changes, newest first: number, when, who, why."""
        newest = self._state.changes[::-1][: max(1, min(limit, MOST_SHOWN))]
        rows = [
            (
                one.number,
                Moment(one.at),
                str(one.kind) if one.back_to is None else f"{one.kind} to {one.back_to}",
                one.by or None,
                one.why or None,
                one.version,
            )
            for one in newest
        ]
        return succeed(Table(headings=("number", "time", "kind", "by", "why", "version"), rows=rows, empty="no plan"))

    def difference(self, number: str, other: str | None = None) -> Deferred[Answer]:
        """What a change changed against the plan before it; or from one numbered plan to another."""

        def shown(new: PlanChange, plan: SitePlan) -> Deferred[Answer]:
            if other is None and _before(self._state.changes, new) is None:
                return succeed(Told(text=f"plan {new.number} is the first that is known", facts={"changes": []}))
            start = other or str(_number_before(self._state.changes, new))
            return self._find(start, lambda old, was: succeed(_differs(old, was, new, plan)))

        return self._find(number, shown)

    def stopped_trials(self) -> Sequence[tuple[str, str]]:
        """Trials of flows that stopped, each with its flow and the reason."""
        stopped = (one for one in self._state.trials.values() if one.ended is TrialEnd.STOPPED)
        return [(str(one.plan.flow), one.reason) for one in stopped]

    # --- SIGHUP

    def hang_up(self) -> Deferred[None]:
        """Bring the files into force because of SIGHUP; what comes of it is in the log."""

        def told(answer: Answer) -> None:
            if isinstance(answer, Refused):
                self.log.error("nothing was reloaded; the system stays as it was", reason=answer.text)
            else:
                self.log.info("reloaded", what=answer.text if isinstance(answer, Told) else str(answer))

        return self.reload(EVERYTHING, "SIGHUP").addCallback(told).addErrback(self._failed)

    # --- bringing files into force

    def _bring(self, read: _Read, actor: Actor, why: str) -> Deferred[Answer]:
        """All or nothing: parts take up their settings first, and go back where one cannot or the plan is refused."""
        before, settings = self._settings, self._to_take_up(read)
        if settings is not None:
            unable = self._reconfigure(settings)
            if unable is not None:
                self._reconfigure(before)
                text = f"{unable} cannot take up its settings (the log says why); the system stays as it was"
                return succeed(Refused(text=text, code=PART_UNABLE, facts={"part": unable}))
        command = LoadPlan(
            plan=read.plan, by=actor.user, why=why, kind=ChangeKind.APPLY, expected=self._state.plan.version
        )

        def done(refusal: Refusal | None) -> Answer:
            if refusal is not None:
                if settings is not None:
                    self._reconfigure(before)
                return _refused(refusal)
            self.log.info("configuration applied", by=actor.user, why=why, plan=read.plan.version)
            number = self._state.changes[-1].number if self._state.changes else 0
            text = f"{read.proposal.text()}\nloaded: plan {number} is in force"
            return Told(text=text, facts={**read.proposal.facts(), "number": number})

        def not_told(failure: Failure) -> Failure:
            if settings is not None:
                self._reconfigure(before)
            return failure

        return self._running.pump.submit(command).addCallbacks(done, not_told)

    def _to_take_up(self, read: _Read) -> ServerSettings | None:
        """The settings, where anything of them can be taken up at once."""
        return read.loaded.settings if any(one.live for one in read.proposal.settings) else None

    def _reconfigure(self, settings: ServerSettings) -> str | None:
        """Let every part take up its settings; the name of the first that cannot, None where all can.

        A fault in one keeps nothing else from it: what goes back to former settings goes back as far as it can.
        """
        self._settings = settings
        unable = None
        for part in self._reconfigurable():
            try:
                part.reconfigure(settings)
            except Exception:
                self.log.exception("a part cannot take up its settings", part=type(part).__name__)
                unable = unable or type(part).__name__
        return unable

    def _settings_changes(self, settings: ServerSettings) -> list[SettingChange]:
        """Against what was last taken up where that is possible, else against what the server began with."""
        live = [path for part in self._reconfigurable() for path in part.live]
        taken = [one for one in server_difference(self._settings, settings, live) if one.live]
        return taken + [one for one in server_difference(self._began, settings, live) if not one.live]

    def _reconfigurable(self) -> list[Reconfigurable]:
        return [*(one for one in self._parts() if isinstance(one, Reconfigurable)), *self._more]

    # --- reading

    @property
    def _state(self) -> State:
        return self._running.pump.state

    def _load(self) -> Deferred[Loaded]:
        """Read the files on a thread of its own: it takes long where a site is large, and the journal goes on."""
        config = self._running.config
        return self._running.stories.run(lambda: load_settings(config))

    def _read(self, then: Callable[[_Read], Deferred[Answer]]) -> Deferred[Answer]:
        def read(loaded: Loaded) -> Deferred[Answer]:
            if loaded.plan is None or loaded.settings is None:
                lines = [str(problem) for problem in loaded.problems]
                text = "\n".join([*lines, f"nothing was loaded: {len(lines)} problem(s); the system stays as it was"])
                return succeed(Refused(text=text, code=WRONG_FILES, facts={"problems": lines}))
            settings = self._settings_changes(loaded.settings)
            proposal = propose(self._state, loaded.plan, self._running.clock.now(), settings)
            return then(_Read(loaded, loaded.plan, proposal))

        return self._load().addCallback(read)

    def _told(self, proposal: Proposal) -> Answer:
        return Told(text=proposal.text(), facts=proposal.facts())

    # --- former plans

    def _go_back(self, back: str, shown: Callable[[Proposal], Answer]) -> Deferred[Answer]:
        now = self._running.clock.now()
        return self._find(back, lambda _target, plan: succeed(shown(propose(self._state, plan, now))))

    def _find(self, which: str, then: Callable[[PlanChange, SitePlan], Deferred[Answer]]) -> Deferred[Answer]:
        """A former plan by its number, or ``before``; it is read from the journal."""
        changes = self._state.changes
        if which == "before":
            number = _number_before(changes, changes[-1]) if changes else None
        else:
            number = int(which) if which.isascii() and which.isdecimal() and len(which) < 10 else None
        target = next((one for one in changes if one.number == number), None)
        if target is None:
            known = f"{changes[0].number} to {changes[-1].number}" if changes else "none"
            text = "there is no plan of before" if which == "before" else f"no plan {which} is known (known: {known})"
            return succeed(Refused(text=text, code=UNKNOWN_PLAN))
        found = target

        def unreadable(failure: Failure) -> Answer:
            if not isinstance(failure.value, StorageError):
                failure.raiseException()
            return Refused(text=f"plan {found.number} cannot be read: {failure.getErrorMessage()}", code=UNKNOWN_PLAN)

        def read(plan: SitePlan | Answer) -> Deferred[Answer]:
            return then(found, plan) if isinstance(plan, SitePlan) else succeed(plan)

        return self._plan_at(found).addErrback(unreadable).addCallback(read)

    def _plan_at(self, change: PlanChange) -> Deferred[SitePlan | Answer]:
        journal = self._running.store.journal

        def read() -> SitePlan | Answer:
            row = journal.row(change.seq)
            if row is None or not isinstance(row.event, PlanLoaded):
                return Refused(text=f"plan {change.number} is not in the journal", code=UNKNOWN_PLAN)
            return row.event.plan

        return self._running.worker.run(read)

    def _after_undo(self, loaded: Loaded, target: PlanChange, proposal: Proposal) -> Answer:
        number = self._state.changes[-1].number
        differs = loaded.plan is None or loaded.plan.version != self._state.plan.version
        lines = [*proposal.changes, *(one.text for one in proposal.touched)]
        lines.append(f"undone: plan {number} is in force, which is plan {target.number} again")
        if differs:
            lines.append(
                "the files say something else now; what runs stands, over a restart too, until they are applied"
            )
        facts = {**proposal.facts(), "number": number, "back_to": target.number, "files_differ": differs}
        return Told(text="\n".join(lines), facts=facts)

    def _failed(self, failure: Failure) -> None:
        self.log.error("the configuration cannot be read", exception=failure.getTraceback())


def _before(changes: Sequence[PlanChange], change: PlanChange) -> PlanChange | None:
    """The last plan before the change that says something else."""
    earlier = (one for one in reversed(changes) if one.number < change.number)
    return next((one for one in earlier if one.version != change.version), None)


def _number_before(changes: Sequence[PlanChange], change: PlanChange) -> int | None:
    found = _before(changes, change)
    return None if found is None else found.number


def _differs(old: PlanChange, was: SitePlan, new: PlanChange, plan: SitePlan) -> Answer:
    lines = plan_difference(was, plan)
    text = "\n".join([f"from plan {old.number} to plan {new.number}:", *(lines or ["nothing"])])
    return Told(text=text, facts={"from": old.number, "to": new.number, "changes": lines})


def _refused(refusal: Refusal) -> Refused:
    return Refused(text=refusal.text, code=str(refusal.code))
