from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from media_service.codecs.wav import read_wav
from media_service.speech import sound
from media_service.speech.errors import SpeechError


def sine(seconds: float, level: float, rate: int = 8000, hertz: float = 400.0) -> sound.Samples:
    return np.asarray(level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate), dtype=np.float64)


def samples_of(linear: bytes) -> sound.Samples:
    return np.frombuffer(linear, "<i2") / 32768


@given(
    level=st.floats(0.002, 1.0),
    rate=st.sampled_from([8000, 11025, 16000, 22050, 44100, 48000]),
    lead=st.floats(0, 0.5),
    tail=st.floats(0, 0.5),
    seconds=st.floats(0.1, 1.0),
)
def test_anything_becomes_telephone_sound(level: float, rate: int, lead: float, tail: float, seconds: float) -> None:
    silence = [np.zeros(round(each * rate)) for each in (lead, tail)]
    made = sound.measure(
        samples_of(sound.telephone_sound(np.concatenate([silence[0], sine(seconds, level, rate), silence[1]]), rate))
    )
    assert made.level == pytest.approx(sound.LEVEL, abs=1.0)
    assert made.seconds == pytest.approx(seconds + 0.0525, abs=0.03)
    assert made.before < 0.05
    assert made.after < 0.08
    assert made.clipped == 0


def test_peaks_are_kept_below_full_scale() -> None:
    clicks = np.zeros(8000)
    clicks[::400] = 1.0
    made = sound.measure(samples_of(sound.telephone_sound(clicks + sine(1, 0.01), 8000)))
    assert made.peak <= sound.PEAK + 0.1


def test_an_offset_is_no_sound() -> None:
    with pytest.raises(SpeechError, match="silence"):
        sound.telephone_sound(np.full(8000, 0.3), 8000)


def test_measures() -> None:
    samples = np.concatenate([np.zeros(800), sine(0.5, 0.5), np.zeros(1600)])
    told = sound.measure(samples)
    assert told.seconds == pytest.approx(0.8)
    assert (told.before, told.after) == (pytest.approx(0.1, abs=0.011), pytest.approx(0.2, abs=0.011))
    assert told.level == pytest.approx(-9.0, abs=0.2)
    assert told.peak == pytest.approx(-6.0, abs=0.1)
    assert sound.measure(np.clip(2 * sine(0.5, 1.0), -1, 1)).clipped == 400
    assert sound.measure(np.zeros(0)).level == -np.inf
    assert sound.measure(np.zeros(30)).level == -np.inf


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_all_channels_are_heard(tmp_path: Path, channels: int) -> None:
    source, target = tmp_path / "in.wav", tmp_path / "deep" / "out.wav"
    soundfile.write(source, np.stack([np.zeros(16000)] * (channels - 1) + [sine(1, 0.5, 16000)], axis=1), 16000)
    sound.convert(source, target)
    assert sound.measure(samples_of(read_wav(target.read_bytes()))).level == pytest.approx(-20, abs=1)
    assert [each.name for each in target.parent.iterdir()] == ["out.wav"]


@pytest.mark.parametrize("content", [b"", b"x", b"RIFF\0\0\0\0WAVE", b"fLaC" + bytes(40), b"OggS" + bytes(100)])
def test_what_is_no_audio_is_refused_and_leaves_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "in.wav").write_bytes(content)
    with pytest.raises(SpeechError, match=r"in\.wav"):
        sound.convert(tmp_path / "in.wav", tmp_path / "out.wav")
    assert not (tmp_path / "out.wav").exists()


def test_too_long_and_too_large_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    soundfile.write(tmp_path / "in.wav", sine(2, 0.5), 8000)
    monkeypatch.setattr(sound, "MAX_SECONDS", 1.0)
    with pytest.raises(SpeechError, match="longer"):
        sound.load(tmp_path / "in.wav")
    monkeypatch.setattr(sound, "MAX_OCTETS", 1000)
    with pytest.raises(SpeechError, match="larger"):
        sound.load(tmp_path / "in.wav")


def test_nan_is_silence(tmp_path: Path) -> None:
    broken = sine(1, 0.5)
    broken[100:200] = np.nan
    soundfile.write(tmp_path / "in.wav", broken, 8000, subtype="FLOAT")
    assert np.isfinite(sound.load(tmp_path / "in.wav")[0]).all()


def test_a_target_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpeechError, match="cannot be written"):
        sound.save(tmp_path / "file" / "out.wav", b"")


class Recordings(dict[str, bytes]):
    """Files by their suffix; a failure need not print them."""

    def __repr__(self) -> str:
        return f"recordings of {', '.join(self)}"


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Recordings:
    folder = tmp_path_factory.mktemp("recordings")
    made = Recordings()
    for suffix in ("wav", "mp3", "flac", "ogg", "aiff", "au"):
        soundfile.write(folder / f"a.{suffix}", sine(0.3, 0.3, 16000), 16000)
        made[suffix] = (folder / f"a.{suffix}").read_bytes()
    return made


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    suffix=st.sampled_from(["wav", "mp3", "flac", "ogg", "aiff", "au"]),
    cut=st.floats(0, 1),
    changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=8),
)
def test_garbled_files_are_converted_or_refused(
    tmp_path: Path, recordings: Recordings, suffix: str, cut: float, changes: list[tuple[float, int]]
) -> None:
    content = bytearray(recordings[suffix])
    for place, octet in changes:
        content[int(place**3 * len(content))] = octet  # most of them in the headers
    source, target = tmp_path / f"in.{suffix}", tmp_path / "out.wav"
    source.write_bytes(content[: int(len(content) * (1 - cut**4))])
    target.unlink(missing_ok=True)
    refusal = ""
    try:
        sound.convert(source, target)
    except SpeechError as error:
        refusal = str(error)
    assert target.exists() == (not refusal)
    if refusal:
        assert str(source) in refusal
    else:
        # Told to be faster than it is, a file may come down to a click with its margins of silence: but it sounds.
        assert sound.measure(samples_of(read_wav(target.read_bytes()))).peak > -40
