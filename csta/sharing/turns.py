"""Whose request goes to the switch next: applications take turns, so that none keeps the others waiting.

Call control goes before survey, as in `csta.session.fair_queue`, whoever's it is; survey gets a turn after so many of
call control. Within each of the two the next is whoever has the fewest requests under way, and of equals the one whose
last turn is the longest ago; what one application asks keeps its order. No application may fill the whole window with
requests that the switch is slow to answer, and neither may survey.
"""

from collections import OrderedDict, deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

_T = TypeVar("_T")

_TURNS_BEFORE_SURVEY: Final = 8
_KEPT_FOR_OTHERS: Final = 4
"""One part in so many of the window is kept for other applications, and for call control."""


@dataclass(frozen=True, slots=True)
class Turn(Generic[_T]):
    """What goes next; give it back to `Turns.done` when the switch has answered."""

    lane: Hashable
    urgent: bool
    entry: _T


@dataclass(slots=True)
class _Lane(Generic[_T]):
    waiting: dict[bool, deque[_T]] = field(default_factory=lambda: {True: deque(), False: deque()})
    under_way: int = 0

    @property
    def idle(self) -> bool:
        return not self.under_way and not self.waiting[True] and not self.waiting[False]


class Turns(Generic[_T]):
    """See the module. ``window`` is how many may be unanswered at a time; a lane is an application."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._share = max(1, window - window // _KEPT_FOR_OTHERS)
        self._lanes: OrderedDict[Hashable, _Lane[_T]] = OrderedDict()
        self._under_way = {True: 0, False: 0}
        self._urgent_in_a_row = 0

    def put(self, lane: Hashable, entry: _T, *, urgent: bool) -> None:
        """Add one at the end of its lane."""
        self._lanes.setdefault(lane, _Lane()).waiting[urgent].append(entry)

    def waiting(self, lane: Hashable) -> int:
        """How many of this lane wait."""
        found = self._lanes.get(lane)
        return 0 if found is None else len(found.waiting[True]) + len(found.waiting[False])

    def take(self) -> Turn[_T] | None:
        """Remove and return the next one; None where none waits, or the window has no room for it."""
        if sum(self._under_way.values()) >= self._window:
            return None
        survey_first = self._urgent_in_a_row >= _TURNS_BEFORE_SURVEY
        for urgent in (False, True) if survey_first else (True, False):
            if not urgent and self._under_way[False] >= self._share:
                continue
            ready = [
                name for name, lane in self._lanes.items() if lane.waiting[urgent] and lane.under_way < self._share
            ]
            if ready:
                # The first of them in the order of the last turns, which is the one whose turn is the longest ago.
                name = min(ready, key=lambda one: self._lanes[one].under_way)
                return self._taken(name, self._lanes[name], urgent=urgent)
        return None

    def _taken(self, name: Hashable, lane: _Lane[_T], *, urgent: bool) -> Turn[_T]:
        self._lanes.move_to_end(name)
        lane.under_way += 1
        self._under_way[urgent] += 1
        self._urgent_in_a_row = self._urgent_in_a_row + 1 if urgent else 0
        return Turn(name, urgent, lane.waiting[urgent].popleft())

    def done(self, turn: Turn[_T]) -> None:
        """It is answered, and makes room for another."""
        lane = self._lanes.get(turn.lane)
        if lane is None:
            return
        lane.under_way -= 1
        self._under_way[turn.urgent] -= 1
        if lane.idle:
            del self._lanes[turn.lane]

    def drop(self, lane: Hashable) -> list[_T]:
        """Forget what waits in a lane, and return it; what is under way still counts."""
        found = self._lanes.get(lane)
        if found is None:
            return []
        waited = [entry for each in found.waiting.values() for entry in each]
        found.waiting = {True: deque(), False: deque()}
        if found.idle:
            del self._lanes[lane]
        return waited

    def clear(self) -> list[_T]:
        """Forget everything, and return what waited."""
        waited = [entry for lane in self._lanes.values() for each in lane.waiting.values() for entry in each]
        self._lanes.clear()
        self._under_way = {True: 0, False: 0}
        self._urgent_in_a_row = 0
        return waited
