"""Levels and recording at run time, as the console asks for them."""

from pathlib import Path

import pytest

from csta.captures import CaptureHeader, Way
from cti_server.console.answers import Refused, Table
from cti_server.runtime.tracing.recording import log_level, record
from cti_server.telemetry.blackbox import BlackBox, files_of
from program.levels import Levels


def test_levels_are_shown_set_and_reset() -> None:
    levels = Levels(20)
    assert log_level(levels, None, None) == Table(headings=("room", "level"), rows=[("(all others)", "info")])
    shown = log_level(levels, "channels", "debug")
    assert isinstance(shown, Table)
    assert list(shown.rows) == [("(all others)", "info"), ("channels", "debug")]
    assert (levels.takes(10), levels.takes(20)) == (True, True)
    shown = log_level(levels, "channels", None)
    assert isinstance(shown, Table)
    assert list(shown.rows) == [("(all others)", "info")]
    assert not levels.takes(10)
    log_level(levels, None, "error")
    assert not levels.takes(30)
    log_level(levels, None, "configured")
    assert levels.shown() == {"": "info"}


def test_a_level_that_is_none_is_refused_and_changes_nothing() -> None:
    levels = Levels(20)
    answer = log_level(levels, "channels", "loud")
    assert isinstance(answer, Refused)
    assert answer.code == "unknown-level"
    assert levels.shown() == {"": "info"}


@pytest.fixture
def box(tmp_path: Path) -> BlackBox:
    return BlackBox(tmp_path, file_bytes=1 << 20, files=2, now=lambda: 5.0, on=False)


def test_a_link_is_recorded_from_when_it_is_wanted_and_the_file_says_what_is_missing(
    box: BlackBox, tmp_path: Path
) -> None:
    tap = box.tap(CaptureHeader(link="pbx"))
    tap("p:1", Way.IN, b"unseen")
    box.flush()
    assert files_of(tmp_path, "pbx") == []
    assert isinstance(record(lambda: box, "pbx", on=True), Table)
    tap("p:1", Way.IN, b"seen")
    record(lambda: box, "pbx", on=False)
    tap("p:1", Way.IN, b"again unseen")
    box.flush()
    (file,) = files_of(tmp_path, "pbx")
    text = file.read_text()
    box.stop()
    assert b"seen".hex() in text
    assert b"unseen".hex() not in text
    assert "switched off" in text


def test_an_unknown_link_and_no_black_box_are_refused(box: BlackBox) -> None:
    box.tap(CaptureHeader(link="pbx"))
    answer = record(lambda: box, "nowhere", on=True)
    assert isinstance(answer, Refused)
    assert "there are: pbx" in answer.text
    assert isinstance(record(lambda: None, None, on=True), Refused)
    box.stop()
