"""Transactions of RFC 3261 section 17 with the corrections of RFC 6026, all four kinds.

The law (absent = illegal or of no effect). Timer names are the RFC's; on a reliable transport A, E and G do not run and
D, I, J and K are zero.

INVITE client      CALLING -1xx-> PROCEEDING; -2xx-> ACCEPTED (M) -> TERMINATED; -3xx..6xx-> COMPLETED (D) -> TERMINATED
other client       CALLING -1xx-> PROCEEDING; -2xx..6xx-> COMPLETED (K) -> TERMINATED
INVITE server      PROCEEDING -2xx-> ACCEPTED (L) -> TERMINATED; -3xx..6xx-> COMPLETED (G, H) -ACK-> CONFIRMED (I)
other server       PROCEEDING -2xx..6xx-> COMPLETED (J) -> TERMINATED
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import Enum
from typing import Final, Protocol

from sip.errors import SipSyntaxError
from sip.events import Endpoint, Outgoing
from sip.headers import Headers
from sip.message import REASONS, Request, Response, serialise
from sip.timers import T1, T2, T4, TRANSACTION_TIMEOUT, Timer, Timers

MAGIC_COOKIE: Final = "z9hG4bK"
TIMER_D: Final = 32.0

TransactionKey = tuple[str, ...]


class State(Enum):
    """States of the law above; TRYING of RFC 3261 figure 8 is PROCEEDING without a response yet."""

    CALLING = "calling"
    PROCEEDING = "proceeding"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    CONFIRMED = "confirmed"
    TERMINATED = "terminated"


class ResponseTaker(Protocol):
    """Who started a client transaction."""

    def response_received(self, transaction: "ClientTransaction", response: Response, now: float) -> None:
        """A response came that is no retransmission; each 2xx to INVITE is told, also repeated ones."""

    def no_response(self, transaction: "ClientTransaction", status: int, now: float) -> None:
        """No final response came in time (408), or the request could not be sent (503)."""


class AckTimeoutTaker(Protocol):
    """Who answers a server transaction and wants to hear of a missing ACK."""

    def ack_missing(self, transaction: "ServerTransaction", now: float) -> None:
        """Timer H ran out: the final refusal of an INVITE was never acknowledged."""


class Transactions:
    """All transactions of one user agent."""

    def __init__(self, timers: Timers) -> None:
        self.timers = timers
        self.out: list[Outgoing] = []
        self._clients: dict[TransactionKey, ClientTransaction] = {}
        self._servers: dict[TransactionKey, ServerTransaction] = {}

    def __len__(self) -> int:
        return len(self._clients) + len(self._servers)

    def send(self, data: bytes, destination: Endpoint) -> None:
        """Put bytes on the way out."""
        self.out.append(Outgoing(data, destination))

    def start_client(
        self, request: Request, destination: Endpoint, user: ResponseTaker, now: float
    ) -> "ClientTransaction":
        """Send a request, its topmost Via being ours with a fresh branch."""
        kind = InviteClient if request.method == "INVITE" else NonInviteClient
        transaction = kind(self, request, destination, user)
        self._clients[transaction.key] = transaction
        transaction.start(now)
        return transaction

    def response(self, response: Response, now: float) -> bool:
        """Give a response to its transaction; false where there is none (RFC 3261 17.1.3)."""
        transaction = self._clients.get((response.via.branch, response.cseq.method))
        if transaction is None:
            return False
        transaction.receive(response, now)
        return True

    def find_server(self, request: Request) -> "ServerTransaction | None":
        """Return the transaction that a retransmission or an ACK belongs to (RFC 3261 17.2.3)."""
        return self._servers.get(server_key(request, request.method))

    def find_cancelled(self, cancel: Request) -> "ServerTransaction | None":
        """Return the INVITE that a CANCEL is for (RFC 3261 9.2)."""
        return self._servers.get(server_key(cancel, "INVITE"))

    def start_server(self, request: Request, reply_to: Endpoint) -> "ServerTransaction":
        """Take in a new request; an INVITE is answered 100 at once."""
        kind = InviteServer if request.method == "INVITE" else NonInviteServer
        transaction = kind(self, request, reply_to)
        self._servers[transaction.key] = transaction
        transaction.start()
        return transaction

    def send_failed(self, destination: Endpoint, now: float) -> None:
        """A connection could not be made or was lost: what waits for an answer over it fails with 503."""
        waiting = [client for client in self._clients.values() if client.destination == destination]
        for client in waiting:
            client.send_failed(now)

    def forget(self, transaction: "ClientTransaction | ServerTransaction") -> None:
        """Drop a terminated transaction."""
        if isinstance(transaction, ClientTransaction):
            self._clients.pop(transaction.key, None)
        else:
            self._servers.pop(transaction.key, None)


def server_key(request: Request, method: str) -> TransactionKey:
    """Return what tells server transactions apart; ``method`` is INVITE for an ACK or CANCEL's INVITE.

    Raises:
        SipSyntaxError: a header it is made of is broken.
    """
    if method == "ACK":
        method = "INVITE"
    via = request.via
    if via.branch.startswith(MAGIC_COOKIE):
        return via.branch, via.host.lower(), str(via.port or ""), method
    # RFC 2543 peers: no branch to rely on (17.2.3, last part).
    return "", request.uri, request.from_.tag, request.call_id, str(request.cseq.number), str(via), method


class ClientTransaction(ABC):
    """What both client kinds share; `receive` and the timers are theirs."""

    def __init__(self, layer: Transactions, request: Request, destination: Endpoint, user: ResponseTaker) -> None:
        self.request = request
        self.destination = destination
        self.user = user
        self.key: TransactionKey = (request.via.branch, request.method)
        self.state = State.CALLING
        self.answered: dict[tuple[str, str], int] = {}  # challenges by header and realm that led to this request
        self._layer = layer
        self._data = serialise(request)
        self._interval = T1
        self._repeat: Timer | None = None
        self._limit: Timer | None = None

    @property
    def reliable(self) -> bool:
        """Whether the transport repeats by itself."""
        return self.destination.transport != "udp"

    def start(self, now: float) -> None:
        """Send, and start timers A/E and B/F."""
        self._layer.send(self._data, self.destination)
        if not self.reliable:
            self._repeat = self._layer.timers.at(now + self._interval, self._resend)
        self._limit = self._layer.timers.at(now + TRANSACTION_TIMEOUT, self._timed_out)

    @abstractmethod
    def receive(self, response: Response, now: float) -> None:
        """Take a response that matches."""

    def send_failed(self, now: float) -> None:
        """The request could not be sent (RFC 3261 17.1.4)."""
        if self.state in (State.CALLING, State.PROCEEDING):
            self._terminate()
            self.user.no_response(self, 503, now)

    @abstractmethod
    def _next_interval(self) -> float:
        """How long to wait before the next repetition."""

    def _resend(self, now: float) -> None:
        self._layer.send(self._data, self.destination)
        self._interval = self._next_interval()
        self._repeat = self._layer.timers.at(now + self._interval, self._resend)

    def _timed_out(self, now: float) -> None:
        self._terminate()
        self.user.no_response(self, 408, now)

    def _stop_timers(self) -> None:
        for timer in (self._repeat, self._limit):
            if timer is not None:
                timer.cancel()
        self._repeat = self._limit = None

    def _linger(self, state: State, seconds: float, now: float) -> None:
        """Enter a state that only soaks up retransmissions, and leave it after ``seconds``."""
        self._stop_timers()
        self.state = state
        if seconds > 0:
            self._limit = self._layer.timers.at(now + seconds, lambda _now: self._terminate())
        else:
            self._terminate()

    def _terminate(self) -> None:
        self._stop_timers()
        self.state = State.TERMINATED
        self._layer.forget(self)


class InviteClient(ClientTransaction):
    """RFC 3261 17.1.1 and RFC 6026 7.2."""

    def __init__(self, layer: Transactions, request: Request, destination: Endpoint, user: ResponseTaker) -> None:
        super().__init__(layer, request, destination, user)
        self._ack: bytes | None = None

    def _next_interval(self) -> float:
        return self._interval * 2

    def receive(self, response: Response, now: float) -> None:
        """Take a response that matches."""
        kind = response.status // 100
        if self.state in (State.CALLING, State.PROCEEDING):
            if kind == 1:
                self._stop_timers()
                self.state = State.PROCEEDING
            elif kind == 2:
                self._linger(State.ACCEPTED, TRANSACTION_TIMEOUT, now)
            else:
                self._ack = serialise(self._make_ack(response))
                self._layer.send(self._ack, self.destination)
                self._linger(State.COMPLETED, 0 if self.reliable else TIMER_D, now)
            self.user.response_received(self, response, now)
        elif self.state is State.ACCEPTED and kind == 2:
            self.user.response_received(self, response, now)
        elif self.state is State.COMPLETED and kind > 2 and self._ack is not None:
            self._layer.send(self._ack, self.destination)

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
        if response.status < 200:
            self.state = State.PROCEEDING
        else:
            self._linger(State.COMPLETED, 0 if self.reliable else T4, now)
        self.user.response_received(self, response, now)


class ServerTransaction(ABC):
    """What both server kinds share."""

    def __init__(self, layer: Transactions, request: Request, reply_to: Endpoint) -> None:
        self.request = request
        self.reply_to = reply_to
        self.key = server_key(request, request.method)
        self.state = State.PROCEEDING
        self.user: AckTimeoutTaker | None = None
        self.last_status = 0
        self._layer = layer
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
        if self._last is not None and self.state in (State.PROCEEDING, State.COMPLETED):
            self._layer.send(self._last, self.reply_to)

    @abstractmethod
    def acknowledge(self, now: float) -> None:
        """An ACK that matches this transaction came (INVITE refused)."""

    def respond(self, response: Response, now: float) -> None:
        """Send a response; a final one only once, what follows it is dropped."""
        if self.state is not State.PROCEEDING:
            return
        self._last = serialise(response)
        self.last_status = response.status
        self._layer.send(self._last, self.reply_to)
        if response.status >= 200:
            self._final(response.status, now)

    def repeat_last(self) -> None:
        """Repeat a 2xx of an INVITE until its ACK comes (RFC 3261 13.3.1.4), or a reliable 1xx until its PRACK does."""
        if self._last is not None:
            self._layer.send(self._last, self.reply_to)

    @abstractmethod
    def _final(self, status: int, now: float) -> None:
        """A final response was sent."""

    def _after(self, seconds: float, now: float, action: Callable[[float], None]) -> None:
        self._timers.append(self._layer.timers.at(now + seconds, action))

    def _stop_timers(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _terminate(self) -> None:
        self._stop_timers()
        self.state = State.TERMINATED
        self._layer.forget(self)


class InviteServer(ServerTransaction):
    """RFC 3261 17.2.1 and RFC 6026 7.1."""

    def __init__(self, layer: Transactions, request: Request, reply_to: Endpoint) -> None:
        super().__init__(layer, request, reply_to)
        self._interval = T1

    def start(self) -> None:
        """Send 100 at once, before any thinking (17.2.1)."""
        self._last = serialise(make_response(self.request, 100))
        self._layer.send(self._last, self.reply_to)

    def acknowledge(self, now: float) -> None:
        """The refusal is acknowledged: soak up what still comes (timer I)."""
        if self.state is not State.COMPLETED:
            return
        self._stop_timers()
        self.state = State.CONFIRMED
        if self.reliable:
            self._terminate()
        else:
            self._after(T4, now, lambda _now: self._terminate())

    def _final(self, status: int, now: float) -> None:
        if status < 300:
            self.state = State.ACCEPTED
            self._after(TRANSACTION_TIMEOUT, now, lambda _now: self._terminate())
            return
        self.state = State.COMPLETED
        if not self.reliable:
            self._after(self._interval, now, self._resend)
        self._after(TRANSACTION_TIMEOUT, now, self._give_up)

    def _resend(self, now: float) -> None:
        if self._last is not None:
            self._layer.send(self._last, self.reply_to)
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
            self._after(TRANSACTION_TIMEOUT, now, lambda _now: self._terminate())


def make_response(request: Request, status: int, reason: str = "", tag: str = "") -> Response:
    """Return a response with what RFC 3261 8.2.6.2 copies; ``tag`` goes into To where it has none.

    Whatever of the five headers is missing or broken is left out or copied as it is, so that a 400 can be made of a
    broken request.
    """
    headers = Headers()
    for name in ("Via", "From", "To", "Call-ID", "CSeq"):
        for value in request.headers.all(name):
            headers.append_parsed(name, value)
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
