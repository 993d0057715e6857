"""Calls that come in: ringing, the wait for the ACK, CANCEL, late offers."""

import pytest

from sip.errors import SipStateError
from sip.events import Answered, Confirmed, Ended, InviteReceived, Refused
from sip.message import serialise
from tests.unit.sip.wire import ANSWER, OFFER, Wire, methods


def test_100_goes_out_before_the_program_says_anything() -> None:
    wire = Wire()
    wire.call()
    assert methods(wire.bob.sent) == ["100 INVITE"]
    assert "tag=" not in wire.bob.sent[0].headers.get("To")


def test_a_repeated_invite_repeats_the_last_provisional_response_and_makes_no_second_leg() -> None:
    wire = Wire()
    wire.call()
    wire.bob.agent.ring(wire.bob.last(InviteReceived).leg, wire.now)
    wire.lose = iter([True])
    wire.run()
    wire.repeat = iter([True])
    first = wire.alice.sent[0]
    wire.bob.agent.receive(serialise(first), wire.alice.address, wire.now)
    wire.run()
    assert methods(wire.bob.sent) == ["100 INVITE", "180 INVITE", "180 INVITE"]
    assert wire.bob.kinds() == ["InviteReceived"]


def test_ringing_is_repeated_every_minute() -> None:
    wire = Wire()
    wire.call()
    wire.bob.agent.ring(wire.bob.last(InviteReceived).leg, wire.now)
    wire.advance(185)
    assert methods(wire.bob.sent) == ["100 INVITE"] + ["180 INVITE"] * 4


def test_the_200_is_repeated_until_the_ack_comes() -> None:
    wire = Wire()
    wire.call()
    leg = wire.bob.last(InviteReceived).leg
    wire.bob.agent.accept(leg, ANSWER, wire.now)
    wire.lose = iter([False, True, False, True])  # 200, ACK, 200, ACK ...
    wire.run()
    wire.advance(10)
    # At 0, 0.5 and 1.5 s: the third ACK arrives.
    assert methods(wire.bob.sent) == ["100 INVITE", "200 INVITE", "200 INVITE", "200 INVITE"]
    assert wire.bob.kinds() == ["InviteReceived", "Confirmed"]
    assert wire.alice.kinds() == ["Answered"]
    assert methods(wire.alice.sent) == ["INVITE", "ACK", "ACK", "ACK"]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_without_ack_the_call_ends_by_bye_after_32_seconds(transport: str) -> None:
    wire = Wire(transport)
    wire.call()
    leg = wire.bob.last(InviteReceived).leg
    wire.bob.agent.accept(leg, ANSWER, wire.now)
    wire.cut = True
    wire.advance(31.9)
    # 13.3.1.4, on any transport: at 0, 0.5, 1.5, 3.5, then every 4 s.
    assert methods(wire.bob.sent).count("200 INVITE") == 11
    assert wire.bob.kinds() == ["InviteReceived"]
    wire.advance(0.2)
    assert wire.bob.last(Ended) == Ended(leg, "timeout", "no ACK")
    assert methods(wire.bob.sent)[-1] == "BYE"
    wire.advance(40)
    assert wire.bob.agent.leg_count == 0
    assert wire.bob.agent.get_timer() is None


def test_hanging_up_before_the_ack_waits_for_it() -> None:
    wire = Wire()
    wire.call()
    leg = wire.bob.last(InviteReceived).leg
    wire.bob.agent.accept(leg, ANSWER, wire.now)
    wire.bob.agent.hangup(leg, wire.now)
    wire.step()
    assert "BYE" not in methods(wire.bob.sent)
    wire.run()
    assert methods(wire.bob.sent)[-1] == "BYE"
    assert wire.alice.kinds() == ["Answered", "Ended"]
    assert wire.bob.kinds() == ["InviteReceived"]


def test_hanging_up_while_ringing_answers_480() -> None:
    wire = Wire()
    leg = wire.call()
    wire.bob.agent.hangup(wire.bob.last(InviteReceived).leg, wire.now)
    wire.run()
    assert wire.alice.last(Refused) == Refused(leg, 480, "Temporarily Unavailable")
    assert wire.bob.kinds() == ["InviteReceived"]


def test_the_refusal_is_repeated_until_acknowledged() -> None:
    wire = Wire()
    wire.call()
    wire.bob.agent.refuse(wire.bob.last(InviteReceived).leg, 486, "", wire.now)
    wire.cut = True
    wire.advance(33)
    # Timer G: 0, 0.5, 1.5, 3.5, then every 4 s until timer H at 32 s.
    assert methods(wire.bob.sent).count("486 INVITE") == 11
    assert wire.bob.agent.get_timer() is None


def test_a_cancel_after_the_answer_changes_nothing() -> None:
    wire = Wire()
    leg = wire.call()
    theirs = wire.bob.last(InviteReceived).leg
    wire.bob.agent.accept(theirs, ANSWER, wire.now)
    wire.alice.agent.hangup(leg, wire.now)  # sends CANCEL: the 200 is still on its way
    wire.step()
    assert "200 CANCEL" in methods(wire.bob.sent) or not wire.bob.sent[2:]
    wire.run()
    assert Ended(theirs, "remote", "BYE") in wire.bob.events
    assert Ended(theirs, "remote", "CANCEL") not in wire.bob.events


def test_the_program_accepts_a_call_that_was_cancelled_a_moment_ago() -> None:
    wire = Wire()
    leg = wire.call()
    theirs = wire.bob.last(InviteReceived).leg
    wire.alice.agent.hangup(leg, wire.now)
    wire.run()
    wire.bob.agent.accept(theirs, ANSWER, wire.now)
    wire.run()
    assert "200 INVITE" not in methods(wire.bob.sent)


def test_late_offer_is_answered_by_the_ack() -> None:
    wire = Wire()
    leg = wire.call(b"")
    wire.bob.agent.accept(wire.bob.last(InviteReceived).leg, OFFER, wire.now)
    wire.run()
    wire.alice.agent.accept_offer(leg, ANSWER, wire.now)
    wire.run()
    assert wire.bob.last(Confirmed).sdp == ANSWER
    assert wire.alice.last(Answered).sdp == OFFER


def test_answering_twice_is_a_fault_of_the_program() -> None:
    wire = Wire()
    wire.call()
    leg = wire.bob.last(InviteReceived).leg
    wire.bob.agent.accept(leg, ANSWER, wire.now)
    for wish in (
        lambda: wire.bob.agent.accept(leg, ANSWER, wire.now),
        lambda: wire.bob.agent.ring(leg, wire.now),
        lambda: wire.bob.agent.refuse(leg, 486, "", wire.now),
    ):
        with pytest.raises(SipStateError):
            wish()


def test_a_status_that_is_no_refusal_is_a_fault_of_the_program() -> None:
    wire = Wire()
    wire.call()
    with pytest.raises(ValueError, match="200"):
        wire.bob.agent.refuse(wire.bob.last(InviteReceived).leg, 200, "", wire.now)


def test_an_invitation_with_an_end_is_over_by_then() -> None:
    wire = Wire()
    wire.call(headers=[("Expires", "20")])
    leg = wire.bob.last(InviteReceived).leg
    wire.bob.agent.ring(leg, wire.now)
    wire.advance(19)
    assert wire.bob.agent.leg_count == 1
    wire.advance(2)
    assert wire.bob.last(Ended) == Ended(leg, "timeout", "expired")
    assert wire.alice.last(Refused).status == 487


@pytest.mark.parametrize("expires", ["20", "soon", "0"])
def test_an_answer_in_time_is_no_matter_of_the_invitations_end(expires: str) -> None:
    wire = Wire()
    wire.call(headers=[("Expires", expires)])
    wire.bob.agent.accept(wire.bob.last(InviteReceived).leg, ANSWER, wire.now)
    wire.run()
    wire.advance(60)
    assert wire.bob.agent.leg_count == 1
    assert "Ended" not in wire.bob.kinds()
