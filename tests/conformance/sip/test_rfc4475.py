"""Every torture message of RFC 4475, and those of RFC 5118 for IPv6, with the verdict that the RFC asks for."""

import pytest

from sip.errors import SipSyntaxError
from sip.events import Endpoint, InviteReceived, Malformed, RequestReceived
from sip.message import Request, Response, parse_message
from sip.ua import UserAgent
from tests.conformance.sip.torture import CASES, LONG, Case, invite, request
from tests.unit.sip.wire import BOB, OFFER, numbered_tokens

SOURCE = Endpoint("192.0.2.1", 5060)


class Judge:
    """A user agent that serves REGISTER and MESSAGE, and what it did with one message."""

    def __init__(self) -> None:
        self.agent = UserAgent(BOB, numbered_tokens("b"))
        self.source = SOURCE

    def hear(self, data: bytes, now: float = 0.0) -> list[Response]:
        self.agent.receive(data, self.source, now)
        found = [parse_message(outgoing.data) for outgoing in self.agent.outgoing()]
        return [each for each in found if isinstance(each, Response)]

    def verdict(self, data: bytes) -> int | str:
        final = [response.status for response in self.hear(data) if response.status >= 200]
        events = list(iter(self.agent.next_event, None))
        if final:
            assert len(final) == 1
            assert all(isinstance(event, Malformed) for event in events)
            return final[0]
        return "taken" if any(isinstance(each, InviteReceived | RequestReceived) for each in events) else "silence"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.clause} {case.name}")
def test_verdict(case: Case) -> None:
    judge = Judge()
    if case.verdict == "read":
        assert isinstance(parse_message(case.data), Response)
        assert judge.verdict(case.data) == "silence"  # nobody asked
    else:
        assert judge.verdict(case.data) == case.verdict
    assert judge.verdict(request("OPTIONS", Call_ID="another", Via="SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKother")) == 200


@pytest.mark.parametrize("transport", ["tcp", "ws"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.clause} {case.name}")
def test_the_verdict_is_the_same_over_streams(case: Case, transport: str) -> None:
    judge = Judge()
    judge.source = Endpoint(SOURCE.host, 40_000, transport)
    assert judge.verdict(case.data) == ("silence" if case.verdict == "read" else case.verdict)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.clause} {case.name}")
def test_a_call_that_stands_does_not_notice(case: Case) -> None:
    judge = Judge()
    standing = invite(Call_ID="standing", Via="SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKstanding")
    judge.hear(standing)
    event = judge.agent.next_event()
    assert isinstance(event, InviteReceived)
    judge.hear(case.data)
    judge.agent.accept(event.leg, OFFER, 0.0)
    answers = [parse_message(outgoing.data) for outgoing in judge.agent.outgoing()]
    assert [each.status for each in answers if isinstance(each, Response)] == [200]


def named(name: str) -> bytes:
    return next(case.data for case in CASES if case.name == name)


def test_what_is_read_of_valid_messages() -> None:
    escaped = parse_message(named("esc01"))
    assert isinstance(escaped, Request)
    assert escaped.target.user == "sips:user@example.com"
    semicolon = parse_message(named("semiuri"))
    assert isinstance(semicolon, Request)
    assert semicolon.target.user == "user;par=u@example.net"
    assert parse_message(named("escnull")).contacts[1].uri.user == "\0\0"
    assert parse_message(named("lwsdisp")).from_.display == "caller"
    assert parse_message(named("longreq")).from_.tag == f"12{LONG}982424"
    assert len(parse_message(named("longreq")).headers.values("Via")) == 34
    inside = parse_message(named("port inside"))
    assert isinstance(inside, Request)
    assert (inside.target.host, inside.target.port) == ("[2001:db8::10:5070]", None)


def test_extra_octets_behind_a_datagram_are_not_a_second_request() -> None:
    judge = Judge()
    judge.hear(named("dblreq"))
    events = list(iter(judge.agent.next_event, None))
    assert [type(event) for event in events] == [RequestReceived]


def test_refusals_say_what_would_be_right() -> None:
    [refused] = Judge().hear(named("bext01"))
    assert refused.headers.values("Unsupported") == ["nothingSupportsThis", "nothingSupportsThisEither"]
    assert Judge().hear(named("invut"))[-1].headers.get("Accept") == "application/sdp"
    assert "INVITE" in Judge().hear(named("esc02"))[-1].headers.values("Allow")


def test_a_branch_without_anything_behind_the_cookie_tells_nothing_apart() -> None:
    """4475 3.2.1: two requests with the bare cookie are two requests."""
    judge = Judge()
    bare = "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK"
    assert judge.verdict(request("OPTIONS", Via=bare)) == 200
    assert judge.verdict(request("OPTIONS", Via=bare, Call_ID="another", CSeq="9 OPTIONS")) == 200
    assert [r.status for r in judge.hear(request("OPTIONS", Via=bare))] == [200]  # a retransmission of the first


def test_what_comes_on_two_ways_is_answered_once() -> None:
    """RFC 3261 8.2.2.2."""
    judge = Judge()
    assert judge.verdict(invite()) == "taken"
    assert judge.verdict(invite(Via="SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKsecondway")) == 482
    assert judge.hear(invite())[0].status == 100
    assert judge.agent.leg_count == 1


def test_unreadable_uris_of_known_schemes_are_a_bad_request() -> None:
    for uri in ("sip:", "sip:@example.com", "sip:a@example.com:99999", "tel:"):
        assert Judge().verdict(request("OPTIONS", uri)) == 400


def test_a_broken_response_disturbs_no_transaction() -> None:
    with pytest.raises(SipSyntaxError):
        parse_message(named("bigcode"))
