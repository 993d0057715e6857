"""The Twisted shell on real loopback sockets: both transports on one port, garbage, lost connections, one timer."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IResolverSimple
from zope.interface import implementer

from sip.events import Answered, Confirmed, Ended, Endpoint, InviteReceived, Malformed, Refused, UaEvent
from sip.transport import SipEndpoint
from sip.ua import UserAgent
from sip.uri import SipUri
from tests.unit.sip.wire import ANSWER, OFFER, numbered_tokens

OPTIONS = (
    b"OPTIONS sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKo\r\nFrom: <sip:a@b>;tag=1\r\n"
    b"To: <sip:x@127.0.0.1>\r\nCall-ID: o@b\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)


class Phone:
    def __init__(self, reactor: AsyncioSelectorReactor, letter: str) -> None:
        self.events: list[UaEvent] = []
        self.answers = True
        self.agent = UserAgent(Endpoint("127.0.0.1", 0), numbered_tokens(letter))
        self.endpoint = SipEndpoint(reactor, self.agent, self.heard, "127.0.0.1", 0)

    def heard(self, event: UaEvent) -> None:
        self.events.append(event)
        if isinstance(event, InviteReceived) and self.answers:
            self.endpoint.call(lambda now: self.agent.accept(event.leg, ANSWER, now))
        if type(event) is Malformed:
            raise RuntimeError("a defect of the program above")

    def dial(self, port: int, transport: str) -> str:
        target = SipUri("b", "127.0.0.1", port)
        target = target.with_param("transport", "tcp") if transport == "tcp" else target
        return self.endpoint.call(lambda now: self.agent.invite(target=target, sdp=OFFER, from_user="a", now=now))

    def kinds(self) -> list[type]:
        return [type(event) for event in self.events]


class Bench:
    """A reactor on a loop of its own, so that no other test meets it."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.reactor = AsyncioSelectorReactor(self.loop)  # type: ignore[no-untyped-call]  # Twisted leaves it unannotated
        self.phones: list[Phone] = []

    def phone(self, letter: str) -> Phone:
        phone = Phone(self.reactor, letter)
        phone.endpoint.start()
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


@implementer(IResolverSimple)
class Names:
    """Every name is this machine; Twisted's own look-up needs a reactor that runs."""

    def getHostByName(self, name: str, timeout: object = None) -> Deferred[str]:  # noqa: N802 - Twisted's
        assert name == "phone.example"
        return succeed("127.0.0.1")


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_call_over_real_sockets(bench: Bench, transport: str) -> None:
    alice, bob = bench.phone("a"), bench.phone("b")
    leg = alice.dial(bob.endpoint.port, transport)
    bench.until(lambda: Confirmed in bob.kinds())
    assert alice.kinds() == [Answered]
    alice.endpoint.call(lambda now: alice.agent.hangup(leg, now))  # type: ignore[arg-type]  # a leg is a str
    bench.until(lambda: Ended in bob.kinds())
    bench.until(lambda: alice.agent.leg_count == 0)


def test_the_real_port_is_told_everywhere(bench: Bench) -> None:
    phone = bench.phone("a")
    assert phone.endpoint.port > 0
    assert phone.agent.local.port == phone.endpoint.port


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # Twisted leaves a failed socket open
def test_a_taken_port_fails(bench: Bench) -> None:
    phone = bench.phone("a")
    second = SipEndpoint(bench.reactor, phone.agent, phone.heard, "127.0.0.1", phone.endpoint.port)
    failures: list[object] = []
    second.start().addErrback(lambda failure: failures.append(failure.type))
    assert failures == [CannotListenError]


def test_a_refused_connection_refuses_the_call(bench: Bench) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        alice = bench.phone("a")
        leg = alice.dial(nobody.getsockname()[1], "tcp")
        bench.until(lambda: Refused in alice.kinds())
    assert alice.events == [Refused(leg, 503, "Service Unavailable")]  # type: ignore[arg-type]  # a leg is a str


def test_messages_come_in_pieces_and_garbage_closes_only_its_own_connection(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    alice, bob = bench.phone("a"), bench.phone("b")
    with socket.create_connection(("127.0.0.1", bob.endpoint.port)) as good:
        good.setblocking(False)

        async def talk() -> bytes:
            loop = asyncio.get_running_loop()
            heard = b""
            await loop.sock_sendall(good, b"\r\n\r\n")
            for start in range(0, len(OPTIONS), 50):
                await loop.sock_sendall(good, OPTIONS[start : start + 50])
                await asyncio.sleep(0.001)
            while not heard.endswith(b"\r\n\r\n"):
                heard += await asyncio.wait_for(loop.sock_recv(good, 4096), 5)
            return heard

        with socket.create_connection(("127.0.0.1", bob.endpoint.port)) as bad:
            bad.sendall(b"\x16\x03\x01 no SIP at all\r\n\r\nX")
            bench.until(lambda: Malformed in bob.kinds())
        heard: list[bytes] = []

        async def listen() -> None:
            heard.append(await talk())

        bench.run(listen())
        assert heard[0].startswith(b"\r\nSIP/2.0 200 OK\r\n")
    with socket.socket(type=socket.SOCK_DGRAM) as stray:
        stray.sendto(b"garbage", ("127.0.0.1", bob.endpoint.port))
        bench.until(lambda: bob.kinds().count(Malformed) == 2)
    alice.dial(bob.endpoint.port, "udp")
    bench.until(lambda: Confirmed in bob.kinds())


def test_the_one_timer_repeats_what_nobody_answers(bench: Bench) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.setblocking(False)
        alice = bench.phone("a")
        alice.dial(silent.getsockname()[1], "udp")
        heard: list[bytes] = []

        async def listen() -> None:
            loop = asyncio.get_running_loop()
            heard.append(await asyncio.wait_for(loop.sock_recv(silent, 4096), 5))
            heard.append(await asyncio.wait_for(loop.sock_recv(silent, 4096), 5))

        bench.run(listen())
        assert heard[0] == heard[1]


def test_a_name_is_looked_up(bench: Bench) -> None:
    alice, bob = bench.phone("a"), bench.phone("b")
    bench.reactor.installResolver(Names())
    target = SipUri("b", "phone.example", bob.endpoint.port)
    alice.endpoint.call(lambda now: alice.agent.invite(target=target, sdp=OFFER, from_user="a", now=now))
    bench.until(lambda: Confirmed in bob.kinds())
