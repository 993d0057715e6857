"""A config directory for each test."""

from pathlib import Path

import pytest

from tests.unit.cti_server.settings.configs import Config


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(tmp_path)
