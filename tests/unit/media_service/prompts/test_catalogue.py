import math
import struct
from itertools import pairwise
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from media_service.codecs.wav import write_wav
from media_service.control.actions import Utterance
from media_service.prompts.catalogue import Catalogue, check
from media_service.prompts.errors import PromptError
from media_service.prompts.texts import read_texts
from tests.unit.media_service.prompts.words import LANGUAGES, SHIPPED


def tone(level: float, seconds: float = 0.1) -> bytes:
    samples = (round(level * math.sin(moment / 3)) for moment in range(round(8000 * seconds)))
    return write_wav(b"".join(struct.pack("<h", sample) for sample in samples))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "welcome.wav").write_bytes(tone(5000))
    return tmp_path


def test_an_utterance_becomes_files() -> None:
    files = Catalogue(SHIPPED, "en").files([Utterance(prompt="position_before"), Utterance(number=21)])
    assert files == tuple(SHIPPED / "en" / f"{name}.wav" for name in ("position_before", "num_20", "num_1"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_has_a_sound_that_is_fit(language: str) -> None:
    texts = read_texts(SHIPPED, language)
    assert Catalogue(SHIPPED, language).problems([*texts.all, "hold_music"]) == []
    assert {path.stem for path in (SHIPPED / language).glob("*.wav")} == {*texts.all, "hold_music"}


def test_all_languages_say_the_same_prompts() -> None:
    names = {language: set(read_texts(SHIPPED, language).prompts) for language in LANGUAGES}
    ends_of_test_calls = {"agent_greeting", "caller_speech"}
    assert all(each == names["en"] - ends_of_test_calls for language, each in names.items() if language != "en")


def test_the_manifest_names_what_is_there() -> None:
    manifest = YAML(typ="safe").load(SHIPPED / "manifest.yaml")
    assert tuple(manifest["languages"]) == LANGUAGES
    assert Catalogue(SHIPPED, "en").languages == tuple(sorted(LANGUAGES))
    assert {path.stem for path in (SHIPPED / "tones").iterdir()} == set(manifest["tones"])
    files = [path for path in SHIPPED.rglob("*") if path.is_file() and not path.is_symlink()]
    assert sum(path.stat().st_size for path in files) < 24_000_000


def test_hold_music_loops_without_a_click() -> None:
    samples = struct.unpack("<192000h", (SHIPPED / "en" / "hold_music.wav").read_bytes()[44:])
    inside = max(abs(later - earlier) for earlier, later in pairwise(samples))
    assert abs(samples[0] - samples[-1]) < inside / 2


@pytest.mark.parametrize(
    ("utterance", "reason"),
    [
        (Utterance(prompt="nobody"), "nobody"),
        (Utterance(prompt="../../etc/passwd"), "no prompt name"),
        (Utterance(prompt="Welcome"), "no prompt name"),
        (Utterance(), "not nothing"),
        (Utterance(prompt="welcome", number=1), "not prompt and number"),
        (Utterance(number=1_000_000_000), "1000000000"),
        (Utterance(number=3), "num_3"),
    ],
)
def test_what_cannot_be_said_is_refused(folder: Path, utterance: Utterance, reason: str) -> None:
    with pytest.raises(PromptError, match=reason):
        Catalogue(folder, "en").files([utterance])


def test_a_language_without_numbers_says_prompts_only(folder: Path) -> None:
    (folder / "en").rename(folder / "xx")
    catalogue = Catalogue(folder, "xx")
    assert catalogue.problems(["welcome"]) == []
    with pytest.raises(PromptError, match="xx"):
        catalogue.files([Utterance(number=1)])


def test_a_language_that_is_a_path_is_refused(folder: Path) -> None:
    with pytest.raises(PromptError, match="language"):
        Catalogue(folder, "../en")


def test_missing_clips_of_numbers_are_told_with_the_prompts(folder: Path) -> None:
    problems = Catalogue(folder, "en").problems(["welcome", "gone"])
    assert any("gone" in problem for problem in problems)
    assert any("num_hundred" in problem for problem in problems)
    assert not any("welcome" in problem for problem in problems)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"ID3 this is no WAV", "not a RIFF"),
        (write_wav(b""), "is empty"),
        (write_wav(bytes(1600)), "level of -inf"),
        (tone(20), "level of"),
        (write_wav(struct.pack("<2h", 32000, -32000) * 400), "level of -0"),
    ],
)
def test_unfit_files_are_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "prompt.wav"
    file.write_bytes(content)
    with pytest.raises(PromptError, match=reason):
        check(file)
