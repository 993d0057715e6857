"""Projection ``agent_activity``: what each agent did from log-on to log-off, without gaps.

At each moment between log-on and log-off an agent has exactly one activity, so that an agent's times add up to the
time logged on.
"""

from collections.abc import Mapping
from dataclasses import replace

from cti_server.storage.projections.stages import RING, TALK, WRAP_UP
from cti_server.storage.rows import ActivityRow
from cti_server.vocabulary.events import (
    AgentBecameNotReady,
    AgentBecameReady,
    AgentLoggedOff,
    AgentLoggedOn,
    ContactAnswered,
    ContactReleased,
    Event,
    OfferEnded,
    OfferMade,
    PhoneBecameBusy,
    PhoneBecameFree,
    Recorded,
    WrapUpEnded,
    WrapUpStarted,
)
from cti_server.vocabulary.values import OfferOutcome

NAME = "agent_activity"
VERSION = 1
IDLE, BUSY, AWAY = "idle", "busy", "away"

_WORK: Mapping[type[Event], str] = {OfferMade: RING, ContactAnswered: TALK, WrapUpStarted: WRAP_UP}

KINDS: frozenset[type[Event]] = frozenset(
    {
        AgentLoggedOn,
        AgentLoggedOff,
        AgentBecameReady,
        AgentBecameNotReady,
        OfferMade,
        OfferEnded,
        ContactAnswered,
        ContactReleased,
        WrapUpStarted,
        WrapUpEnded,
        PhoneBecameBusy,
        PhoneBecameFree,
    }
)


def fold(rows: tuple[ActivityRow, ...], recorded: Recorded) -> tuple[ActivityRow, ...]:
    """Fold one event into the stretches of one agent, the last of which may be open.

    Events of phones and releases name no agent: they are folded into every agent, and count where the open stretch is
    of their device or contact. A call that a phone had before its agent logged on is not known here.
    """
    event, at = recorded.event, recorded.at
    if isinstance(event, AgentLoggedOn):
        started = ActivityRow(
            agent=event.agent, seq=recorded.seq, started=at, activity=AWAY, device=event.device, ready=False
        )
        return (*_ended(rows, at), started)
    if not rows or rows[-1].ended is not None:
        return rows
    if isinstance(event, AgentLoggedOff):
        return _ended(rows, at)
    now = rows[-1]
    after = _shown(_after(now, event))
    if after == now:
        return rows
    if now.started == at:
        return (*rows[:-1], after)
    return (*rows[:-1], replace(now, ended=at), replace(after, seq=recorded.seq, started=at))


def _ended(rows: tuple[ActivityRow, ...], at: float) -> tuple[ActivityRow, ...]:
    return tuple(replace(row, ended=at) if row.ended is None else row for row in rows)


def _after(row: ActivityRow, event: Event) -> ActivityRow:
    match event:
        case AgentBecameReady():
            return replace(row, ready=True, reason="")
        case AgentBecameNotReady():
            return replace(row, ready=False, reason=event.reason)
        case PhoneBecameBusy() | PhoneBecameFree() if event.device == row.device:
            return replace(row, phone_busy=isinstance(event, PhoneBecameBusy))
        case OfferMade() | ContactAnswered() | WrapUpStarted():
            return replace(row, contact=event.contact, activity=_WORK[type(event)])
        case _:
            return replace(row, contact=None) if _ends_work(row, event) else row


def _ends_work(row: ActivityRow, event: Event) -> bool:
    match event:
        case OfferEnded():
            return event.outcome is not OfferOutcome.ANSWERED and row.activity == RING
        case ContactReleased():
            return event.contact == row.contact and row.activity == TALK
        case _:
            return isinstance(event, WrapUpEnded)


def _shown(row: ActivityRow) -> ActivityRow:
    """Without a contact, a call of their own counts before being away, and that before being idle."""
    if row.contact is not None:
        return row
    if row.phone_busy:
        return replace(row, activity=BUSY)
    return replace(row, activity=IDLE if row.ready else AWAY)
