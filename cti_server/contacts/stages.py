"""The law of a contact's stages: one table, and what is absent from it is illegal."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from cti_server.vocabulary.faults import follow
from cti_server.vocabulary.values import ContactStage


class ContactMove(StrEnum):
    """What can happen to a contact, seen from its stage."""

    QUEUE = "queue"
    OFFER = "offer"
    RETURN = "return"
    ANSWER = "answer"
    RELEASE = "release"
    CLOSE = "close"


FIRST_STAGE: Final = ContactStage.TREATED

# A queued contact can be answered without an offer: the agent answered in the moment in which the offer ended,
# and the PBX is always right about calls. A release before any talk leaves nothing to wrap up, hence CLOSED at once.
TRANSITIONS: Final[Mapping[tuple[ContactStage, ContactMove], ContactStage]] = MappingProxyType(
    {
        (ContactStage.TREATED, ContactMove.QUEUE): ContactStage.QUEUED,
        (ContactStage.TREATED, ContactMove.RELEASE): ContactStage.CLOSED,
        (ContactStage.QUEUED, ContactMove.OFFER): ContactStage.OFFERED,
        (ContactStage.QUEUED, ContactMove.ANSWER): ContactStage.TALKING,
        (ContactStage.QUEUED, ContactMove.RELEASE): ContactStage.CLOSED,
        (ContactStage.OFFERED, ContactMove.RETURN): ContactStage.QUEUED,
        (ContactStage.OFFERED, ContactMove.ANSWER): ContactStage.TALKING,
        (ContactStage.OFFERED, ContactMove.RELEASE): ContactStage.CLOSED,
        (ContactStage.TALKING, ContactMove.RELEASE): ContactStage.WRAP_UP,
        (ContactStage.WRAP_UP, ContactMove.CLOSE): ContactStage.CLOSED,
        (ContactStage.CLOSED, ContactMove.CLOSE): ContactStage.CLOSED,
    }
)


def next_stage(stage: ContactStage, move: ContactMove) -> ContactStage:
    """Where ``move`` leads from ``stage``; raises `IllegalTransitionError` where the table has nothing."""
    return follow("contact", TRANSITIONS, stage, move)
