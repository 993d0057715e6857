"""JSON Schemas of the config files, from which editors complete and check."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import ModelSchema

from cti_server.settings.calendars import CalendarsFile
from cti_server.settings.flows.cases import CasesFile
from cti_server.settings.flows.flow_file import flow_file
from cti_server.settings.flows.step_models import described, texts_below
from cti_server.settings.server import ServerSettings
from cti_server.settings.site import AgentsFile, PilotsFile, QueuesFile
from settings_file import SettingsModel

MODELS: Mapping[str, type[SettingsModel]] = {
    "server": ServerSettings,
    "queues": QueuesFile,
    "agents": AgentsFile,
    "pilots": PilotsFile,
    "calendars": CalendarsFile,
    "flow": flow_file(),
    "flow-tests": CasesFile,
}


class _Described(GenerateJsonSchema):
    """Describes each key by the text that stands below its field in the source.

    Pydantic would collect those texts whenever the models are imported, which is a tenth of a server's start.
    """

    def model_schema(self, schema: ModelSchema) -> JsonSchemaValue:
        """The schema of a model, each of its keys described."""
        made = super().model_schema(schema)
        model = schema["cls"]
        for name, text in _descriptions(model).items():
            key = model.model_fields[name].alias or name
            made["properties"][key].setdefault("description", text)
        return made


def _descriptions(model: type[Any]) -> dict[str, str]:
    """What stands below the fields of a model and of those that it is derived from."""
    found: dict[str, str] = dict(described(model))
    for cls in reversed(model.__mro__):
        # A step's model has no source: it is made from its component's settings.
        found |= texts_below(cls) if issubclass(cls, SettingsModel) else {}
    return {name: text for name, text in found.items() if name in model.model_fields}


def schemas() -> dict[str, str]:
    """Give the text of each schema by its file's name."""
    texts = {}
    for name, model in MODELS.items():
        schema = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **model.model_json_schema(schema_generator=_Described),
        }
        texts[f"{name}.json"] = json.dumps(schema, indent=2, sort_keys=True) + "\n"
    return texts


def write_schemas(directory: Path) -> list[Path]:
    """Write the schemas into ``directory`` (``config/schema``); give the files."""
    directory.mkdir(parents=True, exist_ok=True)
    files = []
    for name, text in schemas().items():
        (directory / name).write_text(text)
        files.append(directory / name)
    return files
