"""The states of an offer."""

import pytest

from cti_server.contacts.offers import OFFER_TRANSITIONS, OfferMove, OfferState, next_offer_state
from cti_server.vocabulary.faults import IllegalTransitionError


def test_an_offer_alerts_at_most_once_and_ends_once() -> None:
    assert next_offer_state(OfferState.HELD, OfferMove.ALERT) is OfferState.ALERTING
    assert {state for state, move in OFFER_TRANSITIONS if move is OfferMove.END} == {
        OfferState.HELD,
        OfferState.ALERTING,
    }
    for state, move in ((OfferState.ALERTING, OfferMove.ALERT), (OfferState.ENDED, OfferMove.END)):
        with pytest.raises(IllegalTransitionError, match="offer"):
            next_offer_state(state, move)
