"""What the process does in calls, seen and judged by sipp: early media, transfers, calls that it places."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from media_service.control.actions import Answer, Hangup, Play, Progress, SendDigits, Transfer, Utterance
from tests.fakes.listening import RtpListener, match
from tests.integration.peers.sipp.steps import (
    Sipp,
    expect,
    maybe,
    pause,
    request,
    respond,
    scenario,
    sdp,
    take,
    within,
)
from tests.integration.peers.trunk_service import PROMPTS, TrunkService
from tests.integration.softphones import wait_for_udp

pytestmark = [pytest.mark.integration, pytest.mark.alone]

EARLY, LATE = PROMPTS / "en" / "one_moment.wav", PROMPTS / "en" / "goodbye.wav"
IDLE = take("BYE") + respond("200 OK", tag="")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrunkService]:
    with TrunkService(tmp_path_factory.mktemp("service")) as running:
        yield running


def calling(service: TrunkService, folder: Path, *steps: str) -> Sipp:
    return Sipp(folder, scenario(*steps), port=service.ports["udp"], service="ivr")


def hearing(listener: RtpListener, codec: str = "8 PCMA") -> str:
    """A description whose audio comes to the listener."""
    return sdp(codec).replace("41000", str(listener.port))


def hears(listener: RtpListener, prompt: Path, since: float = 0.0) -> bool:
    """Whether the prompt, whose last packet may be on its way, is heard whole."""
    time.sleep(0.1)
    return match(listener.linear(since), prompt).score > 0.9


RELIABLY = (
    '<recv response="183"><action><ereg regexp="[0-9]+" search_in="hdr" header="RSeq:" assign_to="rseq"/>'
    '<ereg regexp="100rel" search_in="hdr" header="Require:" check_it="true" assign_to="rel"/>'
    '<log message="[$rel]"/></action></recv>\n'
)


def test_a_caller_hears_before_the_answer_and_acknowledges_it(service: TrunkService, tmp_path: Path) -> None:
    desk = service.desk
    with RtpListener() as listener:
        steps = (
            request("INVITE", 1, "Supported: 100rel", body=hearing(listener)),
            maybe(100, 180),
            RELIABLY,
            within("PRACK", 2, "RAck: [$rseq] 1 INVITE"),
            expect(200, "CSeq=2 PRACK"),
            expect(200, "CSeq=1 INVITE", "message!m=audio"),
            within("ACK", 1),
            IDLE,
        )
        with calling(service, tmp_path, *steps) as sipp:
            session = desk.session().id
            desk.done(session, Progress((Utterance(prompt=EARLY.stem),)))
            before = listener.arrivals[-1].at
            assert hears(listener, EARLY)
            desk.done(session, Answer())
            desk.done(session, Play((Utterance(prompt=LATE.stem),)))
            assert hears(listener, LATE, before)
            desk.done(session, Hangup())
            sipp.check()
        assert listener.lost() == 0


ANSWERED = request("INVITE", 1, body=sdp()) + maybe(100, 180) + expect(200) + within("ACK", 1)


def told(number: int, state: str, status: str) -> str:
    """News of a transfer."""
    body = f"Content-Type: message/sipfrag;version=2.0\nContent-Length: [len]\n\nSIP/2.0 {status}\n"
    return within("NOTIFY", number, "Event: refer", f"Subscription-State: {state}", body=body) + expect(200)


def test_two_callers_are_connected_with_each_other(service: TrunkService, tmp_path: Path) -> None:
    """The first is asked to take our place at the second, whose call it is told by all three names (RFC 3891)."""
    desk = service.desk
    with calling(service, tmp_path, ANSWERED, IDLE) as second:
        held = desk.session()
        desk.done(held.id, Answer())
        # Call-ID, and our tag before theirs: the second is at the other end of that call
        call = held.sip_call_id.replace("@", "(%40|@)")
        steps = (
            take("REFER", f"Refer-To=sip:sipp@127.0.0.1:{second.port}.*Replaces={call}.*to-tag.*from-tag")
            + respond("202 Accepted", tag="")
            + told(2, "active;expires=60", "100 Trying")
            + told(3, "terminated;reason=noresource", "200 OK")
        )
        with calling(service, tmp_path, ANSWERED, steps, IDLE) as first:
            moved = desk.answered()
            desk.done(moved, Transfer(replaces=held.id))
            assert desk.over(moved).reason == "local"
            first.check()
        desk.done(held.id, Hangup())
        second.check()


def test_a_transfer_that_fails_leaves_the_caller_with_us(service: TrunkService, tmp_path: Path) -> None:
    desk = service.desk
    with RtpListener() as listener:
        steps = (
            request("INVITE", 1, body=hearing(listener, "0 PCMU")),
            maybe(100, 180),
            expect(200),
            within("ACK", 1),
            take("REFER", "Refer-To=sip:busy@127.0.0.1"),
            respond("202 Accepted", tag=""),
            told(2, "active;expires=60", "100 Trying"),
            told(3, "terminated;reason=noresource", "486 Busy Here"),
            IDLE,
        )
        with calling(service, tmp_path, *steps) as sipp:
            session = desk.answered()
            outcome = desk.outcome(desk.do(session, Transfer("sip:busy@127.0.0.1:5999")))
            assert (outcome.result, outcome.status) == ("failed", 486)
            desk.done(session, Play((Utterance(prompt=LATE.stem),)))
            assert hears(listener, LATE)
            desk.done(session, Hangup())
            sipp.check()


INVITED = (
    '<recv request="INVITE"><action>'
    + "".join(
        f'<ereg regexp=".*" search_in="hdr" header="{name}:" assign_to="{name.lower()}"/>'
        for name in ("Via", "From", "To", "CSeq")
    )
    + '<ereg regexp="100rel" search_in="hdr" header="Supported:" check_it="true" assign_to="able"/>'
    '<log message="[$able]"/></action></recv>\n'
)
"""An INVITE that is answered after something else has come."""
TAKEN = """<send retrans="500"><![CDATA[

SIP/2.0 200 OK
Via:[$via]
From:[$from]
To:[$to];tag=[pid]t[call_number]
Call-ID: [call_id]
CSeq:[$cseq]
Contact: <sip:sipp@[local_ip]:[local_port]>
Content-Length: 0

]]></send>
"""


def test_a_call_that_we_place_is_announced_reliably_and_gets_digits(service: TrunkService, tmp_path: Path) -> None:
    desk = service.desk
    with RtpListener() as listener:
        media = hearing(listener).replace("AVP 8", "AVP 8 101") + "a=rtpmap:101 telephone-event/8000\n"
        steps = scenario(
            INVITED,
            respond("183 Session Progress", "Require: 100rel", "RSeq: 17", body=media),
            take("PRACK", "RAck=17 [0-9]+ INVITE"),
            respond("200 OK", tag=""),
            pause(100),
            TAKEN,
            take("ACK"),
            IDLE,
        )
        with Sipp(tmp_path, steps) as sipp:
            wait_for_udp(sipp.port)
            placed = desk.place(f"sip:sipp@127.0.0.1:{sipp.port}", "placed-2")
            assert desk.outcome(placed).result == "finished"
            desk.session()
            desk.done("placed-2", SendDigits("42#"))
            assert listener.wait(20)
            desk.done("placed-2", Play((Utterance(prompt=LATE.stem),)))
            assert hears(listener, LATE)
            assert listener.digits() == "42#"
            desk.done("placed-2", Hangup())
            sipp.check()


def test_a_busy_number_is_told(service: TrunkService, tmp_path: Path) -> None:
    busy = scenario(take("INVITE"), respond("486 Busy Here", "Retry-After: 60"), take("ACK"))
    with Sipp(tmp_path, busy) as sipp:
        wait_for_udp(sipp.port)
        outcome = service.desk.outcome(service.desk.place(f"sip:9@127.0.0.1:{sipp.port}", "placed-1"))
        assert (outcome.result, outcome.status) == ("failed", 486)
        assert service.desk.session().id == "placed-1"
        sipp.check()
