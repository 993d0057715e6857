"""What holds for every test: integration tests are marked by where they live, Hypothesis keeps its own pace."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

INTEGRATION = Path(__file__).parent / "integration"

# A loaded machine must not turn a slow example into a failure: time is measured in the benchmarks, not asserted.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if INTEGRATION in item.path.parents:
            item.add_marker(pytest.mark.integration)
