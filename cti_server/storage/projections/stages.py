"""How a contact's stage follows from its events, as the reports see it."""

from collections.abc import Mapping

from cti_server.vocabulary.events import (
    ContactAnswered,
    ContactClosed,
    ContactOpened,
    ContactQueued,
    ContactReleased,
    Event,
    OfferEnded,
    OfferMade,
    WrapUpEnded,
    WrapUpStarted,
)
from cti_server.vocabulary.values import OfferOutcome

FLOW, QUEUE, RING, TALK, WRAP_UP = "flow", "queue", "ring", "talk", "wrap-up"
RELEASED, CLOSED = "released", "closed"
"""After the call and outside a wrap-up; and for good."""

SEGMENTS = (FLOW, QUEUE, RING, TALK, WRAP_UP)

_LEADS_TO: Mapping[type[Event], str] = {
    ContactOpened: FLOW,
    ContactQueued: QUEUE,
    OfferMade: RING,
    ContactAnswered: TALK,
    WrapUpStarted: WRAP_UP,
    WrapUpEnded: RELEASED,
    ContactClosed: CLOSED,
}

KINDS: frozenset[type[Event]] = frozenset({*_LEADS_TO, OfferEnded, ContactReleased})


def stage_after(stage: str, event: Event) -> str:
    """Give the stage after ``event``; an event that says nothing of it leaves it as it is.

    An offer that ended without an answer leads back to the queue. An answered one stays ``ring`` until the contact
    is answered, and one whose caller is gone until the contact is released: both follow at the same moment.
    """
    match event:
        case OfferEnded(outcome=outcome):
            stays = stage != RING or outcome in {OfferOutcome.ANSWERED, OfferOutcome.CALLER_GONE}
            return stage if stays else QUEUE
        case ContactReleased():
            return stage if stage == WRAP_UP else RELEASED
        case _:
            return _LEADS_TO.get(type(event), stage)
