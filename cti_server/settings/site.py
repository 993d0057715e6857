"""``config/site/*.yaml`` and ``config/flows/*.yaml``: who serves whom, and what callers hear, as the files say it."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from cti_server.settings.names import Name, PromptFile, Text
from settings_file import NumberText, SettingsModel

ROUTING, QUEUE_PROCESSING = "routing-strategy", "queue-processing"


class QueueSettings(SettingsModel):
    """A queue: who serves it, what its callers hear, and its times in seconds."""

    name: Name
    groups: Annotated[tuple[Name, ...], Field(min_length=1)]
    """Groups whose agents serve the queue."""
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


class QueuesFile(SettingsModel):
    """``site/queues.yaml``."""

    queues: tuple[QueueSettings, ...] = ()


class AgentSettings(SettingsModel):
    """An agent."""

    id: Name
    """Log-on name."""
    name: Text
    """Name as people read it."""
    groups: tuple[Name, ...] = ()
    """The groups that the agent belongs to."""


class AgentsFile(SettingsModel):
    """``site/agents.yaml``."""

    groups: tuple[Name, ...] = ()
    """Every group that there is."""
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


class PilotsFile(SettingsModel):
    """``site/pilots.yaml``."""

    pilots: tuple[PilotSettings, ...] = ()


class UtteranceSettings(SettingsModel):
    """One thing to be heard: a prompt by name, or a number spoken from clips."""

    prompt: PromptFile | None = None
    number: Annotated[int, Field(ge=0, le=999_999)] | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "UtteranceSettings":
        if (self.prompt is None) == (self.number is None):
            raise ValueError("must have either a prompt or a number")
        return self


def _prompt_by_name(value: object) -> object:
    return {"prompt": value} if isinstance(value, str) else value


def _one_or_more(value: object) -> object:
    return [value] if isinstance(value, (str, dict)) else value


Say = Annotated[
    tuple[
        Annotated[UtteranceSettings, BeforeValidator(_prompt_by_name, json_schema_input_type=str | UtteranceSettings)],
        ...,
    ],
    BeforeValidator(
        _one_or_more, json_schema_input_type=str | UtteranceSettings | Annotated[list[str | UtteranceSettings], Field()]
    ),
]
"""What is heard: a prompt's name, or a list of names and ``{number: 12}``."""

Digit = Annotated[str, StringConstraints(pattern=r"^[0-9*#]$")]


class PlaySettings(SettingsModel):
    """Play something to its end."""

    step: Literal["play"]
    id: Name
    say: Annotated[Say, Field(min_length=1)]
    barge_in: bool = False
    """Whether a digit stops it."""
    next: Name | None = None
    """The step after this one; without it, the one below."""
    on_failure: Name | None = None
    """The step after this one where it cannot be heard: its media service is lost or does not succeed, or no media port
    is to be had. Without it: the step that follows anyhow."""


class MenuSettings(SettingsModel):
    """Play something and wait for one digit."""

    step: Literal["menu"]
    id: Name
    say: Annotated[Say, Field(min_length=1)]
    choices: Annotated[dict[Digit, Name], Field(min_length=1)]
    """For each digit the step to go to."""
    otherwise: Name
    """The step after the last attempt without a choice."""
    timeout: Annotated[float, Field(ge=0.5, le=60)] = 5.0
    """Seconds to wait, counted from the end of what is played."""
    attempts: Annotated[int, Field(ge=1, le=10)] = 3
    """How often it is played before `otherwise`."""
    on_failure: Name | None = None
    """As for play; without it: `otherwise`."""


class QueueStepSettings(SettingsModel):
    """Put the caller into a queue; ends the flow."""

    step: Literal["queue"]
    id: Name
    queue: Name
    priority: Annotated[int, Field(ge=1, le=10)] = 5
    """1 is served first, 10 last."""


class PositionSettings(SettingsModel):
    """Tell the caller their position in the queue."""

    step: Literal["position"]
    id: Name
    before: Say = ()
    """Heard before the number."""
    after: Say = ()
    """Heard after the number."""
    next: Name | None = None
    on_failure: Name | None = None
    """As for play."""


class MusicSettings(SettingsModel):
    """Play music for a while."""

    step: Literal["music"]
    id: Name
    music: PromptFile
    seconds: Annotated[float, Field(ge=1, le=3600)]
    next: Name | None = None
    on_failure: Name | None = None
    """As for play; without it and without a media port the time passes in silence."""


class DisconnectSettings(SettingsModel):
    """Release the call, after saying something where it is given."""

    step: Literal["disconnect"]
    id: Name
    say: Say = ()


StepSettings = Annotated[
    PlaySettings | MenuSettings | QueueStepSettings | PositionSettings | MusicSettings | DisconnectSettings,
    Field(discriminator="step"),
]


class FlowFile(SettingsModel):
    """One file of ``flows/``."""

    name: Name
    kind: Literal["routing-strategy", "queue-processing"]
    """routing-strategy: from the call's arrival until it is queued. queue-processing: while it waits."""
    steps: Annotated[tuple[StepSettings, ...], Field(min_length=1, max_length=500)]
