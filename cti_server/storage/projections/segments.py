"""Projection ``segments``: the stretches of each contact with a flow, a queue, an agent or a number outside."""

from collections.abc import Callable
from dataclasses import replace

from cti_server.storage.projections import stages
from cti_server.storage.rows import SegmentRow
from cti_server.vocabulary import events
from cti_server.vocabulary.ids import AgentId, ContactId
from cti_server.vocabulary.values import LET_GO, OfferOutcome, QueueOutcome, TransferKind

NAME = "segments"
VERSION = 2
KINDS = stages.KINDS

Rows = tuple[SegmentRow, ...]

_ASIDE = frozenset({stages.WRAP_UP, stages.SUPERVISION})
"""Kinds that run beside the contact's own way."""


def fold(rows: Rows, recorded: events.Recorded) -> Rows:
    """Fold one event into the segments of its contact, which stand in their order.

    A contact that comes back from an offer and is offered again at the same moment has a queue segment of no length
    between the two rings; a queue that did not take it leaves one of no length too. A contact whose opening is not in
    the journal leaves no segment, nor does one of our own agents who called the agent line.
    """
    event, at = recorded.event, recorded.at
    if isinstance(event, events.ContactOpened):
        return () if event.internal else _begin(rows, at, stages.FLOW, event.contact, flow=event.flow)
    if not rows:
        return rows
    for change in (_queued, _sent_on, _offer, _talk, _given_on, _aside, _end):
        changed = change(rows, event, at)
        if changed is not None:
            return changed
    return rows


# Each of these gives None where the event is none of its own.


def _queued(rows: Rows, event: events.Event, at: float) -> Rows | None:
    """On the way to an agent: queues and callbacks."""
    contact = rows[0].contact
    match event:
        case events.CallbackScheduled(agent=agent, queue=queue):
            if rows[-1].started == at and rows[-1].kind == stages.FLOW and rows[-1].ended is None:
                rows = rows[:-1]  # a callback has no flow before its time
            return _begin(rows, at, stages.SCHEDULED, contact, queue=queue, agent=agent)
        case events.ContactQueued(queue=queue, flow=flow):
            return _begin(rows, at, stages.QUEUE, contact, queue=queue, flow=flow)
        case events.QueueRefused(queue=queue, outcome=outcome):
            row = SegmentRow(contact=contact, number=len(rows) + 1, kind=stages.QUEUE, started=at, ended=at)
            return (*rows, replace(row, queue=queue, outcome=str(outcome)))
        case events.QueueLeft(outcome=outcome):
            rows = _queue_left(rows, outcome)
            if outcome is QueueOutcome.REQUEUED:  # the next queue follows at the same moment
                return _close(rows, at)
            return _begin(rows, at, stages.FLOW, contact, flow=_routing_flow(rows))
        case _:
            return None


def _sent_on(rows: Rows, event: events.Event, at: float) -> Rows | None:
    """The flow sends the call to a number outside."""
    contact = rows[0].contact
    match event:
        case events.ForwardRequested(number=number, transfer=transfer):
            begun = _begin(rows, at, stages.FORWARD, contact, queue=_queue(rows), device=number)
            return (*begun[:-1], replace(begun[-1], outcome=str(transfer)))
        case events.ForwardFailed():
            before = next((row for row in reversed(rows) if row.kind in {stages.FLOW, stages.QUEUE}), rows[0])
            rows = _mark(rows, lambda row: row.kind == stages.FORWARD and row.ended is None, "failed")
            return _begin(rows, at, before.kind, contact, queue=before.queue, flow=before.flow)
        case _:
            return None


def _offer(rows: Rows, event: events.Event, at: float) -> Rows | None:
    contact = rows[0].contact
    match event:
        case events.OfferMade(offer=offer, agent=agent):
            shared = event.shared and _stage(rows) == stages.RING
            kept = rows if shared else _close(rows, at)
            row = SegmentRow(contact=contact, number=len(kept) + 1, kind=stages.RING, started=at, queue=_queue(rows))
            return (*kept, replace(row, agent=agent, offer=offer))
        case events.OfferEnded(offer=offer, outcome=outcome):
            rows = _mark(rows, lambda row: row.kind == stages.RING and row.offer == offer, str(outcome))
            if outcome in {OfferOutcome.ANSWERED, *LET_GO} or _stage(rows) != stages.RING:
                return rows
            rows = _close(rows, at, lambda row: row.offer == offer)
            if _stage(rows) == stages.RING:
                return rows
            flow = next((row.flow for row in reversed(rows) if row.kind == stages.QUEUE), None)
            return _begin(rows, at, stages.QUEUE, contact, queue=_queue(rows), flow=flow)
        case _:
            return None


def _talk(rows: Rows, event: events.Event, at: float) -> Rows | None:
    contact = rows[0].contact
    match event:
        case events.ContactPickedUp(agent=None, device=device):
            rows = _queue_left(rows, QueueOutcome.ANSWERED)
            return _begin(rows, at, stages.TALK, contact, queue=_queue(rows), device=device)
        case events.ContactAnswered(agent=agent):
            rows = _queue_left(rows, QueueOutcome.ANSWERED)
            return _begin(rows, at, stages.TALK, contact, queue=_queue(rows), agent=agent)
        case _:
            return None


def _given_on(rows: Rows, event: events.Event, at: float) -> Rows | None:
    """Within a talk: hold and transfer."""
    contact = rows[0].contact
    match event:
        case events.ContactHeld():
            return tuple(replace(row, held_since=at) if _talks(row) and row.held_since is None else row for row in rows)
        case events.ContactRetrieved():
            return tuple(_retrieved(row, at) for row in rows)
        case events.ContactTransferred(transfer=transfer, to=to, number=number):
            rows = _mark(rows, _talks, f"transferred to {to or number}")
            if transfer is TransferKind.AGENT:
                return _begin(rows, at, stages.TALK, contact, queue=_queue(rows), agent=to, device=number)
            if transfer is TransferKind.QUEUE:
                return _begin(rows, at, stages.FLOW, contact, device=number)
            return rows  # its end follows
        case _:
            return None


def _aside(rows: Rows, event: events.Event, at: float) -> Rows | None:
    """Beside the contact's own way: wrap-up and supervisors."""
    row = SegmentRow(contact=rows[0].contact, number=len(rows) + 1, kind=stages.WRAP_UP, started=at)
    match event:
        case events.WrapUpStarted(agent=agent):
            queue = next((each.queue for each in reversed(rows) if _talked(each) and each.agent == agent), None)
            return (*rows, replace(row, agent=agent, queue=queue or _queue(rows)))
        case events.WrapUpEnded(agent=agent):
            return _close(rows, at, lambda each: each.kind == stages.WRAP_UP and each.agent == agent)
        case events.SupervisionStarted(supervisor=supervisor, role=role):
            started = replace(row, kind=stages.SUPERVISION, agent=supervisor, outcome=str(role), queue=_queue(rows))
            return (*rows, started)
        case events.SupervisionEnded(supervisor=supervisor):
            return _close(rows, at, lambda each: each.kind == stages.SUPERVISION and each.agent == supervisor)
        case _:
            return None


def _end(rows: Rows, event: events.Event, at: float) -> Rows | None:
    match event:
        case events.ContactReleased():
            if _stage(rows) in {stages.QUEUE, stages.RING} or (_stage(rows) == stages.FORWARD and _queue_open(rows)):
                rows = _queue_left(rows, stages.queue_outcome(event))
            return _close(rows, at, lambda row: row.kind != stages.WRAP_UP)
        case events.ContactClosed():
            return _close(rows, at, lambda _row: True)
        case _:
            return None


def _stage(rows: Rows) -> str:
    """What the contact does now on its own way."""
    return next((row.kind for row in reversed(rows) if row.ended is None and row.kind not in _ASIDE), stages.RELEASED)


def _begin(
    rows: Rows,
    at: float,
    kind: str,
    contact: ContactId,
    *,
    flow: str | None = None,
    queue: str | None = None,
    agent: AgentId | None = None,
    device: str | None = None,
) -> Rows:
    """The next stretch on the contact's own way; what was under way there is over."""
    rows = _close(rows, at)
    row = SegmentRow(contact=contact, number=len(rows) + 1, kind=kind, started=at)
    return (*rows, replace(row, flow=flow, queue=queue, agent=agent, device=device))


def _own_way(row: SegmentRow) -> bool:
    return row.kind not in _ASIDE


def _close(rows: Rows, at: float, which: Callable[[SegmentRow], bool] = _own_way) -> Rows:
    return tuple(replace(_retrieved(row, at), ended=at) if row.ended is None and which(row) else row for row in rows)


def _mark(rows: Rows, which: Callable[[SegmentRow], bool], outcome: str) -> Rows:
    return tuple(replace(row, outcome=outcome) if which(row) else row for row in rows)


def _queue_left(rows: Rows, outcome: QueueOutcome) -> Rows:
    """The last stretch in the queue that the contact stands in bears how it was left."""
    last = next((row.number for row in reversed(rows) if row.kind == stages.QUEUE), None)
    return _mark(rows, lambda row: row.number == last and row.outcome is None, str(outcome))


def _queue_open(rows: Rows) -> bool:
    """Whether the contact still has its place in the queue that it came to last."""
    last = next((row for row in reversed(rows) if row.kind in {stages.FLOW, stages.QUEUE}), rows[0])
    return last.kind == stages.QUEUE and last.outcome is None


def _queue(rows: Rows) -> str | None:
    return next((row.queue for row in reversed(rows) if row.queue is not None and _own_way(row)), None)


def _routing_flow(rows: Rows) -> str | None:
    """The flow that put the contact into the queue that it leaves."""
    return next((row.flow for row in reversed(rows) if row.kind == stages.FLOW and row.flow is not None), None)


def _talked(row: SegmentRow) -> bool:
    return row.kind == stages.TALK


def _talks(row: SegmentRow) -> bool:
    return row.kind == stages.TALK and row.ended is None


def _retrieved(row: SegmentRow, at: float) -> SegmentRow:
    if row.held_since is None:
        return row
    return replace(row, held_since=None, hold_seconds=row.hold_seconds + at - row.held_since)
