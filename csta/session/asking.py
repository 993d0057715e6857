"""What we ask of the peer: requests and notices out, their answers in, and what becomes of those that have none."""

from typing import Final

from csta.codec.framing import Frame
from csta.errors import LinkLost, MessageError, RemoteError, RequestRejected, RequestTimedOut, ServiceRefused
from csta.logins import LoginSteps
from csta.messages import ErrorResponse, Notice, Rejection, Request, Response
from csta.messages.application_session import NegativeResponse, SessionFailure
from csta.session.outstanding import Outstanding, OutstandingRequests
from csta.session.reports import Reports, shown
from csta.session.wire import Wire
from csta.session_events import NoticeRefused, RequestFailed, ResponseReceived
from csta.session_settings import SessionSettings
from csta.states import SystemStatusValue

LIMIT_EXCEEDED: Final = ("subscribedResourceAvailability", "outstandingReqLimitExceeded")
_BUSY: Final = frozenset({LIMIT_EXCEEDED, ("systemResourceAvailability", "resourceBusy")})
_S = SystemStatusValue
_SHARE_OF_WINDOW: Final = {
    _S.OVERLOAD_IMMINENT: 2,
    _S.OVERLOAD_REACHED: 8,
    _S.OVERLOAD_RELIEVED: 1,
    _S.NORMAL: 1,
    _S.ENABLED: 1,
}
"""One part in so many of the window is used while the peer says this of itself."""


Refusal = ErrorResponse | Rejection | NegativeResponse
Answer = Response | Refusal


class Asking:
    """Our requests on one link; what waits is sent only while the link is ``open``."""

    def __init__(self, settings: SessionSettings, wire: Wire, reports: Reports, login: LoginSteps) -> None:
        self._settings = settings
        self._wire = wire
        self._reports = reports
        self._login = login
        self._requests = OutstandingRequests(settings, wire.encoding.first_id, wire.encoding.last_id)
        self.open = False

    # --- out

    def request(self, request: Request, now: float) -> int:
        """Send or queue a request of the owner; return its invoke ID. Raises as `Session.send_request`."""
        self._requests.check_room()
        invoke_id = self._requests.free_id()
        self._requests.add(invoke_id, request, self._wire.framed(request, invoke_id))
        self.send_waiting(now)
        return invoke_id

    def own_request(self, request: Request, now: float) -> None:
        """Send a request of the session itself: its answer is told to the login, not to the owner."""
        invoke_id = self._requests.free_id()
        entry = self._requests.add(invoke_id, request, self._wire.framed(request, invoke_id), own=True)
        self._wire.write(self._requests.sent(entry, now))

    def notice(self, notice: Notice) -> None:
        """Send a message that has no answer but perhaps a refusal."""
        invoke_id = self._requests.free_id()
        self._wire.send(invoke_id, notice)
        self._requests.noticed(invoke_id, notice)

    def free_id(self) -> int:
        """Return an invoke ID for what nobody answers."""
        return self._requests.free_id()

    def send_waiting(self, now: float) -> None:
        """Send what waits, as far as the window has room."""
        while self.open and (entry := self._requests.next_to_send()) is not None:
            self._wire.write(self._requests.sent(entry, now))

    def peer_status(self, status: SystemStatusValue, now: float) -> None:
        """The peer is overloaded, or relieved: ask for less, or for as much as before."""
        share = _SHARE_OF_WINDOW.get(status)
        if share is not None:
            self._requests.shrink(share)
            self.send_waiting(now)

    def service_of(self, invoke_id: int) -> type[Request] | None:
        """The service that was asked for with an invoke ID."""
        return self._requests.service_of(invoke_id)

    def asks_for(self, service: type[Request]) -> bool:
        """Whether a request of this service is sent and unanswered."""
        return self._requests.has(service)

    # --- in

    def answered(self, invoke_id: int, answer: Answer, frame: Frame, now: float) -> None:
        """An answer came."""
        entry = self._requests.take(invoke_id)
        if entry is None:
            self._answered_nothing(invoke_id, answer, frame)
            return
        name = type(answer).__name__
        if entry.timed_out:
            self._reports.fault(f"{name} to {entry.name} came after its time-out", frame.payload)
        elif not isinstance(answer, Response):
            self._refused(entry, _error_of(answer), now)
        elif not (entry.own and self._login.answered(entry.request, answer, now)):
            self._responded(entry, answer, frame, now)
        self.send_waiting(now)

    def _responded(self, entry: Outstanding, response: Response, frame: Frame, now: float) -> None:
        if not isinstance(response, entry.request.response):
            name = type(response).__name__
            text = f"{name} is no answer to {entry.name}"
            self._reports.fault(text, frame.payload)
            self._failed(entry, MessageError(text, name), now)
        elif not entry.own:
            self._reports.tell(ResponseReceived(entry.invoke_id, entry.request, response))

    def _answered_nothing(self, invoke_id: int, answer: Answer, frame: Frame) -> None:
        notice = None if isinstance(answer, Response) else self._requests.notice(invoke_id)
        if notice is not None and not isinstance(answer, Response):
            self._reports.tell(NoticeRefused(notice, _error_of(answer)))
        else:
            name = type(answer).__name__
            self._reports.fault(f"{name} to no request of ours, invoke ID {shown(invoke_id)}", frame.payload)

    def _refused(self, entry: Outstanding, error: ServiceRefused | RequestRejected, now: float) -> None:
        words = (error.category, error.value) if isinstance(error, ServiceRefused) else None
        if words == LIMIT_EXCEEDED:
            limit = self._requests.learn_limit()
            self._reports.fault_once(f"the peer takes no more than {limit} requests at a time")
        if words not in _BUSY or not self._requests.repeat_later(entry, now):
            self._failed(entry, error, now)

    def garbled(self, invoke_id: int, error: MessageError, now: float) -> None:
        """An answer came that nobody can read."""
        entry = self._requests.take(invoke_id)
        if entry is not None and not entry.timed_out:
            self._failed(entry, error, now)
        self.send_waiting(now)

    def _failed(self, entry: Outstanding, error: RemoteError, now: float) -> None:
        if not entry.own:
            self._reports.tell(RequestFailed(entry.invoke_id, entry.request, error))
        elif not self._login.failed(entry.request, error, now) and not isinstance(error, RequestTimedOut):
            # The peer does not know SystemStatus from us, but it answered: it is alive.
            self._reports.fault_once(f"the peer answers {entry.name} with {error}")

    # --- time

    def get_timer(self) -> float | None:
        """When `handle_timer` wants to be called, or None."""
        return self._requests.next_deadline()

    def handle_timer(self, now: float) -> None:
        """Fail what is not answered in time, repeat what has paused."""
        for entry in self._requests.expire(now):
            seconds = f"{self._settings.request_timeout:g} s"
            self._failed(entry, RequestTimedOut(f"{entry.name} was not answered within {seconds}"), now)
        self._requests.resume(now)
        self.send_waiting(now)

    def end(self, reason: str) -> None:
        """The link is over: nothing will be answered any more."""
        self.open = False
        for entry in self._requests.clear():
            if not entry.own:
                self._reports.tell(RequestFailed(entry.invoke_id, entry.request, LinkLost(reason)))


def _error_of(answer: Refusal) -> ServiceRefused | RequestRejected:
    if isinstance(answer, ErrorResponse):
        return ServiceRefused(answer.category, answer.value)
    if isinstance(answer, NegativeResponse):
        why = answer.error_code or SessionFailure()
        return ServiceRefused("applicationSession", why.defined_error or why.application_error or "")
    return RequestRejected(answer.problem, answer.number)
