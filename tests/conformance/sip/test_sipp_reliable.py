"""Reliable provisional responses (RFC 3262) with sipp, either side calling."""

import signal
import subprocess
from pathlib import Path

import pytest

from tests.conformance.sip.test_sipp import SIPP, call_sipp, errors, finish, run_peer, sipp_options
from tests.conformance.sip.test_sipp_sessions import SDP, expect, request, respond, scenario

pytestmark = pytest.mark.integration

CALLER = scenario(
    request("INVITE", 1, "", "Require: 100rel", "Supported: 100rel", body=SDP),
    '<recv response="100" optional="true"/>',
    '<recv response="180"><action>'
    '<ereg regexp="[0-9]+" search_in="hdr" header="RSeq:" check_it="true" assign_to="rseq"/></action></recv>',
    request("PRACK", 2, "[peer_tag_param]", "RAck: [$rseq] 1 INVITE"),
    expect(200, "CSeq=2 PRACK"),
    expect(200, "CSeq=1 INVITE"),
    request("ACK", 1, "[peer_tag_param]"),
    '<pause milliseconds="100"/>',
    request("BYE", 3, "[peer_tag_param]"),
    expect(200),
)

CALLED = scenario(
    '<recv request="INVITE"><action>'
    '<ereg regexp=".*" search_in="hdr" header="Via:" assign_to="via"/>'
    '<ereg regexp="100rel" search_in="hdr" header="Supported:" check_it="true" assign_to="one"/>'
    '<log message="[$one]"/></action></recv>',
    respond("183 Session Progress", "Require: 100rel", "RSeq: 4711", body=SDP),
    '<recv request="PRACK"><action>'
    '<ereg regexp="4711 1 INVITE" search_in="hdr" header="RAck:" check_it="true" assign_to="two"/>'
    '<log message="[$two]"/></action></recv>',
    respond("200 OK"),
    respond("200 OK", "Supported: 100rel")
    .replace("[last_CSeq:]", "CSeq: 1 INVITE")
    .replace("[last_Via:]", "Via: [$via]"),
    '<recv request="ACK"/>',
    '<recv request="BYE"><action>'
    '<ereg regexp="3 BYE" search_in="hdr" header="CSeq:" check_it="true" assign_to="three"/>'
    '<log message="[$three]"/></action></recv>',
    respond("200 OK"),
)


def test_sipp_insists_on_reliable_ringing(tmp_path: Path) -> None:
    file = tmp_path / "caller.xml"
    file.write_text(CALLER)
    peer = run_peer("answer", "udp")
    assert peer.stdout is not None
    port = peer.stdout.readline().split()[1]
    sipp = subprocess.run(
        [SIPP, "-sf", str(file), "-m", "5", "-r", "10", *sipp_options("udp", tmp_path), f"127.0.0.1:{port}"],
        cwd=tmp_path, capture_output=True, text=True, timeout=40, check=False,
    )  # fmt: skip
    peer.send_signal(signal.SIGINT)
    told = finish(peer)
    assert sipp.returncode == 0, sipp.stdout[-2000:] + errors(tmp_path)
    assert told.count("Ended remote") == 5
    assert "legs 0" in told


def test_sipp_sends_early_media_reliably(tmp_path: Path) -> None:
    told = call_sipp(CALLED, "call", tmp_path)
    assert told.count("Progress 183") == 3
    assert told.count("Answered") == 3
    assert "legs 0" in told
