"""A real lab PBX on loopback with real phones and a real application, for the lab's integration tests."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.defer import Deferred

from csta import messages
from csta.dialects import openscape_voice
from csta.identifiers import DeviceID
from csta.messages import Event, Request
from csta.session_events import SessionSettings
from csta.transport import Link, LinkClient
from lab.pbx import Pbx
from lab.phone import Account, Habits, Phone
from lab.settings import load_lab
from media_service.engine.pure.engine import PureEngine
from program.logs import logger
from sip.events import Endpoint
from tests.unit.media_service.driving import until

ROOT = Path(__file__).parent.parent.parent
NUMBERS = ("7001", "7002", "7101", "7102", "7201", "7202")
GREETING = ROOT / "prompts/en/agent_greeting.wav"
SPEECH = ROOT / "prompts/en/caller_speech.wav"
RINGBACK = ROOT / "prompts/tones/ringback.wav"

CONFIG = """\
sip: {{port: 0, trusted: [{trusted}]}}
csta: {{port: 0}}
rtp: {{ports: {first}-{last}}}
tones:
  ringback: {root}/prompts/tones/ringback.wav
  confirmation: {root}/prompts/tones/confirmation.wav
  hold: {root}/prompts/en/hold_music.wav
timers: {{confirmation: 0.3}}
passwords: passwords.yaml
features: {{log-on: "*61", ready: "*62", not-ready: "*63", log-off: "*64", transfer: "*70", conference: "*71"}}
extensions:
  - {{number: 7001}}
  - {{number: 7002}}
  - {{number: 7101, name: Anna, agent: anna}}
  - {{number: 7102, name: Ben, agent: ben}}
  - {{number: 7201, name: Carol Caller}}
  - {{number: 7202, name: Dave Dialler}}
pilots:
  - {{number: 7000, name: Sales line, members: [7101, 7102], unattended_after: {unattended}}}
"""


def token() -> str:
    return secrets.token_hex(16)


@dataclass
class Application:
    """A CSTA application that keeps the events it is told."""

    reactor: AsyncioSelectorReactor
    port: int
    events: list[Event] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    link: Link | None = None
    monitored: dict[str, str] = field(default_factory=dict)

    async def start(self, *devices: str) -> "Application":
        settings = SessionSettings()
        self.client = LinkClient(self.reactor, "127.0.0.1", self.port, openscape_voice.DIALECT, settings, self)
        self.client.start()
        await until(self.reactor, lambda: self.link is not None)
        for device in devices:
            started = await self.ask(messages.MonitorStart(monitor_object=DeviceID(device)))
            self.monitored[started.monitor_cross_ref_id] = device
        return self

    def ask(self, request: Request) -> Deferred[Any]:
        assert self.link is not None
        return self.link.request(request)

    def seen(self) -> list[str]:
        """Device, kind and cause of each event so far."""
        return [
            f"{self.monitored[event.monitor_cross_ref_id]} {type(event).__name__} {_cause(event)}".strip()
            for event in self.events
        ]

    async def sees(self, *expected: str) -> None:
        """Wait for as many events as are expected, compare them, and forget them."""
        await until(self.reactor, lambda: len(self.events) >= len(expected))
        assert self.seen() == list(expected)
        self.events.clear()

    def link_up(self, link: Link) -> None:
        self.link = link

    def link_down(self, link: Link, reason: str) -> None:
        self.link = None

    def event_received(self, link: Link, event: Event) -> None:
        self.events.append(event)

    def request_received(self, link: Link, invoke_id: int, request: Request) -> None:
        raise AssertionError(request)

    def fault(self, link: Link, text: str, raw: bytes) -> None:
        self.faults.append(text)


def _cause(event: Event) -> str:
    return getattr(event, "cause", None) or ""


class World:
    """PBX, phones and applications of one test."""

    def __init__(
        self, reactor: AsyncioSelectorReactor, folder: Path, *, unattended: float = 30, trusted: str = "127.0.0.1"
    ) -> None:
        self.reactor = reactor
        self.folder = folder
        first = 20_000 + secrets.randbelow(500) * 40
        config = folder / "lab.yaml"
        config.write_text(
            CONFIG.format(first=first, last=first + 19, root=ROOT, unattended=unattended, trusted=trusted)
        )
        passwords = "\n".join(f'  "{number}": secret-{number}' for number in NUMBERS)
        (folder / "passwords.yaml").write_text(f"passwords:\n{passwords}\n")
        lab, problems = load_lab(config)
        assert lab is not None, problems
        self.pbx = Pbx(
            reactor,
            lab,
            PureEngine(reactor, "127.0.0.1", lab.settings.rtp.range),
            logger(program="pbx"),
            token,
        )
        self.engine = PureEngine(reactor, "127.0.0.1", range(first + 20, first + 40))
        self.phones: dict[str, Phone] = {}
        self.applications: list[Application] = []

    async def start(self) -> "World":
        await self.pbx.start()
        await self.engine.start(lambda event: [phone.engine_event(event) for phone in self.phones.values()])
        return self

    async def phone(self, number: str, *, password: str = "", transport: str = "udp", **habits: Any) -> Phone:
        registrar = Endpoint("127.0.0.1", self.pbx.sip_port, transport)
        account = Account(number, password or f"secret-{number}", registrar, "lab.callwright.example")
        phone = Phone(
            self.reactor,
            self.engine,
            account,
            tokens=token,
            log=logger(program="phone"),
            habits=Habits(**habits),
        )
        self.phones[number] = phone
        await phone.start()
        return phone

    def line(self, number: str) -> Phone:
        """One more line of a phone: it calls from the trusted address as that extension, and is never rung."""
        account = Account(number, "", Endpoint("127.0.0.1", self.pbx.sip_port), "lab.callwright.example")
        return Phone(self.reactor, self.engine, account, tokens=token, log=logger(program="phone"))

    async def application(self, *devices: str) -> Application:
        application = await Application(self.reactor, self.pbx.csta_port).start(*devices)
        self.applications.append(application)
        return application

    async def stop(self) -> None:
        for application in self.applications:
            await application.client.stop()
        for phone in self.phones.values():
            await phone.stop()
        await self.engine.shutdown()
        await self.pbx.stop()
