"""What ports play: prompts, music, tones; heard at a far end and asserted on decoded audio."""

import math
import wave
from dataclasses import replace
from pathlib import Path

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from media_service.codecs.wav import read_wav, write_wav
from media_service.engine.errors import EngineError
from media_service.engine.interface import (
    Encoding,
    EngineEvent,
    MediaEngine,
    Playlist,
    Tone,
)
from tests.fakes.listening import RtpListener, loudness, match
from tests.unit.media_service.driving import pause, until
from tests.unit.media_service.engine.engines import (
    MENU,
    NUMBER,
    PROMPTS,
    WithEngine,
    ends,
    stream_to,
)
from tests.unit.media_service.engine.far_end import amplitude, tone

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("encoding", [Encoding.PCMU, Encoding.PCMA])
def test_prompts_are_heard_one_after_the_other_without_a_gap(with_engine: WithEngine, encoding: Encoding) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        engine.connect("a", stream_to(far, encoding))
        await pause(reactor, 0.1)
        engine.play("a", Playlist((NUMBER, MENU)), "one")
        await until(reactor, lambda: events)
        await pause(reactor, 0.1)
        assert ends(events) == [("one", True)]

    with RtpListener() as far:
        with_engine(story)
    expected = read_wav(NUMBER.read_bytes()) + read_wav(MENU.read_bytes())
    assert match(far.linear(), expected).score > 0.97
    assert far.lost() == 0
    assert {arrival.packet.payload_type for arrival in far.arrivals} == {0 if encoding is Encoding.PCMU else 8}


def test_stop_is_heard_at_once_and_told(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        engine.connect("a", stream_to(far))
        engine.play("a", Playlist((PROMPTS / "hold_music.wav",), loop=True), "music")
        await pause(reactor, 0.3)
        engine.stop("a")
        await until(reactor, lambda: events)
        assert ends(events) == [("music", False)]
        count = len(far.arrivals)
        await until(reactor, lambda: len(far.arrivals) > count + 5)
        assert far.arrivals[-1].packet.payload == b"\xff" * 160

    with RtpListener() as far:
        with_engine(story)


def test_the_first_packet_after_hold_is_marked_silent_or_not(with_engine: WithEngine) -> None:
    marked: list[bool] = []

    async def further(reactor: AsyncioSelectorReactor, count: int) -> None:
        enough = len(far.arrivals) + count
        await until(reactor, lambda: len(far.arrivals) >= enough)

    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        engine.connect("a", stream_to(far))
        for sounds in ((), (PROMPTS / "hold_music.wav",)):
            await further(reactor, 3)
            engine.connect("a", replace(stream_to(far), sending=False))
            await pause(reactor, 0.1)
            held = len(far.arrivals)
            if sounds:
                engine.play("a", Playlist(sounds), "music")
                await pause(reactor, 0.1)
            engine.connect("a", stream_to(far))
            await further(reactor, 2)
            marked.extend(arrival.packet.marker for arrival in far.arrivals[held : held + 2])

    with RtpListener() as far:
        with_engine(story)
    assert marked == [True, False, True, False]


def test_a_file_that_cannot_be_played_is_told_and_disturbs_nothing(with_engine: WithEngine, tmp_path: Path) -> None:
    (tmp_path / "bad.wav").write_bytes(b"no sound")

    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        engine.connect("a", stream_to(far))
        engine.play("a", Playlist((MENU, tmp_path / "bad.wav")), "bad")
        (ended,) = await until(reactor, lambda: events)
        assert (ended.finished, ended.token) == (False, "bad")
        assert "bad.wav: not a RIFF/WAVE file" in ended.detail
        engine.play("a", Playlist((NUMBER,)), "good")
        await until(reactor, lambda: ("good", True) in ends(events))

    with RtpListener() as far:
        with_engine(story)


def test_a_changed_prompt_is_heard_without_a_restart(with_engine: WithEngine, tmp_path: Path) -> None:
    file = tmp_path / "p.wav"
    file.write_bytes(write_wav(read_wav(NUMBER.read_bytes())))

    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        engine.connect("a", stream_to(far))
        engine.play("a", Playlist((file,)), "1")
        await until(reactor, lambda: events)
        file.write_bytes(MENU.read_bytes())
        engine.play("a", Playlist((file,)), "2")
        await until(reactor, lambda: len(events) == 2)
        await pause(reactor, 0.1)

    with RtpListener() as far:
        with_engine(story)
    assert match(far.linear(), MENU).score > 0.97


def test_a_list_begins_where_it_is_told_and_says_where_it_ended(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        engine.connect("a", stream_to(far))
        await until(reactor, lambda: far.arrivals)
        engine.play("a", Playlist((NUMBER, MENU), start=1.0), "late")
        await pause(reactor, 0.6)
        engine.stop("a")
        (stopped,) = await until(reactor, lambda: events)
        assert 1.3 < stopped.position < 1.7
        engine.play("a", Playlist((MENU,), start=3000.0), "beyond")
        (_, beyond) = await until(reactor, lambda: events if len(events) == 2 else None)
        assert (beyond.token, beyond.finished) == ("beyond", True)
        engine.play("a", Playlist((NUMBER,)), "whole")
        (*_, whole) = await until(reactor, lambda: events if len(events) == 3 else None)
        assert abs(whole.position - len(read_wav(NUMBER.read_bytes())) / 16000) < 0.001

    with RtpListener() as far:
        with_engine(story)
    both = read_wav(NUMBER.read_bytes()) + read_wav(MENU.read_bytes())
    found = match(far.linear(), both, start=1.0, seconds=0.4)
    assert found.score > 0.97
    assert match(far.linear(), both, start=0.2, seconds=0.6).score < 0.97 or found.offset > 0.6


def test_music_goes_on_from_where_it_was_and_round_its_end(with_engine: WithEngine) -> None:
    seconds = len(read_wav(MENU.read_bytes())) / 16000

    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        engine.connect("a", stream_to(far))
        await until(reactor, lambda: far.arrivals)
        engine.play("a", Playlist((MENU,), loop=True, start=2 * seconds - 0.5), "m")
        await pause(reactor, 1.1)
        engine.stop("a")
        (ended,) = await until(reactor, lambda: events)
        assert 0.4 < ended.position < 0.8

    with RtpListener() as far:
        with_engine(story)
    around = read_wav(MENU.read_bytes())[-8000:] + read_wav(MENU.read_bytes())[:8000]
    assert match(far.linear(), around, seconds=0.9).score > 0.97


def test_tones_are_made_in_their_cadence(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        engine.connect("a", stream_to(far))
        await until(reactor, lambda: far.arrivals)
        engine.play("a", Playlist((Tone((425.0, 620.0), (0.4, 0.4), 1.2, level=-13.0), NUMBER)), "t")
        await until(reactor, lambda: ("t", True) in ends(events))

    with RtpListener() as far:
        with_engine(story)
    heard = far.linear()
    starts = match(heard, tone(425, 0.3)).offset, match(heard, NUMBER).offset
    first = heard[2 * round(8000 * (starts[1] - 1.2)) :][: 2 * 3200]
    for frequency in (425.0, 620.0):
        assert abs(20 * math.log10(amplitude(first, frequency) / 32768) + 3.14 - -13.0) < 1.0
    assert loudness(heard[2 * round(8000 * (starts[1] - 0.75)) :][: 2 * 2400]) < 20


def test_a_tone_that_cannot_be_made_is_refused(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        for wrong in (
            Tone((5000.0,), (), 1.0),
            Tone((math.nan,), (), 1.0),
            Tone((425.0,), (-1.0, 1.0), 1.0),
            Tone((425.0,), (0.0, 0.0), 1.0),
            Tone((425.0,), (0.0, 1.0), 1.0),
            Tone((425.0,), (), math.inf),
            Tone((425.0,), (), 1.0, level=40.0),
        ):
            with pytest.raises(EngineError):
                engine.play("a", Playlist((wrong,)), "t")
        for start in (-1.0, math.nan, math.inf):
            with pytest.raises(EngineError):
                engine.play("a", Playlist((MENU,), start=start), "t")

    with_engine(story)


def test_a_wideband_file_is_heard_in_the_telephone_band(with_engine: WithEngine, tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "wide.wav"), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(tone(1000, 1.0, rate=16000))

    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        engine.connect("a", stream_to(far))
        await until(reactor, lambda: far.arrivals)
        engine.play("a", Playlist((tmp_path / "wide.wav",)), "t")
        await until(reactor, lambda: events)
        assert abs(events[0].position - 1.0) < 0.001

    with RtpListener() as far:
        with_engine(story)
    assert amplitude(far.linear()[-8000:-1600], 1000) > 7500
