"""What the ledger books is what the engine counts, and an agent's time adds up."""

from datetime import UTC, date
from pathlib import Path

import pytest

from cti_server.simulation.figures import figures_of
from cti_server.simulation.generate import make_day
from cti_server.simulation.profile import Profile, Times
from cti_server.simulation.world import World
from tests.unit.cti_server.simulation.sites import plan_of, write_site

PROFILE = Profile.model_validate(
    {
        "half_hours": [20, 30, 25],
        "missed": 0.1,
        "patience": {"mean": 60},
        "wrap_up": {"mean": 8},
        "shifts": [{"start": "08:00", "end": "09:20", "breaks": [{"at": "08:30", "minutes": 10}]}],
    }
)


@pytest.mark.parametrize("seed", range(4))
def test_a_busy_day_adds_up(tmp_path: Path, seed: int) -> None:
    plan = plan_of(write_site(tmp_path / "c", 4, wrap_up=15.0, second_queue=True))
    day = make_day(PROFILE, plan, day=date(2026, 11, 23), zone=UTC, contacts=120, seed=seed)
    world = World(plan, day)
    ledger = world.run()
    figures = figures_of(ledger, plan)
    for name, line in world._engine.state.lines.items():
        counters, booked = line.counters, figures.queues[name]
        assert (counters.received, counters.answered, counters.abandoned) == (
            booked.queued,
            booked.answered,
            booked.abandoned,
        )
        assert round((booked.level.handled or 0.0) * booked.answered) == counters.answered_within
        removed = [round((share or 0.0) * booked.queued) for share in booked.level.within]
        assert removed == counters.removed
    answered = sum(life.answered_at is not None for life in ledger.lives.values())
    assert sum(work.contacts for work in ledger.agents.values()) == answered
    for work in ledger.agents.values():
        assert work.logged_on == pytest.approx(work.on_contacts + work.idle + work.away)
        assert work.slots == pytest.approx(work.on_contacts)  # one call at a time
        assert work.logged_on >= 80 * 60
        assert work.away <= 10 * 60 + 30 * work.unanswered + 1e-6
    for life in ledger.lives.values():
        if life.answered_at is not None:
            assert life.ended_at == pytest.approx(life.answered_at + life.arrival.talk)


def test_the_longest_a_caller_waits_is_their_patience(tmp_path: Path) -> None:
    plan = plan_of(write_site(tmp_path / "c", 1))
    profile = Profile(half_hours=(1,), patience=Times(mean=30))
    day = make_day(profile, plan, day=date(2026, 11, 23), zone=UTC, contacts=60, seed=1)
    for life in World(plan, day).run().lives.values():
        assert life.wait is not None
        assert life.wait <= life.arrival.patience + 1e-6
