"""The real engines, and how a test runs a story with one of them."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, Protocol

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from media_service.engine.interface import Address, Encoding, EngineEvent, MediaEngine, PlayEnded, Stream
from media_service.engine.pure.engine import PureEngine
from media_service.engine_choice import EngineKind, make_engine, native_fault
from tests.fakes.listening import RtpListener
from tests.unit.media_service.driving import drive

PROMPTS = Path(__file__).resolve().parents[4] / "prompts" / "en"
MENU, NUMBER = PROMPTS / "menu.wav", PROMPTS / "num_7.wav"
UDP = range(42000, 42400)

Maker = Callable[[AsyncioSelectorReactor, str, range], MediaEngine]
Story = Callable[[AsyncioSelectorReactor, MediaEngine, list[EngineEvent]], Awaitable[None]]

KINDS: Final = (
    pytest.param(
        EngineKind.NATIVE,
        marks=pytest.mark.skipif(bool(native_fault()), reason=f"no native core: {native_fault()}"),
        id="native",
    ),
    pytest.param(EngineKind.PURE, id="pure"),
)


class WithEngine(Protocol):
    """Runs a story with a started engine and the list of what it tells."""

    def __call__(self, story: Story, udp: range = UDP) -> None: ...


def maker(kind: EngineKind) -> Maker:
    return lambda reactor, host, udp: make_engine(kind, reactor, host, udp)


def run_with(make: Maker, story: Story, udp: range = UDP, host: str = "127.0.0.1") -> None:
    async def told(reactor: AsyncioSelectorReactor) -> None:
        engine, events = make(reactor, host, udp), []
        await engine.start(events.append)
        try:
            await story(reactor, engine, events)
        finally:
            await engine.shutdown()
        assert not isinstance(engine, PureEngine) or engine.process_id is None

    drive(told)


def stream_to(far: RtpListener | Address, encoding: Encoding = Encoding.PCMU, digits: int | None = 101) -> Stream:
    payload_type = 0 if encoding is Encoding.PCMU else 8
    return Stream(Address(far.host, far.port), encoding, payload_type, digits)


def ends(events: list[EngineEvent]) -> list[tuple[str, bool]]:
    """Which playlists ended, and whether they had come to their end."""
    return [(event.token, event.finished) for event in events if isinstance(event, PlayEnded)]
