import select
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from media_service.codecs.wav import read_wav
from media_service.engine.disk import Disk
from media_service.engine.pure.recorder import Recorder

LOUD = struct.pack("<160h", *[1000] * 160)
QUIET = bytes(320)


@pytest.fixture
def disk() -> Iterator[Disk]:
    disk = Disk()
    yield disk
    disk.finish(5.0)


def finish(recorder: Recorder, disk: Disk, now: float) -> str:
    told: list[str] = []
    recorder.finish(now, told.append)
    while not told:
        assert select.select([disk], [], [], 5.0)[0]
        disk.collect()
    return told[0]


def frames_of(file: Path) -> list[bytes]:
    linear = read_wav(file.read_bytes())
    return [linear[start : start + 320] for start in range(0, len(linear), 320)]


def test_positions_are_times(tmp_path: Path, disk: Disk) -> None:
    recorder = Recorder(disk, str(tmp_path / "a" / "b.wav"), 100.0)
    recorder.hear(LOUD, 1, 5000, 100.1)
    recorder.hear(LOUD, 1, 5160, 100.125)  # a little late: its timestamp says where it belongs
    recorder.hear(LOUD, 1, 5000 + 160 * 4, 100.18)  # two were lost
    assert finish(recorder, disk, 100.24) == ""
    assert frames_of(tmp_path / "a" / "b.wav") == [QUIET] * 5 + [LOUD] * 2 + [QUIET] * 2 + [LOUD] + [QUIET] * 2


def test_out_of_order_and_across_the_wrap_of_timestamps(tmp_path: Path, disk: Disk) -> None:
    recorder = Recorder(disk, str(tmp_path / "a.wav"), 0.0)
    start = (1 << 32) - 160
    recorder.hear(LOUD, 1, start, 0.0)
    recorder.hear(LOUD, 1, 160, 0.04)
    recorder.hear(LOUD, 1, 0, 0.041)
    finish(recorder, disk, 0.06)
    assert frames_of(tmp_path / "a.wav") == [LOUD] * 3


def test_a_timestamp_that_leaps_does_not_make_hours_of_silence(tmp_path: Path, disk: Disk) -> None:
    recorder = Recorder(disk, str(tmp_path / "a.wav"), 0.0)
    recorder.hear(LOUD, 1, 0, 0.0)
    recorder.hear(LOUD, 1, 99_000_000, 0.02)
    recorder.hear(LOUD, 2, 7, 0.04)
    finish(recorder, disk, 0.06)
    assert frames_of(tmp_path / "a.wav") == [LOUD] * 3


def test_what_is_settled_is_on_the_disk_before_the_end(tmp_path: Path, disk: Disk) -> None:
    recorder = Recorder(disk, str(tmp_path / "a.wav"), 0.0)
    recorder.hear(LOUD, 1, 0, 0.0)
    recorder.advance(1.4)
    assert select.select([disk], [], [], 5.0)[0]
    disk.collect()
    recorder.hear(LOUD, 1, 160, 1.4)  # anchored anew at its arrival
    recorder.hear(LOUD, 9, 0, 0.5)  # belongs where the file is written already
    finish(recorder, disk, 1.42)
    assert frames_of(tmp_path / "a.wav") == [LOUD] + [QUIET] * 69 + [LOUD]


def test_a_file_that_cannot_be_written_is_told_at_the_end(tmp_path: Path, disk: Disk) -> None:
    (tmp_path / "file").write_bytes(b"")
    recorder = Recorder(disk, str(tmp_path / "file" / "a.wav"), 0.0)
    recorder.hear(LOUD, 1, 0, 0.0)
    recorder.advance(2.0)
    assert str(tmp_path / "file") in finish(recorder, disk, 2.0)
