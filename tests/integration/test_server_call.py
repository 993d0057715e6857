"""The whole path: lab PBX, media service and CTI server; callers who dial the pilot reach agents, or hang up."""

import json
import re
import secrets
import shutil
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

from cti_server.storage.store import Store
from cti_server.vocabulary.ids import ContactId
from lab.pbx import Pbx
from lab.phone import Account, Habits, Phone, PhoneState
from lab.settings import Lab, load_lab
from media_service.engine.pure.engine import PureEngine
from program.logs import logger
from sip.events import Endpoint
from tests.unit.media_service.driving import drive, pause, until

pytestmark = pytest.mark.timeout(150)
ROOT = Path(__file__).parent.parent.parent
EXTENSIONS = ("7001", "7002", "7003", "7004", "7101", "7102", "7201", "7202", "7203", "7300", "7301")


START = 40.0
"""Seconds that a process may take to be there: three of processor time, of which a busy machine gives little."""
PATIENCE = 90.0
"""Seconds that a whole story may take, starts among them."""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Site:
    """The demo's configuration on ports of its own, and its two processes."""

    def __init__(self, folder: Path) -> None:
        self._read = 0
        self._entries: list[dict[str, Any]] = []
        self._by_event: dict[str, list[dict[str, Any]]] = {}
        self.config = folder / "config"
        shutil.copytree(ROOT / "config", self.config)
        self.database = f"sqlite:///{folder / 'callwright.db'}"
        self.folder = folder
        ports = {15060: free_port(), 11040: free_port(), 15080: free_port(), 7801: free_port(), 7823: free_port()}
        self.console_port = ports[7823]
        rtp = 25_000 + secrets.randbelow(100) * 100
        for file in self.config.glob("*.yaml"):
            text = file.read_text()
            for old, new in ports.items():
                text = re.sub(rf"\b{old}\b", str(new), text)
            text = text.replace("../prompts", str(ROOT / "prompts")).replace("../run", str(folder / "run"))
            text = text.replace("21000-21199", f"{rtp}-{rtp + 39}").replace("22000-22099", f"{rtp + 40}-{rtp + 79}")
            file.write_text(text)
        queues = self.config / "site" / "queues.yaml"
        text = queues.read_text().replace("ring_time: 12", "ring_time: 5").replace("wrap_up: 8", "wrap_up: 1")
        queues.write_text(text)
        vault = self.config / "secrets"
        vault.mkdir(exist_ok=True)
        (vault / "lab-extensions.yaml").write_text(
            "passwords:\n" + "".join(f'  "{number}": "secret-{number}"\n' for number in EXTENSIONS)
        )
        (vault / "media-ports").write_text("".join(f"{number}: secret-{number}\n" for number in EXTENSIONS[:4]))
        lab, problems = load_lab(self.config / "lab.yaml")
        assert lab is not None, problems
        self.lab: Lab = lab
        self.media = self.spawn("media", "media_service", "--config", str(self.config / "media.yaml"))
        self.server = self.start_server()

    def start_server(self) -> subprocess.Popen[bytes]:
        options = ["--set", f"database={self.database}", "--set", "log.format=json"]
        return self.spawn("server", "cti_server", "run", "--config", str(self.config), *options)

    def spawn(self, name: str, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen([sys.executable, "-m", module, *arguments], stderr=log, cwd=ROOT)

    def log(self, name: str = "server") -> str:
        return (self.folder / f"{name}.log").read_text()

    def events(self) -> list[dict[str, Any]]:
        """The server's log, of the lines that are complete; what was read once is not read again."""
        with (self.folder / "server.log").open("rb") as log:
            log.seek(self._read)
            new = log.read()
        lines, end, _ = new.rpartition(b"\n")
        self._read += len(lines) + len(end)
        for line in lines.splitlines():
            if line.startswith(b"{") and line.endswith(b"}"):
                entry = json.loads(line)
                self._entries.append(entry)
                self._by_event.setdefault(entry["event"], []).append(entry)
        return self._entries

    def told(self, event: str, **facts: Any) -> list[dict[str, Any]]:
        """Entries with that event and those facts."""
        self.events()
        return [
            one for one in self._by_event.get(event, []) if all(one.get(name) == value for name, value in facts.items())
        ]

    def stop(self) -> None:
        for process in (self.server, self.media):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in (self.server, self.media):
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    try:
        yield site
    finally:
        site.stop()


class Hall:
    """The PBX and its phones in the test's own process."""

    def __init__(self, reactor: AsyncioSelectorReactor, site: Site) -> None:
        self.reactor = reactor
        self.site = site
        self.engine = PureEngine(reactor, "127.0.0.1", range(27_000 + secrets.randbelow(100) * 50, 32_000))
        tones = PureEngine(reactor, "127.0.0.1", site.lab.settings.rtp.range)
        self.pbx = Pbx(reactor, site.lab, tones, logger(), lambda: secrets.token_hex(8))
        self.phones: list[Phone] = []

    async def open(self) -> None:
        await self.pbx.start()
        await self.engine.start(lambda event: [phone.engine_event(event) for phone in self.phones])  # type: ignore[func-returns-value]
        await until(self.reactor, lambda: len(self.site.told("link surveyed")) > 0, START)
        await until(self.reactor, lambda: self.site.log("media").count("registered") > 0, START)

    async def phone(self, number: str, **habits: Any) -> Phone:
        settings = self.site.lab.settings.sip
        account = Account(number, f"secret-{number}", Endpoint("127.0.0.1", self.pbx.sip_port), settings.domain)
        phone = Phone(
            self.reactor,
            self.engine,
            account,
            tokens=lambda: secrets.token_hex(8),
            log=logger(),
            habits=Habits(**habits),
        )
        self.phones.append(phone)
        await phone.start()
        return phone

    async def log_on(self, phone: Phone, agent: str) -> None:
        for code, event in (("*61", "AgentLoggedOn"), ("*62", "AgentBecameReady")):
            await phone.dial(code)
            await until(self.reactor, lambda event=event: self.site.told(event, agent=agent))  # type: ignore[misc]
            phone.hang_up()
            await until(self.reactor, lambda: phone.state is PhoneState.ENDED)
            await pause(self.reactor, 0.1)

    async def close(self) -> None:
        for phone in self.phones:
            await phone.stop()
        await self.pbx.stop()
        await self.engine.shutdown()


async def call_sales(hall: Hall, number: str) -> Phone:
    """A caller who has chosen sales and is queued or already rings."""
    site, reactor = hall.site, hall.reactor
    before = len(site.told("ContactQueued"))
    caller = await hall.phone(number)
    await caller.dial("7000")
    await until(reactor, lambda: caller.state is PhoneState.ANSWERED)
    joined = before + 1
    await until(reactor, lambda: len(site.told("StepEntered", step="greeting")) >= joined)
    await caller.press("1")
    await until(reactor, lambda: len(site.told("StepEntered", step="choose")) >= joined)
    await pause(reactor, 0.3)
    if len(site.told("ContactQueued")) < joined:
        await caller.press("1")
    await until(reactor, lambda: len(site.told("ContactQueued")) >= joined)
    return caller


def test_a_caller_is_answered_chooses_waits_and_reaches_an_agent(site: Site) -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        hall = Hall(reactor, site)
        await hall.open()
        anna = await hall.phone("7101", answer_after=0.5)
        await hall.log_on(anna, "anna")
        await call_sales(hall, "7201")
        await until(reactor, lambda: site.told("ContactAnswered", agent="anna"), 12)
        assert anna.display.number == "7201"
        await pause(reactor, 0.3)
        anna.hang_up()
        await until(reactor, lambda: site.told("ContactReleased"))
        assert site.told("ContactReleased")[0]["released_by"] == "agent"
        assert site.told("WrapUpStarted", agent="anna")
        await hall.close()

    drive(story, PATIENCE)
    site.stop()
    with Store.open(site.database) as store:
        row = store.queries.contact(ContactId(1))
        kinds = [segment.kind for segment in store.queries.segments(ContactId(1))]
    assert row is not None
    assert (row.queue, row.agent, row.disposition) == ("sales", "anna", "answered")
    assert kinds[:4] == ["flow", "queue", "ring", "talk"]
    assert not [one for one in site.events() if one["level"] in {"error", "critical"}]
    assert time.time() - row.arrived < 120


def test_one_caller_abandons_and_one_keeps_their_place_when_an_agent_does_not_answer(site: Site) -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        hall = Hall(reactor, site)
        await hall.open()
        impatient = await call_sales(hall, "7202")
        await until(reactor, lambda: site.told("StepEntered", step="tell_position"))
        impatient.hang_up()
        await until(reactor, lambda: site.told("ContactReleased", contact=1, disposition="abandoned"))
        assert site.told("ContactReleased", contact=1)[0]["released_by"] == "customer"
        await until(reactor, lambda: site.told("ContactClosed", contact=1))
        ben = await hall.phone("7102")
        await hall.log_on(ben, "ben")
        caller = await call_sales(hall, "7203")
        await until(reactor, lambda: site.told("OfferAlerted", agent="ben"))
        anna = await hall.phone("7101", answer_after=0.3)
        await hall.log_on(anna, "anna")
        await until(reactor, lambda: site.told("OfferEnded", agent="ben", outcome="no-answer"), 10)
        assert site.told("AgentBecameNotReady", agent="ben", reason="no-answer")
        await until(reactor, lambda: site.told("ContactAnswered", contact=2, agent="anna"), 5)
        assert ben.state is PhoneState.ENDED
        caller.hang_up()
        await until(reactor, lambda: site.told("ContactReleased", contact=2, disposition="answered"))
        assert site.told("ContactReleased", contact=2)[0]["released_by"] == "customer"
        await hall.close()

    drive(story, PATIENCE)
    site.stop()
    assert not [one for one in site.events() if one["level"] in {"error", "critical"}]


def test_a_killed_server_finds_its_calls_again(site: Site) -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        hall = Hall(reactor, site)
        await hall.open()
        anna = await hall.phone("7101", answer_after=0.2)
        await hall.log_on(anna, "anna")
        talker = await call_sales(hall, "7201")
        await until(reactor, lambda: site.told("ContactAnswered", contact=1))
        waiter = await call_sales(hall, "7202")
        await until(reactor, lambda: site.told("StepEntered", contact=2, step="tell_position"))
        site.server.kill()
        site.server.wait(5)
        await pause(reactor, 0.5)
        assert talker.state is PhoneState.ANSWERED
        assert waiter.state is PhoneState.ANSWERED
        site.server = site.start_server()
        await until(reactor, lambda: len(site.told("link surveyed")) == 2, START)
        await pause(reactor, 0.5)
        assert not site.told("ContactReleased")
        assert not site.told("MediaLeft", contact=2)
        talker.hang_up()
        await until(reactor, lambda: site.told("ContactReleased", contact=1, disposition="answered"))
        await until(reactor, lambda: site.told("ContactAnswered", contact=2, agent="anna"), 12)
        waiter.hang_up()
        await until(reactor, lambda: site.told("ContactReleased", contact=2, disposition="answered"))
        await hall.close()

    drive(story, PATIENCE)
    site.stop()
    assert not [one for one in site.events() if one["level"] in {"error", "critical"}]
