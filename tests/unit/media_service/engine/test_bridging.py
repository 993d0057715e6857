"""Two ports joined: each far end hears the other one."""

import random
import time
from pathlib import Path
from statistics import median

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from media_service.engine.interface import (
    DigitReceived,
    DigitsSent,
    Encoding,
    EngineEvent,
    MediaEngine,
    Playlist,
    Recording,
    Tone,
)
from tests.fakes.listening import likeness
from tests.unit.media_service.driving import pause, until
from tests.unit.media_service.engine.engines import MENU, PROMPTS, WithEngine, ends, stream_to
from tests.unit.media_service.engine.far_end import FarEnd, amplitude, last, said, tone

pytestmark = pytest.mark.integration


def test_two_bridged_ports_carry_speech_and_digits_between_two_codecs(with_engine: WithEngine, tmp_path: Path) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        addresses = {name: await engine.open(name) for name in ("far-1", "leg-1", "leg-2", "far-2")}
        for one, other, encoding in (("far-1", "leg-1", Encoding.PCMU), ("far-2", "leg-2", Encoding.PCMA)):
            engine.connect(one, stream_to(addresses[other], encoding))
            engine.connect(other, stream_to(addresses[one], encoding))
        engine.bridge("leg-1", "leg-2")
        engine.record("far-2", Recording(tmp_path / "two.wav"))
        engine.record("far-1", Recording(tmp_path / "one.wav"))
        engine.play("far-1", Playlist((MENU,)), "x")
        engine.play("far-2", Playlist((PROMPTS / "invalid.wav",)), "y")
        await until(reactor, lambda: len(events) == 2)
        engine.send_digits("far-1", "5", "d")
        await until(reactor, lambda: DigitsSent("far-1", "d") in events)
        await engine.stop_recording("far-1")
        await engine.stop_recording("far-2")
        assert {(event.port, event.digit) for event in events if isinstance(event, DigitReceived)} == {
            ("leg-1", "5"),
            ("far-2", "5"),
        }
        figures = await engine.figures("leg-2")
        assert figures.lost == 0
        assert figures.received > 100

    with_engine(story)
    assert likeness(tmp_path / "two.wav", MENU) > 0.95
    assert likeness(tmp_path / "one.wav", PROMPTS / "invalid.wav") > 0.95


def test_both_hear_each_other_through_losses_and_jitter(with_engine: WithEngine) -> None:
    chance = random.Random(3550)
    shaken = [chance.random() * 0.06 for _ in range(200)]

    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        addresses = [await engine.open("1"), await engine.open("2", beside="1")]
        engine.connect("1", stream_to(one))
        engine.connect("2", stream_to(two, Encoding.PCMA))
        engine.bridge("1", "2")
        talk = [
            one.say(tone(700, 2.5), addresses[0], lost=lambda number: number % 20 == 7),
            two.say(tone(1100, 2.5), addresses[1], payload_type=8, delay=lambda number: shaken[number]),
        ]
        await pause(reactor, 2.6)
        await said(reactor, *talk)
        figures = await engine.figures("1")
        assert figures.lost in {6, 5}
        assert (await engine.figures("2")).jitter > 0.005

    with FarEnd() as one, FarEnd() as two:
        with_engine(story)
    for far, own, other in ((two, 1100, 700), (one, 700, 1100)):
        heard = last(far.linear(), 1.0, before=0.4)
        pieces = [amplitude(heard[start : start + 1600], other) for start in range(0, len(heard) - 1599, 1600)]
        assert median(pieces) > 6000
        assert amplitude(heard, own) < 200


def test_after_the_bridge_each_is_alone_with_its_music_again(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        addresses = [await engine.open("1"), await engine.open("2", beside="1")]
        engine.connect("1", stream_to(one))
        engine.connect("2", stream_to(two))
        engine.play("2", Playlist((Tone((1500.0,), (), 60.0),)), "music")
        await pause(reactor, 0.3)
        engine.bridge("1", "2")
        talk = one.say(tone(700, 2.0), addresses[0])
        await pause(reactor, 1.0)
        middle.append(time.time())
        engine.unbridge("1")
        await pause(reactor, 0.6)
        await said(reactor, talk)
        assert ends(events) == []

    middle: list[float] = []
    with FarEnd() as one, FarEnd() as two:
        with_engine(story)
    bridged = two.linear(since=middle[0] - 0.4)[: 2 * 3000]
    after = two.linear(since=middle[0] + 0.1)[: 2 * 3000]
    assert amplitude(bridged, 700) > 6000
    assert amplitude(bridged, 1500) < 100
    assert amplitude(after, 700) < 100
    assert amplitude(after, 1500) > 4000
