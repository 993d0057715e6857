"""Our user agent on a UDP socket of its own, in the test's thread; its clock may run faster than the wall's."""

import secrets
import select
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from types import TracebackType
from typing import Self, TypeVar

from sip.events import Answered, Endpoint, InviteReceived, Leg, OfferReceived, UaEvent
from sip.sdp import PCMA, PCMU, Answer, SessionDescription, audio_offer, negotiate
from sip.ua import UserAgent
from sip.uri import SipUri

HOST = "127.0.0.1"
MEDIA_PORT = 40_000
Kind = TypeVar("Kind")


class SocketAgent:
    """A user agent that answers by itself unless ``hears`` has been given something else to do.

    ``lost`` and ``doubled`` decide packet by packet, both ways. ``speed``: how many times faster its clock runs.
    """

    def __init__(self, speed: float = 1.0, **options: object) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((HOST, 0))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.port = int(self._socket.getsockname()[1])
        self._speed = speed
        self._begin = time.time()
        self.ua = UserAgent(Endpoint(HOST, self.port), lambda: secrets.token_hex(8), **options)  # type: ignore[arg-type]  # tests pass what fits
        self.events: list[UaEvent] = []
        self.hears: dict[type, Callable[..., None]] = {InviteReceived: self.answer, OfferReceived: self.agree}
        self.lost: Iterator[bool] = repeat(False)
        self.doubled: Iterator[bool] = repeat(False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    @property
    def now(self) -> float:
        return self._begin + (time.time() - self._begin) * self._speed

    # --- what it does by itself

    def answer(self, event: InviteReceived) -> None:
        """Ring and answer."""
        self.ua.ring(event.leg, self.now)
        self.ua.accept(event.leg, describe(event.sdp), self.now)

    def agree(self, event: OfferReceived) -> None:
        """Agree to an offer, or make one."""
        self.ua.accept_offer(event.leg, describe(event.sdp), self.now)

    def call(self, port: int, user: str = "7000", sdp: bytes | None = None, **more: object) -> Leg:
        target = SipUri(user=user, host=HOST, port=port)
        body = describe(b"") if sdp is None else sdp
        return self.ua.invite(target=target, sdp=body, from_user="7100", now=self.now, **more)  # type: ignore[arg-type]  # tests pass what fits

    # --- events

    def of(self, kind: type[Kind]) -> list[Kind]:
        return [event for event in self.events if isinstance(event, kind)]

    def names(self) -> list[str]:
        return [type(event).__name__ for event in self.events]

    def wait(self, kind: type[Kind], count: int = 1, seconds: float = 10.0) -> Kind:
        """Go on until so many events of a kind are there; gives the last of them."""
        self.until(lambda: len(self.of(kind)) >= count, seconds)
        return self.of(kind)[count - 1]

    def until(self, done: Callable[[], bool], seconds: float = 10.0) -> None:
        deadline = time.time() + seconds
        while not done():
            assert time.time() < deadline, f"not in {seconds} s: {self.events}"
            self._turn(min(0.05, max(0.0, deadline - time.time())))

    def run(self, seconds: float) -> None:
        deadline = time.time() + seconds
        while (left := deadline - time.time()) > 0:
            self._turn(min(0.05, left))

    # --- bytes and time

    def _turn(self, patience: float) -> None:
        self._flush()
        due = self.ua.get_timer()
        if due is not None:
            patience = min(patience, max(0.0, (due - self.now) / self._speed))
        if select.select([self._socket], [], [], patience)[0]:
            try:
                data, source = self._socket.recvfrom(65_536)
            except ConnectionError:
                data, source = b"", (HOST, 0)  # an ICMP refusal of something sent before; its timer will tell
            if data and not next(self.lost):
                for _ in range(2 if next(self.doubled) else 1):
                    self.ua.receive(data, Endpoint(*source), self.now)
        self.ua.handle_timer(self.now)
        self._flush()

    def _flush(self) -> None:
        moved = True
        while moved:
            moved = False
            for outgoing in self.ua.outgoing():
                moved = True
                if not next(self.lost):
                    for _ in range(2 if next(self.doubled) else 1):
                        self._socket.sendto(outgoing.data, (outgoing.destination.host, outgoing.destination.port))
            while (event := self.ua.next_event()) is not None:
                moved = True
                self.events.append(event)
                self.hears.get(type(event), lambda _event: None)(event)


def describe(offer: bytes) -> bytes:
    """Our answer to an offer, with A-law or µ-law; our offer where there is none."""
    if not offer:
        return audio_offer(HOST, MEDIA_PORT, 1).serialise()
    answer = negotiate(
        SessionDescription.parse(offer), (PCMA, PCMU), host=HOST, port=MEDIA_PORT, session_id=1, version=2
    )
    assert isinstance(answer, Answer)
    return answer.description.serialise()


def pattern(bits: Sequence[int]) -> Iterator[bool]:
    """The same losses in every run, over and over."""
    while True:
        for bit in bits:
            yield bool(bit)


def hang_up_when_answered(agent: SocketAgent) -> None:
    agent.hears[Answered] = lambda event: agent.ua.hangup(event.leg, agent.now)
