"""Transfers with sipp: it transfers us, blind and attended; we transfer it; it takes over a call of ours."""

from pathlib import Path

import pytest

from sip.events import Answered, Ended, InviteReceived, ReferReceived, TransferNews
from sip.legs.transfer import Replaces
from sip.uri import SipUri
from tests.integration.peers.sipp.agent import SocketAgent, describe
from tests.integration.peers.sipp.steps import (
    Sipp,
    expect,
    from_called,
    kept,
    maybe,
    request,
    respond,
    scenario,
    sdp,
    take,
    within,
)

pytestmark = pytest.mark.integration


def transferring(refer_to: str, *more: str, news: str) -> str:
    """A caller who is answered, sends us elsewhere and hears how that goes."""
    return scenario(
        request("INVITE", 1, body=sdp()),
        maybe(100, 180),
        expect(200, "Allow=REFER"),
        within("ACK", 1),
        within("REFER", 2, f"Refer-To: {refer_to}", "Referred-By: <sip:sipp@127.0.0.1>", *more),
        expect(202, *(["Refer-Sub=false"] if not news else [])),
        news,
        within("BYE", 3),
        expect(200),
    )


NEWS = "".join(
    take("NOTIFY", "Event=refer", f"Subscription-State={state}", f"body=SIP/2.0 {status}") + respond("200 OK", tag="")
    for state, status in (("active", 100), ("active", 180), ("terminated;reason=noresource", 200))
)


def follow(agent: SocketAgent) -> None:
    def refer(event: ReferReceived) -> None:
        agent.ua.invite(target=event.target, sdp=b"", from_user="7100", refer=event.key, now=agent.now)

    agent.hears[ReferReceived] = refer


def called(*matches: str) -> str:
    """A callee who rings for a while, and hears the hang-up."""
    answer = respond("200 OK", body=sdp(), retrans="500")
    return scenario(
        take("INVITE", *matches),
        respond("180 Ringing"),
        '<pause milliseconds="100"/>\n',
        answer,
        take("ACK"),
        take("BYE"),
        respond("200 OK", tag=""),
    )


def test_sipp_transfers_us_and_hears_how_it_goes(tmp_path: Path) -> None:
    with SocketAgent(transferable=True) as agent, Sipp(tmp_path, called("Referred-By=sip:sipp@127.0.0.1")) as target:
        follow(agent)
        agent.hears[Answered] = lambda event: agent.ua.accept_offer(event.leg, describe(event.sdp), agent.now)
        steps = transferring(f"<sip:7009@127.0.0.1:{target.port}>", news=NEWS)
        with Sipp(tmp_path, steps, port=agent.port) as first:
            agent.until(lambda: first.done)
            first.check()
        answered = agent.wait(Answered)
        agent.ua.hangup(answered.leg, agent.now)
        agent.until(lambda: target.done)
        target.check()
        assert agent.of(ReferReceived)[0].target == SipUri.parse(f"sip:7009@127.0.0.1:{target.port}")
        assert agent.ua.leg_count == 0


def test_sipp_transfers_us_in_place_of_another_call_and_wants_no_news(tmp_path: Path) -> None:
    wanted = "Replaces=other%40call;to-tag=1;from-tag=2".replace("%40", "@")
    with SocketAgent(transferable=True) as agent, Sipp(tmp_path, called(wanted, "Require=replaces")) as target:
        follow(agent)
        agent.hears[Answered] = lambda event: agent.ua.accept_offer(event.leg, describe(event.sdp), agent.now)
        refer_to = f"<sip:7009@127.0.0.1:{target.port}?Replaces=other%40call%3Bto-tag%3D1%3Bfrom-tag%3D2>"
        steps = transferring(refer_to, "Refer-Sub: false", "Supported: norefersub", news="")
        with Sipp(tmp_path, steps, port=agent.port) as first:
            agent.until(lambda: first.done)
            first.check()
            assert "NOTIFY sip:" not in first.messages()
        agent.ua.hangup(agent.wait(Answered).leg, agent.now)
        agent.until(lambda: target.done)
        target.check()


def test_a_transfer_that_we_refuse_or_that_fails_leaves_the_call(tmp_path: Path) -> None:
    busy = scenario(take("INVITE"), respond("486 Busy Here"), take("ACK"))
    with SocketAgent(transferable=True) as agent, Sipp(tmp_path, busy) as target:

        def refer(event: ReferReceived) -> None:
            if event.target.user == "no":
                agent.ua.refuse_refer(event.key, 603, agent.now)
            else:
                agent.ua.invite(target=event.target, sdp=b"", from_user="7100", refer=event.key, now=agent.now)

        agent.hears[ReferReceived] = refer
        agent.run(0.2)
        steps = scenario(
            request("INVITE", 1, body=sdp()),
            maybe(100, 180),
            expect(200),
            within("ACK", 1),
            within("REFER", 2, "Refer-To: <sip:no@127.0.0.1>"),
            expect(603),
            within("REFER", 3, "Refer-To: <http://example.org>"),
            expect(416),
            within("REFER", 4),
            expect(400),
            within("REFER", 5, f"Refer-To: <sip:busy@127.0.0.1:{target.port}>"),
            expect(202),
            take("NOTIFY", "Event=refer;id=5", "body=SIP/2.0 100"),
            respond("200 OK", tag=""),
            take("NOTIFY", "Event=refer;id=5", "Subscription-State=terminated", "body=SIP/2.0 486"),
            respond("200 OK", tag=""),
            within("BYE", 6),
            expect(200),
        )
        with Sipp(tmp_path, steps, port=agent.port) as first:
            agent.until(lambda: first.done)
            first.check()
        target.check()
        assert agent.ua.leg_count == 0


def test_a_refer_outside_of_a_call_is_declined(tmp_path: Path) -> None:
    for transferable, status in ((True, 603), (False, 405)):
        steps = scenario(request("REFER", 1, "Refer-To: <sip:x@127.0.0.1>"), expect(status))
        with SocketAgent(transferable=transferable) as agent, Sipp(tmp_path, steps, port=agent.port) as sipp:
            agent.until(lambda sipp=sipp: sipp.done)  # type: ignore[misc]  # bound at once
            sipp.check()
            assert agent.events == []


def notify(number: int, state: str, status: str) -> str:
    body = f"Content-Type: message/sipfrag;version=2.0\nContent-Length: [len]\n\nSIP/2.0 {status}\n"
    return from_called("NOTIFY", number, "Event: refer", f"Subscription-State: {state}", body=body) + expect(200)


def test_we_connect_two_sipps_with_each_other(tmp_path: Path) -> None:
    """We talk to both; the first is asked to call the second in our place, and tells that it has."""
    second_call = scenario(
        kept(),
        respond("200 OK", body=sdp()),
        take("ACK"),
        take("BYE"),
        respond("200 OK", tag=""),
    )
    with SocketAgent() as agent, Sipp(tmp_path, second_call) as second:
        first_call = scenario(
            kept(),
            respond("200 OK", body=sdp()),
            take("ACK"),
            take(
                "REFER",
                f"Refer-To=sip:sipp@127.0.0.1:{second.port}[?]Replaces=.*to-tag.*from-tag",
                "Referred-By=sip:7100@",
            ),
            respond("202 Accepted", tag=""),
            notify(1, "active;expires=60", "100 Trying"),
            notify(2, "active;expires=60", "180 Ringing"),
            notify(3, "terminated;reason=noresource", "200 OK"),
            take("BYE"),
            respond("200 OK", tag=""),
        )
        with Sipp(tmp_path, first_call) as first:
            agent.run(0.3)
            legs = [agent.call(first.port), agent.call(second.port)]
            agent.wait(Answered, 2)
            agent.ua.connect(legs[0], legs[1], agent.now)
            agent.until(lambda: any(event.over for event in agent.of(TransferNews)))
            for leg in legs:
                agent.ua.hangup(leg, agent.now)
            agent.until(lambda: first.done and second.done)
            first.check()
            second.check()
        assert [event.status for event in agent.of(TransferNews)] == [100, 180, 200]


def test_sipp_takes_over_a_call_of_ours(tmp_path: Path) -> None:
    first_call = scenario(
        request("INVITE", 1, body=sdp()),
        maybe(100, 180),
        expect(200),
        within("ACK", 1),
        take("BYE"),
        respond("200 OK", tag=""),
    )
    with SocketAgent() as agent, Sipp(tmp_path, first_call, port=agent.port) as first:
        event = agent.wait(InviteReceived)
        agent.until(lambda: "Confirmed" in agent.names())
        dialog = agent.ua._legs[event.leg].dialog
        assert dialog is not None
        right = Replaces(dialog.call_id, dialog.local_tag, dialog.remote_tag)

        def takes(replaces: str, status: int) -> str:
            return scenario(
                request("INVITE", 1, f"Replaces: {replaces}", "Require: replaces", body=sdp()),
                maybe(100, 180),
                expect(status),
                within("ACK", 1),
                *([within("BYE", 2), expect(200)] if status == 200 else []),
            )

        for replaces, status in (
            (f"{right.call_id};to-tag=wrong;from-tag={right.from_tag}", 481),
            (f"{right};early-only", 486),
            (f"{right.call_id};to-tag={right.to_tag}", 400),
            (f"{right}\nReplaces: {right}", 400),
            (str(right), 200),
        ):
            with Sipp(tmp_path, takes(replaces, status), port=agent.port) as second:
                agent.until(lambda second=second: second.done)  # type: ignore[misc]  # bound at once
                second.check()
        agent.until(lambda: first.done)
        first.check()
        assert agent.of(InviteReceived)[-1].replaces == event.leg
        assert Ended(event.leg, "remote", "replaced") in agent.events
        assert agent.ua.leg_count == 0
