"""Why a call ends (RFC 3326): told in BYE, CANCEL and refusals, and heard."""

import pytest

from sip.events import Ended, InviteReceived, Refused
from tests.unit.sip.wire import Wire

ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"'


def test_a_cancelled_caller_hears_that_somebody_else_answered() -> None:
    wire = Wire()
    leg = wire.call()
    wire.alice.agent.hangup(leg, wire.now, ELSEWHERE)
    wire.run()
    assert wire.bob.last(Ended).reason == ELSEWHERE


@pytest.mark.parametrize("by_caller", [True, False])
def test_a_bye_says_why(by_caller: bool) -> None:
    wire = Wire()
    ours, theirs = wire.established()
    side, other, leg = (wire.alice, wire.bob, ours) if by_caller else (wire.bob, wire.alice, theirs)
    side.agent.hangup(leg, wire.now, "Q.850;cause=16")
    wire.run()
    assert other.last(Ended).reason == "Q.850;cause=16"
    assert wire.alice.agent.leg_count == wire.bob.agent.leg_count == 0


def test_a_200_that_crosses_the_cancel_is_ended_for_the_same_reason() -> None:
    wire = Wire()
    leg = wire.call()
    wire.bob.agent.accept(wire.bob.last(InviteReceived).leg, b"", wire.now)
    wire.alice.agent.hangup(leg, wire.now, ELSEWHERE)
    wire.run()
    assert wire.bob.last(Ended).reason == ELSEWHERE


def test_a_ringing_call_that_is_left_says_why() -> None:
    wire = Wire()
    wire.call()
    wire.bob.agent.hangup(wire.bob.last_leg(), wire.now, "Q.850;cause=34")
    wire.run()
    refused = wire.alice.last(Refused)
    assert (refused.status, refused.response.headers.get("Reason")) == (480, "Q.850;cause=34")


def test_nothing_is_said_where_the_program_says_nothing_and_no_header_is_smuggled_in() -> None:
    wire = Wire()
    ours, _ = wire.established()
    with pytest.raises(ValueError, match="control character"):
        wire.alice.agent.hangup(ours, wire.now, "SIP\r\nEvil: yes")
    wire.alice.agent.hangup(ours, wire.now)
    wire.run()
    assert "Reason" not in wire.alice.sent[-1].headers
    assert wire.bob.last(Ended).reason == "BYE"
