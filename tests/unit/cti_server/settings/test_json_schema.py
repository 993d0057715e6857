"""The JSON Schemas beside the config files are those of the models."""

import json
from pathlib import Path

import pytest

from cti_server.settings.json_schema import MODELS, schemas, write_schemas
from tests.unit.cti_server.settings.configs import REPOSITORY

UP_TO_DATE = "the schemas are out of date; write them with: python -m cti_server.settings config/schema"


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_schema_is_up_to_date(name: str) -> None:
    file = REPOSITORY / "config" / "schema" / f"{name}.json"
    assert file.read_text() == schemas()[f"{name}.json"], UP_TO_DATE


def test_schemas_are_written_whole(tmp_path: Path) -> None:
    files = write_schemas(tmp_path / "schema")
    assert sorted(file.name for file in files) == sorted(schemas())
    assert all(json.loads(file.read_text())["title"] for file in files)


def test_schemas_refuse_unknown_keys_and_explain_known_ones() -> None:
    server = json.loads(schemas()["server.json"])
    assert server["additionalProperties"] is False
    assert "agents log on" in server["$defs"]["LinkSettings"]["properties"]["extensions"]["description"]
    flow = json.loads(schemas()["flow.json"])
    assert {"type": "string"}.items() <= flow["$defs"]["MusicSettings"]["properties"]["music"].items()
    assert set(flow["$defs"]["MenuSettings"]["required"]) == {"step", "id", "say", "choices", "otherwise"}
