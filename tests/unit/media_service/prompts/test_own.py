"""The site's own prompts: dropped files of any format, replaced while the service runs, and bad ones."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from structlog.testing import capture_logs
from twisted.internet.defer import Deferred

from media_service.codecs.wav import read_wav
from media_service.control.actions import Utterance
from media_service.prompts.catalogue import Catalogue, check
from media_service.prompts.speaker import Speaker
from tests.unit.media_service.prompts.words import SHIPPED


def lay(file: Path, *, rate: int = 44100, channels: int = 2, seconds: float = 0.5, hertz: float = 440) -> Path:
    """A faint sine with silence around it."""
    moments = np.arange(round(rate * seconds)) / rate
    sine = np.concatenate([np.zeros(rate), 0.02 * np.sin(2 * np.pi * hertz * moments), np.zeros(rate)])
    file.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(file, np.stack([sine] * channels, axis=1), rate)
    return file


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "own"


@pytest.fixture
def catalogue(tmp_path: Path, own: Path) -> Catalogue:
    return Catalogue(SHIPPED, "en", own=own, cache=tmp_path / "cache")


def pitch(file: Path) -> float:
    """The strongest frequency."""
    samples = np.frombuffer(read_wav(file.read_bytes()), "<i2").astype(float)
    return float(np.argmax(np.abs(np.fft.rfft(samples))) * 8000 / len(samples))


@pytest.mark.parametrize("name", ["welcome.wav", "welcome.mp3", "welcome.flac", "welcome.ogg", "welcome.AIFF"])
def test_a_dropped_file_of_any_format_is_played(catalogue: Catalogue, own: Path, name: str) -> None:
    lay(own / "en" / name)
    file = catalogue.file("welcome")
    assert file.is_relative_to(own.parent / "cache")
    check(file)
    assert pitch(file) == pytest.approx(440, abs=5)
    assert len(read_wav(file.read_bytes())) / 16000 == pytest.approx(0.55, abs=0.1)
    assert catalogue.file("welcome", "de") == SHIPPED / "de" / "welcome.wav"


def test_a_prompt_that_is_not_built_in_is_played_as_well(catalogue: Catalogue, own: Path) -> None:
    lay(own / "de" / "sommerfest.wav", rate=16000, channels=1)
    assert pitch(catalogue.file("sommerfest", "de")) == pytest.approx(440, abs=5)


def test_a_replaced_file_is_played_next_time_and_a_removed_one_no_more(catalogue: Catalogue, own: Path) -> None:
    laid = lay(own / "en" / "welcome.wav")
    first = catalogue.file("welcome")
    assert catalogue.file("welcome") == first
    lay(laid, hertz=880)
    os.utime(laid, ns=(1, 1))
    second = catalogue.file("welcome")
    assert second != first
    assert pitch(second) == pytest.approx(880, abs=5)
    assert first.is_file()  # it may still be playing
    assert catalogue.own is not None
    catalogue.own.tidy()
    assert not first.is_file()
    assert second.is_file()
    laid.unlink()
    assert catalogue.file("welcome") == SHIPPED / "en" / "welcome.wav"


def test_a_listing_is_kept_while_the_folder_stands_still(catalogue: Catalogue, own: Path) -> None:
    lay(own / "en" / "welcome.wav")
    os.utime(own / "en", ns=(10**18, 10**18))
    assert catalogue.file("welcome").is_relative_to(own.parent)
    lay(own / "en" / "menu.wav")
    assert catalogue.file("menu").is_relative_to(own.parent)


@pytest.mark.parametrize("content", [b"", b"RIFF no audio", bytes(100_000), b"\xff\xfb" + bytes(50)])
def test_a_bad_file_gives_way_to_the_built_in_one_with_one_warning(
    catalogue: Catalogue, own: Path, content: bytes
) -> None:
    laid = own / "en" / "welcome.wav"
    laid.parent.mkdir(parents=True)
    laid.write_bytes(content)
    with capture_logs() as logs:
        assert catalogue.file("welcome") == catalogue.file("welcome") == SHIPPED / "en" / "welcome.wav"
    assert [each["log_level"] for each in logs] == ["warning"]
    assert "welcome.wav" in logs[0]["reason"]
    lay(laid)
    assert pitch(catalogue.file("welcome")) == pytest.approx(440, abs=5)


def test_silence_alone_is_a_bad_file(catalogue: Catalogue, own: Path) -> None:
    (own / "en").mkdir(parents=True)
    soundfile.write(own / "en" / "welcome.wav", np.zeros(8000), 8000)
    assert catalogue.file("welcome") == SHIPPED / "en" / "welcome.wav"


def test_a_name_does_not_lead_out_of_the_folder(catalogue: Catalogue, own: Path) -> None:
    lay(own / "secret.wav")
    for utterance in (Utterance(prompt="../secret"), Utterance(prompt="/etc/motd")):
        with pytest.raises(Exception, match="no prompt name"):
            catalogue.files([utterance])


def test_a_changed_file_is_converted_on_a_thread_once(catalogue: Catalogue, own: Path) -> None:
    lay(own / "en" / "welcome.mp3")
    waiting: list[tuple[Deferred[tuple[Path, ...]], object]] = []

    def in_thread(work: object) -> Deferred[tuple[Path, ...]]:
        waiting.append((Deferred(), work))
        return waiting[-1][0]

    speaker = Speaker(catalogue, in_thread=in_thread)
    heard: list[object] = []
    speaker.speak((Utterance(prompt="welcome"),)).addCallback(heard.append)
    assert heard == []
    later, work = waiting[0]
    later.callback(work())  # type: ignore[operator]
    speaker.speak((Utterance(prompt="welcome"),)).addCallback(heard.append)
    assert len(waiting) == 1
    assert len(heard) == 2
    assert heard[0] == heard[1]
