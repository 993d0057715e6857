"""Calls with sipp, a SIP implementation that nobody here wrote, over loopback UDP and TCP."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SIPP = shutil.which("sipp") or "sipp"  # missing: apt-get install sip-tester
PEER = Path(__file__).parent / "sipp_peer.py"

pytestmark = pytest.mark.integration


def run_peer(role: str, transport: str, port: int = 0, calls: int = 1) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(PEER), role, transport, str(port), str(calls)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )


def finish(process: subprocess.Popen[str], timeout: float = 20) -> str:
    try:
        out, _ = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        out, _ = process.communicate()
        pytest.fail(f"did not end in {timeout} s: {out}")
    return out


def sipp_options(transport: str, folder: Path) -> list[str]:
    kind = {"udp": "u1", "tcp": "t1"}[transport]
    return [
        "-t",
        kind,
        "-i",
        "127.0.0.1",
        "-nostdin",
        "-timeout",
        "20s",
        "-trace_err",
        "-error_file",
        str(folder / "e"),
    ]


def errors(folder: Path) -> str:
    file = folder / "e"
    return file.read_text() if file.exists() else ""


def call_sipp(scenario: str, role: str, folder: Path) -> str:
    """Call sipp three times in a role of our peer over UDP, with ``scenario`` at its end; gives what the peer told."""
    file = folder / "called.xml"
    file.write_text(scenario)
    port = 20000 + secrets.randbelow(20000)
    sipp = subprocess.Popen(
        [SIPP, "-sf", str(file), "-m", "3", "-p", str(port), *sipp_options("udp", folder)],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        told = finish(run_peer(role, "udp", port, 3))
        out = finish(sipp, 30)
    finally:
        if sipp.poll() is None:
            sipp.kill()
    assert sipp.returncode == 0, out[-2000:] + errors(folder)
    return told


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_sipp_calls_us(transport: str, tmp_path: Path) -> None:
    peer = run_peer("answer", transport)
    assert peer.stdout is not None
    port = peer.stdout.readline().split()[1]
    calls = 20
    sipp = subprocess.run(
        [SIPP, "-sn", "uac", "-m", str(calls), "-r", "20", "-d", "200", *sipp_options(transport, tmp_path), "-s",
         "7000", f"127.0.0.1:{port}"],
        cwd=tmp_path, capture_output=True, text=True, timeout=40, check=False,
    )  # fmt: skip
    peer.send_signal(signal.SIGINT)
    told = finish(peer)
    assert sipp.returncode == 0, sipp.stdout[-2000:] + errors(tmp_path)
    assert told.count("InviteReceived 7000") == calls
    assert told.count("Confirmed") == calls
    assert told.count("Ended remote") == calls
    assert "legs 0" in told
    assert "Malformed" not in told


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_we_call_sipp(transport: str, tmp_path: Path) -> None:
    port = 20000 + secrets.randbelow(20000)
    calls = 10
    sipp = subprocess.Popen(
        [SIPP, "-sn", "uas", "-m", str(calls), "-p", str(port), *sipp_options(transport, tmp_path)],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        told = finish(run_peer("call", transport, port, calls))
        out = finish(sipp, 30)
    finally:
        if sipp.poll() is None:
            sipp.kill()
    assert sipp.returncode == 0, out[-2000:] + errors(tmp_path)
    assert told.count("Progress 180") == calls
    assert told.count("Answered") == calls
    assert "legs 0" in told


REGISTRAR = """<?xml version="1.0" encoding="UTF-8" ?>
<scenario name="registrar with digest">
  <recv request="REGISTER"/>
  <send><![CDATA[
SIP/2.0 401 Unauthorized
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
WWW-Authenticate: Digest realm="lab", nonce="47364c23432d2e131a5fb210812c"
Content-Length: 0

  ]]></send>
  <recv request="REGISTER">
    <action><verifyauth assign_to="ok" username="7001" password="secret"/></action>
  </recv>
  <nop hide="true" test="ok" next="good"/>
  <send next="end"><![CDATA[
SIP/2.0 403 Forbidden
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

  ]]></send>
  <label id="good"/>
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
Expires: 77
Content-Length: 0

  ]]></send>
  <label id="end"/>
</scenario>
"""


@pytest.mark.parametrize(("password", "told"), [("secret", "Registered 77"), ("wrong", "RegistrationFailed 403")])
def test_we_register_at_sipp(password: str, told: str, tmp_path: Path) -> None:
    scenario = tmp_path / "registrar.xml"
    scenario.write_text(REGISTRAR)
    port = 20000 + secrets.randbelow(20000)
    sipp = subprocess.Popen(
        [SIPP, "-sf", str(scenario), "-m", "1", "-p", str(port), *sipp_options("udp", tmp_path)],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        out = finish(run_peer(f"register:{password}", "udp", port))
    finally:
        sipp.terminate()
        sipp.communicate(timeout=10)
    assert told in out, out + errors(tmp_path)
