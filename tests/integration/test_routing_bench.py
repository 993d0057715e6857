"""The harness of the routing benchmark: real phones of both sides, a house of its own, and figures that add up."""

import shutil
from pathlib import Path

import pytest

from bench.routing_load.end_to_end import Run, build_people, measure
from bench.routing_load.ground import Ground
from tests.integration.house import free_ports

AGENTS, CALLS = 2, 5

pytestmark = [pytest.mark.integration, pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")]


@pytest.mark.alone
def test_callers_and_agents_are_counted_and_everything_is_journaled(tmp_path: Path) -> None:
    ports = free_ports(dict.fromkeys(("pbx", "csta", "media", "control", "console"), 0))
    ground = Ground(folder=tmp_path / "house", agents=AGENTS, media_ports=8, ports=ports)
    # Callers come faster than two agents take them: everybody after the first two waits.
    run = Run(agents=AGENTS, calls=CALLS, rate=10, talk=(200, 400), limit=30)

    row = measure(run, build_people(ground.folder), ground)

    assert row["lost"] == 0, row
    assert row["joined"] == CALLS
    assert row["contacts_journaled"] == CALLS
    assert 1 <= row["free_to_ring_samples"] <= CALLS - AGENTS
    assert 0 < row["free_to_ring_p50_ms"] <= row["free_to_ring_max_ms"]
    assert set(row["cpu_ms_per_call"]) == {"pbx", "server", "media", "callers_and_agents"}
    assert not [text for text in row["complaints"] if "failed" in text]
