"""The Twisted shell on real loopback sockets: both transports on one port, garbage, lost connections, one timer."""

import asyncio
import socket
from pathlib import Path

import pytest
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IResolverSimple
from zope.interface import implementer

from sip.events import Answered, Confirmed, Ended, Malformed, Refused
from sip.transport import SipEndpoint
from sip.transport.datagrams import Datagrams
from sip.uri import SipUri
from tests.unit.sip.transport.bench import Bench
from tests.unit.sip.wire import OFFER

OPTIONS = (
    b"OPTIONS sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKo\r\nFrom: <sip:a@b>;tag=1\r\n"
    b"To: <sip:x@127.0.0.1>\r\nCall-ID: o@b\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)


@implementer(IResolverSimple)
class Names:
    """Every name is this machine; Twisted's own look-up needs a reactor that runs."""

    def getHostByName(self, name: str, timeout: object = None) -> Deferred[str]:  # noqa: N802 - Twisted's
        assert name == "phone.example"
        return succeed("127.0.0.1")


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


@pytest.mark.parametrize("at_once", [True, False])
def test_a_100_is_sent_only_where_no_answer_follows_at_once(bench: Bench, at_once: bool) -> None:
    bob = bench.phone("b")
    bob.answers = at_once
    invite = OPTIONS.replace(b"OPTIONS", b"INVITE").replace(b"/TCP 127.0.0.1:9", b"/UDP 127.0.0.1;rport")
    invite = invite.replace(b"Content-Length: 0", b"Contact: <sip:a@127.0.0.1>\r\nContent-Length: 0")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller:
        caller.bind(("127.0.0.1", 0))
        caller.setblocking(False)
        caller.sendto(invite, ("127.0.0.1", bob.endpoint.port))
        heard: list[bytes] = []

        def answered() -> bool:
            try:
                heard.append(caller.recv(4000))
            except BlockingIOError:
                return False
            return True

        bench.until(answered)
        assert heard[0].startswith(b"SIP/2.0 200 " if at_once else b"SIP/2.0 100 ")


def test_a_burst_waits_for_a_reactor_that_is_busy(bench: Bench) -> None:
    heard: list[bytes] = []
    most = int(Path("/proc/sys/net/core/rmem_max").read_text())
    burst = min(2000, 2 * most // 1500)
    datagrams = Datagrams(bench.reactor, lambda data, source: heard.append(data), "127.0.0.1", 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far:
        for _ in range(burst):
            far.sendto(b"x" * 500, ("127.0.0.1", datagrams.port))
    bench.until(lambda: len(heard) == burst)
    datagrams.stop()


def test_no_datagram_is_sent_to_a_name(bench: Bench) -> None:
    phone = bench.phone("a")
    datagrams = Datagrams(bench.reactor, lambda data, source: None, "127.0.0.1", 0)
    assert not datagrams.send(b"x", "localhost", phone.endpoint.port)
    assert not datagrams.send(b"x", "::1", phone.endpoint.port)
    assert datagrams.send(b"x", "127.0.0.1", phone.endpoint.port)
    bench.until(lambda: Malformed in phone.kinds())
    datagrams.stop()
    assert datagrams.send(b"x", "127.0.0.1", phone.endpoint.port)
