"""Offers: an agent held for a contact while the phone rings, and the law of the offer's states."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from cti_server.vocabulary.faults import follow
from cti_server.vocabulary.ids import AgentId, ContactId, DeviceNumber, OfferId


class OfferState(StrEnum):
    """Held: the PBX is asked to ring the agent. Alerting: it rings. Ended: answered or not."""

    HELD = "held"
    ALERTING = "alerting"
    ENDED = "ended"


class OfferMove(StrEnum):
    """What can happen to an offer."""

    ALERT = "alert"
    END = "end"


OFFER_TRANSITIONS: Final[Mapping[tuple[OfferState, OfferMove], OfferState]] = MappingProxyType(
    {
        (OfferState.HELD, OfferMove.ALERT): OfferState.ALERTING,
        (OfferState.HELD, OfferMove.END): OfferState.ENDED,
        (OfferState.ALERTING, OfferMove.END): OfferState.ENDED,
    }
)


def next_offer_state(state: OfferState, move: OfferMove) -> OfferState:
    """Where ``move`` leads from ``state``; raises `IllegalTransitionError` where the table has nothing."""
    return follow("offer", OFFER_TRANSITIONS, state, move)


@dataclass(slots=True, kw_only=True)
class Offer:
    """One offer; ``deadline`` and ``made_at`` are Unix seconds, ``seq`` is its event's place in the journal.

    ``shared``: others are offered the contact at the same time (ring-all).
    """

    id: OfferId
    contact: ContactId
    agent: AgentId
    device: DeviceNumber
    made_at: float
    deadline: float
    seq: int
    state: OfferState = OfferState.HELD
    shared: bool = False
