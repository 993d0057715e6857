"""All stories, by name."""

from tests.stories import basic, moves, queues, two_calls
from tests.stories.steps import Told

STORIES: dict[str, Told] = {
    story.name: story
    for module in (basic, two_calls, moves, queues)
    for story in vars(module).values()
    if isinstance(story, Told)
}
