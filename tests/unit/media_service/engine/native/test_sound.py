"""Sound through bridges and conferences of the native core, heard as tones in recordings."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from media_service.engine.errors import EngineError
from media_service.engine.interface import (
    DigitReceived,
    DigitsSent,
    Encoding,
    EngineEvent,
    Listening,
    MediaEngine,
    Role,
)
from tests.unit.media_service.driving import pause, until
from tests.unit.media_service.engine.native.world import levels, pair, record, sing, with_native

pytestmark = pytest.mark.integration
QUIET = -55.0
"""dB below which a tone is not there; tones are sung at -16 dB or so."""


def heard(file: Path, *hertz: float) -> list[bool]:
    """Which of the tones are there, looking at the middle of the file."""
    samples, _ = soundfile.read(file, dtype="int16")
    return [level > QUIET / 2 for level in levels(samples[len(samples) // 3 :], *hertz)]


def test_every_encoding_is_carried_into_every_other(tmp_path: Path) -> None:
    pairs = [(one, other) for one in Encoding for other in Encoding]
    files = {}

    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        for number, (one, other) in enumerate(pairs):
            await pair(engine, f"{number}-a", one)
            await pair(engine, f"{number}-b", other)
            engine.bridge(f"leg-{number}-a", f"leg-{number}-b")
            sing(engine, f"far-{number}-a", 440.0 + 40 * number, seconds=8.0)
        await pause(reactor, 1.5)  # 25 tones are made, and encoded in five ways
        for number, codecs in enumerate(pairs):
            files[codecs] = record(engine, f"far-{number}-b", tmp_path)
        await pause(reactor, 1.2)
        for number in range(len(pairs)):
            await engine.stop_recording(f"far-{number}-b")

    with_native(story)
    for number, codecs in enumerate(pairs):
        samples, _ = soundfile.read(files[codecs], dtype="int16")
        ours, other = levels(samples[1600:], 440.0 + 40 * number, 440.0 + 40 * ((number + 12) % 25))
        assert ours == pytest.approx(-16.0, abs=4.0), codecs
        assert other < ours - 30, codecs


def test_a_conference_is_heard_by_its_roles(tmp_path: Path) -> None:
    tones = {"agent": 500.0, "caller": 900.0, "silent": 1400.0, "coach": 2100.0, "third": 2900.0}
    expected = {
        "agent": {"caller", "coach", "third"},
        "caller": {"agent", "third"},
        "silent": {"agent", "caller", "third"},
        "coach": {"agent", "caller", "third"},
        "third": {"agent", "caller"},
    }

    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        for name, hertz in tones.items():
            await pair(engine, name)
            sing(engine, f"far-{name}", hertz)
        for name in ("agent", "caller", "third"):
            engine.join(f"leg-{name}", "room")
        engine.join("leg-silent", "room", Role.LISTENER)
        engine.join("leg-coach", "room", Role.WHISPERER, whisper_to="leg-agent")
        await pause(reactor, 0.4)
        for name in tones:
            record(engine, f"far-{name}", tmp_path)
        await pause(reactor, 1.2)
        for name in tones:
            await engine.stop_recording(f"far-{name}")
        engine.join("leg-coach", "room")  # the supervisor barges in
        engine.leave("leg-third")
        await pause(reactor, 0.4)
        later = tmp_path / "later"
        for name in ("caller", "third"):
            record(engine, f"far-{name}", later)
        await pause(reactor, 1.0)
        for name in ("caller", "third"):
            await engine.stop_recording(f"far-{name}")

    with_native(story)
    names = list(tones)
    for name in names:
        found = heard(tmp_path / f"far-{name}.wav", *tones.values())
        assert {each for each, there in zip(names, found, strict=True) if there} == expected[name], name
    found = heard(tmp_path / "later" / "far-caller.wav", *tones.values())
    assert {each for each, there in zip(names, found, strict=True) if there} == {"agent", "coach"}
    assert not any(heard(tmp_path / "later" / "far-third.wav", *tones.values()))


def test_loud_speakers_are_clipped_and_do_not_wrap_round(tmp_path: Path) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        for number in range(5):
            await pair(engine, str(number), Encoding.L16)
            engine.join(f"leg-{number}", "room")
            sing(engine, f"far-{number}", 400.0, 404.0 + number, 397.0)
        await pause(reactor, 0.4)
        record(engine, "far-0", tmp_path)
        await pause(reactor, 1.0)
        await engine.stop_recording("far-0")

    with_native(story)
    samples, _ = soundfile.read(tmp_path / "far-0.wav", dtype="int16")
    steps = np.abs(np.diff(samples.astype(np.int32)))
    assert np.max(np.abs(samples.astype(np.int32))) > 20000
    assert np.max(steps) < 30000  # a sample that wraps round leaps by 65536


def test_what_cannot_be_meant_in_a_conference_is_refused() -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        for name in "ab":
            await pair(engine, name)
        engine.join("leg-a", "room")
        for wrong in (
            lambda: engine.join("nobody", "room"),
            lambda: engine.join("leg-b", "room", Role.WHISPERER),
            lambda: engine.join("leg-b", "room", whisper_to="leg-a"),
            lambda: engine.join("leg-b", "other", Role.WHISPERER, whisper_to="leg-a"),
            lambda: engine.join("leg-a", "room", Role.WHISPERER, whisper_to="leg-a"),
        ):
            with pytest.raises(EngineError):
                wrong()
        engine.close("leg-a")
        engine.join("leg-b", "room")
        engine.leave("leg-b")
        engine.leave("leg-b")

    with_native(story)


def test_a_bridge_and_a_conference_undo_each_other(tmp_path: Path) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        for name, hertz in (("a", 500.0), ("b", 900.0), ("c", 1400.0)):
            await pair(engine, name)
            sing(engine, f"far-{name}", hertz)
        engine.bridge("leg-a", "leg-b")
        engine.join("leg-a", "room")
        engine.join("leg-c", "room")
        engine.bridge("leg-b", "leg-c")
        await pause(reactor, 0.4)
        for name in "abc":
            record(engine, f"far-{name}", tmp_path)
        await pause(reactor, 1.0)
        for name in "abc":
            await engine.stop_recording(f"far-{name}")

    with_native(story)
    wanted = {"a": [False, False, False], "b": [False, False, True], "c": [False, True, False]}
    assert {name: heard(tmp_path / f"far-{name}.wav", 500.0, 900.0, 1400.0) for name in "abc"} == wanted


def test_digits_pass_a_bridge_as_tones_where_the_far_end_takes_no_events() -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await pair(engine, "a")
        await pair(engine, "b", digits=None)
        engine.bridge("leg-a", "leg-b")
        engine.listen("far-b", Listening(digits=True))
        await pause(reactor, 0.2)
        engine.send_digits("far-a", "40#D", "sent")
        await until(reactor, lambda: DigitsSent("far-a", "sent") in events)
        await pause(reactor, 0.4)
        heard = [event for event in events if isinstance(event, DigitReceived)]
        assert [event.digit for event in heard if event.port == "leg-a"] == list("40#D")
        assert [(event.digit, event.in_band) for event in heard if event.port == "far-b"] == [
            (digit, True) for digit in "40#D"
        ]

    with_native(story)


def test_listening_alone_disturbs_nothing(tmp_path: Path) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await pair(engine, "a", Encoding.G722)
        engine.listen("leg-a", Listening(digits=True, speech=True, beep=True))
        sing(engine, "leg-a", 700.0)
        record(engine, "far-a", tmp_path)
        await pause(reactor, 1.0)
        engine.listen("leg-a", Listening())
        await engine.stop_recording("far-a")
        assert events == []

    with_native(story)
    assert heard(tmp_path / "far-a.wav", 700.0) == [True]
