"""Made-up days: as many callers as wanted, at the times of the profile, the same for the same seed."""

from datetime import UTC, date, datetime
from math import inf, sqrt
from pathlib import Path
from random import Random
from statistics import fmean, pstdev

import pytest

from cti_server.simulation.day import Day, Duty
from cti_server.simulation.generate import HALF_HOUR, ProfileError, draw, make_day
from cti_server.simulation.profile import Profile, Times, read_profile
from cti_server.vocabulary.plan import SitePlan
from tests.unit.cti_server.simulation.sites import plan_of, write_site

MONDAY = date(2026, 11, 23)
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC).timestamp()


@pytest.fixture
def plan(tmp_path: Path) -> SitePlan:
    return plan_of(write_site(tmp_path / "c", 3))


def made(plan: SitePlan, contacts: int = 1000, seed: int = 1, **profile: object) -> Day:
    return make_day(Profile.model_validate(profile), plan, day=MONDAY, zone=UTC, contacts=contacts, seed=seed)


def test_the_same_seed_makes_the_same_day(plan: SitePlan) -> None:
    assert made(plan) == made(plan)
    assert made(plan).arrivals != made(plan, seed=2).arrivals


def test_callers_come_by_the_half_hours(plan: SitePlan) -> None:
    day = made(plan, 4000, opening="09:30", half_hours=[3, 0, 1])
    counts = [0, 0, 0]
    for arrival in day.arrivals:
        counts[int((arrival.at - MIDNIGHT - 9.5 * 3600) // HALF_HOUR)] += 1
    assert counts[1] == 0
    assert counts[0] == pytest.approx(3000, abs=4 * sqrt(3000))
    assert counts[2] == pytest.approx(1000, abs=4 * sqrt(1000))
    assert [arrival.at for arrival in day.arrivals] == sorted(arrival.at for arrival in day.arrivals)


@pytest.mark.parametrize(
    ("times", "deviation"),
    [
        (Times(mean=60), 60.0),
        (Times(mean=60, distribution="lognormal"), 60.0),
        (Times(mean=60, distribution="lognormal", deviation=30), 30.0),
        (Times(mean=60, distribution="constant"), 0.0),
    ],
)
def test_durations_have_mean_and_deviation(times: Times, deviation: float) -> None:
    chance = Random(5)
    drawn = [draw(times, chance) for _ in range(40_000)]
    assert fmean(drawn) == pytest.approx(60.0, rel=0.03)
    assert pstdev(drawn) == pytest.approx(deviation, rel=0.06)


def test_patience_may_be_endless_and_offers_be_missed(plan: SitePlan) -> None:
    day = made(plan, patience=None, missed=0.5)
    assert {arrival.patience for arrival in day.arrivals} == {inf}
    assert fmean(arrival.missed for arrival in day.arrivals) == pytest.approx(1.0, abs=0.2)


def test_sources_by_their_share_with_their_keys(plan: SitePlan) -> None:
    day = made(plan, sources=[{"pilot": 7000, "share": 3, "keys": ["1"]}, {"pilot": 7000, "keys": ["2", "17"]}])
    keys = [arrival.digits for arrival in day.arrivals]
    assert keys.count(("1",)) == pytest.approx(0.75 * len(keys), rel=0.1)
    assert set(keys) == {("1",), ("2", "17")}


def test_shifts_become_a_roster(plan: SitePlan) -> None:
    shifts = [
        {"agents": ["a00"], "start": "08:00", "end": "12:00", "breaks": [{"at": "10:00", "minutes": 15}]},
        {"start": "09:00", "end": "17:00"},
    ]
    day = made(plan, shifts=shifts)
    of_a00 = [(entry.at - MIDNIGHT, entry.duty, entry.reason) for entry in day.roster if entry.agent == "a00"]
    assert of_a00 == [
        (28_800.0, Duty.READY, ""),
        (36_000.0, Duty.AWAY, "break"),
        (36_900.0, Duty.READY, ""),
        (43_200.0, Duty.OFF, ""),
    ]
    assert {entry.agent for entry in day.roster if entry.at == MIDNIGHT + 9 * 3600} == {"a01", "a02"}


@pytest.mark.parametrize(
    ("profile", "message"),
    [
        ({"sources": [{"pilot": 7999}]}, "no pilot 7999; there are 7000"),
        ({"shifts": [{"agents": ["x"]}]}, "no agent x"),
    ],
)
def test_what_the_site_does_not_have_is_refused(plan: SitePlan, profile: dict[str, object], message: str) -> None:
    with pytest.raises(ProfileError, match=message):
        made(plan, **profile)


def test_a_site_without_pilots_cannot_be_called() -> None:
    with pytest.raises(ProfileError, match="no pilot"):
        made(SitePlan(version="x"))


def test_a_profile_is_read_from_yaml(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("contacts: 500\ntalk: {mean: 200}\npatience: null\nday: 2026-12-24\n", encoding="utf-8")
    profile, problems = read_profile(file)
    assert problems == []
    assert profile is not None
    assert (profile.contacts, profile.talk.mean, profile.patience, profile.day) == (500, 200, None, date(2026, 12, 24))


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("opening: 25:00\n", ":1: opening"),
        ("talk: {mean: 0}\n", ":1: talk.mean"),
        ("talk: {mean: 5, deviation: 3}\n", ":1: talk"),
        ("half_hours: [0, 0]\n", ":1"),
        ("opening: '23:00'\nhalf_hours: [1, 1, 1]\n", ":1"),
        ("shifts:\n  - {start: '12:00', end: '08:00'}\n", ":2: shifts[0]"),
        ("shifts:\n  - {breaks: [{at: '19:00', minutes: 5}]}\n", ":2: shifts[0]"),
        ("sources:\n  - {pilot: 7000, keys: [hello]}\n", ":2: sources[0].keys[0]"),
        ("surprise: 1\n", ":1: surprise"),
    ],
)
def test_what_is_wrong_with_a_profile_is_told_at_its_line(tmp_path: Path, text: str, where: str) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(text, encoding="utf-8")
    profile, problems = read_profile(file)
    assert profile is None
    assert where in str(problems[0])
