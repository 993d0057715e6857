"""The media service as a process, with a trunk, called by sipp."""

import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.peers.sipp.ports import free_udp_port
from tests.integration.peers.sipp.steps import ANYTHING, Sipp, expect, maybe, pause, request, scenario, sdp, within

pytestmark = pytest.mark.integration

PROMPTS = Path(__file__).parents[4] / "prompts"
CONFIG = """\
name: media-1
control: {{port: {control}}}
sip: {{port: {sip}}}
trunk: {{peers: [127.0.0.1], numbers: [ivr, "4930*"], lines: 4}}
rtp: {{ports: {first}-{last}}}
prompts: {{directory: {prompts}}}
unattended: {{after: 0.1, limit: 20}}
"""


class Service:
    """A media service that answers by itself, as no CTI server is there."""

    def __init__(self, folder: Path) -> None:
        self.port = free_udp_port()
        first = 26_000 + secrets.randbelow(300) * 20
        self._log = folder / "log"
        config = folder / "media.yaml"
        config.write_text(
            CONFIG.format(control=free_udp_port(), sip=self.port, first=first, last=first + 15, prompts=PROMPTS)
        )
        with self._log.open("wb") as log:
            command = [sys.executable, "-m", "media_service", "--config", str(config)]
            self._process = subprocess.Popen(command, stderr=log)
        deadline = time.monotonic() + 20
        while "media service ready" not in self.log():
            assert self._process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.05)

    def log(self) -> str:
        return self._log.read_text()

    def stop(self) -> int:
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
            raise


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    started = Service(tmp_path_factory.mktemp("service"))
    try:
        yield started
        assert '"level": "error"' not in started.log()
    finally:
        assert started.stop() == 0


def call(service: Service, folder: Path, steps: str, *options: str, calls: int = 1, number: str = "ivr") -> None:
    with Sipp(folder, steps, *options, port=service.port, calls=calls, service=number) as sipp:
        deadline = time.monotonic() + 20
        while not sipp.done and time.monotonic() < deadline:
            time.sleep(0.05)
        sipp.check()


ANSWER = (
    request("INVITE", 1, "Supported: timer", "Session-Expires: 1800", body=sdp())
    + maybe(100, 180)
    + expect(200, "body=PCMA", "Session-Expires=1800")
    + within("ACK", 1)
)
HANG_UP = within("BYE", 9) + expect(200)


def test_a_caller_holds_retrieves_presses_a_key_and_hangs_up(service: Service, tmp_path: Path) -> None:
    digit = "Content-Type: application/dtmf-relay\nContent-Length: [len]\n\nSignal=1\nDuration=160\n"
    steps = scenario(
        ANSWER,
        within("INVITE", 2, body=sdp(direction="sendonly")),
        maybe(100),
        expect(200, "body=a=recvonly"),
        within("ACK", 2),
        within("INVITE", 3, body=sdp("0 PCMU")),
        maybe(100),
        expect(200, "body=PCMU", "body!recvonly"),
        within("ACK", 3),
        within("INFO", 4, body=digit),
        expect(200),
        within("INVITE", 5, body=sdp("77 NONSENSE")),
        maybe(100),
        expect(488),
        within("ACK", 5),
        within("REFER", 6, "Refer-To: <sip:anybody@127.0.0.1>"),
        expect(405),
        within("UPDATE", 7, "Supported: timer", "Session-Expires: 1800;refresher=uac"),
        expect(200, "Session-Expires=1800;refresher=uac"),
        HANG_UP,
    )
    call(service, tmp_path, steps, "-r", "4", calls=4)


def test_lines_are_counted_and_strange_numbers_refused(service: Service, tmp_path: Path) -> None:
    def refused(status: int) -> str:
        return scenario(request("INVITE", 1, body=sdp()), maybe(100), expect(status), within("ACK", 1))

    call(service, tmp_path, refused(404), number="7000")
    with Sipp(
        tmp_path,
        scenario(ANSWER, pause(1500), HANG_UP),
        "-r",
        "4",
        "-rp",
        "100",
        port=service.port,
        calls=4,
        service="49301",
    ) as four:
        time.sleep(0.8)
        with Sipp(tmp_path, refused(503), port=service.port, service="ivr") as fifth:
            while not fifth.done:
                time.sleep(0.05)
            fifth.check()
        while not four.done:
            time.sleep(0.05)
        four.check()
    call(service, tmp_path, scenario(ANSWER, HANG_UP))  # the lines are free again


def test_callers_on_a_bad_line_are_served(service: Service, tmp_path: Path) -> None:
    call(service, tmp_path, scenario(ANSWER, pause(100), HANG_UP), "-lost", "10", "-r", "8", calls=8)


REGISTERED = """\
name: media-2
control: {{port: {control}}}
sip: {{port: {sip}}}
registrar: {{port: {registrar}, domain: lab.example, expires: 600}}
ports:
  - number: 7000-7199
    password_file: password
rtp: {{ports: 27000-27399}}
prompts: {{directory: {prompts}}}
"""


def test_two_hundred_ports_register_and_leave_with_the_process(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret\n")
    config = tmp_path / "media.yaml"
    with Sipp(tmp_path, ANYTHING, calls=10_000) as registrar:
        config.write_text(
            REGISTERED.format(control=free_udp_port(), sip=free_udp_port(), registrar=registrar.port, prompts=PROMPTS)
        )
        with (tmp_path / "log").open("wb") as log:
            command = [sys.executable, "-m", "media_service", "--config", str(config)]
            process = subprocess.Popen(command, stderr=log)
        try:
            wait_until(lambda: asked(registrar, "expires=600") == 200, 20)
        finally:
            process.send_signal(signal.SIGTERM)
            status = process.wait(15)
        assert status == 0, (tmp_path / "log").read_text()[-3000:]
        wait_until(lambda: asked(registrar, "expires=0") == 200, 5)


def asked(registrar: Sipp, contact: str) -> int:
    """How many addresses sipp was asked to bind with that in their Contact."""
    users = set()
    for message in registrar.messages().split("UDP message received")[1:]:
        found = re.search(r"\nREGISTER .*?\nContact: <sip:(\d+)@[^>]*>;(expires=\d+)\r?\n", message, re.DOTALL)
        if found and found[2] == contact:
            users.add(found[1])
    return len(users)


def wait_until(done: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.1)
