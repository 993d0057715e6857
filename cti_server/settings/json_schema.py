"""JSON Schemas of the config files, from which editors complete and check."""

import json
from collections.abc import Mapping
from pathlib import Path

from cti_server.settings.calendars import CalendarsFile
from cti_server.settings.flows.cases import CasesFile
from cti_server.settings.flows.flow_file import flow_file
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


def schemas() -> dict[str, str]:
    """Give the text of each schema by its file's name."""
    texts = {}
    for name, model in MODELS.items():
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema()}
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
