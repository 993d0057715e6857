"""The name service over a DNS server of Twisted on loopback, and the machine's own look-up."""

import asyncio
from collections.abc import Iterator

import pytest
from twisted.names import dns
from twisted.names.authority import FileAuthority
from twisted.names.server import DNSServerFactory

from sip.events import Confirmed
from sip.location.records import Address, Kind, Naptr, Question, Srv
from sip.transport import SystemNames
from sip.transport.names import Answer, configured_servers
from sip.uri import SipUri
from tests.unit.sip.transport.bench import Bench


class Zone(FileAuthority):
    """A zone that is not read from a file."""

    def __init__(self, records: dict[bytes, list[object]]) -> None:
        self.wanted = records
        super().__init__("")

    def loadFile(self, filename: str) -> None:  # noqa: N802 - Twisted's
        self.records = self.wanted
        self.soa = (b"example.test", self.records[b"example.test"][0])


def zone(port: int) -> Zone:
    records = {
        b"example.test": [
            dns.Record_SOA(mname="ns.example.test", rname="x.example.test", minimum=5),
            dns.Record_NAPTR(10, 10, b"s", b"SIP+D2T", b"", b"_sip._tcp.example.test", ttl=60),
            dns.Record_NAPTR(20, 10, b"s", b"SIP+D2U", b"", b"_sip._udp.example.test", ttl=60),
        ],
        b"_sip._tcp.example.test": [dns.Record_SRV(0, 0, 1, b"dead.example.test", ttl=60)],
        b"_sip._udp.example.test": [dns.Record_SRV(0, 0, port, b"Phone.example.test", ttl=90)],
        b"phone.example.test": [dns.Record_A("127.0.0.1", ttl=30), dns.Record_AAAA("::1", ttl=20)],
        b"dead.example.test": [dns.Record_A("127.0.0.1", ttl=30)],
        b"alias.example.test": [dns.Record_CNAME(b"phone.example.test", ttl=30)],
    }
    return Zone(records)


class Server:
    """A DNS server whose zone names one SIP port."""

    def __init__(self, bench: Bench, sip_port: int) -> None:
        factory = DNSServerFactory(authorities=[zone(sip_port)])
        self._port = bench.reactor.listenUDP(0, dns.DNSDatagramProtocol(factory, reactor=bench.reactor), "127.0.0.1")
        self.address = ("127.0.0.1", self._port.getHost().port)

    def stop(self) -> None:
        self._port.stopListening()


@pytest.fixture
def names(bench: Bench) -> Iterator[SystemNames]:
    server = Server(bench, 5099)
    yield SystemNames(bench.reactor, [server.address])
    server.stop()


def ask(bench: Bench, names: SystemNames, kind: Kind, name: str) -> Answer:
    answers: list[Answer] = []
    names.look_up(Question(kind, name)).addCallback(answers.append)
    bench.until(lambda: bool(answers))
    return answers[0]


def test_records_of_all_kinds(bench: Bench, names: SystemNames) -> None:
    naptr = ask(bench, names, Kind.NAPTR, "example.test")
    assert naptr == Answer(
        (
            Naptr(10, 10, "s", "SIP+D2T", "_sip._tcp.example.test"),
            Naptr(20, 10, "s", "SIP+D2U", "_sip._udp.example.test"),
        ),
        60.0,
    )
    assert ask(bench, names, Kind.SRV, "_sip._udp.example.test") == Answer(
        (Srv(0, 0, 5099, "phone.example.test"),), 90.0
    )
    both = (Address("127.0.0.1"), Address("::1"))
    assert ask(bench, names, Kind.ADDRESS, "phone.example.test") == Answer(both, 20.0)


def test_what_there_is_not(bench: Bench, names: SystemNames) -> None:
    assert ask(bench, names, Kind.SRV, "_sips._tcp.example.test").records == ()
    assert ask(bench, names, Kind.ADDRESS, "nobody.example.test").records == ()


def test_the_machine_knows_itself(bench: Bench) -> None:
    answer: list[Answer] = []

    async def look() -> None:
        SystemNames(bench.reactor).look_up(Question(Kind.ADDRESS, "localhost")).addCallback(answer.append)
        for _ in range(300):
            if answer:
                return
            await asyncio.sleep(0.01)

    bench.reactor.getThreadPool().start()
    bench.run(look())
    bench.reactor.getThreadPool().stop()
    assert Address("127.0.0.1") in answer[0].records


def test_servers_of_the_machine(tmp_path: pytest.TempPathFactory) -> None:
    file = tmp_path / "resolv.conf"  # type: ignore[operator]  # a path
    file.write_text("search example\nnameserver 192.0.2.53\n# nameserver 192.0.2.1\nnameserver fe80::1%eth0\n")
    assert configured_servers(file) == (("192.0.2.53", 53), ("fe80::1", 53))
    assert configured_servers(file / "missing") == ()


def test_a_call_to_a_domain_moves_on_from_a_server_that_is_dead(bench: Bench) -> None:
    bob = bench.phone("b")
    server = Server(bench, bob.endpoint.port)
    alice = bench.phone("a", names=SystemNames(bench.reactor, [server.address]))
    alice.call(SipUri("b", "example.test"))
    bench.until(lambda: Confirmed in bob.kinds())
    server.stop()
