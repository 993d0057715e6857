"""Weeks of a small centre, as the engine decided them: the same journal each time."""

from cti_server.engine.apply import apply
from cti_server.engine.state import State
from cti_server.storage import Store
from cti_server.vocabulary.events import Recorded
from tests.scenarios.engine.story import ANNA, START, Story

DAY = 86_400.0


def weeks(days: int = 6, *, waiting: bool = True) -> Story:
    """A call a day that Anna takes, who logs off and on only now and then; in the end one waits."""
    story = Story()
    story.log_on(ANNA)
    for day in range(days):
        story.later(START + day * DAY + 3600.0 - story.now)
        story.waiting_caller(f"C{day}")
        offer = max(story.state.offers)
        story.alert(offer)
        story.later(4.0)
        story.answer(offer)
        story.later(60.0 + day)
        story.hang_up(f"C{day}")
        story.later(1000.0)
        if day % 3 == 2:
            story.log_off(ANNA)
            story.later(500.0)
            story.log_on(ANNA)
    if waiting:
        story.waiting_caller("open")
        story.later(5.0)
    return story


def folded(rows: list[Recorded]) -> State:
    state = State()
    for row in rows:
        apply(state, row)
    return state


def kept(store: Store, story: Story, *snapshots: int) -> None:
    """The story in the store, with reports, and snapshots at these rows."""
    store.journal.append(story.journal)
    store.projections.advance()
    for seq in snapshots:
        store.snapshots.save(seq, folded(story.journal[:seq]))


def removed(store: Store, before: float) -> int:
    """Remove what may go; how many rows it were."""
    round_ = store.retention(before, before + 90 * DAY)
    while not (step := round_.step()).done:
        continue
    return step.removed
