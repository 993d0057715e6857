"""Within a call: re-INVITE both ways, glare, lost ACKs, BYE from both sides, INFO, OPTIONS, requests out of order."""

import pytest

from sip.events import Ended, InfoReceived, OfferAnswered, OfferReceived, OfferRefused
from sip.message import Request, Response, parse_message, serialise
from sip.sdp import audio_offer
from tests.unit.sip.wire import ANSWER, BOB, OFFER, Wire, methods

NEW_OFFER = audio_offer("192.0.2.1", 4002, 1, version=2).serialise()


def standing(transport: str = "udp") -> tuple[Wire, str, str]:
    wire = Wire(transport)
    ours, theirs = wire.established()
    wire.alice.sent.clear()
    wire.bob.sent.clear()
    wire.alice.events.clear()
    wire.bob.events.clear()
    return wire, ours, theirs


def test_an_offer_is_accepted() -> None:
    wire, ours, theirs = standing()
    wire.alice.agent.reinvite(ours, NEW_OFFER, wire.now)
    wire.run()
    assert wire.bob.events == [OfferReceived(theirs, NEW_OFFER)]
    wire.bob.agent.accept_offer(theirs, ANSWER, wire.now)
    wire.run()
    assert wire.alice.events == [OfferAnswered(ours, ANSWER)]
    assert methods(wire.alice.sent) == ["INVITE", "ACK"]
    assert methods(wire.bob.sent) == ["100 INVITE", "200 INVITE"]


def test_the_called_side_may_offer_too() -> None:
    wire, ours, theirs = standing()
    wire.bob.agent.reinvite(theirs, NEW_OFFER, wire.now)
    wire.run()
    wire.alice.agent.accept_offer(ours, ANSWER, wire.now)
    wire.run()
    assert wire.bob.events == [OfferAnswered(theirs, ANSWER)]


def test_an_offer_is_refused_and_the_call_stays() -> None:
    wire, ours, theirs = standing()
    wire.alice.agent.reinvite(ours, NEW_OFFER, wire.now)
    wire.run()
    wire.bob.agent.refuse_offer(theirs, 488, wire.now)
    wire.run()
    assert wire.alice.events == [OfferRefused(ours, 488)]
    wire.alice.agent.hangup(ours, wire.now)
    wire.run()
    assert wire.bob.events[-1] == Ended(theirs, "remote", "BYE")


def test_offers_wait_for_each_other_and_the_last_wish_counts() -> None:
    wire, ours, theirs = standing()
    for offer in (OFFER, ANSWER, NEW_OFFER):
        wire.alice.agent.reinvite(ours, offer, wire.now)
    wire.run()
    wire.bob.agent.accept_offer(theirs, ANSWER, wire.now)
    wire.run()
    assert wire.bob.events == [OfferReceived(theirs, OFFER), OfferReceived(theirs, NEW_OFFER)]


def test_an_offer_before_the_ack_waits_for_it() -> None:
    wire = Wire()
    wire.call()
    theirs = wire.bob.events[-1].leg
    wire.bob.agent.accept(theirs, ANSWER, wire.now)
    wire.bob.agent.reinvite(theirs, NEW_OFFER, wire.now)
    wire.run()
    assert wire.alice.kinds() == ["Answered", "OfferReceived"]


def test_both_offer_at_once_and_both_get_through() -> None:
    wire, ours, theirs = standing()
    wire.alice.agent.reinvite(ours, NEW_OFFER, wire.now)
    wire.bob.agent.reinvite(theirs, OFFER, wire.now)

    def answer() -> None:
        for side, leg in ((wire.alice, ours), (wire.bob, theirs)):
            if side.events and isinstance(side.events[-1], OfferReceived):
                side.agent.accept_offer(leg, ANSWER, wire.now)

    wire.run()
    assert methods(wire.alice.sent) == ["INVITE", "491 INVITE", "ACK"] or "491 INVITE" in methods(wire.alice.sent)
    assert "491 INVITE" in methods(wire.bob.sent)
    wire.advance(10, answer)
    assert OfferAnswered(ours, ANSWER) in wire.alice.events
    assert OfferAnswered(theirs, ANSWER) in wire.bob.events


def test_a_second_offer_while_the_first_waits_is_answered_500() -> None:
    wire, ours, _ = standing()
    wire.alice.agent.reinvite(ours, NEW_OFFER, wire.now)
    wire.run()
    again = parse_message(serialise(wire.alice.sent[0]))
    again.headers.set("CSeq", "9 INVITE")
    again.headers.set("Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKother;rport")
    wire.bob.agent.receive(serialise(again), wire.alice.address, wire.now)
    answers = [parse_message(outgoing.data) for outgoing in wire.bob.agent.outgoing()]
    assert methods(answers) == ["100 INVITE", "500 INVITE"]
    assert "Retry-After" in answers[1].headers


def test_an_offer_without_sdp_is_made_by_the_far_end() -> None:
    wire, ours, theirs = standing()
    wire.alice.agent.reinvite(ours, b"", wire.now)
    wire.run()
    assert wire.bob.events == [OfferReceived(theirs, b"")]
    wire.bob.agent.accept_offer(theirs, OFFER, wire.now)
    wire.run()
    assert wire.alice.events == [OfferReceived(ours, OFFER)]
    wire.advance(0.7)  # Bob repeats his 200: it is no second offer
    wire.alice.agent.accept_offer(ours, ANSWER, wire.now)
    wire.run()
    assert wire.alice.events == [OfferReceived(ours, OFFER)]
    assert wire.bob.events[-1] == OfferAnswered(theirs, ANSWER)
    wire.advance(40)
    assert wire.bob.kinds() == ["OfferReceived", "OfferAnswered"]


def test_a_lost_ack_to_a_reinvite_is_sent_again() -> None:
    wire, ours, theirs = standing()
    wire.alice.agent.reinvite(ours, NEW_OFFER, wire.now)
    wire.run()
    wire.bob.agent.accept_offer(theirs, ANSWER, wire.now)
    wire.lose = iter([False, True])
    wire.run()
    wire.advance(40)
    assert methods(wire.alice.sent) == ["INVITE", "ACK", "ACK"]
    assert wire.alice.events == [OfferAnswered(ours, ANSWER)]
    assert wire.bob.events == [OfferReceived(theirs, NEW_OFFER)]


def test_a_reinvite_that_is_never_acknowledged_ends_the_call() -> None:
    wire, ours, theirs = standing()
    wire.alice.agent.reinvite(ours, NEW_OFFER, wire.now)
    wire.run()
    wire.bob.agent.accept_offer(theirs, ANSWER, wire.now)
    wire.cut = True
    wire.advance(33)
    assert wire.bob.events[-1] == Ended(theirs, "timeout", "no ACK")


def test_a_reinvite_that_nobody_answers_ends_the_call() -> None:
    wire, ours, _ = standing()
    wire.cut = True
    wire.alice.agent.reinvite(ours, NEW_OFFER, wire.now)
    wire.advance(33)
    assert wire.alice.events == [Ended(ours, "error", "no answer")]
    wire.advance(33)
    assert wire.alice.agent.leg_count == 0


def test_bye_from_both_sides_at_once() -> None:
    wire, ours, theirs = standing()
    wire.alice.agent.hangup(ours, wire.now)
    wire.bob.agent.hangup(theirs, wire.now)
    wire.run()
    assert sorted(methods(wire.alice.sent)) == ["200 BYE", "BYE"]
    assert sorted(methods(wire.bob.sent)) == ["200 BYE", "BYE"]
    assert wire.alice.events == wire.bob.events == []
    assert wire.alice.agent.leg_count == wire.bob.agent.leg_count == 0


def test_a_bye_that_is_lost_is_sent_again_and_told_once() -> None:
    wire, ours, theirs = standing()
    wire.lose = iter([True, False, True])
    wire.alice.agent.hangup(ours, wire.now)
    wire.advance(10)
    assert methods(wire.alice.sent) == ["BYE", "BYE", "BYE"]
    assert wire.bob.events == [Ended(theirs, "remote", "BYE")]


def test_a_bye_during_an_open_offer_closes_both() -> None:
    wire, ours, theirs = standing()
    wire.alice.agent.reinvite(ours, NEW_OFFER, wire.now)
    wire.run()
    wire.alice.agent.hangup(ours, wire.now)
    wire.run()
    assert methods(wire.bob.sent) == ["100 INVITE", "200 BYE", "487 INVITE"]
    assert wire.bob.events[-1] == Ended(theirs, "remote", "BYE")
    assert wire.alice.events == []
    wire.bob.agent.accept_offer(theirs, ANSWER, wire.now)
    wire.run()
    assert "200 INVITE" not in methods(wire.bob.sent)


def test_the_reason_of_a_bye_is_told() -> None:
    wire, ours, theirs = standing()
    wire.alice.agent.hangup(ours, wire.now)
    [outgoing] = wire.alice.agent.outgoing()
    bye = parse_message(outgoing.data)
    bye.headers.add("Reason", "Q.850;cause=16")
    wire.bob.agent.receive(serialise(bye), wire.alice.address, wire.now)
    assert wire.bob.agent.next_event() == Ended(theirs, "remote", "Q.850;cause=16")


def test_info_is_told_and_answered() -> None:
    wire, ours, theirs = standing()
    wire.alice.agent.info(ours, "application/dtmf-relay", b"Signal=5\r\n", wire.now)
    wire.run()
    assert wire.bob.events == [InfoReceived(theirs, "application/dtmf-relay", b"Signal=5\r\n", digit="5")]
    assert methods(wire.bob.sent) == ["200 INFO"]


def within(wire: Wire, method: str, sequence: int, **headers: str) -> list[Request | Response]:
    """A request of Alice's within the call, written by hand; returns Bob's answers."""
    model = wire.alice.agent
    leg = next(iter(model._legs.values()))
    request = leg.dialog.request(method, via="SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKhand" + method, sequence=sequence)
    for name, value in headers.items():
        request.headers.set(name, value)
    wire.bob.agent.receive(serialise(request), wire.alice.address, wire.now)
    return [parse_message(outgoing.data) for outgoing in wire.bob.agent.outgoing()]


@pytest.mark.parametrize(("method", "status"), [("OPTIONS", 200), ("INFO", 200), ("REFER", 405), ("DANCE", 405)])
def test_other_methods_within_the_call(method: str, status: int) -> None:
    wire, _, _ = standing()
    [answer] = within(wire, method, 7)
    assert answer.status == status
    assert "INVITE" in answer.headers.get("Allow") or status == 200


def test_a_request_out_of_order_is_answered_500() -> None:
    wire, _, _ = standing()
    assert within(wire, "OPTIONS", 5)[0].status == 200
    assert within(wire, "INFO", 4)[0].status == 500
    assert wire.bob.agent.next_event() is None


def test_another_to_tag_is_answered_481_and_disturbs_nothing() -> None:
    wire, ours, theirs = standing()
    [answer] = within(wire, "BYE", 5, To="<sip:bob@192.0.2.2>;tag=nobody")
    assert answer.status == 481
    [answer] = within(wire, "INFO", 6, From="<sip:alice@192.0.2.1>;tag=stranger")
    assert answer.status == 481
    wire.alice.agent.hangup(ours, wire.now)
    wire.run()
    assert wire.bob.events == [Ended(theirs, "remote", "BYE")]


def test_the_far_end_forgot_the_call() -> None:
    wire, ours, theirs = standing()
    wire.cut = True
    wire.bob.agent.hangup(theirs, wire.now)
    wire.advance(33)
    wire.cut = False
    wire.alice.events.clear()
    wire.alice.agent.info(ours, "text/plain", b"x", wire.now)
    wire.run()
    assert wire.alice.events == [Ended(ours, "error", "481 Call/Transaction Does Not Exist")]


def test_a_reinvite_moves_the_remote_target() -> None:
    wire, ours, theirs = standing()
    wire.alice.agent.local = type(BOB)("192.0.2.1", 5099)
    wire.alice.agent.reinvite(ours, NEW_OFFER, wire.now)
    wire.run()
    wire.bob.agent.accept_offer(theirs, ANSWER, wire.now)
    wire.run()
    wire.bob.agent.hangup(theirs, wire.now)
    [outgoing] = wire.bob.agent.outgoing()
    assert outgoing.destination.port == 5099
    assert isinstance(parse_message(outgoing.data), Request)


def test_wishes_that_cross_the_end_of_the_call_do_nothing() -> None:
    wire, ours, _ = standing()
    wire.cut = True
    wire.alice.agent.reinvite(ours, NEW_OFFER, wire.now)
    wire.alice.agent.outgoing()
    wire.alice.agent.handle_timer(wire.now + 33)
    wire.alice.agent.outgoing()
    # The leg is being left and its Ended still waits in the queue, so the program cannot know.
    wire.alice.agent.reinvite(ours, NEW_OFFER, wire.now + 33)
    wire.alice.agent.info(ours, "text/plain", b"x", wire.now + 33)
    wire.alice.agent.accept_offer(ours, ANSWER, wire.now + 33)
    wire.alice.agent.hangup(ours, wire.now + 33)
    assert wire.alice.agent.outgoing() == []
    assert wire.alice.agent.next_event() == Ended(ours, "error", "no answer")
