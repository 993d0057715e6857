"""Client transactions: INVITE (RFC 3261 17.1.1, RFC 6026 7.2) and all others (17.1.2), over one target or several."""

from abc import ABC, abstractmethod
from typing import Final

from sip.events import Endpoint
from sip.headers import Headers
from sip.message import Request, Response, serialise
from sip.timers import T1, T2, T4, TRANSACTION_TIMEOUT, Timer
from sip.transaction.base import TIMER_D, Layer, ResponseTaker, State, TransactionKey

NEXT_TARGET_AFTER: Final = 8 * T1
"""Seconds without a word after which the next target is tried, where there is one; Timer B and F go on over all."""


class _Nobody:
    """Takes the place of who started a transaction once that is over; it is told nothing."""

    def response_received(self, transaction: "ClientTransaction", response: Response, now: float) -> None:
        """Not called any more."""

    def no_response(self, transaction: "ClientTransaction", status: int, now: float) -> None:
        """Not called any more."""


_NOBODY: Final = _Nobody()


class ClientTransaction(ABC):
    """What both client kinds share; `receive` and the timers are theirs.

    ``request`` and ``destination`` are what was sent last, and to whom: they change when the next target is tried.
    """

    def __init__(self, layer: Layer, request: Request, destination: Endpoint, user: ResponseTaker) -> None:
        self.request = request
        self.destination = destination
        self.user = user
        self.key: TransactionKey = (request.via.branch, request.method)
        self.state = State.CALLING
        self.answered: dict[tuple[str, str], int] = {}  # challenges by header and realm that led to this request
        self._layer = layer
        self._wanted = destination
        self._targets: list[Endpoint] = []
        self._data = serialise(request)
        self._interval = T1
        self._repeat: Timer | None = None
        self._next: Timer | None = None
        self._limit: Timer | None = None

    @property
    def reliable(self) -> bool:
        """Whether the transport repeats by itself."""
        return self.destination.transport != "udp"

    @property
    def wanted(self) -> Endpoint:
        """Where the request was to go, before its targets were known; a request in its place goes there too."""
        return self._wanted

    def start(self, now: float) -> None:
        """Find the targets, send to the first, and start timers A/E and B/F."""
        self._limit = self._layer.timers.at(now + TRANSACTION_TIMEOUT, self._timed_out)
        self._layer.delivery.plan(self.request, self._wanted, len(self._data), self._found, now)

    def _found(self, targets: list[Endpoint], now: float) -> None:
        if self.state is not State.CALLING:
            return
        self._targets = list(targets)
        if self._targets:
            self._try_next(now)
        else:
            # The user is told later: where the request is just being started it does not know it yet.
            self._repeat = self._layer.timers.at(now, self._unreachable)

    def _try_next(self, now: float) -> None:
        target = self._targets.pop(0)
        if target != self.destination:
            self._layer.forget(self)
            self.request = self._layer.delivery.readdressed(self.request, target)
            self.destination = target
            self.key = (self.request.via.branch, self.request.method)
            self._data = serialise(self.request)
            self._layer.take(self)
        self._layer.delivery.settled(self._wanted, target)
        self.state = State.CALLING
        if self._limit is None:  # a provisional response had stopped timer B
            self._limit = self._layer.timers.at(now + TRANSACTION_TIMEOUT, self._timed_out)
        self._interval = T1
        self._send()
        if not self.reliable:
            self._repeat = self._layer.timers.at(now + self._interval, self._resend)
        if self._targets:
            self._next = self._layer.timers.at(now + NEXT_TARGET_AFTER, self.send_failed)

    def _send(self) -> None:
        self._layer.send(self._data, self.destination, self._wanted.host)

    @abstractmethod
    def receive(self, response: Response, now: float) -> None:
        """Take a response that matches."""

    def send_failed(self, now: float) -> None:
        """The request could not be sent (RFC 3261 17.1.4), or nobody answers there: on to the next target."""
        if self.state not in (State.CALLING, State.PROCEEDING):
            return
        self._layer.delivery.failed(self.destination, now)
        if self.state is State.CALLING and self._targets:
            self._stop_repeating()
            self._try_next(now)
        else:
            self._unreachable(now)

    def abandon(self) -> None:
        """Send no more, and tell nothing: whoever asked does not wait for the answer any longer (RFC 3261 9.1)."""
        if self.state is not State.TERMINATED:
            self._terminate()

    def abandon_later(self, now: float) -> None:
        """Wait for an answer that nobody needs any more as long as for any, even where the far end is at work on it.

        It is acknowledged where it comes; a far end that forgot it would else leave the transaction for ever.
        """

        def abandon(_now: float) -> None:
            if self.state in (State.CALLING, State.PROCEEDING):
                self.abandon()

        self._layer.timers.at(now + TRANSACTION_TIMEOUT, abandon)

    def _unreachable(self, now: float) -> None:
        user = self.user
        self._terminate()
        user.no_response(self, 503, now)

    def _unavailable(self, response: Response, now: float) -> bool:
        """Go on to the next target after a 503 (RFC 3263 4.3); false where there is none."""
        if response.status != 503 or not self._targets:
            return False
        self._layer.delivery.failed(self.destination, now)
        self._stop_repeating()
        self._try_next(now)
        return True

    @abstractmethod
    def _next_interval(self) -> float:
        """How long to wait before the next repetition."""

    def _resend(self, now: float) -> None:
        self._send()
        self._interval = self._next_interval()
        self._repeat = self._layer.timers.at(now + self._interval, self._resend)

    def _timed_out(self, now: float) -> None:
        self._layer.delivery.failed(self.destination, now)
        user = self.user
        self._terminate()
        user.no_response(self, 408, now)

    def _stop_repeating(self) -> None:
        for timer in (self._repeat, self._next):
            if timer is not None:
                timer.cancel()
        self._repeat = self._next = None

    def _stop_timers(self) -> None:
        self._stop_repeating()
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def _linger(self, state: State, seconds: float, now: float) -> None:
        """Enter a state that only soaks up retransmissions, and leave it after ``seconds``."""
        self._stop_timers()
        self.state = state
        if seconds > 0:
            self._limit = self._layer.timers.at(now + seconds, self._lingered)
        else:
            self._terminate()

    def _lingered(self, _now: float) -> None:
        self._terminate()

    def _terminate(self) -> None:
        self._stop_timers()
        self.state = State.TERMINATED
        self._layer.forget(self)
        self.user = _NOBODY  # who may know this transaction: the two of them would wait for the collector of cycles


class InviteClient(ClientTransaction):
    """RFC 3261 17.1.1 and RFC 6026 7.2."""

    def __init__(self, layer: Layer, request: Request, destination: Endpoint, user: ResponseTaker) -> None:
        super().__init__(layer, request, destination, user)
        self._ack: bytes | None = None
        self._rang = False  # more than 100 came: the user knows of this branch

    def _next_interval(self) -> float:
        return self._interval * 2

    def receive(self, response: Response, now: float) -> None:
        """Take a response that matches."""
        kind, user = response.status // 100, self.user
        if self.state in (State.CALLING, State.PROCEEDING):
            if kind == 1:
                self._stop_timers()
                self.state = State.PROCEEDING
                self._rang = self._rang or response.status > 100
            elif kind == 2:
                self._linger(State.ACCEPTED, TRANSACTION_TIMEOUT, now)
            else:
                self._ack = serialise(self._make_ack(response))
                self._layer.send(self._ack, self.destination, self._wanted.host)
                key, target = self.key, self.destination
                if not self._rang and self._unavailable(response, now):
                    self._layer.acknowledge_later(key, self._ack, target, now)
                    return
                self._linger(State.COMPLETED, 0 if self.reliable else TIMER_D, now)
            user.response_received(self, response, now)
        elif self.state is State.ACCEPTED and kind == 2:
            user.response_received(self, response, now)
        elif self.state is State.COMPLETED and kind > 2 and self._ack is not None:
            self._layer.send(self._ack, self.destination, self._wanted.host)

    def _make_ack(self, response: Response) -> Request:
        """RFC 3261 17.1.1.3: the same hop, so the same branch and Route."""
        request = self.request
        headers = Headers(
            [("Via", str(request.via)), ("Max-Forwards", "70"), ("From", request.headers.get("From") or "")]
        )
        headers.append_parsed("To", response.headers.get("To") or "")
        headers.append_parsed("Call-ID", request.call_id)
        headers.add("CSeq", f"{request.cseq.number} ACK")
        for name in ("Route", "Authorization", "Proxy-Authorization"):
            for value in request.headers.all(name):
                headers.append_parsed(name, value)
        return Request("ACK", request.uri, headers)


class NonInviteClient(ClientTransaction):
    """RFC 3261 17.1.2."""

    def _next_interval(self) -> float:
        return T2 if self.state is State.PROCEEDING else min(self._interval * 2, T2)

    def receive(self, response: Response, now: float) -> None:
        """Take a response that matches."""
        if self.state not in (State.CALLING, State.PROCEEDING):
            return
        user = self.user
        if response.status < 200:
            self.state = State.PROCEEDING
            if self._next is not None:
                self._next.cancel()
        elif self._unavailable(response, now):
            return
        else:
            self._linger(State.COMPLETED, 0 if self.reliable else T4, now)
        user.response_received(self, response, now)
