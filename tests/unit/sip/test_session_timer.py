"""Session timers (RFC 4028): who refreshes, how often, 422, and a far end that has vanished."""

import pytest

from sip.events import Ended, OfferAnswered, Refused
from sip.headers import Headers
from sip.legs.session_timer import SessionExpires, SessionPolicy, SessionTimer, least_interval_of
from sip.message import Request, Response, parse_message, serialise
from sip.sdp import audio_offer
from sip.timers import Timers
from tests.unit.sip.wire import ALICE, ANSWER, BOB, Wire, methods

POLICY = SessionPolicy(1800, 90)


def standing(*sessions: SessionPolicy | None) -> tuple[Wire, str, str]:
    wire = Wire(sessions=(sessions[0], sessions[1]))
    ours, theirs = wire.established()
    return wire, ours, theirs


def quiet(wire: Wire) -> None:
    for side in wire.sides:
        side.sent.clear()
        side.events.clear()


def answer_to_invite(wire: Wire) -> Response:
    return next(
        sent
        for sent in wire.bob.sent
        if isinstance(sent, Response) and sent.status == 200 and sent.cseq.method == "INVITE"
    )


def test_both_know_timers_and_the_caller_refreshes_by_update() -> None:
    wire, _, _ = standing(POLICY, POLICY)
    invite, answer = wire.alice.sent[0], answer_to_invite(wire)
    assert invite.headers.get("Session-Expires") == "1800"
    assert invite.headers.values("Supported") == ["100rel", "replaces", "timer"]
    assert answer.headers.get("Session-Expires") == "1800;refresher=uac"
    assert answer.headers.get("Require") == "timer"
    quiet(wire)
    wire.advance(899)
    assert wire.alice.sent == []
    wire.advance(2)
    assert methods(wire.alice.sent) == ["UPDATE"]
    assert wire.alice.sent[0].headers.get("Session-Expires") == "1800;refresher=uac"
    assert methods(wire.bob.sent) == ["200 UPDATE"]
    wire.advance(3 * 86_400)
    assert wire.alice.agent.leg_count == wire.bob.agent.leg_count == 1
    assert wire.alice.events == wire.bob.events == []


def test_a_caller_without_timers_is_refreshed_by_us_and_need_not_require_them() -> None:
    wire, _, _ = standing(None, POLICY)
    answer = answer_to_invite(wire)
    assert answer.headers.get("Session-Expires") == "1800;refresher=uas"
    assert "Require" not in answer.headers
    quiet(wire)
    wire.advance(901)
    assert methods(wire.bob.sent) == ["UPDATE"]
    assert wire.alice.events == []


def test_where_update_is_unknown_the_refresh_is_a_re_invite_with_the_agreed_sdp() -> None:
    wire = Wire(sessions=(None, POLICY))
    leg = wire.alice.agent.invite(target=wire.bob_uri(), sdp=ANSWER, from_user="alice", now=wire.now)
    [invite] = wire.alice.agent.outgoing()
    request = parse_message(invite.data)
    request.headers.set("Allow", "INVITE, ACK, BYE, CANCEL")
    wire.bob.agent.receive(serialise(request), ALICE, wire.now)
    wire.run()
    wire.bob.agent.accept(wire.bob.last_leg(), ANSWER, wire.now)
    wire.run()
    quiet(wire)
    wire.advance(900)
    assert methods(wire.bob.sent) == ["INVITE"]
    refresh = wire.bob.sent[0]
    assert refresh.body == ANSWER
    assert refresh.headers.get("Session-Expires") == "1800;refresher=uac"
    wire.alice.agent.accept_offer(leg, ANSWER, wire.now)
    wire.run()
    assert wire.bob.events == []  # nothing changed, so nothing is told
    wire.bob.agent._legs[wire.bob.legs[0]]._peer_allows = frozenset({"INVITE"})
    wire.advance(900)
    changed = audio_offer("192.0.2.1", 4100, 9).serialise()
    wire.alice.agent.accept_offer(leg, changed, wire.now)
    wire.run()
    assert wire.bob.events == [OfferAnswered(wire.bob.legs[0], changed)]


def test_the_caller_vanishes_and_the_call_ends_before_the_interval_does() -> None:
    wire, _, theirs = standing(POLICY, POLICY)
    quiet(wire)
    wire.cut = True
    wire.advance(1800 - 33)
    assert wire.bob.events == []
    wire.advance(2)
    assert wire.bob.events == [Ended(theirs, "timeout", "session expired")]
    wire.advance(40)
    assert wire.bob.agent.leg_count == 0
    assert methods(wire.bob.sent)[0] == "BYE"


def test_a_vanished_caller_without_timers_is_noticed_by_our_refresh() -> None:
    wire, _, theirs = standing(None, POLICY)
    quiet(wire)
    wire.cut = True
    wire.advance(899)
    assert wire.bob.events == []
    wire.advance(34)
    assert wire.bob.events == [Ended(theirs, "error", "no answer")]


def test_a_called_side_that_has_lost_the_call_ends_it() -> None:
    wire, ours, theirs = standing(POLICY, None)
    wire.cut = True
    wire.bob.agent.hangup(theirs, wire.now)
    wire.run()
    wire.advance(60)
    wire.cut = False
    wire.advance(900)
    assert wire.alice.events[-1] == Ended(ours, "error", "481 Call/Transaction Does Not Exist")


def test_too_brief_an_interval_is_raised_after_422() -> None:
    wire = Wire(sessions=(SessionPolicy(120), SessionPolicy(3600, 600)))
    wire.established()
    assert methods(wire.bob.sent)[:2] == ["100 INVITE", "422 INVITE"]
    assert wire.bob.sent[1].headers.get("Min-SE") == "600"
    again = [sent for sent in wire.alice.sent if isinstance(sent, Request) and sent.method == "INVITE"][1]
    assert again.headers.get("Session-Expires") == "600"
    assert again.headers.get("Min-SE") == "600"
    assert again.cseq.number == 2
    assert again.call_id == wire.alice.sent[0].call_id
    assert answer_to_invite(wire).headers.get("Session-Expires") == "600;refresher=uac"
    assert wire.bob.agent.leg_count == 1


def test_a_refresh_that_is_too_brief_is_raised_too() -> None:
    wire, ours, theirs = standing(POLICY, SessionPolicy(1800, 600))
    wire.alice.agent._legs[ours].session.interval = 100
    quiet(wire)
    wire.alice.agent.update(ours, ANSWER, wire.now)
    wire.run()
    assert methods(wire.bob.sent) == ["422 UPDATE"]
    wire.bob.agent.accept_offer(theirs, ANSWER, wire.now)
    wire.run()
    assert methods(wire.alice.sent) == ["UPDATE", "UPDATE"]
    assert wire.alice.sent[1].headers.get("Session-Expires") == "600;refresher=uac"
    assert wire.alice.events == [OfferAnswered(ours, ANSWER)]


def test_422_that_asks_for_no_more_is_a_refusal() -> None:
    wire = Wire(sessions=(POLICY, None))
    leg = wire.alice.agent.invite(target=wire.bob_uri(), sdp=ANSWER, from_user="alice", now=wire.now)
    for least in ("", "90", "nonsense"):
        [sent, *_] = wire.alice.agent.outgoing() or [None]
        if sent is None:
            break
        invite = parse_message(sent.data)
        response = Response(422, "Session Interval Too Small", invite.headers.copy())
        response.headers.remove("Session-Expires")
        response.headers.set("To", "<sip:bob@192.0.2.2>;tag=x")
        if least:
            response.headers.add("Min-SE", least)
        wire.alice.agent.receive(serialise(response), BOB, wire.now)
    wire.run()
    assert wire.alice.events == [Refused(leg, 422, "Session Interval Too Small")]


def test_a_session_needs_no_timer_where_neither_side_wants_one() -> None:
    wire, _, _ = standing(None, None)
    quiet(wire)
    wire.advance(86_400)
    assert wire.alice.sent == wire.bob.sent == []
    assert "Session-Expires" not in wire.log


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("1800", SessionExpires(1800)),
        (" 90 ;refresher=UAS", SessionExpires(90, "uas")),
        ("90;refresher=me", SessionExpires(90)),
        ("0", None),
        ("-5", None),
        ("99999999999999999999", None),
        ("9999999999", SessionExpires(604_800)),
        ('90;;="', None),
        ("soon", None),
    ],
)
def test_session_expires_is_read_leniently(value: str, read: SessionExpires | None) -> None:
    message = Response(200, "OK", Headers())
    message.headers.add("Session-Expires", value)
    message.headers.add("Min-SE", value)
    assert SessionExpires.of(message) == read
    assert least_interval_of(message) == (read.interval if read else 0)


def request_with(*headers: tuple[str, str]) -> Request:
    request = Request("INVITE", "sip:a@b", Headers())
    for name, value in headers:
        request.headers.add(name, value)
    return request


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        # RFC 4028 table 2, and the interval: never above what was asked for, never below our minimum.
        ((), "1800;refresher=uas"),
        ((("Session-Expires", "600"),), "600;refresher=uas"),
        ((("Session-Expires", "5"),), "90;refresher=uas"),
        ((("Session-Expires", "600;refresher=uac"),), "600;refresher=uas"),
        ((("Supported", "timer"),), "1800;refresher=uac"),
        ((("Supported", "timer"), ("Session-Expires", "600;refresher=uas")), "600;refresher=uas"),
        ((("Supported", "timer"), ("Session-Expires", "600;refresher=uac")), "600;refresher=uac"),
        ((("Supported", "timer"), ("Session-Expires", "7200")), "1800;refresher=uac"),
        ((("Supported", "timer"), ("Session-Expires", "7200"), ("Min-SE", "3600")), "3600;refresher=uac"),
    ],
)
def test_what_we_agree_to(headers: tuple[tuple[str, str], ...], says: str) -> None:
    timer = SessionTimer(POLICY, Timers(), refresh=lambda _now: None, expired=lambda _now: None)
    told = dict(timer.agree(request_with(*headers), 0.0))
    assert told["Session-Expires"] == says
    assert ("Require" in told) == says.endswith("uac")


@pytest.mark.parametrize(("expires", "minimum"), [(80, 80), (90, 100), (8 * 86_400, 90)])
def test_a_policy_beyond_the_rfc_is_refused(expires: int, minimum: int) -> None:
    with pytest.raises(ValueError, match="session timers need"):
        SessionPolicy(expires, minimum)
