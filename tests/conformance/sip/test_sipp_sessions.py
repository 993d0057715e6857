"""Session timers and UPDATE with sipp, by scenarios of our own over loopback."""

import secrets
import signal
import subprocess
from pathlib import Path

import pytest

from tests.conformance.sip.test_sipp import SIPP, call_sipp, errors, finish, run_peer, sipp_options

pytestmark = pytest.mark.integration

SDP = """Content-Type: application/sdp
Content-Length: [len]

v=0
o=sipp 53655765 2353687637 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000
"""


def request(method: str, number: int, to_tag: str, *more: str, body: str = "Content-Length: 0\n") -> str:
    lines = [
        f"{method} sip:7000@[remote_ip]:[remote_port] SIP/2.0",
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]",
        "From: <sip:sipp@[local_ip]:[local_port]>;tag=[pid]SIPp[call_number]",
        f"To: <sip:7000@[remote_ip]:[remote_port]>{to_tag}",
        "Call-ID: [call_id]",
        f"CSeq: {number} {method}",
        "Contact: <sip:sipp@[local_ip]:[local_port]>",
        "Max-Forwards: 70",
        *more,
    ]
    return "<send><![CDATA[\n\n" + "\n".join(lines) + "\n" + body + "\n]]></send>\n"


def expect(status: int, *matches: str) -> str:
    """A response that must hold each of the patterns."""
    checks = "".join(
        f'<ereg regexp="{pattern}" search_in="hdr" header="{header}:" check_it="true" assign_to="seen"/>'
        for header, _, pattern in (match.partition("=") for match in matches)
    )
    used = '<log message="[$seen]"/>' if matches else ""
    return f'<recv response="{status}"><action>{checks}{used}</action></recv>\n'


def scenario(*steps: str) -> str:
    body = "".join(steps)
    return f'<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="sessions">\n{body}</scenario>\n'


CALLER = scenario(
    request("INVITE", 1, "", "Supported: timer", "Session-Expires: 60", body=SDP),
    '<recv response="100" optional="true"/>',
    expect(422, "Min-SE=90"),
    request("ACK", 1, "[peer_tag_param]"),
    request("INVITE", 2, "", "Supported: timer", "Session-Expires: 90;refresher=uac", body=SDP),
    '<recv response="100" optional="true"/>',
    '<recv response="180" optional="true"/>',
    expect(200, "Session-Expires=90;refresher=uac", "Require=timer"),
    request("ACK", 2, "[peer_tag_param]"),
    '<pause milliseconds="100"/>',
    request("UPDATE", 3, "[peer_tag_param]", "Supported: timer", "Session-Expires: 120;refresher=uac"),
    expect(200, "Session-Expires=120;refresher=uac"),
    request("BYE", 4, "[peer_tag_param]"),
    expect(200),
)


def respond(status: str, *more: str, body: str = "Content-Length: 0\n") -> str:
    lines = [
        f"SIP/2.0 {status}",
        "[last_Via:]",
        "[last_From:]",
        "[last_To:];tag=[pid]SIPp[call_number]",
        "[last_Call-ID:]",
        "[last_CSeq:]",
        "Contact: <sip:[local_ip]:[local_port];transport=[transport]>",
        *more,
    ]
    return "<send><![CDATA[\n\n" + "\n".join(lines) + "\n" + body + "\n]]></send>\n"


CALLED = scenario(
    '<recv request="INVITE"/>',
    respond("422 Session Interval Too Small", "Min-SE: 2000"),
    '<recv request="ACK"/>',
    '<recv request="INVITE"><action>'
    '<ereg regexp="^ *2000" search_in="hdr" header="Session-Expires:" check_it="true" assign_to="one"/>'
    '<ereg regexp="2000" search_in="hdr" header="Min-SE:" check_it="true" assign_to="two"/>'
    '<log message="[$one] [$two]"/></action></recv>',
    respond("200 OK", "Require: timer", "Session-Expires: 2000;refresher=uas", body=SDP),
    '<recv request="ACK"/>',
    '<recv request="BYE"/>',
    respond("200 OK"),
)


ASKED = scenario('<recv request="OPTIONS"/>', respond("200 OK"))


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_sipp_asks_too_briefly_then_refreshes_by_update(transport: str, tmp_path: Path) -> None:
    file = tmp_path / "caller.xml"
    file.write_text(CALLER)
    peer = run_peer("answer", transport)
    assert peer.stdout is not None
    port = peer.stdout.readline().split()[1]
    sipp = subprocess.run(
        [SIPP, "-sf", str(file), "-m", "3", "-r", "10", *sipp_options(transport, tmp_path), f"127.0.0.1:{port}"],
        cwd=tmp_path, capture_output=True, text=True, timeout=40, check=False,
    )  # fmt: skip
    peer.send_signal(signal.SIGINT)
    told = finish(peer)
    assert sipp.returncode == 0, sipp.stdout[-2000:] + errors(tmp_path)
    assert told.count("Ended remote") == 3
    assert "legs 0" in told
    assert "Malformed" not in told


def test_sipp_answers_422_and_we_ask_for_more(tmp_path: Path) -> None:
    told = call_sipp(CALLED, "call", tmp_path)
    assert told.count("Answered") == 3
    assert "legs 0" in told


def test_sipp_is_watched_and_then_gone(tmp_path: Path) -> None:
    file = tmp_path / "asked.xml"
    file.write_text(ASKED)
    port = 20000 + secrets.randbelow(20000)
    peer = run_peer("watch", "udp", port)
    sipp = subprocess.Popen(
        [SIPP, "-sf", str(file), "-m", "3", "-p", str(port), *sipp_options("udp", tmp_path)],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        told = finish(peer).split()
    finally:
        sipp.terminate()
        sipp.communicate(timeout=10)
    # sipp needs a moment to listen, answers three times and goes.
    assert told.count("PeerReachable") == 1
    assert told[-3:] == ["PeerUnreachable", "legs", "0"]
