"""What a flow component is: settings, exits, and two functions of what it sees that say what happens next.

A component does nothing itself. `Component.enter` and `Component.resume` return a reaction, a value; the engine records
it and carries it out, and calls `resume` with what came of it. A component must not depend on anything but its settings
and its surroundings, so that replay is exact.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol

from cti_server.vocabulary.actions import Action
from cti_server.vocabulary.commands import Command
from cti_server.vocabulary.ids import AgentId, CalendarName, ContactId, DeviceNumber, FlowName, QueueName, StepId
from cti_server.vocabulary.outside import OutsideRequest, RequestOutcome
from cti_server.vocabulary.plan import AgentPlan, QueuePlan, Step
from cti_server.vocabulary.refusals import Refusal
from cti_server.vocabulary.requirements import Requirement
from cti_server.vocabulary.values import AgentStatus, Channel, TransferKind, Value, VerbOutcome, WorkState

NEXT: Final = "next"
FAILED: Final = "on_failure"


class FlowKind(StrEnum):
    """From arrival until queued; while queued; a part that other flows run."""

    ROUTING = "routing-strategy"
    QUEUE_PROCESSING = "queue-processing"
    PART = "part"


# --- what a component sees ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AgentGlance:
    """An agent as a flow sees them; times are Unix seconds, ``since`` that of the status."""

    plan: AgentPlan
    status: AgentStatus
    work: WorkState
    reason: str
    device: DeviceNumber | None
    since: float
    wrap_up_until: float | None


class Here(Protocol):
    """What a component sees of its contact and of the site; everything is as of ``now`` (Unix seconds)."""

    @property
    def contact(self) -> ContactId:
        """The contact's number."""

    @property
    def channel(self) -> Channel:
        """The contact's channel."""

    @property
    def now(self) -> float:
        """Unix seconds."""

    @property
    def attempt(self) -> int:
        """How often the step let something be heard in a row, this time included; from 1."""

    @property
    def queued(self) -> bool:
        """Whether the contact waits in a queue."""

    @property
    def media_service(self) -> str:
        """The media service that the caller hears; empty without a session."""

    @property
    def memory(self) -> Mapping[str, Value]:
        """What the component kept with its last reaction (`Hear.memory` and its like); empty when it is entered."""

    @property
    def data(self) -> Mapping[str, Value]:
        """The contact's data, as set by flows, digits and look-ups."""

    def value(self, name: str) -> Value:
        """A datum or a fact by its name in expressions (docs/flows.md); None for one that nobody set.

        Facts: ``source``, ``destination``, ``channel``, ``queue``, ``priority``, ``position``, ``waited`` (seconds in
        the queue), ``age`` (seconds since arrival), ``wait_low``, ``wait_likely``, ``wait_high`` (estimated seconds),
        ``hour``, ``minute``, ``weekday`` (local to the site), and of any queue ``queues.NAME.waiting``, ``.longest``,
        ``.staffed`` (fitting agents logged on), ``.ready``, ``.free``, ``.service_level`` (0 to 1), ``.wait_likely``.
        """

    def is_open(self, calendar: CalendarName) -> tuple[bool, str]:
        """Whether the calendar is open now, and why (hours, holiday's name, set by hand)."""

    def queue(self, name: QueueName) -> QueuePlan | None:
        """A queue of the plan."""

    def agent(self, agent: AgentId) -> AgentGlance | None:
        """An agent of the plan."""

    def agent_by_number(self, number: str) -> AgentGlance | None:
        """The agent who keys in this number at the agent line."""

    def caller_device(self) -> DeviceNumber | None:
        """The device that calls, where it is one of the PBX that we know (for hot desking)."""

    def reasons(self) -> Mapping[str, str]:
        """Reason codes for being not ready, by their digits."""

    def queues_of(self, agent: AgentId) -> Sequence[QueueName]:
        """Queues that the agent can be offered contacts of, by name."""


# --- what it says ------------------------------------------------------------

# ``keep`` are data to be set on the contact first; ``memory`` is the component's own until it is left.


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Leave the step by one of its exits."""

    exit: str = NEXT
    keep: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hear:
    """Let the caller hear (and answer) something; resumed with a `VerbOutcome`, or `TimeOver` after ``seconds``.

    Without a media port the engine fetches one first; where none is to be had it leaves by ``on_failure``, or, where
    ``silent`` allows it and ``seconds`` is given, waits the time in silence.
    """

    action: Action
    seconds: float | None = None
    silent: bool = False
    keep: Mapping[str, Value] = field(default_factory=dict)
    memory: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Wait ``seconds``; what plays goes on. Resumed with `TimeOver`."""

    seconds: float
    memory: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Ask the outside; resumed with a `RequestOutcome`, after ``timeout`` seconds at the latest."""

    request: OutsideRequest
    timeout: float
    memory: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enqueue:
    """Queue the contact, or move it to another queue (its time of entry into the centre stays).

    Resumed with `NotQueued` where the queue takes nobody; else the queue's flow goes on.
    """

    queue: QueueName
    priority: int | None = None
    requirement: Requirement | None = None
    keep: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Change priority (1 highest to 10) or requirement of a waiting contact, then leave by ``next``."""

    priority: int | None = None
    requirement: Requirement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """Send the call to a number outside the queues; resumed with `NotForwarded` where it is not reached in time."""

    number: DeviceNumber
    kind: TransferKind = TransferKind.OUTSIDE
    ring_time: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeCallback:
    """Create a callback, then leave by ``next``.

    ``due`` is Unix seconds (None: now); ``agent`` reserves it; ``keep_place``: it is served as if it had entered the
    centre when this contact did. ``number`` is the one to call; empty: the caller's own.
    """

    queue: QueueName
    due: float | None = None
    agent: AgentId | None = None
    number: str = ""
    priority: int | None = None
    keep_place: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFlow:
    """Run another flow, which comes back to this step's ``next`` at its end."""

    flow: FlowName


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Put a command to the engine on the caller's behalf; resumed with its `Refusal`, or None where it was granted."""

    command: Command
    memory: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """End the call. ``served``: nothing was left undone (a message was taken, everything was said)."""

    served: bool = False


Reaction = Leave | Hear | Pause | Ask | Enqueue | Change | Forward | MakeCallback | RunFlow | Wish | Release


@dataclass(frozen=True, slots=True)
class TimeOver:
    """The seconds of a `Hear` or `Pause` are over."""


@dataclass(frozen=True, slots=True)
class NotQueued:
    """The queue takes nobody: ``outcome`` is ``closed``, ``saturated`` or ``blocked``.

    Or it keeps the contact no longer: ``timed-out``.
    """

    outcome: str


@dataclass(frozen=True, slots=True)
class NotForwarded:
    """The call could not be sent on; ``reason`` in words."""

    reason: str


Result = VerbOutcome | TimeOver | RequestOutcome | NotQueued | NotForwarded | Refusal | None


# --- what it is ------------------------------------------------------------


class Component(Protocol):
    """A component; the entry point of the group ``callwright.steps`` under its name is such an object.

    The type of ``step`` is its own settings class, which a table of components cannot say.
    """

    name: str
    """The word in the files: ``step: play``."""
    settings: type[Step]
    """Its settings: a frozen dataclass below `Step`; constraints are `Annotated` with ``annotated_types``."""
    kinds: frozenset[FlowKind]
    """The kinds of flow in which it has a place."""
    waits: bool
    """Whether it always takes time or a caller's input, so that a circle through it does not spin."""
    ends: bool
    """Whether no step need follow it (the contact is queued, sent on or released)."""

    def exits(self, step: Any) -> Mapping[str, StepId | None]:  # noqa: ANN401 - see above
        """Its ways out by name, with the step each leads to; None for the step below it."""

    def enter(self, step: Any, here: Here) -> Reaction:  # noqa: ANN401 - see above
        """What to do when a contact comes to the step."""

    def resume(self, step: Any, here: Here, result: Result) -> Reaction:  # noqa: ANN401 - see above
        """What to do when what `enter` (or the last `resume`) asked for has come to its end."""
