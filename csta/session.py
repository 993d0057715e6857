"""One association over a stream of bytes, without I/O, for both roles.

The owner feeds bytes and the time, and takes away events, bytes to send and the time of the next call:
`receive_data` and `handle_timer` in, then `next_event`, `data_to_send`, `get_timer`, `close_wanted`.

Start (OpenScape Voice style): the switch sends SystemStatus, the application answers it and sends SystemRegister, the
switch answers: the link is up on both sides. From then on both send SystemStatus as a sign of life.
"""

from collections import deque
from enum import Enum, auto

from csta import messages as m
from csta.codec import xml
from csta.codec.framing import EVENT_INVOKE_ID, Frame, XmlHeaderFramer, encode_frame
from csta.codec.schema import shape_for_root
from csta.dialects.dialect import Dialect
from csta.errors import FrameError, LinkLost, MessageError, RequestTimedOut, ServiceRefused, SessionError
from csta.outstanding import Outstanding, OutstandingRequests
from csta.session_events import (
    EventReceived,
    Fault,
    LinkDown,
    LinkUp,
    RequestFailed,
    RequestReceived,
    ResponseReceived,
    Role,
    SessionEvent,
    SessionSettings,
    StatusReceived,
)
from csta.session_settings import Credentials, Verifier
from csta.states import SystemStatusValue

__all__ = ["Phase", "Role", "Session", "SessionSettings"]

_ALIVE = frozenset({SystemStatusValue.ENABLED, SystemStatusValue.NORMAL})
_MAX_REPORTED = 256
_REGISTER_ID = "1"


class Phase(Enum):
    """Where the association stands."""

    UNCONNECTED = auto()
    OPENING = auto()
    UP = auto()
    OVER = auto()


class Session:
    """One association; make a new one for each connection."""

    def __init__(
        self,
        role: Role,
        dialect: Dialect,
        settings: SessionSettings | None = None,
        *,
        profile: str | None = None,
        credentials: Credentials | None = None,
        verify: Verifier | None = None,
    ) -> None:
        self.role = role
        self.dialect = dialect
        self.settings = settings or SessionSettings()
        self.profile = dialect.profile(profile)
        self.credentials = credentials
        self.verify = verify
        self.phase = Phase.UNCONNECTED
        self.status: SystemStatusValue | None = None
        """The peer's last status."""
        self.was_up = False
        """Whether the link has ever been up."""
        self._decoder = XmlHeaderFramer(self.settings.max_frame_bytes)
        self._requests = OutstandingRequests(self.settings)
        self._unanswered: dict[int, m.Request] = {}
        self._events: deque[SessionEvent] = deque()
        self._out = bytearray()
        self._reported: set[str] = set()
        self._login_deadline: float | None = None
        self._heartbeat_at: float | None = None
        self._misses = 0

    # --- the connection

    def connection_made(self, now: float) -> None:
        """The stream is open."""
        if self.phase is not Phase.UNCONNECTED:
            raise SessionError("a session serves one connection")
        self.phase = Phase.OPENING
        self._login_deadline = now + self.settings.login_timeout
        if self.role is Role.SWITCHING_FUNCTION:
            self._send_own(m.SystemStatus(system_status=SystemStatusValue.ENABLED), now)

    def connection_lost(self, now: float, reason: str) -> None:  # noqa: ARG002 - every way in has the time
        """The stream is closed; a frame that it cut short is told in the reason."""
        try:
            self._decoder.end()
        except FrameError as error:
            self._events.append(Fault(str(error), self._decoder.pending))
            reason = f"{reason}: {error}" if reason else str(error)
        self._end(reason or "connection closed")

    def close_wanted(self) -> bool:
        """Whether the stream should be closed once `data_to_send` is written."""
        return self.phase is Phase.OVER

    # --- what the owner takes away

    def next_event(self) -> SessionEvent | None:
        """Return the next event, in the order in which things happened, or None."""
        return self._events.popleft() if self._events else None

    def data_to_send(self) -> bytes:
        """Return the bytes to be written now; each is returned once."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def get_timer(self) -> float | None:
        """When `handle_timer` wants to be called, or None."""
        times = (self._login_deadline, self._heartbeat_at, self._requests.next_deadline())
        return min((time for time in times if time is not None), default=None)

    # --- sending

    def send_request(self, request: m.Request, now: float) -> int:
        """Send a request, or queue it where too many wait for answers already; return its invoke ID.

        Its time-out runs from when it is sent.

        Raises:
            SessionError: The link is not up, or too many requests wait (`TooManyRequestsError`).
            EncodeError, FrameTooLargeError: The request must not be sent.
        """
        self._require_up()
        payload = xml.encode(request, self.profile.namespace)
        encode_frame(0, payload)
        entry = self._requests.add(request, payload)
        self._send_waiting(now)
        return entry.invoke_id

    def send_response(self, invoke_id: int, response: m.Response | m.ErrorResponse, now: float) -> None:  # noqa: ARG002 - as all
        """Answer a request.

        Raises:
            SessionError: There is no such request, it is answered, or the response is another service's.
            EncodeError, FrameTooLargeError: The response must not be sent; the request is still unanswered.
        """
        request = self._unanswered.get(invoke_id)
        if self.phase is Phase.OVER or request is None:
            raise SessionError(f"no request {invoke_id} waits for an answer")
        if not isinstance(response, request.response | m.ErrorResponse):
            raise SessionError(f"{type(response).__name__} does not answer {type(request).__name__}")
        self._send(invoke_id, response)
        del self._unanswered[invoke_id]

    def send_event(self, event: m.Event, now: float) -> None:  # noqa: ARG002 - every way in has the time
        """Report an event.

        Raises:
            SessionError: The link is not up.
            EncodeError, FrameTooLargeError: The event must not be sent.
        """
        self._require_up()
        self._send(EVENT_INVOKE_ID, event)

    def _require_up(self) -> None:
        if self.phase is not Phase.UP:
            raise SessionError("the link is not up")

    def _send(self, invoke_id: int, message: m.Message) -> None:
        self._out += encode_frame(invoke_id, xml.encode(message, self.profile.namespace))

    def _send_own(self, request: m.Request, now: float) -> None:
        """Send a request of the session itself: its answer is not told to the owner."""
        entry = self._requests.add(request, xml.encode(request, self.profile.namespace), own=True)
        self._out += self._requests.sent(entry, now)

    def _send_waiting(self, now: float) -> None:
        while (entry := self._requests.next_to_send()) is not None:
            self._out += self._requests.sent(entry, now)

    # --- receiving

    def receive_data(self, data: bytes, now: float) -> None:
        """Take bytes from the stream, any number of frames or a part of one."""
        if self.phase not in {Phase.OPENING, Phase.UP}:
            return
        self._decoder.feed(data)
        try:
            while not self.close_wanted() and (frame := self._decoder.next_frame()) is not None:
                self._misses = 0
                self._receive_frame(frame, now)
        except FrameError as error:
            self._events.append(Fault(str(error), self._decoder.pending))
            self._end(f"not CSTA: {error}")

    def _receive_frame(self, frame: Frame, now: float) -> None:
        try:
            decoded = xml.decode(frame.payload, self.dialect.normalise_device, self.settings.max_depth)
        except MessageError as error:
            self._events.append(Fault(f"frame {frame.invoke_id:04d}: {error}", frame.payload))
            self._receive_malformed(frame.invoke_id, error, now)
            return
        for finding in decoded.findings:
            self._report_once(finding, frame.payload)
        match decoded.message:
            case m.Event() as event:
                self._receive_event(frame, event)
            case m.Request() as request:
                self._receive_request(frame, request, now)
            case m.Response() | m.ErrorResponse() as response:
                self._receive_response(frame, response, now)
            case m.UnknownMessage() as unknown:
                self._receive_unknown(frame, unknown, now)

    def _receive_event(self, frame: Frame, event: m.Event) -> None:
        if frame.invoke_id != EVENT_INVOKE_ID:
            self._report_once(f"{type(event).__name__} with an invoke ID other than {EVENT_INVOKE_ID}", frame.payload)
        if self.phase is Phase.UP:
            self._events.append(EventReceived(event))
        else:
            self._events.append(Fault(f"{type(event).__name__} before the link is up", frame.payload))

    def _receive_request(self, frame: Frame, request: m.Request, now: float) -> None:
        name, invoke_id = type(request).__name__, frame.invoke_id
        if invoke_id == EVENT_INVOKE_ID:
            self._events.append(Fault(f"{name} with the invoke ID of events cannot be answered", frame.payload))
        elif invoke_id in self._unanswered:
            self._events.append(Fault(f"{name} reuses invoke ID {invoke_id:04d} before its answer", frame.payload))
        elif isinstance(request, m.SystemStatus):
            self._send(invoke_id, m.SystemStatusResponse())
            self._receive_status(request, now)
        elif isinstance(request, m.RequestSystemStatus):
            self._send(invoke_id, m.RequestSystemStatusResponse(system_status=SystemStatusValue.NORMAL))
        elif isinstance(request, m.SystemRegister) and self.role is Role.SWITCHING_FUNCTION:
            self._send(invoke_id, m.SystemRegisterResponse(sys_stat_register_id=_REGISTER_ID))
            self._come_up(_REGISTER_ID, now)
        elif self.phase is not Phase.UP:
            self._send(invoke_id, m.ErrorResponse(category="stateIncompatibility", value="invalidObjectState"))
            self._events.append(Fault(f"{name} before the link is up was refused", frame.payload))
        else:
            self._unanswered[invoke_id] = request
            self._events.append(RequestReceived(invoke_id, request))

    def _receive_status(self, request: m.SystemStatus, now: float) -> None:
        # Messages can be lost again and again, and each time the application has to look anew.
        if request.system_status != self.status or request.system_status is SystemStatusValue.MESSAGES_LOST:
            self.status = request.system_status
            self._events.append(StatusReceived(request.system_status))
        registering = self._requests.has(m.SystemRegister)
        if self._opens_as_application() and request.system_status in _ALIVE and not registering:
            types = m.RequestTypes(system_status=True, request_system_status=False)
            self._send_own(m.SystemRegister(request_types=types), now)

    def _opens_as_application(self) -> bool:
        return self.role is Role.COMPUTING_FUNCTION and self.phase is Phase.OPENING

    def _receive_response(self, frame: Frame, response: m.Response | m.ErrorResponse, now: float) -> None:
        entry = self._requests.take(frame.invoke_id)
        name = type(response).__name__
        if entry is None:
            self._events.append(Fault(f"{name} to no request of ours, invoke ID {frame.invoke_id:04d}", frame.payload))
            return
        if entry.timed_out:
            self._events.append(Fault(f"{name} to {entry.name} came after its time-out", frame.payload))
        elif isinstance(response, m.ErrorResponse):
            self._settle_failure(entry, ServiceRefused(response.category, response.value))
        elif isinstance(response, entry.request.response):
            self._settle(entry, response, now)
        else:
            text = f"{name} is no answer to {entry.name}"
            self._events.append(Fault(text, frame.payload))
            self._settle_failure(entry, MessageError(text, name))
        if self.phase is Phase.UP:
            self._send_waiting(now)

    def _settle(self, entry: Outstanding, response: m.Response, now: float) -> None:
        if not entry.own:
            self._events.append(ResponseReceived(entry.invoke_id, entry.request, response))
        elif isinstance(response, m.SystemRegisterResponse):
            self._come_up(response.sys_stat_register_id, now)

    def _settle_failure(self, entry: Outstanding, error: ServiceRefused | MessageError | RequestTimedOut) -> None:
        if not entry.own:
            self._events.append(RequestFailed(entry.invoke_id, entry.request, error))
        elif isinstance(entry.request, m.SystemRegister):
            self._end(f"SystemRegister failed: {error}")
        elif not isinstance(error, RequestTimedOut):
            # The peer does not know SystemStatus from us, but it answered: it is alive.
            self._report_once(f"the peer answers SystemStatus with {error}", b"")

    def _receive_unknown(self, frame: Frame, unknown: m.UnknownMessage, now: float) -> None:
        self._events.append(Fault(f"unknown message {unknown.root}, invoke ID {frame.invoke_id:04d}", frame.payload))
        if frame.invoke_id == EVENT_INVOKE_ID:
            return
        if unknown.root.endswith("Response"):
            error = MessageError(f"unknown response {unknown.root}", unknown.root)
            self._fail_answered(frame.invoke_id, error, now)
        elif frame.invoke_id not in self._unanswered:
            self._send(frame.invoke_id, m.ErrorResponse(category="operation", value="serviceNotSupported"))

    def _receive_malformed(self, invoke_id: int | None, error: MessageError, now: float) -> None:
        """Answer, or settle, what the frame was about as far as its root element tells."""
        shape = shape_for_root(error.root) if error.root else None
        if shape is None or invoke_id is None or invoke_id == EVENT_INVOKE_ID:
            return
        if issubclass(shape.type, m.Response):
            self._fail_answered(invoke_id, error, now)
        elif issubclass(shape.type, m.Request) and invoke_id not in self._unanswered:
            self._send(invoke_id, m.ErrorResponse(category="operation", value="invalidParameterValue"))

    def _fail_answered(self, invoke_id: int, error: MessageError, now: float) -> None:
        entry = self._requests.take(invoke_id)
        if entry is not None and not entry.timed_out:
            self._settle_failure(entry, error)
        if self.phase is Phase.UP:
            self._send_waiting(now)

    # --- coming up, staying alive, going down

    def _come_up(self, register_id: str, now: float) -> None:
        if self.phase is Phase.UP:
            return
        self.phase = Phase.UP
        self.was_up = True
        self._login_deadline = None
        self._heartbeat_at = now + self.settings.heartbeat
        self._events.append(LinkUp(register_id))

    def handle_timer(self, now: float) -> None:
        """Do what is due: time-outs, heartbeats, the end of a login that did not come about."""
        for entry in self._requests.expire(now):
            seconds = f"{self.settings.request_timeout:g} s"
            self._settle_failure(entry, RequestTimedOut(f"{entry.name} was not answered within {seconds}"))
        if self.phase is Phase.UP:
            self._send_waiting(now)
        if self._login_deadline is not None and now >= self._login_deadline:
            self._end(f"the link did not come up within {self.settings.login_timeout:g} s")
        if self._heartbeat_at is not None and now >= self._heartbeat_at:
            self._beat(now)

    def _beat(self, now: float) -> None:
        if self._misses >= self.settings.heartbeat_misses:
            silence = self._misses * self.settings.heartbeat
            self._end(f"nothing heard from the peer for {silence:g} s ({self._misses} heartbeats)")
            return
        self._misses += 1
        self._heartbeat_at = now + self.settings.heartbeat
        self._send_own(m.SystemStatus(system_status=SystemStatusValue.NORMAL), now)

    def _end(self, reason: str) -> None:
        if self.phase is Phase.OVER:
            return
        self.phase = Phase.OVER
        self._login_deadline = self._heartbeat_at = None
        for entry in self._requests.clear():
            if not entry.own:
                self._events.append(RequestFailed(entry.invoke_id, entry.request, LinkLost(reason)))
        self._unanswered.clear()
        self._events.append(LinkDown(reason))

    def _report_once(self, text: str, raw: bytes) -> None:
        """Tell of an oddity that would repeat with every message only the first time on this link."""
        if text not in self._reported and len(self._reported) < _MAX_REPORTED:
            self._reported.add(text)
            self._events.append(Fault(text, raw))
