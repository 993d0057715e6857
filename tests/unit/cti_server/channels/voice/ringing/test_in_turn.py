"""Offers to several agents at once ring in turn, and what never rang is nobody's silence."""

from typing import Any

import pytest

from cti_server.channels.voice.ringing.in_turn import InTurn
from cti_server.engine.state import State
from cti_server.vocabulary.commands import Command, ReportOfferFailed
from cti_server.vocabulary.effects import MoveToAgent, WithdrawOffer
from cti_server.vocabulary.ids import CallId, ContactId, DeviceNumber, LinkName, OfferId
from cti_server.vocabulary.values import CallRef, OfferOutcome
from tests.fakes.virtual_time import VirtualClock

CALL = CallRef(LinkName("pbx"), CallId("C1"))
ONE, TWO, THREE = OfferId(1), OfferId(2), OfferId(3)


class Entry:
    """As much of a contact, or an offer, as this looks at."""

    def __init__(self, **facts: Any) -> None:
        self.__dict__.update(facts)


class Ringing:
    """A contact with three open offers."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.contact = Entry(offer=ONE)
        deadline = self.clock.now() + 20
        self.state: Any = State()
        self.state.contacts[ContactId(1)] = self.contact
        self.state.offers.update({one: Entry(deadline=deadline) for one in (ONE, TWO, THREE)})
        self.moved: list[OfferId] = []
        self.told: list[Command] = []
        view: Any = Entry(state=self.state)
        self.turns = InTurn(
            clock=self.clock,
            submit=self.told.append,
            view=lambda _link: view,
            move=lambda wish: self.moved.append(wish.offer),
        )

    def takes(self, offer: OfferId) -> bool:
        wish = MoveToAgent(cause=1, contact=ContactId(1), call=CALL, offer=offer, device=DeviceNumber(f"710{offer}"))
        return self.turns.takes(wish)

    def over(self, offer: OfferId, following: OfferId | None) -> None:
        del self.state.offers[offer]
        self.contact.offer = following
        self.turns.withdraw(WithdrawOffer(cause=1, contact=ContactId(1), offer=offer, device=DeviceNumber("7101")))


@pytest.fixture
def ringing() -> Ringing:
    made = Ringing()
    assert [made.takes(one) for one in (ONE, TWO, THREE)] == [False, True, True]
    return made


def test_the_next_phone_rings_when_the_first_one_is_still(ringing: Ringing) -> None:
    ringing.over(ONE, TWO)
    assert ringing.moved == [TWO]
    ringing.over(TWO, THREE)
    assert ringing.moved == [TWO, THREE]
    ringing.clock.advance(60)
    assert ringing.told == []


def test_an_offer_that_is_withdrawn_before_its_turn_never_rings(ringing: Ringing) -> None:
    ringing.over(TWO, ONE)
    ringing.over(ONE, THREE)
    assert ringing.moved == [THREE]


def test_an_offer_whose_turn_never_came_is_given_back_without_blame(ringing: Ringing) -> None:
    ringing.clock.advance(20)
    assert [type(one) for one in ringing.told] == [ReportOfferFailed, ReportOfferFailed]
    assert all(
        isinstance(one, ReportOfferFailed) and one.outcome is OfferOutcome.CALL_NOT_MOVED for one in ringing.told
    )
