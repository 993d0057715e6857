"""The room of tracing as the console and the shell find it."""

from twisted.internet.defer import Deferred, succeed

from cti_server.console.answers import Answer, Told, unknown_contact
from cti_server.reports.replaying.replay import Replay
from cti_server.reports.replaying.telling import replay_facts, replay_text
from cti_server.reports.tracing.journaled import Known
from cti_server.reports.tracing.lines import Trace, in_order, trace_facts, trace_text
from cti_server.runtime.running import Running
from cti_server.runtime.tracing import recording
from cti_server.runtime.tracing.signals import Told as Signals
from cti_server.runtime.tracing.signals import ask_signals
from cti_server.runtime.tracing.telling import Sources, replay_of, trace_of
from cti_server.telemetry.blackbox import BLACK_BOX
from cti_server.vocabulary.ids import ContactId
from program.levels import IN_FORCE


class TracingRoom:
    """Implements `cti_server.console.faces.Tracing`, and is an `Attendant`."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._own_numbers: frozenset[str] = frozenset()
        self._sources = Sources(
            store=running.store,
            directory=running.settings.data / BLACK_BOX,
            black_box=running.black_box,
            ours=self._is_ours,
            now=running.clock.now,
        )

    def start(self) -> None:
        """Nothing runs by itself here."""

    def stop(self) -> Deferred[None]:
        """Let everything be logged as configured again."""
        IN_FORCE.reset(None)
        return succeed(None)

    def log_level(self, room: str | None, level: str | None) -> Answer:
        """Show the log levels, or set that of a room (None: all) until the server ends."""
        return recording.log_level(IN_FORCE, room, level)

    def record(self, link: str | None, *, on: bool) -> Answer:
        """Switch the black box of a link (None: all) on or off until the server ends."""
        return recording.record(self._running.black_box, link, on=on)

    def recorded(self) -> Answer:
        """Which links are recorded now."""
        return recording.recorded(self._running.black_box())

    def trace(self, contact: ContactId) -> Deferred[Answer]:
        """SIP, CSTA, flow, queue and agent on one time line."""
        self._own_numbers = _numbers_of(self._running)
        told = self._running.stories.run(lambda: trace_of(self._sources, contact))
        return told.addCallback(self._with_signals)

    def replay(self, contact: ContactId) -> Deferred[Answer]:
        """Decide anew, from the journal, all that was decided about the contact; whether it comes out the same."""
        judged = self._running.stories.run(lambda: replay_of(self._running.store, contact))
        return judged.addCallback(_replayed)

    def _with_signals(self, told: tuple[Trace, Known]) -> Answer | Deferred[Answer]:
        trace, known = told
        if not trace.lines:
            return unknown_contact(trace.contact)
        running = self._running
        asked = ask_signals(running.channels, known.sessions, running.clock, self._is_ours)
        return asked.addCallback(self._traced, trace)

    def _traced(self, signals: Signals, trace: Trace) -> Answer:
        trace.lines = in_order([*trace.lines, *signals.lines])
        trace.missing += signals.missing
        return Told(text=trace_text(trace), facts=trace_facts(trace))

    def _is_ours(self, number: str) -> bool:
        return number in self._own_numbers


def _replayed(answer: Replay) -> Answer:
    if not answer.found:
        return unknown_contact(answer.contact)
    return Told(text=replay_text(answer), facts=replay_facts(answer))


def _numbers_of(running: Running) -> frozenset[str]:
    """The site's own numbers, which may be shown whole: phones, pilots, media ports."""
    plan = running.pump.state.plan
    phones = {str(number) for link in running.settings.links for number in link.extensions}
    ports = {port.number for channel in running.channels for port in channel.ports()}
    return frozenset(phones | {str(pilot.number) for pilot in plan.pilots} | {str(number) for number in ports})
