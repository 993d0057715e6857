"""Datagrams that are no media: STUN and DTLS come up and go down as they are (RFC 7983)."""

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from media_service.engine.errors import EngineError
from media_service.engine.interface import Address, Encoding, EngineEvent, MediaEngine, PacketReceived, Stream
from tests.fakes.listening import RtpListener
from tests.unit.media_service.driving import pause, until
from tests.unit.media_service.engine.engines import WithEngine, stream_to

pytestmark = pytest.mark.integration


def test_stun_and_dtls_come_up_before_and_after_the_stream_is_settled(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        address = await engine.open("a")
        source = Address(far.host, far.port)
        far.send(b"\0\1stun", address.host, address.port)
        await until(reactor, lambda: events)
        engine.connect("a", stream_to(far))
        for data in (b"\x16dtls", b"\x3flast", b"\x04neither", b"\x13nor", b"\x40turn", b"\x16"):
            far.send(data, address.host, address.port)
        await until(reactor, lambda: len(events) >= 4)
        await pause(reactor, 0.05)
        assert events == [
            PacketReceived("a", data, source) for data in (b"\0\1stun", b"\x16dtls", b"\x3flast", b"\x16")
        ]
        assert (await engine.figures("a")).received == 0

    with RtpListener() as far:
        with_engine(story)


def test_datagrams_are_sent_as_they_are_and_are_no_media(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        target = Address(far.host, far.port)
        engine.send_packet("a", b"\x16" + bytes(1199), target)
        await until(reactor, lambda: far.garbage)
        assert far.garbage == [b"\x16" + bytes(1199)]
        assert (await engine.figures("a")).sent == 0
        for wrong in (b"", bytes(70000)):
            with pytest.raises(EngineError):
                engine.send_packet("a", wrong, target)
        with pytest.raises(EngineError):
            engine.send_packet("a", b"\0", Address("phone.example", 5))

    with RtpListener() as far:
        with_engine(story)


def test_a_stream_whose_keys_are_awaited_sends_and_hears_nothing(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        address = await engine.open("a")
        engine.connect("a", Stream(Address(far.host, far.port), Encoding.PCMU, 0, 101, protected=True))
        far.send(b"\x80\0" + bytes(170), address.host, address.port)
        far.send(b"\x16dtls", address.host, address.port)
        await until(reactor, lambda: events)
        await pause(reactor, 0.1)
        assert isinstance(events[0], PacketReceived)
        assert (await engine.figures("a")).received == 0

    with RtpListener() as far:
        with_engine(story)
    assert far.arrivals == []


def test_a_flood_of_them_disturbs_nobody(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        flooded = await engine.open("flooded")
        await engine.open("a")
        engine.connect("a", stream_to(far))
        for _ in range(40):
            for _ in range(50):
                foe.send(b"\0\1" + bytes(500), flooded.host, flooded.port)
            await pause(reactor, 0.01)

    with RtpListener() as far, RtpListener() as foe:
        with_engine(story)
    assert far.lost() == 0
    assert len(far.arrivals) > 10
