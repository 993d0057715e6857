"""The black box: rings of files, their rights, slow and full disks."""

import stat
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from csta.captures import CaptureHeader, Record, Way, parse_header, parse_record
from cti_server.telemetry import blackbox
from cti_server.telemetry.blackbox import BlackBox, files_of

PASSWORD = b"<password>geheim77</password>"


def make(directory: Path, *, file_bytes: int = 1 << 20, files: int = 3) -> BlackBox:
    ticks = count(1000)
    return BlackBox(directory, file_bytes=file_bytes, files=files, now=lambda: float(next(ticks)))


def records(file: Path) -> Iterator[Record]:
    with file.open("rb") as content:
        parse_header(content.readline())
        for line in content:
            yield parse_record(line)


def test_what_is_heard_is_written_with_its_time(tmp_path: Path) -> None:
    box = make(tmp_path / "box")
    tap = box.tap(CaptureHeader("openscape_voice", "", "pbx"))
    tap("h:1", Way.OPEN, b"")
    tap("h:1", Way.IN, b"\x00\xff")
    tap("h:1", Way.CLOSED, b"gone")
    box.stop()
    (file,) = files_of(tmp_path / "box", "pbx")
    with file.open() as content:
        assert parse_header(content.readline()).dialect == "openscape_voice"
    assert list(records(file)) == [
        Record(1000.0, "pbx", "h:1", Way.OPEN),
        Record(1001.0, "pbx", "h:1", Way.IN, b"\x00\xff"),
        Record(1002.0, "pbx", "h:1", Way.CLOSED, b"gone"),
    ]


def test_nobody_else_may_read_it_and_no_password_is_in_it(tmp_path: Path) -> None:
    box = make(tmp_path / "box")
    box.tap(CaptureHeader(link="pbx"))("h:1", Way.OUT, PASSWORD)
    box.stop()
    (file,) = files_of(tmp_path / "box", "pbx")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert b"geheim" not in next(records(file)).data


def test_the_ring_keeps_the_newest_files_of_each_link(tmp_path: Path) -> None:
    box = make(tmp_path, file_bytes=400, files=3)
    first, other = box.tap(CaptureHeader(link="pbx")), box.tap(CaptureHeader(link="pbx-2"))
    other("h:2", Way.IN, b"other")
    for number in range(40):
        first("h:1", Way.IN, b"%050d" % number)
    box.stop()
    files = files_of(tmp_path, "pbx")
    assert len(files) == 3
    assert all(file.stat().st_size <= 400 for file in files)
    kept = [int(record.data) for file in files for record in records(file)]
    assert kept == list(range(40 - len(kept), 40))
    assert len(files_of(tmp_path, "pbx-2")) == 1


def test_a_restart_begins_a_new_file(tmp_path: Path) -> None:
    for _ in range(2):
        box = make(tmp_path)
        box.tap(CaptureHeader(link="pbx"))("h:1", Way.OPEN, b"")
        box.stop()
    assert [file.name for file in files_of(tmp_path, "pbx")] == ["pbx-000001.capture", "pbx-000002.capture"]


def test_a_slow_disk_costs_records_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blackbox, "MAX_WAITING", 5)
    go_on, begun = threading.Event(), threading.Event()
    real = blackbox.record_line

    def slow(record: Record) -> str:
        begun.set()
        assert go_on.wait(10)
        return real(record)

    monkeypatch.setattr(blackbox, "record_line", slow)
    box = make(tmp_path)
    tap = box.tap(CaptureHeader(link="pbx"))
    tap("h:1", Way.IN, b"first")
    assert begun.wait(10)
    for _ in range(50):
        tap("h:1", Way.IN, b"more")
    go_on.set()
    while box._queue.qsize():
        begun.wait(0.01)
    tap("h:1", Way.IN, b"last")
    box.stop()
    (file,) = files_of(tmp_path, "pbx")
    ways = [record.way for record in records(file)]
    assert ways == [Way.IN] * 7 + [Way.GAP, Way.IN]


def test_a_disk_that_cannot_be_written_disturbs_nobody(tmp_path: Path) -> None:
    directory = tmp_path / "box"
    directory.write_text("a file where the directory should be")
    box = make(directory)
    tap = box.tap(CaptureHeader(link="pbx"))
    tap("h:1", Way.IN, b"lost")
    while box._queue.qsize() or not box._faulty:
        threading.Event().wait(0.01)
    directory.unlink()
    tap("h:1", Way.IN, b"kept")
    box.stop()
    (file,) = files_of(directory, "pbx")
    assert [(record.way, record.data) for record in records(file) if record.way is Way.IN] == [(Way.IN, b"kept")]
    assert [record.way for record in records(file)] == [Way.GAP, Way.IN]


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "pbx-old.capture").write_text("x")
    assert files_of(tmp_path, "pbx") == []
    assert files_of(tmp_path / "missing", "pbx") == []


def test_records_are_gathered_but_for_nobody_who_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blackbox, "GATHERED_SECONDS", 600.0)
    box = make(tmp_path)
    tap = box.tap(CaptureHeader(link="pbx"))
    for data in (b"first", b"second", b"third"):
        tap("h:1", Way.IN, data)
        box.flush()
        (file,) = files_of(tmp_path, "pbx")
        assert [record.data for record in records(file)][-1] == data
    tap("h:1", Way.IN, b"last")
    box.stop()
    assert [record.data for record in records(file)] == [b"first", b"second", b"third", b"last"]
