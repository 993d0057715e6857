"""Rows of the reports tables; all times are Unix seconds, all durations seconds."""

from dataclasses import dataclass

from cti_server.vocabulary.ids import AgentId, ContactId, OfferId


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRow:
    """One contact from arrival to last wrap-up.

    ``queued`` and ``answered`` are the first times; ``ended`` is when the call was over, ``closed`` the wrap-up.
    ``wait_seconds`` is time in queues without ringing; ``ring_seconds`` counts from each offer to its end. The sum of
    flow, wait, ring and talk seconds is ``ended`` - ``arrived``. ``stage`` and ``since`` say what it does now.
    """

    contact: ContactId
    channel: str
    pilot: str
    party: int | None
    flow: str
    arrived: float
    stage: str
    since: float
    queued: float | None = None
    answered: float | None = None
    ended: float | None = None
    closed: float | None = None
    queue: str | None = None
    agent: AgentId | None = None
    disposition: str | None = None
    released_by: str | None = None
    cause_text: str = ""
    offers: int = 0
    flow_seconds: float = 0.0
    wait_seconds: float = 0.0
    ring_seconds: float = 0.0
    talk_seconds: float = 0.0
    wrap_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRow:
    """A stretch of a contact with one handler: a flow, a queue or an agent; ``ended`` is ``None`` while it lasts.

    ``kind`` is ``flow``, ``queue``, ``ring``, ``talk`` or ``wrap-up``; ``outcome`` is how a ring's offer ended.
    """

    contact: ContactId
    number: int
    kind: str
    started: float
    ended: float | None = None
    flow: str | None = None
    queue: str | None = None
    agent: AgentId | None = None
    offer: OfferId | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityRow:
    """A stretch of an agent's time, log-on to log-off without gaps; ``ended`` is ``None`` while it lasts.

    ``activity`` is ``idle``, ``busy`` (a call of their own), ``away`` (not ready, for ``reason``), ``ring``, ``talk``
    or ``wrap-up``; ``ready`` and ``phone_busy`` are what would show once the contact is over; ``seq`` is the
    journal row that began it.
    """

    agent: AgentId
    seq: int
    started: float
    ended: float | None = None
    activity: str
    device: str
    ready: bool = False
    reason: str = ""
    phone_busy: bool = False
    contact: ContactId | None = None
