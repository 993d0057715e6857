"""The media service as an admin starts it: a process, real packets, a phone that listens, clients that come and go."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from media_service.control.messages import Answer, AskDigit, Hangup, HoldMusic, Play, Utterance
from sip.dtmf import digit_packets
from sip.events import Ended
from sip.rtp import RtpPacket
from sip.sdp import SessionDescription
from tests.fakes.listening import RtpListener, match
from tests.unit.media_service.driving import drive, pause, until
from tests.unit.media_service.peers import Caller, CtiServer, Registrar

PROMPTS = Path(__file__).parent.parent.parent / "prompts"
SAMPLE = PROMPTS / "en"

CONFIG = """\
name: media-1
control: {{port: {control}}}
sip: {{port: {sip}}}
registrar: {{port: {registrar}, domain: lab.example}}
ports:
  - number: 7001-7002
    password_file: passwords
rtp: {{ports: {first}-{last}}}
engine: {engine}
prompts: {{directory: {prompts}}}
unattended: {{after: {after}, limit: 2}}
{more}"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Started:
    """A media service in a process of its own."""

    def __init__(self, folder: Path, after: float = 30, engine: str = "auto", more: str = "") -> None:
        self.control, self.sip, self.registrar = free_port(), free_port(), free_port()
        first = 24_000 + secrets.randbelow(300) * 20
        self.log = folder / "log"
        config = folder / "media.yaml"
        (folder / "passwords").write_text("# of the test\n7001: secret\n7002: 'secret'\n")
        config.write_text(
            CONFIG.format(
                control=self.control,
                sip=self.sip,
                registrar=self.registrar,
                first=first,
                last=first + 9,
                prompts=PROMPTS,
                after=after,
                engine=engine,
                more=more,
            )
        )
        with self.log.open("wb") as log:
            command = [sys.executable, "-m", "media_service", "--config", str(config)]
            self.process = subprocess.Popen(command, stderr=log)

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + 15
        while "media service ready" not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)
            raise


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Started]:
    started = Started(tmp_path)
    try:
        started.wait_until_ready()
        yield started
    finally:
        started.stop()


class Ears:
    """The phone's audio: it listens, sends silence as phones do, and presses keys."""

    def __init__(self, reactor: AsyncioSelectorReactor, listener: RtpListener) -> None:
        self.listener = listener
        self._reactor = reactor
        self._sequence = 1000
        self._timestamp = 0
        self._place = ("127.0.0.1", 0)
        self._ssrc = 4711

    def talk_to(self, answer: SessionDescription) -> None:
        assert answer.audio is not None
        self._place = (answer.audio.host, answer.audio.port)

    async def press(self, digit: str) -> None:
        packets = digit_packets(
            digit, payload_type=101, ssrc=self._ssrc, sequence=self._sequence, timestamp=self._timestamp
        )
        for packet in packets:
            self._send(packet)
            await pause(self._reactor, 0.02)
        self._sequence += len(packets)
        self._timestamp += 8000

    def _send(self, packet: RtpPacket) -> None:
        self.listener.send(packet.serialise(), *self._place)

    def speech(self) -> int:
        """How many packets that are not silence have come."""
        return sum(len(set(arrival.packet.payload)) > 3 for arrival in self.listener.arrivals)


def test_a_caller_hears_presses_waits_and_is_found_by_the_next_client(service: Started) -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        registrar = Registrar(reactor, service.registrar)
        await registrar.endpoint.start()  # after the media service: the PBX may come up later
        await until(reactor, lambda: len(registrar.registered) == 2)
        with RtpListener() as listener:
            ears, caller = Ears(reactor, listener), Caller(reactor, listener.port)
            cti = CtiServer(reactor, service.control)
            await cti.connect()
            leg = await caller.call("7001", service.sip)
            session = (await cti.session()).id
            assert await cti.done(session, Answer()) == ("finished", "")
            ears.talk_to(await caller.answered(leg))

            # A prompt to its end, then a number spoken from clips.
            begun = time.time()
            assert await cti.done(session, Play((Utterance(prompt="position_before"), Utterance(number=1)))) == (
                "finished",
                "",
            )
            await pause(reactor, 0.2)
            assert match(listener.linear(begun), SAMPLE / "position_before.wav").score > 0.9
            assert match(listener.linear(begun), SAMPLE / "num_1.wav").score > 0.9

            # The digit stops the prompt at once.
            begun = time.time()
            verb = cti.do(session, AskDigit((Utterance(prompt="menu"),), 5.0))
            await pause(reactor, 1.0)
            await ears.press("1")
            assert await cti.result(verb) == ("digits", "1")
            heard = ears.speech()
            await pause(reactor, 0.4)
            assert ears.speech() - heard <= 3
            assert match(listener.linear(begun), SAMPLE / "menu.wav", seconds=0.8).score > 0.9

            # Music goes on without the client, and the next client finds the session.
            music = cti.do(session, HoldMusic("hold_music"))
            await pause(reactor, 0.3)
            await cti.client.stop()
            without = time.time()
            await pause(reactor, 1.5)
            assert match(SAMPLE / "hold_music.wav", listener.linear(without)[: 2 * 8000]).score > 0.9
            again = CtiServer(reactor, service.control)
            again.client.name = "again"
            await again.connect()
            (found,) = again.welcomes[0].sessions
            assert (found.id, found.port, found.state, found.verb) == (session, "7001", "answered", music)
            assert await again.done(session, Hangup()) == ("finished", "")
            assert (await caller.ended(leg)).by == "remote"

            assert listener.lost() == 0
            assert listener.longest_gap() < 0.5, "the stream never stops for long"
            await again.client.stop()
            await caller.endpoint.stop()
        service.process.send_signal(signal.SIGTERM)
        await until(reactor, lambda: service.process.poll() is not None)
        assert registrar.registered == {}
        await registrar.endpoint.stop()

    drive(story)
    assert service.stop() == 0
    assert "Traceback" not in service.log.read_text()


def test_garbage_on_both_doors_disturbs_no_call(service: Started) -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        with RtpListener() as listener:
            caller = Caller(reactor, listener.port)
            cti = CtiServer(reactor, service.control)
            await cti.connect()
            leg = await caller.call("7001", service.sip)
            session = (await cti.session()).id
            assert await cti.done(session, Answer()) == ("finished", "")
            cti.do(session, HoldMusic("hold_music"))
            for _ in range(20):
                throw(os.urandom(400), service)
            throw(b"INVITE sip:7002@127.0.0.1 SIP/2.0\r\nVia: nonsense\r\n\r\n", service)
            await pause(reactor, 0.5)
            assert cti.client.connected
            assert await cti.done(session, AskDigit((), 0.05)) == ("timeout", "")
            caller.hangup(leg)
            await until(reactor, lambda: cti.ended)
            assert listener.lost() == 0
            await cti.client.stop()
            await caller.endpoint.stop()

    drive(story)
    log = service.log.read_text()
    assert "control client refused" in log
    assert "sip message cannot be read" in log
    assert "Traceback" not in log


def throw(data: bytes, service: Started) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.sendto(data, ("127.0.0.1", service.sip))
    for port in (service.sip, service.control):
        with socket.create_connection(("127.0.0.1", port), 2) as stream:
            stream.sendall(data)


def test_nobody_there_music_sorry_and_release(tmp_path: Path) -> None:
    service = Started(tmp_path, after=0.5)

    async def story(reactor: AsyncioSelectorReactor) -> None:
        with RtpListener() as listener:
            caller = Caller(reactor, listener.port)
            leg = await caller.call("7002", service.sip)
            await caller.answered(leg)
            ended: Any = await until(reactor, lambda: caller.of(Ended, leg), 18.0)
            assert ended[0].by == "remote"
            heard = listener.linear()
            assert match(heard, SAMPLE / "hold_music.wav", seconds=1.5).score > 0.9
            assert match(heard, SAMPLE / "sorry.wav").score > 0.9
            await caller.endpoint.stop()

    try:
        service.wait_until_ready()
        drive(story)
    finally:
        assert service.stop() == 0


def packet_process(service: Started) -> int:
    pid = service.process.pid
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(child)


def test_a_killed_packet_process_is_replaced_and_a_stop_says_goodbye(tmp_path: Path) -> None:
    service = Started(tmp_path, engine="pure")

    async def story(reactor: AsyncioSelectorReactor) -> None:
        with RtpListener() as listener:
            caller = Caller(reactor, listener.port)
            cti = CtiServer(reactor, service.control)
            await cti.connect()
            leg = await caller.call("7001", service.sip)
            session = await cti.session()
            assert await cti.done(session.id, Answer()) == ("finished", "")
            os.kill(packet_process(service), signal.SIGKILL)
            assert (await caller.ended(leg)).by == "remote"
            await until(reactor, lambda: cti.ended)
            assert cti.ended[0].reason == "failed"
            await until(reactor, lambda: "the packet engine runs again" in service.log.read_text())

            leg = await caller.call("7001", service.sip)
            session = await cti.session(2)
            assert await cti.done(session.id, Answer()) == ("finished", "")
            begun = time.time()
            assert await cti.done(session.id, Play((Utterance(prompt="num_5"),))) == ("finished", "")
            await pause(reactor, 0.2)
            assert match(listener.linear(begun), SAMPLE / "num_5.wav").score > 0.9
            service.process.send_signal(signal.SIGTERM)
            assert (await caller.ended(leg)).by == "remote"
            await until(reactor, lambda: len(cti.ended) == 2)
            assert cti.ended[1].reason == "local"
            await cti.client.stop()
            await caller.endpoint.stop()

    try:
        service.wait_until_ready()
        drive(story)
    finally:
        assert service.stop() == 0
    assert "Traceback" not in service.log.read_text()


def test_calls_of_a_caller_that_nobody_here_wrote(tmp_path: Path) -> None:
    service = Started(tmp_path, after=0.1)
    try:
        service.wait_until_ready()
        port = free_port()
        command = ["sipp", "-sn", "uac", f"127.0.0.1:{service.sip}", "-s", "7001", "-i", "127.0.0.1", "-p", str(port)]
        command += ["-m", "3", "-l", "1", "-r", "2", "-d", "200", "-timeout", "20", "-nostdin"]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=30, check=False)
        assert ran.returncode == 0, ran.stdout[-2000:]
    finally:
        assert service.stop() == 0
    log = service.log.read_text()
    assert log.count('"event": "session arrived"') == 3
    assert log.count('"reason": "remote"') == 3
    assert "Traceback" not in log


def test_an_address_that_is_taken_ends_the_start_with_its_reason(service: Started) -> None:
    config = service.log.parent / "media.yaml"
    ran = subprocess.run(
        [sys.executable, "-m", "media_service", "--config", str(config)], capture_output=True, timeout=20, check=False
    )
    assert ran.returncode == 1
    assert b"cannot start" in ran.stderr
    assert str(service.sip).encode() in ran.stderr
