"""What led to what, and which effects go out."""

from cti_server.engine.matching import Matching
from cti_server.engine.state import LinkState, State
from cti_server.engine.turn import Spread, Turn
from cti_server.vocabulary import commands, events
from cti_server.vocabulary.ids import AgentId, DeviceNumber, LinkName
from cti_server.vocabulary.refusals import RefusalCode
from cti_server.vocabulary.values import AgentStatus, Origin
from tests.scenarios.engine.story import LINK, Story

ANNA = AgentId("anna")


def turn(state: State, *, cause: int | None = None, spread: Spread = Spread.ONE) -> Turn:
    return Turn(state, 5.0, cause, Matching(state), spread)


def test_a_first_observation_has_no_cause_and_an_answer_has_that_of_its_command() -> None:
    for cause in (None, 7):
        one = turn(State(), cause=cause)
        assert one.emit(events.LinkCameUp(link=LINK)) == 1
        one.emit(events.PhoneBecameBusy(device=DeviceNumber("1")))
        one.emit(events.PhoneBecameFree(device=DeviceNumber("1")), 1)
        assert [recorded.cause_seq for recorded in one.events] == [cause, 1, 1]


def test_what_a_survey_finds_is_led_to_by_the_survey_alone() -> None:
    one = turn(State(links={LINK: LinkState(up=True, since=0.0)}), spread=Spread.SURVEY)
    one.emit(events.CallsSurveyed(link=LINK))
    one.emit(events.LinkWentDown(link=LinkName("other"), reason=""))
    one.emit(events.LinkWentDown(link=LinkName("third"), reason=""))
    assert [recorded.cause_seq for recorded in one.events] == [None, 1, 1]


def test_calls_on_a_link_that_is_down_are_not_moved() -> None:
    story = Story()
    contact = story.state.contacts[story.arrive("C1")]
    for up in (True, False):
        if not up:
            story.link_down()
        one = turn(story.state)
        one.move_to_media(contact)
        one.release_call(contact)
        assert len(one.effects) == (2 if up else 0)


def test_a_contact_without_a_call_is_over_at_once_and_wishes_need_somebody_to_answer() -> None:
    story = Story()
    contact = story.state.contacts[story.arrive("C1")]
    contact.call = None
    one = turn(story.state)
    one.move_to_media(contact)
    one.release_call(contact)
    assert (one.effects, one.over) == ([], [contact.id])
    refusal = one.wish(commands.WakeUp())
    assert refusal is not None
    assert refusal.code is RefusalCode.NOT_POSSIBLE


def test_a_status_is_shown_unless_the_phone_brought_it_or_there_is_none() -> None:
    one = turn(State())
    one.emit(events.LinkCameUp(link=LINK))
    one.show_status(ANNA, DeviceNumber("1"), AgentStatus.READY, Origin.PHONE)
    one.show_status(ANNA, None, AgentStatus.READY, Origin.SYSTEM)
    assert one.effects == []
    one.show_status(ANNA, DeviceNumber("1"), AgentStatus.NOT_READY, Origin.SYSTEM, "tea")
    assert [effect.cause for effect in one.effects] == [1]
