"""Small values that commands, events and effects are made of."""

from dataclasses import dataclass
from enum import StrEnum

from cti_server.vocabulary.ids import (
    AgentId,
    CallId,
    DeviceNumber,
    LinkName,
    PromptName,
    ServiceName,
    SessionId,
    VerbId,
)


class Channel(StrEnum):
    """The kinds of contact; voice is the only one that may interrupt."""

    VOICE = "voice"


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
    """Where a contact stands on its way; the law is in ``contacts.stages``."""

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


class ReleasedBy(StrEnum):
    """Which side let go of the call."""

    CUSTOMER = "customer"
    AGENT = "agent"
    SYSTEM = "system"
    UNKNOWN = "unknown"


class Origin(StrEnum):
    """Where a wish about an agent came from."""

    PHONE = "phone"
    CONSOLE = "console"
    SYSTEM = "system"


class VerbResult(StrEnum):
    """How a media verb ended."""

    FINISHED = "finished"
    DIGITS = "digits"
    TIMEOUT = "timeout"
    STOPPED = "stopped"
    FAILED = "failed"


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
    """One thing to be heard: a prompt file by name, or a number spoken from clips; exactly one is set."""

    prompt: PromptName | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class VerbOutcome:
    """What became of a verb: its result, the digits collected and, for a failure, the reason in words."""

    result: VerbResult
    digits: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """An agent who was looked at for an offer and not taken, with the reason in words."""

    agent: AgentId
    reason: str


@dataclass(frozen=True, slots=True)
class SurveyedConnection:
    """One connection of a surveyed call: its device and its state in ECMA-269's word."""

    device: DeviceNumber
    state: str


@dataclass(frozen=True, slots=True)
class SurveyedCall:
    """One call that the PBX says exists, with the connections that it named."""

    call: CallRef
    connections: tuple[SurveyedConnection, ...]


@dataclass(frozen=True, slots=True)
class SurveyedSession:
    """One session that a media service says exists, the call at its port, and the last verb that it knows.

    ``outcome`` is ``None`` while ``verb`` is still being carried out; ``verb`` is ``None`` before the first.
    """

    session: SessionRef
    port: DeviceNumber
    call: CallRef | None
    verb: VerbId | None
    outcome: VerbOutcome | None
