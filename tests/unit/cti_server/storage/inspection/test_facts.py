"""What a PostgreSQL server tells of itself, as ``callwright doctor`` shows it."""

from pathlib import Path

import pytest

from cti_server.cli.doctor.database import database
from cti_server.storage import Store
from tests.fakes.postgres import PostgresServer
from tests.unit.cti_server.cli.doctor.test_database import found, settings, written


@pytest.mark.integration
def test_a_real_server_tells_of_itself_and_of_who_writes(tmp_path: Path, postgres: PostgresServer) -> None:
    one = settings(tmp_path, postgres.new_database())
    written(one, 50)
    free = found(list(database(one)))
    with Store.open(one.database) as store:
        store.become_writer()
        held = found(list(database(one)))
    assert list(free) == ["database", "postgresql", "connections", "lease", "room", "journal", "reports"]
    assert free["postgresql"].text.startswith("server 1")
    assert free["lease"].text.startswith("free: ")
    assert "GiB of" in free["room"].text  # on this machine, and the role may see where
    assert held["lease"].text.startswith("PostgreSQL session ")
    assert held["journal"].text == "all 50 rows fit their check sums"
