"""The number plan: which extensions, pilots, trunks and feature codes the switch has, and its timers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class Feature(StrEnum):
    """What a feature code does for the extension that dials it; those ``with_number`` are followed by a number."""

    LOG_ON = "log-on"
    READY = "ready"
    NOT_READY = "not-ready"
    LOG_OFF = "log-off"
    WORK = "work-after-call"
    FORWARD_ALL = "forward-all"
    FORWARD_BUSY = "forward-busy"
    FORWARD_NO_ANSWER = "forward-no-answer"
    FORWARD_OFF = "forward-off"
    DO_NOT_DISTURB = "do-not-disturb"
    DISTURB = "disturb"
    PICK_UP = "pick-up"
    PICK_UP_GROUP = "pick-up-group"
    PARK = "park"
    RETRIEVE = "retrieve"
    TRANSFER = "transfer"
    CONFERENCE = "conference"

    @property
    def with_number(self) -> bool:
        """Whether a number follows the code."""
        return self in _WITH_NUMBER


_WITH_NUMBER = frozenset(
    {
        Feature.FORWARD_ALL,
        Feature.FORWARD_BUSY,
        Feature.FORWARD_NO_ANSWER,
        Feature.PICK_UP,
        Feature.PARK,
    }
)


class Hunting(StrEnum):
    """In which order a pilot's free members are rung."""

    LINEAR = "linear"
    """From the first member, each time."""
    CIRCULAR = "circular"
    """From the one after whom was rung last."""
    LONGEST_IDLE = "longest-idle"
    """Who has had no call for the longest time."""


@dataclass(frozen=True, slots=True)
class Extension:
    """A number at which one phone registers.

    ``agent`` is the agent id that the feature codes log on here, ``None`` where nobody may. ``calls`` is how many calls
    the device takes part in at once; one more gets busy. ``pickup_group`` names those who may take each other's calls.
    """

    number: str
    name: str = ""
    agent: str | None = None
    calls: int = 1
    pickup_group: str | None = None


@dataclass(frozen=True, slots=True)
class Pilot:
    """A hunt group's or ACD queue's number, where calls queue until they are brought to a member.

    A call that has waited ``unattended_after`` seconds hunts through ``members`` in the order of ``hunting``,
    ``hunt_ring`` seconds at each, unless a CSTA application monitors the pilot and so moves its calls itself. With
    ``distributes`` the switch brings calls to members at once, monitored or not. Without members calls keep queueing.
    ``places`` is how many calls may wait, ``None`` for any number; with no place free and all members busy the pilot is
    busy. ``work_after_call``: seconds that an agent has for wrapping up a call that the switch distributed.
    """

    number: str
    name: str = ""
    members: tuple[str, ...] = ()
    unattended_after: float = 30.0
    hunt_ring: float = 15.0
    hunting: Hunting = Hunting.LINEAR
    distributes: bool = False
    places: int | None = None
    work_after_call: float = 0.0


@dataclass(frozen=True, slots=True)
class Trunk:
    """A bundle of lines to the outside: ``prefix`` and a number reach that number at ``host``:``port`` by SIP.

    ``lines`` calls at once go out. Without ``signalling`` the outside tells nothing of the far end but its answer in
    the media: after NetworkReached comes no Delivered and no Established.
    """

    number: str
    prefix: str
    host: str
    port: int = 5060
    name: str = ""
    lines: int = 30
    signalling: bool = False


@dataclass(frozen=True, slots=True)
class Timers:
    """Seconds: how long any phone may ring, how long a feature's confirmation tone sounds, how long a call is parked.

    ``forward_no_answer`` is how long a phone rings before its calls are forwarded for want of an answer.
    """

    no_answer: float = 60.0
    confirmation: float = 1.5
    forward_no_answer: float = 15.0
    park: float = 120.0


def _no_features() -> Mapping[str, Feature]:
    return MappingProxyType({})


def _no_trunks() -> Mapping[str, Trunk]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class NumberPlan:
    """All numbers of the switch.

    Refused (`ValueError`): one number given twice, a pilot's member that is no extension.
    """

    extensions: Mapping[str, Extension]
    pilots: Mapping[str, Pilot]
    features: Mapping[str, Feature] = field(default_factory=_no_features)
    timers: Timers = field(default_factory=Timers)
    trunks: Mapping[str, Trunk] = field(default_factory=_no_trunks)
    _devices: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the plan as a whole."""
        kinds = (self.extensions.keys(), self.pilots.keys(), self.trunks.keys(), self.features.keys())
        twice = {number for place, one in enumerate(kinds) for other in kinds[place + 1 :] for number in one & other}
        if twice:
            raise ValueError(f"given twice: {', '.join(sorted(twice))}")
        for pilot in self.pilots.values():
            for member in pilot.members:
                if member not in self.extensions:
                    raise ValueError(f"member {member} of pilot {pilot.number} is no extension")
        object.__setattr__(
            self, "_devices", frozenset(self.extensions) | frozenset(self.pilots) | frozenset(self.trunks)
        )

    def devices(self) -> frozenset[str]:
        """Numbers that CSTA can monitor: extensions, pilots and trunks."""
        return self._devices

    def trunk_for(self, number: str) -> Trunk | None:
        """The trunk that ``number`` goes out by; the longest fitting prefix decides, a number inside goes by none."""
        if number in self.extensions or number in self.pilots:
            return None
        fitting = [
            trunk
            for trunk in self.trunks.values()
            if number.startswith(trunk.prefix) and number[len(trunk.prefix) :].isdigit()
        ]
        return max(fitting, key=lambda trunk: len(trunk.prefix), default=None)

    def device_for(self, number: str) -> str:
        """The device that a call to ``number`` goes to: itself, or the trunk that it goes out by."""
        trunk = self.trunk_for(number)
        return number if trunk is None else trunk.number

    def reaches(self, number: str) -> bool:
        """Whether a call to ``number`` can go anywhere."""
        return number in self.extensions or number in self.pilots or self.trunk_for(number) is not None

    def feature(self, dialled: str) -> tuple[Feature, str] | None:
        """The feature of a dialled code and the number that follows it (empty where none does)."""
        feature = self.features.get(dialled)
        if feature is not None and not feature.with_number:
            return feature, ""
        for code, feature in self.features.items():
            if feature.with_number and dialled.startswith(code) and len(dialled) > len(code):
                return feature, dialled[len(code) :]
        return None
