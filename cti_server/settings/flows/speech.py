"""What a step lets a caller hear, as the files say it: a prompt's name, or one of the things that are spoken."""

import re
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from cti_server.settings.names import PromptFile
from settings_file import SettingsModel

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,127}")
_BRACED = re.compile(r"\{([^{}]*)\}")
_LONGEST: Final = 2000


def _as_text(value: object) -> object:
    if isinstance(value, bool):
        return value
    return str(value) if isinstance(value, (int, float)) else value


def _well_braced(text: str) -> str:
    for name in _BRACED.findall(text):
        if not _NAME.fullmatch(name):
            raise ValueError(f"{{{name}}} is no name of a datum or fact")
    if "{" in _BRACED.sub("", text) or "}" in _BRACED.sub("", text):
        raise ValueError("a brace is not closed, or not opened")
    return text


TemplateText = Annotated[
    str,
    BeforeValidator(_as_text, json_schema_input_type=str | int | float),
    StringConstraints(max_length=_LONGEST),
    AfterValidator(_well_braced),
]
"""Text in which ``{name}`` stands for a datum or a fact."""


class UtteranceSettings(SettingsModel):
    """One thing to be heard; exactly one of these, a currency with an amount. `{name}` stands for a datum or a fact."""

    prompt: PromptFile | None = None
    """A prompt by its name."""
    number: Annotated[int, Field(ge=0, le=999_999_999)] | None = None
    """A number, spoken from clips."""
    position: Annotated[int, Field(ge=1, le=999_999)] | None = None
    """A place in a line: third."""
    digits: TemplateText | None = None
    """Digits, spoken one by one."""
    date: TemplateText | None = None
    """A date, YYYY-MM-DD."""
    time: TemplateText | None = None
    """A time of day, HH:MM."""
    amount: TemplateText | None = None
    """An amount such as 12.50."""
    currency: TemplateText | None = None
    """The amount's currency, such as EUR."""
    wait: Annotated[float, Field(ge=0, le=86_400)] | None = None
    """Seconds of waiting time, spoken in minutes."""
    text: TemplateText | None = None
    """Text for speech synthesis."""
    tone: PromptFile | None = None
    """One of the country's tones."""
    silence: Annotated[float, Field(gt=0, le=60)] | None = None
    """Seconds of silence."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = self.model_dump(exclude_none=True, exclude={"currency"})
        if len(given) != 1:
            raise ValueError("must have exactly one thing to be heard, such as a prompt or a number")
        if self.currency is not None and self.amount is None:
            raise ValueError("has a currency without an amount")
        return self


def _prompt_by_name(value: object) -> object:
    return {"prompt": value} if isinstance(value, str) else value


def _one_or_more(value: object) -> object:
    return [value] if isinstance(value, (str, dict)) else value


Say = Annotated[
    tuple[
        Annotated[UtteranceSettings, BeforeValidator(_prompt_by_name, json_schema_input_type=str | UtteranceSettings)],
        ...,
    ],
    BeforeValidator(
        _one_or_more, json_schema_input_type=str | UtteranceSettings | Annotated[list[str | UtteranceSettings], Field()]
    ),
]
"""What is heard: a prompt's name, or a list of names and ``{number: 12}``."""
