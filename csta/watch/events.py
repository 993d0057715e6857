"""What a watch is asked to look after, its settings, and what it tells."""

from dataclasses import dataclass

from csta.errors import SessionError
from csta.messages.agents import GetAgentStateResponse


@dataclass(frozen=True, slots=True)
class Wanted:
    """A device to be monitored; ``agents``: whether the switch is asked for its agents."""

    device: str
    agents: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSettings:
    """Counts, and times in seconds; all positive, else `SessionError`."""

    outstanding: int = 16
    """Requests of the watch that wait for answers at the same time; a check of a call goes before and beside them."""
    tries: int = 3
    """How often a request is sent that is not answered."""
    retry_pause: float = 2.0
    refused_retry: float = 60.0
    """First pause after a refusal; each further one is twice as long, up to ``longest_retry``."""
    longest_retry: float = 600.0
    check_pause: float = 1.0
    """Least time between two checks of one call that its events give rise to."""
    segment_timeout: float = 10.0
    """Longest time between two segments of a snapshot."""
    max_snapshot_items: int = 20_000

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            if not getattr(self, name) > 0:
                raise SessionError(f"{name} must be positive")


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """Root of what a watch tells."""


@dataclass(frozen=True, slots=True)
class MonitorStarted(WatchEvent):
    """Events of the device will come."""

    device: str


@dataclass(frozen=True, slots=True)
class MonitorRefused(WatchEvent):
    """The device cannot be monitored for now; told when it begins, asked again later without a word."""

    device: str
    reason: str


@dataclass(frozen=True, slots=True)
class MonitorLost(WatchEvent):
    """The switch ended a monitor by itself; it is asked for again."""

    device: str


@dataclass(frozen=True, slots=True)
class SnapshotRefused(WatchEvent):
    """What the mirror knows of the device rests on events alone."""

    device: str
    reason: str


@dataclass(frozen=True, slots=True)
class AgentsFound(WatchEvent):
    """What the switch says of the agents at a device."""

    device: str
    response: GetAgentStateResponse


@dataclass(frozen=True, slots=True)
class RouteRegistered(WatchEvent):
    """The switch will ask us where calls at the device go, under this registration."""

    device: str
    register_id: str


@dataclass(frozen=True, slots=True)
class RouteRefused(WatchEvent):
    """The switch will not ask us for now; told when it begins."""

    device: str
    reason: str


@dataclass(frozen=True, slots=True)
class RouteLost(WatchEvent):
    """The switch ended a routing registration by itself; it is asked for again."""

    device: str


@dataclass(frozen=True, slots=True)
class CallCorrected(WatchEvent):
    """A snapshot was taken of the call that was in doubt; the mirror has it as the switch does."""

    call_id: str


@dataclass(frozen=True, slots=True)
class CallUnsure(WatchEvent):
    """No snapshot could be had of the call that is in doubt."""

    call_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Surveyed(WatchEvent):
    """Everything that was to be asked is answered, and the mirror is complete.

    ``came_up`` the first time after the link came up. ``unanswered`` are the devices of whose calls the switch said
    nothing in time; they are asked for again.
    """

    came_up: bool
    devices: int
    calls: int
    unanswered: tuple[str, ...] = ()
