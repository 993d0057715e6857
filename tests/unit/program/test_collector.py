"""The collector of cycles: what it is set to, and that a long collection is told once it is over."""

import gc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from program.collector import COLLECT_AFTER, LONG, Collector
from program.cycles import no_collections


class Lines:
    """A log that keeps its warnings."""

    def __init__(self) -> None:
        self.warnings: list[dict[str, Any]] = []

    def warning(self, event: str, **facts: Any) -> None:
        self.warnings.append({"event": event} | facts)

    debug = info = error = critical = warning


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def usual() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def collected(collector: Collector, clock: Clock, seconds: float, objects: int) -> None:
    collector.told("start", {"generation": 1, "collected": 0, "uncollectable": 0})
    clock.now += seconds
    collector.told("stop", {"generation": 1, "collected": objects, "uncollectable": 0})


def test_a_long_collection_is_told_once_it_is_over() -> None:
    log, clock = Lines(), Clock()
    waiting: list[Callable[[], None]] = []
    collector = Collector(log, waiting.append, clock)
    collected(collector, clock, 0.364, 143_719)
    assert log.warnings == []
    for each in waiting:
        each()
    assert log.warnings == [
        {
            "event": "the collector of cycles held everything up",
            "milliseconds": 364,
            "generation": 1,
            "objects": 143_719,
        }
    ]


def test_a_short_collection_is_nobodys_concern() -> None:
    log, clock = Lines(), Clock()
    collected(Collector(log, lambda tell: tell(), clock), clock, LONG / 2, 100)
    assert log.warnings == []


@pytest.mark.usefixtures("usual")
def test_what_a_started_program_keeps_is_set_aside_and_the_collector_watched_until_the_end() -> None:
    frozen = gc.get_freeze_count()
    collector = Collector(Lines(), lambda tell: tell())
    with no_collections():
        collector.set_aside()
        assert gc.isenabled()
    assert gc.get_threshold() == COLLECT_AFTER
    assert gc.get_freeze_count() > frozen
    assert collector.told in gc.callbacks
    collector.end()
    collector.end()
    assert collector.told not in gc.callbacks
