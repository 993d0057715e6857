"""The number plan: which extensions, pilots and feature codes the switch has, and its timers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class Feature(StrEnum):
    """What a feature code does for the extension that dials it."""

    LOG_ON = "log-on"
    READY = "ready"
    NOT_READY = "not-ready"
    LOG_OFF = "log-off"


@dataclass(frozen=True, slots=True)
class Extension:
    """A number at which one phone registers.

    ``agent`` is the agent id that the feature codes log on here, ``None`` where nobody may. ``calls`` is how many calls
    the device takes part in at once; one more gets busy.
    """

    number: str
    name: str = ""
    agent: str | None = None
    calls: int = 1


@dataclass(frozen=True, slots=True)
class Pilot:
    """A hunt group's number, where calls queue until a CSTA application moves them.

    While no application monitors it, a call that has waited ``unattended_after`` seconds hunts through ``members``,
    ``hunt_ring`` seconds at each. Without members calls keep queueing.
    """

    number: str
    name: str = ""
    members: tuple[str, ...] = ()
    unattended_after: float = 30.0
    hunt_ring: float = 15.0


@dataclass(frozen=True, slots=True)
class Timers:
    """Seconds: how long any phone may ring, and how long a feature's confirmation tone sounds."""

    no_answer: float = 60.0
    confirmation: float = 1.5


def _none() -> Mapping[str, Feature]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class NumberPlan:
    """All numbers of the switch.

    Refused (`ValueError`): one number given twice, a pilot's member that is no extension.
    """

    extensions: Mapping[str, Extension]
    pilots: Mapping[str, Pilot]
    features: Mapping[str, Feature] = field(default_factory=_none)
    timers: Timers = field(default_factory=Timers)

    def __post_init__(self) -> None:
        """Check the plan as a whole."""
        twice = (self.extensions.keys() & self.pilots.keys()) | (self.features.keys() & self.devices())
        if twice:
            raise ValueError(f"given twice: {', '.join(sorted(twice))}")
        for pilot in self.pilots.values():
            for member in pilot.members:
                if member not in self.extensions:
                    raise ValueError(f"member {member} of pilot {pilot.number} is no extension")

    def devices(self) -> frozenset[str]:
        """Numbers that CSTA can monitor: extensions and pilots."""
        return frozenset(self.extensions) | frozenset(self.pilots)
