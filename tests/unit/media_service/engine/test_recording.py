"""Recordings of what is heard and sent, in every format."""

from pathlib import Path

import pytest
import soundfile
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from media_service.codecs.wav import read_wav
from media_service.engine.errors import EngineError
from media_service.engine.interface import (
    Encoding,
    EngineEvent,
    Format,
    MediaEngine,
    Playlist,
    Recording,
    Tone,
)
from tests.fakes.listening import likeness, loudness
from tests.unit.media_service.driving import pause, until
from tests.unit.media_service.engine.engines import NUMBER, WithEngine, stream_to
from tests.unit.media_service.engine.far_end import FarEnd, amplitude, said, tone

pytestmark = pytest.mark.integration


def test_recordings_are_finished_when_a_port_is_closed(with_engine: WithEngine, tmp_path: Path) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        addresses = [await engine.open(name) for name in "ab"]
        engine.connect("a", stream_to(addresses[1]))
        engine.connect("b", stream_to(addresses[0]))
        engine.record("b", Recording(tmp_path / "b.wav"))
        engine.play("a", Playlist((NUMBER,)), "t")
        await until(reactor, lambda: events)
        await pause(reactor, 0.1)
        engine.close("b")

    with_engine(story)
    assert likeness(tmp_path / "b.wav", NUMBER) > 0.97


FORMATS = [(Format.PCM, "PCM_16"), (Format.A_LAW, "ALAW"), (Format.FLAC, "PCM_16")]


@pytest.mark.parametrize(("form", "subtype"), FORMATS)
def test_both_sides_are_recorded_side_by_side(
    with_engine: WithEngine, tmp_path: Path, form: Format, subtype: str
) -> None:
    file = tmp_path / "new" / "both"

    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        address = await engine.open("a")
        engine.connect("a", stream_to(far))
        engine.record("a", Recording(file, form, stereo=True))
        engine.play("a", Playlist((Tone((1300.0,), (), 60.0),)), "p")
        await said(reactor, far.say(tone(600, 1.2), address))
        recorded = await engine.stop_recording("a")
        assert (recorded.file, recorded.paused) == (file, 0.0)
        assert 1.1 < recorded.seconds < 1.6
        lengths.append(recorded.seconds)

    lengths: list[float] = []
    with FarEnd() as far:
        with_engine(story)
    samples, rate = soundfile.read(file, dtype="int16")
    assert (rate, samples.shape[1], soundfile.info(file).subtype) == (8000, 2, subtype)
    assert abs(len(samples) / 8000 - lengths[0]) < 0.001
    left, right = (samples[2400:8000, side].tobytes() for side in (0, 1))
    assert amplitude(left, 600) > 6000
    assert amplitude(left, 1300) < 100
    assert amplitude(right, 1300) > 4000
    assert amplitude(right, 600) < 100


def test_both_sides_are_recorded_in_one(with_engine: WithEngine, tmp_path: Path) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        address = await engine.open("a")
        engine.connect("a", stream_to(far, Encoding.PCMA))
        engine.record("a", Recording(tmp_path / "mixed.wav", both=True))
        engine.play("a", Playlist((Tone((1300.0,), (), 60.0),)), "p")
        await said(reactor, far.say(tone(600, 1.0), address, payload_type=8))
        await engine.stop_recording("a")
        with pytest.raises(EngineError):
            engine.record("a", Recording(tmp_path / "mixed.wav", both=True, stereo=True))

    with FarEnd() as far:
        with_engine(story)
    heard = read_wav((tmp_path / "mixed.wav").read_bytes())[4800:12800]
    assert amplitude(heard, 600) > 6000
    assert amplitude(heard, 1300) > 4000


def test_what_is_said_in_a_pause_is_not_in_the_file(with_engine: WithEngine, tmp_path: Path) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        address = await engine.open("a")
        engine.connect("a", stream_to(far))
        engine.record("a", Recording(tmp_path / "a.wav"))
        talk = far.say(tone(600, 0.6) + tone(900, 0.6) + tone(1200, 0.6), address)
        await pause(reactor, 0.6)
        engine.pause_recording("a", paused=True)
        await pause(reactor, 0.7)
        engine.pause_recording("a", paused=False)
        await pause(reactor, 0.5)
        await said(reactor, talk)
        recorded = await engine.stop_recording("a")
        assert abs(recorded.paused - 0.7) < 0.1
        assert abs(recorded.seconds - 1.1) < 0.15

    with FarEnd() as far:
        with_engine(story)
    heard = read_wav((tmp_path / "a.wav").read_bytes())
    assert amplitude(heard[3200:8000], 600) > 5000
    assert max(amplitude(heard[start : start + 1600], 900) for start in range(4000, len(heard), 1600)) < 4000
    assert amplitude(heard[-6400:-1600], 1200) > 3000


def test_silence_at_both_ends_is_left_out(with_engine: WithEngine, tmp_path: Path) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        address = await engine.open("a")
        engine.connect("a", stream_to(far))
        engine.record("a", Recording(tmp_path / "a.wav", trim=True))
        await said(reactor, far.say(bytes(9600) + tone(600, 0.5) + bytes(9600), address))
        await pause(reactor, 0.3)
        recorded = await engine.stop_recording("a")
        assert abs(recorded.seconds - 0.7) < 0.1

    with FarEnd() as far:
        with_engine(story)
    heard = read_wav((tmp_path / "a.wav").read_bytes())
    assert loudness(heard[:1200]) < 100
    assert amplitude(heard[2400:8000], 600) > 6000


def test_lost_time_is_silence_so_that_places_are_times(with_engine: WithEngine, tmp_path: Path) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        address = await engine.open("a")
        engine.connect("a", stream_to(far))
        engine.record("a", Recording(tmp_path / "a.wav"))
        await said(reactor, far.say(tone(600, 1.6), address, lost=lambda number: 25 <= number < 55))
        await pause(reactor, 0.1)
        await engine.stop_recording("a")

    with FarEnd() as far:
        with_engine(story)
    heard = read_wav((tmp_path / "a.wav").read_bytes())
    assert 1.55 < len(heard) / 16000 < 1.95
    assert amplitude(heard[1600:6400], 600) > 5000
    assert loudness(heard[2 * 5600 : 2 * 8000]) < 100
    assert amplitude(heard[2 * 10000 : 2 * 12400], 600) > 5000
