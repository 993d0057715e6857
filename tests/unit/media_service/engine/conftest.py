"""Fixtures that give each test every engine."""

import pytest

from tests.unit.media_service.engine.engines import KINDS, UDP, Maker, Story, WithEngine, maker, run_with


@pytest.fixture(params=KINDS)
def make(request: pytest.FixtureRequest) -> Maker:
    return maker(request.param)


@pytest.fixture
def with_engine(make: Maker) -> WithEngine:
    def run(story: Story, udp: range = UDP) -> None:
        run_with(make, story, udp)

    return run
