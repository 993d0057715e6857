"""What a long run of the real programs is judged by: growth over time, and figures that do not add up."""

import json
from pathlib import Path

import pytest

from bench import soak
from bench.soak_load.hour import Hour, growth, judged

SOUND = {"lost": 0, "refused_by_busy_phone": 0, "contacts_journaled": 600, "joined": 600, "calls": 600}


def test_growth_is_told_without_the_first_third() -> None:
    late = [{"minute": minute, "memory_mb": {"server": 100.0 + minute / 2}} for minute in range(30, 90)]
    early = [{"minute": minute, "memory_mb": {"server": 3.0 * minute}} for minute in range(30)]
    assert growth(early + late, "memory_mb", "server") == pytest.approx(30.0)


def test_too_little_tells_no_growth() -> None:
    assert growth([{"minute": 1.0, "memory_mb": {"server": 1.0}}] * 10, "memory_mb", "server") is None


def test_a_sound_run_has_nothing_wrong() -> None:
    assert judged(SOUND) == []


@pytest.mark.parametrize(
    ("key", "value"), [("lost", 2), ("refused_by_busy_phone", 1), ("contacts_journaled", 599), ("joined", 598)]
)
def test_each_figure_that_does_not_add_up_is_told(key: str, value: int) -> None:
    assert len(judged(SOUND | {key: value})) == 1


def test_there_are_more_agents_than_the_mean_needs_and_fewer_than_the_crest() -> None:
    hour = Hour(minutes=60.0, rate=10.0)
    assert hour.calls == 36_000
    assert 20 < hour.agents < 30


def test_results_can_be_read_again_and_have_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soak, "RESULTS", tmp_path)
    times = {f"{what}_to_ring_{word}_ms": 12.0 for what in ("free", "caller") for word in ("p50", "p99", "max")}
    by_program = {key: {"server": 5.0} for key in ("memory_mb", "descriptors", "core_percent")}
    row = {"minute": 0.2, "waiting": 1, "talking": 20, **times, **by_program}
    found = SOUND | {"minutes": 0.3, "calls_per_s": 10.0, "rows": [row, row | {"minute": 0.3}]}
    soak.write(found)
    assert json.loads((tmp_path / "soak.json").read_text(encoding="utf-8")) == found
    assert (tmp_path / "soak.svg").read_text(encoding="utf-8").count("<polyline") == 3 + 3 + 3 + 2
