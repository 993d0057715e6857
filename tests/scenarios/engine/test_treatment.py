"""Stories of treatment that fails: the media service is lost, or does not succeed, and the flow's rule leads on."""

from dataclasses import replace

import pytest

from cti_server.flows.steps import DisconnectStep, MenuStep, MusicStep, PlayStep, PositionStep, QueueStep
from cti_server.vocabulary.ids import FlowName, PromptName, StepId
from cti_server.vocabulary.plan import FlowPlan, SitePlan, Step
from cti_server.vocabulary.values import VerbResult
from tests.scenarios.engine.story import BEN, SALES, SERVICE, WAITING, WELCOME, Story, say, site

GREET = PlayStep(id=StepId("greet"), utterances=say("welcome"))
MENU = MenuStep(id=StepId("menu"), utterances=say("menu"), choices={"1": StepId("sales")}, otherwise=StepId("sales"))
TO_SALES, TO_SERVICE = QueueStep(id=StepId("sales"), queue=SALES), QueueStep(id=StepId("service"), queue=SERVICE)
POSITION = PositionStep(id=StepId("position"), before=say("position_before"))
MUSIC = MusicStep(id=StepId("music"), music=PromptName("hold_music"), seconds=30.0, next=POSITION.id)
SORRY = DisconnectStep(id=StepId("sorry"), utterances=say("sorry"))


def plan(*steps: Step, waiting: tuple[Step, ...] = WAITING.steps) -> SitePlan:
    flows = [FlowPlan(name=WELCOME.name, version="f", steps=steps), replace(WAITING, steps=waiting)]
    direct = FlowPlan(name=FlowName("direct"), version="d1", steps=(TO_SALES,))
    return site(flows={flow.name: flow for flow in (*flows, direct)}, pilots=site().pilots[:2])


def test_a_contact_whose_service_is_lost_goes_on_with_the_next_step_at_another() -> None:
    story = Story(plan(GREET, MENU, TO_SALES))
    contact = story.arrive("C1")
    story.join(contact)
    story.transcript()
    story.later(1)
    story.lose(contact, failed=True)
    assert story.kinds() == ["MoveToMedia"]
    story.join(contact, "other")
    assert story.transcript() == [
        "1 MediaLeft 1 the service is away",
        "1 TreatmentFailed 1 greet the service is away",
        "1 MediaRequested 1 menu",
        "1 MediaJoined 1",
        "1 StepEntered 1 menu 1-2",
    ]


@pytest.mark.parametrize(("rule", "queue"), [(None, SALES), (TO_SERVICE.id, SERVICE)])
def test_a_menu_that_fails_goes_by_its_rule_else_otherwise(rule: StepId | None, queue: str) -> None:
    story = Story(plan(replace(MENU, on_failure=rule), TO_SALES, TO_SERVICE))
    contact = story.arrive("C1")
    story.join(contact)
    story.lose(contact, failed=True)
    assert story.state.contacts[contact].queue == queue


@pytest.mark.parametrize("port", [True, False])
def test_a_rule_holds_for_a_service_that_does_not_succeed_and_for_no_port(port: bool) -> None:
    story = Story(plan(replace(GREET, on_failure=TO_SERVICE.id), MENU, TO_SALES, TO_SERVICE))
    contact = story.arrive("C1")
    if port:
        story.join(contact)
        story.verb(contact, VerbResult.FAILED)
        story.later(2)
    else:
        story.no_media(contact)
    assert story.state.contacts[contact].queue == SERVICE


def test_a_queued_contact_keeps_its_place_and_is_offered_wherever_its_call_is() -> None:
    story = Story(plan(GREET, TO_SALES))
    first, second = story.arrive("C1", "7009"), story.arrive("C2", "7009")
    for contact in (first, second):
        story.join(contact)
        story.verb(contact)
    story.lose(first, failed=True)
    story.no_media(first)
    story.transcript()
    story.log_on(BEN)
    assert story.kinds() == ["MoveToAgent"]
    assert [line for line in story.transcript() if "Offer" in line] == ["0 OfferMade 1 1 ben 12"]


def test_music_that_fails_goes_on_by_its_rule_even_where_there_is_no_port() -> None:
    story = Story(plan(TO_SALES, waiting=(POSITION, replace(MUSIC, on_failure=SORRY.id), SORRY)))
    contact = story.arrive("C1")
    story.join(contact)
    story.verb(contact)
    story.lose(contact, failed=True)
    assert story.state.contacts[contact].cursor.step == SORRY.id
    story.no_media(contact)
    assert story.kinds() == ["ReleaseCall"]
    waiting = Story(plan(TO_SALES, waiting=(POSITION, replace(MUSIC, on_failure=SORRY.id), SORRY)))
    waiting.no_media(waiting.arrive("C1"))
    assert waiting.kinds() == ["ReleaseCall"]


def test_a_good_bye_that_fails_releases_the_call() -> None:
    story = Story(plan(GREET, SORRY))
    contact = story.arrive("C1")
    story.join(contact)
    story.verb(contact)
    assert story.kinds() == ["Play"]
    story.lose(contact, failed=True)
    assert story.kinds() == ["ReleaseCall"]


def test_an_agent_who_rings_is_not_disturbed_by_a_lost_service() -> None:
    story = Story(plan(TO_SALES))
    contact = story.arrive("C1")
    story.join(contact)
    story.log_on(BEN)
    story.transcript()
    story.lose(contact, failed=True)
    assert story.transcript() == ["0 MediaLeft 1 the service is away"]
    story.answer(1)
    assert story.state.contacts[contact].agent == BEN
