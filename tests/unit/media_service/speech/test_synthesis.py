"""Texts, stored speech and engines in turn, with an engine that a test can watch."""

import os
import threading
from pathlib import Path

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.defer import Deferred

from media_service.codecs.wav import write_wav
from media_service.speech import pool
from media_service.speech.errors import SpeechError
from media_service.speech.espeak import EspeakEngine
from media_service.speech.piper import PiperEngine
from media_service.speech.program import run
from media_service.speech.store import SpokenFiles
from media_service.speech.synthesis import MAX_TEXT, StoredSynthesiser
from tests.unit.media_service.driving import drive

CLICKS = write_wav(b"\x00\x40\x00\xc0" * 2000)


class Watched:
    """Speaks some languages once it is let."""

    def __init__(self, *languages: str) -> None:
        self.languages = languages
        self.spoken: list[str] = []
        self.gate = threading.Event()
        self.gate.set()

    def voice(self, language: str) -> str | None:
        return "watched" if language in self.languages else None

    def speak(self, text: str, language: str, file: Path) -> None:
        self.gate.wait(5)
        self.spoken.append(f"{language}: {text}")
        if text == "bad":
            file.write_bytes(CLICKS[:50])
            raise SpeechError("hoarse")
        file.write_bytes(CLICKS)

    def close(self) -> None:
        self.gate.set()


def test_the_first_engine_that_knows_the_language_speaks_once(tmp_path: Path) -> None:
    one, other = Watched("en"), Watched("en", "de")

    async def story(reactor: AsyncioSelectorReactor) -> None:
        synthesiser = StoredSynthesiser(reactor, [one, other], SpokenFiles(tmp_path))
        hello = await synthesiser.say("hello", "en")
        assert await synthesiser.say("hello", "de") != hello
        assert await synthesiser.say(" hel\x07lo\n", "en") != hello
        assert await synthesiser.say("\thello  ", "en") == hello
        with pytest.raises(SpeechError, match="no voice for fr"):
            await synthesiser.say("bonjour", "fr")
        await synthesiser.close()

    drive(story)
    assert one.spoken == ["en: hello", "en: hel lo"]
    assert other.spoken == ["de: hello"]


def test_a_failure_is_told_to_all_and_tried_again(tmp_path: Path) -> None:
    engine = Watched("en")

    async def story(reactor: AsyncioSelectorReactor) -> None:
        synthesiser = StoredSynthesiser(reactor, [engine], SpokenFiles(tmp_path))
        engine.gate.clear()
        both = [synthesiser.say("bad", "en"), synthesiser.say("bad", "en")]
        engine.gate.set()
        for each in both:
            with pytest.raises(SpeechError, match="hoarse"):
                await each
        with pytest.raises(SpeechError, match="hoarse"):
            await synthesiser.say("bad", "en")
        await synthesiser.close()

    drive(story)
    assert engine.spoken == ["en: bad"] * 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", " \n\x00 ", "x" * (MAX_TEXT + 1)])
def test_texts_of_no_or_too_many_characters_are_refused(tmp_path: Path, text: str) -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        with pytest.raises(SpeechError, match="characters"):
            await StoredSynthesiser(reactor, [Watched("en")], SpokenFiles(tmp_path)).say(text, "en")

    drive(story)


def test_what_would_be_said_too_late_is_refused_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "MAX_WAITING", 3)
    engine = Watched("en")

    async def story(reactor: AsyncioSelectorReactor) -> None:
        synthesiser = StoredSynthesiser(reactor, [engine], SpokenFiles(tmp_path))
        engine.gate.clear()
        jobs: list[Deferred[Path]] = [synthesiser.say(f"text {number}", "en") for number in range(3)]
        with pytest.raises(SpeechError, match="too much to do"):
            await synthesiser.say("one more", "en")
        engine.gate.set()
        for job in jobs:
            await job
        await synthesiser.say("one more", "en")
        await synthesiser.close()

    drive(story)


def test_the_longest_unused_are_removed(tmp_path: Path) -> None:
    store = SpokenFiles(tmp_path, limit=3000)
    paths = [store.path("voice", "en", str(number)) for number in range(4)]
    for age, path in enumerate(paths):
        path.write_bytes(bytes(1000))
        os.utime(path, (age, age))
    assert store.find(paths[0])
    store.tidy(paths[1])
    assert [path.exists() for path in paths] == [True, True, False, True]
    assert not store.find(paths[2])


def test_voice_language_and_text_are_kept_apart(tmp_path: Path) -> None:
    store = SpokenFiles(tmp_path)
    assert (
        len({store.path(*each) for each in (("a", "b", "c"), ("ab", "", "c"), ("a", "bc", ""), ("a", "b", "d"))}) == 4
    )


def test_programs_that_fail_or_hang_are_told() -> None:
    with pytest.raises(SpeechError, match="cannot be started"):
        run(["/nowhere/at-all"], "", timeout=1)
    with pytest.raises(SpeechError, match="failed: oh no"):
        run(["sh", "-c", "cat >&2; exit 3"], "oh no", timeout=5)
    with pytest.raises(SpeechError, match="longer than"):
        run(["sleep", "20"], "", timeout=0.3)


def test_engines_that_are_not_installed_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SpeechError, match="no voice"):
        PiperEngine(tmp_path / "en_GB-nobody.onnx")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SpeechError, match="apt install espeak-ng"):
        EspeakEngine()
