"""One application: its link with all that it has asked for, and the way it is spoken with."""

from collections.abc import Callable, Iterator

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from csta import messages
from csta.errors import CstaError
from csta.messages import Event, Notice, Request
from csta.states import SystemStatusValue
from csta.transport import Link
from lab.csta.monitors import Monitors
from lab.csta.systems import Systems
from lab.csta.way import Way
from program.logs import Log


class Application:
    """A link with its monitors and registrations; it is also the `lab.csta.routing.Router` of its route devices."""

    def __init__(  # noqa: PLR0917 - all that makes an application, in the order of its parts
        self, link: Link, way: Way, monitors: Monitors, systems: Systems, now: Callable[[], float], log: Log
    ) -> None:
        self.link = link
        self.way = way
        self.monitors = monitors
        self.systems = systems
        self._now = now
        self._log = log

    def report(self, device: str, event: Event) -> None:
        """Report what ``device`` sees, once for each monitor that wants it."""
        self._send(self.monitors.reports(device, event))

    def settled(self) -> None:
        """All that happened is told: end the monitors of calls that are over."""
        self._send(self.monitors.settled())

    def _send(self, events: Iterator[Event]) -> None:
        for event in events:
            try:
                self.link.notify(self.way.event(event, self._now()))
            except CstaError as error:
                # Neither the call nor the other applications suffer from an event that one link cannot carry.
                kind = type(event).__name__
                self._log.error("event not sent", peer=self.link.peer, kind=kind, reason=str(error))

    def send_notice(self, notice: Notice) -> None:
        """Send what has no answer: a step of a routing dialogue, a segment."""
        try:
            self.link.send_notice(self.way.outgoing(notice))
        except CstaError as error:
            self._log.error("notice not sent", peer=self.link.peer, kind=type(notice).__name__, reason=str(error))

    def ask(self, request: Request) -> Deferred[None]:
        """Ask the application something whose answer changes nothing."""

        def failed(failure: Failure) -> None:
            reason = failure.getErrorMessage()
            self._log.info("application did not answer", service=type(request).__name__, reason=reason)

        asked = self.link.request(self.way.outgoing(request))
        done: Deferred[None] = asked.addCallbacks(lambda _: None, failed)
        return done

    def tell_status(self, status: SystemStatusValue) -> None:
        """Tell the status of the switch to those registrations that want it."""
        for registration in self.systems.told(status):
            self.ask(messages.SystemStatus(sys_stat_register_id=registration, system_status=status))

    def drop_monitors(self, device: str | None = None) -> int:
        """The switch ends monitors by itself, all or those on one device; gives how many."""
        references = self.monitors.references(device)
        for reference in references:
            self.monitors.stop(reference)
            self.ask(messages.MonitorStop(monitor_cross_ref_id=reference))
        return len(references)
