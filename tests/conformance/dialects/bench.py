"""Where a dialect is tried: an application and a switch with a wire between them, a mirror, and time to be moved."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar

from csta import (
    CallMirror,
    ConnectionID,
    Credentials,
    CstaError,
    DeviceID,
    Discrepancy,
    EventReceived,
    Fault,
    LinkDown,
    RequestFailed,
    RequestReceived,
    ResponseReceived,
    Role,
    Session,
    SessionEvent,
    SessionSettings,
)
from csta import messages as m
from tests.conformance.dialects.subjects import Subject

WHO: Final = Credentials("AMHOST", "77777")
SETTINGS: Final = SessionSettings(heartbeat=30.0, heartbeat_misses=3, request_timeout=10.0, login_timeout=30.0)
MONITOR: Final = "00A1"
"""Cross-reference of the monitor that `Bench.monitor` starts; octets in BER, text in XML."""

_E = TypeVar("_E", bound=SessionEvent)


class Bench:
    """Both sides of one subject. ``size`` cuts what passes the wire; ``cut`` lets nothing pass any more."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.dialect = subject.dialect
        self.now = 1000.0
        self.size: int | None = None
        self.cut = False
        self.known = WHO
        self.mirror = CallMirror()
        self.discrepancies: list[Discrepancy] = []
        self.renew()

    def renew(self, credentials: Credentials = WHO) -> None:
        """A connection that is not open yet; what both sides told before is forgotten."""
        dialect, profile = self.dialect, self.subject.profile
        self.application = Session(Role.COMPUTING_FUNCTION, dialect, SETTINGS, profile=profile, credentials=credentials)
        self.switch = Session(
            Role.SWITCHING_FUNCTION, dialect, SETTINGS, profile=profile, verify=lambda who: who in {self.known, None}
        )
        self.told: list[SessionEvent] = []
        self.heard: list[SessionEvent] = []
        self.cut = False

    # --- the wire

    def open(self) -> None:
        """The connection stands on both sides; then everything passes that there is to say."""
        self.switch.connection_made(self.now)
        self.application.connection_made(self.now)
        self.move()

    def up(self) -> "Bench":
        """Open the connection and take away what the log-in told."""
        self.open()
        assert self.application.was_up
        assert self.switch.was_up
        self.told.clear()
        self.heard.clear()
        return self

    def move(self) -> None:
        """Carry bytes until nobody has any, and gather what both sides tell."""
        while True:
            to_application, to_switch = self.switch.data_to_send(), self.application.data_to_send()
            self._feed(self.application, to_application)
            self._feed(self.switch, to_switch)
            if not to_application and not to_switch:
                break
        self.told += _drain(self.application)
        self.heard += _drain(self.switch)

    def _feed(self, session: Session, data: bytes) -> None:
        step = self.size or len(data) or 1
        for start in range(0, 0 if self.cut else len(data), step):
            session.receive_data(data[start : start + step], self.now)

    def wait(self, seconds: float) -> None:
        """Let time pass, a second at a time."""
        end = self.now + seconds
        while self.now < end:
            self.now = min(end, self.now + 1.0)
            for session in (self.application, self.switch):
                timer = session.get_timer()
                if timer is not None and timer <= self.now:
                    session.handle_timer(self.now)
            self.move()

    # --- what was told

    def take(self, kind: type[_E]) -> list[_E]:
        """What the application was told of this kind, and forget it."""
        found = [one for one in self.told if isinstance(one, kind)]
        self.told = [one for one in self.told if not isinstance(one, kind)]
        return found

    def faults(self) -> list[str]:
        """What was odd to either side so far."""
        return [one.text for one in (*self.told, *self.heard) if isinstance(one, Fault)]

    def down(self) -> LinkDown:
        """The end of the application's link."""
        (end,) = self.take(LinkDown)
        return end

    # --- conversations

    def ask(self, request: m.Request, answer: Callable[[m.Request], m.Response | m.ErrorResponse]) -> m.Response:
        """Let the application ask and the switch answer; returns the answer as the application got it.

        Raises:
            CstaError: the request failed, with the error that the application was told.
        """
        self.application.send_request(request, self.now)
        self.move()
        (received,) = [one for one in self.heard if isinstance(one, RequestReceived)]
        self.heard.remove(received)
        self.switch.send_response(received.invoke_id, answer(received.request), self.now)
        self.move()
        failed = self.take(RequestFailed)
        if failed:
            raise failed[0].error
        (came,) = self.take(ResponseReceived)
        return came.response

    def command(self, request: m.Request) -> m.Response | m.ErrorResponse | CstaError:
        """Let the switch ask something of the application; returns what the application has to answer."""
        self.switch.send_request(request, self.now)
        self.move()
        (received,) = self.take(RequestReceived)
        answer = received.request.response()
        self.application.send_response(received.invoke_id, answer, self.now)
        self.move()
        (came,) = [one for one in self.heard if isinstance(one, ResponseReceived | RequestFailed)]
        self.heard.remove(came)
        return came.response if isinstance(came, ResponseReceived) else came.error

    def monitor(self, *devices: str) -> None:
        """Monitor devices; the first one's events carry `MONITOR`."""
        for number, device in enumerate(devices):
            reference = f"{int(MONITOR, 16) + number:04X}"
            self.ask(
                m.MonitorStart(monitor_object=DeviceID(device)),
                lambda _, reference=reference: m.MonitorStartResponse(monitor_cross_ref_id=reference),  # type: ignore[misc]
            )
            self.mirror.monitor_started(reference, device)

    def report(self, *events: m.Event) -> list[m.Event]:
        """Let the switch report events; the application folds what it receives into the mirror, and it is returned."""
        for event in events:
            self.switch.send_event(event, self.now)
        self.move()
        received = [one.event for one in self.take(EventReceived)]
        for event in received:
            self.discrepancies += self.mirror.fold(event, self.now)
        return received

    def at(self, device: str, call: str | None = None) -> ConnectionID:
        """The device's connection in the subject's call."""
        return ConnectionID(call or self.subject.call, device)

    def bare(self, event: m.Event) -> m.Event:
        """The event without what the dialect may add to it, for comparing."""
        return replace(event, extensions=None, extra=())


def _drain(session: Session) -> list[SessionEvent]:
    found = []
    while (event := session.next_event()) is not None:
        found.append(event)
    return found
