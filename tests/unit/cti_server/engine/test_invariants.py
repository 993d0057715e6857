"""The checks see what they are there to see: each breach is made by hand."""

from collections.abc import Callable

import pytest

from cti_server.agents.agent import Engagement
from cti_server.engine.invariants import check
from cti_server.engine.state import State
from cti_server.vocabulary.ids import ContactId, OfferId, QueueName
from cti_server.vocabulary.values import AgentStatus, Channel, ContactStage, WorkState
from tests.scenarios.engine.story import ANNA, BEN, SALES, Story


def sound_state() -> State:
    """Contact 1 talks with anna, 2 rings at ben, 3 waits with music."""
    story = Story()
    story.log_on(ANNA, BEN)
    story.waiting_caller("C1")
    story.answer(1)
    story.waiting_caller("C2")
    story.waiting_caller("C3")
    assert check(story.state) == []
    return story.state


def contact(state: State, number: int, **changes: object) -> None:
    for name, value in changes.items():
        setattr(state.contacts[ContactId(number)], name, value)


def agent(state: State, number: str, **changes: object) -> None:
    for name, value in changes.items():
        setattr(state.agents[ANNA if number == "anna" else BEN], name, value)


def two_offers(state: State) -> None:
    offer = state.offers[OfferId(2)]
    state.offers[OfferId(9)] = offer


def two_calls(state: State) -> None:
    state.agents[ANNA].engagements[ContactId(3)] = engagement(3, WorkState.BUSY)


def forget_reservation(state: State) -> None:
    del state.agents[BEN].engagements[ContactId(2)]


def wrap_up_alone(state: State) -> None:
    state.agents[ANNA].engagements[ContactId(1)] = engagement(1, WorkState.WRAP_UP)


def engagement(contact: int, work: WorkState) -> Engagement:
    return Engagement(contact=ContactId(contact), channel=Channel.VOICE, work=work, since=0.0)


def stand_still(state: State) -> None:
    state.contacts[ContactId(3)].cursor.verb = None


def no_session(state: State) -> None:
    state.contacts[ContactId(3)].session = None


def lose_call(state: State) -> None:
    call = state.contacts[ContactId(3)].call
    assert call is not None
    del state.calls[call.link][call.call]


def free_again(state: State) -> None:
    state.agents[ANNA].engagements.clear()


def turn_round(state: State) -> None:
    state.lines[SALES].places.reverse()


def miscount(state: State) -> None:
    state.lines[SALES].counters.received += 1


def drop_out(state: State) -> None:
    del state.lines[SALES].places[0]


def forget_contact(state: State) -> None:
    del state.contacts[ContactId(1)]


@pytest.mark.parametrize(
    ("breach", "text"),
    [
        (two_offers, "an agent holds two offers of one contact"),
        (two_calls, "agent anna has two calls in hand"),
        (two_calls, "agent anna serves contact 3, which has None"),
        (wrap_up_alone, "agent anna wraps up contact 1, which does not know"),
        (stand_still, "contact 3 is queued and waits for nothing"),
        (no_session, "contact 3 waits for a verb without a session"),
        (lose_call, "contact 3 is not found by its call"),
        (free_again, "contact 3 waits in sales beside free agent anna"),
        (turn_round, "queue sales is out of order"),
        (miscount, "queue sales: outcomes do not sum to what it received"),
        (drop_out, "queue sales does not have its contacts in line"),
        (forget_contact, "agent anna is stuck with closed contact 1"),
        (forget_reservation, "offer 2 does not reserve its agent"),
        (
            lambda state: agent(state, "ben", device="7101"),
            "two agents are logged on at one device, or one is not found there",
        ),
        (lambda state: agent(state, "ben", status=AgentStatus.LOGGED_OFF), "agent ben is logged-off at device 7102"),
        (lambda state: contact(state, 2, offers=[]), "contact 2 is offered with offers []"),
        (lambda state: contact(state, 1, agent=None), "agent anna serves contact 1, which has None"),
        (lambda state: contact(state, 1, stage=ContactStage.CLOSED), "contact 1 is closed and still here"),
        (lambda state: contact(state, 1, stage=ContactStage.WRAP_UP), "contact 1 is wrap-up and nobody wraps it up"),
        (lambda state: contact(state, 1, past_offers=[]), "past offer 1 is nobody's"),
        (lambda state: contact(state, 3, queue=QueueName("none")), "queue sales does not have its contacts in line"),
    ],
)
def test_a_breach_is_named(breach: Callable[[State], None], text: str) -> None:
    state = sound_state()
    breach(state)
    assert text in check(state)
