"""Two phones and a reactor of their own, on loopback sockets."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from sip.events import Endpoint, InviteReceived, Malformed, UaEvent
from sip.transport import Listening, Names, SipEndpoint, StreamLimits
from sip.ua import UserAgent
from sip.uri import SipUri
from tests.unit.sip.wire import ANSWER, OFFER, numbered_tokens


class Phone:
    def __init__(
        self,
        reactor: AsyncioSelectorReactor,
        letter: str,
        host: str = "127.0.0.1",
        also: Listening | None = None,
        limits: StreamLimits | None = None,
        names: Names | None = None,
    ) -> None:
        self.events: list[UaEvent] = []
        self.answers = True
        self.agent = UserAgent(Endpoint(host, 0), numbered_tokens(letter))
        self.endpoint = SipEndpoint(reactor, self.agent, self.heard, host, 0, also=also, limits=limits, names=names)

    def heard(self, event: UaEvent) -> None:
        self.events.append(event)
        if isinstance(event, InviteReceived) and self.answers:
            self.endpoint.call(lambda now: self.agent.accept(event.leg, ANSWER, now))
        if type(event) is Malformed:
            raise RuntimeError("a defect of the program above")

    def dial(self, port: int, transport: str, host: str = "127.0.0.1", sdp: bytes = OFFER) -> str:
        target = SipUri("b", host, port)
        return self.call(target if transport == "udp" else target.with_param("transport", transport), sdp)

    def call(self, target: SipUri, sdp: bytes = OFFER) -> str:
        return self.endpoint.call(lambda now: self.agent.invite(target=target, sdp=sdp, from_user="a", now=now))

    def kinds(self) -> list[type]:
        return [type(event) for event in self.events]


class Bench:
    """A reactor on a loop of its own, so that no other test meets it."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.reactor = AsyncioSelectorReactor(self.loop)  # type: ignore[no-untyped-call]  # Twisted leaves it unannotated
        self.phones: list[Phone] = []

    def phone(self, letter: str, **more: object) -> Phone:
        phone = Phone(self.reactor, letter, **more)  # type: ignore[arg-type]  # tests pass what fits
        failures: list[object] = []
        phone.endpoint.start().addErrback(failures.append)
        assert failures == []
        self.phones.append(phone)
        return phone

    def until(self, condition: Callable[[], bool], seconds: float = 5.0) -> None:
        async def wait() -> None:
            for _ in range(int(seconds / 0.01)):
                if condition():
                    return
                await asyncio.sleep(0.01)
            pytest.fail("it did not come to pass")

        self.run(wait())

    def run(self, wanted: Awaitable[object]) -> None:
        self.loop.run_until_complete(wanted)

    def close(self) -> None:
        for phone in self.phones:
            phone.endpoint.stop()
        self.run(asyncio.sleep(0.02))
        for call in self.reactor.getDelayedCalls():
            call.cancel()
        self.reactor.removeAll()
        self.loop.close()
