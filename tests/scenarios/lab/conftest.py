"""After every story: an application's mirror followed each event without a discrepancy."""

from collections.abc import Iterator

import pytest

from tests.scenarios.lab.story import Story


@pytest.fixture(autouse=True)
def _mirrors_follow() -> Iterator[None]:
    Story.told.clear()
    yield
    assert [line for story in Story.told for line in story.discrepancies] == []
