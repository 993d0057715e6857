"""Stories of who changed the plan and why, of plans that were expected, and of an undone plan that stands."""

from cti_server.engine.apply import apply
from cti_server.vocabulary import commands, events
from cti_server.vocabulary.refusals import RefusalCode
from cti_server.vocabulary.values import ChangeKind
from tests.scenarios.engine.story import Story, site


def load(story: Story, version: str, kind: ChangeKind = ChangeKind.APPLY, **more: object) -> RefusalCode | None:
    return story.refused(commands.LoadPlan(plan=site(version), kind=kind, **more))  # type: ignore[arg-type]


def numbers(story: Story) -> list[tuple[int, str, str]]:
    return [(one.number, one.version, str(one.kind)) for one in story.state.changes]


def test_a_change_is_journaled_with_who_why_and_its_number() -> None:
    story = Story()
    load(story, "2", by="ops", why="more agents")
    event = story.journal[-1].event
    assert event == events.PlanLoaded(plan=site("2"), number=2, by="ops", why="more agents")
    change = story.state.changes[-1]
    assert (change.seq, change.at, change.by, change.why) == (story.journal[-1].seq, story.now, "ops", "more agents")


def test_a_change_of_a_plan_that_is_in_force_no_more_is_refused() -> None:
    story = Story()
    load(story, "2")
    assert load(story, "3", expected="1") is RefusalCode.PLAN_CHANGED
    assert story.state.plan.version == "2"
    assert load(story, "3", expected="2") is None
    assert story.state.plan.version == "3"


def test_what_was_undone_does_not_come_back_with_a_start_but_with_the_next_apply() -> None:
    story = Story()
    load(story, "2")
    load(story, "1", ChangeKind.UNDO, back_to=1)
    assert story.state.undone is True
    assert load(story, "2", ChangeKind.START) is RefusalCode.PLAN_STANDS
    assert story.state.plan.version == "1"
    assert load(story, "1", ChangeKind.START) is None
    assert load(story, "2") is None
    assert load(story, "3", ChangeKind.START) is None
    assert numbers(story) == [
        (1, "1", "apply"),
        (2, "2", "apply"),
        (3, "1", "undo"),
        (4, "2", "apply"),
        (5, "3", "start"),
    ]


def test_files_that_say_what_was_brought_back_end_the_undo_when_they_are_applied() -> None:
    story = Story()
    load(story, "2")
    load(story, "1", ChangeKind.UNDO, back_to=1)
    assert load(story, "1") is None
    assert (story.state.undone, numbers(story)[-1]) == (False, (4, "1", "apply"))
    assert load(story, "2", ChangeKind.START) is None
    assert story.state.plan.version == "2"


def test_rows_of_former_releases_are_numbered_by_their_order() -> None:
    story = Story()
    for number, recorded in enumerate(story.journal, 1):
        assert isinstance(recorded.event, events.PlanLoaded) == (number == 1)
    old = events.PlanLoaded(plan=site("9"))
    recorded = events.Recorded(seq=story.state.seq + 1, at=story.now, cause_seq=None, event=old)
    apply(story.replayed, recorded)
    assert story.replayed.changes[-1].number == 2
