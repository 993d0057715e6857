"""What operators do by hand: move, requeue, pull and hang up contacts, close queues, drain links."""

from dataclasses import replace

import pytest

from cti_server.contacts.contact import standing
from cti_server.vocabulary import commands, effects, events, operator_commands
from cti_server.vocabulary.ids import AgentId, ContactId, DeviceNumber, LinkName, OfferId, QueueName
from cti_server.vocabulary.plan import QueueLimits, SitePlan
from cti_server.vocabulary.refusals import RefusalCode
from cti_server.vocabulary.values import ContactStage, Disposition, DoorState, Origin, QueueOutcome
from tests.scenarios.engine.story import ANNA, BEN, SALES, Story, call_ref, site

SERVICE = QueueName("service")
CLEO = AgentId("cleo")
PBX = LinkName("pbx")
HAND = Origin.CONSOLE


def move(contact: int, queue: str | None) -> operator_commands.MoveContact:
    return operator_commands.MoveContact(
        contact=ContactId(contact), queue=None if queue is None else QueueName(queue), origin=HAND
    )


def pull(contact: int, agent: AgentId) -> operator_commands.PullContact:
    return operator_commands.PullContact(contact=ContactId(contact), agent=agent, origin=HAND)


def end(contact: int) -> operator_commands.HangUpContact:
    return operator_commands.HangUpContact(contact=ContactId(contact), origin=HAND)


def shut(queue: str, state: DoorState = DoorState.CLOSED, until: float | None = None) -> operator_commands.SetQueue:
    return operator_commands.SetQueue(queue=QueueName(queue), state=state, until=until, origin=HAND)


def queued_in(story: Story, contact: ContactId) -> QueueName | None:
    return story.state.contacts[contact].queue


def rings_at(story: Story, contact: ContactId) -> AgentId | None:
    offer = story.state.contacts[contact].offer
    return None if offer is None else story.state.offers[offer].agent


def test_a_moved_contact_waits_in_the_other_queue_with_its_priority_and_counts_as_requeued() -> None:
    story = Story()
    contact = story.waiting_caller("C1")
    story.tell(commands.ChangePriority(contact=contact, priority=2, origin=HAND))
    assert story.refused(move(contact, SERVICE)) is None
    assert (queued_in(story, contact), story.state.contacts[contact].priority) == (SERVICE, 2)
    assert story.state.lines[SALES].counters.received == story.state.lines[SALES].counters.ended == 1
    left = next(one.event for one in story.journal if isinstance(one.event, events.QueueLeft))
    assert left.outcome is QueueOutcome.REQUEUED


def test_a_moved_contact_rings_at_once_where_somebody_is_free() -> None:
    story = Story()
    contact = story.waiting_caller("C1", "2")
    story.log_on(BEN)
    assert rings_at(story, contact) is None
    story.tell(move(contact, SALES))
    assert rings_at(story, contact) == BEN


def test_a_requeued_contact_begins_anew_and_keeps_its_place_before_later_ones() -> None:
    story = Story()
    first, second = story.waiting_caller("C1"), story.waiting_caller("C2")
    assert story.refused(move(first, None)) is None
    assert [place[2] for place in story.state.lines[SALES].places] == [first, second]


@pytest.mark.parametrize(
    ("contact", "queue", "code"),
    [
        (9, "service", RefusalCode.UNKNOWN_CONTACT),
        (1, "garden", RefusalCode.UNKNOWN_QUEUE),
        (1, "sales", RefusalCode.NO_CHANGE),
    ],
)
def test_what_cannot_be_moved_stays(contact: int, queue: str, code: RefusalCode) -> None:
    story = Story()
    story.waiting_caller("C1")
    before = len(story.journal)
    assert story.refused(move(contact, queue)) is code
    assert len(story.journal) == before


def test_a_closed_queue_refuses_the_move_and_counts_nothing() -> None:
    story = Story()
    contact = story.waiting_caller("C1")
    story.tell(shut(SERVICE))
    assert story.refused(move(contact, SERVICE)) is RefusalCode.NOT_POSSIBLE
    assert queued_in(story, contact) == SALES
    assert SERVICE not in story.state.lines or story.state.lines[SERVICE].counters.received == 0


def test_a_full_queue_lets_its_own_contact_begin_anew_and_counts_nobody_whom_it_refuses() -> None:
    def with_room_for(waiting: int) -> SitePlan:
        queues = dict(site().queues)
        queues[SALES] = replace(queues[SALES], limits=QueueLimits(waiting=waiting))
        return site(str(waiting), queues=queues)

    story = Story(with_room_for(2))
    first, second = story.waiting_caller("C1"), story.waiting_caller("C2")
    assert story.refused(move(first, None)) is None
    story.tell(commands.LoadPlan(plan=with_room_for(1)))
    before = len(story.journal)
    assert story.refused(move(first, None)) is RefusalCode.NOT_POSSIBLE
    assert len(story.journal) == before
    assert [place[2] for place in story.state.lines[SALES].places] == [first, second]


def test_a_contact_that_rings_is_not_moved() -> None:
    story = Story()
    story.log_on(ANNA)
    contact = story.waiting_caller("C1")
    assert rings_at(story, contact) == ANNA
    assert story.refused(move(contact, SERVICE)) is RefusalCode.TOO_LATE


def test_a_pulled_contact_rings_at_the_agent_though_others_came_first_and_they_are_in_none_of_its_groups() -> None:
    story = Story()
    first, second = story.waiting_caller("C1", "2"), story.waiting_caller("C2", "2")
    story.log_on(BEN)
    story.not_ready(BEN)
    assert story.refused(pull(second, BEN)) is RefusalCode.NOT_POSSIBLE
    story.ready(BEN)
    assert story.refused(pull(second, BEN)) is None
    assert rings_at(story, second) == BEN
    assert rings_at(story, first) is None
    assert story.refused(pull(first, BEN)) is RefusalCode.NOT_POSSIBLE  # is offered another


def test_a_pulled_contact_that_is_not_answered_is_everybodys_again() -> None:
    story = Story()
    contact = story.waiting_caller("C1", "2")
    story.log_on(BEN)
    assert story.refused(pull(contact, BEN)) is None
    story.log_on(CLEO)
    assert rings_at(story, contact) == BEN
    story.later(13)
    assert rings_at(story, contact) is None
    story.later(10)
    assert rings_at(story, contact) == CLEO


def test_who_is_not_there_cannot_be_given_a_contact() -> None:
    story = Story()
    contact = story.waiting_caller("C1")
    assert story.refused(pull(contact, ANNA)) is RefusalCode.NOT_LOGGED_ON
    assert story.refused(pull(9, ANNA)) is RefusalCode.UNKNOWN_CONTACT


def test_a_waiting_caller_who_is_hung_up_is_offered_to_nobody_and_ends_as_disconnected() -> None:
    story = Story()
    contact = story.waiting_caller("C1")
    assert story.refused(end(contact)) is None
    assert [type(each) for each in story.effects if isinstance(each, effects.ReleaseCall)] == [effects.ReleaseCall]
    story.log_on(ANNA)
    assert rings_at(story, contact) is None
    story.hang_up("C1")
    released = next(one.event for one in story.journal if isinstance(one.event, events.ContactReleased))
    assert released.disposition is Disposition.DISCONNECTED
    assert contact not in story.state.contacts


def test_a_talk_is_hung_up_and_wrapped_up() -> None:
    story = Story()
    story.log_on(ANNA)
    contact = story.waiting_caller("C1")
    story.alert(1)
    story.answer(1)
    assert story.refused(end(contact)) is None
    assert story.state.contacts[contact].stage is ContactStage.TALKING
    story.hang_up("C1")
    assert not standing(story.state.contacts[contact])
    assert story.refused(end(contact)) is RefusalCode.TOO_LATE


def test_who_is_hung_up_on_twice_is_dismissed_once() -> None:
    story = Story()
    contact = story.waiting_caller("C1")
    assert [story.refused(end(contact)) for _ in range(2)] == [None, None]
    assert [type(one.event) for one in story.journal].count(events.ContactDismissed) == 1


def test_hanging_up_needs_the_link() -> None:
    story = Story()
    contact = story.waiting_caller("C1")
    story.link_down()
    assert story.refused(end(contact)) is RefusalCode.NOT_POSSIBLE
    assert not story.state.contacts[contact].leaving


def test_a_dismissed_caller_whose_release_was_lost_is_let_go_after_the_survey() -> None:
    story = Story()
    contact = story.waiting_caller("C1")
    story.tell(end(contact))
    story.link_down()
    story.link_up()
    story.survey(C1=[("7201", "connected")])
    assert any(isinstance(each, effects.ReleaseCall) for each in story.effects)


def test_a_queue_closed_by_hand_turns_new_callers_away_and_keeps_those_who_wait() -> None:
    story = Story()
    waits = story.waiting_caller("C1")
    assert story.refused(shut(SALES, until=story.now + 60)) is None
    late = story.waiting_caller("C2")
    assert queued_in(story, waits) == SALES
    assert queued_in(story, late) is None
    refused = next(one.event for one in story.journal if isinstance(one.event, events.QueueRefused))
    assert (refused.outcome, refused.reason) == (QueueOutcome.CLOSED, "set by hand")
    story.later(61)
    assert queued_in(story, story.waiting_caller("C3")) == SALES


def test_a_queue_goes_by_its_calendar_again() -> None:
    story = Story()
    story.tell(shut(SALES))
    assert story.refused(shut(SALES, DoorState.AUTOMATIC)) is None
    assert story.refused(shut(SALES, DoorState.AUTOMATIC)) is RefusalCode.NO_CHANGE
    assert queued_in(story, story.waiting_caller("C1")) == SALES
    assert story.refused(shut("garden")) is RefusalCode.UNKNOWN_QUEUE
    assert story.refused(shut(SALES, until=story.now - 1)) is RefusalCode.TOO_LATE


def test_a_link_that_drains_takes_no_new_calls_and_keeps_those_it_has() -> None:
    story = Story()
    contact = story.waiting_caller("C1")
    drain = operator_commands.DrainLink(link=PBX, draining=True, origin=HAND)
    assert story.refused(drain) is None
    assert story.refused(drain) is RefusalCode.NO_CHANGE
    opened = story.state.last_contact
    call = commands.ReportCallArrived(call=call_ref("C2"), pilot=DeviceNumber("7000"), party=None)
    assert story.refused(call) is RefusalCode.NOT_POSSIBLE
    story.survey(C1=[("7201", "connected")], C2=[("7000", "queued")])
    assert story.state.last_contact == opened
    story.tell(operator_commands.DrainLink(link=PBX, draining=False, origin=HAND))
    assert story.refused(call) is None
    assert contact in story.state.contacts
    unknown = operator_commands.DrainLink(link=LinkName("other"), draining=True, origin=HAND)
    assert story.refused(unknown) is RefusalCode.NOT_POSSIBLE


def test_who_did_what_is_journaled_and_changes_nothing() -> None:
    story = Story()
    contacts = dict(story.state.contacts)
    story.tell(
        operator_commands.NoteOperation(user="anna", door="ssh", peer="::1", line="queue close sales", outcome="done")
    )
    noted = story.journal[-1].event
    assert isinstance(noted, events.OperationNoted)
    assert (noted.user, noted.line, noted.outcome) == ("anna", "queue close sales", "done")
    assert story.state.contacts == contacts
    assert OfferId(1) not in story.state.offers


def close(contact: int, why: str = "") -> operator_commands.CloseContact:
    return operator_commands.CloseContact(contact=ContactId(contact), why=why, origin=HAND)


@pytest.mark.parametrize("stage", ["waiting", "ringing", "talking"])
def test_a_stuck_contact_is_closed_without_a_word_to_the_pbx_about_its_call(stage: str) -> None:
    story = Story()
    if stage != "waiting":
        story.log_on(ANNA)
    contact = story.waiting_caller("C1")
    if stage == "talking":
        story.alert(1)
        story.answer(1)
    session = story.state.contacts[contact].session
    assert story.refused(close(contact, "no such call")) is None
    assert not any(isinstance(each, effects.ReleaseCall) for each in story.effects)
    ended = [each for each in story.effects if isinstance(each, effects.EndMedia)]
    assert [(each.contact, each.session) for each in ended] == ([] if session is None else [(contact, session)])
    assert (session is None) is (stage == "talking")
    assert contact not in story.state.contacts
    released = next(one.event for one in story.journal if isinstance(one.event, events.ContactReleased))
    assert released.cause_text == "closed by console: no such call"
    assert story.refused(close(contact)) is RefusalCode.UNKNOWN_CONTACT
    # Its call ends at last: nobody is disturbed, and the agent takes the next one.
    assert story.hang_up("C1").refusal is not None
    other = story.waiting_caller("C2")
    assert (rings_at(story, other) is ANNA) is (stage != "waiting")


def test_what_has_no_call_or_is_over_is_not_closed_by_hand() -> None:
    story = Story()
    story.log_on(ANNA)
    contact = story.waiting_caller("C1")
    story.alert(1)
    story.answer(1)
    story.hang_up("C1")
    assert story.refused(close(contact)) is RefusalCode.TOO_LATE
    party = story.identify("tel:123")
    due = story.now + 3600.0
    story.tell(commands.CreateCallback(queue=SALES, party=party, due=due, agent=None, origin=HAND))
    assert story.refused(close(story.state.last_contact)) is RefusalCode.NOT_POSSIBLE
