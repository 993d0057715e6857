"""What we send in INFO: one at a time, because over UDP a later one overtakes a lost one and shuts it out.

A dialog takes no request whose CSeq is lower than the last (RFC 3261 12.2.2), so an INFO that is sent again after its
successor has come would be refused, and an event lost. Bodies have no invoke ID either: a response in an INFO of its
own is matched by being the only one that is waited for. So requests go out one by one, each after the answer to the
one before, while events and responses only wait for the INFO before them. Somebody waits for a response, so it goes
before the events.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from csta.errors import LinkLost, MessageError, RemoteError, RequestTimedOut, ServiceRefused, TooManyRequestsError
from csta.messages import ErrorResponse, Message, Request, Response
from csta.session.reports import Reports
from csta.session_events import RequestFailed, ResponseReceived
from csta.uacsta.bodies import Body, Carrier, UaSettings


@dataclass(slots=True)
class Outgoing:
    """One INFO; ``request`` where an answer is expected, ``own`` where the owner is not told of it."""

    number: int
    name: str
    content: bytes
    request: Request | None = None
    own: bool = False
    deadline: float = 0.0


class Sending:
    """The INFOs of one association, and the request that waits for its answer.

    ``heard`` is called with whether a request of our own, the sign of life, was answered.
    """

    def __init__(
        self, settings: UaSettings, reports: Reports, out: list[Body], heard: Callable[[bool, float], None]
    ) -> None:
        self._settings = settings
        self._reports = reports
        self._out = out
        self._heard = heard
        self._numbered = 0
        self._responses: deque[Outgoing] = deque()
        self._messages: deque[Outgoing] = deque()
        self._requests: deque[Outgoing] = deque()
        self._flying: Outgoing | None = None
        self._asked: Outgoing | None = None
        self._late: deque[Outgoing] = deque()
        self.open = False

    # --- out

    def put(self, message: Message, content: bytes, now: float, *, own: bool = False) -> int:
        """Send a message as soon as its turn comes; return its number.

        Raises:
            TooManyRequestsError: As many of its kind wait as the settings allow.
        """
        queue = self._queue_for(message)
        if len(queue) >= self._settings.max_waiting:
            raise TooManyRequestsError(f"{self._settings.max_waiting} messages wait already")
        self._numbered += 1
        request = message if isinstance(message, Request) else None
        outgoing = Outgoing(self._numbered, type(message).__name__, content, request, own)
        queue.append(outgoing)
        self.pump(now)
        return outgoing.number

    def _queue_for(self, message: Message) -> deque[Outgoing]:
        match message:
            case Request():
                return self._requests
            case Response() | ErrorResponse():
                return self._responses
            case _:
                return self._messages

    def pump(self, now: float) -> None:
        """Send the next INFO where none is under way."""
        if not self.open or self._flying is not None:
            return
        if self._responses or self._messages:
            self._flying = (self._responses or self._messages).popleft()
        elif self._requests and self._asked is None:
            self._flying = self._asked = self._requests.popleft()
            self._asked.deadline = now + self._settings.request_timeout
        if self._flying is not None:
            self._out.append(Body(Carrier.INFO, self._flying.number, self._flying.content))

    # --- in

    def info_answered(self, number: int, status: int, now: float) -> Outgoing | None:
        """The final response to an INFO came: return what it carried; ``None`` where it is none of ours."""
        sent = self._flying
        if sent is None or sent.number != number:
            self._reports.fault(f"a response to an INFO that was not sent: {status}")
            return None
        self._flying = None
        if status >= 300 and sent.request is None:
            self._reports.fault(f"{sent.name} was refused with SIP status {status}")
        elif status >= 300 and sent is self._asked:
            self._asked = None
            self._failed(sent, ServiceRefused("sip", str(status)), now)
        self.pump(now)
        return sent

    def answered(self, answer: Response | ErrorResponse, now: float, raw: bytes, to: Outgoing | None = None) -> None:
        """A response came: in the final response to ``to``, or in an INFO of its own."""
        name = type(answer).__name__
        self._forget_late(now)
        late = self._late_for(answer) if to is None or to in self._late else None
        if late is not None:
            self._late.remove(late)
            self._reports.fault(f"{name} to {late.name} came after its time-out", raw)
            return
        asked = self._asked
        if asked is None or asked.request is None or (to is not None and to is not asked):
            self._reports.fault(f"{name} to no request of ours", raw)
            return
        self._asked = None
        if isinstance(answer, ErrorResponse):
            self._failed(asked, ServiceRefused(answer.category, answer.value), now)
        elif not isinstance(answer, asked.request.response):
            text = f"{name} is no answer to {asked.name}"
            self._reports.fault(text, raw)
            self._failed(asked, MessageError(text, name), now)
        elif asked.own:
            self._heard(True, now)
        else:
            self._reports.tell(ResponseReceived(asked.number, asked.request, answer))
        self.pump(now)

    def garbled(self, error: MessageError, now: float, to: Outgoing | None = None) -> None:
        """An answer came that nobody can read."""
        asked = self._asked
        if asked is not None and (to is None or to is asked):
            self._asked = None
            self._failed(asked, error, now)
            self.pump(now)

    def _late_for(self, answer: Response | ErrorResponse) -> Outgoing | None:
        """The oldest timed-out request that this may be the answer to: the far end answers in the order of asking."""
        for late in self._late:
            if late.request is not None and isinstance(answer, late.request.response | ErrorResponse):
                return late
        return None

    def _failed(self, entry: Outgoing, error: RemoteError, now: float) -> None:
        if entry.own:
            # A refusal is a sign of life as good as another.
            self._heard(not isinstance(error, RequestTimedOut), now)
        elif entry.request is not None:
            self._reports.tell(RequestFailed(entry.number, entry.request, error))

    # --- time

    def get_timer(self) -> float | None:
        """When `handle_timer` wants to be called, or None."""
        return None if self._asked is None else self._asked.deadline

    def handle_timer(self, now: float) -> None:
        """Fail the request that is not answered in time."""
        self._forget_late(now)
        asked = self._asked
        if asked is not None and asked.deadline <= now:
            self._asked = None
            self._late.append(asked)
            seconds = f"{self._settings.request_timeout:g} s"
            self._failed(asked, RequestTimedOut(f"{asked.name} was not answered within {seconds}"), now)
            self.pump(now)

    def _forget_late(self, now: float) -> None:
        while self._late and self._late[0].deadline + self._settings.request_timeout <= now:
            self._late.popleft()

    def end(self, reason: str) -> None:
        """The association is over: nothing will be answered any more."""
        self.open = False
        lost = [*([self._asked] if self._asked is not None else []), *self._requests]
        self._asked = self._flying = None
        for kept in (self._responses, self._messages, self._requests, self._late):
            kept.clear()
        for entry in lost:
            if not entry.own and entry.request is not None:
                self._reports.tell(RequestFailed(entry.number, entry.request, LinkLost(reason)))
