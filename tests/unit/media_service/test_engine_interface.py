"""What every packet engine must do, asked of the real one and of the fake that other tests use in its place."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.defer import Deferred

from media_service.engine.errors import EngineError
from media_service.engine.interface import Address, Encoding, MediaEngine, Playlist, Stream
from media_service.engine_choice import EngineKind, make_engine, native_fault
from tests.fakes.media_engine import FakeEngine
from tests.unit.media_service.driving import drive, pause, until

MUSIC = Playlist((Path(__file__).parent.parent.parent.parent / "prompts" / "en" / "hold_music.wav",), loop=True)
STREAM = Stream(Address("127.0.0.1", 49_152), Encoding.PCMA, 8, 101)

MAKERS: dict[str, Callable[[AsyncioSelectorReactor], MediaEngine]] = {
    "fake": lambda reactor: FakeEngine(lambda tell: reactor.callLater(0, tell), capacity=2),
    "pure": lambda reactor: make_engine(EngineKind.PURE, reactor, "127.0.0.1", range(26_000, 26_004)),
    "native": lambda reactor: make_engine(EngineKind.NATIVE, reactor, "127.0.0.1", range(26_000, 26_004)),
}


@pytest.fixture(params=sorted(MAKERS))
def running(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Runs a story with a started engine and the events that it tells."""
    if request.param == "native" and native_fault():
        pytest.skip(f"no native core: {native_fault()}")

    def run(story: Callable[[Any, MediaEngine, list[Any]], Coroutine[Deferred[Any], Any, None]]) -> None:
        async def begin(reactor: AsyncioSelectorReactor) -> None:
            engine, events = MAKERS[request.param](reactor), []
            await engine.start(events.append)
            try:
                await story(reactor, engine, events)
            finally:
                await engine.shutdown()

        drive(begin)

    return run


def test_ports_have_addresses_of_their_own_until_none_is_left(running: Callable[..., None]) -> None:
    async def story(reactor: Any, engine: MediaEngine, events: list[Any]) -> None:
        addresses = {await engine.open("a"), await engine.open("b")}
        assert len(addresses) == 2
        with pytest.raises(EngineError):
            await engine.open("a")
        with pytest.raises(EngineError):
            await engine.open("c")
        engine.close("a")
        await engine.open("c")

    running(story)


def test_playing_is_replaced_and_stopped_and_told(running: Callable[..., None]) -> None:
    async def story(reactor: Any, engine: MediaEngine, events: list[Any]) -> None:
        await engine.open("a")
        engine.connect("a", STREAM)
        engine.play("a", MUSIC, "one")
        engine.play("a", MUSIC, "two")
        await until(reactor, lambda: events)
        engine.stop("a")
        await until(reactor, lambda: len(events) == 2)
        assert [(each.token, each.finished) for each in events] == [("one", False), ("two", False)]
        engine.stop("a")
        engine.play("a", MUSIC, "three")
        engine.close("a")
        await pause(reactor, 0.1)
        assert len(events) == 2

    running(story)


def test_ports_that_are_not_open(running: Callable[..., None]) -> None:
    async def story(reactor: Any, engine: MediaEngine, events: list[Any]) -> None:
        for command in (
            lambda: engine.connect("a", STREAM),
            lambda: engine.play("a", MUSIC, "one"),
            lambda: engine.stop("a"),
            lambda: engine.send_digits("a", "1", "one"),
            lambda: engine.bridge("a", "b"),
        ):
            with pytest.raises(EngineError):
                command()
        engine.close("a")

    running(story)
