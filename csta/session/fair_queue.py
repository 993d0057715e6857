"""Requests that wait for room in the window: which of them goes next.

Call control goes before survey (monitors, snapshots, queries), because a caller waits for the one and nobody for the
other. Within each of the two the devices take turns, so that one with a hundred requests does not hold up the others;
the requests of one device keep their order. Survey is not starved: it gets a turn after so many of call control.
"""

from collections import deque
from enum import Enum, auto
from functools import cache
from typing import Final, Generic, Protocol, TypeVar

from csta.identifiers import ConnectionID, DeviceID
from csta.messages import Request

_TURNS_BEFORE_SURVEY: Final = 8
_SURVEY_PREFIXES: Final = ("Get", "Monitor", "Snapshot", "ChangeMonitorFilter", "Query", "RouteRegister")


class Urgency(Enum):
    """Who waits for a request's answer."""

    CALL = auto()
    """A caller or an agent."""
    SURVEY = auto()
    """Nobody but our own picture of the switch."""


@cache
def urgency_of(service: str) -> Urgency:
    """Return how urgent a service is, by its name; one of survey changes nothing at the switch by being repeated."""
    return Urgency.SURVEY if service.startswith(_SURVEY_PREFIXES) else Urgency.CALL


def device_of(request: Request) -> str:
    """Return the device that a request is about: that of its first device or connection; empty where it has none."""
    for name in type(request).__dataclass_fields__:
        value = getattr(request, name)
        if isinstance(value, DeviceID):
            return value.number
        if isinstance(value, ConnectionID):
            return value.device_id or value.call_id
    return ""


class _Waiting(Protocol):
    @property
    def urgency(self) -> Urgency: ...

    @property
    def device(self) -> str: ...


_W = TypeVar("_W", bound=_Waiting)


class _Turns(Generic[_W]):
    """The devices take turns; each has its own queue."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[_W]] = {}
        self._turn: deque[str] = deque()

    def __bool__(self) -> bool:
        return bool(self._turn)

    def put(self, entry: _W) -> None:
        queue = self._queues.get(entry.device)
        if queue is None:
            queue = self._queues[entry.device] = deque()
            self._turn.append(entry.device)
        queue.append(entry)

    def take(self) -> _W:
        device = self._turn.popleft()
        queue = self._queues[device]
        entry = queue.popleft()
        if queue:
            self._turn.append(device)
        else:
            del self._queues[device]
        return entry


class FairQueue(Generic[_W]):
    """See the module."""

    def __init__(self) -> None:
        self._calls: _Turns[_W] = _Turns()
        self._survey: _Turns[_W] = _Turns()
        self._count = 0
        self._urgent_in_a_row = 0

    def __len__(self) -> int:
        return self._count

    def put(self, entry: _W) -> None:
        """Add one at the end of its device's queue."""
        (self._calls if entry.urgency is Urgency.CALL else self._survey).put(entry)
        self._count += 1

    def take(self, *, survey: bool = True) -> _W | None:
        """Remove and return the next one, None where none waits; without ``survey`` only of call control."""
        turn_of_survey = self._survey and (not self._calls or self._urgent_in_a_row >= _TURNS_BEFORE_SURVEY)
        if survey and turn_of_survey:
            self._urgent_in_a_row = 0
            entry = self._survey.take()
        elif self._calls:
            self._urgent_in_a_row += 1
            entry = self._calls.take()
        else:
            return None
        self._count -= 1
        return entry

    def clear(self) -> None:
        """Forget all."""
        self._calls, self._survey = _Turns(), _Turns()
        self._count = self._urgent_in_a_row = 0
