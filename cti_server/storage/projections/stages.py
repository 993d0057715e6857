"""How a contact's stage follows from its events, as the reports see it."""

from collections.abc import Mapping

from cti_server.queues.counters import outcome_of
from cti_server.vocabulary.events import (
    CallbackScheduled,
    ContactAnswered,
    ContactClosed,
    ContactHeld,
    ContactOpened,
    ContactPickedUp,
    ContactQueued,
    ContactReleased,
    ContactRetrieved,
    ContactTransferred,
    Event,
    ForwardFailed,
    ForwardRequested,
    OfferEnded,
    OfferMade,
    QueueLeft,
    QueueRefused,
    SupervisionEnded,
    SupervisionStarted,
    WrapUpEnded,
    WrapUpStarted,
)
from cti_server.vocabulary.values import LET_GO, OfferOutcome, QueueOutcome, TransferKind

SCHEDULED, FLOW, QUEUE, RING, TALK = "scheduled", "flow", "queue", "ring", "talk"
FORWARD, WRAP_UP, SUPERVISION = "forward", "wrap-up", "supervision"
RELEASED, CLOSED = "released", "closed"
"""After the call and outside a wrap-up; and for good."""

STANDING = frozenset({SCHEDULED, FLOW, QUEUE, RING, TALK})
"""Stages in which the customer's call (or wish) still stands."""

_LEADS_TO: Mapping[type[Event], str] = {
    ContactOpened: FLOW,
    CallbackScheduled: SCHEDULED,
    ContactQueued: QUEUE,
    QueueLeft: FLOW,
    OfferMade: RING,
    ContactPickedUp: TALK,
    ContactAnswered: TALK,
    ContactClosed: CLOSED,
}

KINDS: frozenset[type[Event]] = frozenset(
    {
        *_LEADS_TO,
        OfferEnded,
        QueueRefused,
        ContactHeld,
        ContactRetrieved,
        ContactTransferred,
        ForwardRequested,
        ForwardFailed,
        SupervisionStarted,
        SupervisionEnded,
        ContactReleased,
        WrapUpStarted,
        WrapUpEnded,
    }
)


def stage_after(stage: str, event: Event, ringing: int, wrapping: int) -> str:
    """Give the stage after ``event``; an event that says nothing of it leaves it as it is.

    ``ringing`` and ``wrapping`` are how many agents ring and wrap up after the event. The last offer that ends without
    an answer leads back to the queue. An answered one stays ``ring`` until the contact is answered, and one whose
    caller is gone until the contact is released: both follow at the same moment. A wrap-up beside a talk with somebody
    else is no stage of its own.
    """
    match event:
        case OfferEnded(outcome=outcome):
            stays = stage != RING or ringing > 0 or outcome in {OfferOutcome.ANSWERED, *LET_GO}
            return stage if stays else QUEUE
        case ContactTransferred(transfer=TransferKind.QUEUE):
            return FLOW
        case ContactReleased() | WrapUpStarted() | WrapUpEnded():
            if stage in STANDING and not isinstance(event, ContactReleased):
                return stage
            return WRAP_UP if wrapping else RELEASED
        case _:
            return _LEADS_TO.get(type(event), stage)


def queue_outcome(event: ContactReleased) -> QueueOutcome:
    """How a contact whose call is over left the queue that it stood in."""
    return event.left or outcome_of(event.disposition)
