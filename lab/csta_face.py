"""The switch's CSTA face: monitors of any number of applications, services answered, events reported."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from csta import messages
from csta.errors import CstaError
from csta.identifiers import DeviceID
from csta.messages import ErrorResponse, Event, Request, Response
from csta.states import SystemStatusValue
from csta.transport import Link
from lab.switch.services import Answer, Deed
from program.logs import Log

MAX_MONITORS = 10_000
"""Monitors of one application; one more is refused."""

NO_SUCH_MONITOR = ErrorResponse(category="operation", value="invalidMonitorCrossRefID")
TOO_MANY_MONITORS = ErrorResponse(category="systemResourceAvailability", value="overallMonitorLimitExceeded")
NO_SUCH_OBJECT = ErrorResponse(category="operation", value="invalidMonitorObject")


@dataclass(slots=True)
class _Application:
    """One link with the devices behind its monitors' cross references."""

    devices: dict[str, str] = field(default_factory=dict)


class CstaFace:
    """A `csta.transport.LinkObserver` for all links of the switch.

    Args:
        devices: the numbers that can be monitored.
        perform: answers a call-control, snapshot or agent request, and gives the deed to follow the answer.
        done: called after each deed, to carry out what the switch wishes.
        attended: told the set of monitored devices whenever it changes.
        log: the log.
    """

    def __init__(
        self,
        devices: frozenset[str],
        perform: Callable[[Request], tuple[Answer, Deed]],
        done: Callable[[], None],
        attended: Callable[[frozenset[str]], None],
        log: Log,
    ) -> None:
        self._devices = devices
        self._perform = perform
        self._done = done
        self._attended = attended
        self._log = log
        self._applications: dict[Link, _Application] = {}
        self._numbered = 0

    @property
    def applications(self) -> int:
        """How many applications are connected."""
        return len(self._applications)

    def notify(self, device: str, event: Event) -> None:
        """Report ``event`` once for each monitor on ``device``."""
        for link, application in list(self._applications.items()):
            for reference, monitored in application.devices.items():
                if monitored == device:
                    self._send(link, replace(event, monitor_cross_ref_id=reference))

    def _send(self, link: Link, event: Event) -> None:
        try:
            link.notify(event)
        except CstaError as error:
            # Neither the call nor the other applications suffer from an event that one link cannot carry.
            self._log.error("event not sent", peer=link.peer, kind=type(event).__name__, reason=str(error))

    def close(self) -> None:
        """Close all links."""
        for link in list(self._applications):
            link.close()

    # ---- LinkObserver

    def link_up(self, link: Link) -> None:
        """An application has registered."""
        self._applications[link] = _Application()
        self._log.info("application connected", peer=link.peer)

    def link_down(self, link: Link, reason: str) -> None:
        """An application is gone, and its monitors with it."""
        known = self._applications.pop(link, None)
        self._log.info("application gone", peer=link.peer, reason=reason, was_registered=known is not None)
        self._tell_attended()

    def event_received(self, link: Link, event: Event) -> None:
        """Applications report nothing to a switch."""
        self._log.warning("event from an application ignored", peer=link.peer, kind=type(event).__name__)

    def fault(self, link: Link, text: str, raw: bytes) -> None:
        """Something odd was survived."""
        self._log.warning("csta fault", peer=link.peer, fault=text, data=raw[:80].hex())

    def request_received(self, link: Link, invoke_id: int, request: Request) -> None:
        """Answer an application."""
        answer, deed = self._answer(link, request)
        facts = {"peer": link.peer, "service": type(request).__name__}
        if isinstance(answer, ErrorResponse):
            self._log.info("service refused", **facts, category=answer.category, value=answer.value)
        else:
            self._log.debug("service done", **facts)
        link.respond(invoke_id, answer)
        if deed is not None:
            deed()
            self._done()

    def _answer(self, link: Link, request: Request) -> tuple[Response | ErrorResponse, Deed | None]:
        application = self._applications.get(link)
        match request:
            case messages.MonitorStart() if application is not None:
                return self._start_monitor(application, request), None
            case messages.MonitorStop() if application is not None:
                return self._stop_monitor(application, request), None
            case messages.SystemStatus():
                return messages.SystemStatusResponse(), None
            case messages.RequestSystemStatus():
                return messages.RequestSystemStatusResponse(system_status=SystemStatusValue.NORMAL), None
            case _:
                return self._perform(request)

    def _start_monitor(self, application: _Application, request: messages.MonitorStart) -> Answer:
        watched = request.monitor_object
        if not isinstance(watched, DeviceID):
            return NO_SUCH_OBJECT
        if watched.number not in self._devices:
            return ErrorResponse(category="operation", value="invalidDeviceID")
        if len(application.devices) >= MAX_MONITORS:
            return TOO_MANY_MONITORS
        self._numbered += 1
        reference = f"{self._numbered:04X}"  # whole octets, as BER needs them
        application.devices[reference] = watched.number
        self._tell_attended()
        return messages.MonitorStartResponse(monitor_cross_ref_id=reference)

    def _stop_monitor(self, application: _Application, request: messages.MonitorStop) -> Answer:
        if application.devices.pop(request.monitor_cross_ref_id, None) is None:
            return NO_SUCH_MONITOR
        self._tell_attended()
        return messages.MonitorStopResponse()

    def _tell_attended(self) -> None:
        self._attended(frozenset(number for each in self._applications.values() for number in each.devices.values()))
