"""The site plan: queues, groups, agents, pilots and flows as checked, immutable values."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from cti_server.vocabulary.ids import (
    AgentId,
    CalendarName,
    DeviceNumber,
    FlowName,
    GroupName,
    LinkName,
    QueueName,
    RuleName,
    SkillName,
    StepId,
)
from cti_server.vocabulary.requirements import Requirement, RequirementStep, group_requirement
from cti_server.vocabulary.values import Channel, Handover


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Root of all flow components' settings: a component is one class below this and what it does (``flows``).

    Storage writes a member of this family with its class's name, so that a journal tells which component it is.
    """

    __family__: ClassVar[bool] = True

    id: StepId


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowPlan:
    """A flow: its steps in order. A step without ``next`` goes to the one after it.

    ``version`` is a digest of the flow's content: a contact finishes on the version that it began with.
    """

    name: FlowName
    version: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialGuard:
    """When a trial stops by itself: percentages of the newest ``window`` contacts that went by the flow on trial.

    ``errors``: a step failed, as what they were to hear. ``abandoned``: they gave up. What is None does
    not stop it. Nothing is judged before ``least`` contacts have ended; and as soon as so many of the others have
    ended, only what is worse than theirs counts.
    """

    errors: float | None = None
    abandoned: float | None = None
    least: int = 20
    window: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialPlan:
    """Another flow that gets ``share`` per cent of the contacts, chosen by their numbers, watched by a guard."""

    flow: FlowName
    share: float
    guard: TrialGuard | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLimits:
    """When a queue takes nobody more; what is None does not limit.

    ``waiting``: contacts in line. ``per_agent``: contacts in line per agent who is logged on and fits. ``staffed``: it
    takes nobody while no fitting agent is logged on. ``longest``: seconds after which a contact leaves the queue
    (timed out).
    """

    waiting: int | None = None
    per_agent: float | None = None
    staffed: bool = False
    longest: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRules:
    """How a queue treats callbacks.

    ``on_abandon``: an abandoned call becomes a callback, unless the wait was shorter than ``shortest_wait`` seconds or
    the caller rang again and was served. ``attempts`` and ``retry`` (seconds): how often a customer who is not
    reached is tried, and after what pause. ``ring_time``: how long the customer's phone may ring, seconds.
    """

    on_abandon: bool = False
    shortest_wait: float = 10.0
    delay: float = 0.0
    attempts: int = 3
    retry: float = 900.0
    ring_time: float = 45.0


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePlan:
    """A queue: who serves it, what its callers hear, and its times in seconds.

    ``groups`` are the primary ones; ``requirement`` is the whole of what its contacts need, step by step (from the
    groups where there is none of its own). ``short_calls``: who hangs up sooner than so many seconds counts neither as
    offered to the queue nor as abandoned. ``ring_time`` is how long an agent may ring, ``wrap_up`` the time after a
    contact, ``service_level`` the answer time to be reached. ``move`` is how a caller comes from a media port to an
    agent. ``last_agent``: for how many seconds after a talk a customer is given to the same agent first, who is waited
    for at most ``last_agent_wait`` seconds. ``ageing``: seconds of waiting by which a contact's priority rises by one.
    ``calendar`` says when it is open. ``seed`` is that of the random strategy. ``trial`` is of another waiting flow.
    """

    name: QueueName
    groups: tuple[GroupName, ...]
    flow: FlowName
    strategy: str = "longest-idle"
    ring_time: float = 20.0
    wrap_up: float = 10.0
    service_level: float = 20.0
    move: Handover = Handover.SINGLE_STEP
    steps: tuple[RequirementStep, ...] = ()
    ring_all: bool = False
    short_calls: float = 0.0
    last_agent: float = 0.0
    last_agent_wait: float = 20.0
    ageing: float | None = None
    limits: QueueLimits = QueueLimits()
    calendar: CalendarName | None = None
    callbacks: CallbackRules = CallbackRules()
    voicemail: tuple[str, ...] = ()
    seed: int = 0
    order: tuple[AgentId, ...] = ()
    trial: TrialPlan | None = None

    @property
    def requirement(self) -> Requirement:
        """What its contacts need: its own steps, else its groups alone."""
        return Requirement(self.steps) if self.steps else primary(self.groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPlan:
    """An agent: log-on name, name as people read it, groups, skills with levels 1 to 10.

    ``number`` is what they key in at the agent line; ``handling`` names their contact-handling rule (the default one
    without it); ``supervisor``: may listen, whisper and join.
    """

    id: AgentId
    name: str
    groups: tuple[GroupName, ...]
    skills: Mapping[SkillName, int] = field(default_factory=dict)
    number: str = ""
    handling: RuleName | None = None
    supervisor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlingRule:
    """How many contacts of which channel an agent takes at once (MC1, MC2).

    ``most`` is for all channels together, 8 at the most; ``limits`` for each channel (0 where it is left out), of voice
    and callback together never more than one. ``interrupts`` names for a channel those of which an agent may have
    contacts in hand and still be offered one of it. ``weights`` (1 where left out) are summed against ``capacity``,
    where there is one.
    """

    name: RuleName
    most: int = 1
    limits: Mapping[Channel, int] = field(default_factory=dict)
    interrupts: Mapping[Channel, tuple[Channel, ...]] = field(default_factory=dict)
    weights: Mapping[Channel, float] = field(default_factory=dict)
    capacity: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenHours:
    """On ``days`` (0 Monday to 6 Sunday) open from ``start`` to ``end``, minutes after local midnight (0 to 1440)."""

    days: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """From ``at`` (Unix seconds) on local time is ``offset`` seconds ahead of UTC."""

    at: float
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarPlan:
    """When something is open, in the local time of ``zone``.

    ``transitions`` are the zone's, so that the pure rooms need no tables of time zones; they and the ``holidays``
    (local dates YYYY-MM-DD with their names; closed all day, or with other hours in ``special``) reach from the last
    year to five years ahead, counted from when the plan was read.
    """

    name: CalendarName
    zone: str
    hours: tuple[OpenHours, ...]
    transitions: tuple[Transition, ...] = ()
    holidays: Mapping[str, str] = field(default_factory=dict)
    special: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PilotPlan:
    """A pilot (hunt group, ACD queue, route point) on a link and the routing-strategy flow of its calls.

    ``routing``: the PBX asks for each of its calls where to bring it (routing dialogue), instead of queueing it.
    ``agent_line``: its callers are our own agents; their calls count in no report.
    """

    link: LinkName
    number: DeviceNumber
    flow: FlowName
    routing: bool = False
    agent_line: bool = False
    trial: TrialPlan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePlan:
    """All of a site's routing: what ``config/site`` and ``config/flows`` say, checked and joined.

    ``reasons`` are the reason codes for being not ready, by their digits; ``destinations`` the flows of contacts of
    channels without pilots, by the address that they come to.
    """

    version: str
    groups: tuple[GroupName, ...] = ()
    agents: Mapping[AgentId, AgentPlan] = field(default_factory=dict)
    queues: Mapping[QueueName, QueuePlan] = field(default_factory=dict)
    pilots: tuple[PilotPlan, ...] = ()
    flows: Mapping[FlowName, FlowPlan] = field(default_factory=dict)
    skills: tuple[SkillName, ...] = ()
    rules: Mapping[RuleName, HandlingRule] = field(default_factory=dict)
    calendars: Mapping[CalendarName, CalendarPlan] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    destinations: Mapping[str, FlowName] = field(default_factory=dict)


@functools.cache
def primary(groups: tuple[GroupName, ...]) -> Requirement:
    """The requirement of a queue that has nothing but its groups."""
    return group_requirement((0.0, groups))
