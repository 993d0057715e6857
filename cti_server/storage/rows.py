"""Rows of the reports tables; all times are Unix seconds, all durations seconds."""

from dataclasses import dataclass

from cti_server.vocabulary.ids import AgentId, ContactId, OfferId


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRow:
    """One contact from arrival to last wrap-up.

    ``queued`` and ``answered`` are the first times; ``ended`` is when the call was over, ``closed`` the wrap-up.
    ``wait_seconds`` is time in queues without ringing; ``ring_seconds`` is time in which an agent rang: together they
    are what the contact ``waited``. ``scheduled_seconds`` is how long a callback's time had not come. The sum of flow,
    wait, ring, talk and scheduled seconds is ``ended`` - ``arrived``; ``hold_seconds`` are within the talk.
    ``wrap_seconds`` adds up all agents who wrapped it up. ``agent`` is the last who talked, ``transfers`` how often a
    talk was given on. ``stage`` and ``since`` say what it does now; ``ringing`` agents ring, ``wrapping`` wrap it up.
    ``short``: it gave up sooner than its queue counts as abandoned.
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
    held_since: float | None = None
    wrap_since: float | None = None
    hold_seconds: float = 0.0
    scheduled_seconds: float = 0.0
    ringing: int = 0
    wrapping: int = 0
    transfers: int = 0
    short: bool = False

    @property
    def waited(self) -> float:
        """Seconds in queues, ringing included: what the average speed of answer (ASA) is the mean of."""
        return self.wait_seconds + self.ring_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRow:
    """A stretch of a contact with one handler: flow, queue, agent or number; ``ended`` is ``None`` while it lasts.

    ``kind`` is ``scheduled``, ``flow``, ``queue``, ``ring``, ``talk`` or ``forward``, one after the other (several
    rings at once where all agents ring), and beside these ``wrap-up`` and ``supervision``. ``outcome`` is how a ring's
    offer ended, how a queue was left (the last stretch in it says so), where a talk was given on, or a supervisor's
    role. ``device`` is the number outside, or the phone where nobody works. ``hold_seconds`` are within the talk.
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
    device: str | None = None
    held_since: float | None = None
    hold_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityRow:
    """A stretch of an agent's time, log-on to log-off without gaps; ``ended`` is ``None`` while it lasts.

    ``activity`` is ``idle``, ``busy`` (a call of their own), ``away`` (not ready, for ``reason``), ``ring``, ``talk``
    or ``wrap-up``; ``ready`` and ``phone_busy`` are what would show once the contact is over; ``seq`` is the
    journal row that began it. ``work`` are the contacts in hand, the latest last, as ``contact=activity``; the last is
    ``contact`` and shows.
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
    work: str = ""
