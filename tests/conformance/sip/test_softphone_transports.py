"""linphone and baresip call over TCP and TLS, checking our certificate; OpenSSL's own client speaks to the TLS port."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sip.events import Confirmed, Ended, InviteReceived
from sip.transport import Listening
from tests.unit.sip.transport.authority import Authority
from tests.unit.sip.transport.bench import Bench, Phone
from tests.unit.sip.transport.test_endpoint import OPTIONS

pytestmark = pytest.mark.integration

_BARESIP = """
net_interface 127.0.0.1
sip_listen 127.0.0.1:0
sip_cafile {authority}
sip_verify_server yes
audio_source aufile,{folder}/said.wav
audio_player aufile,{folder}/played.wav
audio_alert aufile,{folder}/alert.wav
module_path {modules}
module stdio.so
module g711.so
module aufile.so
module_app account.so
module_app menu.so
"""
_LINPHONE = """
[sip]
sip_port=0
sip_tcp_port=-1
sip_tls_port=-1
use_ipv6=0
bind_address=127.0.0.1
default_proxy=-1
root_ca={authority}
verify_server_certs=1
verify_server_cn=1
[rtp]
bind_address=127.0.0.1
[net]
firewall_policy=none
[video]
enabled=0
"""


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


def answering(bench: Bench, authority: Authority) -> Phone:
    # linphone looks for names in certificates alone, not for addresses.
    return bench.phone("b", also=Listening(authority.settings("localhost", "127.0.0.1"), tls_port=0))


def invited(phone: Phone) -> InviteReceived:
    return next(event for event in phone.events if isinstance(event, InviteReceived))


def linphone(folder: Path, authority: Path) -> "subprocess.Popen[bytes]":
    program = shutil.which("linphonec")
    assert program is not None, "linphonec is missing: apt-get install linphone-cli"
    (folder / "linphonerc").write_text(_LINPHONE.format(authority=authority))
    (folder / ".local" / "share" / "linphone").mkdir(parents=True)
    home = {**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    return subprocess.Popen(
        [program, "-c", str(folder / "linphonerc")],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=home,
    )  # fmt: skip


def say(process: "subprocess.Popen[bytes]", *wishes: str) -> None:
    assert process.stdin is not None
    process.stdin.write("".join(f"{wish}\n" for wish in wishes).encode())
    process.stdin.flush()


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_linphone_calls_and_hangs_up(bench: Bench, tmp_path: Path, transport: str) -> None:
    authority = Authority(tmp_path)
    phone = answering(bench, authority)
    process = linphone(tmp_path, authority.file)
    try:
        port = phone.endpoint.ports[transport]
        say(process, "soundcard use files", f"call sip:7001@localhost:{port};transport={transport}")
        bench.until(lambda: Confirmed in phone.kinds(), 20)
        assert invited(phone).source.transport == transport
        assert invited(phone).request.via.transport == transport.upper()
        say(process, "terminate")
        bench.until(lambda: Ended in phone.kinds(), 10)
    finally:
        process.kill()
        process.communicate()


def test_linphone_does_not_take_a_certificate_of_another_authority(bench: Bench, tmp_path: Path) -> None:
    authority, other = Authority(tmp_path), Authority(tmp_path, "other")
    phone = answering(bench, authority)
    process = linphone(tmp_path, other.file)
    try:
        say(process, f"call sip:7001@localhost:{phone.endpoint.ports['tls']};transport=tls")
        with pytest.raises(pytest.fail.Exception):
            bench.until(lambda: InviteReceived in phone.kinds(), 4)
    finally:
        process.kill()
        process.communicate()


def test_baresip_calls_over_tls_and_is_hung_up(bench: Bench, tmp_path: Path) -> None:
    program = shutil.which("baresip")
    assert program is not None, "baresip is missing: apt-get install baresip-core"
    authority = Authority(tmp_path)
    phone = answering(bench, authority)
    modules = next(Path("/usr/lib").glob("**/baresip/modules/g711.so")).parent
    (tmp_path / "config").write_text(_BARESIP.format(authority=authority.file, folder=tmp_path, modules=modules))
    (tmp_path / "accounts").write_text("<sip:test@127.0.0.1;transport=tls>;regint=0\n")
    dial = f"dsip:7001@127.0.0.1:{phone.endpoint.ports['tls']};transport=tls"
    process = subprocess.Popen(
        [program, "-f", str(tmp_path), "-e", dial, "-t", "20"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        bench.until(lambda: Confirmed in phone.kinds(), 15)
        leg = invited(phone).leg
        phone.endpoint.call(lambda now: phone.agent.hangup(leg, now))
        bench.until(lambda: phone.agent.leg_count == 0, 10)  # our BYE over baresip's own connection is answered
    finally:
        process.kill()
        process.communicate()


def test_openssl_speaks_to_the_tls_port(bench: Bench, tmp_path: Path) -> None:
    program = shutil.which("openssl")
    assert program is not None, "openssl is missing: apt-get install openssl"
    authority = Authority(tmp_path)
    phone = answering(bench, authority)
    place = f"127.0.0.1:{phone.endpoint.ports['tls']}"
    said = tmp_path / "said"
    said.write_bytes(OPTIONS)
    script = "import subprocess,sys,time; p=subprocess.Popen(sys.argv[2:],stdin=subprocess.PIPE); "
    script += "p.stdin.write(open(sys.argv[1],'rb').read()); p.stdin.flush(); time.sleep(1); p.stdin.close(); p.wait()"
    client = [program, "s_client", "-quiet", "-no_ign_eof", "-verify_return_error", "-CAfile", str(authority.file)]
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(said), *client, "-verify_ip", "127.0.0.1", "-connect", place],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        bench.until(lambda: process.poll() is not None, 15)
    finally:
        process.kill()
        heard, complaints = process.communicate()
    assert heard.startswith(b"SIP/2.0 200 OK\r\n"), complaints.decode()
