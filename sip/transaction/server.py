"""Server transactions: INVITE (RFC 3261 17.2.1, RFC 6026 7.1) and all others (17.2.2), and the responses they send."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final

from sip.errors import SipSyntaxError
from sip.events import Endpoint
from sip.message import REASONS, Request, Response, serialise
from sip.timers import T1, T2, T4, TRANSACTION_TIMEOUT, Timer
from sip.transaction.base import AckTimeoutTaker, Layer, State, TransactionKey

_COPIED: Final = ("Via", "From", "To", "Call-ID", "CSeq")


class ServerTransaction(ABC):
    """What both server kinds share."""

    def __init__(
        self, layer: Layer, request: Request, reply_to: Endpoint, key: TransactionKey, otherwise: Endpoint | None
    ) -> None:
        self.request = request
        self.reply_to = reply_to
        self.key = key
        self.state = State.PROCEEDING
        self.user: AckTimeoutTaker | None = None
        self.last_status = 0
        self.merge_key: TransactionKey | None = None
        """What tells that a request came on two ways; none within a dialog."""
        self._layer = layer
        self._otherwise = otherwise
        self._last: bytes | None = None
        self._timers: list[Timer] = []

    @property
    def reliable(self) -> bool:
        """Whether the transport repeats by itself."""
        return self.reply_to.transport != "udp"

    @abstractmethod
    def start(self) -> None:
        """Do what the arrival asks for."""

    def receive_again(self) -> None:
        """A retransmission of the request came: repeat the last response, if any."""
        if self.state in (State.PROCEEDING, State.COMPLETED):
            self._send()

    @abstractmethod
    def acknowledge(self, now: float) -> None:
        """An ACK that matches this transaction came (INVITE refused)."""

    def respond(self, response: Response, now: float) -> None:
        """Send a response; a final one only once, what follows it is dropped."""
        if self.state is not State.PROCEEDING:
            return
        self._last = serialise(response)
        self.last_status = response.status
        self._send()
        if response.status >= 200:
            self._final(response.status, now)
            self._layer.answered(self)

    def remember_less(self) -> None:
        """Keep of the request only what tells it apart: an answered one stays for 32 s, at 200 calls a second 6,400."""
        request = self.request
        self.request = Request(request.method, request.uri, request.headers.picked(_COPIED))

    def repeat_last(self) -> None:
        """Repeat a 2xx of an INVITE until its ACK comes (RFC 3261 13.3.1.4), or a reliable 1xx until its PRACK does."""
        self._send()

    def _send(self) -> None:
        """Send the last response: where the request came from, or where Via says once that connection is gone."""
        gone = self.reliable and self._otherwise is not None and not self._layer.has_connection(self.reply_to)
        destination = self._otherwise if gone and self._otherwise is not None else self.reply_to
        if self._last is not None:
            self._layer.send(self._last, destination)

    @abstractmethod
    def _final(self, status: int, now: float) -> None:
        """A final response was sent."""

    def _after(self, seconds: float, now: float, action: Callable[[float], None]) -> None:
        self._timers.append(self._layer.timers.at(now + seconds, action))

    def _stop_timers(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _time_is_up(self, _now: float) -> None:
        self._terminate()

    def _terminate(self) -> None:
        self._stop_timers()
        self.state = State.TERMINATED
        self._layer.forget(self)


class InviteServer(ServerTransaction):
    """RFC 3261 17.2.1 and RFC 6026 7.1."""

    def __init__(
        self, layer: Layer, request: Request, reply_to: Endpoint, key: TransactionKey, otherwise: Endpoint | None
    ) -> None:
        super().__init__(layer, request, reply_to, key, otherwise)
        self._interval = T1

    def start(self) -> None:
        """Say 100 before any thinking, unless an answer follows as fast (17.2.1)."""
        self._layer.arrived(self)

    def say_trying(self) -> None:
        """Send 100 where nothing was answered yet."""
        if self._last is None:
            self._last = serialise(make_response(self.request, 100))
            self._send()

    def acknowledge(self, now: float) -> None:
        """The refusal is acknowledged: soak up what still comes (timer I)."""
        if self.state is not State.COMPLETED:
            return
        self._stop_timers()
        self.state = State.CONFIRMED
        if self.reliable:
            self._terminate()
        else:
            self._after(T4, now, self._time_is_up)

    def _final(self, status: int, now: float) -> None:
        if status < 300:
            self.state = State.ACCEPTED
            self._after(TRANSACTION_TIMEOUT, now, self._time_is_up)
            return
        self.state = State.COMPLETED
        if not self.reliable:
            self._after(self._interval, now, self._resend)
        self._after(TRANSACTION_TIMEOUT, now, self._give_up)

    def _resend(self, now: float) -> None:
        self._send()
        self._interval = min(self._interval * 2, T2)
        self._after(self._interval, now, self._resend)

    def _give_up(self, now: float) -> None:
        self._terminate()
        if self.user is not None:
            self.user.ack_missing(self, now)


class NonInviteServer(ServerTransaction):
    """RFC 3261 17.2.2."""

    def start(self) -> None:
        """Nothing is sent before the answer: there is no 100 here."""

    def acknowledge(self, now: float) -> None:
        """Pass over an ACK: it belongs to an INVITE alone."""

    def _final(self, status: int, now: float) -> None:  # noqa: ARG002 - one law for all final responses
        self.state = State.COMPLETED
        if self.reliable:
            self._terminate()
        else:
            self._after(TRANSACTION_TIMEOUT, now, self._time_is_up)


def make_response(request: Request, status: int, reason: str = "", tag: str = "") -> Response:
    """Return a response with what RFC 3261 8.2.6.2 copies; ``tag`` goes into To where it has none.

    Whatever of the five headers is missing or broken is left out or copied as it is, so that a 400 can be made of a
    broken request.
    """
    headers = request.headers.picked(_COPIED)
    if tag:
        try:
            to = request.to
        except SipSyntaxError:
            to = None
        if to is not None and not to.tag:
            headers.set("To", str(to.with_tag(tag)))
    if status == 100 and "Timestamp" in request.headers:
        headers.append_parsed("Timestamp", request.headers.get("Timestamp") or "")
    return Response(status, reason or REASONS.get(status, "Unknown"), headers)
