"""UPDATE (RFC 3311): offers without the three-way handshake, in a call and before its answer."""

import pytest

from sip.errors import SipStateError
from sip.events import OfferAnswered, OfferReceived, OfferRefused
from sip.message import parse_message
from sip.sdp import audio_offer
from tests.unit.sip.wire import ALICE, ANSWER, OFFER, Wire, methods

NEW_OFFER = audio_offer("192.0.2.1", 4002, 1, version=2).serialise()


def standing() -> tuple[Wire, str, str]:
    wire = Wire()
    ours, theirs = wire.established()
    for side in wire.sides:
        side.sent.clear()
        side.events.clear()
    return wire, ours, theirs


def test_an_offer_by_update_is_accepted() -> None:
    wire, ours, theirs = standing()
    wire.alice.agent.update(ours, NEW_OFFER, wire.now)
    wire.run()
    assert wire.bob.events == [OfferReceived(theirs, NEW_OFFER)]
    wire.bob.agent.accept_offer(theirs, ANSWER, wire.now)
    wire.run()
    assert wire.alice.events == [OfferAnswered(ours, ANSWER)]
    assert methods(wire.alice.sent) == ["UPDATE"]
    assert methods(wire.bob.sent) == ["200 UPDATE"]
    wire.advance(60)
    assert methods(wire.bob.sent) == ["200 UPDATE"]  # no ACK is waited for


def test_an_offer_by_update_is_refused_and_the_call_stays() -> None:
    wire, ours, theirs = standing()
    wire.bob.agent.update(theirs, NEW_OFFER, wire.now)
    wire.run()
    wire.alice.agent.refuse_offer(ours, 488, wire.now)
    wire.run()
    assert wire.bob.events == [OfferRefused(theirs, 488)]
    assert wire.bob.agent.leg_count == 1


def test_updates_that_cross_are_both_made_in_the_end() -> None:
    wire, ours, theirs = standing()
    wire.alice.agent.update(ours, NEW_OFFER, wire.now)
    wire.bob.agent.update(theirs, OFFER, wire.now)
    wire.run()
    assert methods(wire.bob.sent) == ["UPDATE", "491 UPDATE"]

    def answer() -> None:
        for side, leg in ((wire.alice, ours), (wire.bob, theirs)):
            side.agent.accept_offer(leg, ANSWER, wire.now)

    wire.advance(10, answer)
    assert sorted(wire.alice.kinds()) == sorted(wire.bob.kinds()) == ["OfferAnswered", "OfferReceived"]


def test_an_offer_while_theirs_waits_is_put_off_by_500() -> None:
    wire, ours, theirs = standing()
    wire.alice.agent.update(ours, NEW_OFFER, wire.now)
    [first] = wire.alice.agent.outgoing()
    wire.bob.agent.receive(first.data, ALICE, wire.now)
    second = first.data.replace(b"CSeq: 2 ", b"CSeq: 3 ").replace(b"branch=", b"branch=z9hG4bKother;x=")
    wire.bob.agent.receive(second, ALICE, wire.now)
    [answer] = [parse_message(out.data) for out in wire.bob.agent.outgoing()]
    assert answer.status == 500
    assert answer.headers.get(
        "Retry-After",
    )
    wire.bob.agent.accept_offer(theirs, ANSWER, wire.now)
    [answer] = [parse_message(out.data) for out in wire.bob.agent.outgoing()]
    assert (answer.status, answer.cseq.number, answer.body) == (200, 2, ANSWER)


def test_a_body_less_update_follows_the_far_ends_contact() -> None:
    wire, ours, theirs = standing()
    wire.alice.agent.update(ours, NEW_OFFER, wire.now)
    [update] = wire.alice.agent.outgoing()
    head = update.data.partition(b"\r\n\r\n")[0].replace(b"Contact: <sip:alice@", b"Contact: <sip:elsewhere@")
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"Content-")]
    wire.bob.agent.receive(b"\r\n".join([*lines, b"", b""]), ALICE, wire.now)
    assert [parse_message(out.data).status for out in wire.bob.agent.outgoing()] == [200]
    wire.bob.agent.hangup(theirs, wire.now)
    [bye] = wire.bob.agent.outgoing()
    assert parse_message(bye.data).uri.startswith("sip:elsewhere@")


def test_an_early_update_with_an_offer_waits_for_the_first_answer() -> None:
    wire = Wire()
    ours = wire.call()
    theirs = wire.bob.events[-1].leg
    wire.bob.agent.ring(theirs, wire.now)
    wire.run()
    with pytest.raises(SipStateError):
        wire.alice.agent.update(ours, NEW_OFFER, wire.now)
    with pytest.raises(SipStateError):
        wire.bob.agent.update(theirs, NEW_OFFER, wire.now)


def test_an_update_outside_of_a_call_gets_481() -> None:
    wire, ours, _ = standing()
    wire.alice.agent.update(ours, NEW_OFFER, wire.now)
    [update] = wire.alice.agent.outgoing()
    stranger = Wire()
    stranger.bob.agent.receive(update.data, ALICE, stranger.now)
    assert [parse_message(out.data).status for out in stranger.bob.agent.outgoing()] == [481]


def test_where_the_far_end_allows_no_update_the_offer_is_a_re_invite() -> None:
    wire, ours, _ = standing()
    wire.alice.agent._legs[ours]._peer_allows = frozenset({"INVITE"})
    wire.alice.agent.update(ours, NEW_OFFER, wire.now)
    wire.run()
    assert methods(wire.alice.sent) == ["INVITE"]
