"""Stories of contacts that flows send elsewhere: numbers outside, callbacks; and of contacts without calls."""

from dataclasses import replace

import pytest

from cti_server.flows.steps import CallbackStep, DisconnectStep, PlayStep, TransferStep
from cti_server.flows.steps.pattern import Template
from cti_server.vocabulary import commands, effects, events
from cti_server.vocabulary.ids import ContactId, RuleName, StepId
from cti_server.vocabulary.plan import HandlingRule, SitePlan, Step
from cti_server.vocabulary.refusals import RefusalCode
from cti_server.vocabulary.values import Channel, ContactStage, Disposition, ReleasedBy
from tests.scenarios.engine.story import ANNA, BEN, SALES, START, Story, say
from tests.scenarios.engine.test_flows import MUSIC, TO_SALES, TO_SERVICE, plan, put

OUT = TransferStep(id=StepId("out"), number=Template("0891234"), ring_time=20, on_failure=StepId("service"))


def report(story: Story, contact: ContactId, *, reached: bool) -> RefusalCode | None:
    return story.refused(commands.ReportForwarded(contact=contact, reached=reached, reason="busy"))


def released(story: Story) -> list[Disposition]:
    return [each.event.disposition for each in story.journal if isinstance(each.event, events.ContactReleased)]


# --- numbers outside ---------------------------------------------------------------------


def test_a_call_that_reaches_its_number_is_transferred_and_over() -> None:
    story = Story(plan(OUT, TO_SERVICE))
    contact = story.arrive("C1")
    (asked,) = story.effects
    assert isinstance(asked, effects.ForwardCall)
    assert asked.number == "0891234"
    assert story.state.contacts[contact].stage is ContactStage.FORWARDED
    assert report(story, contact, reached=True) is None
    assert released(story) == [Disposition.TRANSFERRED]
    assert report(story, contact, reached=True) is RefusalCode.UNKNOWN_CONTACT


@pytest.mark.parametrize("told", [True, False])
def test_a_number_that_is_not_reached_leads_on(told: bool) -> None:
    story = Story(plan(OUT, TO_SERVICE))
    contact = story.arrive("C1")
    if told:
        report(story, contact, reached=False)
    else:
        story.later(20)
    assert story.state.contacts[contact].queue == "service"
    assert report(story, contact, reached=True) is RefusalCode.TOO_LATE


def test_who_hangs_up_while_the_number_outside_rings_has_given_up_in_the_flow() -> None:
    story = Story(plan(OUT, TO_SERVICE))
    story.arrive("C1")
    story.hang_up("C1")
    assert released(story) == [Disposition.ABANDONED_IN_FLOW]


def test_a_media_port_that_comes_late_does_not_forward_a_second_time() -> None:
    story = Story(plan(OUT, TO_SERVICE))
    contact = story.arrive("C1")
    story.join(contact)
    assert story.effects == []
    assert story.state.contacts[contact].stage is ContactStage.FORWARDED
    story.later(20)
    assert story.state.contacts[contact].queue == "service"


def test_nothing_is_forwarded_over_a_link_that_is_down() -> None:
    play = PlayStep(id=StepId("play"), utterances=say("welcome"))
    story = Story(plan(play, OUT, TO_SERVICE))
    contact = story.arrive("C1")
    story.join(contact)
    story.link_down()
    story.verb(contact)
    assert story.state.contacts[contact].queue == "service"


def test_a_queued_contact_keeps_its_place_until_the_number_outside_is_reached() -> None:
    story = Story(plan(TO_SALES, waiting=(replace(OUT, on_failure=MUSIC.id), MUSIC)))
    first, second = story.arrive("C1"), story.arrive("C2")
    assert [place[2] for place in story.state.lines[SALES].places] == [first, second]
    report(story, second, reached=False)
    story.no_media(second)
    story.log_on(BEN)  # the second is offered: the first is on its way out
    assert story.state.contacts[first].stage is ContactStage.FORWARDED
    assert story.state.contacts[second].stage is ContactStage.OFFERED


def test_a_forward_out_of_a_queue_that_fails_comes_back_and_finds_a_free_agent() -> None:
    story = Story(plan(TO_SALES, waiting=(replace(OUT, on_failure=MUSIC.id), MUSIC)))
    contact = story.arrive("C1")
    assert story.state.contacts[contact].stage is ContactStage.FORWARDED
    story.log_on(BEN)
    assert story.state.contacts[contact].stage is ContactStage.FORWARDED
    report(story, contact, reached=False)
    assert story.state.contacts[contact].stage is ContactStage.OFFERED
    assert story.state.contacts[contact].queued_at == START


def test_a_forward_out_of_a_queue_that_succeeds_counts_as_transferred() -> None:
    story = Story(plan(TO_SALES, waiting=(OUT, MUSIC)))
    contact = story.arrive("C1")
    report(story, contact, reached=True)
    counters = story.state.lines[SALES].counters
    assert (counters.received, counters.transferred, released(story)) == (1, 1, [Disposition.TRANSFERRED])


def test_a_number_that_refuses_at_once_is_not_tried_without_end() -> None:
    story = Story(plan(TO_SALES, waiting=(OUT,)))
    contact = story.arrive("C1")
    for _ in range(20):
        if story.state.contacts[contact].stage is ContactStage.FORWARDED:
            report(story, contact, reached=False)
    assert sum(isinstance(each.event, events.ForwardRequested) for each in story.journal) == 1
    story.later(5)
    assert sum(isinstance(each.event, events.ForwardRequested) for each in story.journal) == 2


# --- callbacks ------------------------------------------------------------------------------


def test_a_callback_keeps_the_place_of_the_caller_who_then_leaves() -> None:
    wish = CallbackStep(id=StepId("wish"))
    story = Story(plan(TO_SALES, waiting=(wish, DisconnectStep(id=StepId("bye")))))
    story.arrive("C1")
    assert story.kinds() == ["ReleaseCall"]
    assert story.state.contacts[ContactId(1)].queue is None
    story.hang_up("C1")
    assert released(story) == [Disposition.CALLED_BACK]
    (made,) = story.state.contacts.values()
    assert (made.channel, made.entered, made.party) == (Channel.CALLBACK, START, 1)
    assert story.state.lines[SALES].counters.callback == 1


# --- contacts without calls -------------------------------------------------------------------

MAIL = "service@example.org"


def mail_plan(*steps: Step) -> SitePlan:
    rule = HandlingRule(name=RuleName("default"), most=3, limits={Channel.VOICE: 1, Channel.EMAIL: 2})
    made = plan(*steps)
    return replace(made, destinations={MAIL: next(iter(made.flows))}, rules={rule.name: rule})


def open_mail(story: Story) -> ContactId:
    story.tell(commands.OpenContact(channel=Channel.EMAIL, destination=MAIL, data={"subject": "Hello"}))
    return ContactId(story.state.last_contact)


def test_a_mail_goes_through_its_flow_without_an_ear_and_to_an_agent() -> None:
    play = PlayStep(id=StepId("play"), utterances=say("welcome"))
    story = Story(mail_plan(play, put("kind", kind="'mail'"), TO_SALES))
    story.log_on(BEN)
    contact = open_mail(story)
    assert story.state.contacts[contact].data == {"subject": "Hello", "kind": "mail"}
    assert story.kinds() == ["ShowContact"]
    finish = commands.FinishContact(contact=contact, by=ReleasedBy.AGENT)
    assert story.refused(finish) is RefusalCode.TOO_LATE
    story.answer(1)
    assert story.refused(finish) is None
    assert released(story) == [Disposition.ANSWERED]
    story.later(8)
    assert contact not in story.state.contacts
    assert story.refused(finish) is RefusalCode.UNKNOWN_CONTACT


def test_a_mail_that_waits_hears_nothing_and_goes_round_its_flow_in_silence() -> None:
    story = Story(mail_plan(TO_SALES))
    contact = open_mail(story)
    before = story.state.seq
    story.later(300)
    assert story.state.seq - before <= 20
    finish = commands.FinishContact(contact=contact, by=ReleasedBy.CUSTOMER)
    assert story.refused(finish) is None
    assert released(story) == [Disposition.ABANDONED]


def test_a_mail_whose_flow_ends_is_over() -> None:
    story = Story(mail_plan(DisconnectStep(id=StepId("bye"), utterances=say("bye"), served=True)))
    open_mail(story)
    assert released(story) == [Disposition.SERVED_BY_FLOW]
    assert story.state.contacts == {}


def test_what_is_no_mail_is_refused() -> None:
    story = Story(mail_plan(TO_SALES))
    known = commands.OpenContact(channel=Channel.EMAIL, destination=MAIL)
    assert story.refused(replace(known, channel=Channel.VOICE)) is RefusalCode.NOT_POSSIBLE
    assert story.refused(replace(known, destination="elsewhere")) is RefusalCode.UNKNOWN_DESTINATION
    story.arrive("C1")
    finish = commands.FinishContact(contact=ContactId(1), by=ReleasedBy.AGENT)
    assert story.refused(finish) is RefusalCode.NOT_POSSIBLE


def test_agents_other_than_free_ones_are_not_shown_a_mail() -> None:
    story = Story(mail_plan(TO_SALES))
    story.log_on(ANNA)
    story.not_ready(ANNA)
    open_mail(story)
    assert story.kinds() == []
