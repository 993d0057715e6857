"""Transfer by REFER with the news of it, and calls that take another's place (RFC 3515, RFC 3891)."""

import pytest

from sip.errors import SipStateError, SipSyntaxError
from sip.events import Answered, Ended, InviteReceived, TransferNews
from sip.headers import Headers
from sip.legs.transfer import ReferNews, Replaces, refer_to
from sip.message import Request, Response, parse_message, serialise
from sip.transaction import make_response
from sip.uri import SipUri
from tests.unit.sip.wire import ANSWER, BOB, OFFER, Wire

TARGET = SipUri.parse("sip:7202@lab.example;transport=tcp")


def standing() -> tuple[Wire, str, str]:
    wire = Wire()
    ours, theirs = wire.established()
    for side in wire.sides:
        side.sent.clear()
        side.events.clear()
    return wire, ours, theirs


class FarEnd:
    """The far end of Alice's call, by hand: it takes REFER and tells news."""

    def __init__(self) -> None:
        self.wire, self.ours, _ = standing()
        self.wire.alice.agent.transfer(self.ours, TARGET, self.wire.now)
        [refer] = self.wire.alice.agent.outgoing()
        self.refer = parse_message(refer.data)
        self.number = 0

    def answers(self, status: int, reason: str) -> None:
        response = make_response(self.refer, status, reason)
        self.wire.alice.agent.receive(serialise(response), BOB, self.wire.now)

    def notifies(self, fragment: str, state: str = "active;expires=60", event: str = "refer") -> int:
        self.number += 1
        headers = Headers(
            [
                ("Via", f"SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKn{self.number}"),
                ("From", self.refer.headers.get("To")),
                ("To", self.refer.headers.get("From")),
                ("Call-ID", self.refer.call_id),
                ("CSeq", f"{self.number} NOTIFY"),
                ("Event", event),
                ("Subscription-State", state),
                ("Content-Type", "message/sipfrag;version=2.0"),
            ]
        )
        notify = Request("NOTIFY", "sip:alice@192.0.2.1", headers, fragment.encode())
        self.wire.alice.agent.receive(serialise(notify), BOB, self.wire.now)
        [answer] = self.wire.alice.agent.outgoing()
        return parse_message(answer.data).status

    def news(self) -> list[object]:
        told = []
        while (event := self.wire.alice.agent.next_event()) is not None:
            told.append(event)
        return told


def test_a_transfer_is_asked_for_and_its_news_are_told() -> None:
    far = FarEnd()
    assert far.refer.headers.get("Refer-To") == "<sip:7202@lab.example;transport=tcp>"
    assert far.refer.headers.get("Referred-By") == "<sip:alice@192.0.2.1:5060>"
    assert far.refer.contacts[0].uri.user == "alice"
    far.answers(202, "Accepted")
    assert far.notifies("SIP/2.0 100 Trying\r\n") == 200
    assert far.notifies("SIP/2.0 200 OK\r\n", "terminated;reason=noresource") == 200
    assert far.news() == [
        TransferNews(far.ours, 100, "Trying", over=False),
        TransferNews(far.ours, 200, "OK", over=True),
    ]
    assert far.notifies("SIP/2.0 200 OK\r\n") == 481  # the subscription is over
    assert far.wire.alice.agent.leg_count == 1  # the program hangs up


def test_news_may_overtake_the_202() -> None:
    far = FarEnd()
    assert far.notifies("SIP/2.0 503 Service Unavailable") == 200
    far.answers(202, "Accepted")
    assert far.news() == [TransferNews(far.ours, 503, "Service Unavailable", over=True)]


def test_a_refused_transfer_leaves_the_call_and_may_be_tried_again() -> None:
    far = FarEnd()
    with pytest.raises(SipStateError):
        far.wire.alice.agent.transfer(far.ours, TARGET, far.wire.now)
    far.answers(405, "Method Not Allowed")
    assert far.news() == [TransferNews(far.ours, 405, "Method Not Allowed", over=True)]
    far.wire.alice.agent.transfer(far.ours, TARGET, far.wire.now)


def test_notify_of_another_event_is_refused() -> None:
    far = FarEnd()
    assert far.notifies("Messages-Waiting: yes", event="message-summary") == 489
    assert far.news() == []


def test_the_user_agent_itself_refuses_to_be_transferred() -> None:
    wire, ours, _ = standing()
    wire.alice.agent.transfer(ours, TARGET, wire.now)
    wire.run()
    assert wire.alice.events == [TransferNews(ours, 405, "Method Not Allowed", over=True)]


def test_connect_names_the_consultation_call() -> None:
    wire, ours, _ = standing()
    other = wire.call()
    wire.bob.agent.accept(wire.bob.last_leg(), ANSWER, wire.now)
    wire.run()
    dialog = wire.alice.agent._legs[other].dialog
    wire.alice.agent.connect(ours, other, wire.now)
    refer = parse_message(wire.alice.agent.outgoing()[-1].data)
    address = refer.headers.get("Refer-To")
    call_id = dialog.call_id.replace("@", "%40")
    assert address == (
        f"<{dialog.remote_target}?Replaces={call_id}%3Bto-tag%3D{dialog.remote_tag}%3Bfrom-tag%3D{dialog.local_tag}>"
    )


def replacing(change: dict[str, str] | None = None, early: str = "") -> tuple[Wire, str, str, list[int]]:
    """Alice calls Bob once more, in place of the call that stands."""
    wire, ours, theirs = standing()
    dialog = wire.alice.agent._legs[ours].dialog
    parts = {"call": dialog.call_id, "to": dialog.remote_tag, "from": dialog.local_tag, **(change or {})}
    value = f"{parts['call']};to-tag={parts['to']};from-tag={parts['from']}{early}"
    wire.call(OFFER, headers=[("Require", "replaces"), ("Replaces", value)])
    finals = [sent.status for sent in wire.bob.sent if isinstance(sent, Response) and sent.status >= 200]
    return wire, ours, theirs, finals


def test_a_call_takes_the_place_of_another_once_it_is_accepted() -> None:
    wire, ours, theirs, finals = replacing()
    assert finals == []
    invited = wire.bob.last(InviteReceived)
    assert invited.replaces == theirs
    wire.bob.agent.accept(invited.leg, ANSWER, wire.now)
    wire.run()
    assert wire.bob.kinds() == ["InviteReceived", "Ended", "Confirmed"]
    assert Ended(theirs, "remote", "replaced") in wire.bob.events
    assert Ended(ours, "remote", "BYE") in wire.alice.events
    assert wire.alice.last(Answered)
    assert wire.alice.agent.leg_count == wire.bob.agent.leg_count == 1


def test_a_replacing_call_that_is_refused_leaves_the_first_alone() -> None:
    wire, _, _, _ = replacing()
    wire.bob.agent.refuse(wire.bob.last_leg(), 486, "", wire.now)
    wire.run()
    assert wire.bob.agent.leg_count == 1


@pytest.mark.parametrize(
    ("change", "early", "status"),
    [
        ({"call": "another"}, "", 481),
        ({"to": "another"}, "", 481),
        ({"from": "another"}, "", 481),
        ({}, ";early-only", 486),
        ({"to": ""}, "", 400),
    ],
)
def test_what_cannot_be_replaced_is_refused(change: dict[str, str], early: str, status: int) -> None:
    wire, _, _, finals = replacing(change, early)
    assert finals == [status]
    assert wire.bob.agent.leg_count == 1


def test_a_ringing_call_cannot_be_taken_over() -> None:
    wire = Wire()
    wire.call()
    leg = wire.bob.agent._legs[wire.bob.last_leg()]
    value = str(Replaces(leg.call_id, leg.local_tag, leg.dialog.remote_tag))
    wire.bob.sent.clear()
    wire.call(headers=[("Replaces", value)])
    assert [sent.status for sent in wire.bob.sent] == [100, 481]


@pytest.mark.parametrize("value", ["", ";to-tag=1;from-tag=2", "id;to-tag=1", "id;from-tag=1", 'id;to-tag="'])
def test_a_broken_replaces_is_told(value: str) -> None:
    with pytest.raises(SipSyntaxError):
        Replaces.parse(value)


def test_replaces_is_read_as_written() -> None:
    replaces = Replaces("a@b", "1", "2", early_only=True)
    assert Replaces.parse(str(replaces)) == replaces


@pytest.mark.parametrize("target", ["", "nowhere", "sip:a@b?Subject=x", "sip:a b"])
def test_a_target_that_is_no_address_is_refused(target: str) -> None:
    with pytest.raises(SipSyntaxError):
        refer_to(target)


@pytest.mark.parametrize(
    ("body", "state", "news"),
    [
        (b"SIP/2.0 180 Ringing\r\n", "active", ReferNews(180, "Ringing", over=False)),
        (b"SIP/2.0 603", "active", ReferNews(603, "", over=True)),
        (b"\xff\xfe", "terminated", ReferNews(0, "", over=True)),
        (b"SIP/2.0 99999999 x", "", ReferNews(0, "", over=False)),
        (b"", "TERMINATED;reason=x", ReferNews(0, "", over=True)),
    ],
)
def test_news_are_read_leniently(body: bytes, state: str, news: ReferNews) -> None:
    headers = Headers([("Content-Type", "message/sipfrag"), ("Subscription-State", state)])
    assert ReferNews.of(Request("NOTIFY", "sip:a@b", headers, body)) == news
