"""``config/site/calendars.yaml``: opening hours, holidays and special days, and the calendars of the plan from them."""

import datetime as dt
import functools
import re
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Final, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from cti_server.settings.names import Name, Text
from cti_server.vocabulary.ids import CalendarName
from cti_server.vocabulary.plan import CalendarPlan, OpenHours, Transition
from program.late import LateModule
from settings_file import SettingsModel

if TYPE_CHECKING:
    import holidays
else:
    holidays = LateModule("holidays")

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
YEARS_AHEAD: Final = 5
"""Holidays and changes of the clocks are known from the last year to so many years ahead."""
_CLOCK = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")
_SPAN = re.compile(r"\s*(\S+)\s*-\s*(\S+)\s*")


def minutes_of(text: str) -> int:
    """Minutes after midnight of HH:MM, 24:00 included.

    Raises:
        ValueError: it is no time of day.
    """
    found = _CLOCK.fullmatch(text)
    minutes = int(found[1]) * 60 + int(found[2]) if found else 1441
    if minutes > 1440:
        raise ValueError(f"{text!r} is no time of day: write HH:MM, up to 24:00")
    return minutes


def _span(text: str) -> str:
    start, end = span_of(text)
    if start >= end:
        raise ValueError(
            f"{text!r} ends before it begins; give a span over midnight as two, up to 24:00 and from 00:00"
        )
    return text


def span_of(text: str) -> tuple[int, int]:
    """Minutes after midnight of HH:MM-HH:MM.

    Raises:
        ValueError: it is no span of time.
    """
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no span of time: write 08:00-17:00")
    return minutes_of(found[1]), minutes_of(found[2])


def _date(text: str) -> str:
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError(f"{text!r} is no date: write YYYY-MM-DD") from None


def _zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone: write one such as Europe/Berlin") from None
    return name


def _days(value: object) -> object:
    """``mon-fri`` and ``sat`` as well as a list of days."""
    if not isinstance(value, (str, list)):
        return value
    named: list[object] = []
    for each in value.replace(",", " ").split() if isinstance(value, str) else value:
        first, dash, last = str(each).partition("-")
        if dash and first in DAYS and last in DAYS and DAYS.index(first) <= DAYS.index(last):
            named += DAYS[DAYS.index(first) : DAYS.index(last) + 1]
        else:
            named.append(each)
    return named


def _known_day(name: str) -> str:
    if name not in DAYS:
        raise ValueError(f"{name!r} is no day: there are {', '.join(DAYS)}, and spans such as mon-fri")
    return name


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Span = Annotated[str, AfterValidator(_span)]
Spans = Annotated[tuple[Span, ...], BeforeValidator(_listed, json_schema_input_type=str | list[str])]
Date = Annotated[str, AfterValidator(_date)]
Zone = Annotated[str, AfterValidator(_zone)]
Day = Annotated[str, AfterValidator(_known_day)]
Days = Annotated[tuple[Day, ...], BeforeValidator(_days, json_schema_input_type=str | list[str]), Field(min_length=1)]


class HoursSettings(SettingsModel):
    """Regular opening hours."""

    days: Days
    """Days of the week: mon to sun, a list of them, or a span such as mon-fri."""
    times: Spans
    """When it is open on them: 08:00-17:00, or a list of spans. Up to 24:00 is until midnight."""


class HolidaySettings(SettingsModel):
    """Public holidays by law."""

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    """The country's code (ISO 3166-1), such as DE."""
    subdivision: Name | None = None
    """The state, province or canton (ISO 3166-2), such as BY, where holidays differ."""

    @model_validator(mode="after")
    def _known(self) -> Self:
        known = holidays.list_supported_countries()
        if self.country not in known:
            raise ValueError(f"the holidays of the country {self.country} are not known")
        if self.subdivision is not None and self.subdivision not in known[self.country]:
            there = ", ".join(known[self.country]) or "none"
            raise ValueError(f"{self.country} has no subdivision {self.subdivision}; there are: {there}")
        return self


class CalendarSettings(SettingsModel):
    """When something is open, in the local time of a zone."""

    name: Name
    """The calendar's name; queues and schedule steps refer to it."""
    zone: Zone
    """The time zone, such as Europe/Berlin."""
    hours: tuple[HoursSettings, ...] = ()
    """Regular hours."""
    holidays: tuple[HolidaySettings, ...] = ()
    """Countries whose public holidays are closed days."""
    closed: dict[Date, Text] = Field(default_factory=dict)
    """Further closed days: the date, and what it is called."""
    not_closed: tuple[Text, ...] = ()
    """Public holidays, by their names, that are no closed days here."""
    special: dict[Date, Spans] = Field(default_factory=dict)
    """Days with hours of their own, whatever else they are; an empty list is a closed day."""


class CalendarsFile(SettingsModel):
    """``site/calendars.yaml``."""

    calendars: tuple[CalendarSettings, ...] = ()


def build_calendar(settings: CalendarSettings, today: dt.date) -> CalendarPlan:
    """The plan's calendar, its holidays and changes of the clocks counted from ``today``."""
    years = range(today.year - 1, today.year + YEARS_AHEAD + 1)
    free: dict[str, str] = {}
    for each in settings.holidays:
        free |= public_holidays(each.country, each.subdivision, years)
    free = {day: name for day, name in free.items() if name not in settings.not_closed}
    return CalendarPlan(
        name=CalendarName(settings.name),
        zone=settings.zone,
        hours=tuple(
            OpenHours(days=tuple(DAYS.index(day) for day in each.days), start=start, end=end)
            for each in settings.hours
            for start, end in map(span_of, each.times)
        ),
        transitions=tuple(transitions(settings.zone, years[0], years[-1])),
        holidays=dict(sorted({**free, **settings.closed}.items())),
        special={day: tuple(sorted(map(span_of, spans))) for day, spans in sorted(settings.special.items())},
    )


def public_holidays(country: str, subdivision: str | None, years: Iterable[int]) -> Mapping[str, str]:
    """Public holidays by their dates (YYYY-MM-DD), in the country's own words, whatever the machine's language is."""
    own = holidays.country_holidays(country).default_language
    found = holidays.country_holidays(country, subdiv=subdivision, years=years, language=own)
    return {day.isoformat(): str(name) for day, name in sorted(found.items())}


@functools.lru_cache(maxsize=64)
def transitions(zone: str, first_year: int, last_year: int) -> tuple[Transition, ...]:
    """The zone's offsets to UTC: the one at the first year's begin, then every change up to the last year's end."""
    return tuple(_transitions(zoneinfo.ZoneInfo(zone), first_year, last_year))


def _transitions(zone: zoneinfo.ZoneInfo, first_year: int, last_year: int) -> Iterator[Transition]:
    at = int(dt.datetime(first_year, 1, 1, tzinfo=dt.UTC).timestamp())
    end = int(dt.datetime(last_year + 1, 1, 1, tzinfo=dt.UTC).timestamp())
    offset = _offset(zone, at)
    yield Transition(at=float(at), offset=offset)
    while at < end:
        later = _offset(zone, at + 86_400)
        if later != offset:
            yield Transition(at=float(_moment_of_change(zone, at, at + 86_400)), offset=later)
            offset = later
        at += 86_400


def _moment_of_change(zone: zoneinfo.ZoneInfo, low: int, high: int) -> int:
    """The second at which the offset changes between two that differ."""
    before = _offset(zone, low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
    return high


def _offset(zone: zoneinfo.ZoneInfo, at: int) -> int:
    offset = dt.datetime.fromtimestamp(at, zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


def as_moment(text: str) -> dt.datetime:
    """YYYY-MM-DD HH:MM as a local time without a zone.

    Raises:
        ValueError: it is none.
    """
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no moment: write YYYY-MM-DD HH:MM") from None
    if moment.tzinfo is not None:
        raise ValueError(f"{text!r} names a zone: write local time")
    return moment


def unix_seconds(moment: dt.datetime, zone: str) -> float:
    """Unix seconds of a local time in a zone; the earlier moment where the clocks show it twice."""
    return moment.replace(tzinfo=zoneinfo.ZoneInfo(zone)).timestamp()
