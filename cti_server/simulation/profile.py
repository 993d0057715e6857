"""The profile of a day that is made up: arrivals, patience, handle times and shifts, from a YAML file or defaults."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from cti_server.settings.names import Name
from settings_file import NumberText, Problem, SettingsModel, load

LATEST = "24:00"


def _clock(value: str) -> str:
    if minutes(value) > minutes(LATEST):
        raise ValueError("is no time of day")
    return value


Clock = Annotated[str, StringConstraints(pattern=r"^[0-2][0-9]:[0-5][0-9]$"), AfterValidator(_clock)]
"""A time of day, HH:MM, to 24:00."""
Seconds = Annotated[float, Field(ge=0, le=86_400)]
Keys = Annotated[str, StringConstraints(pattern=r"^[0-9*#]{1,32}$")]


def minutes(clock: str) -> int:
    """Minutes after midnight of HH:MM."""
    hour, _, minute = clock.partition(":")
    return int(hour) * 60 + int(minute)


class Times(SettingsModel):
    """How long something takes, in seconds: a distribution by its mean."""

    mean: Annotated[float, Field(gt=0, le=86_400)]
    distribution: Literal["exponential", "lognormal", "constant"] = "exponential"
    deviation: Annotated[float, Field(gt=0, le=86_400)] | None = None
    """Standard deviation of a lognormal one; without it, as much as the mean."""

    @model_validator(mode="after")
    def _has_a_deviation_only_where_it_counts(self) -> "Times":
        if self.deviation is not None and self.distribution != "lognormal":
            raise ValueError("only a lognormal distribution has a deviation of its own")
        return self


class Source(SettingsModel):
    """Callers of one pilot, and what they key in."""

    pilot: NumberText
    """The pilot's number (site/pilots.yaml)."""
    share: Annotated[float, Field(gt=0, le=1_000_000)] = 1.0
    """How many of all callers they are, beside the shares of the others."""
    keys: tuple[Keys, ...] = ()
    """Their entries at menus and questions, in order; without any, they take a menu's choices in turn."""


class Break(SettingsModel):
    """Time away within a shift."""

    at: Clock
    minutes: Annotated[int, Field(ge=1, le=600)]
    reason: Annotated[str, StringConstraints(max_length=64)] = "break"


class Shift(SettingsModel):
    """When these agents work."""

    agents: tuple[Name, ...] = ()
    """Log-on names; without any, all agents that no other shift names."""
    start: Clock = "08:00"
    end: Clock = "18:00"
    breaks: tuple[Break, ...] = ()

    @model_validator(mode="after")
    def _ends_after_its_start(self) -> "Shift":
        if minutes(self.end) <= minutes(self.start):
            raise ValueError(f"ends at {self.end}, before it starts at {self.start}")
        for each in self.breaks:
            inside = minutes(self.start) <= minutes(each.at) and minutes(each.at) + each.minutes <= minutes(self.end)
            if not inside:
                raise ValueError(f"the break at {each.at} is not within the shift")
        return self


HUMPED: tuple[float, ...] = (3, 5, 7, 9, 10, 10, 9, 8, 6, 5, 6, 8, 9, 9, 8, 7, 6, 5, 4, 3)
"""Half-hours from 08:00 to 18:00 with a peak before and one after noon."""


class Profile(SettingsModel):
    """A day that is made up; all times in seconds unless they are times of day."""

    day: date | None = None
    """The date, for what calendars say; without it, the coming Monday."""
    contacts: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """How many callers; what the command line says goes before."""
    opening: Clock = "08:00"
    """When the first half-hour begins."""
    half_hours: Annotated[
        tuple[Annotated[float, Field(ge=0, le=1_000_000)], ...], Field(min_length=1, max_length=48)
    ] = HUMPED
    """Callers of each half-hour, as shares of the whole; where `contacts` is not given, as numbers."""
    sources: tuple[Source, ...] = ()
    """Where callers come in; without any, all pilots evenly."""
    talk: Times = Times(mean=180, distribution="lognormal", deviation=150)
    wrap_up: Times | None = None
    """The agents' work after the call, at most what the queue allows; without it, all that it allows."""
    patience: Times | None = Times(mean=180)
    """How long callers wait; `null`: for ever."""
    ring: Times = Times(mean=5, distribution="constant")
    """How long agents take to answer."""
    missed: Annotated[float, Field(ge=0, le=0.9)] = 0.0
    """Share of offers that agents miss."""
    return_after: Seconds = 30.0
    """How long after that they are ready again."""
    shifts: tuple[Shift, ...] = (Shift(),)
    prompts: dict[Name, Seconds] = Field(default_factory=dict)
    """How long prompts last; the others last five seconds."""

    @model_validator(mode="after")
    def _fits_into_a_day(self) -> "Profile":
        if minutes(self.opening) + 30 * len(self.half_hours) > minutes(LATEST):
            raise ValueError(f"{len(self.half_hours)} half-hours from {self.opening} on are more than the day has")
        if sum(self.half_hours) <= 0:
            raise ValueError("no half-hour has any callers")
        return self


def read_profile(file: Path) -> tuple[Profile | None, list[Problem]]:
    """Read a profile: what it says, or what is wrong with it."""
    profile, problems, _ = load(Profile, file)
    return profile, problems
