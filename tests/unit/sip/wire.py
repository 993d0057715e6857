"""Two user agents with a fake wire and a clock that the test moves."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count

from sip.core import Limits
from sip.events import Endpoint, Leg, UaEvent
from sip.legs.session_timer import SessionPolicy
from sip.message import Request, Response, parse_message
from sip.sdp import audio_offer
from sip.ua import UserAgent
from sip.uri import SipUri

START = 1_000_000.0
ALICE = Endpoint("192.0.2.1", 5060)
BOB = Endpoint("192.0.2.2", 5060)
OFFER = audio_offer("192.0.2.1", 4000, 1).serialise()
ANSWER = audio_offer("192.0.2.2", 6000, 2).serialise()


def numbered_tokens(prefix: str) -> Callable[[], str]:
    """Hex text that never repeats and is the same in every run."""
    numbers = count(1)
    return lambda: f"{prefix}{next(numbers):015x}"


@dataclass
class Side:
    """One user agent, what it told, and what it sent."""

    agent: UserAgent
    address: Endpoint
    events: list[UaEvent] = field(default_factory=list)
    sent: list[Request | Response] = field(default_factory=list)

    def last(self, kind: type) -> UaEvent:
        """The newest event of a kind."""
        return [event for event in self.events if type(event) is kind][-1]

    @property
    def legs(self) -> list[Leg]:
        """The legs that there are."""
        return list(self.agent._legs)

    def last_leg(self) -> Leg:
        """The leg of the newest event that has one."""
        return [event for event in self.events if hasattr(event, "leg")][-1].leg

    def kinds(self) -> list[str]:
        """Names of all events so far."""
        return [type(event).__name__ for event in self.events]


class Wire:
    """Moves messages between two sides in no time; ``lose`` and ``repeat`` decide message by message."""

    def __init__(
        self,
        transport: str = "udp",
        limits: Limits | None = None,
        sessions: tuple[SessionPolicy | None, SessionPolicy | None] = (None, None),
    ) -> None:
        self.now = START
        addresses = [Endpoint(end.host, end.port, transport) for end in (ALICE, BOB)]
        self.alice, self.bob = (
            Side(UserAgent(Endpoint(end.host, end.port), numbered_tokens(letter), limits=limits, session=session), end)
            for end, letter, session in zip(addresses, "ab", sessions, strict=True)
        )
        self.transport = transport
        self.lose: Iterator[bool] = iter(())
        self.repeat: Iterator[bool] = iter(())
        self.reverse = False
        self.cut = False
        self.log: list[str] = []

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.alice, self.bob

    def bob_uri(self) -> SipUri:
        uri = SipUri(user="bob", host=BOB.host)
        return uri.with_param("transport", "tcp") if self.transport == "tcp" else uri

    def call(self, sdp: bytes = OFFER, **more: object) -> str:
        leg = self.alice.agent.invite(
            target=self.bob_uri(),
            sdp=sdp,
            from_user="alice",
            now=self.now,
            **more,  # type: ignore[arg-type]  # tests pass what fits
        )
        self.run()
        return leg

    def established(self) -> tuple[str, str]:
        """A call that stands: the legs of both sides."""
        ours = self.call()
        theirs = self.bob.events[-1].leg  # type: ignore[union-attr]  # it is the InviteReceived
        self.bob.agent.accept(theirs, ANSWER, self.now)
        self.run()
        return ours, theirs

    def run(self) -> None:
        """Deliver until nothing moves."""
        for _ in range(200):
            if not self.step():
                return
        raise AssertionError("the two sides never come to rest")

    def step(self) -> bool:
        """Deliver what both sides have sent by now; true where something was."""
        moved = False
        for sender, receiver in ((self.alice, self.bob), (self.bob, self.alice)):
            batch = sender.agent.outgoing()
            if self.reverse:
                batch.reverse()
            for outgoing in batch:
                moved = True
                message = parse_message(outgoing.data)
                sender.sent.append(message)
                self.log.append(message.start_line)
                if self.cut or next(self.lose, False):
                    continue
                assert outgoing.destination.host == receiver.address.host
                for _ in range(2 if next(self.repeat, False) else 1):
                    receiver.agent.receive(outgoing.data, sender.address, self.now)
            self._collect()
        return moved

    def _collect(self) -> None:
        for side in self.sides:
            while (event := side.agent.next_event()) is not None:
                side.events.append(event)

    def advance(self, seconds: float, react: Callable[[], None] | None = None) -> None:
        """Let time pass, timer by timer."""
        end = self.now + seconds
        while True:
            deadlines = [when for side in self.sides if (when := side.agent.get_timer()) is not None and when <= end]
            if not deadlines:
                break
            self.now = max(self.now, min(deadlines))
            for side in self.sides:
                side.agent.handle_timer(self.now)
            self._collect()
            self.run()
            if react is not None:
                react()
                self.run()
        self.now = end


def methods(messages: Iterable[Request | Response]) -> list[str]:
    """Say in one word each what was sent."""
    return [
        message.method if isinstance(message, Request) else f"{message.status} {message.cseq.method}"
        for message in messages
    ]
