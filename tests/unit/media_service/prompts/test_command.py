"""The command `callwright prompts`, as an admin types it; espeak-ng is really run."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from media_service.prompts_command.commands import prompts
from tests.unit.media_service.prompts.words import SHIPPED

TEXTS = """
prompts:
  greeting: "Guten Tag, hier ist die Gärtnerei."
clips:
  num_1: eins
"""


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(prompts, [str(each) for each in arguments], catch_exceptions=False)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A settings file beside built-in prompts of one small language, with a folder for the site's own."""
    (tmp_path / "prompts" / "xx").mkdir(parents=True)
    (tmp_path / "prompts" / "de").mkdir()
    (tmp_path / "prompts" / "de" / "texts.yaml").write_text(TEXTS, encoding="utf-8")
    return tmp_path


def wave(file: Path, level: float = 0.1, rate: int = 8000, lead: float = 0.0) -> Path:
    sine = level * np.sin(np.arange(rate) * 2 * np.pi * 300 / rate)
    file.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(file, np.concatenate([np.zeros(round(lead * rate)), sine]), rate)
    return file


@pytest.mark.parametrize("command", ["list", "check", "make", "import"])
def test_every_command_has_help_with_an_example(command: str) -> None:
    told = run(command, "--help").output
    assert f"Example: callwright prompts {command}" in told


def test_the_shipped_prompts_are_complete_and_fit() -> None:
    result = run("check", "--directory", SHIPPED)
    assert result.exit_code == 0, result.output
    for language in ("en", "fr", "de", "it", "pt", "es", "fi"):
        assert f" {language} " in result.output


def test_check_tells_everything_that_is_wrong(site: Path) -> None:
    own = site / "own"
    wave(site / "prompts" / "xx" / "faint.wav", level=0.001)
    wave(site / "prompts" / "xx" / "hollow.wav", lead=1.0)
    wave(site / "prompts" / "xx" / "fast.wav", rate=44100)
    wave(site / "prompts" / "xx" / "loud.wav", level=3.0)
    (site / "prompts" / "xx" / "text.wav").write_text("no sound")
    wave(own / "xx" / "mine.flac")
    (own / "xx" / "broken.mp3").write_text("no sound either")
    result = run("check", "--directory", site / "prompts", "--own", own, "--language", "xx")
    assert result.exit_code == 1
    lines = {line.split("│")[2].strip(): line for line in result.output.splitlines() if line.count("│") > 6}
    assert "has a level of -63 dBFS" in lines["faint"]
    assert "1.0 s of silence before it" in lines["hollow"]
    assert "44100 samples a second" in lines["fast"]
    assert "is clipped in" in result.output
    assert "no audio file" in lines["text"]
    assert "no audio file" in lines["broken"]
    assert "mine" not in lines


def test_check_tells_what_a_language_lacks(site: Path) -> None:
    result = run("check", "--directory", site / "prompts", "--language", "de")
    assert result.exit_code == 1
    assert "has no file" in result.output
    assert "has no text" in result.output


def test_make_speaks_what_is_missing_and_nothing_twice(site: Path) -> None:
    first = run("make", "--directory", site / "prompts")
    assert first.exit_code == 0, first.output
    assert "2 made" in first.output
    assert soundfile.info(site / "prompts" / "de" / "greeting.wav").samplerate == 8000
    assert "0 made" in run("make", "--directory", site / "prompts").output
    assert "1 made" in run("make", "--directory", site / "prompts", "--force", "greeting").output
    assert "nobody" in run("make", "--directory", site / "prompts", "nobody").output


def test_texts_of_the_site_are_spoken_into_its_own_folder(site: Path) -> None:
    own = site / "own"
    (own / "de").mkdir(parents=True)
    (own / "de" / "texts.yaml").write_text("prompts: {party: Heute feiern wir.}", encoding="utf-8")
    assert run("make", "--directory", site / "prompts", "--own", own, "party").exit_code == 0
    assert (own / "de" / "party.wav").is_file()
    shown = run("list", "--directory", site / "prompts", "--own", own, "--language", "de").output
    party = next(line for line in shown.splitlines() if "party" in line)
    assert "own" in party
    assert "Heute feiern wir." in party


@pytest.mark.parametrize(
    "text", ["prompts: [1]", "prompt: {a: b}", "prompts: {A B: c}", "prompts: {a: 7}", "a: [", "7"]
)
def test_texts_that_cannot_be_read_end_the_command(site: Path, text: str) -> None:
    (site / "prompts" / "de" / "texts.yaml").write_text(text)
    for command in ("make", "list", "check"):
        result = run(command, "--directory", site / "prompts", "--language", "de")
        assert result.exit_code == 1
        assert "Error:" in result.output


def test_import_takes_any_format_and_names_it(site: Path) -> None:
    own = site / "own"
    places = ("--directory", site / "prompts", "--own", own)
    odd = wave(site / "New Take (3).flac", level=0.01, rate=48000, lead=2.0)
    result = run("import", *places, odd)
    assert result.exit_code == 0, result.output
    made = soundfile.info(own / "en" / "new_take_3.wav")
    assert (made.samplerate, made.channels, made.subtype) == (8000, 1, "PCM_16")
    assert made.duration < 1.2
    assert "-20 dBFS" in result.output
    assert "is there already" in run("import", *places, odd).output
    assert run("import", *places, odd, "--force").exit_code == 0
    assert run("import", *places, odd, "--name", "welcome", "--language", "de").exit_code == 0
    assert (own / "de" / "welcome.wav").is_file()


def test_import_goes_on_after_a_bad_file(site: Path) -> None:
    own = site / "own"
    (site / "bad.mp3").write_text("no sound")
    good = wave(site / "good.wav")
    result = run("import", "--directory", site / "prompts", "--own", own, site / "bad.mp3", good)
    assert result.exit_code == 1
    assert "bad.mp3" in result.output
    assert (own / "en" / "good.wav").is_file()
    assert not (own / "en" / "bad.wav").exists()


def test_import_replaces_what_was_laid_down_in_another_format(site: Path) -> None:
    own = site / "own"
    laid = wave(own / "en" / "welcome.flac")
    recording = wave(site / "welcome.wav")
    assert run("import", "--directory", site / "prompts", "--own", own, recording, "--force").exit_code == 0
    assert not laid.exists()
    assert (own / "en" / "welcome.wav").is_file()


def test_import_wants_to_know_where_to(site: Path) -> None:
    assert "--own" in run("import", "--directory", site / "prompts", wave(site / "a.wav")).output


def test_the_settings_of_the_media_service_lead_to_the_prompts(site: Path) -> None:
    config = SHIPPED.parent / "config" / "media.yaml"
    result = run("check", "--config", config, "--language", "fi")
    assert result.exit_code == 0, result.output
    missing = run("check", "--config", site / "gone.yaml")
    assert missing.exit_code == 1
    assert "gone.yaml" in missing.output


def test_a_language_that_is_not_there_is_told() -> None:
    result = run("check", "--directory", SHIPPED, "--language", "sv")
    assert result.exit_code == 1
    assert "sv" in result.output
