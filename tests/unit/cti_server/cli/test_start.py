"""What a start waits for: modules that a server, or a list of commands, does not need are not loaded for it."""

import subprocess
import sys

import click
import pytest

from cti_server.cli.command import PLACES, main
from cti_server.cli.plugged import SECTIONS
from tests.unit.cti_server.settings.configs import REPOSITORY

SERVER_NEVER = {
    "aiosmtplib",
    "alembic",
    "csta.messages.capabilities.services",
    "csta.sharing",
    "cti_server.cli.doctor",
    "cti_server.connectors.alarms.ways",
    "cti_server.simulation",
    "google.protobuf",
    "holidays",
    "httpx2",
    "lxml",
    "mako",
    "numpy",
    "opentelemetry",
    "packaging",
    "psycopg",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.orm",
    "starlette",
    "twisted.conch",
    "twisted.web",
    "uvicorn",
}
"""Not for `callwright run` before its links are up: each belongs to something that a site may not have, or that comes
later: alarms by mail, migrations, traces, PostgreSQL, SSH, the endpoints."""
LIST_NEVER = {"csta", "cti_server.runtime", "cti_server.settings", "pydantic", "rich", "sqlalchemy", "twisted"}


def _loaded(program: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.splitlines()[-1].split())


def test_a_server_that_starts_loads_nothing_that_can_wait() -> None:
    assert SERVER_NEVER & _loaded("import cti_server.cli.serving, cti_server.channels.voice.channel") == set()


def test_a_server_that_starts_reads_no_source_to_describe_its_settings() -> None:
    program = (
        "from pathlib import Path\nimport cti_server.cli.serving\n"
        "from cti_server.cli.configuration import load\nload(Path('config'))\n"
        "import linecache\nprint(*(name for name in linecache.cache if name.endswith('.py')), sep=',')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert done.stdout == "\n"


def test_the_list_of_commands_loads_none_of_them() -> None:
    program = "from cti_server.cli import main\nmain(['--help'], standalone_mode=False)"
    assert LIST_NEVER & _loaded(program) == set()


@pytest.mark.parametrize("name", sorted(PLACES))
def test_every_command_is_where_the_table_says(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert command.name == name


def test_every_command_of_the_table_has_its_line_in_the_list() -> None:
    assert set(PLACES) <= {name for section in SECTIONS.values() for name in section}
