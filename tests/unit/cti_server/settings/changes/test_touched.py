"""Whom a change touches now, in words and facts."""

from dataclasses import replace

import pytest

from cti_server.settings.changes.proposal import propose
from cti_server.settings.changes.touched import Touch, touched
from cti_server.vocabulary import commands
from cti_server.vocabulary.ids import CalendarName, DeviceNumber, GroupName, QueueName, SkillName
from cti_server.vocabulary.plan import CalendarPlan, PilotPlan, SitePlan
from cti_server.vocabulary.values import DoorState, Origin
from tests.scenarios.engine.story import ANNA, BEN, LINK, SALES, SERVICE, WAITING, WELCOME, Story, site
from tests.scenarios.engine.test_trials import QUEUE, queue_trial, trial_site


def touches(story: Story, **changes: object) -> list[Touch]:
    return touched(story.state, site("new", **changes), story.now)


def texts(story: Story, **changes: object) -> list[str]:
    return [one.text for one in touches(story, **changes)]


def test_nobody_is_touched_where_nobody_is() -> None:
    assert texts(Story(), queues={SALES: replace(site().queues[SALES], ring_time=30)}) == []


def test_those_who_wait_in_a_queue_that_changes_are_counted() -> None:
    story = Story()
    story.waiting_caller("C1")
    story.later(65)
    story.waiting_caller("C2")
    queues = {**site().queues, SALES: replace(site().queues[SALES], ring_time=30)}
    (text,) = texts(story, queues=queues)
    told = "2 contacts in queue sales, the longest for 1:05: the new rules hold for them at once; "
    assert text == f"{told}they go on hearing the flow that they hear"


def test_those_who_wait_in_a_queue_that_is_removed_are_a_warning() -> None:
    story = Story()
    story.waiting_caller("C1")
    (touch,) = touches(story, queues={SERVICE: site().queues[SERVICE]})
    assert touch.warning
    assert touch.facts == {"waiting": 1, "longest": 0.0, "removed": True}
    assert "served by its old rules until they are gone" in touch.text


def test_agents_at_work_who_are_removed_or_lose_groups_and_skills_are_named() -> None:
    def plan(**anna: object) -> SitePlan:
        agents = {**site().agents, ANNA: replace(site().agents[ANNA], **anna)}  # type: ignore[arg-type]
        return site("new", agents=agents)

    story = Story(plan(skills={SkillName("english"): 5, SkillName("billing"): 3}))
    after = plan(groups=(GroupName("service"),), skills={SkillName("english"): 4})
    assert touched(story.state, after, story.now) == []
    story.log_on(ANNA)
    story.waiting_caller("C1")
    story.answer(1)
    found = {one.kind: one for one in touched(story.state, after, story.now)}
    assert found["agent"].text == (
        "agent anna is logged on (contact 1: busy) and leaves group sales and loses skill billing and "
        "has skill english at level 4 only"
    )
    left = "nobody at work fits queue sales any more (until now: anna)"
    assert found["staff"].text == f"{left}; flows that lead there: direct, urgent, welcome"
    gone = {name: each for name, each in site().agents.items() if name != ANNA}
    dropped = [one for one in touched(story.state, site("x", agents=gone), story.now) if one.kind == "agent"]
    assert [one.text for one in dropped] == [
        "agent anna is removed while logged on (contact 1: busy): is logged off when free"
    ]


def test_skills_that_were_given_by_hand_are_not_lost_by_a_plan() -> None:
    story = Story()
    story.log_on(ANNA)
    story.tell(commands.ChangeAgentGroups(agent=ANNA, groups=(GroupName("sales"),), origin=Origin.CONSOLE))
    agents = {**site().agents, ANNA: replace(site().agents[ANNA], groups=())}
    assert texts(story, agents=agents) == []


def test_a_queue_that_loses_some_of_its_agents_says_who_stays() -> None:
    story = Story()
    story.log_on(ANNA, BEN)
    agents = {**site().agents, BEN: replace(site().agents[BEN], groups=())}
    assert texts(story, agents=agents) == [
        "queue sales loses ben; 1 agent at work fit it still",
        "agent ben is logged on and leaves group sales",
    ]


def test_a_queue_that_no_agent_of_the_plan_fits_is_told_even_where_nobody_works() -> None:
    story = Story()
    (touch,) = touches(story, queues={**site().queues, SALES: replace(site().queues[SALES], groups=())})
    assert touch.warning
    assert touch.text == "no agent of the plan fits queue sales; flows that lead there: direct, urgent, welcome"
    assert touch.facts["planned"] == 0


def test_contacts_in_a_flow_that_changes_keep_its_version() -> None:
    story = Story()
    story.waiting_caller("C1")
    flows = {**site().flows, WELCOME.name: replace(WELCOME, version="w2"), WAITING.name: replace(WAITING, version="q2")}
    assert texts(story, flows=flows) == [
        "flow waiting changes with 1 contact in it: they finish on version q1",
        "flow welcome changes with 1 contact in it: they finish on version w1",
    ]
    del flows[WELCOME.name]
    (removed,) = [one for one in touches(story, flows=flows) if one.name == "welcome"]
    assert removed.facts == {"contacts": 1, "version": "w1", "removed": True}


def test_pilots_that_come_and_go_are_told_with_their_calls_and_their_link() -> None:
    story = Story()
    story.arrive("C1", "7009")
    story.link_down()
    pilots = (*site().pilots[:1], PilotPlan(link=LINK, number=DeviceNumber("7005"), flow=WELCOME.name))
    assert [one.text for one in touches(story, pilots=pilots) if one.kind == "pilot"] == [
        "pilot 7001 is removed: new calls are left to the PBX; link pbx is DOWN",
        "pilot 7005 is added: it is monitored, and calls that wait there are taken; link pbx is DOWN",
        "pilot 7009 is removed: new calls are left to the PBX, 1 call that came there finish; link pbx is DOWN",
    ]


def test_a_queue_that_closes_with_the_change_is_told_unless_it_is_held_open_by_hand() -> None:
    story = Story()
    never = CalendarPlan(name=CalendarName("never"), zone="UTC", hours=())
    changes: dict[str, object] = {
        "calendars": {never.name: never},
        "queues": {**site().queues, SALES: replace(site().queues[SALES], calendar=never.name)},
    }
    assert texts(story, **changes) == ["queue sales closes with the change"]
    story.tell(commands.LoadPlan(plan=site("c", calendars={never.name: never})))
    opened = commands.SetCalendar(calendar=never.name, state=DoorState.OPEN, until=None, origin=Origin.CONSOLE)
    story.tell(opened)
    assert texts(story, **changes) == []


@pytest.mark.parametrize(("wanted", "what"), [(None, "ends"), (queue_trial(30), "begins anew")])
def test_a_trial_that_the_plan_wants_otherwise_is_told(wanted: object, what: str) -> None:
    story = Story(trial_site(queue=queue_trial(100)))
    story.arrive("C1", "7009")
    story.hang_up("C1")
    after = trial_site("u", queue=wanted)  # type: ignore[arg-type]
    (touch,) = (one for one in touched(story.state, after, story.now) if one.kind == "trial")
    assert touch.text == f"trial {QUEUE} of flow waiting-2 {what} after 1 contact"


def test_a_trial_that_stays_as_it_is_is_not_told() -> None:
    story = Story(trial_site(queue=queue_trial(100)))
    after = trial_site("u", queue=queue_trial(100), agents={})
    assert {one.kind for one in touched(story.state, after, story.now)} == {"staff"}


def test_a_proposal_stands_for_one_change_of_one_plan() -> None:
    story = Story()
    new = site("2", agents={ANNA: site().agents[ANNA]})
    shown = propose(story.state, new, story.now)
    assert (shown.same, shown.empty) == (False, False)
    assert shown.text().splitlines()[:2] == ["agent ben: removed", "agent cleo: removed"]
    assert shown.text().splitlines()[-1] == f"digest {shown.digest}"
    assert shown.digest == propose(story.state, new, story.now + 100).digest
    assert shown.digest != propose(story.state, site("3", agents={}), story.now).digest
    story.tell(commands.LoadPlan(plan=site("4", agents={})))
    assert shown.digest != propose(story.state, new, story.now).digest


def test_a_proposal_of_what_runs_is_empty() -> None:
    story = Story()
    shown = propose(story.state, site(), story.now)
    assert (shown.same, shown.empty, shown.text()) == (True, True, "nothing to change: what runs is what the files say")
    assert shown.facts()["changes"] == []
    assert QueueName("sales") in story.state.plan.queues
