"""Calls that we make: answer, refusal, early media, CANCEL and its races, forks, late offers, challenges."""

import pytest

from sip.digest import Challenger, Credentials, Verdict
from sip.errors import SipStateError
from sip.events import Answered, Confirmed, Ended, InviteReceived, OfferReceived, Progress, Refused
from sip.message import Request, Response, parse_message, serialise
from tests.unit.sip.wire import ALICE, ANSWER, BOB, OFFER, Wire, methods


def test_a_call_is_answered_and_hung_up_by_the_caller() -> None:
    wire = Wire()
    leg, other = wire.established()
    assert wire.alice.kinds() == ["Answered"]
    assert wire.alice.last(Answered).sdp == ANSWER
    assert wire.bob.kinds() == ["InviteReceived", "Confirmed"]
    assert wire.bob.events[0].sdp == OFFER
    wire.alice.agent.hangup(leg, wire.now)
    wire.run()
    assert wire.bob.last(Ended) == Ended(other, "remote", "BYE")
    assert methods(wire.alice.sent) == ["INVITE", "ACK", "BYE"]
    assert methods(wire.bob.sent) == ["100 INVITE", "200 INVITE", "200 BYE"]
    assert wire.alice.agent.leg_count == wire.bob.agent.leg_count == 0


def test_all_timers_are_gone_after_a_call() -> None:
    wire = Wire()
    leg, _ = wire.established()
    wire.alice.agent.hangup(leg, wire.now)
    wire.run()
    wire.advance(64)
    assert wire.alice.agent.get_timer() is None
    assert wire.bob.agent.get_timer() is None


def test_ringing_and_early_media_are_told() -> None:
    wire = Wire()
    leg = wire.call()
    theirs = wire.bob.last(InviteReceived).leg
    wire.bob.agent.ring(theirs, wire.now)
    wire.bob.agent.ring(theirs, wire.now, ANSWER, 183)
    wire.run()
    assert [(event.status, event.sdp) for event in wire.alice.events] == [(180, b""), (183, ANSWER)]
    assert all(isinstance(event, Progress) and event.leg == leg for event in wire.alice.events)


def test_the_answer_of_early_media_counts_where_the_200_has_none() -> None:
    wire = Wire()
    wire.call()
    theirs = wire.bob.last(InviteReceived).leg
    wire.bob.agent.ring(theirs, wire.now, ANSWER, 183)
    wire.bob.agent.accept(theirs, b"", wire.now)
    wire.run()
    assert wire.alice.last(Answered).sdp == ANSWER


@pytest.mark.parametrize("status", [302, 404, 486, 603])
def test_a_refusal_is_told_once_and_acknowledged(status: int) -> None:
    wire = Wire()
    leg = wire.call()
    wire.bob.agent.refuse(wire.bob.last(InviteReceived).leg, status, "No", wire.now)
    wire.run()
    assert wire.alice.last(Refused) == Refused(leg, status, "No")
    assert methods(wire.alice.sent) == ["INVITE", "ACK"]
    wire.advance(40)
    assert wire.alice.kinds() == ["Refused"]
    assert wire.alice.agent.get_timer() is None


def test_a_refusal_carries_the_programs_headers_but_not_those_of_the_dialog() -> None:
    wire = Wire()
    wire.call()
    leg = wire.bob.last(InviteReceived).leg
    with pytest.raises(ValueError, match="CSeq"):
        wire.bob.agent.refuse(leg, 486, "", wire.now, [("CSeq", "1 X")])
    wire.bob.agent.refuse(leg, 486, "", wire.now, [("Retry-After", "7")])
    wire.run()
    assert wire.alice.last(Refused).response.headers.get("Retry-After") == "7"


def test_nobody_answers_the_invite() -> None:
    wire = Wire()
    wire.cut = True
    leg = wire.call()
    wire.advance(31.9)
    assert wire.alice.events == []
    wire.advance(0.2)
    assert wire.alice.last(Refused) == Refused(leg, 408, "Request Timeout")
    # Timer A doubles: at 0, 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s (RFC 3261 17.1.1.2).
    assert methods(wire.alice.sent) == ["INVITE"] * 7


def test_a_connection_that_cannot_be_made_refuses_the_call() -> None:
    wire = Wire("tcp")
    wire.cut = True
    leg = wire.call()
    wire.alice.agent.send_failed(wire.bob.address, wire.now)
    wire.run()
    wire._collect()
    assert wire.alice.last(Refused) == Refused(leg, 503, "Service Unavailable")


def test_cancel_while_ringing() -> None:
    wire = Wire()
    leg = wire.call()
    theirs = wire.bob.last(InviteReceived).leg
    wire.bob.agent.ring(theirs, wire.now)
    wire.run()
    wire.alice.agent.hangup(leg, wire.now)
    wire.run()
    assert wire.bob.last(Ended) == Ended(theirs, "remote", "CANCEL")
    assert methods(wire.alice.sent) == ["INVITE", "CANCEL", "ACK"]
    assert methods(wire.bob.sent) == ["100 INVITE", "180 INVITE", "200 CANCEL", "487 INVITE"]
    assert wire.alice.kinds() == ["Progress"]
    assert wire.alice.agent.leg_count == wire.bob.agent.leg_count == 0
    cancel, invite = wire.alice.sent[1], wire.alice.sent[0]
    assert cancel.via == invite.via
    assert cancel.cseq.number == invite.cseq.number


def test_cancel_waits_for_a_provisional_response() -> None:
    wire = Wire()
    wire.lose = iter([True])
    leg = wire.call()
    wire.alice.agent.hangup(leg, wire.now)
    wire.run()
    assert methods(wire.alice.sent) == ["INVITE"]
    wire.advance(1)
    assert methods(wire.alice.sent) == ["INVITE", "INVITE", "CANCEL", "ACK"]
    assert wire.bob.kinds() == ["InviteReceived", "Ended"]
    assert wire.alice.events == []


def test_a_200_that_crosses_the_cancel_is_acknowledged_and_ended() -> None:
    wire = Wire()
    leg = wire.call()
    theirs = wire.bob.last(InviteReceived).leg
    wire.bob.agent.accept(theirs, ANSWER, wire.now)
    wire.alice.agent.hangup(leg, wire.now)
    wire.run()
    assert methods(wire.alice.sent) == ["INVITE", "CANCEL", "ACK", "BYE"]
    assert wire.bob.kinds() == ["InviteReceived", "Confirmed", "Ended"]
    assert wire.alice.events == []
    assert wire.alice.agent.leg_count == wire.bob.agent.leg_count == 0


def test_a_cancel_that_is_never_followed_by_a_final_response() -> None:
    wire = Wire()
    leg = wire.call()
    wire.cut = True
    wire.alice.agent.hangup(leg, wire.now)
    wire.advance(40)
    assert wire.alice.agent.leg_count == 0
    assert wire.alice.events == []


def test_the_second_branch_of_a_fork_is_acknowledged_and_ended() -> None:
    wire = Wire()
    leg, _ = wire.established()
    first = next(m for m in wire.bob.sent if isinstance(m, Response) and m.status == 200)
    second = parse_message(serialise(first))
    second.headers.set("To", f"<{wire.bob_uri()}>;tag=another")
    wire.alice.agent.receive(serialise(second), BOB, wire.now)
    out = [parse_message(outgoing.data) for outgoing in wire.alice.agent.outgoing()]
    assert methods(out) == ["ACK", "BYE"]
    assert {message.to.tag for message in out} == {"another"}
    wire.alice.agent.receive(serialise(second), BOB, wire.now)
    assert methods(parse_message(o.data) for o in wire.alice.agent.outgoing()) == ["ACK"]
    assert wire.alice.kinds() == ["Answered"]
    wire.alice.agent.reinvite(leg, OFFER, wire.now)
    assert wire.alice.agent.outgoing()


def test_a_late_offer_is_answered_in_the_ack() -> None:
    wire = Wire()
    leg = wire.call(b"")
    theirs = wire.bob.last(InviteReceived)
    assert theirs.sdp == b""
    wire.bob.agent.accept(theirs.leg, OFFER, wire.now)
    wire.run()
    assert wire.alice.last(Answered).sdp == OFFER
    assert methods(wire.alice.sent) == ["INVITE"]
    wire.advance(0.6)  # Bob repeats his 200 meanwhile
    wire.alice.agent.accept_offer(leg, ANSWER, wire.now)
    wire.run()
    assert wire.bob.last(Confirmed) == Confirmed(theirs.leg, ANSWER)
    assert methods(wire.alice.sent) == ["INVITE", "ACK"]
    assert wire.alice.kinds() == ["Answered"]


def test_hanging_up_instead_of_answering_a_late_offer() -> None:
    wire = Wire()
    leg = wire.call(b"")
    wire.bob.agent.accept(wire.bob.last(InviteReceived).leg, OFFER, wire.now)
    wire.run()
    wire.alice.agent.hangup(leg, wire.now)
    wire.run()
    assert methods(wire.alice.sent) == ["INVITE", "ACK", "BYE"]
    assert wire.bob.kinds()[-1] == "Ended"


def challenge_once(wire: Wire, password: str, *, proxy: bool = True) -> Verdict:
    """Bob challenges the newest INVITE; returns how he judged it if it had credentials."""
    challenger = Challenger("lab", b"secret")
    invite = wire.bob.last(InviteReceived)
    values = invite.request.headers.all("Proxy-Authorization" if proxy else "Authorization")
    verdict = challenger.verify(values, method="INVITE", password_of=lambda _user: password, now=wire.now).verdict
    if verdict is not Verdict.ACCEPTED:
        wire.bob.agent.refuse(
            invite.leg, 407 if proxy else 401, "", wire.now, challenger.challenge(wire.now, proxy=proxy)
        )
        wire.run()
    return verdict


@pytest.mark.parametrize("proxy", [True, False])
def test_a_challenge_is_answered_once_with_a_new_cseq_and_branch(proxy: bool) -> None:
    wire = Wire()
    leg = wire.call(credentials=Credentials("alice", "secret"))
    assert challenge_once(wire, "secret", proxy=proxy) is Verdict.ABSENT
    assert challenge_once(wire, "secret", proxy=proxy) is Verdict.ACCEPTED
    invites = [m for m in wire.alice.sent if isinstance(m, Request) and m.method == "INVITE"]
    assert [m.cseq.number for m in invites] == [1, 2]
    assert invites[0].via.branch != invites[1].via.branch
    assert invites[0].call_id == invites[1].call_id
    assert invites[0].from_ == invites[1].from_
    wire.bob.agent.accept(wire.bob.last(InviteReceived).leg, ANSWER, wire.now)
    wire.run()
    assert wire.alice.last(Answered).leg == leg
    ack = wire.alice.sent[-1]
    assert ack.method == "ACK"
    assert ack.cseq.number == 2
    assert ("Proxy-Authorization" if proxy else "Authorization") in ack.headers


def test_a_wrong_password_is_not_tried_twice() -> None:
    wire = Wire()
    leg = wire.call(credentials=Credentials("alice", "wrong"))
    assert challenge_once(wire, "secret") is Verdict.ABSENT
    assert challenge_once(wire, "secret") is Verdict.REFUSED
    assert wire.alice.last(Refused) == Refused(leg, 407, "Proxy Authentication Required")
    assert methods(wire.alice.sent) == ["INVITE", "ACK", "INVITE", "ACK"]


def test_headers_display_name_and_addresses_of_the_invite() -> None:
    wire = Wire()
    wire.call(
        from_display='Anna "A" Müller',
        from_host="lab.example",
        headers=[("P-Asserted-Identity", "<sip:7100@lab.example>"), ("Max-Forwards", "12"), ("User-Agent", "lab")],
    )
    request = wire.bob.last(InviteReceived).request
    assert request.from_.display == 'Anna "A" Müller'
    assert str(request.from_.uri) == "sip:alice@lab.example"
    assert request.headers.get("P-Asserted-Identity") == "<sip:7100@lab.example>"
    assert request.headers.all("Max-Forwards") == ["12"]
    assert request.headers.all("User-Agent") == ["lab"]


@pytest.mark.parametrize("header", [("Via", "x"), ("content-length", "3"), ("X-Evil", "a\r\nBye: now")])
def test_headers_that_are_not_the_programs_are_refused(header: tuple[str, str]) -> None:
    wire = Wire()
    with pytest.raises(ValueError, match=r"header|control|program"):
        wire.call(headers=[header])
    assert wire.alice.agent.leg_count == 0
    assert wire.alice.agent.outgoing() == []


def test_wishes_that_do_not_fit_the_state_are_faults_but_those_for_legs_that_are_gone_are_not() -> None:
    wire = Wire()
    leg = wire.call()
    with pytest.raises(SipStateError):
        wire.alice.agent.reinvite(leg, OFFER, wire.now)
    with pytest.raises(SipStateError):
        wire.alice.agent.accept(leg, ANSWER, wire.now)
    wire.bob.agent.refuse(wire.bob.last(InviteReceived).leg, 486, "", wire.now)
    wire.run()
    wire.alice.agent.reinvite(leg, OFFER, wire.now)
    wire.alice.agent.hangup(leg, wire.now)
    assert wire.alice.agent.outgoing() == []


def test_invite_goes_to_the_proxy_and_later_requests_along_the_route_set() -> None:
    wire = Wire()
    leg = wire.alice.agent.invite(target=wire.bob_uri(), sdp=OFFER, from_user="alice", proxy=BOB, now=wire.now)
    [invite] = wire.alice.agent.outgoing()
    request = parse_message(invite.data)
    routes = ["<sip:192.0.2.2:5070;lr>", "<sip:192.0.2.9;lr>"]
    ok = Response(200, "OK", request.headers.copy(), ANSWER)
    ok.headers.set("To", f"{request.headers.get('To')};tag=b1")
    ok.headers.set("Contact", "<sip:bob@far.example;x=y>")
    for route in routes:
        ok.headers.add("Record-Route", route)
    wire.alice.agent.receive(serialise(ok), BOB, wire.now)
    wire.alice.agent.hangup(leg, wire.now)
    ack, bye = wire.alice.agent.outgoing()
    for outgoing in (ack, bye):
        assert (outgoing.destination.host, outgoing.destination.port) == ("192.0.2.9", 5060)
        message = parse_message(outgoing.data)
        assert message.uri == "sip:bob@far.example;x=y"
        assert message.headers.values("Route") == list(reversed(routes))


def test_tcp_contacts_ask_for_tcp_and_nothing_is_repeated() -> None:
    wire = Wire("tcp")
    leg, _ = wire.established()
    assert "transport=tcp" in wire.alice.sent[0].headers.get("Contact")
    assert wire.alice.sent[0].headers.get("Via").startswith("SIP/2.0/TCP")
    wire.cut = True
    wire.alice.agent.hangup(leg, wire.now)
    wire.advance(33)
    assert methods(wire.alice.sent) == ["INVITE", "ACK", "BYE"]
    assert wire.alice.agent.leg_count == 0


def test_no_offer_at_all_still_makes_a_call() -> None:
    wire = Wire()
    wire.call(b"")
    wire.bob.agent.accept(wire.bob.last(InviteReceived).leg, b"", wire.now)
    wire.run()
    assert wire.alice.last(Answered).sdp == b""
    assert wire.bob.kinds() == ["InviteReceived", "Confirmed"]
    assert OfferReceived not in map(type, wire.alice.events)
    assert ALICE.port == 5060
