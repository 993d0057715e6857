"""Checks of calendars: spans that overlap or nearly meet, calendars that never open, holidays that nobody knows."""

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise

from cti_server.settings.calendars import DAYS, YEARS_AHEAD, CalendarSettings, CalendarsFile, public_holidays, span_of
from settings_file import Lines, Problem, did_you_mean

SHORTEST_GAP = 5
"""A gap of fewer minutes between two spans of a day is a slip."""
MIDNIGHT = 1440

Placed = tuple[int, int, tuple[str | int, ...]]
"""A span of minutes, and where it stands in the calendar."""


def check_calendars(file: CalendarsFile, lines: Lines, today: dt.date) -> Iterator[Problem]:
    """Give everything that is wrong with the calendars."""
    for index, calendar in enumerate(file.calendars):
        for message, path in _faults(calendar, today):
            yield lines.problem(message, "calendars", index, *path)


def _faults(calendar: CalendarSettings, today: dt.date) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    if not calendar.hours and not any(calendar.special.values()):
        yield "is never open: it has no hours", ()
    for day in DAYS:
        placed: list[Placed] = [
            (*span_of(span), ("hours", place, "times", at))
            for place, hours in enumerate(calendar.hours)
            if day in hours.days
            for at, span in enumerate(hours.times)
        ]
        yield from ((f"{day}: {message}", path) for message, path in _spans(placed))
    for date, spans in calendar.special.items():
        yield from _spans([(*span_of(span), ("special", date, at)) for at, span in enumerate(spans)])
        if date in calendar.closed:
            yield f"{date} is a closed day as well", ("special", date)
    yield from _holiday_faults(calendar, today)


def _spans(placed: list[Placed]) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    ordered = sorted(placed, key=lambda each: each[:2])
    for (_, end, _), (start, later_end, path) in pairwise(ordered):
        if start < end:
            yield f"{_clock(start)}-{_clock(later_end)} overlaps what is open until {_clock(end)}", path
        elif 0 < start - end < SHORTEST_GAP:
            yield f"a gap of {start - end} minute(s) between {_clock(end)} and {_clock(start)}", path
    if ordered and 0 < MIDNIGHT - ordered[-1][1] < SHORTEST_GAP:
        last = ordered[-1]
        yield f"closes {MIDNIGHT - last[1]} minute(s) before midnight; until midnight is 24:00", last[2]


def _holiday_faults(calendar: CalendarSettings, today: dt.date) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    known: set[str] = set()
    for index, each in enumerate(calendar.holidays):
        for year in range(today.year - 1, today.year + YEARS_AHEAD + 1):
            found = public_holidays(each.country, each.subdivision, (year,))
            known |= set(found.values())
            if not found:
                yield f"no holidays of {each.country} are known for {year}", ("holidays", index)
    for index, name in enumerate(calendar.not_closed):
        if name not in known:
            yield f"no holiday is called {name!r}{did_you_mean(name, known)}", ("not_closed", index)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
