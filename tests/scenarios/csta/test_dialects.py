"""Every story in every dialect: the application hears the same events, and its mirror is as the switch is all along."""

import pytest

from csta.dialects import Dialect
from tests.scenarios.csta.conversation import Conversation
from tests.scenarios.csta.neutral import neutral
from tests.scenarios.csta.ways import EVERY, MAIN
from tests.stories.steps import Told, transcript_of, written
from tests.stories.told import STORIES
from tests.stories.two_calls import CONSULT_CONFERENCE


def carry(story: Told, way: tuple[Dialect, str]) -> Conversation:
    """Play a story, and look at both ends after each step."""
    carried = Conversation(*way, absent=story.absent, attended=story.attended)
    assert carried.application.watch.surveyed
    carried.application.asked.clear()
    for step in story.steps:
        carried.take(step)
        assert carried.difference() == {}, step
    return carried


@pytest.mark.parametrize("way", MAIN.values(), ids=MAIN.keys())
@pytest.mark.parametrize("story", STORIES.values(), ids=lambda story: story.name)
def test_a_story_is_the_same_in_every_dialect(story: Told, way: tuple[Dialect, str]) -> None:
    carried = carry(story, way)

    assert written(carried.transcript()) == transcript_of(story)
    assert neutral(carried.application.heard) == neutral(carried.pbx.told)
    assert carried.application.odd == carried.pbx.odd == []
    assert carried.application.doubts == []
    assert carried.application.asked == []


@pytest.mark.parametrize("way", EVERY.values(), ids=EVERY.keys())
def test_a_conference_goes_by_every_profile(way: tuple[Dialect, str]) -> None:
    carried = carry(CONSULT_CONFERENCE, way)

    assert written(carried.transcript()) == transcript_of(CONSULT_CONFERENCE)
    assert carried.application.odd == carried.pbx.odd == []
