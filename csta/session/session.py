"""One association over a stream of bytes, without I/O, for both roles, every encoding, framing and login.

The owner feeds bytes and the time, and takes away events, bytes to send and the time of the next call:
`receive_data` and `handle_timer` in, then `next_event`, `data_to_send`, `get_timer`, `close_wanted`.

How the link comes up stands in `csta.logins`. From then on both sides send SystemStatus as a sign of life.
"""

from enum import Enum, auto
from typing import Final

from csta import messages as m
from csta.codec.encodings import Unit, message_class
from csta.codec.framing import Frame, Framing
from csta.dialects.dialect import Dialect, Profile
from csta.errors import FrameError, LocalError, MessageError, SessionError
from csta.logins import LoginSteps, steps_for
from csta.messages.application_session import NegativeResponse
from csta.session.answering import Answering
from csta.session.asking import Asking
from csta.session.reports import Reports, shown
from csta.session.wire import Wire
from csta.session_events import (
    Ending,
    EventReceived,
    LinkDown,
    LinkUp,
    NoticeReceived,
    SessionEvent,
    StatusReceived,
)
from csta.session_settings import Credentials, Role, SessionSettings, Verifier
from csta.states import SystemStatusValue

__all__ = ["Phase", "Session"]


class Phase(Enum):
    """Where the association stands."""

    UNCONNECTED = auto()
    OPENING = auto()
    UP = auto()
    CLOSING = auto()
    """Our release waits for its answer."""
    OVER = auto()


_ALIVE: Final = frozenset({Phase.OPENING, Phase.UP, Phase.CLOSING})


class Session:
    """One association; make a new one for each connection.

    ``profile`` is one of the dialect's by name, or any other; without one the dialect's default counts. An application
    logs in with ``credentials`` where the login wants some; a switch asks ``verify`` whether to let it in, and lets
    everybody in without one.

    Raises:
        SessionError: The profile is unknown, or its framing is to be sniffed though this side speaks first.
    """

    def __init__(
        self,
        role: Role,
        dialect: Dialect,
        settings: SessionSettings | None = None,
        *,
        profile: Profile | str | None = None,
        credentials: Credentials | None = None,
        verify: Verifier | None = None,
    ) -> None:
        self.role = role
        self.dialect = dialect
        self.settings = settings or SessionSettings()
        self.credentials = credentials
        self.verify = verify
        self.phase = Phase.UNCONNECTED
        self.status: SystemStatusValue | None = None
        """The peer's last status."""
        self.own_status = SystemStatusValue.NORMAL
        """What our signs of life say of us."""
        self.was_up = False
        """Whether the link has ever been up."""
        self._reports = Reports(self.settings.max_faults)
        self._login_deadline: float | None = None
        self._heartbeat_at: float | None = None
        self._close_deadline: float | None = None
        self._misses = 0
        chosen = profile if isinstance(profile, Profile) else dialect.profile(profile)
        self._wire = Wire(dialect, chosen, self.settings)
        self._answering = Answering(self.settings, self._wire, self._reports)
        self._speak()
        if chosen.framing is Framing.SNIFFED and self._login.speaks_first is role:
            raise SessionError("who speaks first needs a framing: there is nothing to sniff yet")

    def _speak(self) -> None:
        self._login: LoginSteps = steps_for(self.profile.login, _Door(self))
        self._asking = Asking(self.settings, self._wire, self._reports, self._login)

    @property
    def profile(self) -> Profile:
        """How we speak; a switch that sniffs may find another than it was made with."""
        return self._wire.profile

    # --- the connection

    def connection_made(self, now: float) -> None:
        """The stream is open."""
        if self.phase is not Phase.UNCONNECTED:
            raise SessionError("a session serves one connection")
        self.phase = Phase.OPENING
        self._reports.hide_raw = self._login.carries_secrets
        self._login_deadline = now + self.settings.login_timeout
        self._login.start(now)

    def connection_lost(self, now: float, reason: str) -> None:  # noqa: ARG002 - every way in has the time
        """The stream is closed; a frame that it cut short is told in the reason."""
        try:
            self._wire.end()
        except FrameError as error:
            self._reports.fault(str(error), self._wire.pending)
            reason = f"{reason}: {error}" if reason else str(error)
        ending = Ending.CLOSED if self.phase is Phase.CLOSING else Ending.LOST
        self._end(reason or "connection closed", ending)

    def close(self, now: float) -> None:
        """Release the association in good order: `close_wanted` says when the peer has answered, or taken too long."""
        if self.phase is Phase.UP and self._login.close(now):
            self.phase = Phase.CLOSING
            self._asking.open = False
            self._heartbeat_at = None
            self._close_deadline = now + self.settings.close_timeout
        elif self.phase is not Phase.CLOSING:
            self._end("closed by us", Ending.CLOSED)

    def close_wanted(self) -> bool:
        """Whether the stream should be closed once `data_to_send` is written."""
        return self.phase is Phase.OVER

    # --- what the owner takes away

    def next_event(self) -> SessionEvent | None:
        """Return the next event, in the order in which things happened, or None."""
        return self._reports.next()

    def data_to_send(self) -> bytes:
        """Return the bytes to be written now; each is returned once."""
        return self._wire.take_out()

    def get_timer(self) -> float | None:
        """When `handle_timer` wants to be called, or None."""
        if self.phase not in _ALIVE:
            return None
        times = (
            self._login_deadline,
            self._heartbeat_at,
            self._close_deadline,
            self._asking.get_timer(),
            self._login.get_timer(),
        )
        return min((time for time in times if time is not None), default=None)

    # --- sending

    def send_request(self, request: m.Request, now: float) -> int:
        """Send a request, or queue it where too many wait for answers already; return its invoke ID.

        Its time-out runs from when it is sent. What waits goes by urgency and in fairness to the devices
        (`csta.session.fair_queue`).

        Raises:
            SessionError: The link is not up, or too many requests wait (`TooManyRequestsError`).
            EncodeError, FrameTooLargeError: The request must not be sent.
        """
        self._require_up()
        return self._asking.request(request, now)

    def send_notice(self, notice: m.Notice, now: float) -> None:  # noqa: ARG002 - every way in has the time
        """Send a message that has no answer; should the peer refuse it, `NoticeRefused` tells.

        Raises:
            SessionError: The link is not up.
            EncodeError, FrameTooLargeError: The notice must not be sent.
        """
        self._require_up()
        self._asking.notice(notice)

    def send_response(self, invoke_id: int, response: m.Response | m.ErrorResponse, now: float) -> None:  # noqa: ARG002 - as all
        """Answer a request.

        Raises:
            SessionError: There is no such request, it is answered, or the response is another service's.
            EncodeError, FrameTooLargeError: The response must not be sent; the request is still unanswered.
        """
        self._answering.respond(invoke_id, response)

    def send_event(self, event: m.Event, now: float) -> None:  # noqa: ARG002 - every way in has the time
        """Report an event.

        Raises:
            SessionError: The link is not up.
            EncodeError, FrameTooLargeError: The event must not be sent.
        """
        self._require_up()
        event_id = self._wire.encoding.event_id
        self._wire.send(self._asking.free_id() if event_id is None else event_id, event)

    def _require_up(self) -> None:
        if self.phase is not Phase.UP:
            raise SessionError("the link is not up")

    # --- receiving

    def receive_data(self, data: bytes, now: float) -> None:
        """Take bytes from the stream, any number of frames or a part of one; whatever they are, nothing is raised."""
        if self.phase not in _ALIVE:
            return
        self._wire.feed(data)
        try:
            while self.phase is not Phase.OVER and (frame := self._wire.next_frame()) is not None:
                self._misses = 0
                self._follow_framing(now)
                self._receive_frame(frame, now)
        except FrameError as error:
            self._reports.fault(str(error), self._wire.pending)
            self._end(f"not CSTA: {error}")

    def _follow_framing(self, now: float) -> None:
        profile = self._wire.profile_found(may_change=self.role is Role.SWITCHING_FUNCTION)
        if profile is not None and profile is not self.profile:
            self._wire.speak(profile)
            self._speak()
            self._login.start(now)

    def _receive_frame(self, frame: Frame, now: float) -> None:
        try:
            unit = self._wire.decode(frame, self._asking.service_of)
        except MessageError as error:
            invoke_id = frame.invoke_id if error.invoke_id is None else error.invoke_id
            self._reports.fault(f"frame {shown(invoke_id)}: {error}", frame.payload)
            self._receive_malformed(invoke_id, error, now)
            return
        for finding in unit.findings:
            self._reports.fault_once(finding, frame.payload)
        try:
            self._receive_unit(unit, frame, now)
        except LocalError as error:
            # What the peer made us say cannot be said: its problem is told, and the link goes on.
            self._reports.fault(f"frame {shown(unit.invoke_id)}: cannot be answered: {error}", frame.payload)

    def _receive_unit(self, unit: Unit, frame: Frame, now: float) -> None:
        invoke_id, message = unit.invoke_id, unit.message
        match message:
            case m.Event():
                self._receive_event(invoke_id, message, frame)
            case m.Request() if invoke_id is not None:
                self._receive_request(invoke_id, message, frame, now)
            case m.Response() | m.ErrorResponse() | m.Rejection() | NegativeResponse() if invoke_id is not None:
                self._asking.answered(invoke_id, message, frame, now)
            case m.UnknownMessage():
                self._receive_unknown(invoke_id, message, frame, now)
            case _:
                self._receive_unnumbered(message, frame, now)

    def _receive_event(self, invoke_id: int | None, event: m.Event, frame: Frame) -> None:
        event_id = self._wire.encoding.event_id
        if event_id is not None and invoke_id != event_id:
            self._reports.fault_once(f"{type(event).__name__} with an invoke ID other than {event_id}", frame.payload)
        if self.phase is Phase.UP or self.phase is Phase.CLOSING:
            self._reports.tell(EventReceived(event))
        else:
            self._reports.fault(f"{type(event).__name__} before the link is up", frame.payload)

    def _receive_unnumbered(self, message: m.Message, frame: Frame, now: float) -> None:
        name = type(message).__name__
        if self._login.take_message(message, now):
            return
        if not isinstance(message, m.Notice):
            self._reports.fault(f"{name} that nothing here waits for", frame.payload)
        elif self.phase in {Phase.UP, Phase.CLOSING}:
            self._reports.tell(NoticeReceived(message))
        else:
            self._reports.fault(f"{name} before the link is up", frame.payload)

    # --- the peer's requests

    def _receive_request(self, invoke_id: int, request: m.Request, frame: Frame, now: float) -> None:
        if not self._answering.answerable(invoke_id, request, frame, now):
            return
        if self._answer_own(invoke_id, request, now) or self._login.take_request(invoke_id, request, now):
            return
        if self.phase is Phase.UP:
            self._answering.pass_on(invoke_id, request, now)
        else:
            self._answering.refuse_early(invoke_id, request, frame)

    def _answer_own(self, invoke_id: int, request: m.Request, now: float) -> bool:
        """Answer the signs of life."""
        if isinstance(request, m.SystemStatus):
            self._wire.send(invoke_id, m.SystemStatusResponse())
            self._receive_status(request.system_status, now)
        elif isinstance(request, m.RequestSystemStatus):
            self._wire.send(invoke_id, m.RequestSystemStatusResponse(system_status=self.own_status))
        else:
            return False
        return True

    def _receive_status(self, status: SystemStatusValue, now: float) -> None:
        # Messages can be lost again and again, and each time the application has to look anew.
        if status != self.status or status is SystemStatusValue.MESSAGES_LOST:
            self.status = status
            self._reports.tell(StatusReceived(status))
        self._asking.peer_status(status, now)
        self._login.status_received(status, now)

    # --- what is no message of ours

    def _receive_unknown(self, invoke_id: int | None, unknown: m.UnknownMessage, frame: Frame, now: float) -> None:
        self._reports.fault(f"unknown message {unknown.root}, invoke ID {shown(invoke_id)}", frame.payload)
        kind = self._wire.encoding.kind_of(unknown)
        if invoke_id is None or invoke_id == self._wire.encoding.event_id or kind is m.Event:
            return
        if kind is m.Response:
            error = MessageError(f"unknown response {unknown.root}", unknown.root)
            self._asking.garbled(invoke_id, error, now)
        else:
            self._answering.refuse_unknown(invoke_id)

    def _receive_malformed(self, invoke_id: int | None, error: MessageError, now: float) -> None:
        """Answer, or settle, what the frame was about as far as its root element tells."""
        found = message_class(error.root) if error.root else None
        if found is None or invoke_id is None or invoke_id == self._wire.encoding.event_id:
            return
        if issubclass(found, m.Response):
            self._asking.garbled(invoke_id, error, now)
        elif issubclass(found, m.Request):
            self._answering.refuse_malformed(invoke_id)

    # --- coming up, staying alive, going down

    def _come_up(self, register_id: str, now: float) -> None:
        if self.phase is not Phase.OPENING:
            return
        self.phase = Phase.UP
        self.was_up = self._asking.open = True
        self._reports.hide_raw = False
        self._login_deadline = None
        self._heartbeat_at = now + self.settings.heartbeat
        self._reports.tell(LinkUp(register_id))

    def handle_timer(self, now: float) -> None:
        """Do what is due: time-outs, repetitions, heartbeats, renewals, the end of a login that did not come about."""
        if self.phase not in _ALIVE:
            return
        self._asking.handle_timer(now)
        login_at = self._login.get_timer()
        if login_at is not None and now >= login_at:
            self._login.handle_timer(now)
        if self._login_deadline is not None and now >= self._login_deadline:
            self._end(f"the link did not come up within {self.settings.login_timeout:g} s")
        if self._close_deadline is not None and now >= self._close_deadline:
            self._end("closed by us, without the peer's answer", Ending.CLOSED)
        if self._heartbeat_at is not None and now >= self._heartbeat_at:
            self._beat(now)

    def _beat(self, now: float) -> None:
        self._reports.new_period()
        if self._misses >= self.settings.heartbeat_misses:
            silence = self._misses * self.settings.heartbeat
            self._end(f"nothing heard from the peer for {silence:g} s ({self._misses} heartbeats)")
            return
        self._misses += 1
        self._heartbeat_at = now + self.settings.heartbeat
        self._asking.own_request(m.SystemStatus(system_status=self.own_status), now)

    def _end(self, reason: str, ending: Ending = Ending.LOST) -> None:
        if self.phase is Phase.OVER:
            return
        self.phase = Phase.OVER
        self._login_deadline = self._heartbeat_at = self._close_deadline = None
        self._asking.end(reason)
        self._answering.end()
        self._reports.tell(LinkDown(reason, ending))


class _Door:
    """The session as its login may use it (`csta.logins.Association`)."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.role = session.role
        self.profile = session.profile
        self.settings = session.settings
        self.credentials = session.credentials
        self.verify = session.verify

    @property
    def own_status(self) -> SystemStatusValue:
        return self._session.own_status

    @property
    def opening(self) -> bool:
        return self._session.phase is Phase.OPENING

    def ask(self, request: m.Request, now: float) -> None:
        self._session._asking.own_request(request, now)

    def asking(self, service: type[m.Request]) -> bool:
        return self._session._asking.asks_for(service)

    def answer(self, invoke_id: int, response: m.Message) -> None:
        self._session._wire.send(invoke_id, response)

    def say(self, message: m.Message) -> None:
        if isinstance(message, m.Notice):
            self._session._asking.notice(message)
        else:
            self._session._wire.send(None, message)

    def come_up(self, register_id: str, now: float) -> None:
        self._session._come_up(register_id, now)

    def end(self, reason: str, ending: Ending = Ending.LOST) -> None:
        self._session._end(reason, ending)

    def report(self, text: str) -> None:
        self._session._reports.fault(text)
