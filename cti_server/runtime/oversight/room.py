"""The room that oversees the server: it opens the endpoints, counts, judges the alarms, and has them told."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import structlog
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from cti_server.connectors.alarms.notice import Notice
from cti_server.console.answers import Answer, Moment, Refused, Span, Table, Told
from cti_server.console.rights import Actor
from cti_server.runtime.oversight.watching import StoppedTrials, Watch, certificate_files, signature
from cti_server.runtime.running import Running
from cti_server.settings import ServerSettings, load_settings, plan_difference
from cti_server.telemetry.alarms.board import AlarmBoard, Change, News
from cti_server.telemetry.alarms.catalogue import Rule
from cti_server.telemetry.machine import Certificate, LoopLag, Machine, certificates, look
from cti_server.telemetry.metrics.counting import EventCounter
from cti_server.telemetry.metrics.exposition import Exposition
from cti_server.telemetry.metrics.figures import Figures
from cti_server.telemetry.metrics.gauges import Gauges, SpanFigures
from cti_server.telemetry.traces.identity import in_share, trace_id
from cti_server.vocabulary.ids import ContactId
from cti_server.vocabulary.plan import SitePlan
from program.clock import Timer
from program.late import LateModule

if TYPE_CHECKING:
    from cti_server.connectors.alarms import ways
    from cti_server.connectors.alarms.courier import Courier
    from cti_server.web import application, server
else:
    ways = LateModule("cti_server.connectors.alarms.ways")
    application = LateModule("cti_server.web.application")
    server = LateModule("cti_server.web.server")

MACHINE_EVERY: Final = 30.0
"""Seconds between two looks at memory, descriptors and disk."""
FILES_EVERY: Final = 60.0
"""Seconds between two looks at the plan's files and at certificates."""
ENDPOINTS: Final = "endpoints"


class PumpFigures:
    """Hears from the pump how long its work takes."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures
        self._longest = 0.0

    def longest_append(self) -> float:
        """The longest that rows took to be durable since this was last asked, seconds."""
        longest, self._longest = self._longest, 0.0
        return longest

    def decided(self, seconds: float) -> None:
        """The engine handled a command."""
        self._figures.decisions.observe(seconds)

    def appended(self, seconds: float, rows: int) -> None:
        """Rows were made durable."""
        self._longest = max(self._longest, seconds)
        self._figures.appends.observe(seconds)
        self._figures.rows.inc(rows)

    def set_aside(self) -> None:
        """A command met a defect."""
        self._figures.defects.inc()


class Oversight:
    """Implements `cti_server.console.faces.Oversight`; a room beside routing.

    Args:
        running: the running server.
        stopped_trials: flows whose trial was stopped by its guard, and why.
        spans: what became of the spans of traces.
    """

    live = ("alarms.rules", "alarms.queues", "alarms.repeat", "alarms.certificates")

    def __init__(
        self, running: Running, stopped_trials: StoppedTrials = tuple, spans: Callable[[], SpanFigures] = SpanFigures
    ) -> None:
        self._running = running
        self._settings = running.settings
        self.figures = Figures()
        self._measured = PumpFigures(self.figures)
        self.watch = Watch(running, stopped_trials)
        self.board = self._board()
        self._counter = EventCounter(
            self.figures, self._trace_of, lambda agent: self.log_in_failed("agent line", f"agent {agent}")
        )
        gauges = Gauges(
            lambda: replace(self.watch.snapshot(self.board.raised()), spans=spans()),
            agents=running.settings.web is not None and running.settings.web.agents,
        )
        self._exposition = Exposition(self.figures, gauges)
        self._lag = LoopLag(running.reactor, time.monotonic, self.figures.lags.observe)
        self._web: server.WebServer | None = None
        self._couriers, self._hooks = self._ways_of(running.settings)
        self._listeners: list[Callable[[str], None]] = []
        self._timer: Timer | None = None
        self._looked = self._read = float("-inf")
        self._signature: object = None
        self._stop_listening: Callable[[], None] | None = None
        self.prepared = self._stopped = False
        self.log = structlog.get_logger(room="oversight")

    # --- a room beside routing ----------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Open the endpoints and watch; also while the server stands by."""
        if self.prepared:
            return
        self.prepared = True
        self._running.pump.measure(self._measured)
        self._counter.begin(self._running.pump.state)
        self._stop_listening = self._running.pump.listen(self._counter.count)
        self._lag.start()
        self._open()
        if self._couriers:
            loop = self._running.loop()
            for courier in self._couriers:
                courier.start(loop)
        self._again()

    def start(self) -> None:
        """As `prepare`, where that has not come before."""
        self.prepare()

    def stop(self) -> Deferred[None]:
        """Close the endpoints, and let what is to be told be told."""
        self._stopped = True
        self._lag.stop()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        if self._stop_listening is not None:
            self._stop_listening()
        endings: list[Coroutine[Any, Any, None]] = [one.stop() for one in self._couriers if self.prepared]
        if self._web is not None:
            endings.append(self._web.stop())
        done: Deferred[None] = Deferred()
        if not endings:
            done.callback(None)
            return done
        task = self._running.loop().create_task(self._end(endings))
        return Deferred.fromFuture(task)

    def reconfigure(self, settings: ServerSettings) -> None:
        """Judge by these rules from now on; what is raised is judged anew at the next look."""
        self._settings = settings
        self.board.repeat = settings.alarms.repeat
        self._read = float("-inf")

    # --- the console's face -------------------------------------------------------------------------------------------

    def health(self) -> Answer:
        """How each part stands."""
        standing = self.watch.standing()
        rows = [
            (one.name, "ok" if one.good else "BAD", "yes" if one.needed else "no", one.text) for one in standing.parts
        ]
        return Table(headings=("part", "state", "needed", "detail"), rows=rows)

    def alarms(self) -> Answer:
        """The alarms that are raised now."""
        now = self._running.clock.now()
        rows = [
            (
                one.number,
                one.severity.value.upper() if one.severity.value == "critical" else one.severity.value,
                one.id,
                Moment(one.since),
                Span(now - one.since),
                one.known_to or "",
                one.line.partition(": ")[2],
                one.rule.advice,
            )
            for one in self.board.raised()
        ]
        headings = ("number", "severity", "alarm", "since", "for", "known to", "what", "to do")
        return Table(headings=headings, rows=rows, empty="no alarms")

    def acknowledge(self, alarm: str, actor: Actor) -> Answer:
        """Note that somebody knows of an alarm: it is told no more."""
        found = self.board.acknowledge(alarm, actor.user)
        if found is None:
            return Refused(text=f"no alarm {alarm} is raised; `show alarms` names them", code="unknown-alarm")
        self.log.info("alarm acknowledged", alarm=found.id, user=actor.user)
        return Told(text=f"{found.id}: acknowledged by {actor.user}", facts={"alarm": found.id, "known_to": actor.user})

    def names(self) -> list[str]:
        """The alarms that are raised, as they are named."""
        return [one.id for one in self.board.raised()]

    def listen(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Hand a line for each alarm that is raised or over to the listener, until the given function is called."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    def log_in_failed(self, door: str, peer: str) -> None:
        """Count a log-in that failed at a door (telnet, ssh, web, agent line)."""
        self.figures.failed_log_ins.labels(door).inc()
        self.watch.log_in_failed(door)
        self.log.warning("log-in failed", door=door, peer=peer)

    # --- the endpoints ------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        settings = self._settings.web
        if settings is None:
            return
        try:
            token = None if settings.token_file is None else server.read_token(settings.token_file)
            sources = application.Sources(
                standing=self.watch.standing,
                metrics=self._exposition.expose if settings.metrics else None,
                steady=time.monotonic,
                locked_out=lambda address: self.log_in_failed("web", address),
            )
            self._web = server.WebServer(settings, application.Endpoints(sources, token, settings.requests).application)
            self._web.start(self._running.loop())
            self.watch.rooms[ENDPOINTS] = ""
        except server.EndpointsError as fault:
            self.watch.rooms[ENDPOINTS] = str(fault)
            self.log.error("no endpoints; calls go on without them", reason=str(fault))  # noqa: TRY400 - the reason says all

    @property
    def port(self) -> int:
        """Where the endpoints listen; 0 where they do not."""
        return 0 if self._web is None else self._web.port

    async def _end(self, endings: list[Coroutine[Any, Any, None]]) -> None:
        endings += [hook.close() for hook in self._hooks]
        for found in await asyncio.gather(*endings, return_exceptions=True):
            if isinstance(found, BaseException):
                self.log.error("oversight did not end cleanly", exc_info=found)

    # --- alarms -------------------------------------------------------------------------------------------------------

    def _board(self) -> AlarmBoard:
        return AlarmBoard(self._rule, self._settings.alarms.repeat)

    @staticmethod
    def _ways_of(settings: ServerSettings) -> "tuple[list[Courier], list[ways.Webhook]]":
        """Who takes alarms to people; nothing is loaded for it where nobody is to be told."""
        alarms, mail = settings.alarms, settings.connectors.mail
        return ways.couriers_of(alarms, mail) if alarms.webhooks or (alarms.mail and mail) else ([], [])

    def _trace_of(self, contact: ContactId) -> str | None:
        """The contact's trace, where it is sent: not of those that the share of contacts passes over."""
        settings = self._running.settings  # traces are sent as they were set when the server was started
        traces = settings.traces
        if traces.endpoint is None:
            return None
        trace = trace_id(settings.name, contact)
        return f"{trace:032x}" if in_share(trace, traces.share) else None

    def _rule(self, kind: str, subject: str) -> Rule | None:
        return self._settings.alarms.rule(kind, subject)

    def _again(self) -> None:
        self._timer = None
        if self._stopped:
            return
        try:
            self._look()
        except Exception:
            self.log.exception("defect while the alarms were judged")
        self._timer = self._running.clock.call_later(self._settings.alarms.every, self._again)

    def _look(self) -> None:
        now = self._running.clock.now()
        if now >= self._looked + MACHINE_EVERY:
            self._looked = now
            data = self._running.settings.data
            self._running.stories.run(lambda: look(data)).addCallbacks(self._machine, self._not_looked)
            self._running.worker.run(self._running.store.projections.lags).addCallbacks(self._lags, self._not_lagged)
        if now >= self._read + FILES_EVERY:
            self._read = now
            if self._web is not None:
                self._web.renew_certificate()
            plan = self._running.pump.state.plan
            self._running.stories.run(lambda: self._files(plan, now)).addCallbacks(self._filed, self._not_looked)
        for courier in self._couriers:
            status = courier.status()
            self.watch.rooms[status.name] = "" if status.up else status.detail
        if self._web is not None and not self.watch.rooms.get(ENDPOINTS) and not self._web.listening:
            self.watch.rooms[ENDPOINTS] = self._web.fault or "have ended"
        readings = self.watch.readings(self._lag.worst(), self._measured.longest_append())
        for change in self.board.judge(readings, now):
            self._tell(change)

    def _tell(self, change: Change) -> None:
        alarm = change.alarm
        if change.news is News.RAISED:
            self.figures.alarms.labels(alarm.rule.kind, alarm.severity.value).inc()
        log = self.log.info if change.news is News.OVER else self.log.warning
        log(f"alarm {change.news.value}", alarm=alarm.id, severity=alarm.severity.value, what=alarm.line)
        word = "OVER" if change.news is News.OVER else alarm.severity.value.upper()
        for listener in list(self._listeners):
            try:
                listener(f"alarm {change.news.value} {word} {alarm.line}")
            except Exception:
                self.log.exception("defect in a listener to alarms")
        for courier in self._couriers:
            courier.take(Notice(server=self._settings.name, change=change))

    # --- what is looked at on another thread --------------------------------------------------------------------------

    def _machine(self, machine: Machine) -> None:
        self.watch.machine = machine

    def _files(self, plan: SitePlan, now: float) -> tuple[list[Certificate], list[str] | None, list[str]]:
        """On the thread for long work: certificates; and the plan's files, if they were written since the last time."""
        found = certificates(certificate_files(self._settings), now)
        written = (signature(self._running.config), plan.version)
        if written == self._signature:
            return found, None, []
        self._signature = written
        loaded = load_settings(self._running.config)
        if loaded.plan is None:
            return found, [], [str(problem) for problem in loaded.problems]
        return found, plan_difference(plan, loaded.plan), []

    def _filed(self, found: tuple[list[Certificate], list[str] | None, list[str]]) -> None:
        self.watch.certificates, differs, problems = found
        if differs is not None:
            self.watch.differs, self.watch.problems = differs, problems

    def _lags(self, found: Mapping[str, int]) -> None:
        self.watch.reports = found

    def _not_lagged(self, failure: Failure) -> None:
        """A database that is away is the journal's alarm."""
        self.watch.reports = {}
        self.log.debug("the reports' lag is not known", reason=failure.getErrorMessage())

    def _not_looked(self, failure: Failure) -> None:
        self.log.error("defect while the machine was looked at", exception=failure.getTraceback())
