"""The site plan: queues, groups, agents, pilots and flows as checked, immutable values."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cti_server.vocabulary.ids import (
    AgentId,
    DeviceNumber,
    FlowName,
    GroupName,
    LinkName,
    PromptName,
    QueueName,
    StepId,
)
from cti_server.vocabulary.values import Handover, Utterance


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayStep:
    """Play ``utterances`` to the end, or to the first digit where ``barge_in`` allows it.

    ``on_failure`` of this and of other steps is the step that follows where this one cannot be heard: its media service
    is lost, does not succeed with it, or no media port is to be had. Without it the usual next step follows.
    """

    id: StepId
    utterances: tuple[Utterance, ...]
    barge_in: bool = False
    next: StepId | None = None
    on_failure: StepId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuStep:
    """Play ``utterances`` and wait for one digit; ``timeout`` seconds count from the end of the prompt.

    A digit that is no choice, or silence, repeats the prompt up to ``attempts`` times, then goes to ``otherwise``.
    """

    id: StepId
    utterances: tuple[Utterance, ...]
    choices: Mapping[str, StepId]
    otherwise: StepId
    timeout: float = 5.0
    attempts: int = 3
    on_failure: StepId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueStep:
    """Put the contact into ``queue`` at ``priority`` (1 highest to 10 lowest); ends the routing-strategy flow."""

    id: StepId
    queue: QueueName
    priority: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionStep:
    """Tell the caller their position: ``before``, then the number, then ``after``. Only in queue-processing flows."""

    id: StepId
    before: tuple[Utterance, ...]
    after: tuple[Utterance, ...] = ()
    next: StepId | None = None
    on_failure: StepId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MusicStep:
    """Play hold music for ``seconds``, then go on. Only in queue-processing flows.

    Without a media port it waits its time in silence, unless there is an ``on_failure``.
    """

    id: StepId
    music: PromptName
    seconds: float
    next: StepId | None = None
    on_failure: StepId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisconnectStep:
    """Release the call, after ``utterances`` where there are any."""

    id: StepId
    utterances: tuple[Utterance, ...] = ()


Step = PlayStep | MenuStep | QueueStep | PositionStep | MusicStep | DisconnectStep


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowPlan:
    """A flow: its steps in order. A step without ``next`` goes to the one after it.

    ``version`` is a digest of the flow's content: a contact finishes on the version that it began with.
    """

    name: FlowName
    version: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePlan:
    """A queue: who serves it, what its callers hear, and its times in seconds.

    ``ring_time`` is how long an agent may ring, ``wrap_up`` the time after a contact, ``service_level`` the answer
    time to be reached. ``move`` is how a caller comes from a media port to an agent.
    """

    name: QueueName
    groups: tuple[GroupName, ...]
    flow: FlowName
    strategy: str = "longest-idle"
    ring_time: float = 20.0
    wrap_up: float = 10.0
    service_level: float = 20.0
    move: Handover = Handover.SINGLE_STEP


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPlan:
    """An agent: log-on name, name as people read it, and the groups that they belong to."""

    id: AgentId
    name: str
    groups: tuple[GroupName, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PilotPlan:
    """A pilot (hunt group, ACD queue, route point) on a link and the routing-strategy flow of its calls.

    ``routing``: the PBX asks for each of its calls where to bring it (routing dialogue), instead of queueing it.
    """

    link: LinkName
    number: DeviceNumber
    flow: FlowName
    routing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePlan:
    """All of a site's routing: what ``config/site`` and ``config/flows`` say, checked and joined."""

    version: str
    groups: tuple[GroupName, ...] = ()
    agents: Mapping[AgentId, AgentPlan] = field(default_factory=dict)
    queues: Mapping[QueueName, QueuePlan] = field(default_factory=dict)
    pilots: tuple[PilotPlan, ...] = ()
    flows: Mapping[FlowName, FlowPlan] = field(default_factory=dict)
