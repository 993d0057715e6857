"""``flows/tests/*.yaml``: what a caller does, and what the flow is expected to do."""

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from cti_server.settings.calendars import as_moment
from cti_server.settings.names import Name, Text
from settings_file import NumberText, SettingsModel

SILENCE: Final = "silence"
HANG_UP: Final = "hang-up"
MORE: Final = "..."

Moment = Annotated[str, AfterValidator(lambda text: as_moment(text) and text)]
Datum = str | int | float | bool | None


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Keys = Annotated[
    str,
    BeforeValidator(_as_text, json_schema_input_type=str | int),
    StringConstraints(pattern=rf"^([0-9*#]{{1,64}}|{SILENCE}|{HANG_UP})$"),
]
"""Digits, ``silence`` or ``hang-up``."""


class SpokenSettings(SettingsModel):
    """What the caller says."""

    say: Text | None = None
    """Words, for a recognise step."""
    message: Annotated[float, Field(gt=0, le=1800)] | None = None
    """A message of so many seconds, for a record step."""


class LookUpSettings(SettingsModel):
    """What a query or a web service answers."""

    result: Literal["done", "nothing-found", "timed-out", "failed", "refused"] = "done"
    """How it ends."""
    values: dict[Text, Datum] = Field(default_factory=dict)
    """What it brings, by name."""


class ExpectSettings(SettingsModel):
    """What shall come of it; what is left out is not looked at. `...` at a list's end allows more."""

    path: tuple[str, ...] | None = None
    """The steps in their order; those of another flow as flow/step."""
    heard: tuple[Annotated[str, BeforeValidator(_as_text)], ...] | None = None
    """What the caller heard, in its order: prompts by name, other things as in `number 3`."""
    end: Literal["released", "hung-up", "waiting", "talking", "forwarded", "in-flow"] | None = None
    """How it ended: released by the flow, hung up by the caller, still waiting in a queue, talking to an agent, sent
    to a number, or still in the flow."""
    queue: Name | None = None
    """The queue in which the contact is, or was last."""
    number: Annotated[str, BeforeValidator(_as_text)] | None = None
    """The number to which the call was sent."""
    agent: Name | None = None
    """The agent who has the contact."""
    callback: bool | None = None
    """Whether a callback was made."""
    mails: Annotated[int, Field(ge=0)] | None = None
    """How many mails were sent."""
    data: dict[Text, Datum] = Field(default_factory=dict)
    """Data of the contact at the end; others may be there."""


class CaseSettings(SettingsModel):
    """One call through a flow."""

    name: Text
    """What the case is about."""
    flow: Name
    """The flow that the call comes into."""
    at: Moment = "2026-11-23 10:00"
    """When it comes: YYYY-MM-DD HH:MM, in the time zone of the calendar that stands first by name, else UTC."""
    source: NumberText = "4989123456"
    """The caller's number."""
    data: dict[Text, Datum] = Field(default_factory=dict)
    """Data that come with the call."""
    inputs: tuple[Keys | SpokenSettings, ...] = ()
    """For each question in turn what the caller does: digits, silence, hang-up, {say: words}, {message: seconds}. When
    they are used up, the caller is silent."""
    hang_up_after: Annotated[float, Field(ge=0, le=86_400)] | None = None
    """The caller hangs up after so many seconds."""
    look_ups: dict[Name, LookUpSettings] = Field(default_factory=dict)
    """What queries and web services answer, by their names; others find nothing."""
    agents: dict[Name, Literal["ready", "not-ready"]] = Field(default_factory=dict)
    """Agents who are logged on; one who is ready answers after three seconds."""
    waiting: dict[Name, Annotated[int, Field(ge=0, le=1000)]] = Field(default_factory=dict)
    """How many other callers wait already, by queue."""
    calendars: dict[Name, Literal["open", "closed"]] = Field(default_factory=dict)
    """Calendars that were opened or closed by hand."""
    media: bool = True
    """Whether a media port is to be had."""
    forward_reached: bool = True
    """Whether somebody answers at a number that the call is sent to."""
    seconds: Annotated[float, Field(gt=0, le=86_400)] = 600.0
    """How long it is followed."""
    expect: ExpectSettings


class CasesFile(SettingsModel):
    """One file of ``flows/tests/``."""

    cases: Annotated[tuple[CaseSettings, ...], Field(min_length=1)]
