"""Projection ``contacts``: one row per contact with its times, sums and outcome."""

from dataclasses import replace

from cti_server.storage.projections import stages
from cti_server.storage.rows import ContactRow
from cti_server.vocabulary.events import (
    ContactAnswered,
    ContactClosed,
    ContactOpened,
    ContactQueued,
    ContactReleased,
    Event,
    OfferMade,
    Recorded,
)

NAME = "contacts"
VERSION = 1
KINDS = stages.KINDS


def fold(rows: tuple[ContactRow, ...], recorded: Recorded) -> tuple[ContactRow, ...]:
    """Fold one event into the row of its contact; ``rows`` is that row, or empty before it opened."""
    event, at = recorded.event, recorded.at
    if isinstance(event, ContactOpened):
        return (
            ContactRow(
                contact=event.contact,
                channel=str(event.channel),
                pilot=event.pilot,
                party=event.party,
                flow=event.flow,
                arrived=at,
                stage=stages.FLOW,
                since=at,
            ),
        )
    return tuple(_with_facts(_moved(row, event, at), event, at) for row in rows)


def _moved(row: ContactRow, event: Event, at: float) -> ContactRow:
    """Book the time of the stage that ends here."""
    stage = stages.stage_after(row.stage, event)
    if stage == row.stage:
        return row
    spent = at - row.since
    match row.stage:
        case stages.FLOW:
            row = replace(row, flow_seconds=row.flow_seconds + spent)
        case stages.QUEUE:
            row = replace(row, wait_seconds=row.wait_seconds + spent)
        case stages.RING:
            row = replace(row, ring_seconds=row.ring_seconds + spent)
        case stages.TALK:
            row = replace(row, talk_seconds=row.talk_seconds + spent)
        case stages.WRAP_UP:
            row = replace(row, wrap_seconds=row.wrap_seconds + spent)
        case _:
            pass
    return replace(row, stage=stage, since=at)


def _with_facts(row: ContactRow, event: Event, at: float) -> ContactRow:
    match event:
        case ContactQueued():
            return replace(row, queue=event.queue, queued=at if row.queued is None else row.queued)
        case OfferMade():
            return replace(row, offers=row.offers + 1)
        case ContactAnswered():
            return replace(row, agent=event.agent, answered=at if row.answered is None else row.answered)
        case ContactReleased():
            return replace(
                row,
                ended=at,
                disposition=str(event.disposition),
                released_by=str(event.released_by),
                cause_text=event.cause_text,
            )
        case ContactClosed():
            return replace(row, closed=at)
        case _:
            return row
