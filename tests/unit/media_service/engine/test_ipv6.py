"""Everything that has an address, over IPv6."""

from dataclasses import replace

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from media_service.engine.interface import (
    Address,
    DigitReceived,
    DigitsSent,
    EngineEvent,
    MediaEngine,
    PacketReceived,
    Playlist,
)
from sip.dtmf import digit_packets
from tests.fakes.listening import match
from tests.unit.media_service.driving import until
from tests.unit.media_service.engine.engines import NUMBER, UDP, Maker, ends, run_with, stream_to
from tests.unit.media_service.engine.far_end import FarEnd

pytestmark = pytest.mark.integration


def test_prompts_digits_reports_and_datagrams_travel_over_ipv6(make: Maker) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        address = await engine.open("a")
        assert address.host == "::1"
        engine.connect("a", replace(stream_to(far), remote=Address("0:0::1", far.port), rtcp=Address("::1", far.port)))
        engine.send_packet("a", b"\0up", Address("::1", far.port))
        far.send(b"\0down", address.host, address.port)
        for packet in digit_packets("3", payload_type=101, ssrc=9, sequence=1, timestamp=0):
            far.send(packet.serialise(), address.host, address.port)
        engine.play("a", Playlist((NUMBER,)), "t")
        await until(reactor, lambda: ("t", True) in ends(events))
        engine.send_digits("a", "6", "d")
        await until(reactor, lambda: DigitsSent("a", "d") in events)
        assert [event.digit for event in events if isinstance(event, DigitReceived)] == ["3"]
        assert PacketReceived("a", b"\0down", Address("::1", far.port)) in events

    with FarEnd("::1") as far:
        run_with(make, story, UDP, "::1")
    assert match(far.linear(), NUMBER).score > 0.97
    assert far.digits() == "6"
    assert b"\0up" in far.garbage
