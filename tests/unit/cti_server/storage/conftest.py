"""Every storage test runs on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cti_server.storage import Store
from tests.fakes.postgres import PostgresServer, postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.integration)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        return server.new_database()
    return f"sqlite:///{tmp_path / 'data' / 'callwright.db'}"


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with Store.open(database_url) as opened:
        yield opened


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.integration)])
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A second one, for what goes from one database to another."""
    url = f"sqlite:///{tmp_path / 'other' / 'other.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new_database()
    with Store.open(url) as opened:
        yield opened
