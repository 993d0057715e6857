"""Two media services beside one CTI server: calls are spread, one is drained, one is killed with callers waiting."""

import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from media_service.codecs.g711 import SAMPLE_RATE
from tests.fakes.listening import FAINT, match, samples_of
from tests.integration.house import HOST, ROOT, START, House, Log, Program, free_block, free_ports, until
from tests.integration.test_recovery import MUSIC, heard_since, log_on, make_ready, queue_up

pytestmark = pytest.mark.timeout(240)

FIRST, SECOND = ("7001", "7002"), ("7003", "7004", "7005")
"""The ports of media-1 and media-2."""
CHANGES = {
    "number: 7001-7004": "number: 7001-7002",
    "  - {number: 7004, name: Media port 4, calls: 2}": (
        "  - {number: 7004, name: Media port 4, calls: 2}\n  - {number: 7005, name: Media port 5}"
    ),
    "    lost_after: 3": "    lost_after: 1",
    "seconds: 30": "seconds: 300",
    "wrap_up: 8": "wrap_up: 1",
}


class TwoServices(House):
    """A house with the media services media-1 and media-2."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, changes=CHANGES)
        self.second_log = Log()
        self.second: Program | None = None
        more = dict.fromkeys(("control", "media"), 0)
        while set((ports := free_ports(more)).values()) & set(self.ports.values()):
            pass
        rtp = next(first for first in range(30_500, 32_000, 100) if free_block(first, 100))
        server = self.config / "server.yaml"
        lines = server.read_text(encoding="utf-8").splitlines()
        place = lines.index("media_services:") + 1
        lines[place:place] = ["  - {name: media-2, host: " + HOST + f", port: {ports['control']}, lost_after: 1" + "}"]
        server.write_text("\n".join(lines) + "\n", encoding="utf-8")
        text = (self.config / "media.yaml").read_text(encoding="utf-8")
        for name, port in ports.items():
            text = text.replace(f"port: {self.ports[name]}", f"port: {port}")
        text = text.replace("name: media-1", "name: media-2").replace("number: 7001-7002", "number: 7003-7005")
        kept = [f"  ports: {rtp}-{rtp + 99}" if line.startswith("  ports: ") else line for line in text.splitlines()]
        (self.config / "media-2.yaml").write_text("\n".join(kept) + "\n", encoding="utf-8")

    def start_media(self) -> Program:
        self.media = self.service("media", self.media_log, "media.yaml", FIRST)
        self.second = self.service("media-2", self.second_log, "media-2.yaml", SECOND)
        return self.media

    def service(self, name: str, log: Log, file: str, ports: tuple[str, ...]) -> Program:
        since = log.mark()
        program = self._run(name, log, "media_service", "--config", str(self.config / file))
        for port in ports:
            log.expect("port registered", within=START, since=since, port=port)
        return program

    def stop(self) -> None:
        super().stop()
        if self.second is not None:
            self.second.stop()

    def start_server(self, *, wait: bool = True) -> Program:
        since = self.mark()
        program = super().start_server(wait=wait)
        for name in ("media-1", "media-2"):
            self.expect("media service connected", within=START, since=since, media_service=name)
        return program

    def tell(self, line: str) -> str:
        with self.console() as console:
            return console.ask(line)

    def doctor(self) -> str:
        command = [sys.executable, "-m", "cti_server", "doctor", "--config", str(self.config)]
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, cwd=ROOT).stdout


@pytest.fixture
def home(tmp_path: Path) -> Iterator[TwoServices]:
    running = TwoServices(tmp_path)
    try:
        running.start()
        yield running
    finally:
        running.stop()


def wait_in_queue(home: TwoServices, extension: str, contact: int) -> tuple[Program, str]:
    """A caller who hears music: their phone and the service that plays it."""
    caller = queue_up(home, extension, contact)
    home.expect("StepEntered", contact=contact, step="listen", within=20)
    return caller, service_of(home, contact)


def service_of(home: TwoServices, contact: int, since: int = 0) -> str:
    return str(home.expect("MediaJoined", contact=contact, since=since)["session"]).partition("/")[0]


def sessions_ended(log: Log) -> int:
    return len(log.find("session ended"))


def assert_music_goes_on(heard: np.ndarray) -> None:
    """No 100 ms are silent; every second of it is the music, and begins where the one before ends, within 100 ms.

    What a test phone on a busy machine loses of a second is no gap of the service's.
    """
    assert len(heard) > 3 * SAMPLE_RATE
    tenths = heard[: len(heard) // 800 * 800].reshape(-1, 800)
    assert float(np.sqrt(np.mean(tenths**2, axis=1)).min()) > FAINT
    music = np.concatenate([samples_of(MUSIC)] * 2).astype(np.int16)
    length = len(music) / 2 / SAMPLE_RATE
    places = []
    for start in range(0, len(heard) - SAMPLE_RATE, SAMPLE_RATE):
        found = match(music, heard[start : start + SAMPLE_RATE].astype(np.int16))
        assert found.score > 0.5, (start / SAMPLE_RATE, found)
        places.append(found.offset % length)
    assert all(abs((later - earlier) % length - 1.0) < 0.1 for earlier, later in pairwise(places)), places


def test_calls_are_spread_one_is_drained_and_a_killed_one_loses_its_own_callers_alone(home: TwoServices) -> None:
    report = home.doctor()
    assert "2 of 2 ports registered" in report
    assert "3 of 3 ports registered" in report

    # Spread: most free ports first, then in turns.
    first, place = wait_in_queue(home, "7201", 1)
    assert place == "media-2"
    second, place = wait_in_queue(home, "7202", 2)
    assert place == "media-1"

    # Drained: who is there stays, who comes goes elsewhere.
    assert "sessions that go on: 1" in home.tell("media drain media-1")
    home.media_log.expect("the service drains")
    third, place = wait_in_queue(home, "7203", 3)
    assert place == "media-2"
    shown = home.tell("media")
    assert "yes" in next(line for line in shown.splitlines() if line.startswith("media-1"))
    assert "draining: new calls are refused" in home.doctor()
    assert sessions_ended(home.media_log) == 0
    assert "takes calls again" in home.tell("media resume media-1")
    fourth, place = wait_in_queue(home, "7300", 4)
    assert place == "media-1"

    # Killed: its own two callers are routed on, the other two hear their music all the time.
    time.sleep(2)
    before, since = time.time(), home.mark()
    assert home.media is not None
    home.media.kill()
    home.expect("media service does not come back", since=since, media_service="media-1")
    home.expect("TreatmentFailed", since=since, contact=2)
    home.expect("TreatmentFailed", since=since, contact=4)
    # One finds the other service's last port; nothing is left for the last one, who waits all the same.
    assert service_of(home, 2, since) == "media-2"
    home.expect("StepEntered", contact=2, since=since, step="listen", within=15)
    again = time.time()
    home.expect("MediaRefused", since=since, contact=4)
    time.sleep(5)
    assert not [one for one in home.log.find("TreatmentFailed", since) if one["contact"] in {1, 3}]
    assert sessions_ended(home.second_log) == 0
    assert_music_goes_on(heard_since(first, home, "7201", before - 1))
    assert_music_goes_on(heard_since(third, home, "7203", before - 1))
    assert_music_goes_on(heard_since(second, home, "7202", again + 1))

    # Everybody reaches an agent, in the order in which they came.
    log_on(home, "anna", "7101")
    make_ready(home, "anna")
    for contact, caller in enumerate((first, second, third, fourth), start=1):
        home.expect("ContactAnswered", since=since, contact=contact, agent="anna", within=20)
        caller.stop()
    rows = home.ended_contacts(4)
    assert [row["disposition"] for row in rows] == ["answered"] * 4
    story = home.cli("contact", "2")
    assert "TreatmentFailed" in story
    assert "media service media-1 is away" in story


def test_a_drained_service_is_stopped_when_it_is_empty_and_takes_calls_again_after_its_next_start(
    home: TwoServices,
) -> None:
    first, place = wait_in_queue(home, "7201", 1)
    assert place == "media-2"
    assert "sessions that go on: 1" in home.tell("media drain media-2")
    home.second_log.expect("the service drains")
    time.sleep(3)
    heard = heard_since(first, home, "7201", first.log.find("answered")[0]["seen"])
    assert float(np.sqrt(np.mean(heard[-2 * SAMPLE_RATE :] ** 2))) > FAINT
    first.stop()
    home.expect("ContactReleased", contact=1, disposition="abandoned")
    until(lambda: "yes, empty" in home.tell("media"), what="the service is empty")
    assert home.second is not None
    since = home.mark()
    assert home.second.stop() == 0
    home.expect("media service lost", since=since, media_service="media-2")
    home.second = home.service("media-2", home.second_log, "media-2.yaml", SECOND)
    home.expect("media service connected", since=since, media_service="media-2", within=START)
    assert "yes" not in home.tell("media")
    _, place = wait_in_queue(home, "7202", 2)
    assert place == "media-2"
    assert not home.log.find("TreatmentFailed")
