"""Where requests go: failover between targets, large requests by TCP, sips by TLS alone, NAT and reused connections."""

import pytest

from sip.core import Limits
from sip.events import (
    Answered,
    Confirmed,
    Endpoint,
    InviteReceived,
    PeerReachable,
    Refused,
    Registered,
    RequestReceived,
)
from sip.location.delivery import destination_of, is_private
from sip.location.records import Address, Kind, Question, Record, Srv
from sip.message import Request, Response, parse_message, serialise
from sip.registration import Registration
from sip.transaction import make_response
from sip.trunks.keepalive import Watch
from sip.ua import UserAgent
from sip.uri import SipUri
from tests.unit.sip.wire import ALICE, ANSWER, OFFER, numbered_tokens

ZONE: dict[Question, tuple[Record, ...]] = {
    Question(Kind.NAPTR, "example.com"): (),
    Question(Kind.SRV, "_sip._udp.example.com"): (Srv(0, 0, 5060, "one.example"), Srv(1, 0, 5062, "two.example")),
    Question(Kind.SRV, "_sip._tcp.example.com"): (),
    Question(Kind.ADDRESS, "one.example"): (Address("192.0.2.11"), Address("2001:db8::11")),
    Question(Kind.ADDRESS, "two.example"): (Address("192.0.2.12"),),
}
ONE, TWO = Endpoint("192.0.2.11", 5060), Endpoint("192.0.2.12", 5062)


class Bench:
    """A user agent, a name service that answers at once, and what was sent."""

    def __init__(self, **limits: int) -> None:
        self.agent = UserAgent(ALICE, numbered_tokens("a"), limits=Limits(**limits))
        self.now = 0.0
        self.sent: list[tuple[Request | Response, Endpoint]] = []

    def run(self) -> None:
        while questions := self.agent.questions():
            for question in questions:
                self.agent.answered(question, ZONE.get(question, ()), 300.0, self.now)
        for outgoing in self.agent.outgoing():
            self.sent.append((parse_message(outgoing.data), outgoing.destination))

    def at(self, when: float) -> None:
        while (due := self.agent.get_timer()) is not None and due <= when:
            self.now = max(self.now, due)
            self.agent.handle_timer(self.now)
            self.run()
        self.now = when

    def call(self, target: SipUri, sdp: bytes = OFFER, **more: object) -> None:
        self.agent.invite(target=target, sdp=sdp, from_user="a", now=self.now, **more)  # type: ignore[arg-type]
        self.run()

    def answer(self, status: int, number: int = -1) -> None:
        """Answer a request that was sent."""
        request, where = [(each, to) for each, to in self.sent if isinstance(each, Request) and each.method != "ACK"][
            number
        ]
        assert isinstance(request, Request)
        response = make_response(request, status, tag="far")
        response.headers.add("Contact", f"<sip:b@{where.host}:{where.port}>")
        response.body = ANSWER if status == 200 and request.method == "INVITE" else b""
        self.agent.receive(serialise(response), where, self.now)
        self.run()

    def ways(self) -> list[tuple[str, Endpoint]]:
        return [(each.method if isinstance(each, Request) else str(each.status), to) for each, to in self.sent]

    def events(self) -> list[object]:
        return list(iter(self.agent.next_event, None))


EXAMPLE = SipUri("b", "example.com")


def test_the_first_target_that_answers_keeps_the_call() -> None:
    bench = Bench()
    bench.call(EXAMPLE)
    bench.answer(200)
    assert bench.ways() == [("INVITE", ONE), ("ACK", ONE)]


def test_a_503_leads_to_the_next_target_with_a_new_branch() -> None:
    bench = Bench()
    bench.call(EXAMPLE)
    bench.answer(100)
    bench.answer(503)
    bench.answer(200)
    assert bench.ways() == [("INVITE", ONE), ("ACK", ONE), ("INVITE", TWO), ("ACK", TWO)]
    first, _, second, _ = (each for each, _ in bench.sent)
    assert first.via.branch != second.via.branch
    assert (first.call_id, first.cseq) == (second.call_id, second.cseq)
    assert [type(event) for event in bench.events()] == [Answered]


def test_a_503_that_is_repeated_is_acknowledged_again() -> None:
    bench = Bench()
    bench.call(EXAMPLE)
    bench.answer(503)
    bench.answer(503, 0)
    assert bench.ways() == [("INVITE", ONE), ("ACK", ONE), ("INVITE", TWO), ("ACK", ONE)]


def test_the_503_of_the_last_target_is_told() -> None:
    bench = Bench()
    bench.call(EXAMPLE)
    bench.answer(503)
    bench.answer(503)
    [event] = bench.events()
    assert isinstance(event, Refused)
    assert event.status == 503


def test_silence_leads_to_the_next_target_after_four_seconds() -> None:
    bench = Bench()
    bench.call(EXAMPLE)
    bench.at(3.9)
    assert {to for _, to in bench.ways()} == {ONE}
    bench.at(4.1)
    assert bench.ways()[-1] == ("INVITE", TWO)
    bench.at(40.0)
    assert [event.status for event in bench.events() if isinstance(event, Refused)] == [408]


def test_a_target_that_rang_is_not_left() -> None:
    bench = Bench()
    bench.call(EXAMPLE)
    bench.answer(180)
    bench.answer(503)
    assert [event.status for event in bench.events() if isinstance(event, Refused)] == [503]


def test_what_comes_after_a_failure_begins_with_the_target_that_works() -> None:
    bench = Bench()
    bench.call(EXAMPLE)
    bench.answer(503)
    bench.answer(200)
    bench.call(EXAMPLE)
    assert bench.ways()[-1] == ("INVITE", TWO)


def test_a_name_that_leads_nowhere_is_told() -> None:
    bench = Bench()
    bench.call(SipUri("b", "nowhere.example"))
    bench.at(0.1)
    assert [event.status for event in bench.events() if isinstance(event, Refused)] == [503]
    assert bench.sent == []


def test_a_registration_finds_its_registrar_and_stays_there_through_the_challenge() -> None:
    bench = Bench()
    registration = Registration(SipUri("7001", "example.com"), Endpoint("example.com", 0, ""))
    bench.agent.register(registration, 0.0)
    bench.run()
    bench.answer(503)
    bench.answer(200)
    assert bench.ways() == [("REGISTER", ONE), ("REGISTER", TWO)]
    assert any(isinstance(event, Registered) for event in bench.events())


def test_a_watched_peer_may_have_a_name() -> None:
    bench = Bench()
    bench.agent.watch(Watch(Endpoint("example.com", 0, "")), 0.0)
    bench.run()
    bench.answer(200)
    assert bench.ways() == [("OPTIONS", ONE)]
    assert [type(event) for event in bench.events()] == [PeerReachable]


LARGE = OFFER + b"a=x-padding:" + b"x" * 1300 + b"\r\n"
BOB = Endpoint("192.0.2.2", 5060)
BOB_TCP = Endpoint("192.0.2.2", 5060, "tcp")


def test_a_large_request_goes_by_tcp_and_back_to_udp_where_nobody_listens() -> None:
    bench = Bench()
    bench.call(SipUri("b", BOB.host), LARGE)
    bench.agent.send_failed(BOB_TCP, 0.0)
    bench.run()
    bench.answer(200)
    assert bench.ways() == [("INVITE", BOB_TCP), ("INVITE", BOB), ("ACK", BOB)]
    assert [each.via.transport for each, _ in bench.sent[:2]] == ["TCP", "UDP"]
    bench.call(SipUri("b", BOB.host), LARGE)
    assert bench.ways()[-1] == ("INVITE", BOB)  # what was refused is not tried again at once


def test_requests_of_an_ordinary_size_go_by_udp() -> None:
    bench = Bench()
    bench.call(SipUri("b", BOB.host))
    assert bench.ways() == [("INVITE", BOB)]


def test_the_size_is_a_setting() -> None:
    bench = Bench(max_datagram=65_535)
    bench.call(SipUri("b", BOB.host), LARGE)
    assert bench.ways() == [("INVITE", BOB)]


def test_sips_goes_by_tls_and_nothing_else() -> None:
    bench = Bench()
    bench.call(SipUri("b", BOB.host, scheme="sips"))
    assert bench.ways() == [("INVITE", Endpoint(BOB.host, 5061, "tls"))]
    bench.call(SipUri("b", BOB.host, scheme="sips"), proxy=BOB)
    bench.at(0.1)
    assert len(bench.sent) == 1
    assert [event.status for event in bench.events() if isinstance(event, Refused)] == [503]


HOP = Endpoint("198.51.100.7", 40_000, "tcp")


@pytest.mark.parametrize(
    ("uri", "fallback", "expected"),
    [
        ("sip:a@192.0.2.1", None, Endpoint("192.0.2.1", 5060)),
        ("sip:a@[2001:db8::1];transport=tcp", None, Endpoint("2001:db8::1", 5060, "tcp")),
        ("sip:a@192.0.2.1;transport=tls", None, Endpoint("192.0.2.1", 5061, "tls")),
        ("sips:a@192.0.2.1", None, Endpoint("192.0.2.1", 5061, "tls")),
        ("sip:a@example.com", None, Endpoint("example.com", 0, "")),
        ("sip:a@example.com:5070;transport=tcp", None, Endpoint("example.com", 5070, "tcp")),
        ("sip:a@192.0.2.1:5080", HOP, Endpoint("192.0.2.1", 5080)),
        ("sip:a@df7jal23ls0d.invalid;transport=ws", HOP, HOP),
        ("sip:a@10.1.2.3:5080", HOP, HOP),
        ("sip:a@10.1.2.3:5080", Endpoint("10.9.9.9", 5060), Endpoint("10.1.2.3", 5080)),
        ("tel:+4989", HOP, HOP),
        ("tel:+4989", None, None),
    ],
)
def test_where_a_uri_is_reached(uri: str, fallback: Endpoint | None, expected: Endpoint | None) -> None:
    assert destination_of(SipUri.parse(uri), fallback) == expected


def test_addresses_of_private_networks() -> None:
    assert [is_private(host) for host in ("10.0.0.1", "172.31.0.1", "100.64.0.1", "[fd00::1]", "192.0.2.1", "x")] == [
        *(True for _ in range(4)),
        False,
        False,
    ]


def incoming(contact: str, via: str = "192.0.2.1:5060") -> bytes:
    return (
        f"INVITE sip:bob@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/TCP {via};branch=z9hG4bKin\r\n"
        f"From: <sip:a@b>;tag=1\r\nTo: <sip:bob@192.0.2.2>\r\nCall-ID: in\r\nCSeq: 1 INVITE\r\n"
        f"Contact: {contact}\r\nContent-Type: application/sdp\r\nContent-Length: {len(OFFER)}\r\n\r\n"
    ).encode() + OFFER


@pytest.mark.parametrize(("there", "used"), [("192.0.2.1", True), ("192.0.2.77", False)])
def test_a_connection_is_reused_for_addresses_of_its_own_host_alone(there: str, used: bool) -> None:
    bench = Bench()
    source = Endpoint("192.0.2.1", 41_000, "tcp")
    contact = Endpoint(there, 5080, "tcp")
    bench.agent.receive(incoming(f"<sip:a@{there}:5080;transport=tcp>"), source, 0.0)
    [event] = bench.events()
    assert isinstance(event, InviteReceived)
    bench.agent.accept(event.leg, ANSWER, 0.0)
    ack = incoming("<sip:a@b>").replace(b"INVITE", b"ACK").replace(b"z9hG4bKin", b"z9hG4bKack")
    bench.run()
    tagged = f"To: {bench.sent[-1][0].headers.get('To')}".encode()
    bench.agent.receive(ack.replace(b"To: <sip:bob@192.0.2.2>", tagged), source, 0.0)
    assert [type(told) for told in bench.events()] == [Confirmed]
    bench.agent.hangup(event.leg, 0.0)
    bench.run()
    assert bench.ways()[-1] == ("BYE", source if used else contact)
    if used:  # the connection goes: the address itself is tried
        bench.agent.send_failed(source, 0.0)
        bench.run()
        assert bench.ways()[-1] == ("BYE", contact)


def test_a_response_finds_its_way_when_the_connection_is_gone() -> None:
    bench = Bench()
    source = Endpoint("192.0.2.1", 41_000, "tcp")
    bench.agent.receive(incoming("<sip:a@192.0.2.1>", "192.0.2.1:5090"), source, 0.0)
    [event] = bench.events()
    assert isinstance(event, InviteReceived)
    bench.agent.send_failed(source, 0.0)
    bench.agent.accept(event.leg, ANSWER, 0.0)
    bench.run()
    assert bench.ways()[-1] == ("200", Endpoint("192.0.2.1", 5090, "tcp"))


def register(contact: str, more: str = "") -> bytes:
    return (
        f"REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP 10.1.2.3:5060;branch=z9hG4bKreg{len(more)};rport\r\n"
        f"From: <sip:p@b>;tag=1\r\nTo: <sip:p@b>\r\nCall-ID: reg{len(more)}\r\nCSeq: 1 REGISTER\r\n"
        f"Contact: {contact}\r\n{more}Content-Length: 0\r\n\r\n"
    ).encode()


NAT = Endpoint("198.51.100.7", 31_000)
PHONE = SipUri("p", "10.1.2.3", 5060)


def phone_registers(bench: Bench, status: int, contact: str = f"<{PHONE}>", more: str = "Expires: 60\r\n") -> None:
    bench.agent.receive(register(contact, more), NAT, bench.now)
    [event] = bench.events()
    assert isinstance(event, RequestReceived)
    bench.agent.respond(event.key, status, "", [], b"", bench.now)
    bench.run()
    bench.sent.clear()


def test_a_phone_behind_nat_is_called_where_it_registered_from_while_that_holds() -> None:
    bench = Bench()
    phone_registers(bench, 401)
    bench.call(PHONE)
    assert bench.ways() == [("INVITE", Endpoint("10.1.2.3", 5060))]
    phone_registers(bench, 200, more="Expires: 60\r\nX: y\r\n")
    bench.call(PHONE)
    assert bench.ways() == [("INVITE", NAT)]
    bench.call(PHONE, proxy=BOB)
    assert bench.ways()[-1] == ("INVITE", BOB)
    bench.now = 61.0
    bench.call(PHONE)
    assert bench.ways()[-1] == ("INVITE", Endpoint("10.1.2.3", 5060))


def test_a_phone_that_unregisters_or_is_not_behind_nat_is_not_remembered() -> None:
    bench = Bench()
    phone_registers(bench, 200)
    phone_registers(bench, 200, f"<{PHONE}>;expires=0", "X: 1\r\n")
    bench.call(PHONE)
    assert bench.ways() == [("INVITE", Endpoint("10.1.2.3", 5060))]
    phone_registers(bench, 200, f"<sip:p@{NAT.host}:5070>", "X: 12\r\n")
    bench.call(SipUri("p", NAT.host, 5070))
    assert bench.ways() == [("INVITE", Endpoint(NAT.host, 5070))]
