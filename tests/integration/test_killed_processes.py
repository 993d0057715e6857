"""A server process is killed at random under load, over and over, on both databases; see ``bench/kills.py``."""

import os
from pathlib import Path

import pytest

from bench.soak_load.killing import Killing
from tests.fakes.postgres import postgres_server

pytestmark = [pytest.mark.integration, pytest.mark.timeout(3600)]
KILLS = int(os.environ.get("CALLWRIGHT_KILLS", "15"))
SEED = int(os.environ.get("CALLWRIGHT_SEED", "20261"))


def test_a_server_killed_again_and_again_on_sqlite_loses_and_doubles_nobody(tmp_path: Path) -> None:
    found = Killing(f"sqlite:///{tmp_path / 'callwright.db'}", kills=KILLS, seed=SEED).run()
    assert found["kills"] == KILLS
    assert found["contacts"] > KILLS
    assert found["arrivals_acknowledged"] > KILLS
    assert found["first_routed_samples"] > KILLS / 2


def test_a_server_killed_again_and_again_on_postgresql_loses_and_doubles_nobody() -> None:
    with postgres_server() as server:
        found = Killing(server.new_database(), kills=max(3, KILLS // 5), seed=SEED).run()
    assert found["contacts"] > 0
