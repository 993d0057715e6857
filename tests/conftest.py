"""What holds for every test: integration tests are marked by where they live, Hypothesis keeps its own pace."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

INTEGRATION = Path(__file__).parent / "integration"

# What is heard in these is timed against the clock: they get the machine to themselves.
ALONE = frozenset(
    {
        "test_calls_heard.py",
        "test_demo.py",
        "test_engines.py",
        "test_hostile_packets.py",
        "test_lab_conference.py",
        "test_media_service.py",
        "test_pure.py",
        "test_server_call.py",
        "test_sipp_callers.py",
        "test_softphone.py",
    }
)

# A loaded machine must not turn a slow example into a failure: time is measured in the benchmarks, not asserted.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if INTEGRATION in item.path.parents:
            item.add_marker(pytest.mark.integration)
        if item.path.name in ALONE and item.get_closest_marker("integration"):
            item.add_marker(pytest.mark.alone)
