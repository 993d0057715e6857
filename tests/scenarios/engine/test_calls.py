"""Stories of calls: greeted, queued, answered, given up, disconnected, and heard by nobody."""

from cti_server.flows.steps import MenuStep, PlayStep
from cti_server.vocabulary import actions, commands, effects
from cti_server.vocabulary.ids import ContactId, DeviceNumber, FlowName, LinkName, OfferId, PromptName, StepId, VerbId
from cti_server.vocabulary.plan import FlowPlan
from cti_server.vocabulary.refusals import RefusalCode
from cti_server.vocabulary.values import Origin, ReleasedBy, Utterance, VerbOutcome, VerbResult
from tests.scenarios.engine.story import (
    ANNA,
    BEN,
    START,
    WELCOME,
    Story,
    call_ref,
    say,
    session_ref,
    site,
)


def test_a_caller_chooses_waits_reaches_an_agent_and_is_wrapped_up() -> None:
    story = Story()
    contact = story.arrive("C1")
    assert story.effects == [effects.MoveToMedia(cause=4, contact=contact, call=call_ref("C1"))]
    story.later(1)
    story.join(contact)
    assert [actions.Play(utterances=say("welcome"), barge_in=True)] == story.actions()
    story.later(2)
    story.press(contact, "1")  # barge-in
    assert story.kinds() == ["AskDigit"]
    story.later(1)
    story.press(contact, "1")
    (told,) = story.actions()
    assert isinstance(told, actions.Play)
    assert told.utterances == (*say("position_before"), Utterance(number=1), *say("position_after"))
    story.later(3)
    story.verb(contact)
    assert story.kinds() == ["PlayMusic"]
    story.later(5)
    story.log_on(ANNA)
    assert story.effects == [
        effects.MoveToAgent(
            cause=16, contact=contact, call=call_ref("C1"), offer=OfferId(1), device=DeviceNumber("7101")
        )
    ]
    story.tell(commands.ReportCallReplaced(call=call_ref("C1"), by=call_ref("C2")))
    story.alert(1)
    assert story.refused(commands.ReportMediaLost(contact=contact, session=session_ref("s1"), reason="remote")) == (
        RefusalCode.TOO_LATE
    )
    story.later(4)
    story.answer(1)
    story.later(60)
    story.hang_up("C2", ReleasedBy.AGENT)
    story.later(20)
    assert story.transcript() == [
        "0 ContactOpened 1",
        "0 MediaRequested 1 greet",
        "1 MediaJoined 1",
        "1 StepEntered 1 greet 1-1",
        "3 VerbEnded 1 1-1 digits 1",
        "3 StepEntered 1 menu 1-2",
        "4 VerbEnded 1 1-2 digits 1",
        "4 ContactQueued 1 sales to-sales",
        "4 StepEntered 1 position 1-3 1",
        "7 VerbEnded 1 1-3 finished",
        "7 StepEntered 1 music 1-4 37",
        "12 AgentLoggedOn anna",
        "12 AgentBecameReady anna",
        "12 OfferMade 1 1 anna 24",
        "12 CallReplaced 1",
        "12 OfferAlerted 1 1 anna",
        "12 MediaLeft 1 moved to the agent",
        "16 OfferEnded 1 1 anna answered",
        "16 ContactAnswered 1 anna",
        "76 ContactReleased 1 answered",
        "76 WrapUpStarted 1 anna 84",
        "84 WrapUpEnded 1 anna",
        "84 ContactClosed 1",
    ]
    assert story.state.agents[ANNA].idle_since == START + 84
    assert story.state.contacts == {}
    assert story.state.calls == {}


def test_every_event_says_what_led_to_it() -> None:
    story = Story()
    first, second = story.arrive("C1"), story.arrive("C2")
    story.join(first)
    story.tell(
        commands.ReportMediaJoined(contact=second, session=session_ref("s2"), port=DeviceNumber("7202"), cause=6)
    )
    opened, requested = story.journal[2], story.journal[3]
    assert (opened.cause_seq, requested.cause_seq) == (None, opened.seq)
    joined, entered = story.journal[-2:]
    assert (joined.cause_seq, entered.cause_seq) == (6, joined.seq)


def test_a_wake_up_keeps_the_causes_of_two_contacts_apart() -> None:
    story = Story()
    for call in ("C1", "C2"):
        story.verb(story.waiting_caller(call))
    starts = {each.event.contact: each.seq for each in story.journal if getattr(each.event, "step", "") == "music"}  # type: ignore[attr-defined]  # every event with a step has a contact
    story.later(30)
    for recorded in story.journal[-2:]:
        assert recorded.cause_seq == starts[recorded.event.contact]  # type: ignore[attr-defined]  # StepEntered


def test_a_caller_who_gives_up_in_the_queue_is_abandoned() -> None:
    story = Story()
    contact = story.waiting_caller("C1")
    story.verb(contact)
    story.later(20)
    story.transcript()
    story.hang_up("C1")
    assert story.transcript() == ["20 ContactReleased 1 abandoned", "20 ContactClosed 1"]
    counters = story.state.lines[site().queues["sales"].name].counters  # type: ignore[index]  # a queue's name
    assert (counters.received, counters.abandoned, counters.answered) == (1, 1, 0)


def test_a_caller_who_gives_up_in_the_flow_is_no_queue_s_loss() -> None:
    story = Story()
    contact = story.arrive("C1")
    story.join(contact)
    # The media service sees the end of the call first: the flow must not go on into a queue.
    story.verb(contact, VerbResult.STOPPED)
    story.hang_up("C1")
    assert story.transcript()[-2:] == ["0 ContactReleased 1 abandoned-in-flow", "0 ContactClosed 1"]
    assert story.state.lines == {}


def test_a_verb_stopped_by_nobody_we_know_is_tried_again() -> None:
    story = Story()
    contact = story.arrive("C1")
    story.join(contact)
    story.verb(contact, VerbResult.STOPPED)
    assert story.effects == []
    story.later(2)
    assert story.transcript()[-1] == "2 StepEntered 1 greet 1-2"
    assert story.kinds() == ["Play"]


def test_a_prompt_that_fails_is_passed_by_without_spinning() -> None:
    menu = MenuStep(id=StepId("menu"), utterances=say("menu"), choices={}, otherwise=StepId("menu"))
    flow = FlowPlan(name=FlowName("welcome"), version="loop", steps=(menu,))
    story = Story(site(flows={WELCOME.name: flow}))
    contact = story.arrive("C1")
    story.join(contact)
    for _ in range(3):
        story.verb(contact, VerbResult.FAILED)
        assert story.effects == []
        story.later(2)
    assert story.transcript()[-3:] == [
        "4 VerbEnded 1 1-3 failed",
        "6 TreatmentFailed 1 menu the media service did not succeed",
        "6 StepEntered 1 menu 1-4",
    ]


def test_menu_repeats_on_wrong_digit_and_silence_then_goes_otherwise() -> None:
    story = Story()
    contact = story.arrive("C1")
    story.join(contact)
    story.verb(contact)
    story.press(contact, "5")
    assert story.state.contacts[contact].cursor.attempt == 2
    story.verb(contact, VerbResult.TIMEOUT)
    assert story.state.contacts[contact].queue == "service"


def test_disconnect_step_says_good_bye_and_releases() -> None:
    story = Story()
    contact = story.arrive("C1")
    story.join(contact)
    story.verb(contact)
    story.press(contact, "9")
    assert story.kinds() == ["Play"]
    story.verb(contact)
    assert story.kinds() == ["ReleaseCall"]
    story.hang_up("C1", ReleasedBy.SYSTEM)
    assert story.transcript()[-2:] == ["0 ContactReleased 1 disconnected", "0 ContactClosed 1"]


def test_without_a_media_port_the_flow_goes_on_in_silence_and_asks_once_per_music_step() -> None:
    story = Story()
    contact = story.arrive("C1")
    story.no_media(contact)
    assert story.transcript() == [
        "0 ContactOpened 1",
        "0 MediaRequested 1 greet",
        "0 MediaRefused 1 no port is free",
        "0 ContactQueued 1 service to-service",
        "0 MediaRequested 1 position",
    ]
    story.no_media(contact)
    story.later(30)
    story.no_media(contact)
    assert story.transcript() == [
        "0 MediaRefused 1 no port is free",
        "0 StepEntered 1 music 30",
        "30 MediaRequested 1 position",
        "30 MediaRefused 1 no port is free",
        "30 StepEntered 1 music 60",
    ]
    story.join(contact)  # late, and welcome
    assert story.kinds() == ["PlayMusic"]


def test_a_silent_circle_stands_still_for_a_moment() -> None:
    steps = (
        PlayStep(id=StepId("a"), utterances=say("a"), next=StepId("b")),
        PlayStep(id=StepId("b"), utterances=say("b"), next=StepId("a")),
    )
    story = Story(site(flows={WELCOME.name: FlowPlan(name=WELCOME.name, version="circle", steps=steps)}))
    contact = story.arrive("C1")
    story.no_media(contact)
    assert story.transcript()[-1] == "0 StepEntered 1 a 5"
    story.later(5)
    assert story.transcript() == ["5 MediaRequested 1 a"]


def test_a_lost_session_is_replaced_and_the_step_begins_anew() -> None:
    story = Story()
    contact = story.waiting_caller("C1")
    story.verb(contact)
    story.transcript()
    story.later(10)
    story.lose(contact)
    assert story.kinds() == ["MoveToMedia"]
    story.later(1)
    story.join(contact, "other")
    assert story.transcript() == [
        "10 MediaLeft 1 remote",
        "10 MediaRequested 1 music",
        "11 MediaJoined 1",
        "11 StepEntered 1 music 1-5 41",
    ]


def test_queue_flow_repeats_position_and_music_and_the_position_is_that_of_the_moment() -> None:
    story = Story()
    first, second = story.waiting_caller("C1"), story.waiting_caller("C2")
    assert story.state.contacts[second].cursor.position == 2
    story.verb(second)
    story.hang_up("C1")
    story.later(30)
    assert first not in story.state.contacts
    assert story.state.contacts[second].cursor.position == 1


def test_an_order_by_priority_then_entry_into_the_centre() -> None:
    story = Story()
    early = story.arrive("C1")  # still in the menu when the other two are queued
    story.later(1)
    late = story.arrive("C2", "7009")
    story.later(1)
    urgent = story.arrive("C3", "7001")
    story.join(early)
    story.verb(early)
    story.press(early, "1")
    served = []
    story.log_on(BEN)
    for offer in (1, 2, 3):
        served.append(story.state.offers[OfferId(offer)].contact)
        story.answer(offer)
        story.hang_up(f"C{served[-1]}")
        story.ready(BEN)
    assert served == [urgent, early, late]


def test_reports_about_nothing_that_is_known_are_refused() -> None:
    story = Story()
    contact = story.arrive("C1")
    call, ghost, nobody = call_ref("C1"), call_ref("C9"), ContactId(9)
    session, port, done = session_ref("s9"), DeviceNumber("7201"), VerbOutcome(VerbResult.FINISHED)
    refusals = [
        story.refused(commands.ReportCallArrived(call=call, pilot=DeviceNumber("7000"), party=None)),
        story.refused(commands.ReportCallArrived(call=ghost, pilot=DeviceNumber("1"), party=None)),
        story.refused(commands.ReportCallEnded(call=ghost, released_by=ReleasedBy.CUSTOMER)),
        story.refused(commands.ReportCallReplaced(call=ghost, by=call)),
        story.refused(commands.ReportCallReplaced(call=call, by=call)),
        story.refused(commands.ReportMediaJoined(contact=nobody, session=session, port=port)),
        story.refused(commands.ReportMediaRefused(contact=nobody, reason="")),
        story.refused(commands.ReportMediaLost(contact=nobody, session=session, reason="")),
        story.refused(commands.ReportMediaLost(contact=contact, session=session, reason="")),
        story.refused(commands.ReportVerbEnded(contact=nobody, verb=VerbId("9-1"), outcome=done)),
        story.refused(commands.ReportVerbEnded(contact=contact, verb=VerbId("1-9"), outcome=done)),
        story.refused(commands.ReportLinkDown(link=LinkName("other"), reason="")),
    ]
    assert refusals == [
        RefusalCode.ALREADY_KNOWN,
        RefusalCode.UNKNOWN_PILOT,
        RefusalCode.UNKNOWN_CALL,
        RefusalCode.UNKNOWN_CALL,
        RefusalCode.ALREADY_KNOWN,
        RefusalCode.UNKNOWN_CONTACT,
        RefusalCode.UNKNOWN_CONTACT,
        RefusalCode.UNKNOWN_CONTACT,
        RefusalCode.TOO_LATE,
        RefusalCode.UNKNOWN_CONTACT,
        RefusalCode.TOO_LATE,
        RefusalCode.NO_CHANGE,
    ]


def test_an_older_refusal_of_media_does_not_count_against_a_newer_request() -> None:
    story = Story()
    contact = story.arrive("C1", "7009")
    story.log_on(BEN)
    story.not_ready(BEN)  # the offer is given back, media is asked for again
    assert story.kinds()[-1] == "MoveToMedia"
    stale = commands.ReportMediaRefused(contact=contact, reason="moved to an agent", cause=5)
    assert story.refused(stale) is RefusalCode.TOO_LATE
    story.join(contact)
    assert story.state.contacts[contact].cursor.verb is not None


def test_a_wake_up_with_nothing_due_does_nothing() -> None:
    story = Story()
    story.verb(story.waiting_caller("C1"))
    outcome = story.tell(commands.WakeUp())
    assert (outcome.events, outcome.effects, outcome.refusal) == ((), (), None)
    assert story.engine.next_deadline == START + 30


def test_a_flow_that_runs_out_releases_the_call() -> None:
    flow = FlowPlan(name=WELCOME.name, version="x", steps=(PlayStep(id=StepId("a"), utterances=say("a")),))
    story = Story(site(flows={WELCOME.name: flow}))
    contact = story.arrive("C1")
    story.join(contact)
    story.verb(contact)
    assert story.kinds() == ["ReleaseCall"]
    story.later(100)
    story.hang_up("C1", ReleasedBy.SYSTEM)
    assert story.transcript()[-2:] == ["100 ContactReleased 1 disconnected", "100 ContactClosed 1"]


def test_music_of_the_queue_flow_is_that_of_the_plan() -> None:
    story = Story()
    story.verb(story.waiting_caller("C1"))
    music = story.effects[0]
    assert isinstance(music, effects.Treat)
    assert music.action == actions.PlayMusic(music=PromptName("hold_music"))
    assert (music.verb, music.contact, music.session) == ("1-4", 1, session_ref("s1"))


def test_console_log_on_is_shown_to_the_pbx_and_the_phone_s_own_is_not() -> None:
    story = Story()
    story.tell(commands.LogAgentOn(agent=ANNA, device=DeviceNumber("7101"), origin=Origin.CONSOLE))
    assert story.kinds() == ["ShowAgentStatus"]
    story.ready(ANNA, Origin.PHONE)
    assert story.kinds() == []
