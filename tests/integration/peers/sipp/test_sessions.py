"""Session timers, reliable and early media, digits, passwords and who calls, with sipp."""

from pathlib import Path

import pytest

from sip.digest import Challenger, Credentials, Verdict
from sip.events import (
    Answered,
    Ended,
    InfoReceived,
    InviteReceived,
    OfferAnswered,
    OfferReceived,
    Progress,
    Refused,
)
from sip.headers import NameAddr
from sip.legs.session_timer import SessionPolicy
from sip.trunks.identity import Diversion, HistoryEntry, UserToUser, identity_headers, redirected
from tests.integration.peers.sipp.agent import SocketAgent, describe
from tests.integration.peers.sipp.steps import (
    Sipp,
    asks,
    expect,
    from_called,
    kept,
    maybe,
    pause,
    request,
    respond,
    scenario,
    sdp,
    take,
    verified,
    within,
)

pytestmark = pytest.mark.integration

ALLOW = "Allow: INVITE, ACK, BYE, CANCEL, UPDATE"
TIMER = SessionPolicy(90, 90)


def timed_caller(refresher: str, *then: str) -> str:
    return scenario(
        request("INVITE", 1, "Supported: timer", f"Session-Expires: 90;refresher={refresher}", body=sdp()),
        maybe(100, 180),
        expect(200, f"Session-Expires=90;refresher={refresher}"),
        within("ACK", 1),
        *then,
    )


@pytest.mark.parametrize("allow", ["INVITE, ACK, BYE, CANCEL, UPDATE", "INVITE, ACK, BYE, CANCEL"])
def test_we_refresh_a_call_of_sipps_by_update_or_re_invite(allow: str, tmp_path: Path) -> None:
    by_update = "UPDATE" in allow
    refresh = (
        take("UPDATE", "Session-Expires=90;refresher=uac")
        + respond("200 OK", "Session-Expires: 90;refresher=uac", tag="")
        if by_update
        else take("INVITE", "Session-Expires=90;refresher=uac", "body=m=audio 40000")
        + respond("200 OK", "Session-Expires: 90;refresher=uac", "Require: timer", tag="", body=sdp())
        + take("ACK")
    )
    steps = timed_caller("uas", refresh, refresh, within("BYE", 2), expect(200))
    steps = steps.replace("Supported: timer", f"Supported: timer\nAllow: {allow}", 1)
    with SocketAgent(speed=40, session=TIMER) as agent, Sipp(tmp_path, steps, port=agent.port) as sipp:
        begin = agent.now
        agent.until(lambda: sipp.done)
        sipp.check()
        assert 90 <= agent.now - begin < 180
        assert agent.names()[-1] == "Ended"
        assert not agent.of(OfferAnswered)  # the refresh is the user agent's business


def test_sipp_refreshes_and_then_vanishes(tmp_path: Path) -> None:
    update = within("UPDATE", 2, "Supported: timer", "Session-Expires: 90;refresher=uac")
    steps = timed_caller(
        "uac",
        pause(1000),
        update,
        expect(200, "Session-Expires=90;refresher=uac"),
        take("BYE"),
        respond("200 OK", tag=""),
    )
    with SocketAgent(speed=40, session=TIMER) as agent, Sipp(tmp_path, steps, port=agent.port) as sipp:
        agent.until(lambda: sipp.done)
        sipp.check()
        [ended] = agent.of(Ended)
        assert (ended.by, ended.reason) == ("timeout", "session expired")


def test_sipp_as_the_callee_refreshes_or_lets_us_do_it(tmp_path: Path) -> None:
    for refresher in ("uac", "uas"):
        ours = take("UPDATE", "Session-Expires=90;refresher=uac") + respond(
            "200 OK", "Session-Expires: 90;refresher=uac", tag=""
        )
        theirs = (
            pause(1000)
            + from_called("UPDATE", 1, "Supported: timer", "Session-Expires: 90;refresher=uac")
            + expect(200, "Session-Expires=90;refresher=uac")
        )
        steps = scenario(
            kept("INVITE", "Session-Expires=90", "Supported=timer"),
            respond("200 OK", "Require: timer", ALLOW, f"Session-Expires: 90;refresher={refresher}", body=sdp()),
            take("ACK"),
            ours if refresher == "uac" else theirs,
            take("BYE"),
            respond("200 OK", tag=""),
        )
        with SocketAgent(speed=40, session=TIMER) as agent, Sipp(tmp_path, steps) as sipp:
            agent.run(0.2)
            leg = agent.call(sipp.port)
            agent.wait(Answered)
            agent.run(1.5)
            agent.ua.hangup(leg, agent.now)
            agent.until(lambda sipp=sipp: sipp.done)  # type: ignore[misc]  # bound at once
            sipp.check()
            assert not agent.of(Ended)


def test_early_media_of_ours_reliably_then_changed_by_update_before_the_answer(tmp_path: Path) -> None:
    steps = scenario(
        request("INVITE", 1, "Supported: 100rel", body=sdp()),
        maybe(100),
        '<recv response="183"><action><ereg regexp="[0-9]+" search_in="hdr" header="RSeq:" assign_to="rseq"/>'
        '<ereg regexp="100rel" search_in="hdr" header="Require:" check_it="true" assign_to="rel"/>'
        '<ereg regexp="PCMA" search_in="body" check_it="true" assign_to="media"/>'
        '<log message="[$rel] [$media]"/></action></recv>\n',
        within("PRACK", 2, "RAck: [$rseq] 1 INVITE"),
        expect(200, "CSeq=2 PRACK"),
        within("UPDATE", 3, body=sdp("0 PCMU")),
        expect(200, "CSeq=3 UPDATE", "body=PCMU"),
        expect(200, "CSeq=1 INVITE", "message!m=audio"),
        within("ACK", 1),
        within("BYE", 4),
        expect(200),
    )
    with SocketAgent() as agent:
        agent.hears[InviteReceived] = lambda event: agent.ua.ring(event.leg, agent.now, describe(event.sdp), 183)

        def update(event: OfferReceived) -> None:
            agent.agree(event)
            agent.ua.accept(event.leg, b"", agent.now)

        agent.hears[OfferReceived] = update
        with Sipp(tmp_path, steps, port=agent.port) as sipp:
            agent.until(lambda: sipp.done)
            sipp.check()
        assert agent.names() == ["InviteReceived", "OfferReceived", "Confirmed", "Ended"]


def test_early_media_of_sipps_with_and_without_prack(tmp_path: Path) -> None:
    plain = scenario(
        take("INVITE"),
        respond("183 Session Progress", body=sdp()),
        pause(50),
        respond("200 OK"),
        take("ACK"),
        take("BYE"),
        respond("200 OK", tag=""),
    )
    with SocketAgent() as agent, Sipp(tmp_path, plain) as sipp:
        agent.run(0.2)
        leg = agent.call(sipp.port)
        assert b"41000" in agent.wait(Progress).sdp
        assert b"41000" in agent.wait(Answered).sdp  # what came early counts
        agent.ua.hangup(leg, agent.now)
        agent.until(lambda: sipp.done)
        sipp.check()


def test_sipp_requires_reliable_ringing_and_a_call_without_it_is_refused(tmp_path: Path) -> None:
    steps = scenario(
        request("INVITE", 1, "Require: 100rel, nonsense", body=sdp()),
        maybe(100),
        expect(420, "Unsupported=nonsense"),
        within("ACK", 1),
    )
    with SocketAgent() as agent, Sipp(tmp_path, steps, port=agent.port) as sipp:
        agent.until(lambda: sipp.done)
        sipp.check()
    steps = scenario(take("INVITE", "Require=100rel"), respond("420 Bad Extension", "Unsupported: 100rel"), take("ACK"))
    with SocketAgent() as agent, Sipp(tmp_path, steps) as sipp:
        agent.run(0.2)
        agent.call(sipp.port, headers=[("Require", "100rel")])
        assert agent.wait(Refused).status == 420
        agent.until(lambda: sipp.done)
        sipp.check()


def info(number: int, kind: str, text: str) -> str:
    return within("INFO", number, body=f"Content-Type: {kind}\nContent-Length: [len]\n\n{text}\n") + expect(200)


def test_digits_by_info_both_ways(tmp_path: Path) -> None:
    steps = scenario(
        request("INVITE", 1, body=sdp()),
        maybe(100, 180),
        expect(200),
        within("ACK", 1),
        info(2, "application/dtmf-relay", "Signal=4\nDuration=250"),
        info(3, "application/dtmf-relay", "Signal= #\nDuration= 160"),
        info(4, "application/dtmf", "7"),
        within("INFO", 5, "Info-Package: other") + expect(469),
        take("INFO", "Content-Type=application/dtmf-relay", "body=Signal=9", "body=Duration=160"),
        respond("200 OK", tag=""),
        take("INFO", "Content-Type=application/dtmf$", "body=5"),
        respond("200 OK", tag=""),
        within("BYE", 6),
        expect(200),
    )
    with SocketAgent() as agent, Sipp(tmp_path, steps, port=agent.port) as sipp:
        agent.wait(InfoReceived, 3)
        leg = agent.of(InviteReceived)[0].leg
        agent.run(0.1)
        agent.ua.send_info_digit(leg, "9", agent.now)
        agent.run(0.2)
        agent.ua.send_info_digit(leg, "5", agent.now, content_type="application/dtmf")
        agent.until(lambda: sipp.done)
        sipp.check()
        assert [(event.digit, event.duration) for event in agent.of(InfoReceived)] == [("4", 250), ("#", 160), ("7", 0)]


def call_with_password(steps: str, folder: Path) -> None:
    with SocketAgent() as agent, Sipp(folder, steps) as sipp:
        agent.run(0.2)
        leg = agent.call(sipp.port, credentials=[Credentials("x", "y", realm="other"), Credentials("7100", "secret")])
        agent.until(lambda: bool(agent.of(Answered) or agent.of(Refused)))
        assert agent.of(Answered), sipp.messages()[-3000:]
        agent.ua.hangup(leg, agent.now)
        agent.until(lambda: sipp.done)
        sipp.check()


ANSWERED = respond("200 OK", body=sdp()) + take("ACK") + take("BYE") + respond("200 OK", tag="")


@pytest.mark.parametrize("qop", ["", "auth"])
def test_sipp_asks_who_we_are_and_finds_the_answer_right(qop: str, tmp_path: Path) -> None:
    """This sipp knows MD5 alone, and reads Authorization alone."""
    steps = scenario(
        take("INVITE", "message!Authorization"),
        respond("401 Unauthorized", asks("WWW-Authenticate", "MD5", qop)),
        take("ACK"),
        verified("INVITE", "7100"),
        respond("403 Forbidden", next="end"),
        '<label id="good"/>\n',
        ANSWERED,
        '<label id="end"/>\n',
    )
    call_with_password(steps, tmp_path)


@pytest.mark.parametrize(("algorithm", "digits"), [("MD5", 32), ("SHA-256", 64), ("SHA-512-256", 64)])
def test_a_proxy_and_the_callee_both_ask(algorithm: str, digits: int, tmp_path: Path) -> None:
    proxy = f"Proxy-Authorization=realm=.lab.*response=.[0-9a-f]{{{digits}}}.*algorithm={algorithm}"
    steps = scenario(
        take("INVITE", "message!Authorization"),
        respond("407 Proxy Authentication Required", asks("Proxy-Authenticate", algorithm, "auth,auth-int")),
        take("ACK"),
        take("INVITE", proxy, "CSeq=2 INVITE"),
        respond("401 Unauthorized", asks("WWW-Authenticate", algorithm, "auth")),
        take("ACK"),
        take("INVITE", proxy, f"message=Authorization: Digest username=.7100.*{algorithm}", "CSeq=3 INVITE"),
        ANSWERED,
    )
    call_with_password(steps, tmp_path)


def test_we_ask_sipp_who_it_is(tmp_path: Path) -> None:
    steps = scenario(
        request("INVITE", 1, body=sdp()),
        maybe(100),
        '<recv response="401" auth="true"/>\n',
        within("ACK", 1),
        request("INVITE", 2, "[authentication username=sipp password=right]", body=sdp()),
        maybe(100, 180),
        expect(200),
        within("ACK", 2),
        within("BYE", 3),
        expect(200),
    )
    challenger = Challenger("lab", b"key", algorithms=("MD5",))
    verdicts = []

    def judge(event: InviteReceived) -> None:
        values = event.request.headers.all("Authorization")
        passwords = {"sipp": "right"}
        verdicts.append(challenger.verify(values, method="INVITE", password_of=passwords.get, now=agent.now).verdict)
        if verdicts[-1] is Verdict.ACCEPTED:
            agent.answer(event)
        else:
            agent.ua.refuse(event.leg, 401, "", agent.now, challenger.challenge(agent.now))

    with SocketAgent() as agent:
        agent.hears[InviteReceived] = judge
        with Sipp(tmp_path, steps, port=agent.port) as sipp:
            agent.until(lambda: sipp.done)
            sipp.check()
    assert verdicts == [Verdict.ABSENT, Verdict.ACCEPTED]


def test_who_calls_and_which_way_the_call_came_is_told_to_sipp(tmp_path: Path) -> None:
    steps = scenario(
        take(
            "INVITE",
            "P-Asserted-Identity=<sip:7100@lab>",
            "Privacy=id",
            "Diversion=<sip:7001@lab>;reason=no-answer;counter=1",
            "History-Info=<sip:7001@lab[?]Reason=SIP%3Bcause%3D408>;index=1",
            "message=History-Info: <sip:7002@lab>;index=1.1",
            "User-to-User=6f72646572;encoding=hex;purpose=isdn-uui",
        ),
        respond("486 Busy Here"),
        take("ACK"),
    )
    headers = identity_headers(
        asserted=NameAddr("sip:7100@lab"),
        private=True,
        diverted=(Diversion(NameAddr("sip:7001@lab"), "no-answer"),),
        history_info=redirected((), NameAddr("sip:7002@lab"), 408, NameAddr("sip:7001@lab")),
        user_data=UserToUser(b"order", "isdn-uui"),
    )
    with SocketAgent() as agent, Sipp(tmp_path, steps) as sipp:
        agent.run(0.2)
        agent.call(sipp.port, headers=headers)
        agent.wait(Refused)
        agent.until(lambda: sipp.done)
        sipp.check()


def test_who_calls_is_read_from_sipp(tmp_path: Path) -> None:
    says = (
        'P-Asserted-Identity: "Anna" <sip:+4930123@lab>, <tel:+4930123>',
        "Privacy: user;id",
        "Diversion: <sip:7001@lab>;reason=user-busy;counter=2",
        "History-Info: <sip:7001@lab?Reason=SIP%3Bcause%3D486>;index=1,<sip:7002@lab>;index=1.1",
        "User-to-User: 6f72646572;encoding=hex",
    )
    steps = scenario(
        request("INVITE", 1, *says, body=sdp()),
        maybe(100, 180),
        expect(200),
        within("ACK", 1),
        within("BYE", 2),
        expect(200),
    )
    with SocketAgent() as agent:
        with Sipp(tmp_path, steps, port=agent.port, service="493055") as sipp:
            agent.until(lambda: sipp.done)
            sipp.check()
        [event] = agent.of(InviteReceived)
    who = event.identity
    assert (who.number(trusted=True), who.asserted[0].display, who.private) == ("+4930123", "Anna", True)
    assert who.diversions == (Diversion(NameAddr("sip:7001@lab"), "user-busy", 2),)
    assert who.history == (
        HistoryEntry(NameAddr("sip:7001@lab"), "1", 486),
        HistoryEntry(NameAddr("sip:7002@lab"), "1.1"),
    )
    assert who.user_data == (UserToUser(b"order"),)
    assert who.first_dialled == "7001"
