"""Callers of sipp's at the whole house, several at once; their media is received and timed by the test itself."""

import random
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import pytest

from tests.fakes.listening import RtpListener, match
from tests.integration.house import HOST, PROMPTS, House, house
from tests.integration.outsiders import HEARD, PjsuaPhone, Sipp

pytestmark = pytest.mark.timeout(150)
MOST = 0.6
LATE = 0.040
CALLERS = ("030555001", "030555002", "030555003", "030555004")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("house"), changes={"wrap_up: 8": "wrap_up: 1"}) as one:
        yield one


def prompt(name: str) -> Path:
    return PROMPTS / f"{name}.wav"


def late(ear: RtpListener, begin: float, seconds: float) -> list[float]:
    """Gaps of more than 40 ms between packets of the given time, by the kernel's stamps."""
    times = [one.at for one in ear.arrivals if begin <= one.at <= begin + seconds]
    return [after - before for before, after in pairwise(times) if after - before > LATE]


def contacts_from(one: House, since: int, count: int) -> list[int]:
    """The contacts that were opened since then, once there are so many."""
    deadline = time.monotonic() + 15
    while len(found := one.log.find("ContactOpened", since)) < count:
        assert time.monotonic() < deadline, f"{len(found)} of {count} contacts opened"
        time.sleep(0.05)
    return [int(entry["contact"]) for entry in found]


def test_four_callers_hear_the_greeting_in_time_and_a_fifth_without_a_port_is_served_by_deflection(
    running: House, tmp_path: Path
) -> None:
    agent = PjsuaPhone(
        running, "7102", "--stay", "--answer", "0.5", speak="agent_greeting", record=tmp_path / "agent.wav"
    )
    fifth = PjsuaPhone(running, "7203", speak="caller_speech", record=tmp_path / "fifth.wav")
    since = running.mark()
    with ExitStack() as stack:
        ears = [stack.enter_context(RtpListener()) for _ in CALLERS]
        lines = [(number, ear.port) for number, ear in zip(CALLERS, ears, strict=True)]
        callers = stack.enter_context(Sipp(running, "listener.xml", lines, seconds=18.0))
        four = contacts_from(running, since, 4)
        for contact in four:
            running.expect("MediaJoined", contact=contact)
        time.sleep(6.5)  # greeting and menu, undisturbed

        since = running.mark()
        fifth.tell("dial 7000")
        contact = contacts_from(running, since, 1)[0]
        running.expect("MediaRefused", contact=contact)
        assert running.expect("ContactQueued", contact=contact)["queue"] == "sales"
        time.sleep(0.5)
        assert not fifth.program.log.find("answered")
        with running.console() as console:
            console.ask("agent logon ben 7102")
            console.ask("agent ready ben")
        running.expect("ContactAnswered", contact=contact, agent="ben")
        fifth.expect("answered")
        time.sleep(4.4)
        fifth.finish("hangup")
        agent.finish()
        status, said = callers.finish()
    assert status == 0, said

    for ear in ears:
        heard = ear.linear()
        greeting, menu = match(heard, prompt("welcome")), match(heard, prompt("menu"))
        assert min(greeting.score, menu.score) > HEARD
        assert greeting.offset < menu.offset
        assert ear.lost() == 0
        assert late(ear, ear.arrivals[0].at, menu.offset + 2.9) == []
    for one in four:
        assert running.contact(one)["disposition"] == "abandoned-in-flow"

    # A deflected call keeps its identifier, and never was at a media port.
    assert not running.log.find("CallReplaced", contact=contact)
    assert not running.log.find("MediaJoined", contact=contact)
    assert fifth.share_heard("agent_greeting") > MOST
    assert agent.share_heard("caller_speech") > MOST
    row = running.contact(contact)
    assert (row["agent"], row["disposition"]) == ("ben", "answered")


def test_a_caller_over_tcp_hears_the_greeting(running: House) -> None:
    since = running.mark()
    with (
        RtpListener() as ear,
        Sipp(running, "listener.xml", [("030555005", ear.port)], seconds=3.2, transport="tcp") as caller,
    ):
        contact = contacts_from(running, since, 1)[0]
        status, said = caller.finish()
    assert status == 0, said
    assert match(ear.linear(), prompt("welcome")).score > HEARD
    assert ear.lost() == 0
    released = running.expect("ContactReleased", contact=contact)
    assert (released["disposition"], released["released_by"]) == ("abandoned-in-flow", "customer")


GARBAGE = (
    b"",
    b"\0",
    b"\xff" * 1400,
    b"INVITE",
    b"INVITE sip:7000@x SIP/2.0\r\n\r\n",
    b"INVITE sip:7000@127.0.0.1 SIP/2.0\r\nVia: nonsense\r\nFrom: ???\r\nTo:\r\nCall-ID:\r\nCSeq: minus one\r\n\r\n",
    b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=\r\nContent-Length: -5\r\n\r\n",
    b"BYE sip:7000@127.0.0.1 SIP/2.0\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"\r\n" * 700,
)


def test_garbage_at_every_door_is_logged_and_a_running_call_does_not_hear_it(running: House) -> None:
    chance = random.Random(20)
    doors = [running.ports[name] for name in ("pbx", "media")]
    with (
        RtpListener() as ear,
        Sipp(running, "listener.xml", [("030555009", ear.port)], seconds=5.0) as caller,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as packets,
    ):
        assert ear.wait(50)
        begin = time.time()
        pbx, media = running.pbx_log.mark(), running.media_log.mark()
        for _round in range(10):
            for door in doors:
                for piece in (*GARBAGE, chance.randbytes(600)):
                    packets.sendto(piece, (HOST, door))
                with socket.create_connection((HOST, door)) as stream:
                    stream.sendall(chance.randbytes(2000))
            with socket.create_connection((HOST, running.ports["control"])) as stream:
                stream.sendall(chance.randbytes(2000))
            time.sleep(0.1)
        seconds = time.time() - begin
        running.pbx_log.expect("sip message refused", since=pbx, level="warning")
        running.media_log.expect("sip message cannot be read", since=media, level="warning")
        running.media_log.expect("control client refused", since=media, level="warning")
        status, said = caller.finish()
    assert status == 0, said
    assert late(ear, begin, seconds) == []
    assert ear.lost() == 0
    assert match(ear.linear(), prompt("welcome")).score > HEARD
    for log in (running.log, running.pbx_log, running.media_log):
        assert not [one for one in log.entries if one.get("level") in {"error", "critical"}]
