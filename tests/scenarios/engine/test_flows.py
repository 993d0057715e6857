"""Stories of flows: decisions, data, look-ups, flows that run flows, time-outs, and what they leave in the journal."""

from dataclasses import replace

import pytest

from cti_server.flows.steps import (
    DatabaseStep,
    DecideStep,
    DisconnectStep,
    MusicStep,
    PlayStep,
    QueueStep,
    RecordStep,
    RequeueStep,
    RunStep,
    ScheduleStep,
    SetStep,
    WaitStep,
    WaitTimeStep,
)
from cti_server.flows.steps.deciding.decide import Case
from cti_server.flows.steps.pattern import DatumName, Expression
from cti_server.vocabulary import commands, effects, events
from cti_server.vocabulary.ids import CalendarName, ContactId, FlowName, PromptName, RequestId, StepId
from cti_server.vocabulary.outside import DatabaseLookUp, RequestOutcome, RequestResult, SendMail
from cti_server.vocabulary.plan import CalendarPlan, FlowPlan, QueueLimits, SitePlan, Step
from cti_server.vocabulary.refusals import RefusalCode
from cti_server.vocabulary.values import (
    ContactStage,
    Disposition,
    DoorState,
    Origin,
    Value,
    VerbOutcome,
    VerbResult,
)
from tests.scenarios.engine.story import ANNA, SALES, SERVICE, START, WAITING, WELCOME, Story, call_ref, say, site

DOOR = CalendarName("door")


def name(text: str) -> StepId:
    return StepId(text)


TO_SALES = QueueStep(id=name("sales"), queue=SALES)
TO_SERVICE = QueueStep(id=name("service"), queue=SERVICE)
MUSIC = MusicStep(id=name("music"), music=PromptName("hold_music"), seconds=30.0)
BYE = DisconnectStep(id=name("bye"))


def plan(
    *steps: Step,
    waiting: tuple[Step, ...] = (MUSIC,),
    parts: dict[str, tuple[Step, ...]] | None = None,
    version: str = "1",
    calendars: tuple[CalendarPlan, ...] = (),
    **queue: object,
) -> SitePlan:
    """A site whose callers go through ``steps``; ``queue`` changes the queue of sales."""
    flows = [
        FlowPlan(name=WELCOME.name, version=f"w{version}", steps=steps),
        FlowPlan(name=WAITING.name, version=f"q{version}", steps=waiting),
        *(FlowPlan(name=FlowName(part), version=f"p{version}", steps=own) for part, own in (parts or {}).items()),
    ]
    queues = {**site().queues}
    queues[SALES] = replace(queues[SALES], **queue)  # type: ignore[arg-type]  # a test's own changes
    return site(
        version,
        flows={flow.name: flow for flow in flows},
        queues=queues,
        pilots=site().pilots[:1],
        calendars={each.name: each for each in calendars},
    )


def decide(step: str, *cases: tuple[str, str], otherwise: str | None = None) -> DecideStep:
    found = tuple(Case(when=Expression(when), next=name(then)) for when, then in cases)
    return DecideStep(id=name(step), cases=found, otherwise=name(otherwise) if otherwise else None)


def put(step: str, next_step: str | None = None, **values: str) -> SetStep:
    return SetStep(
        id=name(step),
        values={DatumName(key): Expression(value) for key, value in values.items()},
        next=name(next_step) if next_step else None,
    )


def path(story: Story) -> list[str]:
    """The steps that were passed or entered, in their order."""
    return [
        each.event.step for each in story.journal if isinstance(each.event, (events.StepPassed, events.StepEntered))
    ]


# --- deciding ------------------------------------------------------------------------------


def test_a_flow_decides_by_what_it_has_set_and_by_the_queues_figures() -> None:
    story = Story(
        plan(
            put("vip", status="'gold'"),
            decide("who", ("status == 'gold' and queues.service.staffed == 0", "sales"), otherwise="service"),
            TO_SERVICE,
            TO_SALES,
        )
    )
    contact = story.arrive("C1")
    assert path(story) == ["vip", "who"]
    assert story.state.contacts[contact].queue == SALES
    assert story.state.contacts[contact].data == {"status": "gold"}
    story.log_on(ANNA)
    story.transcript()
    other = story.arrive("C2")
    assert story.state.contacts[other].queue == SERVICE


def test_a_schedule_goes_by_its_hours_and_by_hand() -> None:
    always = CalendarPlan(name=DOOR, zone="UTC", hours=())
    schedule = ScheduleStep(id=name("open?"), calendar=DOOR, open=TO_SALES.id, closed=name("bye"))
    story = Story(plan(schedule, BYE, TO_SALES, calendars=(always,)))
    first = story.arrive("C1")
    assert story.kinds() == ["ReleaseCall"]
    assert story.state.contacts[first].data == {"closed_because": "outside hours"}

    def wish(state: DoorState, until: float | None = None) -> commands.SetCalendar:
        return commands.SetCalendar(calendar=DOOR, state=state, until=until, origin=Origin.CONSOLE)

    story.tell(wish(DoorState.OPEN, START + 60))
    assert story.state.contacts[story.arrive("C2")].queue == SALES
    story.later(60)
    assert story.state.contacts[story.arrive("C3")].leaving
    assert story.refused(wish(DoorState.OPEN, story.now)) is RefusalCode.TOO_LATE
    story.tell(wish(DoorState.AUTOMATIC))
    assert story.refused(wish(DoorState.AUTOMATIC)) is RefusalCode.NO_CHANGE
    unknown = replace(wish(DoorState.OPEN), calendar=CalendarName("elsewhere"))
    assert story.refused(unknown) is RefusalCode.UNKNOWN_CALENDAR


def test_a_circle_of_decisions_stands_still_and_does_not_spin() -> None:
    story = Story(plan(put("a", "b", n="1"), put("b", "a", n="2")))
    contact = story.arrive("C1")
    assert story.state.contacts[contact].cursor.stalled
    before = story.state.seq
    story.later(20)
    assert 0 < story.state.seq - before <= 20  # four times round, at five seconds each


def test_data_have_limits() -> None:
    values = {f"v{number}": "'x'" for number in range(250)}
    story = Story(plan(put("many", **values), put("long", v0="'y' + long"), TO_SALES))
    data: dict[str, Value] = {"long": "z" * 5_000}
    story.tell(
        commands.ReportCallArrived(call=call_ref("C1"), pilot=story.state.plan.pilots[0].number, party=None, data=data)
    )
    kept = story.state.contacts[ContactId(1)].data
    assert len(kept) == 200
    assert kept["long"] == "z" * 4_096
    assert kept["v0"] is None  # longer than a text may be


# --- flows that run flows ----------------------------------------------------------------


def test_a_part_comes_back_behind_the_step_that_ran_it() -> None:
    run = RunStep(id=name("run"), flow=FlowName("part"))
    again = RunStep(id=name("again"), flow=FlowName("part"))
    story = Story(plan(run, again, TO_SALES, parts={"part": (put("one", n="1"), put("two", n="2"))}))
    contact = story.arrive("C1")
    assert path(story) == ["one", "two", "one", "two"]
    assert story.state.contacts[contact].queue == SALES
    assert story.state.contacts[contact].cursor.stack == ()


def test_flows_that_run_one_another_without_end_are_cut_off() -> None:
    run = RunStep(id=name("run"), flow=FlowName("part"))
    story = Story(plan(run, TO_SALES, parts={"part": (replace(run, id=name("deeper")),)}))
    contact = story.arrive("C1")
    assert story.state.contacts[contact].queue == SALES
    assert sum(isinstance(each.event, events.FlowCalled) for each in story.journal) == 10


def test_a_contact_finishes_on_the_versions_that_it_began_with() -> None:
    run = RunStep(id=name("run"), flow=FlowName("part"))
    ask = PlayStep(id=name("hello"), utterances=say("welcome"))
    old = plan(run, put("after", version="'old'"), TO_SALES, parts={"part": (ask, put("in", part="'old'"))})
    story = Story(old)
    contact = story.arrive("C1")
    story.join(contact)
    new = plan(put("x", version="'new'"), TO_SERVICE, parts={"part": (put("in", part="'new'"),)}, version="2")
    story.tell(commands.LoadPlan(plan=new))
    assert set(story.state.old_flows) == {WELCOME.name, FlowName("part")}
    story.verb(contact)
    assert story.state.contacts[contact].data == {"part": "old", "version": "old"}
    assert story.state.contacts[contact].queue == SALES
    assert story.state.contacts[story.arrive("C2")].data == {"version": "new"}
    story.hang_up("C1")
    assert story.state.old_flows == {}


def test_a_part_that_the_new_plan_does_not_know_is_there_for_those_who_come_to_it() -> None:
    ask = PlayStep(id=name("hello"), utterances=say("welcome"))
    run = RunStep(id=name("run"), flow=FlowName("part"))
    story = Story(plan(ask, run, TO_SALES, parts={"part": (put("in", part="'old'"),)}))
    contact = story.arrive("C1")
    story.join(contact)
    story.tell(commands.LoadPlan(plan=plan(TO_SERVICE, version="2")))
    story.verb(contact)
    assert story.state.contacts[contact].data == {"part": "old"}
    assert story.state.contacts[contact].queue == SALES


# --- asking the outside --------------------------------------------------------------------

LOOK_UP = DatabaseStep(
    id=name("look"),
    query="customer",
    parameters={"number": Expression("source")},
    into={DatumName("level"): "level"},
    on_failure=name("service"),
)


def answer(story: Story, request: str, result: RequestResult = RequestResult.DONE, **values: Value) -> object:
    outcome = RequestOutcome(result=result, values=values)
    return story.tell(
        commands.ReportRequestEnded(contact=ContactId(1), request=RequestId(request), outcome=outcome)
    ).refusal


def test_a_look_up_is_asked_once_and_its_answer_kept() -> None:
    story = Story(plan(LOOK_UP, TO_SALES, TO_SERVICE))
    contact = story.arrive("C1")
    (asked,) = story.effects
    assert isinstance(asked, effects.AskOutside)
    assert (asked.request, asked.timeout) == ("1-r1", 3.0)
    assert asked.outside == DatabaseLookUp(query="customer", parameters={"number": None})
    assert answer(story, "1-r2", level=1) is not None
    assert answer(story, "1-r1", level=7) is None
    assert story.state.contacts[contact].data == {"level": 7}
    assert story.state.contacts[contact].queue == SALES
    assert answer(story, "1-r1", level=8) is not None


def test_an_answer_that_does_not_come_in_time_is_not_waited_for() -> None:
    story = Story(plan(LOOK_UP, TO_SALES, TO_SERVICE))
    contact = story.arrive("C1")
    story.later(3)
    assert story.state.contacts[contact].queue == SERVICE
    late = commands.ReportRequestEnded(
        contact=contact, request=RequestId("1-r1"), outcome=RequestOutcome(result=RequestResult.DONE)
    )
    assert story.refused(late) is RefusalCode.TOO_LATE
    assert story.refused(replace(late, contact=ContactId(9))) is RefusalCode.UNKNOWN_CONTACT


def test_an_answer_that_comes_while_an_agent_rings_is_taken_up_afterwards_and_nothing_is_asked_twice() -> None:
    look = replace(LOOK_UP, on_failure=None)
    story = Story(plan(TO_SALES, waiting=(look, put("done", seen="level"), MUSIC)))
    contact = story.arrive("C1")
    story.log_on(ANNA)
    assert story.state.contacts[contact].stage is ContactStage.OFFERED
    assert answer(story, "1-r1", level=7) is None
    assert story.state.contacts[contact].data == {}
    story.not_ready(ANNA)
    assert story.state.contacts[contact].data == {"level": 7, "seen": 7}
    assert story.state.contacts[contact].requests == 1


def test_what_is_still_asked_when_a_link_comes_back_is_asked_again_by_the_same_name() -> None:
    story = Story(plan(LOOK_UP, TO_SALES, TO_SERVICE))
    story.arrive("C1")
    story.link_down()
    story.link_up()
    story.survey(C1=[("7000", "queued")])
    (asked,) = story.effects
    assert isinstance(asked, effects.AskOutside)
    assert asked.request == "1-r1"


def test_a_message_is_recorded_and_mailed_and_the_contact_counts_as_served() -> None:
    record = RecordStep(id=name("record"), utterances=say("beep"), mail_to=("box@example.org",))
    story = Story(plan(record, DisconnectStep(id=name("bye"), served=True)))
    contact = story.arrive("C1")
    story.join(contact)
    verb = story.state.contacts[contact].cursor.verb
    assert verb is not None
    outcome = VerbOutcome(VerbResult.RECORDED, file="message-1.wav", seconds=4.2)
    story.tell(commands.ReportVerbEnded(contact=contact, verb=verb, outcome=outcome))
    (asked,) = story.effects
    assert isinstance(asked, effects.AskOutside)
    assert isinstance(asked.outside, SendMail)
    assert (asked.outside.file, asked.outside.service) == ("message-1.wav", "media-1")
    story.lose(contact)  # the caller has nothing to hear meanwhile: no reason to begin anew
    assert answer(story, "1-r1") is None
    assert story.kinds() == ["ReleaseCall"]
    story.hang_up("C1")
    released = next(each.event for each in story.journal if isinstance(each.event, events.ContactReleased))
    assert released.disposition is Disposition.SERVED_BY_FLOW


# --- queues -------------------------------------------------------------------------------


def test_a_queue_that_is_full_leads_by_its_exit_and_without_one_to_the_end() -> None:
    full = replace(TO_SALES, full=TO_SERVICE.id)
    story = Story(plan(full, TO_SERVICE, limits=QueueLimits(waiting=1)))
    assert story.state.contacts[story.arrive("C1")].queue == SALES
    assert story.state.contacts[story.arrive("C2")].queue == SERVICE
    ended = Story(plan(TO_SALES, limits=QueueLimits(staffed=True)))
    contact = ended.arrive("C1")
    assert ended.kinds() == ["ReleaseCall"]
    ended.hang_up("C1")
    assert "ContactReleased 1 blocked" in ended.transcript()[-2]
    assert contact not in ended.state.contacts


@pytest.mark.parametrize("way_out", [True, False])
def test_after_the_longest_wait_the_routing_flow_goes_on(way_out: bool) -> None:
    step = replace(TO_SALES, timed_out=TO_SERVICE.id) if way_out else TO_SALES
    story = Story(plan(step, TO_SERVICE, limits=QueueLimits(longest=40.0)))
    contact = story.arrive("C1")
    story.no_media(contact)
    story.later(50)
    story.no_media(contact) if way_out else None
    found = story.state.contacts[contact]
    assert story.state.lines[SALES].counters.timed_out == 1
    if way_out:
        assert (found.queue, found.entered) == (SERVICE, START)
    else:
        assert found.leaving
        story.hang_up("C1")
        assert "ContactReleased 1 timed-out" in story.transcript()[-2]


def test_two_queues_that_send_a_contact_to_and_fro_do_not_spin() -> None:
    to_service = RequeueStep(id=name("on"), queue=SERVICE)
    back = RequeueStep(id=name("back"), queue=SALES)
    queues = {
        SALES: replace(site().queues[SALES], flow=FlowName("a")),
        SERVICE: replace(site().queues[SERVICE], flow=FlowName("b")),
    }
    made = plan(TO_SALES, parts={"a": (to_service,), "b": (back,)})
    story = Story(replace(made, queues=queues))
    contact = story.arrive("C1")
    found = story.state.contacts[contact]
    assert found.cursor.stalled
    before = story.state.seq
    story.later(20)
    assert story.state.seq - before < 200
    story.log_on(ANNA)
    assert story.state.contacts[contact].stage is ContactStage.OFFERED
    assert story.state.contacts[contact].entered == START


def test_a_contact_that_is_requeued_keeps_its_time_of_entry() -> None:
    waiting = (WaitStep(id=name("wait"), seconds=10), RequeueStep(id=name("on"), queue=SERVICE), MUSIC)
    story = Story(plan(TO_SALES, waiting=waiting))
    first = story.arrive("C1")
    story.later(11)
    found = story.state.contacts[first]
    assert (found.queue, found.entered, found.queued_at) == (SERVICE, START, START + 10)
    assert story.state.lines[SALES].counters.requeued == 1


def test_callers_are_told_a_wait_that_does_not_rise_without_a_cause() -> None:
    told = (WaitTimeStep(id=name("told"), between=say("to")), WaitStep(id=name("wait"), seconds=20))
    story = Story(plan(TO_SALES, waiting=told, wrap_up=0))
    story.log_on(ANNA)
    for number in range(1, 8):
        story.arrive(f"C{number}")
        story.answer(number)
        story.later(60)
        story.hang_up(f"C{number}")
    story.arrive("C8")
    story.answer(8)
    waiting = story.arrive("C9")
    story.join(waiting)
    first = [each.event for each in story.journal if isinstance(each.event, events.EstimateTold)]
    assert [(each.contact, each.queue, each.position) for each in first] == [(waiting, SALES, 1)]
    assert 0 < first[0].low <= first[0].likely <= first[0].high
    story.verb(waiting)
    story.later(20)
    second = [each.event for each in story.journal if isinstance(each.event, events.EstimateTold)][1]
    assert second.high <= first[0].high - 20 + 1e-6
    assert story.state.told[waiting][0].high == first[0].high
    story.hang_up("C9")
    assert story.state.told == {}


def test_what_a_queue_knows_of_waiting_is_folded() -> None:
    story = Story(plan(TO_SALES))
    story.log_on(ANNA)
    story.arrive("C1")
    story.later(5)
    story.answer(1)
    story.later(50)
    story.hang_up("C1")
    story.later(10)
    model = story.state.waits[SALES]
    assert (model.waiting, model.handled_count, model.last_wait) == (0, 1, 5)
    assert model.handle_mean == 63  # ring, talk and wrap-up
    story.arrive("C2")
    assert story.state.waits[SALES].waiting == 1
