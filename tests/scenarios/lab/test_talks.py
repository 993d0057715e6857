"""What agents do at real-life phones, told by the lab's switch, becomes part of the one contact."""

from collections.abc import Iterator

import pytest

from csta import messages as m
from csta.identifiers import DeviceID
from cti_server.vocabulary import events as e
from cti_server.vocabulary.values import ContactStage, WorkState
from tests.scenarios.csta.ways import MAIN
from tests.scenarios.lab.centre import ANNA, BEN, SALES, Centre

CAROL, NOBODYS, OUTSIDE = "7201", "7301", "0891234567"


@pytest.fixture(params=MAIN.values(), ids=MAIN.keys())
def idle(request: pytest.FixtureRequest) -> Iterator[Centre]:
    """Nobody works yet. At the end both ends of the link have understood one another, whatever happened."""
    made = Centre(request.param)
    yield made
    assert (made.application.odd, made.application.doubts, made.pbx.odd) == ([], [], [])


@pytest.fixture
def centre(idle: Centre) -> Centre:
    """Anna talks with Carol."""
    made = idle
    made.works(ANNA)
    made.dials(CAROL, "7000")
    made.answers("7101")
    assert made.contact().agent == ANNA
    made.kinds()
    return made


def test_a_caller_reaches_an_agent_and_leaves(centre: Centre) -> None:
    centre.hangs_up(CAROL)
    assert centre.work(ANNA) is WorkState.WRAP_UP
    centre.passes(5)
    assert centre.work(ANNA) is WorkState.IDLE
    assert centre.engine.state.busy_phones == {}


def test_hold_by_the_phones_own_key(centre: Centre) -> None:
    centre.holds("7101")
    assert centre.contact().talk.held
    centre.resumes("7101")
    assert not centre.contact().talk.held
    assert centre.kinds() == ["ContactHeld", "ContactRetrieved"]


def test_a_consultation_is_no_private_call(centre: Centre) -> None:
    centre.works(BEN)
    centre.consults("7101", "7102")
    centre.answers("7102")
    assert centre.contact().talk.consulted == "7102"
    assert set(centre.engine.state.busy_phones) == {"7102"}, "Ben is asked, and not to be offered anybody"
    centre.hangs_up("7102")
    assert centre.contact().talk.consultation is None
    assert centre.engine.state.busy_phones == {}
    assert centre.contact().agent == ANNA


def test_an_attended_transfer_to_an_agent(centre: Centre) -> None:
    centre.works(BEN)
    centre.consults("7101", "7102")
    centre.answers("7102")
    centre.transfers("7101")
    assert centre.contact().agent == BEN
    assert (centre.work(ANNA), centre.work(BEN)) == (WorkState.WRAP_UP, WorkState.BUSY)
    assert centre.engine.state.busy_phones == {}
    centre.hangs_up("7102")
    centre.passes(5)
    assert (centre.work(ANNA), centre.work(BEN)) == (WorkState.IDLE, WorkState.IDLE)
    assert centre.engine.state.contacts == {}


def test_a_blind_transfer_to_an_agent_who_rings(centre: Centre) -> None:
    centre.works(BEN)
    at = centre.at("7101", state="connected")
    centre.asks(m.SingleStepTransferCall(active_call=at, transferred_to=DeviceID("7102")))
    assert centre.contact().agent == BEN
    centre.answers("7102")
    assert centre.contact().stage is ContactStage.TALKING
    centre.hangs_up(CAROL)
    assert (centre.work(ANNA), centre.work(BEN)) == (WorkState.WRAP_UP, WorkState.WRAP_UP)


def test_a_blind_transfer_that_nobody_answers_lets_everybody_go(centre: Centre) -> None:
    centre.works(BEN)
    at = centre.at("7101", state="connected")
    centre.asks(m.SingleStepTransferCall(active_call=at, transferred_to=DeviceID("7102")))
    centre.rings("7102")
    centre.hangs_up(CAROL)
    centre.passes(5)
    assert (centre.work(ANNA), centre.work(BEN)) == (WorkState.IDLE, WorkState.IDLE)
    assert centre.engine.state.contacts == {}


def test_a_transfer_to_the_queues_pilot_brings_the_contact_back(centre: Centre) -> None:
    number, entered = centre.contact().id, centre.contact().entered
    centre.passes(20)
    at = centre.at("7101", state="connected")
    centre.asks(m.SingleStepTransferCall(active_call=at, transferred_to=DeviceID("7000")))
    contact = centre.contact()
    assert (contact.id, contact.queue, contact.entered) == (number, SALES, entered)
    assert contact.stage is ContactStage.QUEUED
    centre.works(BEN)
    centre.answers("7102")
    assert centre.contact().agent == BEN
    assert centre.kinds().count("ContactOpened") == 0


def test_a_transfer_outside_ends_the_contact(centre: Centre) -> None:
    at = centre.at("7101", state="connected")
    centre.asks(m.SingleStepTransferCall(active_call=at, transferred_to=DeviceID(OUTSIDE)))
    assert centre.contact().stage is ContactStage.WRAP_UP
    centre.passes(5)
    assert centre.engine.state.contacts == {}
    assert centre.work(ANNA) is WorkState.IDLE


def test_a_conference_that_the_agent_leaves(centre: Centre) -> None:
    centre.works(BEN)
    centre.consults("7101", "7102")
    centre.answers("7102")
    centre.confers("7101")
    assert centre.contact().talk.devices == ("7101", "7102")
    assert centre.contact().agent == ANNA
    assert set(centre.engine.state.busy_phones) == {"7102"}, "Ben sits in it, and is not to be offered anybody"
    at = centre.at("7101", state="connected")
    centre.asks(m.ClearConnection(connection_to_be_cleared=at))
    assert centre.contact().agent == BEN
    assert centre.engine.state.busy_phones == {}
    assert centre.work(ANNA) is WorkState.WRAP_UP
    centre.hangs_up(CAROL)
    centre.passes(5)
    assert centre.engine.state.contacts == {}
    assert centre.work(BEN) is WorkState.IDLE


def test_a_conference_that_the_other_leaves(centre: Centre) -> None:
    centre.consults("7101", NOBODYS)
    centre.answers(NOBODYS)
    centre.confers("7101")
    assert centre.contact().talk.devices == ("7101", NOBODYS)
    centre.hangs_up(NOBODYS)
    assert centre.contact().talk.devices == ()
    assert (centre.contact().stage, centre.contact().agent) == (ContactStage.TALKING, ANNA)
    centre.hangs_up(CAROL)
    assert centre.work(ANNA) is WorkState.WRAP_UP


def test_another_agent_picks_up_what_rings(idle: Centre) -> None:
    centre = idle
    centre.works(ANNA)
    centre.dials(CAROL, "7000")
    centre.rings("7101")
    centre.works(BEN)
    centre.dials("7102", "*59*7101")
    assert centre.contact().agent == BEN
    assert centre.work(ANNA) is WorkState.IDLE
    assert centre.kinds().count("ContactPickedUp") == 1
    centre.hangs_up(CAROL)
    assert centre.work(BEN) is WorkState.WRAP_UP


@pytest.mark.parametrize("taker", [NOBODYS, "7302"], ids=["a phone of ours", "a phone that nobody watches"])
def test_a_phone_where_nobody_works_picks_up_what_rings(idle: Centre, taker: str) -> None:
    centre = idle
    centre.works(ANNA)
    centre.dials(CAROL, "7000")
    centre.rings("7101")
    centre.dials(taker, "*59*7101")
    assert centre.work(ANNA) is WorkState.IDLE
    centre.hangs_up(CAROL)
    assert centre.engine.state.contacts == {}
    (released,) = [one for one in centre.journal if isinstance(one, e.ContactReleased)]
    assert released.disposition == "answered"


def test_a_private_call_makes_the_agent_busy(idle: Centre) -> None:
    centre = idle
    centre.works(ANNA, BEN)
    centre.dials("7101", "7202")
    assert set(centre.engine.state.busy_phones) == {"7101"}
    centre.dials(CAROL, "7000")
    centre.answers("7102")
    assert centre.contact().agent == BEN
    centre.hangs_up("7101")
    assert centre.engine.state.busy_phones == {}


def test_an_agent_who_calls_the_centre_themselves_is_busy(idle: Centre) -> None:
    centre = idle
    centre.works(ANNA)
    centre.dials("7101", "7000")
    assert set(centre.engine.state.busy_phones) == {"7101"}
    assert centre.contact().stage is ContactStage.QUEUED, "nobody is offered their own call"
    centre.hangs_up("7101")
    assert centre.engine.state.busy_phones == {}


def test_a_phone_that_fails_is_offered_nobody_until_it_is_back(idle: Centre) -> None:
    centre = idle
    centre.works(ANNA)
    centre.fails("7101")
    centre.dials(CAROL, "7000")
    assert centre.contact().stage is ContactStage.QUEUED
    centre.recovers("7101")
    centre.answers("7101")
    assert centre.contact().agent == ANNA
