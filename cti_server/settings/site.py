"""``config/site/*.yaml``: who serves whom, as the files say it."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from cti_server.settings.names import Name, Text
from settings_file import NumberText, SettingsModel

Level = Annotated[int, Field(ge=1, le=10)]
Priority = Annotated[int, Field(ge=1, le=10)]
DigitsText = Annotated[NumberText, StringConstraints(pattern=r"^[0-9]+$", max_length=16)]
MailAddress = Annotated[str, StringConstraints(pattern=r"^[^@\s<>]+@[^@\s<>]+$", max_length=254)]
ChannelName = Literal["voice", "callback", "email", "chat", "message"]
ONE_CALL: Final[Mapping[ChannelName, int]] = {"voice": 1, "callback": 1}


class QueueStepSettings(SettingsModel):
    """From a waiting time on, who serves the queue as well; a step adds agents and removes none."""

    after: Annotated[float, Field(ge=0, le=86_400)] = 0.0
    """Seconds of waiting."""
    groups: tuple[Name, ...] = ()
    """Members of any of these groups fit; anybody, where there are only skills."""
    skills: dict[Name, Level] = Field(default_factory=dict)
    """For each skill the level (1 to 10) that an agent must have at the least."""

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not self.groups and not self.skills:
            raise ValueError("names neither groups nor skills: it would fit nobody")
        return self


class LimitSettings(SettingsModel):
    """When a queue takes nobody more; what is left out does not limit."""

    waiting: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    """The most contacts in line."""
    per_agent: Annotated[float, Field(gt=0, le=10_000)] | None = None
    """The most contacts in line for each agent who is logged on and fits."""
    staffed: bool = False
    """Whether it takes nobody while no fitting agent is logged on."""
    longest: Annotated[float, Field(ge=1, le=604_800)] | None = None
    """Seconds after which a contact leaves the queue, by the step timed_out of its queue step."""


class CallbackSettings(SettingsModel):
    """How a queue treats callbacks."""

    on_abandon: bool = False
    """Whether a caller who hangs up while waiting is called back, unless they ring again and are served."""
    shortest_wait: Annotated[float, Field(ge=0, le=86_400)] = 10.0
    """Who waited for fewer seconds is not called back."""
    delay: Annotated[float, Field(ge=0, le=604_800)] = 0.0
    """Seconds from hanging up until the callback is due."""
    attempts: Annotated[int, Field(ge=1, le=20)] = 3
    """How often a customer who is not reached is tried."""
    retry: Annotated[float, Field(ge=10, le=604_800)] = 900.0
    """Seconds between two attempts."""
    ring_time: Annotated[float, Field(ge=5, le=300)] = 45.0
    """How long the customer's phone may ring."""


class GuardSettings(SettingsModel):
    """When a trial stops by itself, by what became of the newest contacts that went by the flow on trial."""

    errors: Annotated[float, Field(ge=0, lt=100)] | None = None
    """Per cent of them that may meet a step that fails, such as a prompt that cannot be played."""
    abandoned: Annotated[float, Field(ge=0, lt=100)] | None = None
    """Per cent of them that may give up."""
    least: Annotated[int, Field(ge=1, le=10_000)] = 20
    """Nothing is judged before so many of them have ended. Once so many others have, only what is worse than with the
    others stops the trial."""
    window: Annotated[int, Field(ge=1, le=10_000)] = 100
    """How many of the newest are looked at."""

    @model_validator(mode="after")
    def _judges(self) -> Self:
        if self.errors is None and self.abandoned is None:
            raise ValueError("says neither errors nor abandoned: it would stop nothing")
        if self.window < self.least:
            raise ValueError("window must not be less than least: nothing would ever be judged")
        return self


class TrialSettings(SettingsModel):
    """Another flow that gets a share of the contacts, before it gets all of them."""

    flow: Name
    """The flow on trial, of the same kind."""
    share: Annotated[float, Field(gt=0, le=100)]
    """Per cent of the contacts, chosen by their numbers."""
    guard: GuardSettings | None = None
    """When the trial stops by itself; without it, only by hand."""


class QueueSettings(SettingsModel):
    """A queue: who serves it, what its callers hear, and its times in seconds."""

    name: Name
    groups: tuple[Name, ...] = ()
    """Groups whose agents serve the queue from the first moment."""
    steps: tuple[QueueStepSettings, ...] = ()
    """Who serves it as well: by skills, and groups that are added with the waiting time."""
    flow: Name
    """The queue-processing flow that its callers hear while they wait."""
    strategy: Name = "longest-idle"
    """Which of the free agents is taken."""
    ring_time: Annotated[float, Field(ge=1, le=600)] = 20.0
    """How long an agent's phone may ring."""
    wrap_up: Annotated[float, Field(ge=0, le=3600)] = 10.0
    """Time for an agent's work after a contact."""
    service_level: Annotated[float, Field(ge=1, le=86400)] = 20.0
    """Answer time to be reached."""
    move: Literal["single-step", "consultation"] = "single-step"
    """How a caller comes from a media port to an agent: by single-step transfer, or by consultation and transfer, where
    the caller stays at the port, on hold, until the agent answers."""
    ring_all: bool = False
    """Whether all free agents' phones ring at once; the first who answers has the contact."""
    short_calls: Annotated[float, Field(ge=0, le=600)] = 0.0
    """Who hangs up sooner than this counts neither as offered to the queue nor as abandoned."""
    last_agent: Annotated[float, Field(ge=0, le=31_536_000)] = 0.0
    """For how many seconds after a talk a customer is given to the same agent first; 0: not at all."""
    last_agent_wait: Annotated[float, Field(ge=0, le=3600)] = 20.0
    """How many seconds that agent is waited for."""
    ageing: Annotated[float, Field(ge=1, le=86_400)] | None = None
    """Seconds of waiting by which a contact's priority rises by one; without it, never."""
    limits: LimitSettings = Field(default_factory=LimitSettings)
    calendar: Name | None = None
    """The calendar (calendars.yaml) that says when the queue is open; without it, always."""
    callbacks: CallbackSettings = Field(default_factory=CallbackSettings)
    voicemail: tuple[MailAddress, ...] = ()
    """Mail addresses that get the queue's voicemail."""
    seed: int = 0
    """Seed of the strategy random: the same seed, the same choices."""
    order: tuple[Name, ...] = ()
    """Agents (log-on names) in the order of the strategy top-down; the others come after them, by name."""
    trial: TrialSettings | None = None
    """Another queue-processing flow that a share of the callers hears."""

    @model_validator(mode="after")
    def _served_at_once(self) -> Self:
        if not self.groups and not any(each.after == 0 for each in self.steps):
            raise ValueError("needs groups, or a step with after: 0, so that somebody serves it at once")
        return self


class QueuesFile(SettingsModel):
    """``site/queues.yaml``."""

    queues: tuple[QueueSettings, ...] = ()


class HandlingSettings(SettingsModel):
    """A contact-handling rule: how many contacts of which channel an agent takes at once."""

    name: Name
    """The rule's name; agents refer to it. The one called default is that of agents who name none."""
    most: Annotated[int, Field(ge=1, le=8)] = 1
    """Contacts of all channels together."""
    limits: dict[ChannelName, Annotated[int, Field(ge=0, le=8)]] = Field(default_factory=lambda: dict(ONE_CALL))
    """Contacts for each channel; 0 for one that is left out. Of voice and callback together never more than one."""
    interrupts: dict[ChannelName, tuple[ChannelName, ...]] = Field(default_factory=dict)
    """For a channel, those of which an agent may have contacts in hand and still be offered one of it."""
    weights: dict[ChannelName, Annotated[float, Field(ge=0, le=100)]] = Field(default_factory=dict)
    """How much a contact of a channel counts against the capacity; 1 for one that is left out."""
    capacity: Annotated[float, Field(gt=0, le=800)] | None = None
    """The weights' sum that an agent takes at the most; without it, `most` alone counts."""

    @model_validator(mode="after")
    def _one_ear(self) -> Self:
        if any(self.limits.get(each, 0) > 1 for each in ("voice", "callback")):
            raise ValueError("an agent has one ear: voice and callback cannot be more than 1")
        return self


class AgentSettings(SettingsModel):
    """An agent."""

    id: Name
    """Log-on name."""
    name: Text
    """Name as people read it."""
    groups: tuple[Name, ...] = ()
    """The groups that the agent belongs to."""
    skills: dict[Name, Level] = Field(default_factory=dict)
    """The agent's skills, each with its level: 1 lowest to 10 highest."""
    number: DigitsText | None = None
    """What the agent keys in at the agent line; the PIN is in the file of PINs, never here."""
    handling: Name | None = None
    """The contact-handling rule; without it the one called default, else one call at a time."""
    supervisor: bool = False
    """Whether the agent may listen to talks, whisper and join."""


class AgentsFile(SettingsModel):
    """``site/agents.yaml``."""

    groups: tuple[Name, ...] = ()
    """Every group that there is."""
    skills: tuple[Name, ...] = ()
    """Every skill that there is."""
    reasons: dict[DigitsText, Text] = Field(default_factory=dict)
    """Reasons for being not ready, by the digits that agents key in."""
    handling: tuple[HandlingSettings, ...] = ()
    """Contact-handling rules."""
    agents: tuple[AgentSettings, ...] = ()


class PilotSettings(SettingsModel):
    """A number at which callers arrive (hunt group, ACD queue, route point)."""

    link: Name
    """The link of the PBX that has the number."""
    number: NumberText
    flow: Name
    """The routing-strategy flow of its calls."""
    routing: bool = False
    """Whether the PBX asks for each call where to bring it (CSTA routing services), instead of queueing it here."""
    agent_line: bool = False
    """Whether its callers are our own agents, who log on and off there; such calls count in no report."""
    trial: TrialSettings | None = None
    """Another routing-strategy flow by which a share of the calls goes."""


class PilotsFile(SettingsModel):
    """``site/pilots.yaml``."""

    pilots: tuple[PilotSettings, ...] = ()
    destinations: dict[Text, Name] = Field(default_factory=dict)
    """Flows of contacts that come to no number: by the address that they come to (mailto:, chat:, message:)."""
