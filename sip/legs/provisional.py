"""Reliable provisional responses (RFC 3262): ours, sent until their PRACK comes, and the far end's in their order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sip.core import Core
from sip.dialog import Dialog
from sip.errors import SipSyntaxError
from sip.grammar import parse_number
from sip.message import Request, Response
from sip.timers import T1, TRANSACTION_TIMEOUT, Timer
from sip.transaction import ServerTransaction

TAG: Final = "100rel"
_MAX_NUMBER: Final = 2**32 - 1


def supports(message: Request | Response) -> bool:
    """Tell whether the sender takes, or sends, reliable provisional responses."""
    return requires(message) or any(tag.lower() == TAG for tag in message.headers.values("Supported"))


def requires(message: Request | Response) -> bool:
    """Tell whether the sender insists on them; in a 1xx: whether it is one."""
    return any(tag.lower() == TAG for tag in message.headers.values("Require"))


def number_of(response: Response) -> int:
    """Return the RSeq of a reliable provisional response, 0 where it is none (clause 7.1)."""
    if not requires(response):
        return 0
    try:
        return parse_number((response.headers.get("RSeq") or "").strip(), what="RSeq", limit=_MAX_NUMBER)
    except SipSyntaxError:
        return 0


def acknowledged_by(request: Request) -> tuple[int, int, str] | None:
    """Read RAck: RSeq, CSeq number and method; ``None`` where it is absent or broken (clause 7.2)."""
    parts = (request.headers.get("RAck") or "").split()
    if len(parts) != 3:
        return None
    try:
        numbers = [parse_number(part, what="RAck", limit=_MAX_NUMBER) for part in parts[:2]]
    except SipSyntaxError:
        return None
    return numbers[0], numbers[1], parts[2]


@dataclass(slots=True)
class EarlyDialog:
    """A dialog made by a 1xx to our INVITE, and the last reliable response that came in it (0: none)."""

    dialog: Dialog
    last: int = 0

    def takes(self, number: int) -> bool:
        """Take the next reliable response; false for one that came before, or before its turn (clause 4)."""
        if self.last and number != self.last + 1:
            return False
        self.last = number
        return True


@dataclass(frozen=True, slots=True)
class _Waiting:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class ReliableResponses:
    """Our reliable responses to one INVITE: one under way at a time, the next when its PRACK has come (clause 3)."""

    def __init__(
        self, core: Core, invite: ServerTransaction, local_tag: str, unacknowledged: Callable[[float], None]
    ) -> None:
        self._core = core
        self._invite = invite
        self._tag = local_tag
        self._unacknowledged = unacknowledged
        self._number = 0
        self._open: _Waiting | None = None
        self._next: list[_Waiting] = []
        self._timers: list[Timer] = []

    @property
    def used(self) -> bool:
        """Whether any was sent."""
        return self._number > 0

    @property
    def describing(self) -> bool:
        """Whether one with a session description waits for its PRACK: no 2xx may overtake it."""
        return any(waiting.body for waiting in (*self._next, *([self._open] if self._open else [])))

    def send(self, status: int, headers: Sequence[tuple[str, str]], body: bytes, now: float) -> None:
        """Send one, at once or after those before it."""
        self._next.append(_Waiting(status, tuple(headers), body))
        self._proceed(now)

    def acknowledge(self, request: Request, now: float) -> bytes | None:
        """Take a PRACK; return the body of the response that it is for, ``None`` where it fits none."""
        expected = (self._number, self._invite.request.cseq.number, "INVITE")
        if self._open is None or acknowledged_by(request) != expected:
            return None
        body = self._open.body
        self._open = None
        self._stop_timers()
        self._proceed(now)
        return body

    def stop(self) -> None:
        """A final response is sent, or the call is over: repeat nothing, send nothing more."""
        self._open = None
        self._next.clear()
        self._stop_timers()

    def end(self) -> None:
        """The leg is gone: let go of it, so that nothing of a call is left to the collector of cycles."""
        self.stop()
        self._unacknowledged = _nothing

    def _proceed(self, now: float) -> None:
        if self._open is not None or not self._next:
            return
        self._open = response = self._next.pop(0)
        # Clause 3: the first number is chosen at random below 2**31.
        self._number = self._number + 1 if self._number else 1 + int(self._core.fraction() * (2**30))
        headers = [("Require", TAG), ("RSeq", str(self._number)), *response.headers]
        self._core.reply(self._invite, response.status, now, tag=self._tag, headers=headers, body=response.body)
        self._repeat_after(T1, now)
        self._timers.append(self._core.timers.at(now + TRANSACTION_TIMEOUT, self._overdue))

    def _repeat_after(self, interval: float, now: float) -> None:
        self._timers.append(self._core.timers.at(now + interval, lambda later: self._repeat(interval, later)))

    def _repeat(self, interval: float, now: float) -> None:
        self._invite.repeat_last()
        self._repeat_after(interval * 2, now)

    def _overdue(self, now: float) -> None:
        self.stop()
        self._unacknowledged(now)

    def _stop_timers(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()


def _nothing(_now: float) -> None:
    """Stand in for what a leg that is gone would have done."""
