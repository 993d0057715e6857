"""Log levels that change while the program runs: for all rooms or one, and for loggers that are there already."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from program import logs
from program.levels import IN_FORCE, LIBRARIES, room_of
from tests.unit.program.test_logs import fresh_structlog

__all__ = ["fresh_structlog"]


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    IN_FORCE.configure(20)


def lines(file: Path) -> list[str]:
    return [json.loads(line)["event"] for line in file.read_text().splitlines()]


@pytest.fixture
def file(tmp_path: Path, fresh_structlog: None) -> Iterator[Path]:
    file = tmp_path / "log"
    stream = logs.configure(level="info", form="json", file=file)
    yield file
    stream.close()


def test_a_logger_that_was_bound_before_follows_another_level(file: Path) -> None:
    bound = structlog.get_logger().bind(link="pbx")
    bound.debug("one")
    IN_FORCE.set(None, "debug")
    bound.debug("two")
    IN_FORCE.set(None, "error")
    bound.warning("three")
    bound.error("four")
    IN_FORCE.reset(None)
    bound.info("five")
    assert lines(file) == ["two", "four", "five"]


def test_one_room_logs_more_and_the_others_as_before(file: Path) -> None:
    IN_FORCE.set(room_of(__name__), "debug")
    structlog.get_logger().debug("of this room")
    logging.getLogger("a.library").warning("of a library")
    IN_FORCE.set(LIBRARIES, "error")
    logging.getLogger("a.library").warning("of a library again")
    IN_FORCE.reset(room_of(__name__))
    structlog.get_logger().debug("of this room, later")
    structlog.get_logger().info("as ever")
    assert lines(file) == ["of this room", "of a library", "as ever"]
    assert IN_FORCE.shown() == {"": "info", "libraries": "error"}


def test_another_room_at_debug_opens_nobody_elses_mouth(file: Path) -> None:
    IN_FORCE.set("engine", "debug")
    structlog.get_logger().debug("not wanted")
    structlog.get_logger().info("wanted")
    assert lines(file) == ["wanted"]


def test_rooms_are_named_after_the_house() -> None:
    assert room_of("cti_server.channels.voice.link") == "channels"
    assert room_of("csta.session.wire") == "csta"
    assert room_of("program") == "program"


def test_a_level_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="'loud' is none of debug"):
        IN_FORCE.set(None, "loud")
