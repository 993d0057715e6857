"""Reliable provisional responses (RFC 3262), both roles: order, loss, early answers, offers in PRACK, early UPDATE."""

from itertools import chain, cycle, repeat

import pytest

from sip.errors import SipStateError
from sip.events import Answered, Confirmed, Ended, OfferAnswered, OfferReceived, Progress, Refused
from sip.headers import Headers
from sip.legs.provisional import acknowledged_by, number_of
from sip.message import Request, Response, parse_message, serialise
from sip.sdp import audio_offer
from tests.unit.sip.wire import ALICE, ANSWER, BOB, OFFER, Wire, methods

REQUIRED = [("Require", "100rel")]
EARLY = audio_offer("192.0.2.2", 6010, 2).serialise()


def ringing(sdp: bytes | None = EARLY, offer: bytes = OFFER, headers: object = ()) -> tuple[Wire, str, str]:
    wire = Wire()
    ours = wire.call(offer, headers=headers)
    theirs = wire.bob.last_leg()
    wire.bob.agent.ring(theirs, wire.now, sdp, 183 if sdp else 180)
    wire.run()
    return wire, ours, theirs


def test_early_media_is_acknowledged_and_is_the_answer() -> None:
    wire, ours, theirs = ringing()
    assert methods(wire.alice.sent) == ["INVITE", "PRACK"]
    assert methods(wire.bob.sent) == ["100 INVITE", "183 INVITE", "200 PRACK"]
    early, prack = wire.bob.sent[1], wire.alice.sent[1]
    assert early.headers.get("Require") == "100rel"
    assert prack.headers.get("RAck") == f"{early.headers.get('RSeq')} 1 INVITE"
    wire.bob.agent.accept(theirs, ANSWER, wire.now)
    wire.run()
    ok = wire.bob.sent[-1]
    assert (ok.status, ok.body) == (200, b"")  # the description has gone out reliably; there is no second answer
    assert wire.alice.last(Answered).sdp == EARLY
    assert wire.bob.events[-1] == Confirmed(theirs, b"")
    wire.alice.agent.hangup(ours, wire.now)
    wire.run()
    assert wire.alice.sent[-1].cseq.number == 3  # after INVITE 1 and PRACK 2
    assert wire.alice.agent.leg_count == wire.bob.agent.leg_count == 0


def test_plain_ringing_stays_as_it_was_where_nobody_insists() -> None:
    wire, _, _ = ringing(None)
    assert methods(wire.alice.sent) == ["INVITE"]
    assert "RSeq" not in wire.bob.sent[1].headers


def test_plain_ringing_is_reliable_where_the_caller_insists() -> None:
    wire, _, theirs = ringing(None, headers=REQUIRED)
    assert methods(wire.alice.sent) == ["INVITE", "PRACK"]
    wire.bob.agent.accept(theirs, ANSWER, wire.now)
    wire.run()
    assert wire.alice.last(Answered).sdp == ANSWER


def test_responses_go_out_one_after_the_other_with_rising_numbers() -> None:
    wire = Wire()
    wire.call(headers=REQUIRED)
    theirs = wire.bob.last_leg()
    for status in (180, 182, 183):
        wire.bob.agent.ring(theirs, wire.now, None, status)
    assert methods(parse_message(out.data) for out in wire.bob.agent.outgoing())[-1:] == ["180 INVITE"]
    wire.advance(0.6)  # what was taken off the wire above is sent once more
    told = [event.status for event in wire.alice.events if isinstance(event, Progress)]
    assert told == [180, 182, 183]
    numbers = [number_of(sent) for sent in wire.bob.sent if isinstance(sent, Response) and number_of(sent)]
    assert [number - numbers[0] for number in numbers] == [0, 1, 2]


@pytest.mark.parametrize("pattern", [[True, False, False], [False, True, False], [False, False, True]])
def test_loss_changes_nothing_but_the_time(pattern: list[bool]) -> None:
    wire = Wire()
    wire.lose = chain([False, False], cycle(pattern))
    wire.call()
    theirs = wire.bob.last_leg()
    wire.bob.agent.ring(theirs, wire.now, EARLY, 183)
    wire.run()
    wire.bob.agent.accept(theirs, ANSWER, wire.now)
    wire.run()
    wire.advance(31)
    assert wire.alice.kinds() == ["Progress", "Answered"]
    assert wire.bob.events[-1] == Confirmed(theirs, b"")


def test_duplicates_are_told_once() -> None:
    wire = Wire()
    wire.repeat = repeat(True)
    wire.call()
    wire.bob.agent.ring(wire.bob.last_leg(), wire.now, EARLY, 183)
    wire.run()
    assert wire.alice.kinds() == ["Progress"]


def test_the_answer_waits_for_the_prack_and_can_still_be_taken_back() -> None:
    wire = Wire()
    wire.call()
    theirs = wire.bob.last_leg()
    wire.bob.agent.ring(theirs, wire.now, EARLY, 183)
    wire.bob.agent.accept(theirs, ANSWER, wire.now)
    assert [parse_message(out.data).status for out in wire.bob.agent.outgoing()] == [183]
    with pytest.raises(SipStateError):
        wire.bob.agent.ring(theirs, wire.now)
    wire.bob.agent.hangup(theirs, wire.now)
    wire.run()
    assert wire.alice.kinds() == ["Refused"]


def test_no_prack_ends_the_call_with_504() -> None:
    wire = Wire()
    wire.call()
    theirs = wire.bob.last_leg()
    wire.cut = True
    wire.bob.agent.ring(theirs, wire.now, EARLY, 183)
    wire.run()
    wire.advance(31)
    assert wire.bob.agent.leg_count == 1
    wire.advance(2)
    assert wire.bob.events[-1] == Ended(theirs, "timeout", "no PRACK")
    assert 504 in [sent.status for sent in wire.bob.sent if isinstance(sent, Response)]
    assert methods(wire.bob.sent).count("183 INVITE") == 7  # at 0, 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s


def test_no_answer_to_our_prack_gives_the_call_up() -> None:
    wire = Wire()
    ours = wire.call()
    wire.bob.agent.ring(wire.bob.last_leg(), wire.now, EARLY, 183)
    [early] = wire.bob.agent.outgoing()
    wire.alice.agent.receive(early.data, BOB, wire.now)
    wire.cut = True
    wire.advance(33)
    assert wire.alice.last(Refused) == Refused(ours, 408, "no answer")
    assert "CANCEL" in methods(wire.alice.sent)


def test_an_offer_in_the_1xx_is_answered_in_the_prack() -> None:
    wire, ours, theirs = ringing(offer=b"")
    assert wire.alice.kinds() == ["Progress", "OfferReceived"]
    assert methods(wire.alice.sent) == ["INVITE"]
    wire.alice.agent.accept_offer(ours, ANSWER, wire.now)
    wire.run()
    assert wire.alice.sent[1].body == ANSWER
    assert wire.bob.events[-1] == OfferAnswered(theirs, ANSWER)
    wire.bob.agent.accept(theirs, EARLY, wire.now)
    wire.run()
    assert wire.alice.kinds()[-1] == "Answered"
    assert wire.bob.events[-1] == Confirmed(theirs, b"")


def test_without_an_offer_on_either_side_required_ringing_is_left_out() -> None:
    wire, _, theirs = ringing(None, offer=b"", headers=REQUIRED)
    assert methods(wire.bob.sent) == ["100 INVITE"]
    wire.bob.agent.accept(theirs, EARLY, wire.now)
    wire.run()
    assert wire.alice.last(Answered).sdp == EARLY


def test_once_the_early_answer_is_acknowledged_update_changes_the_media_before_the_answer() -> None:
    wire, ours, theirs = ringing()
    wire.bob.agent.update(theirs, ANSWER, wire.now)
    wire.run()
    assert wire.alice.events[-1] == OfferReceived(ours, ANSWER)
    wire.alice.agent.accept_offer(ours, OFFER, wire.now)
    wire.run()
    assert wire.bob.events[-1] == OfferAnswered(theirs, OFFER)
    wire.alice.agent.update(ours, OFFER, wire.now)
    wire.run()
    wire.bob.agent.accept_offer(theirs, ANSWER, wire.now)
    wire.run()
    assert wire.alice.events[-1] == OfferAnswered(ours, ANSWER)
    wire.bob.agent.accept(theirs, ANSWER, wire.now)
    wire.run()
    wire.bob.agent.hangup(theirs, wire.now)
    wire.run()
    assert wire.alice.events[-1] == Ended(ours, "remote", "BYE")


def test_a_prack_that_fits_nothing_gets_481() -> None:
    wire = Wire()
    wire.call()
    theirs = wire.bob.last_leg()
    wire.bob.agent.ring(theirs, wire.now, EARLY, 183)
    [early] = wire.bob.agent.outgoing()
    wire.alice.agent.receive(early.data, BOB, wire.now)
    [prack] = wire.alice.agent.outgoing()
    for wrong in (b"1 1 INVITE", b"x", b"99999999999 1 INVITE"):
        request = parse_message(prack.data)
        request.headers.set("RAck", wrong.decode())
        request.headers.set("CSeq", f"{request.cseq.number + len(wrong)} PRACK")
        request.headers.set("Via", f"SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKw{len(wrong)}")
        wire.bob.agent.receive(serialise(request), ALICE, wire.now)
        assert parse_message(wire.bob.agent.outgoing()[-1].data).status in (481, 500)
    assert wire.bob.agent.leg_count == 1


def test_responses_before_their_turn_wait_for_the_missing_one() -> None:
    wire = Wire()
    wire.call()
    wire.bob.agent.ring(wire.bob.last_leg(), wire.now, EARLY, 183)
    [early] = wire.bob.agent.outgoing()
    wire.alice.agent.receive(early.data, BOB, wire.now)
    wire.alice.agent.outgoing()
    later = parse_message(early.data)
    later.headers.set("RSeq", str(number_of(later) + 2))
    wire.alice.agent.receive(serialise(later), BOB, wire.now)
    assert wire.alice.agent.outgoing() == []
    wire.run()
    assert wire.alice.kinds() == ["Progress"]


@pytest.mark.parametrize("text", ["", "1 2", "1 2 INVITE 3", "x 2 INVITE", "-1 2 INVITE", f"{2**40} 2 INVITE"])
def test_a_broken_rack_is_none(text: str) -> None:
    assert acknowledged_by(Request("PRACK", "sip:a@b", Headers([("RAck", text)]))) is None
