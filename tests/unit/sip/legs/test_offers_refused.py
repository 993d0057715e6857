"""Offers that are refused leave the session as it was; those that are accepted move the remote target; forks."""

import pytest

from sip.events import OfferReceived, OfferRefused, Progress
from sip.message import Request, Response, parse_message, serialise
from tests.unit.sip.wire import ALICE, ANSWER, BOB, OFFER, Wire, methods


def from_bob(wire: Wire, leg: str, method: str, contact: str, sdp: bytes = b"") -> None:
    """A request of Bob's within the call, with a Contact elsewhere."""
    dialog = wire.bob.agent._legs[leg].dialog
    request = dialog.request(method, via=f"SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKx{dialog.local_sequence}")
    request.headers.add("Contact", contact)
    if sdp:
        request.headers.add("Content-Type", "application/sdp")
        request.body = sdp
    wire.alice.agent.receive(serialise(request), BOB, wire.now)


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_only_an_offer_that_is_accepted_moves_the_remote_target(method: str) -> None:
    wire = Wire()
    ours, theirs = wire.established()
    before = wire.alice.agent._legs[ours].dialog.remote_target
    from_bob(wire, theirs, method, "<sip:moved@192.0.2.2:7777>", ANSWER)
    wire.alice.agent.refuse_offer(ours, 488, wire.now)
    assert wire.alice.agent._legs[ours].dialog.remote_target == before
    assert parse_message(wire.alice.agent.outgoing()[-1].data).status == 488
    from_bob(wire, theirs, method, "<sip:moved@192.0.2.2:7777>", ANSWER)
    wire.alice.agent.accept_offer(ours, OFFER, wire.now)
    assert wire.alice.agent._legs[ours].dialog.remote_target == "sip:moved@192.0.2.2:7777"
    wire.alice.agent.outgoing()


def test_a_refused_offer_of_ours_is_told_and_the_next_one_is_made() -> None:
    wire = Wire()
    ours, theirs = wire.established()
    wire.alice.agent.reinvite(ours, OFFER, wire.now)
    wire.run()
    wire.bob.agent.refuse_offer(theirs, 488, wire.now)
    wire.run()
    assert wire.alice.last(OfferRefused) == OfferRefused(ours, 488)
    wire.alice.agent.reinvite(ours, OFFER, wire.now)
    wire.run()
    assert wire.bob.kinds().count("OfferReceived") == 2
    wire.bob.agent.accept_offer(theirs, ANSWER, wire.now)
    wire.run()
    assert wire.alice.kinds()[-1] == "OfferAnswered"


def forked() -> tuple[Wire, str, list[Response]]:
    """Alice's call has rung in two branches; the responses of both."""
    wire = Wire()
    leg = wire.call()
    wire.bob.agent.ring(wire.bob.last_leg(), wire.now, ANSWER, 183)
    wire.run()
    first = next(sent for sent in wire.bob.sent if isinstance(sent, Response) and sent.status == 183)
    second = parse_message(serialise(first))
    second.headers.set("To", "<sip:bob@192.0.2.2>;tag=second")
    second.headers.set("Contact", "<sip:second@192.0.2.2>")
    wire.alice.agent.receive(serialise(second), BOB, wire.now)
    wire.step()
    return wire, leg, [first, second]


def update_of(response: Response, number: int, body: bytes = b"") -> bytes:
    headers = response.headers.copy()
    for name in ("Record-Route", "Allow", "Server", "Content-Type", "Content-Length"):
        headers.remove(name)
    headers.set("Via", f"SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKu{response.to.tag}{number}")
    headers.set("From", response.headers.get("To") or "")
    headers.set("To", response.headers.get("From") or "")
    headers.set("CSeq", f"{number} UPDATE")
    if body:
        headers.set("Content-Type", "application/sdp")
    return serialise(Request("UPDATE", "sip:alice@192.0.2.1", headers, body))


def test_each_branch_has_a_dialog_and_only_the_first_one_our_media() -> None:
    wire, _, [first, second] = forked()
    assert [event.sdp for event in wire.alice.events if isinstance(event, Progress)] == [ANSWER, ANSWER]
    statuses = []
    for data in (
        update_of(second, 5),
        update_of(second, 5),
        update_of(second, 6, OFFER),
        update_of(first, 7),
    ):
        wire.alice.agent.receive(data, BOB, wire.now)
        statuses += [parse_message(out.data).status for out in wire.alice.agent.outgoing()]
    assert statuses == [200, 200, 488, 200]  # the second was a repetition of the first
    assert not [event for event in wire.alice.events if isinstance(event, OfferReceived)]
    wire.alice.agent.receive(update_of(second, 4), BOB, wire.now)
    assert parse_message(wire.alice.agent.outgoing()[0].data).status == 500
    strange = parse_message(update_of(second, 8))
    strange.headers.set("From", "<sip:bob@192.0.2.2>;tag=third")
    wire.alice.agent.receive(serialise(strange), BOB, wire.now)
    assert parse_message(wire.alice.agent.outgoing()[0].data).status == 481


def test_the_branch_that_answers_first_wins_and_the_other_is_hung_up() -> None:
    wire, leg, [first, second] = forked()
    for response in (second, first):
        answer = Response(200, "OK", response.headers.copy(), response.body)
        wire.alice.agent.receive(serialise(answer), BOB, wire.now)
    out = [parse_message(outgoing.data) for outgoing in wire.alice.agent.outgoing()]
    assert [(message.method, message.to.tag) for message in out] == [
        ("ACK", "second"),
        ("ACK", first.to.tag),
        ("BYE", first.to.tag),
    ]
    wire._collect()
    assert wire.alice.kinds() == ["Progress", "Progress", "Answered"]
    wire.alice.agent.hangup(leg, wire.now)
    bye = parse_message(wire.alice.agent.outgoing()[0].data)
    assert (bye.method, bye.uri, bye.to.tag) == ("BYE", "sip:second@192.0.2.2", "second")


def test_an_early_call_that_is_replaced_is_cancelled_in_every_branch() -> None:
    wire, leg, [_, second] = forked()
    calling = wire.alice.agent._legs[leg]
    replaces = f"{calling.call_id};to-tag={calling.local_tag};from-tag={second.to.tag};early-only"
    invite = (
        "INVITE sip:alice@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKr\r\nFrom: <sip:c@d>;tag=9\r\n"
        "To: <sip:alice@192.0.2.1>\r\nCall-ID: other\r\nCSeq: 1 INVITE\r\nContact: <sip:c@192.0.2.2>\r\n"
        f"Replaces: {replaces}\r\n\r\n"
    )
    wire.alice.agent.receive(invite.encode(), BOB, wire.now)
    wire._collect()
    event = wire.alice.events[-1]
    assert event.replaces == leg
    wire.alice.agent.accept(event.leg, ANSWER, wire.now)
    sent = [parse_message(out.data) for out in wire.alice.agent.outgoing()]
    assert methods(sent) == ["100 INVITE", "200 INVITE", "CANCEL"]


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("OPTIONS", "Replaces: 1;to-tag=2;from-tag=3\r\n"),
        ("INVITE", "Replaces: 1;to-tag=2;from-tag=3\r\nReplaces: 1;to-tag=2;from-tag=3\r\n"),
        ("INVITE", "Replaces: 1;to-tag=2;from-tag=3\r\nJoin: 1;to-tag=2;from-tag=3\r\n"),
    ],
)
def test_replaces_where_it_does_not_belong_is_answered_400(method: str, headers: str) -> None:
    wire = Wire()
    text = (
        f"{method} sip:bob@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKr\r\nFrom: <sip:c@d>;tag=9\r\n"
        f"To: <sip:b@192.0.2.2>\r\nCall-ID: other\r\nCSeq: 1 {method}\r\nContact: <sip:c@192.0.2.1>\r\n{headers}\r\n"
    )
    wire.bob.agent.receive(text.encode(), ALICE, wire.now)
    assert parse_message(wire.bob.agent.outgoing()[-1].data).status == 400
    assert wire.bob.agent.leg_count == 0
