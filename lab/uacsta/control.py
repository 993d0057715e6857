"""A test phone that applications control: it answers their INVITEs, performs their requests and reports its calls."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any, Final

from csta import messages as m
from csta.errors import CstaError
from csta.filters import lets_through
from csta.identifiers import DeviceID
from csta.messages import ErrorResponse, Event, Request
from csta.messages.structures import MonitorFilter
from csta.session_events import Fault, LinkDown, LinkUp, RequestReceived, SessionEvent
from csta.session_settings import Role
from csta.uacsta import CONTENT_TYPE, UaSession, UaSettings
from lab.phone import Phone, Talk, TalkStep
from lab.switch.services.answers import NO_SUCH_DEVICE, nothing
from lab.uacsta.dialog import CstaDialog
from lab.uacsta.reports import events_of
from lab.uacsta.services import PhoneServices, Reply
from program.logs import Log
from sip.events import InviteReceived, UaEvent

MAX_APPLICATIONS: Final = 4
"""Associations at the same time; a further one is refused with 486."""
MAX_MONITORS: Final = 8
"""Monitors of one application; a further one is refused."""

NO_SUCH_MONITOR: Final = ErrorResponse(category="operation", value="invalidMonitorCrossRefID")
NO_SUCH_OBJECT: Final = ErrorResponse(category="operation", value="invalidMonitorObject")
TOO_MANY_MONITORS: Final = ErrorResponse(category="systemResourceAvailability", value="overallMonitorLimitExceeded")


@dataclass(slots=True)
class _Application:
    """One association and its monitors, by their cross references."""

    monitors: dict[str, MonitorFilter | None] = field(default_factory=dict)


class PhoneControl:
    """The switching function of one phone. Make the phone with ``accepts=(CONTENT_TYPE,)``.

    Args:
        reactor: the reactor, handed in.
        phone: the phone.
        trusted: the addresses that may control it; others are refused with 403.
        log: the log.
        settings: how associations are kept.
    """

    def __init__(
        self,
        reactor: Any,  # noqa: ANN401 - Twisted's reactor has many interfaces
        phone: Phone,
        *,
        trusted: Collection[str],
        log: Log,
        settings: UaSettings | None = None,
    ) -> None:
        self.services = PhoneServices(phone, self._report)
        self._reactor = reactor
        self._phone = phone
        self._trusted = frozenset(trusted)
        self._log = log
        self._settings = settings or UaSettings()
        self._applications: dict[CstaDialog, _Application] = {}
        self._numbered = 0
        self._delayed: list[Event] | None = None
        phone.takers.append(self._take)
        phone.talk_watchers.append(self._watch)

    @property
    def applications(self) -> int:
        """How many associations there are."""
        return len(self._applications)

    def close(self) -> None:
        """End all associations."""
        for dialog in list(self._applications):
            dialog.close()

    # ---- SIP

    def _take(self, event: UaEvent) -> bool:
        if isinstance(event, InviteReceived) and event.request.content_type == CONTENT_TYPE:
            self._invited(event)
            return True
        return any(dialog.take(event) for dialog in list(self._applications))

    def _invited(self, event: InviteReceived) -> None:
        refusal = None
        if event.source.host not in self._trusted:
            refusal = (403, "Forbidden")
        elif len(self._applications) >= MAX_APPLICATIONS:
            refusal = (486, "Busy Here")
        if refusal is not None:
            self._log.warning("application refused", source=str(event.source), status=refusal[0])
            self._phone.sip.call(lambda now: self._phone.sip.ua.refuse(event.leg, *refusal, now))
            return
        session = UaSession(Role.SWITCHING_FUNCTION, self._settings)
        dialog = CstaDialog(self._reactor, self._phone.sip, session, self._told, event.leg)
        self._applications[dialog] = _Application()
        dialog.take(event)

    # ---- the associations

    def _told(self, dialog: CstaDialog, event: SessionEvent) -> None:
        match event:
            case RequestReceived(invoke_id, request):
                self._requested(dialog, invoke_id, request)
            case LinkUp():
                self._log.info("application connected", extension=self._phone.account.number, peer=dialog.peer)
            case LinkDown(reason, _):
                self._applications.pop(dialog, None)
                self._log.info("application gone", peer=dialog.peer, reason=reason)
            case Fault(text, raw):
                self._log.warning("csta fault", peer=dialog.peer, fault=text, data=raw[:80].hex())
            case _:
                self._log.debug("ignored", peer=dialog.peer, kind=type(event).__name__)

    def _requested(self, dialog: CstaDialog, invoke_id: int, request: Request) -> None:
        # What the request brings about is reported after its answer, which may name the call for the first time.
        self._delayed = []
        answer, deed = self._perform(dialog, request)
        facts = {"peer": dialog.peer, "service": type(request).__name__}
        if isinstance(answer, ErrorResponse):
            self._log.info("service refused", **facts, category=answer.category, value=answer.value)
        else:
            self._log.info("service done", **facts)
        dialog.session.send_response(invoke_id, answer, self._reactor.seconds())
        delayed, self._delayed = self._delayed, None
        for event in delayed:
            self._report(event)
        deed()

    def _perform(self, dialog: CstaDialog, request: Request) -> Reply:
        match request:
            case m.MonitorStart():
                return self._start_monitor(dialog, request)
            case m.MonitorStop():
                monitors = self._applications[dialog].monitors
                if request.monitor_cross_ref_id not in monitors:
                    return NO_SUCH_MONITOR, nothing
                del monitors[request.monitor_cross_ref_id]
                return m.MonitorStopResponse(), nothing
            case _:
                return self.services.perform(request)

    def _start_monitor(self, dialog: CstaDialog, request: m.MonitorStart) -> Reply:
        monitors = self._applications[dialog].monitors
        if not isinstance(request.monitor_object, DeviceID):
            return NO_SUCH_OBJECT, nothing
        if request.monitor_object.number != self._phone.account.number:
            return NO_SUCH_DEVICE, nothing
        if len(monitors) >= MAX_MONITORS:
            return TOO_MANY_MONITORS, nothing
        self._numbered += 1
        reference = f"{self._numbered:08X}"
        monitors[reference] = request.requested_monitor_filter
        response = m.MonitorStartResponse(
            monitor_cross_ref_id=reference, actual_monitor_filter=request.requested_monitor_filter
        )
        return response, nothing

    # ---- events

    def _watch(self, talk: Talk, step: TalkStep) -> None:
        for event in events_of(talk, step, self.services.connection(talk)):
            self._report(event)

    def _report(self, event: Event) -> None:
        if self._delayed is not None:
            self._delayed.append(event)
            return
        for dialog, application in list(self._applications.items()):
            for reference, applied in list(application.monitors.items()):
                if lets_through(applied, event):
                    self._send(dialog, replace(event, monitor_cross_ref_id=reference))

    def _send(self, dialog: CstaDialog, event: Event) -> None:
        try:
            dialog.call(lambda now: dialog.session.send_event(event, now))
        except CstaError as error:
            # An application that does not keep up, or went away this moment, is let go; the phone and others go on.
            self._log.error("event not sent", peer=dialog.peer, kind=type(event).__name__, reason=str(error))
            dialog.close()
