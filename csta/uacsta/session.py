"""One uaCSTA association with a phone, without I/O: CSTA messages in the bodies of one SIP dialog (ECMA TR/87).

The application opens it by an INVITE whose body is RequestSystemStatus; the phone's 200 carries the response. From then
on requests, events and, where they come late, responses travel in INFO; a response usually in the 200 to the INFO that
asked. BYE ends it. The owner carries the bodies through SIP and tells what SIP told:

`open`, `accepted`, `refused` at the application's side, `invited` at the phone's; `receive_body`, `receive_answer` and
`ended` at both. It takes away `bodies_to_send`, `next_event`, `get_timer` and `close_wanted` as of any session.
"""

from enum import Enum, auto
from typing import Final

from csta import messages as m
from csta.codec.encodings import message_class
from csta.errors import LocalError, MessageError, SessionError
from csta.session.reports import Reports
from csta.session_events import Ending, EventReceived, LinkDown, LinkUp, NoticeReceived, SessionEvent, StatusReceived
from csta.session_settings import Role
from csta.states import SystemStatusValue
from csta.uacsta.answering import Answering
from csta.uacsta.bodies import CONTENT_TYPE, Body, BodyCodec, Carrier, UaSettings
from csta.uacsta.sending import Outgoing, Sending

_UNKNOWN: Final = m.ErrorResponse(category="operation", value="serviceNotSupported")
_MALFORMED: Final = m.ErrorResponse(category="operation", value="invalidParameterValue")
_NO_DIALOG, _BAD, _TOO_LARGE, _WRONG_TYPE, _NOT_ACCEPTABLE = 481, 400, 413, 415, 488
_REFUSED_FOR_GOOD: Final = frozenset({401, 403, 407, 415, 488})


class UaPhase(Enum):
    """Where the association stands."""

    CLOSED = auto()
    """Not opened yet."""
    OPENING = auto()
    UP = auto()
    OVER = auto()


class UaSession:
    """One association; make a new one for each dialog. The phone is the switching function."""

    def __init__(self, role: Role, settings: UaSettings | None = None) -> None:
        self.role = role
        self.settings = settings or UaSettings()
        self.phase = UaPhase.CLOSED
        self.status: SystemStatusValue | None = None
        """The far end's last status."""
        self.own_status = SystemStatusValue.NORMAL
        self._reports = Reports(self.settings.max_faults)
        self._codec = BodyCodec(self.settings)
        self._out: list[Body] = []
        self._sending = Sending(self.settings, self._reports, self._out, self._own_answered)
        self._answering = Answering(self.settings, self._codec, self._reports, self._out, self._respond_in_info)
        self._open_deadline: float | None = None
        self._heartbeat_at: float | None = None
        self._misses = 0

    # --- what the owner takes away

    def next_event(self) -> SessionEvent | None:
        """Return the next event, in the order in which things happened, or None."""
        return self._reports.next()

    def bodies_to_send(self) -> list[Body]:
        """Return what is to be sent now; each is returned once."""
        out = list(self._out)
        self._out.clear()
        return out

    def close_wanted(self) -> bool:
        """Whether the dialog should be left once `bodies_to_send` is sent."""
        return self.phase is UaPhase.OVER

    def get_timer(self) -> float | None:
        """When `handle_timer` wants to be called, or None."""
        if self.phase in {UaPhase.CLOSED, UaPhase.OVER}:
            return None
        times = (self._open_deadline, self._heartbeat_at, self._sending.get_timer(), self._answering.get_timer())
        return min((time for time in times if time is not None), default=None)

    # --- opening

    def open(self, now: float) -> None:
        """Ask for the association: the INVITE is among the `bodies_to_send`.

        Raises:
            SessionError: We are the phone, or it was opened before.
        """
        if self.role is not Role.COMPUTING_FUNCTION or self.phase is not UaPhase.CLOSED:
            raise SessionError("an application opens each association once")
        self.phase = UaPhase.OPENING
        self._open_deadline = now + self.settings.open_timeout
        self._out.append(Body(Carrier.INVITE, 0, self._codec.encode(m.RequestSystemStatus())))

    def accepted(self, content: bytes, now: float, content_type: str = CONTENT_TYPE) -> None:
        """The phone answered our INVITE 200; its body tells its status, and may be absent."""
        if self.phase is not UaPhase.OPENING:
            return
        answer: m.Message | None = None
        if content and content_type == CONTENT_TYPE:
            try:
                answer = self._codec.decode(content).message
            except MessageError as error:
                self._reports.fault(f"the answer to our INVITE: {error}", content)
        if isinstance(answer, m.ErrorResponse):
            self._end(f"the phone refuses: {answer.category}/{answer.value}")
            return
        if isinstance(answer, m.RequestSystemStatusResponse):
            self.status = answer.system_status
        elif answer is None:
            self._reports.fault("the phone's answer to our INVITE does not tell its status", content)
        else:
            self._reports.fault(f"{type(answer).__name__} is no answer to RequestSystemStatus", content)
        self._come_up(now)

    def refused(self, status: int, reason: str, now: float) -> None:  # noqa: ARG002 - every way in has the time
        """The phone refused our INVITE, or did not answer it."""
        ending = Ending.CREDENTIALS_REFUSED if status in _REFUSED_FOR_GOOD else Ending.LOST
        self._end(f"the phone refuses: {status} {reason}", ending)

    def invited(self, content: bytes, now: float, content_type: str = CONTENT_TYPE) -> None:
        """An INVITE came, or a re-INVITE that keeps the dialog alive; its final response is in `bodies_to_send`.

        One with another body than RequestSystemStatus, or none, is refused with 488 or 400.
        """
        if self.role is not Role.SWITCHING_FUNCTION or self.phase is UaPhase.OVER:
            status = _NO_DIALOG if self.phase is UaPhase.OVER else _NOT_ACCEPTABLE
            self._out.append(Body(Carrier.INVITE_ANSWER, status=status))
            return
        if content_type != CONTENT_TYPE or len(content) > self.settings.max_body_bytes:
            self._refuse_invite(_WRONG_TYPE if content_type != CONTENT_TYPE else _TOO_LARGE)
            return
        try:
            message = self._codec.decode(content).message
        except MessageError as error:
            self._reports.fault(f"INVITE: {error}", content)
            self._refuse_invite(_BAD)
            return
        if not isinstance(message, m.RequestSystemStatus):
            self._reports.fault(f"INVITE with {type(message).__name__} instead of RequestSystemStatus", content)
            self._refuse_invite(_NOT_ACCEPTABLE)
            return
        answer = self._codec.encode(m.RequestSystemStatusResponse(system_status=self.own_status))
        self._out.append(Body(Carrier.INVITE_ANSWER, content=answer))
        self._come_up(now)

    def _refuse_invite(self, status: int) -> None:
        self._out.append(Body(Carrier.INVITE_ANSWER, status=status))
        if self.phase is UaPhase.CLOSED:
            self._end(f"INVITE refused with {status}")

    def _come_up(self, now: float) -> None:
        if self.phase is UaPhase.UP:
            return
        self.phase = UaPhase.UP
        self._open_deadline = None
        self._sending.open = True
        self._alive(now)
        self._reports.tell(LinkUp(""))

    # --- sending

    def send_request(self, request: m.Request, now: float) -> int:
        """Send a request as soon as the one before is answered; return the number that its answer is told with.

        Raises:
            SessionError: The association is not up; `TooManyRequestsError` where too many wait.
            EncodeError, FrameTooLargeError: The request must not be sent.
        """
        return self._put(request, now)

    def send_event(self, event: m.Event, now: float) -> None:
        """Report an event; raises as `send_request`."""
        self._put(event, now)

    def send_notice(self, notice: m.Notice, now: float) -> None:
        """Send a message that has no answer; raises as `send_request`."""
        self._put(notice, now)

    def send_response(self, invoke_id: int, response: m.Response | m.ErrorResponse, now: float) -> None:
        """Answer a request.

        Raises:
            SessionError: There is no such request, it is answered, or the response is another service's.
            EncodeError, FrameTooLargeError: The response must not be sent; the request is still unanswered.
        """
        self._answering.respond(invoke_id, response, now)

    def _respond_in_info(self, response: m.Response | m.ErrorResponse, now: float) -> None:
        self._put(response, now)

    def _put(self, message: m.Message, now: float, *, own: bool = False) -> int:
        if self.phase is not UaPhase.UP:
            raise SessionError("the association is not up")
        return self._sending.put(message, self._codec.encode(message), now, own=own)

    # --- receiving

    def receive_body(self, key: str, content: bytes, now: float, content_type: str = CONTENT_TYPE) -> None:
        """An INFO came; ``key`` names it in the `Body` that answers it. Whatever the bytes are, nothing is raised."""
        if self.phase is not UaPhase.UP:
            self._answering.reply(key, status=_NO_DIALOG)
            return
        self._alive(now)
        if content_type != CONTENT_TYPE:
            self._answering.reply(key, status=_WRONG_TYPE)
        elif len(content) > self.settings.max_body_bytes:
            self._answering.reply(key, status=_TOO_LARGE)
        elif not content:
            self._answering.reply(key)  # an INFO without a body asks only whether the dialog stands (RFC 2976 2.2)
        else:
            self._receive(key, content, now)

    def _receive(self, key: str, content: bytes, now: float) -> None:
        try:
            decoded = self._codec.decode(content)
        except MessageError as error:
            self._receive_malformed(key, error, content, now)
            return
        for finding in decoded.findings:
            self._reports.fault_once(finding, content)
        try:
            self._receive_message(key, decoded.message, content, now)
        except LocalError as error:
            # What the far end made us say cannot be said: that is told, and the association goes on.
            self._reports.fault(f"cannot be answered: {error}", content)
            self._answering.reply(key)

    def _receive_message(self, key: str, message: m.Message, content: bytes, now: float) -> None:
        match message:
            case m.RequestSystemStatus():
                self._answering.reply(key, m.RequestSystemStatusResponse(system_status=self.own_status))
            case m.SystemStatus():
                self._answering.reply(key, m.SystemStatusResponse())
                self._receive_status(message.system_status)
            case m.Request():
                self._answering.received(key, message, now)
            case m.UnknownMessage():
                self._receive_unknown(key, message, content)
            case _:
                self._answering.reply(key)
                self._receive_unanswerable(message, content, now)

    def _receive_unanswerable(self, message: m.Message, content: bytes, now: float) -> None:
        match message:
            case m.Event():
                self._reports.tell(EventReceived(message))
            case m.Notice():
                self._reports.tell(NoticeReceived(message))
            case m.Response() | m.ErrorResponse():
                self._sending.answered(message, now, content)
            case _:
                self._reports.fault(f"{type(message).__name__} that nothing here waits for", content)

    def _receive_status(self, status: SystemStatusValue) -> None:
        if status != self.status:
            self.status = status
            self._reports.tell(StatusReceived(status))

    def _receive_unknown(self, key: str, unknown: m.UnknownMessage, content: bytes) -> None:
        self._reports.fault(f"unknown message {unknown.root}", content)
        if unknown.root.endswith(("Response", "Event")):
            self._answering.reply(key)
        else:
            self._answering.reply(key, _UNKNOWN)

    def _receive_malformed(self, key: str, error: MessageError, content: bytes, now: float) -> None:
        self._reports.fault(str(error), content)
        found = message_class(error.root) if error.root else None
        if found is not None and issubclass(found, m.Request):
            self._answering.reply(key, _MALFORMED)
        elif found is not None and issubclass(found, m.Response):
            self._answering.reply(key)
            self._sending.garbled(error, now)
        else:
            self._answering.reply(key, status=_BAD)

    def receive_answer(
        self, key: int, status: int, content: bytes, now: float, content_type: str = CONTENT_TYPE
    ) -> None:
        """The final response to an INFO of ours came. Whatever the bytes are, nothing is raised."""
        if self.phase is not UaPhase.UP:
            return
        if status < 300:
            self._alive(now)
        sent = self._sending.info_answered(key, status, now)
        if sent is None or status >= 300 or not content or content_type != CONTENT_TYPE:
            return
        try:
            message = self._codec.decode(content).message
        except MessageError as error:
            self._reports.fault(f"the answer to {sent.name}: {error}", content)
            self._sending.garbled(error, now, sent)
            return
        self._answered(message, content, now, sent)

    def _answered(self, message: m.Message, content: bytes, now: float, sent: Outgoing) -> None:
        if isinstance(message, m.Response | m.ErrorResponse):
            self._sending.answered(message, now, content, sent)
            return
        name = message.root if isinstance(message, m.UnknownMessage) else type(message).__name__
        text = f"{name} in the answer to {sent.name}"
        self._reports.fault(text, content)
        self._sending.garbled(MessageError(text, name), now, sent)

    # --- time and the end

    def _alive(self, now: float) -> None:
        self._misses = 0
        if self.role is Role.COMPUTING_FUNCTION:
            self._heartbeat_at = now + self.settings.heartbeat

    def _own_answered(self, answered: bool, now: float) -> None:
        """A sign of life that we asked for came, or did not."""
        if answered:
            self._alive(now)
            return
        self._misses += 1
        self._heartbeat_at = now
        if self._misses >= self.settings.heartbeat_misses:
            self._end(f"the phone answers no more ({self._misses} times asked)")

    def handle_timer(self, now: float) -> None:
        """Do what is due: time-outs, late answers, signs of life."""
        if self.phase in {UaPhase.CLOSED, UaPhase.OVER}:
            return
        self._sending.handle_timer(now)
        self._answering.handle_timer(now)
        if self._open_deadline is not None and now >= self._open_deadline:
            self._end(f"the phone did not answer within {self.settings.open_timeout:g} s")
        if self._heartbeat_at is not None and now >= self._heartbeat_at:
            self._heartbeat_at = None
            self._reports.new_period()
            self._ask_for_life(now)

    def _ask_for_life(self, now: float) -> None:
        try:
            self._put(m.RequestSystemStatus(), now, own=True)
        except SessionError as error:
            self._end(f"the phone does not keep up: {error}")

    def close(self, now: float) -> None:  # noqa: ARG002 - every way in has the time
        """Leave the association in good order: the owner ends the dialog."""
        self._end("closed by us", Ending.CLOSED)

    def ended(self, reason: str, now: float, *, orderly: bool = False) -> None:  # noqa: ARG002 - as above
        """The dialog is over; ``orderly`` where the far end left it by BYE."""
        self._end(reason, Ending.CLOSED if orderly else Ending.LOST)

    def _end(self, reason: str, ending: Ending = Ending.LOST) -> None:
        if self.phase is UaPhase.OVER:
            return
        self.phase = UaPhase.OVER
        self._open_deadline = self._heartbeat_at = None
        self._sending.end(reason)
        self._answering.end()
        self._reports.tell(LinkDown(reason, ending))
