"""What a hostile or broken far end may send: no engine may trip over it, and none may change what others hear."""

import os
import random
import struct

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from media_service.engine.interface import DigitReceived, Encoding, EngineEvent, MediaEngine, PlayEnded, Playlist
from sip.dtmf import digit_packets
from sip.rtp import RtpPacket
from tests.fakes.listening import RtpListener, match
from tests.unit.media_service.driving import pause, until
from tests.unit.media_service.engine.engines import MENU, WithEngine, stream_to

pytestmark = pytest.mark.integration


def crooked(chance: random.Random) -> bytes:
    """A packet whose header promises what does not follow, or any octets at all."""
    first = 0x80 | chance.choice((0, 0x10, 0x20, 0x30)) | chance.randrange(16)
    payload_type = chance.choice((0, 8, 101, 0x80, 0x88, 0xE5, 77))
    header = struct.pack("!BBHII", first, payload_type, *(chance.randrange(1 << bits) for bits in (16, 32, 32)))
    body = chance.randbytes(chance.choice((0, 1, 2, 3, 4, 5, 7, 60, 160, 161, 1400, 2036, 2040, 9000)))
    return chance.choice((header + body, header[: chance.randrange(13)], chance.randbytes(chance.randrange(60))))


def test_crooked_packets_hurt_nobody(with_engine: WithEngine) -> None:
    chance = random.Random(4733)

    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        hurt, partner = await engine.open("hurt"), await engine.open("partner")
        await engine.open("a")
        engine.connect("hurt", stream_to(foe))
        engine.connect("partner", stream_to(hurt, Encoding.PCMA))
        engine.bridge("hurt", "partner")
        engine.connect("a", stream_to(far))
        engine.play("a", Playlist((MENU,)), "t")
        while not any(isinstance(event, PlayEnded) for event in events):
            for _ in range(20):
                foe.send(crooked(chance), hurt.host, hurt.port)
            await pause(reactor, 0.005)
        await pause(reactor, 0.1)
        assert (await engine.figures("hurt")).received > 100
        assert (await engine.figures("a")).received == 0
        assert {event.port for event in events if isinstance(event, DigitReceived)} <= {"hurt", "partner"}
        assert partner.port

    with RtpListener() as far, RtpListener() as foe:
        with_engine(story)
    assert match(far.linear(), MENU).score > 0.97
    assert far.lost() == 0


def test_a_digit_counts_once_however_its_packets_arrive(with_engine: WithEngine) -> None:
    chance = random.Random(2833)

    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        address = await engine.open("a")
        engine.connect("a", stream_to(far))
        for place, digit in enumerate("0123456789*#ABCD5555"):
            packets = digit_packets(digit, payload_type=101, ssrc=7, sequence=20 * place, timestamp=3000 * place)
            some = chance.sample(packets, chance.randrange(1, len(packets))) * 2
            for packet in some:
                far.send(packet.serialise(), address.host, address.port)
            await pause(reactor, 0.01)
        await until(reactor, lambda: len(events) >= 20)
        await pause(reactor, 0.05)
        told = [event.digit for event in events if isinstance(event, DigitReceived)]
        assert "".join(told) == "0123456789*#ABCD5555"

    with RtpListener() as far:
        with_engine(story)


def test_extensions_sources_and_padding_are_taken_off(with_engine: WithEngine) -> None:
    event = digit_packets("9", payload_type=101, ssrc=7, sequence=1, timestamp=0)[0]

    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        address = await engine.open("a")
        engine.connect("a", stream_to(far))
        plain = RtpPacket(101, 1, 0, 7, event.payload, csrcs=(1, 2)).serialise()
        head, rest = plain[:20], plain[20:]
        far.send(
            bytes([head[0] | 0x30]) + head[1:] + b"\xbe\xde\0\1" + os.urandom(4) + rest + b"\0\0\3", *place(address)
        )
        (digit,) = await until(reactor, lambda: events)
        assert digit.digit == "9"
        cut = struct.pack("!BBHII", 0x90, 101, 2, 8000, 7) + b"\xbe\xde\xff\xff" + event.payload
        far.send(cut, *place(address))
        await pause(reactor, 0.1)
        assert len(events) == 1

    def place(address: object) -> tuple[str, int]:
        return address.host, address.port

    with RtpListener() as far:
        with_engine(story)


def test_another_source_is_followed_only_when_the_named_one_is_silent(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        address = await engine.open("a")
        engine.connect("a", stream_to(named))
        for sequence in range(4):
            other.send(RtpPacket(0, sequence, 160 * sequence, 9, bytes(160)).serialise(), address.host, address.port)
        await pause(reactor, 0.1)
        assert (await engine.figures("a")).received == 0
        for sequence in range(4, 8):
            other.send(RtpPacket(0, sequence, 160 * sequence, 9, bytes(160)).serialise(), address.host, address.port)
        await until(reactor, lambda: other.arrivals)
        named.send(RtpPacket(0, 1, 160, 8, bytes(160)).serialise(), address.host, address.port)
        await pause(reactor, 0.1)
        heard = len(other.arrivals)
        count = len(named.arrivals)
        await until(reactor, lambda: len(named.arrivals) > count + 5)
        assert len(other.arrivals) == heard

    with RtpListener() as named, RtpListener() as other:
        with_engine(story)
