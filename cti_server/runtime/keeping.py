"""The room of keeping as the console finds it: rebuilds, backups, and how the journal stands."""

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import structlog
from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from cti_server.console.answers import Answer, Refused, Told
from cti_server.runtime.running import Running
from cti_server.storage.errors import StorageError
from cti_server.storage.projections.rebuilding import Rebuild, RebuildProgress

BACKUPS: Final = "backups"
"""Folder in the data directory for backups that are named without one."""
PAUSE_SECONDS: Final = 0.005
"""Between two steps of a rebuild, for calls that have nothing to do with it."""
BREATH_SECONDS: Final = 0.001
"""After each portion of rows that a backup or a check reads, for the calls' thread."""
TOLD_EVERY: Final = 5.0
"""Seconds between two lines of progress."""
STANDS_BY: Final = Refused(text="this server stands by: give the command at the other one", code="stands-by")


class LeftOffError(StorageError):
    """The server stops, and waits for no backup and no check."""


class Keeper:
    """Implements `cti_server.console.faces.Keeping`, and is an `Attendant`."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._store = running.store
        self._rebuilding = self._stopped = False
        self._stories = 0
        self.log = structlog.get_logger(room="keeping")

    def start(self) -> None:
        """Clear away what a rebuild that a former run left off has made."""
        self._running.worker.run(self._store.rebuild().discard).addErrback(self._not_cleared)

    def _not_cleared(self, failure: Failure) -> None:
        """The next rebuild clears away as well."""
        self.log.warning("what is left of a former rebuild stays for now", reason=failure.getErrorMessage())

    def stop(self) -> Deferred[None]:
        """Leave off a rebuild, a backup and a check: the reports stay as they were, no half of a backup is left."""
        self._stopped = True
        return succeed(None)

    @property
    def busy(self) -> bool:
        """Whether the reports are folded anew, or the journal is read for a backup or a check."""
        return self._rebuilding or self._stories > 0

    def rebuild(self, progress: Callable[[str], None]) -> Deferred[Answer]:
        """Fold the reports' tables anew from the journal, step by step between the appends."""
        if self._running.pump.standing_by:
            return succeed(STANDS_BY)
        if self._rebuilding:
            return succeed(Refused(text="the reports are being rebuilt already", code="busy"))
        self._rebuilding = True
        return Deferred.fromCoroutine(self._rebuild(self._store.rebuild(), progress)).addBoth(self._rebuilt)

    def back_up(self, target: str) -> Deferred[Answer]:
        """Write a consistent copy of everything that is kept to a new file; relative to backups/ in the data folder."""
        path = self._running.settings.data / BACKUPS / Path(target).expanduser()
        now = self._running.clock.now()
        return self._story(lambda: self._backed_up(path, now))

    def check(self) -> Deferred[Answer]:
        """Hold every row of the journal to its check sum."""
        return self._story(self._checked)

    def journal(self) -> Deferred[Answer]:
        """How the journal stands."""
        standing = asdict(self._running.pump.standing)
        return self._running.worker.run(lambda: self._told(standing)).addErrback(
            lambda failure: Refused(
                text=f"the database does not answer: {failure.getErrorMessage()}", code="database", facts=standing
            )
        )

    # --- rebuild ----------------------------------------------------------------------------------------------------

    async def _rebuild(self, rebuild: Rebuild, progress: Callable[[str], None]) -> Answer:
        began = told = self._running.clock.now()
        while True:
            if self._stopped:
                return Refused(text="the server stops; the reports are as they were", code="stopping")
            try:
                step: RebuildProgress = await self._running.worker.run(rebuild.step)
            except StorageError as fault:
                return Refused(text=f"left off, the reports are as they were: {fault}", code="database")
            now = self._running.clock.now()
            if step.done:
                seconds = round(now - began, 1)
                facts = {"folded": step.folded, "moved": step.moved, "seconds": seconds}
                return Told(
                    text=f"the reports are rebuilt: {step.folded} journal rows folded, {step.moved} report rows "
                    f"written, {seconds} s",
                    facts=facts,
                )
            if now - told >= TOLD_EVERY:
                told = now
                progress(f"{step.folded} of {step.of} journal rows folded, {step.moved} report rows written")
            await self._pause()

    def _pause(self) -> Deferred[None]:
        paused: Deferred[None] = Deferred()
        self._running.clock.call_later(PAUSE_SECONDS, lambda: paused.callback(None))
        return paused

    def _rebuilt(self, result: Any) -> Any:  # noqa: ANN401 - an answer, or the failure of a defect, passed on
        self._rebuilding = False
        return result

    # --- on the thread for work that may take long ------------------------------------------------------------------

    def _story(self, work: Callable[[], Answer]) -> Deferred[Answer]:
        def guarded() -> Answer:
            try:
                return work()
            except StorageError as fault:
                return Refused(text=str(fault), code="storage")

        self._stories += 1
        return self._running.keeping.run(guarded).addBoth(self._story_over)

    def _story_over(self, result: Any) -> Any:  # noqa: ANN401 - an answer, or the failure of a defect, passed on
        self._stories -= 1
        return result

    def _backed_up(self, path: Path, now: float) -> Answer:
        manifest = self._store.back_up(path, self._running.config, now, self._breathe)
        size = path.stat().st_size
        return Told(
            text=f"backed up to {path}: {manifest.rows} journal rows, {manifest.parties} parties, {manifest.files} "
            f"configuration files, {size >> 10} KiB; verified",
            facts={**asdict(manifest), "path": str(path), "bytes": size},
        )

    def _checked(self) -> Answer:
        rows = self._store.journal.verify(self._breathe)
        return Told(text=f"{rows} journal rows fit their check sums and can be read", facts={"rows": rows})

    def _breathe(self, _done: int, _of: int) -> None:
        if self._stopped:
            raise LeftOffError("left off: the server stops")
        time.sleep(BREATH_SECONDS)

    def _told(self, standing: dict[str, Any]) -> Answer:
        """On the storage thread: looks that cost next to nothing."""
        start = self._store.journal.start()
        facts: dict[str, Any] = {
            "last": self._store.journal.last_seq(),
            "first": start.seq + 1,
            "removed_at": start.removed_at,
            "keep": self._running.settings.journal.keep,
            "bytes": self._store.size(),
            "snapshots": self._store.snapshots.kept(),
            "behind": self._store.projections.lags(),
            **standing,
        }
        return Told(text=_text(facts), facts=facts)


def _kept(facts: dict[str, Any]) -> str:
    keep = "for good" if facts["keep"] is None else f"for {facts['keep']} days"
    if facts["first"] == 1:
        return f"{keep}; all rows are there"
    day = time.strftime("%Y-%m-%d", time.gmtime(facts["removed_at"]))
    return f"{keep}; from row {facts['first']} on, the rows before were removed by retention, last on {day}"


def _text(facts: dict[str, Any]) -> str:
    behind = ", ".join(f"{name} {rows}" for name, rows in facts["behind"].items())
    lines = [
        ("rows", str(facts["last"])),
        ("kept", _kept(facts)),
        ("database", f"{facts['bytes'] / (1 << 20):.1f} MiB"),
        ("snapshots at rows", ", ".join(str(seq) for seq in facts["snapshots"]) or "none yet"),
        ("reports behind by", behind),
        ("commits", f"{facts['commits']} since the start, with {facts['rows']} rows"),
        ("a commit takes", f"{facts['p50'] * 1000:.1f} ms (half), {facts['p99'] * 1000:.1f} ms (99 of 100)"),
        ("slow commits", f"{facts['slow']}, the slowest {facts['slowest'] * 1000:.0f} ms"),
        ("not durable yet", f"{facts['waiting']} rows, {facts['spilled']} of them in the spill file"),
        ("state", "calls go on without the journal" if facts["stalled"] else "well"),
        ("last fault", facts["error"] or "none"),
    ]
    return "\n".join(f"{name:<18} {value}" for name, value in lines)
