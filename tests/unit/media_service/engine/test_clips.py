import os
import select
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from media_service.codecs.wav import write_wav
from media_service.engine.clips import Library
from media_service.engine.disk import Disk
from media_service.engine.interface import Tone
from media_service.engine.pure.clip import Clip

Outcome = list[Clip] | str


@pytest.fixture
def disk() -> Iterator[Disk]:
    disk = Disk()
    yield disk
    disk.finish(5.0)


def load(library: Library, disk: Disk, *files: Path) -> Outcome:
    outcomes: list[Outcome] = []
    library.load(tuple(map(str, files)), outcomes.append)
    assert select.select([disk], [], [], 5.0)[0]
    disk.collect()
    (outcome,) = outcomes
    return outcome


def clips(outcome: Outcome) -> list[Clip]:
    assert not isinstance(outcome, str), outcome
    return outcome


def test_a_file_is_read_once_until_it_changes(tmp_path: Path, disk: Disk) -> None:
    library, file = Library(disk, Clip), tmp_path / "a.wav"
    file.write_bytes(write_wav(bytes(320)))
    (first, again) = clips(load(library, disk, file, file))
    assert first is again
    assert clips(load(library, disk, file)) == [first]
    file.write_bytes(write_wav(bytes(640)))
    (changed,) = clips(load(library, disk, file))
    assert changed.samples == 320
    os.utime(file, (1, 1))
    assert clips(load(library, disk, file)) != [changed]


def test_a_file_that_was_looked_at_a_moment_ago_is_given_at_once_unless_it_has_changed(
    tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("media_service.engine.clips.time.monotonic", lambda: now[0])
    library, file = Library(disk, Clip, warm=1.0), tmp_path / "a.wav"
    file.write_bytes(write_wav(bytes(320)))
    first = clips(load(library, disk, file))
    outcomes: list[Outcome] = []
    now[0] = 100.9
    library.load((str(file),), outcomes.append)
    assert outcomes == [first]
    file.write_bytes(write_wav(bytes(640)))
    (changed,) = clips(load(library, disk, file))
    assert changed.samples == 320
    now[0] = 102.0
    assert clips(load(library, disk, file)) == [changed]
    file.unlink()
    assert "No such file" in load(library, disk, file)


def test_what_was_given_up_is_not_given_at_once(tmp_path: Path, disk: Disk) -> None:
    files = [tmp_path / name for name in "ab"]
    for file in files:
        file.write_bytes(write_wav(bytes(2000)))
    library = Library(disk, Clip, limit=5000, warm=60.0)
    for file in (*files, files[0]):
        assert len(clips(load(library, disk, file))) == 1


def test_the_least_recently_used_are_given_up(tmp_path: Path, disk: Disk) -> None:
    files = [tmp_path / name for name in "abc"]
    for file in files:
        file.write_bytes(write_wav(bytes(2000)))
    library = Library(disk, Clip, limit=9000)
    first = clips(load(library, disk, files[0]))
    second = clips(load(library, disk, files[1]))
    assert clips(load(library, disk, files[0])) == first
    load(library, disk, files[2])
    assert clips(load(library, disk, files[0])) == first
    assert clips(load(library, disk, files[1])) != second


@pytest.mark.parametrize(("name", "reason"), [("gone.wav", "No such file"), ("bad.wav", "RIFF"), (".", "not a file")])
def test_what_cannot_be_played_is_told_with_its_file(tmp_path: Path, disk: Disk, name: str, reason: str) -> None:
    good = tmp_path / "good.wav"
    good.write_bytes(write_wav(bytes(320)))
    (tmp_path / "bad.wav").write_bytes(b"no sound")
    outcome = load(Library(disk, Clip), disk, good, tmp_path / name)
    assert isinstance(outcome, str)
    assert reason in outcome
    assert str(tmp_path / name) in outcome


def test_a_pipe_does_not_hold_up_other_files(tmp_path: Path, disk: Disk) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    assert "not a file" in load(Library(disk, Clip), disk, tmp_path / "pipe.wav")


def test_a_defect_on_the_file_thread_is_not_kept_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(threading, "excepthook", lambda hooked: seen.append(str(hooked.exc_value)))
    disk = Disk()
    disk.submit(lambda: 1 / 0)
    assert select.select([disk], [], [], 5.0)[0]
    with pytest.raises(RuntimeError, match="file thread"):
        disk.collect()
    disk.finish(5.0)
    assert seen == ["division by zero"]


def test_tones_are_made_once_and_one_that_cannot_be_is_told(disk: Disk) -> None:
    library, tone = Library(disk, Clip), Tone((425.0,), (0.5, 0.5), 2.0)
    outcomes: list[Outcome] = []
    for sounds in ((tone, tone), (tone,), (Tone((), (), 1.0, sequence=True),)):
        library.load(sounds, outcomes.append)
        assert select.select([disk], [], [], 5.0)[0]
        disk.collect()
    first, again, wrong = outcomes
    assert clips(first)[0] is clips(first)[1] is clips(again)[0]
    assert clips(first)[0].samples == 16000
    assert "sequence" in str(wrong)
