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
    ContactClosed,
    ContactReleased,
    ContactTransferred,
    Event,
    OfferEnded,
    OfferMade,
    PhoneBecameBusy,
    PhoneBecameFree,
    Recorded,
    WrapUpEnded,
    WrapUpStarted,
)
from cti_server.vocabulary.ids import AgentId, ContactId
from cti_server.vocabulary.values import OfferOutcome, TransferKind

NAME = "agent_activity"
VERSION = 2
IDLE, BUSY, AWAY = "idle", "busy", "away"

_WORK: Mapping[type[Event], str] = {OfferMade: RING, ContactAnswered: TALK, WrapUpStarted: WRAP_UP}

_OF_NO_AGENT: frozenset[type[Event]] = frozenset({ContactReleased, ContactClosed, PhoneBecameBusy, PhoneBecameFree})
"""Events that every agent is asked about, and that concern few of them."""

KINDS: frozenset[type[Event]] = frozenset(
    {
        AgentLoggedOn,
        AgentLoggedOff,
        AgentBecameReady,
        AgentBecameNotReady,
        OfferMade,
        OfferEnded,
        ContactAnswered,
        ContactTransferred,
        ContactReleased,
        ContactClosed,
        WrapUpStarted,
        WrapUpEnded,
        PhoneBecameBusy,
        PhoneBecameFree,
    }
)


def keys(event: Event) -> tuple[AgentId, ...]:
    """The agents whose stretches an event concerns; none: those of all who are logged on are to be asked."""
    if isinstance(event, ContactTransferred):
        return (event.agent,) if event.to is None else (event.agent, event.to)
    agent: AgentId | None = getattr(event, "agent", None)
    return () if agent is None else (agent,)


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
    if not rows or rows[-1].ended is not None or (type(event) in _OF_NO_AGENT and not _concerns(rows[-1], event)):
        return rows
    if isinstance(event, AgentLoggedOff):
        return _ended(rows, at)
    now = rows[-1]
    changed = _after(now, event)
    if changed is now or (after := _shown(changed)) == now:
        return rows
    if now.started == at:
        return (*rows[:-1], after)
    return (*rows[:-1], replace(now, ended=at), replace(after, seq=recorded.seq, started=at))


def _concerns(row: ActivityRow, event: Event) -> bool:
    """Whether an event that names no agent may be one of this agent's."""
    device = getattr(event, "device", None)
    return str(getattr(event, "contact", "")) in row.work if device is None else bool(device == row.device)


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
        case _:
            return _worked(row, event)


def _worked(row: ActivityRow, event: Event) -> ActivityRow:
    match event:
        case OfferMade() | ContactAnswered() | WrapUpStarted():
            return _in_hand(row, event.contact, _WORK[type(event)])
        case ContactTransferred():
            return _transferred(row, event)
        case OfferEnded() if event.outcome is not OfferOutcome.ANSWERED:
            return _done(row, event.contact, RING)
        case ContactReleased():
            return _done(row, event.contact, TALK)
        case WrapUpEnded() | ContactClosed():
            return _in_hand(row, event.contact, None)
        case _:
            return row


def _done(row: ActivityRow, contact: ContactId, activity: str) -> ActivityRow:
    """Without the contact, if that is what was done for it."""
    return _in_hand(row, contact, None) if _work(row).get(contact) == activity else row


def _transferred(row: ActivityRow, event: ContactTransferred) -> ActivityRow:
    """The new agent talks; the one who gave the talk on is done, but for the wrap-up that may follow."""
    if row.agent == event.to:
        return _in_hand(row, event.contact, TALK)
    return row if event.transfer is TransferKind.OUTSIDE else _in_hand(row, event.contact, None)


def _work(row: ActivityRow) -> dict[ContactId, str]:
    """The contacts in hand with what is done for each, the latest last."""
    pairs = (each.split("=", 1) for each in row.work.split())
    return {ContactId(int(contact)): activity for contact, activity in pairs}


def _in_hand(row: ActivityRow, contact: ContactId, activity: str | None) -> ActivityRow:
    """The row with ``contact`` in hand as the latest, or without it where ``activity`` is None."""
    work = _work(row)
    if activity is None and contact not in work:
        return row
    work.pop(contact, None)
    if activity is not None:
        work[contact] = activity
    text = " ".join(f"{each}={doing}" for each, doing in work.items())
    return replace(row, work=text, contact=next(reversed(work), None))


def _shown(row: ActivityRow) -> ActivityRow:
    """Without a contact, a call of their own counts before being away, and that before being idle."""
    if row.contact is not None:
        return replace(row, activity=_work(row)[row.contact])
    if row.phone_busy:
        return replace(row, activity=BUSY)
    return replace(row, activity=IDLE if row.ready else AWAY)
