"""The switch's CSTA face: applications of all dialects served, events reported, mishaps made on request."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

from csta import messages
from csta.errors import CstaError
from csta.identifiers import DeviceID
from csta.messages import ErrorResponse, Event, Notice, Request, Response
from csta.states import SystemStatusValue
from csta.transport import Link
from lab.csta.application import Application
from lab.csta.capabilities import EXCHANGE, OWN, Capabilities
from lab.csta.model import Model, Rules
from lab.csta.monitors import Monitors
from lab.csta.routing import RouteDesk
from lab.csta.systems import Systems
from lab.csta.way import Way
from lab.faults import Faults, Rate
from lab.switch.services import NOT_SUPPORTED, Answer, Deed
from program.logs import Log

REFUSALS: Final = {
    SystemStatusValue.OVERLOAD_REACHED: ErrorResponse(category="systemResourceAvailability", value="resourceBusy"),
    SystemStatusValue.INITIALIZING: ErrorResponse(category="systemResourceAvailability", value="resourceOutOfService"),
}
"""What every request is answered in these states."""
TOO_MANY_DEVICES: Final = ErrorResponse(category="systemResourceAvailability", value="overallMonitorLimitExceeded")
NO_SECOND_DEFLECT: Final = ErrorResponse(category="operation", value="privilegeViolationOnDivertingDevice")
WRONG_ANSWERS: Final = (
    ErrorResponse(category="unspecified"),
    ErrorResponse(category="operation", value="generic"),
    ErrorResponse(category="stateIncompatibility", value="invalidObjectState"),
)
"""What a switch in confusion says to a request that it has carried out all the same."""


class CstaFace:
    """All applications of the switch, whatever their dialects.

    Args:
        model: the switching model behind.
        rules: how the face behaves.
        faults: which answers go wrong.
        log: the log.
    """

    def __init__(self, model: Model, rules: Rules, faults: Faults, log: Log) -> None:
        self._model = model
        self._rules = rules
        self._faults = faults
        self._log = log
        self._numbered = 0
        self._applications: dict[Link, Application] = {}
        self._capabilities: dict[str, Capabilities] = {}
        self._deflected: set[str] = set()
        self.status = SystemStatusValue.NORMAL
        """What the switch says of itself; in some states it refuses everything."""
        self.desk = RouteDesk(dict(rules.routes), model.perform, model.settle, self._reference, log.info)

    def _reference(self) -> str:
        """A cross reference: four octets in hexadecimal digits, as BER has them."""
        self._numbered += 1
        return f"{self._numbered & 0xFFFFFFFF:08X}"

    @property
    def applications(self) -> tuple[Application, ...]:
        """The applications that are connected."""
        return tuple(self._applications.values())

    def observer(self, way: Way) -> "Door":
        """Who is told of the links of one listener."""
        return Door(self, way)

    def links(self, dialect: str) -> int:
        """How many applications speak a dialect."""
        return sum(one.way.dialect.name == dialect for one in self.applications)

    # ---- what the switch tells

    def notify(self, device: str, event: Event) -> None:
        """Report ``event`` as ``device`` sees it: once for each monitor that wants it, and to the routing dialogues."""
        for application in self.applications:
            application.report(device, event)
        self.desk.seen(device, event, self._model.now())

    def settled(self) -> None:
        """The switch has done and told all for now."""
        for application in self.applications:
            application.settled()

    def get_timer(self) -> float | None:
        """When `handle_timer` is due, Unix seconds."""
        return self.desk.get_timer()

    def handle_timer(self, now: float) -> None:
        """Do what is due: routing dialogues whose application does not answer."""
        self.desk.handle_timer(now)

    def tell_status(self, status: SystemStatusValue) -> None:
        """The switch's status is another one."""
        self.status = status
        self._log.info("status", status=str(status))
        for application in self.applications:
            application.tell_status(status)

    def drop_monitors(self, device: str | None = None) -> int:
        """End monitors from the switch's side, all or those on one device; gives how many."""
        dropped = sum(application.drop_monitors(device) for application in self.applications)
        self._tell_attended()
        return dropped

    def drop_routes(self) -> None:
        """End all registrations for routing from the switch's side."""
        self.desk.abort()
        self._tell_attended()

    def forget(self) -> None:
        """The switch begins anew: monitors, registrations and dialogues are gone, and nobody is told."""
        self.desk.forget()
        self._deflected.clear()
        for application in self.applications:
            application.monitors.clear()
            application.systems.clear()
        self._tell_attended()

    def close(self) -> None:
        """Close all links."""
        for link in list(self._applications):
            link.close()

    # ---- links

    def join(self, link: Link, way: Way) -> None:
        """An application has logged in."""
        model = self._model
        monitors = Monitors(way.dialect, model.plan.devices(), model.calls, self._reference)
        systems = Systems(self._reference)
        self._applications[link] = Application(link, way, monitors, systems, model.now, self._log)
        self._log.info("application connected", peer=link.peer, dialect=way.dialect.name)

    def leave(self, link: Link, reason: str) -> None:
        """An application is gone, and its monitors and registrations with it."""
        known = self._applications.pop(link, None)
        self._log.info("application gone", peer=link.peer, reason=reason, was_registered=known is not None)
        if known is not None:
            self.desk.gone(known)
        self._tell_attended()

    def take_notice(self, link: Link, notice: Notice) -> None:
        """An application takes a step in a routing dialogue."""
        application = self._applications.get(link)
        if application is None or not self.desk.notice(application, notice, self._model.now()):
            self._log.info("notice belongs to nothing", peer=link.peer, kind=type(notice).__name__)
        self._model.settle()

    def take_request(self, link: Link, way: Way, invoke_id: int, request: Request) -> None:
        """Answer an application."""
        now = self._model.now()
        answer, deed = self._answer(link, way, way.incoming(request))
        facts = {"peer": link.peer, "service": type(request).__name__}
        if isinstance(answer, ErrorResponse):
            self._log.info("service refused", **facts, category=answer.category, value=answer.value)
        else:
            self._log.debug("service done", **facts)
        if self._faults.happens(Rate.WRONG_ANSWER, now):
            answer = self._faults.random.choice(WRONG_ANSWERS)
        if not self._faults.happens(Rate.NO_ANSWER, now):
            self._respond(link, invoke_id, way.outgoing(answer))
        if deed is not None:
            deed()
            self._model.settle()

    def _respond(self, link: Link, invoke_id: int, answer: Answer) -> None:
        try:
            link.respond(invoke_id, answer)
        except CstaError as error:
            # The application is told at least that there is no answer that could be written.
            self._log.error("answer not sent", peer=link.peer, kind=type(answer).__name__, reason=str(error))
            link.respond(invoke_id, ErrorResponse(category="operation", value="generic"))

    def odd(self, link: Link, text: str, raw: bytes) -> None:
        """Something odd came from an application, and was survived."""
        self._log.warning("csta fault", peer=link.peer, fault=text, data=raw[:80].hex())

    # ---- services

    def _answer(self, link: Link, way: Way, request: Request) -> tuple[Answer, Deed | None]:
        application = self._applications.get(link)
        known = self._capabilities_of(way)
        if application is None or type(request) not in known.offered:
            return NOT_SUPPORTED, None
        if self.status in REFUSALS:
            return REFUSALS[self.status], None
        if type(request) in EXCHANGE:
            return self._exchange(application, known, request)
        if type(request) in OWN or isinstance(request, messages.RouteRegister | messages.RouteRegisterCancel):
            return self._own(application, request), None
        return self._perform(application, request)

    def _capabilities_of(self, way: Way) -> Capabilities:
        known = self._capabilities.get(way.dialect.name)
        if known is None:
            known = self._capabilities[way.dialect.name] = Capabilities(self._model, self._rules, way.dialect)
        return known

    def _own(self, application: Application, request: Request) -> Answer:
        match request:
            case messages.MonitorStart():
                answer = self._start_monitor(application, request)
            case messages.MonitorStop():
                answer = application.monitors.stop(request.monitor_cross_ref_id)
            case messages.ChangeMonitorFilter():
                answer = application.monitors.change(request)
            case messages.GetMonitors():
                answer = messages.GetMonitorsResponse(monitor_list=application.monitors.listed())
            case messages.RouteRegister():
                answer = self.desk.register(application, request)
            case messages.RouteRegisterCancel():
                answer = self.desk.cancel(application, request)
            case _:
                return self._system(application, request)
        self._tell_attended()
        return answer

    def _system(self, application: Application, request: Request) -> Answer:
        match request:
            case messages.SystemRegister():
                return application.systems.register(request)
            case messages.ChangeSysStatFilter():
                return application.systems.change(request, self.status)
            case messages.SystemRegisterCancel():
                return application.systems.cancel(request)
            case messages.GetRegistrations():
                return messages.GetRegistrationsResponse(registration_list=application.systems.listed())
            case _:
                return NOT_SUPPORTED  # signs of life are the session's own

    def _start_monitor(self, application: Application, request: messages.MonitorStart) -> Answer:
        watched = request.monitor_object
        dialect = application.way.dialect
        if isinstance(watched, DeviceID):
            peers = (one for one in self.applications if one.way.dialect.name == dialect.name)
            devices = {number for one in peers for number in one.monitors.devices()}
            if watched.number not in devices and len(devices) >= dialect.limits.monitored_devices:
                return TOO_MANY_DEVICES
        return application.monitors.start(request)

    def _exchange(self, application: Application, known: Capabilities, request: Request) -> tuple[Answer, Deed | None]:
        if not isinstance(request, messages.GetSwitchingFunctionDevices):
            return known.answer(request), None
        found = known.devices(request)
        if found is None:
            return ErrorResponse(category="operation", value="invalidDeviceID"), None
        reference = self._reference()

        def notice(number: int, last: bool, items: tuple[Any, ...]) -> Notice:
            return messages.SwitchingFunctionDevices(
                service_cross_ref_id=reference, segment_id=number, last_segment=last, device_list=items
            )

        answer = messages.GetSwitchingFunctionDevicesResponse(service_cross_ref_id=reference)
        return answer, lambda: self._tell_segments(application, found, notice)

    def _perform(self, application: Application, request: Request) -> tuple[Answer, Deed | None]:
        if self._is_second_deflect(application, request):
            return NO_SECOND_DEFLECT, None
        answer, deed = self._model.perform(request)
        if isinstance(answer, ErrorResponse):
            return answer, deed
        self._note_deflect(request)
        segment = self._rules.segment
        if isinstance(answer, messages.SnapshotDeviceResponse | messages.SnapshotCallResponse) and segment:
            return self._segmented(application, answer)
        return answer, deed

    def _is_second_deflect(self, application: Application, request: Request) -> bool:
        """Whether a hunt group's call that was deflected from its queue is to be deflected once more."""
        return (
            isinstance(request, messages.DeflectCall)
            and not application.way.dialect.capabilities.second_deflect
            and request.call_to_be_diverted.call_id in self._deflected
            and request.call_to_be_diverted.device_id not in self._model.plan.pilots
        )

    def _note_deflect(self, request: Request) -> None:
        if not isinstance(request, messages.DeflectCall):
            return
        at = request.call_to_be_diverted
        if at.device_id in self._model.plan.pilots:
            self._deflected &= self._model.calls()
            self._deflected.add(at.call_id)

    def _segmented(
        self, application: Application, answer: messages.SnapshotDeviceResponse | messages.SnapshotCallResponse
    ) -> tuple[Answer, Deed | None]:
        items: tuple[Any, ...] = answer.snapshot_data
        if len(items) <= self._rules.segment:
            return answer, None
        reference = self._reference()
        announced: Response
        kind: type[messages.SnapshotDeviceData | messages.SnapshotCallData]
        if isinstance(answer, messages.SnapshotDeviceResponse):
            announced = replace(answer, service_cross_ref_id=reference, snapshot_data=())
            kind = messages.SnapshotDeviceData
        else:
            announced = replace(answer, service_cross_ref_id=reference, snapshot_data=())
            kind = messages.SnapshotCallData

        def notice(number: int, last: bool, some: tuple[Any, ...]) -> Notice:
            return kind(service_cross_ref_id=reference, segment_id=number, last_segment=last, snapshot_data=some)

        return announced, lambda: self._tell_segments(application, items, notice)

    def _tell_segments(
        self, application: Application, items: Iterable[Any], notice: Callable[[int, bool, tuple[Any, ...]], Notice]
    ) -> None:
        parts = list(_parts(tuple(items), self._rules.segment))
        for number, part in enumerate(parts, start=1):
            application.send_notice(notice(number, number == len(parts), part))

    def _tell_attended(self) -> None:
        devices = {number for one in self.applications for number in one.monitors.devices()}
        self._model.attend(frozenset(devices) | self.desk.routed())


def _parts(items: tuple[Any, ...], size: int) -> Iterator[tuple[Any, ...]]:
    """The items in parts of ``size``, all in one where that is 0; one empty part where there are none."""
    size = size or len(items) or 1
    yield items[:size]
    for start in range(size, len(items), size):
        yield items[start : start + size]


class Door:
    """A `csta.transport.LinkObserver` for the links of one listener."""

    def __init__(self, face: CstaFace, way: Way) -> None:
        self._face = face
        self._way = way

    def link_up(self, link: Link) -> None:
        """An application has logged in."""
        self._face.join(link, self._way)

    def link_down(self, link: Link, reason: str) -> None:
        """A link is gone."""
        self._face.leave(link, reason)

    def event_received(self, link: Link, event: Event) -> None:
        """Applications report nothing to a switch."""
        self._face.odd(link, f"{type(event).__name__} from an application", b"")

    def request_received(self, link: Link, invoke_id: int, request: Request) -> None:
        """An application asks."""
        self._face.take_request(link, self._way, invoke_id, request)

    def notice_received(self, link: Link, notice: Notice) -> None:
        """An application tells something in a routing dialogue."""
        self._face.take_notice(link, notice)

    def notice_refused(self, link: Link, notice: Notice, error: Exception) -> None:
        """An application does not take a notice."""
        self._face.odd(link, f"{type(notice).__name__} refused: {error}", b"")

    def status_changed(self, link: Link, status: SystemStatusValue) -> None:
        """Applications' states change nothing here."""

    def fault(self, link: Link, text: str, raw: bytes) -> None:
        """Something odd was survived."""
        self._face.odd(link, text, raw)
