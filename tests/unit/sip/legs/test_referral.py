"""Being transferred: what a REFER may ask, the program's answers, and the news of the new call."""

import pytest

from sip.errors import SipStateError
from sip.events import Ended, InviteReceived, ReferReceived, TransferNews
from sip.headers import Headers
from sip.legs.referral import Wanted, read_refer
from sip.legs.transfer import Replaces
from sip.message import Request, Response, parse_message, serialise
from sip.ua import UserAgent
from sip.uri import SipUri
from tests.unit.sip.wire import ALICE, ANSWER, BOB, OFFER, Wire, methods, numbered_tokens

CAROL = SipUri.parse("sip:carol@192.0.2.1")


def asked(wire: Wire | None = None, **more: str) -> tuple[Wire, str, ReferReceived]:
    """Alice has asked Bob, who lets himself be transferred, to call Carol, who is at Alice's address."""
    wire = wire or Wire()
    wire.bob.agent = UserAgent(BOB, numbered_tokens("b"), transferable=True)
    ours, _ = wire.established()
    for side in wire.sides:
        side.sent.clear()
        side.events.clear()
    wire.alice.agent.transfer(ours, CAROL, wire.now)
    if more:
        [refer] = wire.alice.agent.outgoing()
        message = parse_message(refer.data)
        for name, value in more.items():
            message.headers.set(name.replace("_", "-"), value)
        wire.bob.agent.receive(serialise(message), ALICE, wire.now)
    wire.run()
    [event] = wire.bob.events
    assert isinstance(event, ReferReceived)
    return wire, ours, event


def follow(wire: Wire, event: ReferReceived) -> str:
    leg = wire.bob.agent.invite(target=event.target, sdp=OFFER, from_user="bob", refer=event.key, now=wire.now)
    wire.run()
    return leg


def news(wire: Wire) -> list[tuple[int, bool]]:
    return [(event.status, event.over) for event in wire.alice.events if isinstance(event, TransferNews)]


def test_the_far_end_is_told_how_the_call_goes() -> None:
    wire, _, event = asked()
    assert event.target == CAROL
    assert event.replaces is None
    assert event.referred_by == "<sip:alice@192.0.2.1:5060>"
    follow(wire, event)
    invited = wire.alice.last(InviteReceived)
    assert invited.request.headers.get("Referred-By") == event.referred_by
    wire.alice.agent.ring(invited.leg, wire.now)
    wire.run()
    wire.alice.agent.accept(invited.leg, ANSWER, wire.now)
    wire.run()
    assert news(wire) == [(100, False), (180, False), (200, True)]
    notifies = [sent for sent in wire.bob.sent if isinstance(sent, Request) and sent.method == "NOTIFY"]
    assert [sent.headers.get("Event") for sent in notifies] == ["refer"] * 3
    assert [sent.headers.get("Subscription-State") for sent in notifies] == [
        "active;expires=180",
        "active;expires=180",
        "terminated;reason=noresource",
    ]
    assert {sent.headers.get("Content-Type") for sent in notifies} == {"message/sipfrag;version=2.0"}
    assert wire.bob.agent.leg_count == 2  # who asked for it hangs up


def test_a_new_call_that_fails_is_told() -> None:
    wire, _, event = asked()
    follow(wire, event)
    wire.alice.agent.refuse(wire.alice.last(InviteReceived).leg, 486, "", wire.now)
    wire.run()
    assert news(wire) == [(100, False), (486, True)]


def test_a_new_call_that_is_given_up_is_told() -> None:
    wire, _, event = asked()
    leg = follow(wire, event)
    wire.bob.agent.hangup(leg, wire.now)
    wire.run()
    assert news(wire) == [(100, False), (487, True)]


def test_a_refused_transfer_leaves_the_call() -> None:
    wire, ours, event = asked()
    with pytest.raises(ValueError, match="refusal"):
        wire.bob.agent.refuse_refer(event.key, 200, wire.now)
    wire.bob.agent.refuse_refer(event.key, 603, wire.now)
    wire.run()
    assert wire.alice.events == [TransferNews(ours, 603, "Decline", over=True)]
    wire.bob.agent.accept_refer(event.key, wire.now)  # too late: does nothing
    assert wire.bob.agent.outgoing() == []
    wire.alice.agent.transfer(ours, CAROL, wire.now)  # may be tried again
    wire.run()
    assert wire.bob.kinds() == ["ReferReceived", "ReferReceived"]


def test_the_second_transfer_of_a_call_is_told_apart_by_its_id() -> None:
    wire, ours, event = asked()
    wire.bob.agent.refuse_refer(event.key, 603, wire.now)
    wire.run()
    wire.alice.agent.transfer(ours, CAROL, wire.now)
    wire.run()
    wire.bob.agent.accept_refer(wire.bob.last(ReferReceived).key, wire.now)
    wire.run()
    refer = [sent for sent in wire.alice.sent if isinstance(sent, Request) and sent.method == "REFER"][-1]
    notify = [sent for sent in wire.bob.sent if isinstance(sent, Request)][-1]
    assert notify.headers.get("Event") == f"refer;id={refer.cseq.number}"


def test_the_program_may_make_the_call_in_a_way_of_its_own() -> None:
    wire, _, event = asked()
    wire.bob.agent.accept_refer(event.key, wire.now)
    wire.bob.agent.tell_refer(event.key, 182, "", wire.now)
    wire.bob.agent.tell_refer(event.key, 200, "OK\r\nEvil: yes", wire.now)
    wire.run()
    wire.bob.agent.tell_refer(event.key, 500, "", wire.now)  # nothing comes after a final one
    wire.run()
    # News that came before the first NOTIFY was answered: the latest counts.
    assert news(wire) == [(100, False), (200, True)]
    assert b"Evil" not in wire.bob.sent[-1].body.partition(b"\r\n")[2]


def test_the_news_go_on_when_the_transferring_side_hangs_up_early() -> None:
    wire, ours, event = asked()
    follow(wire, event)
    wire.alice.agent.hangup(ours, wire.now)
    wire.run()
    assert wire.bob.last(Ended).by == "remote"
    wire.bob.sent.clear()
    wire.alice.agent.ring(wire.alice.last(InviteReceived).leg, wire.now)
    wire.run()
    assert methods(wire.bob.sent) == ["NOTIFY"]
    wire.bob.sent.clear()
    wire.alice.agent.accept(wire.alice.last(InviteReceived).leg, ANSWER, wire.now)
    wire.run()
    # Alice has forgotten the dialog and said 481: nobody listens any more, and the new call stands.
    assert methods(wire.bob.sent) == ["ACK"]
    assert wire.bob.agent.leg_count == 1


def test_a_hang_up_before_the_answer_takes_the_wish_back() -> None:
    wire, ours, event = asked()
    wire.alice.agent.hangup(ours, wire.now)
    wire.run()
    assert "487 REFER" in methods(wire.bob.sent)
    wire.bob.agent.accept_refer(event.key, wire.now)
    assert wire.bob.agent.outgoing() == []


def test_a_program_that_says_nothing_refuses_in_the_end_and_leaves_nothing_behind() -> None:
    wire, _, _ = asked()
    wire.advance(40)
    assert "480 REFER" in methods(wire.bob.sent)
    assert wire.bob.agent._table._referrals == {}


def test_no_news_where_none_are_wanted() -> None:
    wire, _, event = asked(Refer_Sub="false")
    follow(wire, event)
    accepted = next(sent for sent in wire.bob.sent if isinstance(sent, Response) and sent.cseq.method == "REFER")
    assert (accepted.status, accepted.headers.get("Refer-Sub")) == (202, "false")
    assert "NOTIFY" not in methods(wire.bob.sent)
    # Alice had not asked for that here, and understands it all the same: no more will come.
    assert news(wire) == [(0, True)]


def test_the_subscription_ends_by_itself_where_the_call_never_does() -> None:
    wire, _, event = asked()
    wire.bob.agent.accept_refer(event.key, wire.now)
    wire.run()
    wire.advance(200)
    notify = [sent for sent in wire.bob.sent if isinstance(sent, Request)][-1]
    assert notify.headers.get("Subscription-State") == "terminated;reason=timeout"
    assert news(wire)[-1] == (100, True)
    assert wire.bob.agent._table._referrals == {}


def test_a_subscription_is_refreshed_and_ended_by_subscribe() -> None:
    wire, ours, event = asked()
    wire.bob.agent.accept_refer(event.key, wire.now)
    wire.run()
    dialog = wire.alice.agent._legs[ours].dialog
    for number, (name, expires, status) in enumerate(
        [
            ("refer", "60", 200),
            ("dialog", "60", 489),
            ("refer;id=77", "60", 481),
            ("refer", "0", 200),
            ("refer", "0", 481),
        ]
    ):
        subscribe = dialog.request("SUBSCRIBE", via=f"SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKs{number}")
        subscribe.headers.add("Event", name)
        subscribe.headers.add("Expires", expires)
        wire.bob.sent.clear()
        wire.bob.agent.receive(serialise(subscribe), ALICE, wire.now)
        wire.run()
        assert wire.bob.sent[0].status == status
        notify = [sent for sent in wire.bob.sent if isinstance(sent, Request)]
        assert bool(notify) == (status == 200)
    assert news(wire)[-1] == (100, True)


def test_lost_and_doubled_packets_change_nothing_but_the_time() -> None:
    wire, _, event = asked()
    wire.lose = iter([False, True, False, True, True, False, False, True])
    wire.repeat = iter([True, False] * 10)
    follow(wire, event)
    wire.advance(5)
    wire.alice.agent.accept(wire.alice.last(InviteReceived).leg, ANSWER, wire.now)
    wire.run()
    wire.advance(10)
    assert news(wire)[0] == (100, False)
    assert news(wire)[-1] == (200, True)


def test_too_many_at_a_time_and_before_the_answer() -> None:
    wire, ours, _ = asked()
    dialog = wire.alice.agent._legs[ours].dialog
    statuses = []
    for number in range(5):
        refer = dialog.request("REFER", via=f"SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKr{number}")
        refer.headers.add("Refer-To", "<sip:x@192.0.2.1>")
        wire.bob.agent.receive(serialise(refer), ALICE, wire.now)
        statuses += [parse_message(out.data).status for out in wire.bob.agent.outgoing()]
    assert statuses == [503, 503]

    early = Wire()
    early.bob.agent = UserAgent(BOB, numbered_tokens("b"), transferable=True)
    early.call()
    early.bob.agent.ring(early.bob.last_leg(), early.now)
    early.run()
    [calling] = early.alice.agent._legs.values()
    refer = calling.dialog.request("REFER", via="SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKearly")
    refer.headers.add("Refer-To", "<sip:x@192.0.2.1>")
    early.bob.agent.receive(serialise(refer), ALICE, early.now)
    assert [parse_message(out.data).status for out in early.bob.agent.outgoing()] == [603]


@pytest.mark.parametrize(("transferable", "status"), [(True, 603), (False, 405)])
def test_strangers_may_not_tell_us_whom_to_call(transferable: bool, status: int) -> None:
    agent = UserAgent(BOB, numbered_tokens("b"), transferable=transferable)
    text = (
        "REFER sip:bob@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n"
        "To: <sip:bob@192.0.2.2>\r\nCall-ID: 1\r\nCSeq: 1 REFER\r\nRefer-To: <sip:x@y>\r\nContact: <sip:a@b>\r\n\r\n"
    )
    agent.receive(text.encode(), ALICE, 0.0)
    [answer] = agent.outgoing()
    assert parse_message(answer.data).status == status
    assert agent.next_event() is None


def refer(*values: str, sub: str = "", by: str = "") -> Request:
    headers = [*(("Refer-To", value) for value in values)]
    headers += [("Refer-Sub", sub)] if sub else []
    headers += [("Referred-By", by)] if by else []
    return Request("REFER", "sip:b@c", Headers(headers))


def test_an_attended_transfer_names_the_call_to_replace() -> None:
    value = "<sip:carol@192.0.2.1;method=INVITE?Replaces=call%40id%3Bto-tag%3D1%3Bfrom-tag%3D2&Subject=no>"
    assert read_refer(refer(value)) == Wanted(CAROL, Replaces("call@id", "1", "2"))


def test_everything_else_that_a_refer_says() -> None:
    wanted = read_refer(refer("tel:+4930123", sub=" false ;x", by="Anna <sip:a@b>;cid=1"))
    assert wanted == Wanted(SipUri.parse("tel:+4930123"), None, '"Anna" <sip:a@b>;cid=1', quiet=True)
    assert read_refer(refer("<sip:a@b>", by="<broken")) == Wanted(SipUri.parse("sip:a@b"))


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ((), 400),
        (("<sip:a@b>", "<sip:c@d>"), 400),
        (("<sip:a@b",), 400),
        (("<sip:a@>",), 400),
        (("<http://example.org>",), 416),
        (("<sip:a@b;method=BYE>",), 603),
        (("<sip:a@b?Replaces=1>",), 400),
        (("<sip:a@b?Replaces=1%3Bto-tag%3D1%3Bfrom-tag%3D2&replaces=1>",), 400),
        (("<sip:a@b?Replaces=1%0D%0AX%3Bto-tag%3D1%3Bfrom-tag%3D2>",), 400),
    ],
)
def test_what_cannot_be_done_is_refused(values: tuple[str, ...], status: int) -> None:
    assert read_refer(refer(*values)) == status


def test_replaces_of_an_attended_transfer_arrives_at_the_new_callee() -> None:
    """Alice talks to Bob and, in a second call, to Carol at her own address; then she connects the two."""
    wire = Wire()
    wire.bob.agent = UserAgent(BOB, numbered_tokens("b"), transferable=True)
    ours, _ = wire.established()
    second = wire.call()
    wire.bob.agent.accept(wire.bob.last(InviteReceived).leg, ANSWER, wire.now)
    wire.run()
    wire.alice.agent.connect(ours, second, wire.now)
    wire.run()
    event = wire.bob.last(ReferReceived)
    assert event.replaces is not None
    leg = wire.bob.agent._legs[wire.bob.last(InviteReceived).leg]
    assert (event.replaces.call_id, event.replaces.to_tag) == (leg.call_id, leg.local_tag)
    wire.bob.agent.invite(target=CAROL, sdp=OFFER, from_user="bob", refer=event.key, now=wire.now)
    invite = next(parse_message(out.data) for out in wire.bob.agent.outgoing() if out.data.startswith(b"INVITE"))
    assert invite.headers.get("Replaces") == str(event.replaces)
    assert invite.headers.get("Require") == "replaces"
    with pytest.raises(SipStateError):
        wire.alice.agent.transfer(ours, CAROL, wire.now)
