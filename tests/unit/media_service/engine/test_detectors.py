"""What ports listen for in the audio: speech and the beep of an answering machine."""

import time

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from media_service.codecs.wav import read_wav
from media_service.engine.interface import BeepHeard, EngineEvent, Listening, MediaEngine, SpeechChanged
from tests.unit.media_service.driving import until
from tests.unit.media_service.engine.engines import MENU, WithEngine, stream_to
from tests.unit.media_service.engine.far_end import FarEnd, said, tone

pytestmark = pytest.mark.integration


def test_speech_is_told_when_it_begins_and_ceases(with_engine: WithEngine) -> None:
    speech = read_wav(MENU.read_bytes())[:24000]

    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        address = await engine.open("a")
        engine.connect("a", stream_to(far))
        engine.listen("a", Listening(speech=True))
        began = time.time()
        far.say(bytes(8000) + speech + bytes(16000), address)
        await until(reactor, lambda: len(events) >= 2)
        changes = [event for event in events if isinstance(event, SpeechChanged)]
        assert [event.speaking for event in changes[:1]] == [True]
        assert not changes[-1].speaking
        assert abs(changes[0].at - began - 0.6) < 0.3

    with FarEnd() as far:
        with_engine(story)


def test_beeps_are_told_with_their_frequency(with_engine: WithEngine) -> None:
    """Two of them, for a busy machine may break one in two by a gap."""
    beeps = (1000.0, 1400.0)

    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        address = await engine.open("a")
        engine.connect("a", stream_to(far))
        engine.listen("a", Listening(beep=True))
        await said(reactor, far.say(b"".join(bytes(4800) + tone(beep, 0.4) + bytes(8000) for beep in beeps), address))
        await until(reactor, lambda: events)
        for event in events:
            assert isinstance(event, BeepHeard)
            assert min(abs(event.frequency - beep) for beep in beeps) < 15

    with FarEnd() as far:
        with_engine(story)
