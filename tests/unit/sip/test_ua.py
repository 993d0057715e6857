"""The door of the user agent: floods, requests outside of calls, response routing, CANCEL and ACK that fit nothing."""

import pytest

from sip.core import Limits
from sip.events import Answered, Endpoint, InviteReceived, RequestReceived
from sip.message import Request, Response, parse_message, serialise
from sip.ua import UserAgent
from tests.unit.sip.wire import ALICE, ANSWER, BOB, OFFER, Wire, methods, numbered_tokens

HEADERS = (
    "From: <sip:a@192.0.2.1>;tag=1\r\nTo: <sip:bob@192.0.2.2>\r\nCall-ID: one@a\r\nMax-Forwards: 70\r\n"
    "Contact: <sip:a@192.0.2.1>\r\n"
)


def request(method: str, via: str = "192.0.2.1;branch=z9hG4bKx", transport: str = "UDP", number: int = 1) -> bytes:
    return (
        f"{method} sip:bob@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/{transport} {via}\r\n{HEADERS}CSeq: {number} {method}\r\n"
        "Content-Length: 0\r\n\r\n"
    ).encode()


def answers(agent: UserAgent, data: bytes, source: Endpoint = ALICE) -> list[tuple[Response, Endpoint]]:
    agent.receive(data, source, 1.0)
    found = []
    for outgoing in agent.outgoing():
        message = parse_message(outgoing.data)
        assert isinstance(message, Response)
        found.append((message, outgoing.destination))
    return found


def agent(**more: object) -> UserAgent:
    return UserAgent(BOB, numbered_tokens("b"), **more)  # type: ignore[arg-type]  # tests pass what fits


def test_a_flood_of_calls_is_answered_503_and_existing_calls_go_on() -> None:
    wire = Wire(limits=Limits(max_legs=2, retry_after=9))
    ours, theirs = wire.established()
    for number in range(20):
        data = request("INVITE", f"192.0.2.1;branch=z9hG4bKflood{number}").replace(b"one@a", b"flood%d@a" % number)
        wire.bob.agent.receive(data, ALICE, wire.now)
    sent = [parse_message(outgoing.data) for outgoing in wire.bob.agent.outgoing()]
    assert methods(sent).count("503 INVITE") == 19
    refused = next(message for message in sent if isinstance(message, Response) and message.status == 503)
    assert refused.headers.get("Retry-After") == "9"
    assert refused.to.tag
    wire.alice.agent.reinvite(ours, OFFER, wire.now)
    wire.run()
    wire.bob.agent.accept_offer(theirs, ANSWER, wire.now)
    wire.run()
    assert wire.alice.kinds() == ["Answered", "OfferAnswered"]
    assert wire.bob.agent.leg_count == 2


def test_a_flood_of_anything_is_bounded() -> None:
    bob = agent(limits=Limits(max_transactions=50))
    statuses = [
        answers(bob, request("OPTIONS", f"192.0.2.1;branch=z9hG4bKf{number}", number=number))[0][0].status
        for number in range(80)
    ]
    assert statuses == [200] * 50 + [503] * 30
    bob.handle_timer(40.0)
    assert answers(bob, request("OPTIONS", "192.0.2.1;branch=z9hG4bKlater"))[0][0].status == 200


def test_existing_calls_end_properly_under_a_flood() -> None:
    wire = Wire(limits=Limits(max_transactions=3))
    ours, theirs = wire.established()
    for number in range(9):
        wire.bob.agent.receive(request("OPTIONS", f"192.0.2.1;branch=z9hG4bKf{number}"), ALICE, wire.now)
    wire.bob.agent.outgoing()
    assert wire.bob.agent.call_id(theirs) == wire.alice.agent.call_id(ours)
    wire.alice.agent.hangup(ours, wire.now)
    wire.run()
    assert wire.bob.kinds()[-1] == "Ended"
    assert wire.bob.agent.call_id(theirs) is None


def test_options_are_answered_with_what_we_can() -> None:
    [(answer, _)] = answers(agent(), request("OPTIONS"))
    assert answer.status == 200
    assert "INVITE" in answer.headers.values("Allow")
    assert answer.headers.get("Accept") == "application/sdp"
    assert answer.to.tag


@pytest.mark.parametrize(
    ("via", "source", "destination", "marked"),
    [
        ("192.0.2.1;branch=z9hG4bK1;rport", Endpoint("192.0.2.1", 40000), 40000, "rport=40000;received=192.0.2.1"),
        ("192.0.2.1;branch=z9hG4bK1", Endpoint("192.0.2.1", 40000), 5060, "branch=z9hG4bK1"),
        ("192.0.2.1:5077;branch=z9hG4bK1", Endpoint("192.0.2.1", 40000), 5077, "branch=z9hG4bK1"),
        ("phone.example:5077;branch=z9hG4bK1", Endpoint("192.0.2.9", 40000), 5077, "received=192.0.2.9"),
    ],
)
def test_responses_find_their_way(via: str, source: Endpoint, destination: int, marked: str) -> None:
    [(answer, sent_to)] = answers(agent(), request("OPTIONS", via), source)
    assert sent_to == Endpoint(source.host, destination)
    assert (answer.headers.get("Via") or "").endswith(marked)


def test_responses_go_back_over_the_connection() -> None:
    source = Endpoint("192.0.2.1", 40000, "tcp")
    [(_, sent_to)] = answers(agent(), request("OPTIONS", "192.0.2.1:5060;branch=z9hG4bK1", "TCP"), source)
    assert sent_to == source


def test_only_the_topmost_via_is_touched() -> None:
    [(answer, _)] = answers(agent(), request("OPTIONS", "p1;branch=z9hG4bK1;rport, SIP/2.0/UDP p2;branch=z9hG4bK2"))
    assert answer.headers.values("Via")[1] == "SIP/2.0/UDP p2;branch=z9hG4bK2"


def test_requests_for_the_program_are_told_once_and_answered_by_it() -> None:
    bob = agent()
    assert answers(bob, request("REGISTER")) == []
    event = bob.next_event()
    assert isinstance(event, RequestReceived)
    assert event.request.method == "REGISTER"
    bob.receive(request("REGISTER"), ALICE, 1.2)
    assert bob.next_event() is None
    bob.respond(event.key, 200, "Fine", [("Contact", "<sip:a@192.0.2.1>;expires=60")], b"", 1.3)
    [outgoing] = bob.outgoing()
    assert outgoing.data.startswith(b"SIP/2.0 200 Fine\r\n")
    bob.receive(request("REGISTER"), ALICE, 1.4)
    assert [again.data for again in bob.outgoing()] == [outgoing.data]
    bob.respond(event.key, 404, "", [], b"", 1.5)
    assert bob.outgoing() == []


def test_what_the_program_does_not_serve_is_405() -> None:
    [(answer, _)] = answers(agent(serves=()), request("REGISTER"))
    assert answer.status == 405
    assert "REGISTER" not in answer.headers.values("Allow")
    [(answer, _)] = answers(agent(), request("SUBSCRIBE"))
    assert answer.status == 405


def test_a_cancel_for_nothing_is_481_and_an_ack_for_nothing_is_silence() -> None:
    [(answer, _)] = answers(agent(), request("CANCEL"))
    assert answer.status == 481
    assert answers(agent(), request("ACK")) == []


def test_the_ack_of_a_refusal_ends_its_repetition() -> None:
    bob = agent()
    bob.receive(request("INVITE"), ALICE, 1.0)
    event = bob.next_event()
    assert isinstance(event, InviteReceived)
    bob.refuse(event.leg, 486, "", 1.0)
    bob.outgoing()
    bob.receive(request("ACK"), ALICE, 1.1)
    bob.handle_timer(2.0)
    assert bob.outgoing() == []
    bob.handle_timer(7.0)
    assert bob.get_timer() is None


def test_peers_of_rfc_2543_without_branch_are_served() -> None:
    bob = agent()
    assert [r.status for r, _ in answers(bob, request("INVITE", "192.0.2.1"))] == [100]
    event = bob.next_event()
    assert isinstance(event, InviteReceived)
    assert [r.status for r, _ in answers(bob, request("INVITE", "192.0.2.1"))] == [100]
    assert bob.next_event() is None
    cancel = request("CANCEL", "192.0.2.1")
    assert sorted(r.status for r, _ in answers(bob, cancel)) == [200, 487]


def test_in_dialog_requests_follow_the_record_route_and_fall_back_for_names() -> None:
    bob = agent()
    data = request("INVITE").replace(b"Contact: <sip:a@192.0.2.1>", b"Contact: <sip:a@phone.example;x>")
    bob.receive(data, Endpoint("192.0.2.1", 5099), 1.0)
    event = bob.next_event()
    assert isinstance(event, InviteReceived)
    bob.accept(event.leg, ANSWER, 1.0)
    ok = parse_message(bob.outgoing()[-1].data)
    ack = request("ACK", "192.0.2.1;branch=z9hG4bKack").replace(
        b"To: <sip:bob@192.0.2.2>", b"To: <sip:bob@192.0.2.2>;tag=" + ok.to.tag.encode()
    )
    bob.receive(ack, Endpoint("192.0.2.1", 5099), 1.1)
    bob.hangup(event.leg, 1.2)
    [bye] = bob.outgoing()
    assert bye.destination == Endpoint("192.0.2.1", 5099)
    assert bye.data.startswith(b"BYE sip:a@phone.example;x SIP/2.0\r\n")


def test_a_strict_router_becomes_the_request_uri() -> None:
    bob = agent()
    data = request("INVITE").replace(b"Contact:", b"Record-Route: <sip:192.0.2.50>, <sip:192.0.2.51;lr>\r\nContact:")
    bob.receive(data, ALICE, 1.0)
    event = bob.next_event()
    assert isinstance(event, InviteReceived)
    bob.accept(event.leg, ANSWER, 1.0)
    ok = parse_message(bob.outgoing()[-1].data)
    assert ok.headers.values("Record-Route") == ["<sip:192.0.2.50>", "<sip:192.0.2.51;lr>"]
    bob.handle_timer(34.0)
    bye = next(o for o in bob.outgoing() if o.data.startswith(b"BYE"))
    message = parse_message(bye.data)
    assert isinstance(message, Request)
    assert message.uri == "sip:192.0.2.50"
    assert message.headers.values("Route") == ["<sip:192.0.2.51;lr>", "<sip:a@192.0.2.1>"]
    assert bye.destination.host == "192.0.2.50"


def test_hundreds_of_calls_at_once_keep_apart() -> None:
    wire = Wire()
    legs = [wire.call() for _ in range(300)]
    for event in list(wire.bob.events):
        assert isinstance(event, InviteReceived)
        wire.bob.agent.accept(event.leg, ANSWER, wire.now)
    wire.run()
    assert {event.leg for event in wire.alice.events if isinstance(event, Answered)} == set(legs)
    for leg in legs:
        wire.alice.agent.hangup(leg, wire.now)  # type: ignore[arg-type]  # a leg is a str
    wire.run()
    wire.advance(64)
    assert wire.bob.agent.leg_count == wire.alice.agent.leg_count == 0
    assert wire.alice.agent.get_timer() is None
    assert wire.bob.agent.get_timer() is None
    assert serialise(wire.alice.sent[0])


@pytest.mark.parametrize(
    ("via", "expected"),
    [
        ("192.0.2.9:5070;branch=z9hG4bKm;maddr=192.0.2.33", Endpoint("192.0.2.33", 5070)),
        ("192.0.2.9:5070;branch=z9hG4bKm;rport;maddr=[2001:db8::5]", Endpoint("2001:db8::5", 5070)),
        ("192.0.2.9:5070;branch=z9hG4bKm;rport;maddr=pbx.example", ALICE),
        ("192.0.2.9:5070;branch=z9hG4bKm", Endpoint(ALICE.host, 5070)),
        ("192.0.2.9;branch=z9hG4bKm;rport", ALICE),
    ],
)
def test_where_responses_to_datagrams_go(via: str, expected: Endpoint) -> None:
    """RFC 3261 18.2.2 and RFC 3581 4, in this order: maddr, rport, sent-by."""
    [(_, sent_to)] = answers(agent(), request("OPTIONS", via))
    assert sent_to == expected


@pytest.mark.parametrize(("written", "marked"), [("[2001:DB8:0:0::1]", None), ("[2001:db8::2]", "2001:db8::1")])
def test_ipv6_addresses_are_compared_by_value(written: str, marked: str | None) -> None:
    source = Endpoint("2001:db8::1", 5060)
    [(response, _)] = answers(agent(), request("OPTIONS", f"{written}:5060;branch=z9hG4bKv6"), source)
    assert response.via.param("received") == marked
