"""Bodies that are no SDP: an INVITE that opens something else than media, and INFO that the program answers."""

import pytest

from sip.errors import SipStateError
from sip.events import Answered, Confirmed, Ended, InfoAnswered, InfoReceived, InviteReceived, OfferReceived, RequestKey
from sip.message import Response, serialise
from sip.ua import UserAgent
from tests.unit.sip.wire import ALICE, BOB, OFFER, Wire, methods, numbered_tokens

TYPE = "application/csta+xml"
DISPOSITION = ("Content-Disposition", "signal;handling=required")


def wire() -> Wire:
    """Both sides take the type."""
    made = Wire()
    for side, end, letter in ((made.alice, ALICE, "a"), (made.bob, BOB, "b")):
        side.agent = UserAgent(end, numbered_tokens(letter), accepts=(TYPE,))
    return made


def standing() -> tuple[Wire, str, str]:
    made = wire()
    ours = made.call(b"<Open/>", content_type=TYPE, headers=[DISPOSITION])
    theirs = made.bob.events[-1].leg
    made.bob.agent.accept(theirs, b"<Opened/>", made.now, TYPE, [DISPOSITION])
    made.run()
    return made, ours, theirs


def key_of(made: Wire) -> RequestKey:
    event = made.bob.last(InfoReceived)
    assert isinstance(event, InfoReceived)
    assert event.key is not None
    return event.key


def test_an_invite_and_its_answer_carry_the_bodies() -> None:
    made, _, _ = standing()
    [invited] = [event for event in made.bob.events if isinstance(event, InviteReceived)]
    assert (invited.sdp, invited.request.body, invited.request.content_type) == (b"", b"<Open/>", TYPE)
    assert invited.request.headers.get("Content-Disposition") == DISPOSITION[1]
    [answered] = [event for event in made.alice.events if isinstance(event, Answered)]
    assert (answered.sdp, answered.response.body, answered.response.content_type) == (b"", b"<Opened/>", TYPE)
    assert answered.response.headers.get("Content-Disposition") == DISPOSITION[1]
    assert made.bob.events[-1] == Confirmed(invited.leg, b"")


def test_who_does_not_take_the_type_refuses_it_and_tells_what_he_takes() -> None:
    made = Wire()
    made.call(b"<Open/>", content_type=TYPE)
    response = made.bob.sent[-1]
    assert isinstance(response, Response)
    assert (response.status, response.headers.get("Accept")) == (415, "application/sdp")
    other = wire()
    other.call(b"<Open/>", content_type="text/html")
    response = other.bob.sent[-1]
    assert isinstance(response, Response)
    assert (response.status, response.headers.get("Accept")) == (415, f"application/sdp, {TYPE}")


def test_the_program_answers_an_info_with_a_body() -> None:
    made, ours, theirs = standing()
    key = made.alice.agent.ask_by_info(ours, TYPE, b"<Ask/>", made.now, [DISPOSITION])
    assert key is not None
    made.run()
    assert made.bob.events[-1] == InfoReceived(theirs, TYPE, b"<Ask/>", key_of(made))
    assert not any(isinstance(event, InfoAnswered) for event in made.alice.events)
    made.bob.agent.respond(key_of(made), 200, "OK", [("Content-Type", TYPE), DISPOSITION], b"<Told/>", made.now)
    made.run()
    assert made.alice.events[-1] == InfoAnswered(ours, key, 200, TYPE, b"<Told/>")
    assert methods(made.bob.sent)[-1] == "200 INFO"


def test_other_types_of_info_are_answered_at_once() -> None:
    made, ours, theirs = standing()
    made.alice.agent.info(ours, "text/plain", b"x", made.now)
    made.run()
    assert made.bob.events[-1] == InfoReceived(theirs, "text/plain", b"x")
    assert not any(isinstance(event, InfoAnswered) for event in made.alice.events)


def test_an_info_that_nobody_answers_is_told_before_the_end() -> None:
    made, ours, _ = standing()
    key = made.alice.agent.ask_by_info(ours, TYPE, b"<Ask/>", made.now)
    made.cut = True
    made.advance(40)
    assert key is not None
    assert made.alice.events[-2:] == [InfoAnswered(ours, key, 408, "", b""), Ended(ours, "error", "no answer")]


def test_a_leg_that_is_gone_is_asked_nothing() -> None:
    made, ours, _ = standing()
    made.alice.agent.hangup(ours, made.now)
    made.run()
    assert made.alice.agent.ask_by_info(ours, TYPE, b"<Ask/>", made.now) is None


def test_before_the_answer_there_is_no_info() -> None:
    made = wire()
    ours = made.call(b"<Open/>", content_type=TYPE)
    with pytest.raises(SipStateError):
        made.alice.agent.ask_by_info(ours, TYPE, b"<Ask/>", made.now)


def test_an_answer_after_the_leg_is_gone_is_sent_and_disturbs_nothing() -> None:
    made, ours, _ = standing()
    made.alice.agent.ask_by_info(ours, TYPE, b"<Ask/>", made.now)
    made.run()
    key = key_of(made)
    made.alice.agent.hangup(ours, made.now)
    made.run()
    told = len(made.alice.events)
    made.bob.agent.respond(key, 200, "OK", (), b"", made.now)
    made.bob.agent.respond(key, 200, "OK", (), b"", made.now)
    made.run()
    assert methods(made.bob.sent)[-2:] == ["200 BYE", "200 INFO"]
    assert len(made.alice.events) == told


def test_a_re_invite_tells_its_request_and_is_answered_with_a_body() -> None:
    made, ours, theirs = standing()
    again = made.alice.agent._legs[ours].dialog.request("INVITE", via="SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKhand")
    again.headers.add("Contact", "<sip:alice@192.0.2.1>")
    again.headers.add("Content-Type", TYPE)
    again.body = b"<Open/>"
    made.bob.agent.receive(serialise(again), made.alice.address, made.now)
    offered = made.bob.agent.next_event()
    assert offered == OfferReceived(theirs, b"")
    assert isinstance(offered, OfferReceived)
    assert offered.request is not None
    assert offered.request.body == b"<Open/>"
    made.bob.agent.accept_offer(theirs, b"<Opened/>", made.now, TYPE, [DISPOSITION])
    answer = made.bob.agent.outgoing()[-1]
    assert b"<Opened/>" in answer.data
    assert b"signal;handling=required" in answer.data


def test_media_calls_stay_as_they_were() -> None:
    made = wire()
    made.call(OFFER)
    invited = made.bob.events[-1]
    assert isinstance(invited, InviteReceived)
    assert invited.sdp == OFFER
