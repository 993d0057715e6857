import select
import struct
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from media_service.codecs.wav import read_wav
from media_service.engine.disk import Disk
from media_service.engine.interface import Recording
from media_service.engine.pure.recorder import Recorder

LOUD = struct.pack("<160h", *[1000] * 160)
QUIET = bytes(320)


@pytest.fixture
def disk() -> Iterator[Disk]:
    disk = Disk()
    yield disk
    disk.finish(5.0)


def finish(recorder: Recorder, disk: Disk) -> tuple[str, float, float]:
    told: list[tuple[str, float, float]] = []
    recorder.finish(lambda *outcome: told.append(outcome))
    while not told:
        assert select.select([disk], [], [], 5.0)[0]
        disk.collect()
    return told[0]


def frames_of(file: Path) -> list[bytes]:
    linear = read_wav(file.read_bytes())
    return [linear[start : start + 320] for start in range(0, len(linear), 320)]


def test_positions_are_times(tmp_path: Path, disk: Disk) -> None:
    recorder = Recorder(disk, Recording(tmp_path / "a" / "b.wav"))
    recorder.take(None, LOUD)
    recorder.take(LOUD, None)
    recorder.skip(2)
    recorder.take(LOUD, LOUD)
    assert finish(recorder, disk) == ("", 0.1, 0.0)
    assert frames_of(tmp_path / "a" / "b.wav") == [QUIET, LOUD, QUIET, QUIET, LOUD]


def test_both_sides_are_mixed_or_side_by_side(tmp_path: Path, disk: Disk) -> None:
    mixed = Recorder(disk, Recording(tmp_path / "mixed.wav", both=True))
    stereo = Recorder(disk, Recording(tmp_path / "stereo.wav", stereo=True))
    for recorder in (mixed, stereo):
        assert recorder.both
        recorder.take(LOUD, LOUD)
        recorder.take(None, LOUD)
        finish(recorder, disk)
    assert frames_of(tmp_path / "mixed.wav") == [struct.pack("<160h", *[2000] * 160), LOUD]
    with wave.open(str(tmp_path / "stereo.wav")) as file:
        assert file.getparams()[:4] == (2, 2, 8000, 320)
        assert file.readframes(320) == struct.pack("<320h", *[1000] * 320) + struct.pack("<320h", *[0, 1000] * 160)


def test_pauses_are_left_out_and_counted(tmp_path: Path, disk: Disk) -> None:
    recorder = Recorder(disk, Recording(tmp_path / "a.wav"))
    recorder.take(LOUD, None)
    recorder.pause(paused=True)
    for _ in range(10):
        recorder.take(QUIET, None)
    recorder.pause(paused=False)
    recorder.take(LOUD, None)
    assert finish(recorder, disk) == ("", 0.04, 0.2)
    assert frames_of(tmp_path / "a.wav") == [LOUD, LOUD]


def test_what_is_flushed_is_on_the_disk_before_the_end(tmp_path: Path, disk: Disk) -> None:
    recorder = Recorder(disk, Recording(tmp_path / "a.wav"))
    recorder.take(LOUD, None)
    recorder.flush()
    written: list[bool] = []
    disk.submit(lambda: lambda: written.append(True))
    while not written:
        assert select.select([disk], [], [], 5.0)[0]
        disk.collect()
    assert frames_of(tmp_path / "a.wav") == [LOUD]


def test_a_file_that_cannot_be_written_is_told_at_the_end(tmp_path: Path, disk: Disk) -> None:
    (tmp_path / "file").write_bytes(b"")
    recorder = Recorder(disk, Recording(tmp_path / "file" / "a.wav"))
    recorder.take(LOUD, None)
    problem, _, _ = finish(recorder, disk)
    assert str(tmp_path / "file") in problem
