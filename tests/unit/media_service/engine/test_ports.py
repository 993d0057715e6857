"""The life of ports, and what is refused."""

import os
from pathlib import Path

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from media_service.engine.errors import EngineError
from media_service.engine.interface import (
    Address,
    Encoding,
    EngineEvent,
    MediaEngine,
    Playlist,
    Recording,
    Stream,
)
from tests.fakes.listening import RtpListener, match
from tests.unit.media_service.driving import drive, pause, until
from tests.unit.media_service.engine.engines import (
    MENU,
    UDP,
    Maker,
    WithEngine,
    stream_to,
)

pytestmark = pytest.mark.integration


def test_a_closed_far_end_and_garbage_do_not_stop_the_stream(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        gone = RtpListener()
        target = stream_to(gone)
        with gone:
            address = await engine.open("a")
            engine.connect("a", target)
            await until(reactor, lambda: gone.arrivals)
        await pause(reactor, 0.2)  # nobody is there: the kernel answers with ICMP
        for garbage in (b"", b"x", b"\x80" * 11, b"\x80\x65" + bytes(11), b"\xff" + os.urandom(1499)):
            far.send(garbage, address.host, address.port)
        engine.connect("a", stream_to(far))
        await until(reactor, lambda: len(far.arrivals) > 5)
        assert events == []

    with RtpListener() as far:
        with_engine(story)


def test_ports_run_out_and_come_back(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        opened = [await engine.open(name) for name in "ab"]
        assert len({address.port for address in opened}) == 2
        assert all(address.port % 2 == 0 for address in opened)
        with pytest.raises(EngineError, match="no UDP port is free"):
            await engine.open("c")
        engine.close("a")
        assert await engine.open("c") == opened[0]

    with_engine(story, range(42400, 42404))


def test_wrong_commands_are_refused_at_once(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        with pytest.raises(EngineError, match="open already"):
            await engine.open("a")
        stream = Stream(Address("127.0.0.1", 4000), Encoding.PCMU, 0, None)
        for command in (
            lambda: engine.play("b", Playlist((MENU,)), "t"),
            lambda: engine.play("a", Playlist(()), "t"),
            lambda: engine.play("a", Playlist((Path("a\0b"),)), "t"),
            lambda: engine.record("a", Recording(Path("\udcff"))),
            lambda: engine.bridge("a", "a"),
            lambda: engine.connect("a", Stream(Address("phone.example", 4000), Encoding.PCMU, 0, None)),
            lambda: engine.connect("a", Stream(Address("127.0.0.1", 0), Encoding.PCMU, 0, None)),
            lambda: engine.send_digits("a", "1", "t"),
        ):
            with pytest.raises(EngineError):
                command()
        engine.connect("a", stream)
        engine.connect("a", Stream(stream.remote, Encoding.PCMU, 0, 101))
        with pytest.raises(EngineError, match="no digits"):
            engine.send_digits("a", "1x", "t")
        with pytest.raises(EngineError, match="nothing is being recorded"):
            await engine.stop_recording("a")
        engine.close("a")
        engine.close("a")
        assert events == []

    with_engine(story)


def test_nothing_is_heard_of_a_closed_port_also_when_its_name_is_used_again(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        engine.connect("a", stream_to(far))
        engine.play("a", Playlist((MENU,)), "old")
        engine.stop("a")
        engine.close("a")
        await engine.open("a")
        await pause(reactor, 0.1)
        assert events == []

    with RtpListener() as far:
        with_engine(story)


def test_a_flood_at_one_port_does_not_disturb_another(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        flooded, _ = await engine.open("flooded"), await engine.open("a")
        engine.connect("flooded", Stream(Address("127.0.0.1", 9), Encoding.PCMU, 0, 101))
        engine.connect("a", stream_to(far))
        engine.play("a", Playlist((MENU,)), "t")
        while not events:
            for _ in range(200):
                flood.send(b"\x80\x00" + bytes(170), flooded.host, flooded.port)
            await pause(reactor, 0.002)

    with RtpListener() as far, RtpListener() as flood:
        with_engine(story)
    assert match(far.linear(), MENU).score > 0.97
    assert far.lost() == 0


def test_a_port_is_not_bound_where_the_machine_is_not(make: Maker) -> None:
    async def told(reactor: AsyncioSelectorReactor) -> None:
        engine = make(reactor, "192.0.2.1", UDP)
        await engine.start(lambda event: None)
        with pytest.raises(EngineError, match=r"192\.0\.2\.1 \(Cannot assign"):
            await engine.open("a")
        await engine.shutdown()

    drive(told)


def test_hosts_and_ranges_that_cannot_work_are_refused(make: Maker) -> None:
    for host, udp in (("localhost", UDP), ("127.0.0.1", range(5, 6)), ("127.0.0.1", range(2, 9, 2))):
        with pytest.raises(EngineError):
            make(None, host, udp)
