"""Small values that commands, events and effects are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cti_server.vocabulary.ids import (
    AgentId,
    CallId,
    DeviceNumber,
    LinkName,
    PartyId,
    PromptName,
    SecretId,
    ServiceName,
    SessionId,
    TrialName,
    VerbId,
)

Value = str | int | float | bool | None
"""What a contact's data are made of."""


class Channel(StrEnum):
    """The kinds of contact; a call or a callback takes an agent's ear, the others do not."""

    VOICE = "voice"
    CALLBACK = "callback"
    EMAIL = "email"
    CHAT = "chat"
    MESSAGE = "message"


SPOKEN = frozenset({Channel.VOICE, Channel.CALLBACK})
"""Channels of which an agent can handle one contact at a time (feature MC1)."""


class AgentStatus(StrEnum):
    """What an agent declares of themselves."""

    LOGGED_OFF = "logged-off"
    NOT_READY = "not-ready"
    READY = "ready"


class WorkState(StrEnum):
    """What the system sees an agent do on a channel."""

    IDLE = "idle"
    RESERVED = "reserved"
    BUSY = "busy"
    WRAP_UP = "wrap-up"


class ContactStage(StrEnum):
    """Where a contact stands on its way; the law is in ``contacts.stages``.

    Scheduled: a callback whose time has not come. Forwarded: the flow sends the call to a number outside, and it is not
    there yet.
    """

    SCHEDULED = "scheduled"
    FORWARDED = "forwarded"
    TREATED = "treated"
    QUEUED = "queued"
    OFFERED = "offered"
    TALKING = "talking"
    WRAP_UP = "wrap-up"
    CLOSED = "closed"


class OfferOutcome(StrEnum):
    """How an offer ended."""

    ANSWERED = "answered"
    NO_ANSWER = "no-answer"
    BUSY = "busy"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    CALL_NOT_MOVED = "call-not-moved"
    CALLER_GONE = "caller-gone"
    AGENT_GONE = "agent-gone"
    OTHERS_ANSWERED = "others-answered"
    """Somebody else of those who rang for the contact at the same time has it."""


LET_GO = frozenset({OfferOutcome.CALLER_GONE, OfferOutcome.OTHERS_ANSWERED})
"""Ends of offers that are nobody's fault, and after which the contact is not back in its line."""


class Handover(StrEnum):
    """How a call that a media port has answered is given to an agent."""

    SINGLE_STEP = "single-step"
    """Single-step transfer: the port is out at once; no answer or busy is put right by another move."""
    CONSULTATION = "consultation"
    """The port holds the caller and consults the agent, and transfers when they answer; until then it has the call."""


class Disposition(StrEnum):
    """How a contact ended; one closed set, so that the outcomes of a queue sum to what it received."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    ABANDONED_IN_FLOW = "abandoned-in-flow"
    DISCONNECTED = "disconnected"
    LOST = "lost"
    CLOSED = "closed"
    TIMED_OUT = "timed-out"
    SATURATED = "saturated"
    BLOCKED = "blocked"
    TRANSFERRED = "transferred"
    CALLED_BACK = "called-back"
    """The customer gave up the wait for a callback, or the callback was cancelled."""
    NOT_REACHED = "not-reached"
    """A callback's customer did not answer in any of the attempts."""
    SERVED_BY_FLOW = "served-by-flow"
    """The flow ended with a message recorded or everything said: nobody was to be talked to."""


class QueueOutcome(StrEnum):
    """How a contact left a queue, or why it did not get in (metrics: queue outcomes); they sum to those received."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    CLOSED = "closed"
    TIMED_OUT = "timed-out"
    SATURATED = "saturated"
    BLOCKED = "blocked"
    REQUEUED = "requeued"
    TRANSFERRED = "transferred"
    CALLBACK = "callback"
    DISCONNECTED = "disconnected"
    LOST = "lost"


class TransferKind(StrEnum):
    """Where an agent or a flow sent a talk."""

    AGENT = "agent"
    QUEUE = "queue"
    OUTSIDE = "outside"
    VOICEMAIL = "voicemail"


class SupervisionRole(StrEnum):
    """How a supervisor takes part in a talk."""

    LISTEN = "listen"
    WHISPER = "whisper"
    JOIN = "join"


class DoorState(StrEnum):
    """What a calendar was set to by hand; AUTOMATIC: what its hours say."""

    OPEN = "open"
    CLOSED = "closed"
    AUTOMATIC = "automatic"


class ChangeKind(StrEnum):
    """By what a site plan came into force: the server's start, the files brought into force, or an undo."""

    START = "start"
    APPLY = "apply"
    UNDO = "undo"


class ReleasedBy(StrEnum):
    """Which side let go of the call."""

    CUSTOMER = "customer"
    AGENT = "agent"
    SYSTEM = "system"
    UNKNOWN = "unknown"


class Origin(StrEnum):
    """Where a wish about an agent came from."""

    PHONE = "phone"
    AGENT_LINE = "agent-line"
    CONSOLE = "console"
    SYSTEM = "system"


class VerbResult(StrEnum):
    """How a media verb ended."""

    FINISHED = "finished"
    DIGITS = "digits"
    TIMEOUT = "timeout"
    STOPPED = "stopped"
    FAILED = "failed"
    RECORDED = "recorded"
    SPEECH = "speech"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class CallRef:
    """A call on a link: the PBX's call identifier is unique within one link only."""

    link: LinkName
    call: CallId


@dataclass(frozen=True, slots=True)
class SessionRef:
    """A media session: its name is unique within one media service only."""

    service: ServiceName
    session: SessionId


@dataclass(frozen=True, slots=True)
class Utterance:
    """One thing to be heard; exactly one of these is set (``currency`` goes with ``amount``).

    ``prompt`` a clip by name; ``number`` a cardinal, ``position`` an ordinal; ``digits`` spoken one by one; ``date``
    YYYY-MM-DD; ``time`` HH:MM; ``amount`` a decimal such as 12.50; ``wait`` seconds of waiting time, spoken in minutes;
    ``text`` for speech synthesis; ``tone`` one of the country's tones; ``silence`` seconds.
    """

    prompt: PromptName | None = None
    number: int | None = None
    position: int | None = None
    digits: str | None = None
    date: str | None = None
    time: str | None = None
    amount: str | None = None
    currency: str | None = None
    wait: float | None = None
    text: str | None = None
    tone: str | None = None
    silence: float | None = None


@dataclass(frozen=True, slots=True)
class VerbOutcome:
    """What became of a verb: its result, the digits collected and, for a failure, the reason in words.

    ``secret`` stands for digits that were masked (``digits`` is empty then, ``count`` how many they are); ``file`` and
    ``seconds`` are of a message that was recorded; ``speech`` is what was understood, ``confidence`` 0 to 1.
    """

    result: VerbResult
    digits: str = ""
    detail: str = ""
    secret: SecretId | None = None
    count: int = 0
    file: str = ""
    seconds: float = 0.0
    speech: str = ""
    confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class PassedOver:
    """An agent who was looked at for an offer and not taken, with the reason in words."""

    agent: AgentId
    reason: str


class TrialOutcome(StrEnum):
    """What became of a contact in a trial: something failed, the customer gave up, or neither."""

    FAILED = "failed"
    ABANDONED = "abandoned"
    WELL = "well"


class TrialEnd(StrEnum):
    """How a trial ended: nobody goes by its flow any more, or everybody does."""

    STOPPED = "stopped"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class TrialPart:
    """Which part a contact has in the trial of a flow: ``tried`` where it went by the flow that is on trial.

    ``number`` is that of the plan by which the trial began.
    """

    trial: TrialName
    tried: bool
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialFigures:
    """What a trial has shown of its newest contacts: of how many (``seen``), how many failed and gave up.

    The first three are of those who went by the flow on trial, the others of those who did not.
    """

    seen: int = 0
    failed: int = 0
    abandoned: int = 0
    base_seen: int = 0
    base_failed: int = 0
    base_abandoned: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Why this agent got this contact, as it was decided.

    ``rule`` is the strategy (or ``last-agent``, ``reserved``, ``ring-all``), ``plan`` the site plan's version, ``step``
    how far the requirement had widened, ``candidates`` how many free agents fitted, ``listed`` the first of them.
    ``tally`` counts the agents who were rejected, by reason; those named are in the offer's ``passed_over``.
    """

    rule: str
    plan: str
    step: int = 0
    candidates: int = 1
    listed: tuple[AgentId, ...] = ()
    tally: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SurveyedConnection:
    """One connection of a surveyed call: its device and its state in ECMA-269's word.

    ``ours``: the device is one of the site's own, whose number may stand in the journal.
    """

    device: DeviceNumber
    state: str
    ours: bool = False


@dataclass(frozen=True, slots=True)
class SurveyedCall:
    """One call that the PBX says exists, with the connections that it named.

    ``party`` and ``data`` are what its arrival would have told: who calls, and what the PBX knows of the call.
    """

    call: CallRef
    connections: tuple[SurveyedConnection, ...]
    party: PartyId | None = None
    data: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SurveyedSession:
    """One session that a media service says exists, the call at its port, and the last verb that it knows.

    ``outcome`` is ``None`` while ``verb`` is still being carried out; ``verb`` is ``None`` before the first.
    ``traceparent`` is the span of the caller's own trace (W3C Trace Context), empty where none was brought.
    """

    session: SessionRef
    port: DeviceNumber
    call: CallRef | None
    verb: VerbId | None
    outcome: VerbOutcome | None
    traceparent: str = ""
