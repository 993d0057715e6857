"""Calendars: whether one is open at a moment, why, and when it opens or closes next; pure arithmetic on local time.

Local time is UTC plus the offset of the last transition before the moment. Days are counted from 1970-01-01, a
Thursday, by the proleptic Gregorian calendar.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from cti_server.vocabulary.plan import CalendarPlan

DAY_SECONDS: Final = 86_400
EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
HORIZON_DAYS: Final = 400
"""How far ahead the next opening is looked for."""


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A moment in a zone: the local date, seconds since local midnight, and the offset to UTC in seconds."""

    day: date
    seconds: int
    offset: int

    @property
    def hour(self) -> int:
        """0 to 23."""
        return self.seconds // 3600

    @property
    def minute(self) -> int:
        """0 to 59."""
        return self.seconds % 3600 // 60

    @property
    def weekday(self) -> int:
        """0 Monday to 6 Sunday."""
        return self.day.weekday()


def offset_at(calendar: CalendarPlan, at: float) -> int:
    """Seconds by which local time is ahead of UTC at ``at`` (Unix seconds); before the first transition, its own."""
    if not calendar.transitions:
        return 0
    index = bisect_right(calendar.transitions, at, key=lambda each: each.at) - 1
    return calendar.transitions[max(index, 0)].offset


def local_time(calendar: CalendarPlan, at: float) -> LocalTime:
    """The moment ``at`` (Unix seconds) as the calendar's clocks show it."""
    offset = offset_at(calendar, at)
    days, seconds = divmod(int(at // 1) + offset, DAY_SECONDS)
    return LocalTime(date.fromordinal(EPOCH_ORDINAL + days), seconds, offset)


def hours_of(calendar: CalendarPlan, day: date) -> tuple[tuple[int, int], ...]:
    """When it is open on a local day: spans of minutes after midnight, in order; special hours go before all else."""
    key = day.isoformat()
    if key in calendar.special:
        return tuple(sorted(calendar.special[key]))
    if key in calendar.holidays:
        return ()
    weekday = day.weekday()
    return tuple(sorted((each.start, each.end) for each in calendar.hours if weekday in each.days))


def opening_at(calendar: CalendarPlan, at: float) -> tuple[bool, str]:
    """Whether the calendar is open at ``at`` (Unix seconds) by its hours, and why in words."""
    local = local_time(calendar, at)
    minute = local.seconds / 60
    for start, end in hours_of(calendar, local.day):
        if start <= minute < end:
            return True, f"hours {_clock(start)} to {_clock(end)}"
    key = local.day.isoformat()
    holiday = calendar.holidays.get(key)
    if holiday is not None:
        return False, holiday
    return False, "special hours of this day" if key in calendar.special else "outside hours"


def next_opening(calendar: CalendarPlan, at: float) -> float | None:
    """When it is open next, Unix seconds: ``at`` itself if it is open then; None within `HORIZON_DAYS`."""
    if opening_at(calendar, at)[0]:
        return at
    return next((start for start in _starts(calendar, at) if start >= at and opening_at(calendar, start)[0]), None)


def _starts(calendar: CalendarPlan, at: float) -> Iterator[float]:
    today = local_time(calendar, at).day.toordinal()
    for ordinal in range(today, today + HORIZON_DAYS):
        for start, _ in hours_of(calendar, date.fromordinal(ordinal)):
            yield _moment(calendar, ordinal, start)


def _moment(calendar: CalendarPlan, ordinal: int, minute: int) -> float:
    """Unix seconds of a local minute; one that the clocks skip or show twice is the later or the first of them."""
    local = (ordinal - EPOCH_ORDINAL) * DAY_SECONDS + minute * 60
    offsets = (offset_at(calendar, local - DAY_SECONDS), offset_at(calendar, local + DAY_SECONDS))
    for offset in offsets:
        if offset_at(calendar, local - offset) == offset:
            return float(local - offset)
    return float(local - min(offsets))


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
