"""The files of recordings: every format, stereo, trimmed, and what cannot be written."""

import os
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile

from media_service.engine.interface import Format, Recording
from media_service.engine.recording_file import RecordingFile

SUBTYPES = {Format.PCM: "PCM_16", Format.A_LAW: "ALAW", Format.FLAC: "PCM_16"}
SOUND = (8000 * np.sin(np.arange(8000) * 2 * np.pi * 440 / 8000)).astype("<i2")


def written(recording: Recording, *pieces: np.ndarray) -> RecordingFile:
    file = RecordingFile(recording)
    file.create()
    for piece in pieces:
        file.append(piece.astype("<i2").tobytes())
    file.close()
    assert not file.problem
    return file


@pytest.mark.parametrize("form", list(Format))
def test_another_library_reads_every_format(tmp_path: Path, form: Format) -> None:
    recording = Recording(tmp_path / "a", form, stereo=True)
    both = np.stack([SOUND, -SOUND // 2], axis=1)
    file = written(recording, both[:3001], both[3001:])
    samples, rate = soundfile.read(recording.file, dtype="int16")
    assert (rate, samples.shape, soundfile.info(recording.file).subtype) == (8000, (8000, 2), SUBTYPES[form])
    assert file.seconds == 1.0
    assert np.max(np.abs(samples.astype(int) - both)) <= (300 if form is Format.A_LAW else 0)


def test_an_odd_number_of_octets_is_padded_but_not_counted(tmp_path: Path) -> None:
    written(Recording(tmp_path / "a", Format.A_LAW), SOUND[:801])
    content = (tmp_path / "a").read_bytes()
    assert int.from_bytes(content[4:8], "little") + 8 == len(content)
    assert soundfile.info(tmp_path / "a").frames == 801


def test_a_wav_file_is_whole_after_every_write(tmp_path: Path) -> None:
    file = RecordingFile(Recording(tmp_path / "a"))
    file.create()
    file.append(SOUND.tobytes())
    with wave.open(str(tmp_path / "a")) as read:
        assert read.getnframes() == 8000
    file.close()


def test_silence_at_both_ends_is_trimmed_and_that_in_between_is_kept(tmp_path: Path) -> None:
    quiet, long = np.full(16000, 20), np.zeros(8000 * 15)
    file = written(Recording(tmp_path / "a", trim=True), quiet, SOUND, long, SOUND, quiet)
    assert abs(file.seconds - (0.1 + 1 + 15 + 1 + 0.1)) < 0.05
    samples, _ = soundfile.read(tmp_path / "a", dtype="int16")
    assert np.array_equal(samples[800:8800], SOUND)
    assert np.max(np.abs(samples[-800:])) <= 20


def test_nothing_but_silence_is_trimmed_to_nothing(tmp_path: Path) -> None:
    assert written(Recording(tmp_path / "a", trim=True), np.zeros(80000)).seconds == 0.0


def test_what_cannot_be_written_is_said_and_raises_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    os.mkfifo(tmp_path / "pipe")
    for form in Format:
        for wrong in (tmp_path / "file" / "a", tmp_path, tmp_path / "pipe", Path("/dev/full")):
            file = RecordingFile(Recording(wrong, form))
            file.create()
            file.append(bytes(1 << 20))
            file.append(bytes(1 << 20))
            file.close()
            assert file.problem, (form, wrong)
