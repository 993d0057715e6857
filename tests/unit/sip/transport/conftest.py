"""The bench of these tests."""

from collections.abc import Iterator

import pytest

from tests.unit.sip.transport.bench import Bench


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()
