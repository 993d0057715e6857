"""Which deadline is next, and which no longer count."""

from cti_server.engine.deadlines import Deadlines, Kind
from tests.scenarios.engine.story import ANNA, START, Story


def test_the_earliest_of_ring_time_wrap_up_and_music() -> None:
    story = Story()
    story.log_on(ANNA)
    story.waiting_caller("C1")
    story.verb(story.waiting_caller("C2"))
    seen = [story.engine.next_deadline]
    story.answer(1)
    seen.append(story.engine.next_deadline)
    story.hang_up("C1")
    seen.append(story.engine.next_deadline)
    story.hang_up("C2")
    story.ready(ANNA)
    seen.append(story.engine.next_deadline)
    assert seen == [START + 12, START + 30, START + 8, None]


def test_what_is_due_is_taken_once_and_in_order() -> None:
    story = Story()
    story.log_on(ANNA)
    story.waiting_caller("C1")
    story.verb(story.waiting_caller("C2"))
    deadlines = Deadlines(story.state)
    assert deadlines.take_due(START + 11.999) == []
    assert deadlines.take_due(START + 30) == [(START + 12, Kind.OFFER, 1, ""), (START + 30, Kind.STEP, 2, "")]
    assert deadlines.next() is None


def test_a_ring_time_does_not_count_while_its_link_is_down() -> None:
    story = Story()
    story.log_on(ANNA)
    story.waiting_caller("C1")
    story.link_down()
    assert Deadlines(story.state).next() is None
    story.later(60)
    story.link_up()
    assert story.engine.next_deadline == Deadlines(story.state).next() == START + 65


def test_a_late_wake_up_serves_all_that_was_due_and_each_once() -> None:
    story = Story()
    for call in ("C1", "C2"):
        story.verb(story.waiting_caller(call))
    story.transcript()
    story.now += 500
    story.later(0)
    assert [text.split()[1:4] for text in story.transcript()] == [
        ["StepEntered", "1", "position"],
        ["StepEntered", "2", "position"],
    ]
