"""Projection ``contacts``: one row per contact with its times, sums and outcome."""

from collections.abc import Mapping
from dataclasses import replace

from cti_server.storage.projections import stages
from cti_server.storage.rows import ContactRow
from cti_server.vocabulary import events

NAME = "contacts"
VERSION = 3
KINDS = stages.KINDS - {events.SupervisionStarted, events.SupervisionEnded, events.ForwardRequested}

_SUMS: Mapping[str, str] = {
    stages.SCHEDULED: "scheduled_seconds",
    stages.FLOW: "flow_seconds",
    stages.QUEUE: "wait_seconds",
    stages.RING: "ring_seconds",
    stages.TALK: "talk_seconds",
}


def fold(rows: tuple[ContactRow, ...], recorded: events.Recorded) -> tuple[ContactRow, ...]:
    """Fold one event into the row of its contact; ``rows`` is that row, or empty before it opened.

    One of our own agents who called the agent line is no contact of the reports: nothing of theirs leaves a row.
    """
    event, at = recorded.event, recorded.at
    if isinstance(event, events.ContactOpened):
        return () if event.internal else (_opened(event, at),)
    return tuple(_with_facts(_moved(_counted(row, event, at), event, at), event, at) for row in rows)


def _opened(event: events.ContactOpened, at: float) -> ContactRow:
    return ContactRow(
        contact=event.contact,
        channel=str(event.channel),
        pilot=event.pilot,
        party=event.party,
        flow=event.flow,
        arrived=at,
        stage=stages.FLOW,
        since=at,
    )


def _counted(row: ContactRow, event: events.Event, at: float) -> ContactRow:
    """How many agents ring and wrap up now; wrap-ups may overlap, and each counts."""
    match event:
        case events.OfferMade():
            return replace(row, ringing=row.ringing + 1, offers=row.offers + 1)
        case events.OfferEnded():
            return replace(row, ringing=max(row.ringing - 1, 0))
        case events.WrapUpStarted():
            return replace(_booked_wrap(row, at), wrapping=row.wrapping + 1)
        case events.WrapUpEnded():
            return replace(_booked_wrap(row, at), wrapping=max(row.wrapping - 1, 0))
        case events.ContactClosed():
            return replace(_booked_wrap(row, at), wrapping=0, wrap_since=None, ringing=0)
        case _:
            return row


def _booked_wrap(row: ContactRow, at: float) -> ContactRow:
    spent = row.wrapping * (at - row.wrap_since) if row.wrap_since is not None else 0.0
    return replace(row, wrap_seconds=row.wrap_seconds + spent, wrap_since=at)


def _moved(row: ContactRow, event: events.Event, at: float) -> ContactRow:
    """Book the time of the stage that ends here."""
    stage = stages.stage_after(row.stage, event, row.ringing, row.wrapping)
    if stage == row.stage:
        return row
    total = _SUMS.get(row.stage)
    if total is not None:
        row = replace(row, **{total: getattr(row, total) + at - row.since})
    return replace(row, stage=stage, since=at)


def _with_facts(row: ContactRow, event: events.Event, at: float) -> ContactRow:
    match event:
        case events.ContactQueued() | events.QueueRefused() | events.CallbackScheduled():
            queued = at if isinstance(event, events.ContactQueued) and row.queued is None else row.queued
            return replace(row, queue=event.queue, queued=queued)
        case events.ContactAnswered():
            return replace(row, agent=event.agent, answered=at if row.answered is None else row.answered)
        case events.ContactPickedUp(agent=None):
            return replace(row, answered=at if row.answered is None else row.answered)
        case events.ContactReleased():
            return replace(
                _retrieved(row, at),
                ended=at,
                disposition=str(event.disposition),
                released_by=str(event.released_by),
                cause_text=event.cause_text,
                short=event.short,
            )
        case events.ContactClosed():
            return replace(row, closed=at)
        case _:
            return _within_talk(row, event, at)


def _within_talk(row: ContactRow, event: events.Event, at: float) -> ContactRow:
    match event:
        case events.ContactHeld() if row.held_since is None:
            return replace(row, held_since=at)
        case events.ContactRetrieved():
            return _retrieved(row, at)
        case events.ContactTransferred():
            row = _retrieved(row, at)
            return replace(row, agent=event.to or row.agent, transfers=row.transfers + 1)
        case _:
            return row


def _retrieved(row: ContactRow, at: float) -> ContactRow:
    """The customer is on hold no more."""
    if row.held_since is None:
        return row
    return replace(row, held_since=None, hold_seconds=row.hold_seconds + at - row.held_since)
