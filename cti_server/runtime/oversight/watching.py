"""Looks at the running server: how each part stands, what the alarms are read from, what the figures are."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from cti_server.runtime.clock import SystemClock
from cti_server.runtime.running import Running
from cti_server.settings import ServerSettings
from cti_server.telemetry.alarms.board import Alarm, Reading
from cti_server.telemetry.alarms.readings import (
    connector_readings,
    journal_readings,
    link_readings,
    media_readings,
    note_trends,
    queue_readings,
    share_reading,
    trial_readings,
)
from cti_server.telemetry.alarms.trends import QueueTrend
from cti_server.telemetry.machine import Certificate, Machine
from cti_server.telemetry.metrics.gauges import Snapshot
from cti_server.telemetry.queue_look import look_at_queues
from cti_server.telemetry.standing import Part, Standing
from cti_server.vocabulary.ids import QueueName
from cti_server.vocabulary.status import LinkStatus, MediaStatus

FAILED_WITHIN: Final = 300.0
"""Seconds within which failed log-ins count for the alarm."""
MOST_FAILED: Final = 1000
STALE_SECONDS: Final = 3.0
"""A lag above it means that the loop does not turn as it should."""

StoppedTrials = Callable[[], Sequence[tuple[str, str]]]


class Watch:
    """Reads, and changes nothing of the server.

    Args:
        running: the running server.
        stopped_trials: flows whose trial was stopped by its guard, and why.
    """

    def __init__(self, running: Running, stopped_trials: StoppedTrials = tuple) -> None:
        self._running = running
        self._stopped_trials = stopped_trials
        self._trends: dict[QueueName, QueueTrend] = {}
        self._failed: dict[str, deque[float]] = {}
        self.machine = Machine()
        self.certificates: Sequence[Certificate] = ()
        self.reports: Mapping[str, int] = {}
        """How many rows each projection is behind the journal."""
        self.differs: Sequence[str] = ()
        self.problems: Sequence[str] = ()
        self.lag = 0.0
        self.rooms: dict[str, str] = {}
        """What is wrong with parts beside routing, in words; empty where nothing is."""

    def media(self) -> list[MediaStatus]:
        """Media services of all channels."""
        return [one for channel in self._running.channels for one in channel.media()]

    def connectors(self) -> Sequence[LinkStatus]:
        """What flows may ask of the outside."""
        return () if self._running.desk is None else self._running.desk.statuses()

    def log_in_failed(self, door: str) -> None:
        """Note a log-in that failed at a door."""
        self._failed.setdefault(door, deque(maxlen=MOST_FAILED)).append(self._running.clock.now())

    # --- how it stands ------------------------------------------------------------------------------------------------

    def standing(self) -> Standing:
        """How the server and its parts stand."""
        pump = self._running.pump
        role = "standby" if pump.standing_by else "active"
        return Standing(role=role, parts=tuple(self._parts()))

    def _parts(self) -> Iterator[Part]:
        pump, backlog = self._running.pump, self._running.pump.backlog
        lag = f"{self.lag * 1000:.0f} ms late at the most"
        yield Part(name="loop", good=self.lag < STALE_SECONDS, text=lag)
        text = f"row {pump.state.seq}, {backlog.rows} not durable"
        if pump.stalled:
            text = (
                f"stalled: calls go on, {backlog.rows} rows wait since {backlog.seconds:.0f} s; {pump.standing.error}"
            )
        yield Part(name="journal", good=not pump.stalled, text=text)
        engine = "state is folded anew after a defect" if pump.rebuilding else "decides"
        yield Part(name="engine", good=not pump.rebuilding, text=engine)
        plan = pump.state.plan
        loaded = f"{len(plan.queues)} queues, {len(plan.agents)} agents" if plan.version else "none is loaded"
        yield Part(name="plan", good=bool(plan.version), text=loaded)
        yield self._files()
        if not pump.standing_by:
            for link in (one for channel in self._running.channels for one in channel.links() if one.kind != "media"):
                yield Part(name=f"link {link.name}", good=link.up, text=f"{link.peer} {link.detail}".strip())
            yield from self._media_parts()
        for one in self.connectors():
            yield Part(name=f"connector {one.name}", good=one.up, text=one.detail, needed=False)
        for name, wrong in self.rooms.items():
            yield Part(name=name, good=not wrong, text=wrong or "runs", needed=False)

    def _files(self) -> Part:
        """Whether somebody has edited files that are not applied yet; they touch no call before they are."""
        text = "say what runs"
        if self.problems:
            text = f"wrong, as callwright check says: {self.problems[0]}"
        elif self.differs:
            text = f"not applied, as callwright plan says: {self.differs[0]}"
        return Part(name="files", good=not (self.problems or self.differs), text=text, needed=False)

    def _media_parts(self) -> Iterator[Part]:
        for one in self.media():
            text = f"{one.peer} {one.state}, {one.registered} of {one.ports} ports registered, {one.free} free"
            yield Part(name=f"media {one.name}", good=one.state == "up", text=text, needed=False)

    # --- what the alarms are read from --------------------------------------------------------------------------------

    def readings(self, lag: float, append: float) -> list[Reading]:
        """All of them; a standby has no calls to watch.

        ``lag`` is the loop's worst, ``append`` the longest that rows took to be durable since the last look, seconds.
        """
        running, now = self._running, self._running.clock.now()
        self.lag = lag
        found = [*self._of_the_journal(append), *self._of_the_process(lag)]
        if not running.pump.standing_by:
            state = running.pump.state
            looks = look_at_queues(state, now)
            note_trends(looks, self._trends, now)
            found += link_readings(state)
            found += media_readings(self.media())
            found += connector_readings(self.connectors())
            found += queue_readings(state, looks, self._trends, now)
            found += trial_readings(self._stopped_trials())
            found += self._of_the_plan()
        found += self._of_the_standby()
        found += self._of_log_ins(now)
        return found

    def _of_the_journal(self, append: float) -> Iterator[Reading]:
        pump = self._running.pump
        seconds, fault = max(pump.backlog.seconds, append), pump.standing.error
        yield from journal_readings(stalled=pump.stalled, seconds=seconds, rows=pump.backlog.rows, fault=fault)
        for name, rows in self.reports.items():
            yield Reading(kind="reports-behind", subject=name, value=float(rows))

    def _of_the_process(self, lag: float) -> Iterator[Reading]:
        yield Reading(kind="loop-lag", subject="", value=lag)
        yield from share_reading("disk-low", self.machine.disk_free, str(self._running.settings.data))
        yield from share_reading("memory-high", self.machine.memory)
        yield from share_reading("descriptors-low", self.machine.descriptors)
        clock = self._running.clock
        if isinstance(clock, SystemClock):
            yield Reading(kind="clock-step", subject="", value=abs(time.time() - clock.now()))
        for one in self.certificates:
            for kind in ("certificate-ending", "certificate-ended"):
                yield Reading(kind=kind, subject=one.file.name, value=one.days, text=f"{one.file} {one.text}")
        for name, wrong in self.rooms.items():
            yield Reading(kind="room-down", subject=name, value=float(bool(wrong)), text=wrong)

    def _of_the_plan(self) -> Iterator[Reading]:
        undone = self._running.pump.state.undone
        text = "; ".join(self.differs[:3]) or ("a change was undone" if undone else "")
        yield Reading(kind="plan-differs", subject="", value=float(bool(self.differs) or undone), text=text)
        wrong = "; ".join(self.problems[:2])
        yield Reading(kind="plan-wrong", subject="", value=float(bool(self.problems)), text=wrong)

    def _of_the_standby(self) -> Iterator[Reading]:
        lag = self._running.lag()
        if lag is not None:
            there, rows = lag
            yield Reading(kind="standby-away", subject="", value=float(not there))
            yield Reading(kind="standby-behind", subject="", value=float(rows))

    def _of_log_ins(self, now: float) -> Iterator[Reading]:
        for door, times in self._failed.items():
            while times and times[0] < now - FAILED_WITHIN:
                times.popleft()
            yield Reading(kind="log-ins-failed", subject=door, value=float(len(times)), text=f"at the {door} door")

    # --- figures ------------------------------------------------------------------------------------------------------

    def snapshot(self, alarms: Sequence[Alarm]) -> Snapshot:
        """How things stand now, for the figures."""
        pump = self._running.pump
        return Snapshot(
            now=self._running.clock.now(),
            state=pump.state,
            standing=self.standing(),
            connectors=self.connectors(),
            media=self.media(),
            backlog=(pump.backlog.rows, pump.backlog.seconds),
            stalled=pump.stalled,
            alarms=[(one.rule.kind, one.severity.value) for one in alarms],
            disk_free=self.machine.disk_free,
        )


def certificate_files(settings: ServerSettings) -> list[Path]:
    """Every certificate that the settings name, ours and those of authorities."""
    files = [settings.web.tls.certificate] if settings.web is not None and settings.web.tls is not None else []
    for link in settings.links:
        if link.tls is not None:
            files += [one for one in (link.tls.certificate, link.tls.ca) if one is not None]
    return [*files, *settings.alarms.certificates]


def signature(config: Path) -> Mapping[Path, tuple[int, int]]:
    """By what the files of a config directory are known to have been written since: time and size; blocks."""
    found = {}
    for file in sorted(config.rglob("*.yaml")):
        try:
            facts = file.stat()
        except OSError:
            continue  # it went away between the two looks
        found[file] = (facts.st_mtime_ns, facts.st_size)
    return found
