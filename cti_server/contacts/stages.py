"""The law of a contact's stages: one table, and what is absent from it is illegal."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from cti_server.vocabulary.faults import follow
from cti_server.vocabulary.values import ContactStage


class ContactMove(StrEnum):
    """What can happen to a contact, seen from its stage."""

    SCHEDULE = "schedule"
    QUEUE = "queue"
    LEAVE = "leave"
    FORWARD = "forward"
    KEEP_WAITING = "keep-waiting"
    KEEP_TREATING = "keep-treating"
    OFFER = "offer"
    RETURN = "return"
    ANSWER = "answer"
    TRANSFER = "transfer"
    RELEASE = "release"
    CLOSE = "close"


FIRST_STAGE: Final = ContactStage.TREATED

# A queued contact can be answered without an offer: the agent answered in the moment in which the offer ended,
# and the PBX is always right about calls. A contact whose flow sends it to a number outside keeps its place in line, if
# it has one, until it is there. A callback whose customer was not reached is scheduled anew. A talk that is given on to
# a pilot begins that pilot's flow. A release before any talk leaves nothing to wrap up, hence CLOSED at once.
TRANSITIONS: Final[Mapping[tuple[ContactStage, ContactMove], ContactStage]] = MappingProxyType(
    {
        (ContactStage.TREATED, ContactMove.QUEUE): ContactStage.QUEUED,
        (ContactStage.TREATED, ContactMove.RELEASE): ContactStage.CLOSED,
        (ContactStage.TREATED, ContactMove.FORWARD): ContactStage.FORWARDED,
        (ContactStage.TREATED, ContactMove.SCHEDULE): ContactStage.SCHEDULED,
        (ContactStage.SCHEDULED, ContactMove.SCHEDULE): ContactStage.SCHEDULED,
        (ContactStage.SCHEDULED, ContactMove.QUEUE): ContactStage.QUEUED,
        (ContactStage.SCHEDULED, ContactMove.RELEASE): ContactStage.CLOSED,
        (ContactStage.FORWARDED, ContactMove.KEEP_WAITING): ContactStage.QUEUED,
        (ContactStage.FORWARDED, ContactMove.KEEP_TREATING): ContactStage.TREATED,
        (ContactStage.FORWARDED, ContactMove.LEAVE): ContactStage.TREATED,
        (ContactStage.FORWARDED, ContactMove.RELEASE): ContactStage.CLOSED,
        (ContactStage.QUEUED, ContactMove.OFFER): ContactStage.OFFERED,
        (ContactStage.QUEUED, ContactMove.ANSWER): ContactStage.TALKING,
        (ContactStage.QUEUED, ContactMove.RELEASE): ContactStage.CLOSED,
        (ContactStage.QUEUED, ContactMove.LEAVE): ContactStage.TREATED,
        (ContactStage.QUEUED, ContactMove.FORWARD): ContactStage.FORWARDED,
        (ContactStage.QUEUED, ContactMove.SCHEDULE): ContactStage.SCHEDULED,
        (ContactStage.OFFERED, ContactMove.RETURN): ContactStage.QUEUED,
        (ContactStage.OFFERED, ContactMove.ANSWER): ContactStage.TALKING,
        (ContactStage.OFFERED, ContactMove.SCHEDULE): ContactStage.SCHEDULED,
        (ContactStage.OFFERED, ContactMove.RELEASE): ContactStage.CLOSED,
        (ContactStage.TALKING, ContactMove.TRANSFER): ContactStage.TREATED,
        (ContactStage.TALKING, ContactMove.RELEASE): ContactStage.WRAP_UP,
        (ContactStage.WRAP_UP, ContactMove.CLOSE): ContactStage.CLOSED,
        (ContactStage.CLOSED, ContactMove.CLOSE): ContactStage.CLOSED,
    }
)


def next_stage(stage: ContactStage, move: ContactMove) -> ContactStage:
    """Where ``move`` leads from ``stage``; raises `IllegalTransitionError` where the table has nothing."""
    return follow("contact", TRANSITIONS, stage, move)
