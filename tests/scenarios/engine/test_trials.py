"""Stories of a flow on trial: its share, its guard, and its end."""

from dataclasses import replace

from cti_server.engine.apply import apply
from cti_server.engine.engine import Engine
from cti_server.engine.state import State
from cti_server.engine.trials.choosing import has_share
from cti_server.engine.trials.guarding import figures_of
from cti_server.flows.steps import MusicStep, PlayStep, QueueStep
from cti_server.storage.codec import decode_event, encode_event
from cti_server.vocabulary import commands, events
from cti_server.vocabulary.ids import ContactId, FlowName, PromptName, StepId, TrialName
from cti_server.vocabulary.plan import FlowPlan, SitePlan, TrialGuard, TrialPlan
from cti_server.vocabulary.refusals import RefusalCode
from cti_server.vocabulary.values import ChangeKind, TrialEnd, TrialFigures, TrialPart, VerbResult
from tests.scenarios.engine.story import ANNA, SALES, WAITING, Story, say, site

NEW_WELCOME = FlowPlan(
    name=FlowName("welcome-2"),
    version="n1",
    steps=(PlayStep(id=StepId("greet"), utterances=say("new")), QueueStep(id=StepId("q"), queue=SALES)),
)
NEW_WAITING = FlowPlan(
    name=FlowName("waiting-2"),
    version="m1",
    steps=(MusicStep(id=StepId("music"), music=PromptName("hold_music"), seconds=5.0),),
)
PILOT = TrialName("pbx/7009")
QUEUE = TrialName("sales")


def trial_site(
    version: str = "t", *, pilot: TrialPlan | None = None, queue: TrialPlan | None = None, **changes: object
) -> SitePlan:
    base = site()
    pilots = tuple(replace(each, trial=pilot) if each.number == "7009" else each for each in base.pilots)
    queues = {**base.queues, SALES: replace(base.queues[SALES], trial=queue)}
    flows = {**base.flows, NEW_WELCOME.name: NEW_WELCOME, NEW_WAITING.name: NEW_WAITING}
    return site(version, **{"pilots": pilots, "queues": queues, "flows": flows, **changes})


def pilot_trial(share: float, **guard: float) -> TrialPlan:
    return TrialPlan(
        flow=NEW_WELCOME.name,
        share=share,
        guard=TrialGuard(**guard) if guard else None,  # type: ignore[arg-type]
    )


def queue_trial(share: float, **guard: float) -> TrialPlan:
    return replace(pilot_trial(share, **guard), flow=NEW_WAITING.name)


def stops(story: Story) -> list[events.TrialStopped]:
    return [one.event for one in story.journal if isinstance(one.event, events.TrialStopped)]


def test_a_share_of_the_calls_goes_by_the_flow_on_trial_and_the_same_ones_each_time() -> None:
    flows = []
    for _ in range(2):
        story = Story(trial_site(pilot=pilot_trial(30)))
        for call in range(300):
            story.arrive(f"C{call}", "7009", None)
        opened = [one.event for one in story.journal if isinstance(one.event, events.ContactOpened)]
        flows.append([each.flow for each in opened])
        assert [each.trial for each in opened] == [
            TrialPart(PILOT, tried=each.flow == NEW_WELCOME.name, number=1) for each in opened
        ]
        assert {str(each.flow_version) for each in opened} == {"d1", "n1"}
        trial = story.state.trials[PILOT]
        assert trial.tried.came == flows[-1].count(NEW_WELCOME.name)
        assert trial.tried.came + trial.base.came == 300
    assert flows[0] == flows[1]
    assert 60 <= flows[0].count(NEW_WELCOME.name) <= 120


def test_shares_are_kept_and_trials_choose_apart() -> None:
    numbers = [ContactId(each) for each in range(1, 20_001)]
    for share in (0.5, 10, 50, 99):
        chosen = sum(has_share(PILOT, each, share) for each in numbers)
        assert abs(chosen / 200 - share) < 1.2
    assert all(has_share(PILOT, each, 100) for each in numbers)
    both = sum(has_share(PILOT, each, 50) and has_share(QUEUE, each, 50) for each in numbers)
    assert abs(both / 200 - 25) < 1.5


def test_callers_of_a_queue_hear_the_flow_on_trial() -> None:
    story = Story(trial_site(queue=queue_trial(100)))
    contact = story.arrive("C1", "7009")
    cursor = story.state.contacts[contact].cursor
    assert (cursor.flow, cursor.flow_version) == (NEW_WAITING.name, "m1")
    assert story.state.contacts[contact].queue_trial == TrialPart(QUEUE, tried=True, number=1)


def test_the_guard_stops_a_trial_whose_callers_give_up_and_those_in_it_go_on() -> None:
    story = Story(trial_site(queue=queue_trial(100, abandoned=40, least=3, window=5)))
    stays = story.arrive("S", "7009")
    for call in range(3):
        assert stops(story) == []
        story.arrive(f"C{call}", "7009")
        story.hang_up(f"C{call}")
    (stopped,) = stops(story)
    assert (stopped.trial, stopped.flow, stopped.by) == (QUEUE, NEW_WAITING.name, "")
    assert stopped.reason == "100 % of 3 contacts gave up, 40 % are allowed"
    assert stopped.figures == TrialFigures(seen=3, abandoned=3)
    released = max(one.seq for one in story.journal if isinstance(one.event, events.ContactReleased))
    last = story.journal[-1]
    assert last.event == stopped
    assert last.cause_seq is not None
    assert last.cause_seq >= released
    assert story.state.contacts[stays].cursor.flow == NEW_WAITING.name
    later = story.arrive("L", "7009")
    assert story.state.contacts[later].cursor.flow == WAITING.name
    assert story.state.contacts[later].queue_trial is None
    story.hang_up("S")
    assert len(stops(story)) == 1


def test_the_guard_stops_a_trial_whose_steps_fail_and_counts_each_contact_once() -> None:
    story = Story(trial_site(pilot=pilot_trial(100, errors=50, least=2)))
    for call in range(2):
        contact = story.arrive(f"C{call}", "7009", None)
        story.join(contact)
        story.verb(contact, VerbResult.FAILED)
        story.later(3)
        assert story.state.contacts[contact].cursor.flow != NEW_WELCOME.name
        story.hang_up(f"C{call}")
    (stopped,) = stops(story)
    assert stopped.reason == "100 % of 2 contacts met an error, 50 % are allowed"
    assert stopped.figures == TrialFigures(seen=2, failed=2)


def test_a_flow_that_is_no_worse_than_the_other_goes_on() -> None:
    story = Story(trial_site(queue=queue_trial(20, abandoned=10, least=5, window=1000)))
    for call in range(100):
        story.arrive(f"C{call}", "7009", None)
        story.hang_up(f"C{call}")
    figures = figures_of(story.state.trials[QUEUE])
    assert figures.abandoned == figures.seen > 5
    assert figures.base_abandoned == figures.base_seen > figures.seen
    assert stops(story) == []


def test_a_flow_that_is_worse_than_the_other_is_stopped_with_both_figures() -> None:
    story = Story(trial_site(queue=queue_trial(20, abandoned=10, least=5, window=1000)))
    story.log_on(ANNA)
    for call in range(200):
        contact = story.arrive(f"C{call}", "7009", None)
        part = story.state.contacts[contact].queue_trial
        assert part is not None
        if not part.tried:
            story.answer(call + 1)
        story.hang_up(f"C{call}")
        story.later(10)
        if stops(story):
            break
    (stopped,) = stops(story)
    assert (stopped.figures.seen, stopped.figures.abandoned, stopped.figures.base_abandoned) == (5, 5, 0)
    others = stopped.figures.base_seen
    assert stopped.reason == f"100 % of 5 contacts gave up, 10 % are allowed; of {others} others 0 %"


def test_contacts_who_are_answered_went_well() -> None:
    story = Story(trial_site(queue=queue_trial(100, abandoned=1, least=1), pilot=pilot_trial(100)))
    story.log_on(ANNA)
    contact = story.arrive("C1", "7009", None)
    story.join(contact)
    story.verb(contact)
    story.answer(1)
    story.hang_up("C1")
    for name in (PILOT, QUEUE):
        assert figures_of(story.state.trials[name]) == TrialFigures(seen=1)
    assert stops(story) == []


def test_a_stopped_trial_stays_stopped_until_the_plan_says_something_else_of_it() -> None:
    trial = queue_trial(100, abandoned=1, least=1)
    story = Story(trial_site(queue=trial))
    story.arrive("C1", "7009")
    story.hang_up("C1")
    assert story.state.trials[QUEUE].ended is TrialEnd.STOPPED
    story.tell(commands.LoadPlan(plan=trial_site("u", queue=trial, agents={})))
    assert story.state.trials[QUEUE].ended is TrialEnd.STOPPED
    newer = replace(NEW_WAITING, version="m2")
    flows = {**trial_site().flows, newer.name: newer}
    story.tell(commands.LoadPlan(plan=trial_site("v", queue=trial, flows=flows)))
    anew = story.state.trials[QUEUE]
    assert (anew.ended, anew.tried_version, figures_of(anew)) == (None, "m2", TrialFigures())
    story.tell(commands.LoadPlan(plan=trial_site("w")))
    assert story.state.trials == {}


def test_a_contact_of_a_former_trial_does_not_count_in_the_next_one() -> None:
    story = Story(trial_site(queue=queue_trial(100, abandoned=1, least=1)))
    story.arrive("C1", "7009")
    story.tell(commands.LoadPlan(plan=trial_site("u", queue=queue_trial(50, abandoned=1, least=1))))
    story.hang_up("C1")
    assert figures_of(story.state.trials[QUEUE]) == TrialFigures()
    assert stops(story) == []


def test_only_the_newest_contacts_are_judged() -> None:
    story = Story(trial_site(queue=queue_trial(100, abandoned=60, least=4, window=4)))
    story.log_on(ANNA)
    offer = 0
    for call, gives_up in enumerate([False] * 6 + [True, True]):
        if gives_up and call == 6:
            story.not_ready(ANNA)
        story.arrive(f"C{call}", "7009")
        if not gives_up:
            offer += 1
            story.answer(offer)
        story.hang_up(f"C{call}")
        story.later(10)
    assert figures_of(story.state.trials[QUEUE]) == TrialFigures(seen=4, abandoned=2)
    story.arrive("C9", "7009")
    story.hang_up("C9")
    assert [each.figures for each in stops(story)] == [TrialFigures(seen=4, abandoned=3)]


def test_by_hand_a_trial_is_stopped_and_finished() -> None:
    story = Story(trial_site(queue=queue_trial(1e-9)))
    assert story.state.contacts[story.arrive("A", "7009")].cursor.flow == WAITING.name
    finish = commands.FinishTrial(trial=QUEUE, by="ops", why="it is better")
    assert story.refused(finish) is None
    assert story.state.contacts[story.arrive("B", "7009")].cursor.flow == NEW_WAITING.name
    assert story.refused(finish) is RefusalCode.NO_CHANGE
    assert story.refused(commands.StopTrial(trial=QUEUE, by="ops")) is None
    assert story.state.contacts[story.arrive("C", "7009")].cursor.flow == WAITING.name
    assert story.state.trials[QUEUE].reason == "by ops"
    assert story.refused(commands.StopTrial(trial=TrialName("nothing"), by="ops")) is RefusalCode.UNKNOWN_TRIAL
    assert story.refused(commands.FinishTrial(trial=TrialName("nothing"), by="ops")) is RefusalCode.UNKNOWN_TRIAL


def test_a_flow_on_trial_that_leaves_the_plan_goes_on_for_those_in_it_and_for_nobody_else() -> None:
    story = Story(trial_site(queue=queue_trial(100, abandoned=1, least=1)))
    stays = story.arrive("S", "7009")
    story.tell(commands.LoadPlan(plan=site("gone")))
    assert story.state.trials == {}
    story.later(12)
    cursor = story.state.contacts[stays].cursor
    assert (cursor.flow, cursor.flow_version) == (NEW_WAITING.name, "m1")
    assert story.state.contacts[story.arrive("N", "7009")].cursor.flow == WAITING.name
    assert story.refused(commands.StopTrial(trial=QUEUE, by="ops")) is RefusalCode.UNKNOWN_TRIAL
    story.hang_up("S")
    story.hang_up("N")
    assert stops(story) == []
    assert NEW_WAITING.name not in story.state.old_flows


def test_contacts_of_three_versions_count_for_the_trial_that_they_began_with() -> None:
    story = Story(trial_site("1", queue=queue_trial(100, abandoned=50, least=2)))
    for number, version in enumerate(("m1", "m2", "m3"), 1):
        newer = replace(NEW_WAITING, version=version)
        flows = {**trial_site().flows, newer.name: newer}
        trial = queue_trial(100, abandoned=50, least=2)
        story.tell(commands.LoadPlan(plan=trial_site(f"v{version}", queue=trial, flows=flows)))
        contact = story.arrive(f"C{number}", "7009")
        assert story.state.contacts[contact].cursor.flow_version == version
    for number in (1, 2, 3):
        story.hang_up(f"C{number}")
    assert figures_of(story.state.trials[QUEUE]) == TrialFigures(seen=1, abandoned=1)
    assert stops(story) == []


def test_an_undo_ends_the_trial_that_the_change_brought_and_brings_back_none_that_was_stopped() -> None:
    trial = queue_trial(100, abandoned=1, least=1)
    before, tried = trial_site("before"), trial_site("tried", queue=trial)
    story = Story(before)
    story.tell(commands.LoadPlan(plan=tried, kind=ChangeKind.APPLY))
    story.arrive("C1", "7009")
    story.arrive("C2", "7009")
    story.tell(commands.LoadPlan(plan=before, kind=ChangeKind.UNDO, back_to=1))
    assert story.state.trials == {}
    story.hang_up("C1")
    story.tell(commands.LoadPlan(plan=tried, kind=ChangeKind.UNDO, back_to=2))
    assert story.state.trials[QUEUE].ended is None
    story.hang_up("C2")
    assert figures_of(story.state.trials[QUEUE]) == TrialFigures(), (
        "who began before the undo is no part of the new one"
    )
    story.arrive("C3", "7009")
    story.hang_up("C3")
    assert len(stops(story)) == 1
    story.tell(commands.LoadPlan(plan=tried, kind=ChangeKind.APPLY))
    assert story.state.trials[QUEUE].ended is TrialEnd.STOPPED
    assert story.state.contacts[story.arrive("C4", "7009")].cursor.flow == WAITING.name


def test_a_restart_neither_forgets_what_was_seen_nor_counts_it_twice() -> None:
    story = Story(trial_site(queue=queue_trial(100, abandoned=50, least=3)))
    for call in ("A", "B"):
        story.arrive(call, "7009")
        story.hang_up(call)
    seen = figures_of(story.state.trials[QUEUE])
    assert seen == TrialFigures(seen=2, abandoned=2)
    folded = State()
    for row in story.journal:
        apply(folded, replace(row, event=decode_event(*encode_event(row.event))))
    story.engine = Engine(folded, address_of=story.addresses.get, identify=story.identify)
    assert figures_of(story.state.trials[QUEUE]) == seen
    story.arrive("C", "7009")
    story.hang_up("C")
    assert [one.figures.seen for one in stops(story)] == [3]


def test_one_contact_may_stop_the_pilots_trial_and_the_queues() -> None:
    story = Story(
        trial_site(queue=queue_trial(100, abandoned=1, least=1), pilot=pilot_trial(100, abandoned=1, least=1))
    )
    contact = story.arrive("C1", "7009", None)
    story.join(contact)
    story.verb(contact)
    assert story.state.contacts[contact].cursor.flow == NEW_WAITING.name
    story.hang_up("C1")
    assert {one.trial for one in stops(story)} == {PILOT, QUEUE}
    assert len(stops(story)) == 2
