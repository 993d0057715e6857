"""Projection ``segments``: the stretches of each contact with a flow, a queue or an agent."""

from dataclasses import replace

from cti_server.storage.projections import stages
from cti_server.storage.rows import SegmentRow
from cti_server.vocabulary.events import (
    ContactAnswered,
    ContactOpened,
    ContactQueued,
    Event,
    OfferEnded,
    OfferMade,
    Recorded,
    WrapUpStarted,
)
from cti_server.vocabulary.ids import ContactId

NAME = "segments"
VERSION = 1
KINDS = stages.KINDS


def fold(rows: tuple[SegmentRow, ...], recorded: Recorded) -> tuple[SegmentRow, ...]:
    """Fold one event into the segments of its contact, which stand in their order.

    A contact that comes back from an offer and is offered again at the same moment has a queue segment of no length
    between the two rings. An event of a contact whose opening is not in the journal leaves no segment.
    """
    event, at = recorded.event, recorded.at
    if isinstance(event, OfferEnded):
        rows = tuple(
            replace(row, outcome=str(event.outcome)) if row.offer == event.offer and row.kind == stages.RING else row
            for row in rows
        )
    if not rows and not isinstance(event, ContactOpened):
        return rows
    stage = _stage(rows)
    after = stages.stage_after(stage, event)
    # A second queueing or offer without an end between is a new stretch all the same.
    if after == stage and not (isinstance(event, (ContactQueued, OfferMade)) or not rows):
        return rows
    closed = tuple(replace(row, ended=at) if row.ended is None else row for row in rows)
    if after not in stages.SEGMENTS:
        return closed
    contact: ContactId = getattr(event, "contact", None) or rows[0].contact
    return (*closed, _opened(contact, closed, after, event, at))


def _stage(rows: tuple[SegmentRow, ...]) -> str:
    if rows and rows[-1].ended is None:
        return rows[-1].kind
    return stages.RELEASED


def _opened(contact: ContactId, before: tuple[SegmentRow, ...], kind: str, event: Event, at: float) -> SegmentRow:
    queue = next((row.queue for row in reversed(before) if row.queue is not None), None)
    row = SegmentRow(contact=contact, number=len(before) + 1, kind=kind, started=at, queue=queue)
    match event:
        case ContactOpened():
            return replace(row, flow=event.flow)
        case ContactQueued():
            return replace(row, queue=event.queue, flow=event.flow)
        case OfferMade():
            return replace(row, agent=event.agent, offer=event.offer)
        case ContactAnswered() | WrapUpStarted():
            return replace(row, agent=event.agent)
        case _:
            return row
