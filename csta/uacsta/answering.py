"""The far end's requests: each INFO gets its final response in time, with the answer or before it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from csta.errors import SessionError
from csta.messages import ErrorResponse, Request, Response
from csta.session.reports import Reports
from csta.session_events import RequestReceived
from csta.uacsta.bodies import Body, BodyCodec, Carrier, Responding, UaSettings

FULL: Final = ErrorResponse(category="subscribedResourceAvailability", value="outstandingReqLimitExceeded")


@dataclass(slots=True)
class _Unanswered:
    """A request; ``key`` of the INFO that it came in, ``None`` once that has its final response."""

    request: Request
    key: str | None
    deadline: float


class Answering:
    """The unanswered requests of one association; ``send`` puts a response into an INFO of its own."""

    def __init__(
        self,
        settings: UaSettings,
        codec: BodyCodec,
        reports: Reports,
        out: list[Body],
        send: Callable[[Response | ErrorResponse, float], None],
    ) -> None:
        self._settings = settings
        self._codec = codec
        self._reports = reports
        self._out = out
        self._send = send
        self._unanswered: dict[int, _Unanswered] = {}
        self._numbered = 0

    def reply(self, key: str, message: Response | ErrorResponse | None = None, status: int = 200) -> None:
        """Send the final response to an INFO, with a message or without."""
        content = b"" if message is None else self._codec.encode(message)
        self._out.append(Body(Carrier.INFO_ANSWER, key, content, status))

    def received(self, key: str, request: Request, now: float) -> None:
        """Tell the owner of a request; where too many wait already, refuse it."""
        if len(self._unanswered) >= self._settings.max_unanswered:
            self.reply(key, FULL)
            self._reports.fault_once(f"{self._settings.max_unanswered} requests wait for answers: refused further ones")
            return
        self._numbered += 1
        open_key: str | None = key
        if self._settings.responding is Responding.IN_INFO:
            self.reply(key)
            open_key = None
        deadline = now + self._settings.answer_within
        self._unanswered[self._numbered] = _Unanswered(request, open_key, deadline)
        self._reports.tell(RequestReceived(self._numbered, request))

    def respond(self, number: int, response: Response | ErrorResponse, now: float) -> None:
        """Send the owner's answer; raises as `UaSession.send_response`."""
        entry = self._unanswered.get(number)
        if entry is None:
            raise SessionError(f"no request {number} waits for an answer")
        if not isinstance(response, entry.request.response | ErrorResponse):
            raise SessionError(f"{type(response).__name__} does not answer {type(entry.request).__name__}")
        if entry.key is None:
            self._send(response, now)
        else:
            self.reply(entry.key, response)
        del self._unanswered[number]

    def get_timer(self) -> float | None:
        """When `handle_timer` wants to be called, or None."""
        return min((entry.deadline for entry in self._unanswered.values() if entry.key is not None), default=None)

    def handle_timer(self, now: float) -> None:
        """Give an empty final response to each INFO whose answer takes long."""
        for entry in self._unanswered.values():
            if entry.key is not None and entry.deadline <= now:
                self.reply(entry.key)
                entry.key = None

    def end(self) -> None:
        """The association is over: nothing can be answered any more."""
        self._unanswered.clear()
