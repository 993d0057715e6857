"""Traces of contacts as they happen: the journal's rows become spans, and whoever follows the change feed is woken."""

from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

import structlog
from twisted.internet.defer import Deferred, succeed

from csta.messages.base import Request
from cti_server.runtime.running import Running
from cti_server.runtime.tracing.marking import contact_of, marker
from cti_server.settings.connectors import SecretFault
from cti_server.telemetry.metrics.gauges import SpanFigures
from cti_server.telemetry.traces.spans import SpanFold
from cti_server.vocabulary.events import Recorded
from program.clock import Timer
from program.late import LateModule

if TYPE_CHECKING:
    from cti_server.telemetry.traces import export
else:
    export = LateModule("cti_server.telemetry.traces.export")

WAKE_SECONDS: Final = 0.2
"""Followers of the change feed are woken once in so long, however much happens."""


class Traces:
    """Follows the released rows; an `Attendant`."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self.exporter: export.Exporter | None = None
        self._fold = SpanFold(running.settings.name, running.settings.traces.share)
        self._unlisten: list[Callable[[], None]] = []
        self._waking: Timer | None = None
        self._log = structlog.get_logger()

    def start(self) -> None:
        """Mark calls on links that want it; begin to export, where the settings say where to."""
        self._unlisten.append(self._running.pump.listen(self._wake))
        links = frozenset(link.name for link in self._running.settings.links if link.correlator)
        if links:
            self._running.requests.mark_by(marker(lambda: self._running.pump.state, links))
        wanted = self._running.settings.traces
        if wanted.endpoint is None:
            return
        try:
            token = "" if wanted.token is None else wanted.token.read()
        except SecretFault as fault:
            self._log.error("no traces are sent: their token cannot be read", reason=str(fault))
            return
        send = export.http_sender(
            wanted.endpoint, authorization=f"Bearer {token}" if token else "", timeout=wanted.timeout
        )
        self.exporter = export.Exporter(send, service=self._running.settings.name, version=version("callwright"))
        for contact in self._running.pump.state.contacts.values():
            self._fold.begin(contact.id, contact.opened_at)
        self._unlisten.append(self._running.pump.listen(self._take))
        self._unlisten.append(self._running.requests.listen(self._requested))

    def figures(self) -> SpanFigures:
        """What became of the spans; all 0 where none are sent. Contacts and spans beyond the limits count as lost."""
        if self.exporter is None:
            return SpanFigures()
        told = self.exporter.figures
        return SpanFigures(told.sent, told.dropped + self._fold.passed_over, told.failures)

    def stop(self) -> Deferred[None]:
        """Send what waits, on another thread than the calls'."""
        for unlisten in self._unlisten:
            unlisten()
        self._running.requests.mark_by(None)
        if self._waking is not None and self._waking.active():
            self._waking.cancel()
        if self.exporter is None:
            return succeed(None)
        return self._running.stories.run(self.exporter.stop)

    def _take(self, rows: Sequence[Recorded]) -> None:
        if self.exporter is not None:
            self.exporter.put(self._fold.take(rows))

    def _requested(self, link: str, request: Request, sent: float, failed: str) -> None:
        """A PBX has answered: a span of the contact whose call it was about."""
        contact = contact_of(self._running.pump.state, link, request)
        if contact is None or self.exporter is None:
            return
        span = self._fold.request(contact, f"CSTA {type(request).__name__}", sent, self._running.clock.now(), failed)
        if span is not None:
            self.exporter.put([span])

    # --- the change feed --------------------------------------------------------------------------------------------

    def _wake(self, _rows: Sequence[Recorded]) -> None:
        if self._waking is None:
            self._waking = self._running.clock.call_later(WAKE_SECONDS, self._wake_now)

    def _wake_now(self) -> None:
        self._waking = None
        done = self._running.worker.run(self._running.store.wake_followers)
        done.addErrback(lambda failure: self._log.debug("no follower is woken", reason=failure.getErrorMessage()))
