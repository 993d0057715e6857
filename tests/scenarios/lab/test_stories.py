"""Every story of ``tests/stories`` told to the switch's model: each device's monitor tells what its transcript says."""

import pytest

from tests.stories.play import Player
from tests.stories.steps import TRANSCRIPTS, Told, transcript_of, written
from tests.stories.told import STORIES


@pytest.mark.parametrize("story", STORIES.values(), ids=lambda story: story.name)
def test_each_device_tells_what_happened_to_it(story: Told) -> None:
    assert written(Player(story).heard) == transcript_of(story)


def test_every_transcript_belongs_to_a_story() -> None:
    assert {file.stem for file in TRANSCRIPTS.glob("*.txt")} == {name.replace(" ", "_") for name in STORIES}
