"""Log lines of every program: one line each, hostile text stays on its line, and nothing that anybody logs is lost."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from program import logs
from tests.unit.program.running import run

FAULTY = """
import logging, sys, threading, warnings
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from program import faults, logs

twisted = Logger("a.room")
twisted.warn("before the log was set up")
logs.set_up(level="info", form="json")
faults.install()
twisted.info("a socket was opened")
twisted.warn("late by {seconds} s", seconds=3)
warnings.warn("this is old")
logging.getLogger("a.library").error("100% wrong")
try:
    password = "secret of a local variable"
    raise ValueError("no such thing")
except ValueError:
    twisted.failure("{who} failed", who="observer")
    logging.getLogger("a.library").exception("it failed")
thread = threading.Thread(target=lambda: 1 / 0, name="storage")
thread.start()
thread.join()
logs.logger(link="pbx").critical("all is lost")
raise RuntimeError("nobody caught me")
"""


@pytest.fixture
def fresh_structlog() -> Iterator[None]:
    kept, handlers, level = structlog.get_config(), logging.root.handlers[:], logging.root.level
    yield
    structlog.configure(**kept)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


@pytest.mark.usefixtures("fresh_structlog")
@pytest.mark.parametrize("form", ["json", "text"])
def test_an_entry_is_one_line_whatever_is_in_it(tmp_path: Path, form: str) -> None:
    file = tmp_path / "not" / "there" / "log"
    stream = logs.configure(level="info", form=form, file=file)
    structlog.get_logger().info("garbage came\x1b[2J\nnext", raw="a\nb\x1b[2J", peer="x y", half="\udc80")
    structlog.get_logger().debug("not wanted")
    logging.getLogger("a.library").warning("it is late")
    logging.getLogger("a.library").info("libraries tell their warnings alone")
    logging.getLogger("a.library").log(35, "%d of no number", "x")
    stream.close()
    line, other, odd = file.read_text().splitlines()
    assert "\x1b" not in line
    assert "garbage came" in line
    assert "it is late" in other
    assert "a.library" in other
    assert "of no number" in odd


@pytest.mark.usefixtures("fresh_structlog")
def test_json_lines_have_event_level_and_timestamp(tmp_path: Path) -> None:
    stream = logs.configure(form="json", file=tmp_path / "log")
    logs.logger(program="phone").warning("it is late", seconds=1.5, where=tmp_path)
    stream.close()
    entry = json.loads((tmp_path / "log").read_text())
    assert entry.pop("timestamp").endswith("Z")
    assert entry == {
        "event": "it is late",
        "level": "warning",
        "program": "phone",
        "seconds": 1.5,
        "where": str(tmp_path),
    }


@pytest.mark.usefixtures("fresh_structlog")
def test_a_trace_follows_its_text_line(tmp_path: Path) -> None:
    stream = logs.configure(form="text", file=tmp_path / "log")
    try:
        int("no number")
    except ValueError:
        structlog.get_logger().exception("it failed", what="a b")
    stream.close()
    first, second, *_, last = (tmp_path / "log").read_text().splitlines()
    assert first.endswith('error    it failed  what="a b"')
    assert second == "Traceback (most recent call last):"
    assert last == "ValueError: invalid literal for int() with base 10: 'no number'"


@pytest.mark.parametrize(("level", "form"), [("loud", "json"), ("info", "xml")])
def test_wrong_settings_are_refused(level: str, form: str) -> None:
    with pytest.raises(ValueError, match=level if level == "loud" else form):
        logs.configure(level=level, form=form)


def test_what_twisted_libraries_and_threads_say_is_in_the_one_log() -> None:
    ran = run(FAULTY)
    entries = [json.loads(line) for line in ran.stderr.splitlines()]
    told = [(entry["level"], entry["event"]) for entry in entries]
    assert told[:2] == [("warning", "before the log was set up"), ("warning", "late by 3 s")]
    assert "this is old" in told[2][1]
    assert told[3:] == [
        ("error", "100% wrong"),
        ("error", "observer failed"),
        ("error", "it failed"),
        ("critical", "uncaught exception in a thread"),
        ("critical", "all is lost"),
        ("critical", "uncaught exception"),
    ]
    assert (entries[1]["source"], entries[3]["source"]) == ("a.room", "a.library")
    assert entries[4]["reason"] == "no such thing"
    assert all("Traceback" in entries[number]["exception"] for number in (4, 5, 6, 8))
    assert entries[6]["thread"] == "storage"
    assert "secret of a local variable" not in ran.stderr
    assert ran.returncode == 1
