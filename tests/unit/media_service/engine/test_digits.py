"""Digits as RFC 4733 events and as pairs of tones, both ways."""

import time

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from media_service.engine.interface import (
    DigitReceived,
    DigitsSent,
    EngineEvent,
    Listening,
    MediaEngine,
    Playlist,
)
from media_service.signal.dtmf import DtmfDetector
from media_service.signal.tones import dtmf
from sip.dtmf import digit_packets
from tests.fakes.listening import RtpListener
from tests.unit.media_service.driving import pause, until
from tests.unit.media_service.engine.engines import (
    MENU,
    WithEngine,
    stream_to,
)
from tests.unit.media_service.engine.far_end import FarEnd, said

pytestmark = pytest.mark.integration


def test_digits_travel_both_ways(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        address = await engine.open("a")
        engine.connect("a", stream_to(far))
        for packet in digit_packets("3", payload_type=101, ssrc=9, sequence=1, timestamp=0):
            far.send(packet.serialise(), address.host, address.port)
        engine.send_digits("a", "12#d", "sent")
        await until(reactor, lambda: DigitsSent("a", "sent") in events)
        (heard,) = [event for event in events if isinstance(event, DigitReceived)]
        assert (heard.port, heard.digit) == ("a", "3")
        assert abs(heard.at - far.arrivals[0].at) < 5

    with RtpListener() as far:
        with_engine(story)
    assert far.digits() == "12#D"


def test_digits_are_sent_as_tones_where_the_far_end_takes_no_events(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        engine.connect("a", stream_to(far, digits=None))
        await until(reactor, lambda: far.arrivals)
        engine.play("a", Playlist((MENU,), loop=True), "p")
        engine.send_digits("a", "159*", "sent")
        await until(reactor, lambda: DigitsSent("a", "sent") in events)
        await pause(reactor, 0.1)

    with RtpListener() as far:
        with_engine(story)
    assert "".join(found.digit for found in DtmfDetector().feed(far.linear())) == "159*"
    assert {arrival.packet.payload_type for arrival in far.arrivals} == {0}


def test_tones_in_the_audio_are_heard_as_digits_while_listened_for(with_engine: WithEngine) -> None:
    sound = b"".join(dtmf(digit, 80) + bytes(1600) for digit in "13#0")

    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        address = await engine.open("a")
        engine.connect("a", stream_to(far))
        engine.listen("a", Listening(digits=True))
        began = time.time()
        await said(reactor, far.say(bytes(6400) + sound + bytes(6400), address))
        await pause(reactor, 0.3)
        heard = [event for event in events if isinstance(event, DigitReceived)]
        assert "".join(event.digit for event in heard) == "13#0"
        assert all(event.in_band and began < event.at < time.time() for event in heard)
        engine.listen("a", Listening())
        await said(reactor, far.say(bytes(3200) + sound + bytes(6400), address))
        await pause(reactor, 0.3)
        assert len([event for event in events if isinstance(event, DigitReceived)]) == 4

    with FarEnd() as far:
        with_engine(story)
