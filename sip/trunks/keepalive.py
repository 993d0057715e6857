"""Ask a trunk or registrar by OPTIONS whether it is there (RFC 3261 11), and tell when that changes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sip.core import Core
from sip.events import Endpoint, PeerReachable, PeerUnreachable
from sip.headers import Headers
from sip.message import REASONS, Request, Response
from sip.timers import Timer
from sip.transaction import ClientTransaction
from sip.uri import SipUri

UNAVAILABLE: Final = (408, 502, 503, 504)
"""Responses that say that nobody takes calls there; any other final one shows that somebody does."""
SPREAD: Final = 0.1
"""Part of an interval by which questions are spread, so that those to many peers do not come together."""


@dataclass(frozen=True, slots=True)
class Watch:
    """A peer to be asked: all times in seconds.

    Args:
        peer: where the questions go.
        interval: from an answer to the next question.
        patience: how long an answer may take; shorter than a transaction's 32 s.
        retry: from a question without an answer to the next.
        misses: how many in a row without an answer mean that the peer is unreachable.
        uri: what is asked; the peer's address where it is ``None``.

    Raises:
        ValueError: a time or number that is not above 0.
    """

    peer: Endpoint
    interval: float = 30.0
    patience: float = 4.0
    retry: float = 5.0
    misses: int = 2
    uri: SipUri | None = None

    def __post_init__(self) -> None:
        if min(self.interval, self.patience, self.retry, self.misses) <= 0:
            raise ValueError("interval, patience, retry and misses must be above 0")


class Keepalive:
    """Asks one peer for as long as it is watched."""

    def __init__(
        self, core: Core, watch: Watch, changed: Callable[[Endpoint, bool, float], None] | None = None
    ) -> None:
        self.watch = watch
        self.reachable: bool | None = None  # not known yet
        self._changed = changed
        self._core = core
        self._call_id = f"{core.tokens()}@{core.local.host}"
        self._tag = core.tokens()
        self._sequence = 0
        self._missed = 0
        self._timer: Timer | None = None
        self._current: ClientTransaction | None = None
        self._watching = True

    def start(self, now: float) -> None:
        """Ask now."""
        peer = self.watch.peer
        self._sequence += 1
        host = f"[{peer.host}]" if ":" in peer.host else peer.host
        uri = self.watch.uri or SipUri(host=host, port=peer.port)
        ours = f"<sip:{self._core.host_port}>"
        headers = Headers()
        headers.append_parsed("Via", self._core.via(peer.transport))
        headers.append_parsed("Max-Forwards", "70")
        headers.append_parsed("From", f"{ours};tag={self._tag}")
        headers.append_parsed("To", f"<{uri}>")
        headers.append_parsed("Call-ID", self._call_id)
        headers.append_parsed("CSeq", f"{self._sequence} OPTIONS")
        headers.append_parsed("Contact", self._core.contact("", peer.transport))
        headers.append_parsed("Accept", self._core.accept)
        self._ask_again_after(self.watch.patience, now, self._overdue)
        self._current = self._core.start(Request("OPTIONS", str(uri), headers), peer, self, now)

    def stop(self) -> None:
        """Ask no more."""
        self._watching = False
        self._stop_timer()

    def response_received(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        """Take an answer; one that comes late counts as well."""
        if not self._watching or response.status < 200:
            return
        if response.status in UNAVAILABLE:
            if transaction is self._current:
                self._missing(f"{response.status} {response.reason}", now)
            return
        self._current = None
        self._missed = 0
        self._ask_again_after(self.watch.interval * (1 + SPREAD * (self._core.fraction() - 0.5)), now, self.start)
        if self.reachable is not True:
            back, self.reachable = self.reachable is False, True
            self._core.emit(PeerReachable(self.watch.peer))
            if back:  # at first nothing has changed
                self._tell(now)

    def no_response(self, transaction: ClientTransaction, status: int, now: float) -> None:
        """The question could not be sent, or its transaction is over: the latter is known by `patience` before."""
        if self._watching and transaction is self._current:
            self._missing(REASONS[status], now)

    def _overdue(self, now: float) -> None:
        self._missing("no answer", now)

    def _missing(self, reason: str, now: float) -> None:
        self._current = None
        self._missed += 1
        self._ask_again_after(self.watch.retry * (1 + SPREAD * self._core.fraction()), now, self.start)
        if self._missed >= self.watch.misses and self.reachable is not False:
            self.reachable = False
            self._core.emit(PeerUnreachable(self.watch.peer, reason))
            self._tell(now)

    def _tell(self, now: float) -> None:
        if self._changed is not None and self.reachable is not None:
            self._changed(self.watch.peer, self.reachable, now)

    def _ask_again_after(self, seconds: float, now: float, action: Callable[[float], None]) -> None:
        self._stop_timer()
        self._timer = self._core.timers.at(now + seconds, action)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
