"""The root of all settings models and the value types that they share."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints


class SettingsModel(BaseModel):
    """Root of the settings models: immutable, and an unknown key is an error.

    What stands below a field describes it, in the JSON Schemas; only who writes those reads the source for it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")


def _number_as_text(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


NumberText = Annotated[
    str, BeforeValidator(_number_as_text, json_schema_input_type=str | int), StringConstraints(pattern=r"^\+?[0-9*#]+$")
]
"""A dialled number, written with or without quotes; leading zeros and a leading plus are kept."""
