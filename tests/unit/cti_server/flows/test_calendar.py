"""Opening hours in local time, holidays, special hours, and the hours that clocks skip or show twice."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
from hypothesis import given

from cti_server.flows.calendar import hours_of, local_time, next_opening, offset_at, opening_at
from cti_server.vocabulary.ids import CalendarName
from cti_server.vocabulary.plan import CalendarPlan, OpenHours, Transition

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = (0, 1, 2, 3, 4)


def unix(*parts: int, zone: ZoneInfo = BERLIN, fold: int = 0) -> float:
    return datetime(*parts, tzinfo=zone, fold=fold).timestamp()  # type: ignore[arg-type,misc]  # year, month, day, ...


SUMMER, WINTER = unix(2026, 3, 29, 3, 0), unix(2026, 10, 25, 2, 0, fold=1)
CALENDAR = CalendarPlan(
    name=CalendarName("office"),
    zone="Europe/Berlin",
    hours=(OpenHours(days=WEEK, start=8 * 60, end=12 * 60), OpenHours(days=WEEK, start=13 * 60, end=17 * 60)),
    transitions=(
        Transition(at=unix(2025, 10, 26, 4, 0), offset=3600),
        Transition(at=SUMMER, offset=7200),
        Transition(at=WINTER, offset=3600),
    ),
    holidays={"2026-12-25": "Christmas Day"},
    special={"2026-12-24": ((9 * 60, 12 * 60),), "2026-12-31": ()},
)


def test_hours_are_local_in_summer_and_in_winter() -> None:
    for day in ((2026, 7, 6), (2026, 11, 23)):
        assert opening_at(CALENDAR, unix(*day, 8, 0)) == (True, "hours 08:00 to 12:00")
        assert opening_at(CALENDAR, unix(*day, 7, 59, 59)) == (False, "outside hours")
        assert opening_at(CALENDAR, unix(*day, 12, 0))[0] is False
        assert opening_at(CALENDAR, unix(*day, 16, 59, 59))[0] is True
    assert opening_at(CALENDAR, unix(2026, 11, 22, 10, 0))[0] is False  # a Sunday


def test_holidays_and_special_hours_go_before_the_week() -> None:
    assert opening_at(CALENDAR, unix(2026, 12, 25, 10, 0)) == (False, "Christmas Day")
    assert opening_at(CALENDAR, unix(2026, 12, 24, 8, 30)) == (False, "special hours of this day")
    assert opening_at(CALENDAR, unix(2026, 12, 24, 9, 30)) == (True, "hours 09:00 to 12:00")
    assert opening_at(CALENDAR, unix(2026, 12, 31, 9, 30)) == (False, "special hours of this day")
    assert hours_of(CALENDAR, datetime(2026, 12, 31, tzinfo=UTC).date()) == ()


def test_the_next_opening() -> None:
    monday = unix(2026, 11, 23, 8, 0)
    assert next_opening(CALENDAR, unix(2026, 11, 20, 17, 0)) == monday
    assert next_opening(CALENDAR, monday) == monday
    assert next_opening(CALENDAR, monday + 60) == monday + 60
    assert next_opening(CALENDAR, unix(2026, 12, 24, 12, 0)) == unix(2026, 12, 28, 8, 0)
    never = CalendarPlan(name=CalendarName("never"), zone="UTC", hours=())
    assert next_opening(never, monday) is None
    assert opening_at(never, monday) == (False, "outside hours")


def test_an_opening_that_the_clocks_skip_or_show_twice() -> None:
    night = CalendarPlan(
        name=CalendarName("night"),
        zone="Europe/Berlin",
        hours=(OpenHours(days=(6,), start=2 * 60 + 30, end=5 * 60),),
        transitions=CALENDAR.transitions,
    )
    assert next_opening(night, SUMMER - 7200) == SUMMER + 1800  # half past two there is not: half past three
    first = unix(2026, 10, 25, 2, 30, fold=0)
    assert next_opening(night, first - 7200) == first
    assert opening_at(night, first + 3600)[0] is True


def test_local_time_has_its_parts() -> None:
    local = local_time(CALENDAR, unix(2026, 11, 23, 9, 41, 7))
    assert (local.hour, local.minute, local.weekday, local.offset) == (9, 41, 0, 3600)
    assert offset_at(CALENDAR, unix(2020, 1, 1)) == 3600  # before all that is known: the first that is
    assert offset_at(CalendarPlan(name=CalendarName("x"), zone="UTC", hours=()), 0.0) == 0


@given(st.floats(unix(2025, 11, 1), unix(2027, 1, 1)))
def test_local_time_is_that_of_the_zone(at: float) -> None:
    local, expected = local_time(CALENDAR, at), datetime.fromtimestamp(at // 1, BERLIN)
    assert local.day == expected.date()
    assert local.seconds == expected.hour * 3600 + expected.minute * 60 + expected.second


@given(st.floats(unix(2025, 11, 1), unix(2026, 12, 20)))
def test_nothing_is_open_before_the_next_opening(at: float) -> None:
    opening = next_opening(CALENDAR, at)
    assert opening is not None
    assert opening >= at
    assert opening_at(CALENDAR, opening)[0]
    if opening > at:
        assert not opening_at(CALENDAR, (at + opening) / 2)[0]
        assert not opening_at(CALENDAR, opening - 0.001)[0]
