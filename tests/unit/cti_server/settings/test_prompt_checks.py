"""Prompts that are missing, misspelt or unplayable are refused where a flow names them."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from cti_server.settings import prompt_checks
from cti_server.settings.prompt_checks import CLIPS, PromptChecker, wav_fault
from cti_server.settings.server import PromptSettings
from tests.unit.cti_server.settings.configs import SILENCE, Config, write_wav


def test_a_misspelt_prompt_is_suggested(config: Config) -> None:
    config.edit("flows/welcome.yaml", "say: welcome", "say: welcone")
    (problem,) = config.problems()
    at = config.at("flows/welcome.yaml", "say: welcone")
    assert problem.startswith(f"{at}: steps[0].say: prompt welcone is missing: no file ")
    assert problem.endswith("welcone.wav; did you mean 'welcome'?")


def test_a_missing_prompt_is_said_wherever_it_is_named(config: Config) -> None:
    (config.prompts / "hold_music.wav").unlink()
    (config.prompts / "position_after.wav").unlink()
    assert [each.partition(": prompt")[0] for each in config.problems()] == [
        f"{config.at('flows/waiting.yaml', 'after: position_after')}: steps[0].after",
        f"{config.at('flows/waiting.yaml', 'music: hold_music')}: steps[1].music",
    ]


def test_missing_number_clips_are_one_problem(config: Config) -> None:
    (config.prompts / "texts.yaml").write_text("clips:\n  num_6: six\n  num_7: seven\n  num_hundred: hundred\n")
    write_wav(config.prompts / "num_6.wav")
    for name in ("num_7", "num_hundred"):
        (config.prompts / f"{name}.wav").unlink(missing_ok=True)
    (problem,) = config.problems()
    at = config.at("flows/waiting.yaml", "- id: tell_position")
    assert problem.startswith(f"{at}: steps[0]: numbers cannot be spoken: prompt num_7 is missing")
    assert problem.endswith("(and 1 more number clips)")


@pytest.mark.parametrize("text", ["", "clips: 7", "- a list", "clips: {", "\x00"])
def test_texts_that_cannot_be_read_are_no_problem_of_the_flows(config: Config, text: str) -> None:
    (config.prompts / "texts.yaml").write_text(text)
    assert config.problems() == []


def test_the_texts_of_a_language_are_read_once_for_all_kinds(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    (config.prompts / "texts.yaml").write_text("clips:\n  num_6: six\n")
    read = []

    class Counting(YAML):
        def load(self, stream: object) -> object:
            if isinstance(stream, Path):  # which it opens, and then comes by here again
                read.append(stream)
            return super().load(stream)

    monkeypatch.setattr(prompt_checks, "YAML", Counting)
    checker = PromptChecker(PromptSettings(directory=config.prompts.parent, language=config.prompts.name))
    assert ["num_6"] in [checker._clips(config.prompts.name, kind) for kind in CLIPS]
    assert read == [config.prompts / "texts.yaml"]


def test_another_language_needs_its_own_prompts(config: Config) -> None:
    config.edit("server.yaml", "language: en", "language: de")
    assert len(config.problems()) >= 6


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"rate": 44100}, "44100 Hz instead of 8000 Hz"),
        ({"channels": 2}, "2 channels instead of 1"),
        ({"width": 1}, "8 bits instead of 16"),
        ({"frames": b""}, "no sound at all"),
    ],
)
def test_a_wav_of_another_form_is_refused(tmp_path: Path, form: dict[str, int], said: str) -> None:
    file = tmp_path / "x.wav"
    write_wav(file, **form)  # type: ignore[arg-type] # one keyword of each test
    assert said in str(wav_fault(file))


@pytest.mark.parametrize("content", [b"", b"RIFF", b"garbage" * 100, b"RIFF\xff\xff\xff\xffWAVEfmt \x00"])
def test_what_is_no_wav_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "x.wav"
    file.write_bytes(content)
    assert "is no readable WAV file" in str(wav_fault(file))


def test_a_wav_cut_off_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.wav"
    write_wav(file, frames=SILENCE * 10)
    file.write_bytes(file.read_bytes()[:-400])
    assert "cut off" in str(wav_fault(file))


def test_a_good_wav_is_taken(tmp_path: Path) -> None:
    write_wav(tmp_path / "x.wav")
    assert wav_fault(tmp_path / "x.wav") is None
