"""A fortnight of 250 agents in virtual time with faults of every kind, over the day on which the clocks change."""

import datetime as dt

import pytest

from bench.soak_load.year import FAULTS, Year


@pytest.mark.timeout(180)
def test_a_fortnight_with_faults_and_a_clock_change_breaks_nothing() -> None:
    lines: list[str] = []
    year = Year(first=dt.date(2027, 3, 20), days=14, calls=430.0, seed=2, told=lines.append)
    found = year.run()
    assert found["clock_changes"] == ["2027-03-28"]
    assert len(found["faults"]) >= len(FAULTS) - 2
    assert found["contacts"] == found["closed"] > 6000
    assert found["calls_ended"] == found["callers"]
    assert found["restarts"] >= 10
    assert found["checked_in_full"] > 14 * 20
    assert found["ends"]["answered"] > 0.7 * found["callers"]
    assert set(found["talks"]) >= {"attended to agent", "blind to queue", "blind outside", "conference", "supervision"}
    assert set(found["talks"]) >= {"asked a queue", "attended to queue", "conference with queue"}
    assert found["rang_along"] > 100
    assert {"CreateCallback", "Supervise", "SetAgentNotReady"} <= set(found["operators"])
    sizes = [month["state_bytes"] for month in found["months"]]
    assert max(sizes) < 250_000, "a state is its plan, its agents and its open contacts"
    assert len(lines) == 2


def test_the_year_tells_the_same_for_the_same_seed() -> None:
    def lived() -> dict[str, object]:
        year = Year(first=dt.date(2027, 10, 31), days=1, calls=100.0, agents=40, seed=7, told=lambda _line: None)
        found = year.run()
        return {key: found[key] for key in ("contacts", "journal_rows", "faults", "ends", "clock_changes")}

    first = lived()
    assert first == lived()
    assert first["clock_changes"] == ["2027-10-31"]
