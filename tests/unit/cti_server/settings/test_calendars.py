"""Calendars: hours, holidays by country, changes of the clocks; slips are said at their line."""

import datetime as dt

import pytest

from cti_server.flows.calendar import opening_at
from cti_server.settings.calendars import CalendarSettings, as_moment, build_calendar, transitions, unix_seconds
from cti_server.vocabulary.plan import OpenHours
from tests.unit.cti_server.settings.configs import Config

TODAY = dt.date(2026, 11, 23)
OFFICE = {
    "name": "office",
    "zone": "Europe/Berlin",
    "hours": [{"days": "mon-fri", "times": ["08:00-12:00", "13:00-17:00"]}, {"days": ["sat"], "times": "09:00-24:00"}],
    "holidays": [{"country": "DE", "subdivision": "BY"}],
    "closed": {"2026-12-31": "New Year's Eve"},
    "special": {"2026-12-24": "08:00-12:00"},
}


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-23 10:00", True),
        ("2026-11-23 12:30", False),
        ("2026-11-23 16:59", True),
        ("2026-11-23 17:00", False),
        ("2026-11-28 23:59", True),
        ("2026-11-29 12:00", False),
        ("2026-12-24 11:00", True),
        ("2026-12-24 14:00", False),
        ("2027-01-06 10:00", False),  # Epiphany, a holiday in Bavaria
        ("2026-12-31 10:00", False),
        ("2026-07-01 08:30", True),  # summer time
        ("2026-03-30 08:00", True),  # the first working day of summer time
        ("2031-12-30 10:00", True),  # five years ahead
    ],
)
def test_a_built_calendar_is_open_as_written(moment: str, expected: bool) -> None:
    plan = build_calendar(CalendarSettings.model_validate(OFFICE), TODAY)
    assert opening_at(plan, unix_seconds(as_moment(moment), "Europe/Berlin"))[0] is expected


def test_hours_and_holidays_of_the_plan() -> None:
    plan = build_calendar(CalendarSettings.model_validate(OFFICE), TODAY)
    assert plan.hours[2] == OpenHours(days=(5,), start=540, end=1440)
    assert plan.holidays["2027-01-06"] == "Heilige Drei Könige"
    assert plan.holidays["2026-12-31"] == "New Year's Eve"
    assert {day[:4] for day in plan.holidays} == {str(year) for year in range(2025, 2032)}
    assert dict(plan.special) == {"2026-12-24": ((480, 720),)}
    spared = build_calendar(CalendarSettings.model_validate({**OFFICE, "not_closed": ["Heilige Drei Könige"]}), TODAY)
    assert "2027-01-06" not in spared.holidays


def test_changes_of_the_clocks_to_the_second() -> None:
    berlin = transitions("Europe/Berlin", 2026, 2026)
    assert [(each.at, each.offset) for each in berlin] == [
        (1767225600.0, 3600),
        (1774746000.0, 7200),  # 2026-03-29 01:00 UTC
        (1792890000.0, 3600),  # 2026-10-25 01:00 UTC
    ]
    assert [each.offset for each in transitions("Asia/Kolkata", 2026, 2027)] == [19800]


SITE = "calendars:\n  - name: office\n    zone: Europe/Berlin\n"


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("    hours: [{days: mon-fri, times: 08:00-17:00}]\n", []),
        ("", ["2: calendars[0]: is never open: it has no hours"]),
        (
            "    hours:\n      - {days: mon-fri, times: 08:00-12:00}\n      - {days: fri, times: 11:00-13:00}\n",
            ["6: calendars[0].hours[1].times: fri: 11:00-13:00 overlaps what is open until 12:00"],
        ),
        (
            "    hours: [{days: [mon], times: [08:00-12:00, 12:01-17:00]}]\n",
            ["4: calendars[0].hours[0].times[1]: mon: a gap of 1 minute(s) between 12:00 and 12:01"],
        ),
        (
            "    hours: [{days: [mon], times: 08:00-23:59}]\n",
            [
                "4: calendars[0].hours[0].times: mon: closes 1 minute(s) before midnight; until midnight is 24:00",
            ],
        ),
        (
            "    hours: [{days: [mun], times: 08:00-17:00}]\n",
            [
                (
                    "4: calendars[0].hours[0].days[0]: 'mun' is no day: there are mon, tue, wed, thu, fri, sat, sun, "
                    "and spans such as mon-fri"
                )
            ],
        ),
        (
            "    hours: [{days: mon-fri, times: 22:00-06:00}]\n",
            [
                (
                    "4: calendars[0].hours[0].times: '22:00-06:00' ends before it begins; "
                    "give a span over midnight as two, up to 24:00 and from 00:00"
                )
            ],
        ),
        (
            "    hours: [{days: mon-fri, times: 08:00-17:00}]\n    holidays: [{country: XX}]\n",
            ["5: calendars[0].holidays[0]: the holidays of the country XX are not known"],
        ),
        (
            "    hours: [{days: mon-fri, times: 08:00-17:00}]\n    closed: {2026-02-30: no day}\n",
            ["5: calendars[0].closed.2026-02-30: '2026-02-30' is no date: write YYYY-MM-DD"],
        ),
        (
            (
                "    hours: [{days: mon-fri, times: 08:00-17:00}]\n    holidays: [{country: FI}]\n"
                "    not_closed: [Vapppu]\n"
            ),
            ["6: calendars[0].not_closed[0]: no holiday is called 'Vapppu'; did you mean 'Vappu'?"],
        ),
    ],
)
def test_slips_in_calendars(config: Config, lines: str, found: list[str]) -> None:
    config.write("site/calendars.yaml", SITE + lines)
    assert [each.removeprefix("site/calendars.yaml:") for each in config.problems()] == found


def test_a_zone_that_is_none(config: Config) -> None:
    config.write("site/calendars.yaml", SITE.replace("Berlin", "Bonn"))
    (found,) = config.problems()
    assert found.endswith("'Europe/Bonn' is no time zone: write one such as Europe/Berlin")
