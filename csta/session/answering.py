"""What the peer asks of us: its requests until they are answered, and the refusals that need nobody's judgement."""

from typing import Final

from csta.codec.framing import Frame
from csta.errors import SessionError
from csta.messages import ErrorResponse, Request, Response
from csta.session.asking import LIMIT_EXCEEDED
from csta.session.reports import Reports, shown
from csta.session.unanswered import UnansweredRequests
from csta.session.wire import Wire
from csta.session_events import RequestReceived
from csta.session_settings import SessionSettings

_NOT_UP: Final = ErrorResponse(category="stateIncompatibility", value="invalidObjectState")
_FULL: Final = ErrorResponse(category=LIMIT_EXCEEDED[0], value=LIMIT_EXCEEDED[1])
_UNKNOWN: Final = ErrorResponse(category="operation", value="serviceNotSupported")
_MALFORMED: Final = ErrorResponse(category="operation", value="invalidParameterValue")


class Answering:
    """The peer's requests on one link."""

    def __init__(self, settings: SessionSettings, wire: Wire, reports: Reports) -> None:
        self._settings = settings
        self._wire = wire
        self._reports = reports
        self._unanswered = UnansweredRequests(settings)

    def answerable(self, invoke_id: int, request: Request, frame: Frame, now: float) -> bool:
        """Whether a request has an invoke ID with which it can be answered."""
        name = type(request).__name__
        if invoke_id == self._wire.encoding.event_id:
            self._reports.fault(f"{name} with the invoke ID of events cannot be answered", frame.payload)
            return False
        if not self._unanswered.given_up(invoke_id, now):
            self._reports.fault(f"{name} reuses invoke ID {shown(invoke_id)} before its answer", frame.payload)
            return False
        return True

    def pass_on(self, invoke_id: int, request: Request, now: float) -> None:
        """Tell the owner of a request; where too many wait already, refuse it."""
        if self._unanswered.full(now):
            self._wire.send(invoke_id, _FULL)
            limit = self._settings.max_unanswered
            self._reports.fault_once(f"{limit} requests of the peer wait for answers: refused further ones")
            return
        self._unanswered.put(invoke_id, request, now)
        self._reports.tell(RequestReceived(invoke_id, request))

    def respond(self, invoke_id: int, response: Response | ErrorResponse) -> None:
        """Send the owner's answer; raises as `Session.send_response`."""
        request = self._unanswered.get(invoke_id)
        if request is None:
            raise SessionError(f"no request {invoke_id} waits for an answer")
        if not isinstance(response, request.response | ErrorResponse):
            raise SessionError(f"{type(response).__name__} does not answer {type(request).__name__}")
        self._wire.send(invoke_id, response)
        self._unanswered.answered(invoke_id)

    def refuse_early(self, invoke_id: int, request: Request, frame: Frame) -> None:
        """The link is not up."""
        self._wire.send(invoke_id, _NOT_UP)
        self._reports.fault(f"{type(request).__name__} before the link is up was refused", frame.payload)

    def refuse_unknown(self, invoke_id: int) -> None:
        """Nobody knows this service."""
        if invoke_id not in self._unanswered:
            self._wire.send(invoke_id, _UNKNOWN)

    def refuse_malformed(self, invoke_id: int) -> None:
        """The service is known, its parameters make no sense."""
        if invoke_id not in self._unanswered:
            self._wire.send(invoke_id, _MALFORMED)

    def end(self) -> None:
        """The link is over: nothing can be answered any more."""
        self._unanswered.clear()
