"""Calls that are redirected: the contacts of 3xx responses, their order, their end, and no loop."""

import pytest

from sip.digest import Challenger, Credentials, Verdict
from sip.events import Answered, InviteReceived, Refused
from sip.headers import Headers
from sip.legs.redirection import Redirection, contacts_of
from sip.message import Request, Response
from sip.uri import SipUri
from tests.unit.sip.wire import ANSWER, Wire


def moved(*contacts: str, status: int = 302) -> Response:
    return Response(status, "", Headers([("Contact", contact) for contact in contacts]))


def redirect(wire: Wire, *contacts: str, status: int = 302) -> None:
    """Bob refuses the newest call, with other places to call."""
    leg = wire.bob.last(InviteReceived).leg
    wire.bob.agent.refuse(leg, status, "", wire.now, [("Contact", each) for each in contacts])
    wire.run()


def called(wire: Wire) -> list[str]:
    return [sent.uri for sent in wire.alice.sent if isinstance(sent, Request) and sent.method == "INVITE"]


def refused(wire: Wire) -> list[int]:
    return [event.status for event in wire.alice.events if isinstance(event, Refused)]


@pytest.fixture
def wire() -> Wire:
    return Wire()


def test_a_redirected_call_is_the_same_call_elsewhere(wire: Wire) -> None:
    leg = wire.call(follow=3)
    redirect(wire, "<sip:carol@192.0.2.2>")
    wire.bob.agent.accept(wire.bob.last(InviteReceived).leg, ANSWER, wire.now)
    wire.run()
    assert wire.alice.last(Answered).leg == leg
    first, second = [sent for sent in wire.alice.sent if isinstance(sent, Request) and sent.method == "INVITE"]
    assert (first.uri, second.uri) == ("sip:bob@192.0.2.2", "sip:carol@192.0.2.2")
    assert (first.call_id, first.from_, first.to) == (second.call_id, second.from_, second.to)
    assert (first.cseq.number, second.cseq.number) == (1, 2)
    assert first.via.branch != second.via.branch
    assert refused(wire) == []


def test_nobody_is_followed_who_was_not_asked_to(wire: Wire) -> None:
    wire.call()
    redirect(wire, "<sip:carol@192.0.2.2>")
    assert refused(wire) == [302]


def test_contacts_are_tried_one_after_the_other_best_first(wire: Wire) -> None:
    wire.call(follow=5)
    redirect(wire, "<sip:b@192.0.2.2>;q=0.2", "<sip:a@192.0.2.2>;q=0.9")
    redirect(wire, status=486)
    redirect(wire, status=480)
    assert called(wire) == ["sip:bob@192.0.2.2", "sip:a@192.0.2.2", "sip:b@192.0.2.2"]
    assert refused(wire) == [480]
    assert wire.alice.agent.leg_count == 0


def test_a_global_refusal_ends_the_search(wire: Wire) -> None:
    wire.call(follow=5)
    redirect(wire, "<sip:b@192.0.2.2>", "<sip:a@192.0.2.2>")
    redirect(wire, status=603)
    assert refused(wire) == [603]


def test_a_loop_is_not_followed(wire: Wire) -> None:
    wire.call(follow=20)
    for _ in range(3):
        redirect(wire, "<sip:bob@192.0.2.2>", "<sip:carol@192.0.2.2>")
        if refused(wire):
            break
    assert called(wire) == ["sip:bob@192.0.2.2", "sip:carol@192.0.2.2"]
    assert refused(wire) == [302]


def test_a_chain_without_an_end_is_cut(wire: Wire) -> None:
    wire.call(follow=3)
    for number in range(4):
        redirect(wire, f"<sip:{number}@192.0.2.2>")
    assert len(called(wire)) == 4
    assert refused(wire) == [302]


def test_a_hang_up_while_the_new_target_rings_cancels_that_one(wire: Wire) -> None:
    leg = wire.call(follow=3)
    redirect(wire, "<sip:carol@192.0.2.2>")
    wire.alice.agent.hangup(leg, wire.now)
    wire.run()
    assert wire.bob.kinds() == ["InviteReceived", "InviteReceived", "Ended"]
    assert wire.alice.agent.leg_count == 0
    assert wire.alice.events == []


def test_the_new_target_gets_no_password_of_the_first_and_may_ask_itself(wire: Wire) -> None:
    wire.call(follow=3, credentials=Credentials("alice", "secret"))
    challenger = Challenger("lab", b"key")
    redirect_with = wire.bob.last(InviteReceived).leg
    wire.bob.agent.refuse(redirect_with, 401, "", wire.now, challenger.challenge(wire.now))
    wire.run()
    assert "Authorization" in wire.bob.last(InviteReceived).request.headers
    redirect(wire, "<sip:carol@192.0.2.2>")
    assert "Authorization" not in wire.bob.last(InviteReceived).request.headers
    wire.bob.agent.refuse(wire.bob.last_leg(), 401, "", wire.now, challenger.challenge(wire.now))
    wire.run()
    values = wire.bob.last(InviteReceived).request.headers.all("Authorization")
    judged = challenger.verify(values, method="INVITE", password_of=lambda _user: "secret", now=wire.now)
    assert judged.verdict is Verdict.ACCEPTED


def test_two_realms_ask_one_after_the_other_and_both_are_answered(wire: Wire) -> None:
    known = [Credentials("alice", "one", realm="proxy"), Credentials("a2", "two", realm="callee")]
    wire.call(credentials=known)
    proxy, callee = Challenger("proxy", b"key"), Challenger("callee", b"key")
    wire.bob.agent.refuse(wire.bob.last_leg(), 407, "", wire.now, proxy.challenge(wire.now, proxy=True))
    wire.run()
    wire.bob.agent.refuse(wire.bob.last_leg(), 401, "", wire.now, callee.challenge(wire.now))
    wire.run()
    headers = wire.bob.last(InviteReceived).request.headers
    for challenger, name, user, password in (
        (proxy, "Proxy-Authorization", "alice", "one"),
        (callee, "Authorization", "a2", "two"),
    ):
        verdict = challenger.verify(
            headers.all(name), method="INVITE", password_of={user: password}.get, now=wire.now
        ).verdict
        assert verdict is Verdict.ACCEPTED
    wire.bob.agent.refuse(wire.bob.last_leg(), 401, "", wire.now, callee.challenge(wire.now))
    wire.run()
    assert refused(wire) == [401]  # the same realm again: the password is wrong


def test_two_proxies_that_ask_at_once_are_both_answered(wire: Wire) -> None:
    wire.call(credentials=Credentials("alice", "secret"))
    one, two = Challenger("one", b"key"), Challenger("two", b"key")
    challenges = [*one.challenge(wire.now, proxy=True), *two.challenge(wire.now, proxy=True)]
    wire.bob.agent.refuse(wire.bob.last_leg(), 407, "", wire.now, challenges)
    wire.run()
    values = wire.bob.last(InviteReceived).request.headers.all("Proxy-Authorization")
    assert len(values) == 2
    for challenger in (one, two):
        judged = challenger.verify(values, method="INVITE", password_of=lambda _user: "secret", now=wire.now)
        assert judged.verdict is Verdict.ACCEPTED


def test_when_to_call_again_is_told() -> None:
    wire = Wire()
    wire.call()
    wire.bob.agent.refuse(wire.bob.last_leg(), 503, "", wire.now, [("Retry-After", "120 (maintenance);duration=9")])
    wire.run()
    assert wire.alice.last(Refused).retry_after == 120
    wire.call()
    wire.bob.agent.refuse(wire.bob.last_leg(), 486, "", wire.now)
    wire.run()
    assert wire.alice.last(Refused).retry_after is None


def test_contacts_that_cannot_be_called_are_left_out() -> None:
    response = moved(
        "<tel:+4930>", "<http://x>", "<sip:a@b;method=BYE>", "<sip:c@d?Replaces=1>;q=nonsense", "<sip:e@f>;q=9"
    )
    assert [str(uri) for uri in contacts_of(response)] == ["sip:c@d", "sip:e@f"]
    assert contacts_of(moved("<sip:broken")) == []
    assert len(contacts_of(moved(*(f"<sip:{n}@h>" for n in range(50))))) == 10


@pytest.mark.parametrize("status", [305, 380, 404])
def test_contacts_of_other_responses_are_no_targets(status: int) -> None:
    assert Redirection(5).next_after(moved("<sip:a@b>", status=status)) is None


def test_none_is_tried_twice_however_it_is_offered() -> None:
    search = Redirection(5)
    search.tried(SipUri.parse("sip:a@b"))
    assert str(search.next_after(moved("<sip:a@b>", "<sip:c@d>"))) == "sip:c@d"
    assert search.next_after(moved("<sip:c@d>", "<sip:a@b>")) is None


def test_contact_stays_ours_in_refusals_that_redirect_nobody() -> None:
    wire = Wire()
    wire.call()
    with pytest.raises(ValueError, match="Contact"):
        wire.bob.agent.refuse(wire.bob.last_leg(), 486, "", wire.now, [("Contact", "<sip:a@b>")])
