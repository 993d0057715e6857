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


@pytest.mark.parametrize("story", STORIES.values(), ids=lambda story: story.name)
def test_an_application_s_mirror_ends_where_the_switch_does(story: Told) -> None:
    played = Player(story)

    switch = {view.call_id: dict(view.parties) for view in played.switch.calls()}
    mirror = {
        call_id: {device: str(each.state) for device, each in call.connections.items()}
        for call_id, call in played.mirror.calls.items()
    }
    assert mirror == switch
    # The mirror may wonder at a device that diverts what never rang there (forwarding), or what it talked in (park).
    moved = story.name.startswith(("forwarded", "parked"))
    assert moved or played.discrepancies == []
    assert all(each.startswith("Diverted") for each in played.discrepancies)
