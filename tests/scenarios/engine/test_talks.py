"""What agents do with a customer at the phone: the contact stays one, and everybody involved is let go in the end."""

import pytest

from cti_server.vocabulary import commands, events
from cti_server.vocabulary.ids import AgentId, ContactId, DeviceNumber
from cti_server.vocabulary.refusals import RefusalCode
from cti_server.vocabulary.values import (
    AgentStatus,
    ContactStage,
    Disposition,
    OfferOutcome,
    Origin,
    QueueOutcome,
    ReleasedBy,
    SupervisionRole,
    TransferKind,
    WorkState,
)
from tests.scenarios.engine.story import ANNA, BEN, DEVICES, SALES, Story, call_ref, site

CLEO = AgentId("cleo")
OUTSIDE = DeviceNumber("+49891234567")
A, B, C = DEVICES[ANNA], DEVICES[BEN], DEVICES[CLEO]


def talking(call: str = "c1", *agents: AgentId) -> tuple[Story, ContactId]:
    """Anna talks with a caller of the sales queue; the other agents are ready."""
    story = Story()
    story.log_on(ANNA, *agents)
    contact = story.arrive(call, "7009")
    story.alert(1)
    story.answer(1)
    story.transcript()
    return story, contact


def work(story: Story, agent: AgentId) -> WorkState:
    return story.state.agents[agent].work


def transfer(
    story: Story, to: str, *, call: str = "c1", by: DeviceNumber = A, connected: bool = True, joined: str | None = None
) -> RefusalCode | None:
    return story.refused(
        commands.ReportTransferred(
            call=call_ref(f"{call}-t"),
            device=by,
            to=DeviceNumber(to),
            connected=connected,
            before=call_ref(call),
            joined=None if joined is None else call_ref(joined),
        )
    )


def kinds(story: Story) -> list[str]:
    return [type(recorded.event).__name__ for recorded in story.journal[story.mark :]]


def last(story: Story, kind: type[events.Event]) -> events.Event:
    return next(one.event for one in reversed(story.journal) if isinstance(one.event, kind))


# --- hold and consultation ------------------------------------------------------------------------------------------


def test_hold_and_retrieve_are_told_once() -> None:
    story, contact = talking()
    held = commands.ReportHeld(call=call_ref("c1"), device=A, held=True)
    assert story.refused(held) is None
    assert story.state.contacts[contact].talk.held
    assert story.refused(held) is RefusalCode.NO_CHANGE
    assert story.refused(commands.ReportHeld(call=call_ref("c1"), device=B, held=False)) is RefusalCode.NO_CHANGE
    assert story.refused(commands.ReportHeld(call=call_ref("c1"), device=A, held=False)) is None
    assert kinds(story) == ["ContactHeld", "ContactRetrieved"]


def test_a_consultation_begins_and_ends() -> None:
    story, contact = talking()
    asks = {"call": call_ref("c1"), "device": A, "number": B, "consultation": call_ref("c2")}
    assert story.refused(commands.ReportConsultation(**asks, over=True)) is RefusalCode.NO_CHANGE
    assert story.refused(commands.ReportConsultation(**asks)) is None
    assert story.state.contacts[contact].talk.consulted == B
    assert story.refused(commands.ReportConsultation(**asks)) is RefusalCode.NO_CHANGE
    assert story.refused(commands.ReportConsultation(**asks, over=True)) is None
    assert kinds(story) == ["ConsultationStarted", "ConsultationEnded"]
    assert work(story, ANNA) is WorkState.BUSY


# --- transfer -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("connected", [True, False])
def test_a_transfer_to_an_agent_takes_the_contact_along(connected: bool) -> None:
    story, contact = talking("c1", BEN)
    assert transfer(story, B, connected=connected) is None
    assert kinds(story) == ["CallReplaced", "ContactTransferred", "WrapUpStarted"]
    assert story.state.contacts[contact].agent == BEN
    assert (work(story, ANNA), work(story, BEN)) == (WorkState.WRAP_UP, WorkState.BUSY)
    story.later(8)
    assert work(story, ANNA) is WorkState.IDLE
    assert contact in story.state.contacts, "which goes on"
    story.hang_up("c1-t", ReleasedBy.CUSTOMER)
    assert work(story, BEN) is WorkState.WRAP_UP
    story.later(8)
    assert work(story, BEN) is WorkState.IDLE
    assert story.state.contacts == {}
    assert sum(isinstance(one.event, events.ContactOpened) for one in story.journal) == 1


def test_both_may_wrap_up_at_the_same_time() -> None:
    story, contact = talking("c1", BEN)
    transfer(story, B)
    story.later(3)
    story.hang_up("c1-t")
    assert (work(story, ANNA), work(story, BEN)) == (WorkState.WRAP_UP, WorkState.WRAP_UP)
    story.later(5)
    assert (work(story, ANNA), work(story, BEN)) == (WorkState.IDLE, WorkState.WRAP_UP)
    assert contact in story.state.contacts
    story.later(3)
    assert story.state.contacts == {}


def test_who_takes_a_transfer_gives_back_what_rings_at_them_and_ends_their_wrap_up() -> None:
    story, first = talking("c1", BEN)
    second = story.arrive("c2", "7009")
    assert work(story, BEN) is WorkState.RESERVED
    assert transfer(story, B) is None
    assert story.state.contacts[first].agent == BEN
    assert story.state.contacts[second].stage is ContactStage.QUEUED, "Anna wraps up, Ben talks"
    assert story.state.agents[BEN].status is AgentStatus.READY
    story.later(8)
    assert story.state.contacts[second].stage is ContactStage.OFFERED
    assert story.state.offers[story.state.last_offer].agent == ANNA  # type: ignore[index]  # its number
    story.hang_up("c1-t")
    assert work(story, BEN) is WorkState.WRAP_UP
    story.alert(3)
    story.answer(3)
    assert transfer(story, B, call="c2") is None
    assert story.state.contacts[second].agent == BEN
    assert first not in story.state.contacts


def test_a_transfer_to_a_pilot_queues_the_contact_anew_with_its_entry_time() -> None:
    story, contact = talking()
    entered = story.state.contacts[contact].entered
    story.later(30)
    assert transfer(story, "7001") is None
    again = story.state.contacts[contact]
    assert (again.stage, again.queue, again.agent) == (ContactStage.QUEUED, SALES, None)
    assert (again.entered, again.priority) == (entered, 1)
    assert again.call == call_ref("c1-t")
    assert work(story, ANNA) is WorkState.WRAP_UP
    story.later(8)
    story.alert(2)
    story.answer(2)
    assert story.state.contacts[contact].agent == ANNA
    story.hang_up("c1-t")
    story.later(8)
    assert story.state.contacts == {}


def test_a_caller_who_gives_up_after_a_transfer_to_a_pilot_leaves_nobody_stuck() -> None:
    story, contact = talking()
    transfer(story, "7001")
    story.hang_up("c1-t")
    released = last(story, events.ContactReleased)
    assert isinstance(released, events.ContactReleased)
    assert released.disposition is Disposition.ANSWERED, "by her, whatever came then"
    assert released.left is QueueOutcome.ABANDONED, "which the second queue books"
    assert work(story, ANNA) is WorkState.WRAP_UP, "of the talk that she had"
    story.later(8)
    assert work(story, ANNA) is WorkState.IDLE
    assert contact not in story.state.contacts


def test_a_transfer_outside_ends_the_contact_for_us() -> None:
    story, contact = talking()
    assert transfer(story, OUTSIDE, connected=False) is None
    assert kinds(story) == ["CallReplaced", "ContactTransferred", "ContactReleased", "WrapUpStarted"]
    given = last(story, events.ContactTransferred)
    assert isinstance(given, events.ContactTransferred)
    assert (given.transfer, given.number, given.to) == (TransferKind.OUTSIDE, OUTSIDE, None)
    released = last(story, events.ContactReleased)
    assert isinstance(released, events.ContactReleased)
    assert released.disposition is Disposition.ANSWERED
    story.later(8)
    assert contact not in story.state.contacts
    assert work(story, ANNA) is WorkState.IDLE


def test_a_transfer_to_a_phone_whose_agent_talks_already_is_one_to_the_outside() -> None:
    story, first = talking("c1", BEN)
    second = story.arrive("c2", "7009")
    story.alert(2)
    story.answer(2)
    assert transfer(story, B) is None
    assert first in story.state.contacts
    assert story.state.contacts[first].stage is ContactStage.WRAP_UP
    assert story.state.contacts[second].agent == BEN


def test_the_agents_own_call_into_the_centre_becomes_the_customers() -> None:
    story, contact = talking()
    asked = story.arrive("c2", "7009", party=None)
    assert transfer(story, "7009", joined="c2") is None
    assert asked not in story.state.contacts
    assert story.state.contacts[contact].stage is ContactStage.QUEUED
    (released,) = [one.event for one in story.journal if isinstance(one.event, events.ContactReleased)]
    assert (released.contact, released.disposition) == (asked, Disposition.TRANSFERRED)


def test_an_agent_who_answered_the_consultation_by_the_queue_has_the_customer() -> None:
    story, contact = talking("c1", BEN)
    asked = story.arrive("c2", "7009", party=None)
    story.alert(2)
    story.answer(2)
    assert work(story, BEN) is WorkState.BUSY
    assert transfer(story, B, joined="c2") is None
    assert asked not in story.state.contacts
    assert story.state.contacts[contact].agent == BEN


def asks_a_queue(*agents: AgentId) -> tuple[Story, ContactId, ContactId]:
    """Anna talks with a caller and has called her own centre besides; by the queue it rings at the first of the others.

    Returns:
        the story, the customer's contact and that of her own call, c2.
    """
    story, contact = talking("c1", *agents)
    asks = commands.ReportConsultation(
        call=call_ref("c1"), device=A, number=DeviceNumber("7009"), consultation=call_ref("c2")
    )
    story.tell(commands.ReportHeld(call=call_ref("c1"), device=A, held=True))
    story.tell(asks)
    asked = story.arrive("c2", "7009", party=None)
    story.alert(2)
    return story, contact, asked


@pytest.mark.parametrize("to", ["7009", B])
def test_whoever_answers_in_the_queue_that_was_asked_has_the_customer(to: str) -> None:
    """The pilot's flow began anew for a customer who talked already, where the PBX named the number that was called."""
    story, contact, asked = asks_a_queue(BEN)
    story.answer(2)
    assert transfer(story, to, joined="c2") is None
    assert asked not in story.state.contacts
    assert (story.state.contacts[contact].agent, story.state.contacts[contact].stage) == (BEN, ContactStage.TALKING)
    assert story.state.lines[SALES].counters.answered == 2, "the customer, and she herself"
    story.hang_up("c1-t")
    assert (work(story, ANNA), work(story, BEN)) == (WorkState.WRAP_UP, WorkState.WRAP_UP)
    story.later(8)
    assert story.state.contacts == {}


def test_an_agent_who_goes_back_from_a_queue_has_the_customer_still() -> None:
    story, contact, asked = asks_a_queue(BEN)
    story.answer(2)
    story.hang_up("c2", ReleasedBy.AGENT)
    assert work(story, BEN) is WorkState.WRAP_UP
    over = commands.ReportConsultation(
        call=call_ref("c1"), device=A, number=DeviceNumber("7009"), consultation=call_ref("c2"), over=True
    )
    assert story.refused(over) is None
    assert (story.state.contacts[contact].agent, work(story, ANNA)) == (ANNA, WorkState.BUSY)
    story.later(8)
    assert asked not in story.state.contacts


def test_whoever_answers_in_the_queue_that_was_asked_may_come_into_a_conference() -> None:
    """They had a contact for ever whose call was none any more."""
    story, contact, asked = asks_a_queue(BEN)
    story.answer(2)
    assert conference(story, A, B) is None
    assert asked not in story.state.contacts
    assert story.state.contacts[contact].agent == ANNA
    assert work(story, BEN) is WorkState.IDLE
    third = story.arrive("c3", "7009")
    assert story.state.contacts[third].stage is ContactStage.QUEUED, "nothing rings at a phone in a conference"
    assert conference(story, B) is None
    assert (story.state.contacts[contact].agent, work(story, BEN)) == (BEN, WorkState.BUSY)
    story.tell(commands.ReportPhoneBusy(device=B, busy=False))
    story.hang_up("c1")
    story.hang_up("c3")
    story.later(8)
    assert story.state.contacts == {}
    assert work(story, BEN) is WorkState.IDLE


@pytest.mark.parametrize("name", ["c1", "c1-t"])
@pytest.mark.parametrize("answered", [True, False])
def test_who_was_asked_by_a_queue_and_was_given_the_customer_unseen_has_them(name: str, answered: bool) -> None:
    """Whoever answered had another contact in hand, and the customer was nobody's."""
    story, contact, asked = asks_a_queue(BEN)
    if answered:
        story.answer(2)
    story.link_down()
    story.link_up()
    story.survey(**{name: [("5551234", "connected"), (B, "connected")]})
    assert asked not in story.state.contacts or story.state.contacts[asked].stage is ContactStage.WRAP_UP
    assert (story.state.contacts[contact].agent, work(story, BEN)) == (BEN, WorkState.BUSY)
    story.hang_up(name)
    story.later(8)
    assert story.state.contacts == {}
    assert (work(story, ANNA), work(story, BEN)) == (WorkState.IDLE, WorkState.IDLE)


def test_a_caller_who_comes_to_the_pilot_that_was_asked_is_not_taken_for_the_customer() -> None:
    """The customer and the agent's own call were over meanwhile, and the next caller was taken for the first."""
    story, contact, _ = asks_a_queue()
    story.link_down()
    story.link_up()
    story.survey(c9=[("5559999", "connected"), ("7009", "queued")])
    assert story.state.contacts[contact].stage is ContactStage.WRAP_UP
    assert story.state.contact_of(call_ref("c9")) is not None
    assert story.state.last_contact == 3


def test_a_transfer_by_the_customers_own_phone_renames_the_call_alone() -> None:
    story, contact = talking()
    assert transfer(story, "7299", by=DeviceNumber("7201")) is None
    assert kinds(story) == ["CallReplaced"]
    assert story.state.contacts[contact].agent == ANNA
    assert transfer(story, "7299", call="c1") is RefusalCode.UNKNOWN_CALL


# --- conference -----------------------------------------------------------------------------------------------------


def conference(story: Story, *devices: str) -> RefusalCode | None:
    found = tuple(DeviceNumber(one) for one in devices)
    return story.refused(commands.ReportConference(call=call_ref("c1"), devices=found))


def test_a_conference_grows_and_shrinks() -> None:
    story, contact = talking()
    assert conference(story, A, "7299") is None
    assert story.state.contacts[contact].talk.devices == (A, "7299")
    assert conference(story, "7299", A) is RefusalCode.NO_CHANGE
    assert conference(story, A) is None
    assert story.state.contacts[contact].talk.devices == ()
    assert story.state.contacts[contact].agent == ANNA


def test_whom_the_agent_asked_comes_in_and_the_customer_is_on_hold_no_more() -> None:
    """They counted as held for as long as the conference was: the PBX tells of no retrieval."""
    story, contact = talking()
    story.tell(commands.ReportHeld(call=call_ref("c1"), device=A, held=True))
    assert conference(story, A, "7299") is None
    assert kinds(story) == ["ContactHeld", "ContactRetrieved", "ConferenceChanged"]
    assert not story.state.contacts[contact].talk.held
    story.tell(commands.ReportHeld(call=call_ref("c1"), device=A, held=True))
    assert conference(story, A) is None
    assert story.state.contacts[contact].talk.held, "somebody left, and nobody came back"


@pytest.mark.parametrize(("rest", "whose"), [((B,), BEN), ((B, "7299"), BEN), (("7299",), None)])
def test_who_stays_in_a_conference_has_the_contact(rest: tuple[str, ...], whose: AgentId | None) -> None:
    story, contact = talking("c1", BEN)
    assert conference(story, A, *rest) is None
    assert story.state.contacts[contact].agent == ANNA
    assert conference(story, *rest) is None
    assert work(story, ANNA) is WorkState.WRAP_UP
    if whose is None:
        assert story.state.contacts[contact].stage is ContactStage.WRAP_UP
    else:
        assert story.state.contacts[contact].agent == whose
    story.hang_up("c1")
    story.later(8)
    assert story.state.contacts == {}


# --- pickup ---------------------------------------------------------------------------------------------------------


def test_another_agent_picks_up_what_rings() -> None:
    story = Story()
    story.log_on(ANNA)
    contact = story.arrive("c1", "7009")
    story.alert(1)
    story.log_on(BEN)
    assert story.refused(commands.ReportPickedUp(call=call_ref("c1"), device=B)) is None
    assert story.state.contacts[contact].agent == BEN
    assert (work(story, ANNA), work(story, BEN)) == (WorkState.IDLE, WorkState.BUSY)
    assert story.state.agents[ANNA].status is AgentStatus.READY, "it was no fault of hers"
    assert story.state.lines[SALES].counters.answered == 1
    assert story.refused(commands.ReportPickedUp(call=call_ref("c1"), device=B)) is RefusalCode.TOO_LATE


def test_a_phone_where_nobody_works_picks_up_what_rings() -> None:
    story = Story()
    story.log_on(ANNA)
    contact = story.arrive("c1", "7009")
    story.alert(1)
    assert story.refused(commands.ReportPickedUp(call=call_ref("c1"), device=DeviceNumber("7299"))) is None
    ended = last(story, events.OfferEnded)
    assert isinstance(ended, events.OfferEnded)
    assert ended.outcome is OfferOutcome.CALLER_GONE
    assert (story.state.contacts[contact].stage, story.state.contacts[contact].agent) == (ContactStage.TALKING, None)
    assert story.state.lines[SALES].counters.answered == 1
    story.hang_up("c1")
    assert story.state.contacts == {}
    assert work(story, ANNA) is WorkState.IDLE


# --- after a survey -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("places", "stage", "whose"),
    [
        ([("7201", "connected"), (A, "connected")], ContactStage.TALKING, ANNA),
        ([("7201", "connected"), (B, "connected")], ContactStage.TALKING, BEN),
        ([("7001", "queued")], ContactStage.QUEUED, None),
    ],
)
def test_what_agents_did_while_the_link_was_down_is_followed(
    places: list[tuple[str, str]], stage: ContactStage, whose: AgentId | None
) -> None:
    story, contact = talking()
    story.tell(commands.LogAgentOn(agent=BEN, device=B, origin=Origin.PHONE))
    story.link_down()
    story.link_up()
    story.survey(c1=places)
    assert (story.state.contacts[contact].stage, story.state.contacts[contact].agent) == (stage, whose)


def test_a_hold_that_nobody_saw_is_told_by_the_survey() -> None:
    story, contact = talking()
    story.link_down()
    story.link_up()
    story.survey(c1=[("7201", "connected"), (A, "hold")])
    assert story.state.contacts[contact].talk.held
    story.survey(c1=[("7201", "connected"), (A, "connected")])
    assert not story.state.contacts[contact].talk.held


# --- supervision ----------------------------------------------------------------------------------------------------


def supervised() -> tuple[Story, ContactId]:
    plan = site()
    agents = dict(plan.agents)
    agents[CLEO] = type(agents[CLEO])(id=CLEO, name="Cleo", groups=(), supervisor=True)
    story = Story(site("2", agents=agents))
    story.log_on(ANNA)
    contact = story.arrive("c1", "7009")
    story.alert(1)
    story.answer(1)
    story.tell(commands.LogAgentOn(agent=CLEO, device=C, origin=Origin.PHONE))
    return story, contact


def wish(contact: ContactId, role: SupervisionRole | None, supervisor: AgentId = CLEO) -> commands.Supervise:
    return commands.Supervise(contact=contact, supervisor=supervisor, role=role)


def test_a_supervisor_listens_whispers_and_leaves() -> None:
    story, contact = supervised()
    assert story.refused(wish(contact, SupervisionRole.LISTEN)) is None
    assert story.kinds() == ["SuperviseCall"]
    told = commands.ReportSupervision(contact=contact, supervisor=CLEO, role=SupervisionRole.LISTEN)
    assert story.refused(told) is None
    assert story.state.contacts[contact].talk.supervisors == {CLEO: SupervisionRole.LISTEN}
    assert story.refused(told) is RefusalCode.NO_CHANGE
    assert story.refused(wish(contact, SupervisionRole.LISTEN)) is RefusalCode.NO_CHANGE
    assert story.refused(wish(contact, SupervisionRole.WHISPER)) is None
    assert story.refused(wish(contact, None)) is None
    gone = commands.ReportSupervision(contact=contact, supervisor=CLEO, role=None)
    assert story.refused(gone) is None
    assert story.state.contacts[contact].talk.supervisors == {}
    assert story.refused(gone) is RefusalCode.NO_CHANGE


def test_who_may_not_supervise_is_told_why() -> None:
    story, contact = supervised()
    refused = {
        "is no supervisor": wish(contact, SupervisionRole.LISTEN, ANNA),
        "does not take part": wish(contact, None),
        "no agent nobody in the plan": wish(contact, SupervisionRole.JOIN, AgentId("nobody")),
        "no open contact 99": wish(ContactId(99), SupervisionRole.JOIN),
    }
    for text, command in refused.items():
        refusal = story.tell(command).refusal
        assert refusal is not None
        assert text in refusal.text
    story.tell(commands.ReportPhoneBusy(device=C, busy=True))
    busy = story.tell(wish(contact, SupervisionRole.LISTEN)).refusal
    assert busy is not None
    assert "busy" in busy.text
    story.hang_up("c1")
    assert story.refused(wish(contact, SupervisionRole.LISTEN)) is RefusalCode.NOT_POSSIBLE
