"""A day to be simulated: who calls when, how patient they are, how long the talk is, and who works when."""

from dataclasses import dataclass, field
from enum import StrEnum
from math import inf

from cti_server.vocabulary.ids import AgentId, DeviceNumber, LinkName


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One caller, with all that depends on chance: the same caller is put before every configuration.

    ``at`` is Unix seconds; all durations are seconds. ``party`` is who they are, somebody else each time where it is
    None. ``digits`` are what they key in at the menus and questions, one entry for each (none at all: they choose by
    their ``number``, evenly; used up: they are silent). ``patience`` is how long they wait, counted from the first
    queue; ``flow_patience`` how long they hear flows before that. ``talk`` and ``wrap_up`` are the agent's times
    (``wrap_up`` None: all that the queue allows), ``ring`` how long the agent takes to answer, and the first ``missed``
    offers are not answered at all.
    """

    number: int
    at: float
    link: LinkName
    pilot: DeviceNumber
    party: int | None = None
    digits: tuple[str, ...] = ()
    patience: float = inf
    flow_patience: float = inf
    talk: float = 180.0
    wrap_up: float | None = None
    ring: float = 5.0
    missed: int = 0


class Duty(StrEnum):
    """What an agent's roster, or the agent, wants them to be."""

    READY = "ready"
    AWAY = "away"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterEntry:
    """From ``at`` (Unix seconds) on the agent has this duty, at ``device``; ``reason`` is why they are away."""

    at: float
    agent: AgentId
    duty: Duty
    device: DeviceNumber
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """All callers and all of the roster, each in the order of time; ``start`` is Unix seconds.

    ``lengths`` are how long prompts last, seconds, where that is known. An agent who missed a call, and was set not
    ready for it, is back after ``return_after`` seconds.
    """

    name: str
    start: float
    arrivals: tuple[Arrival, ...]
    roster: tuple[RosterEntry, ...]
    lengths: dict[str, float] = field(default_factory=dict)
    return_after: float = 30.0
